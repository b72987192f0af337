/** What a scenario is: people, sites and weeks told as a story, and the rows that must hold afterwards. */
import type { PolicyDocument } from './authority.js';
import type { World } from './world.js';

/** One thing that the system must be able to do: a line of the product's list, under its id. */
export interface ScenarioRow {
  readonly id: string;
  readonly text: string;
}

/** A scenario: what happens. Whether it went right is for the judge, who sees cards and database alone. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly ScenarioRow[];
  /** Files of `docs/samples` whose programmes are in force together. */
  readonly policies: readonly string[];
  /** How many people there are where nobody says; absent: 40. */
  readonly people?: number;
  /** First day, `YYYY-MM-DD`, and IANA zone of the sites. */
  readonly firstDay: string;
  readonly timeZone: string;
  /** Changes the merged policy for the story, as a ministry would for its places. */
  rule?(policy: PolicyDocument): PolicyDocument;
  /** Lives the weeks. */
  live(world: World): Promise<void>;
}

/** How one row turned out, with what shows it. */
export interface RowResult {
  readonly id: string;
  readonly row: string;
  readonly ok: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** How a scenario turned out. */
export interface ScenarioResult {
  readonly name: string;
  readonly ok: boolean;
  readonly rows: readonly RowResult[];
  readonly days: number;
  readonly taps: number;
  readonly services: number;
  readonly seconds: number;
}

/** A month at full size: so many terminals, so many taps a day. What follows from the options alone, the same in every process that plays a part of it. */
import type { Policy } from '../../../agent/domain/policy.js';
import { type ListedTerminal, type PolicyDocument, ScenarioAuthority } from '../authority.js';
import type { DayFigures } from '../cast.js';

/** First day of the month, and the zone of its sites. */
export const MONTH = { firstDay: '2026-10-01', timeZone: 'Africa/Cairo', daysMax: 31 } as const;

/** How much of it. */
export interface MonthPlan {
  readonly seed: string;
  readonly terminals: number;
  /** Taps of a terminal in a day. */
  readonly taps: number;
  readonly days: number;
}

/** A terminal of the month, and its place. */
export interface PlannedTerminal {
  readonly name: string;
  readonly site: string;
  readonly number: number;
  readonly kind: 'bakery' | 'grocer';
}

/** What a process that plays some of the terminals is told. */
export interface GroupOrder {
  readonly plan: MonthPlan;
  readonly policy: PolicyDocument;
  /** Which of so many groups it is: it plays every terminal whose place leaves this rest. */
  readonly group: number;
  readonly groups: number;
  readonly broker: { readonly port: number; readonly username: string | null; readonly password: string | null };
  /** Where it leaves the dumps of its cards and journals. */
  readonly folder: string;
}

/** What such a process tells, now and then and at the end of each day. */
export interface GroupReport {
  readonly nowMs: number;
  readonly taps: number;
  readonly services: number;
  readonly voids: number;
  readonly refused: number;
  /** Of the day that ended; empty within a day. */
  readonly figures: readonly DayFigures[];
}

/** Every fourth outlet is a grocer's. */
export function terminalsOf({ terminals }: Pick<MonthPlan, 'terminals'>): readonly PlannedTerminal[] {
  return Array.from({ length: terminals }, (_, at) => {
    const kind = at % 4 === 3 ? 'grocer' : 'bakery';
    return { name: `m-${String(at + 1).padStart(4, '0')}`, site: `${kind}-${at + 1}`, number: at + 1, kind };
  });
}

/** The rations' policy, with the bound for cards that can be copied where the largest household needs it. */
export function monthPolicy(policy: PolicyDocument): PolicyDocument {
  const copy = structuredClone(policy) as {
    programmes: { copyableMaxDay?: Policy['programmes'][number]['copyableMaxDay'] }[];
  };
  for (const programme of copy.programmes) programme.copyableMaxDay = 40;
  Reflect.deleteProperty(copy, '$schema');
  return copy as unknown as PolicyDocument;
}

/** The authority with all terminals listed, equal in every process, and the terminals by name. */
export function monthAuthority({ plan, policy }: Pick<GroupOrder, 'plan' | 'policy'>): {
  readonly authority: ScenarioAuthority;
  readonly listed: ReadonlyMap<string, ListedTerminal>;
} {
  const authority = new ScenarioAuthority(`month ${plan.seed}`, policy);
  const listed = new Map<string, ListedTerminal>();
  for (const { name, site, number, kind } of terminalsOf(plan)) {
    authority.describe({ site, number, kind, area: 'port-said', accredited: false });
    listed.set(name, authority.enrol(name, site));
  }
  return { authority, listed };
}

/** Runs one scenario: lives it, hands cards and database to the judge, and puts together what became of each row. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cardToJson } from '../card-file.js';
import type { Stage } from '../process/program.js';
import { askJudge } from './ask-judge.js';
import { type PolicyDocument, ScenarioAuthority } from './authority.js';
import type { DayFigures } from './cast.js';
import { startCentre } from './centre.js';
import type { JudgeOrder } from './judge/evidence.js';
import type { Verdict } from './judge/verdict.js';
import { policyWithout } from './policy.js';
import type { Scenario, ScenarioResult } from './scenario.js';
import { World } from './world.js';

const JUDGE = fileURLToPath(new URL('./judge/main.js', import.meta.url));
const SAMPLES = new URL('../../../docs/samples/', import.meta.url);

/** How to run a scenario. */
export interface ScenarioOptions {
  readonly seed: string;
  readonly people: number;
  /** Ids of rules to be taken out of the policy. */
  readonly without: readonly string[];
  readonly note: (text: string) => void;
}

/** A scenario that was lived and judged, with what a plot of it shows. */
export interface LivedScenario {
  readonly result: ScenarioResult;
  readonly figures: readonly DayFigures[];
}

/** Runs a scenario. Rejects with `ERR_USAGE` for a rule that its policy does not have. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions, stage: Stage): Promise<LivedScenario> {
  const begun = performance.now();
  const clock = { ms: Date.parse(`${scenario.firstDay}T00:00:00Z`), nowMs: () => clock.ms };
  const documents = await Promise.all(scenario.policies.map(sample));
  const merged = merge(documents, scenario);
  const authority = new ScenarioAuthority(
    `${scenario.name} ${options.seed}`,
    policyWithout(scenario.rule?.(merged) ?? merged, options.without),
  );
  const centre = await startCentre({ folder: stage.folder, processes: stage.processes, authority, clock });
  stage.closers.push(() => centre.close());
  const { name, firstDay, timeZone } = scenario;
  const world = new World({
    ...{ seed: `${name} ${options.seed}`, people: options.people, firstDay, timeZone, authority, centre, clock },
  });
  await scenario.live(world);
  await world.settle();
  await world.views?.follow();
  const journals = await world.journals();
  await world.close();
  const verdicts = await askJudge<JudgeOrder, readonly Verdict[]>(JUDGE, {
    ...{ scenario: name, timeZone, couch: centre.couch },
    journals,
    readers: world.views?.readers ?? [],
    machines: world.books().map(({ reference, amount, taken, returned }) => ({ reference, amount, taken, returned })),
    sites: Buffer.from(world.sitesList).toString('base64url'),
    authority: Buffer.from(authority.signer.publicKey).toString('hex'),
    healthAuthority: Buffer.from(authority.healthKeys().authority.secretKey).toString('hex'),
    cards: world.holders.map(({ card }) => JSON.parse(cardToJson(card)) as unknown),
  });
  const rows = scenario.rows.map(({ id, text: words }) => {
    const verdict = verdicts.find((one) => one.id === id);
    return { id, row: words, ok: verdict?.ok ?? false, evidence: verdict?.evidence ?? { 'nobody judged it': true } };
  });
  const days = new Set(world.figures.map(({ day }) => day)).size;
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  const { taps, services, figures } = world;
  return { result: { name, ok: rows.every(({ ok }) => ok), rows, days, taps, services, seconds }, figures };
}

async function sample(name: string): Promise<PolicyDocument> {
  return JSON.parse(await readFile(new URL(`${name}.policy.json`, SAMPLES), 'utf8')) as PolicyDocument;
}

/** One policy with the programmes of all. */
function merge(documents: readonly PolicyDocument[], { title, timeZone }: Scenario): PolicyDocument {
  const programmes = documents.flatMap(({ programmes: some }) => (Array.isArray(some) ? (some as object[]) : []));
  const merged: Record<string, unknown> = Object.assign({}, ...documents);
  // For editors: no part of a policy.
  Reflect.deleteProperty(merged, '$schema');
  return { ...merged, name: title, timeZone, programmes };
}

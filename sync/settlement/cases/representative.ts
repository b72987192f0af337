/**
 * Somebody who collected for others more often in a month than the policy lets one person. Each terminal counts what it served itself: only the centre sees all of them. What was taken
 * back counts as well, as it does at the terminal.
 */
import type { RepresentedDocument, RepresentedRecord } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';
import type { Surroundings } from '../projections/projection.js';
import type { Finding, LikelyCause, Verdicts } from './case.js';

/** Id of the case. */
export function representativeCaseId({ representative, month }: Who): string {
  return `representative:${representative}:${month}`;
}

type Who = Pick<RepresentedDocument, 'representative' | 'month'>;

/** One service for somebody else, however often its terminal said it. */
interface Collected {
  readonly terminal: string;
  readonly told: RepresentedRecord;
  readonly events: readonly string[];
}

/** Judges a month of somebody who collects for others. */
export function judgeRepresented(document: RepresentedDocument, at: Surroundings): Verdicts {
  const collected = collectedIn(document);
  const excess = collected.flatMap(({ told }, before) => {
    const limit = perMonthMax(told, at);
    return limit === null || before < limit ? [] : [limit];
  });
  if (excess.length === 0) return new Map();
  return new Map([[representativeCaseId(document), findingFor(document, collected, Math.min(...excess))]]);
}

/** In the order of their times. */
function collectedIn({ events }: RepresentedDocument): Collected[] {
  const services = new Map<string, Collected>();
  for (const [id, told] of Object.entries(events)) {
    const terminal = terminalOf(id);
    const key = contentOf(terminal, told);
    services.set(key, { terminal, told, events: [...(services.get(key)?.events ?? []), id] });
  }
  return [...services.values()].sort((a, b) => a.told.time - b.told.time);
}

/** By the policy that the service was decided under; for one that the centre never had the newest stands in, and it is asked for. Null without a limit. */
function perMonthMax({ programme, policy }: RepresentedRecord, at: Surroundings): number | null {
  const known = at.rules.policy(policy);
  if (known === null) at.missing('policy', policy);
  const rules = (known ?? at.rules.newestPolicy())?.programmes.find(({ number }) => number === programme);
  return rules?.representatives?.perMonthMax ?? null;
}

function findingFor(who: Who, collected: readonly Collected[], limit: number): Finding {
  const { representative, month } = who;
  const terminals = [...new Set(collected.map(({ terminal }) => terminal))].sort();
  const cards = [...new Set(collected.map(({ told }) => told.card))].sort((a, b) => a - b);
  const programmes = [...new Set(collected.map(({ told }) => told.programme))];
  const [cause, why]: [LikelyCause, string] =
    terminals.length > 1
      ? ['card', 'No terminal could know what the others had counted.']
      : ['terminal', 'One terminal served all of it, which it should have refused: its data were put back, or lost.'];
  return {
    kind: 'representative',
    cause,
    reason: `Whoever has card ${representative} collected ${collected.length} times in ${month} for cards ${cards.join(', ')}, and may ${limit} times: at ${terminals.join(', ')}. ${why}`,
    subject: {
      ...{ card: representative, period: month },
      ...(programmes.length === 1 ? { programme: programmes[0] } : {}),
      ...(terminals.length === 1 ? { terminal: terminals[0] } : {}),
    },
    events: collected.flatMap(({ events }) => events),
    healed: null,
  };
}

/** A gap that does not heal: events of a terminal that must exist, because later ones name them, and that have not arrived in time. */
import { eventId } from '../../../agent/domain/event.js';
import { BEFORE_FIRST, type EpochDocument } from '../documents.js';
import type { Surroundings } from '../projections/projection.js';
import type { Verdict } from './case.js';

/** Missing ranges that a reason spells out. */
const RANGES_MAX = 5;

/** Id of the case. */
export function gapId(terminal: string, epoch: string): string {
  return `gap:${terminal}:${epoch}`;
}

/** Judges an epoch. */
export function judgeGap(document: EpochDocument, { nowMs, limits }: Surroundings): Map<string, Verdict> {
  const { terminal, epoch, gaps, cases } = document;
  const id = gapId(terminal, epoch);
  if (epoch === BEFORE_FIRST) return new Map();
  const overdue = gaps.filter(({ sinceMs }) => nowMs - sinceMs >= limits.gapAfterMs);
  if (overdue.length === 0) {
    if (!cases.includes(id)) return new Map();
    return new Map([[id, { kind: null, healed: { what: 'The missing events have arrived.', events: [] } }]]);
  }
  const missing = overdue.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const ranges = overdue
    .slice(0, RANGES_MAX)
    .map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`));
  const more = overdue.length > RANGES_MAX ? ' …' : '';
  const damaged = Object.values(document.successors).find(({ cause }) => cause === 'damage');
  const why =
    damaged !== undefined
      ? `The terminal has reported that its journal is damaged there; what it could still read it has said again in epoch ${damaged.epoch}.`
      : 'The terminal has not sent them although it sent later ones: its data are damaged or gone, or somebody took them out.';
  return new Map([
    [
      id,
      {
        kind: 'gap',
        cause: 'terminal',
        reason: `${missing} event(s) of ${terminal} are missing from epoch ${epoch}: ${ranges.join(', ')}${more}. ${why}`,
        subject: { terminal, epoch },
        events: overdue.flatMap(({ first, last }) => neighbours(document, first, last)),
        healed: null,
      },
    ],
  ]);
}

/** The events that show a gap: the last one before it, the first one behind it, and the epochs that name its end. */
function neighbours({ terminal, epoch, held, successors }: EpochDocument, first: number, last: number): string[] {
  const around = [first - 1, last + 1].filter((seq) => held.some(([from, to]) => from <= seq && seq <= to));
  const naming = Object.entries(successors).filter(([, { seq }]) => seq >= first);
  return [...around.map((seq) => eventId(terminal, epoch, seq)), ...naming.map(([id]) => id)];
}

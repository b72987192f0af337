/**
 * An impossible clock: an event before its predecessor in the chain, or ahead of the centre's clock when it arrived.
 *
 * Events that the terminal itself called doubtful do not count: it knew that its clock was behind, and used the latest time it had recorded. An epoch
 * that began because history was lost says old events again, so the order of times means nothing in it; what is ahead of the centre still counts.
 */
import type { EpochDocument } from '../documents.js';
import type { Finding, Verdicts } from './case.js';

/** Judges an epoch. */
export function judgeClock({ terminal, epoch, opening, backwards, ahead }: EpochDocument): Verdicts {
  // Until the first event is there it is not known why the epoch began.
  const inOrder = opening !== null && opening.cause !== 'mismatch' && opening.cause !== 'damage';
  const back = inOrder ? Object.entries(backwards) : [];
  const early = Object.entries(ahead);
  if (back.length === 0 && early.length === 0) return new Map();
  const furthest = (pairs: readonly (readonly [string, readonly [number, number]])[]): number =>
    Math.max(...pairs.map(([, [a, b]]) => Math.abs(a - b)));
  const signs = [
    ...(back.length > 0 ? [`went back by ${spanOf(furthest(back))}`] : []),
    ...(early.length > 0 ? [`was ahead of the centre by ${spanOf(furthest(early))}`] : []),
  ];
  const finding: Finding = {
    kind: 'clock',
    cause: 'clock',
    reason: `The clock of ${terminal} ${signs.join(' and ')}. Days and months that it served in this time may be counted wrongly.`,
    subject: { terminal, epoch },
    events: [...back, ...early].map(([id]) => id),
    healed: null,
  };
  return new Map([[`clock:${terminal}:${epoch}`, finding]]);
}

function spanOf(seconds: number): string {
  if (seconds >= 172_800) return `${Math.round(seconds / 86_400)} days`;
  if (seconds >= 7_200) return `${Math.round(seconds / 3_600)} hours`;
  return `${Math.round(seconds / 60)} minutes`;
}

/**
 * A shift whose count nobody could explain: the clerk and the supervisor stood at the drawer and gave no reason that would account for what is missing, or too much. One
 * case for each shift. Nothing heals it.
 */
import { cashDifference } from '../../../agent/domain/shift.js';
import type { ShiftDocument } from '../shift-document.js';
import type { Verdicts } from './case.js';

/** Judges a shift. */
export function judgeShift({ terminal, shift, events }: ShiftDocument): Verdicts {
  const told = Object.entries(events);
  const [found] = told.flatMap(([, one]) => (one.phase === 'closed' && one.reason === 'unexplained' ? [one] : []));
  if (found === undefined) return new Map();
  const id = `shift:${terminal}:${shift}`;
  const { operator, closedBy, supervisor, tally } = found;
  const whose = operator === 0 ? 'The shift' : `The shift of operator ${operator}`;
  const counted = closedBy === operator ? '' : ` It was counted by operator ${closedBy}.`;
  const missing = tally.isWhole
    ? ''
    : ' Records of the shift were gone at the terminal, so that it may have expected too little.';
  const reason = `${whose} at ${terminal} was closed ${wordsOf(cashDifference(found))}, and nobody could say why; supervisor ${supervisor} answered for it.${counted}${missing}`;
  const subject = { terminal, shift };
  return new Map([
    [id, { kind: 'shift', cause: 'terminal', reason, subject, events: told.map(([event]) => event), healed: null }],
  ]);
}

/** In minor units: a case has no currency. */
function wordsOf(difference: number): string {
  if (difference === 0) return 'with a difference in its goods';
  return `with ${Math.abs(difference)} minor units ${difference < 0 ? 'missing from' : 'too much in'} the drawer`;
}

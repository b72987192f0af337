/** The highest sequences that this terminal has seen on cards. Each family of programmes counts for itself: what one has come to says nothing of another. */
import type { HighWaterMark } from './journal.js';

/** By family, then by serial. */
export type Marks = Map<number, Map<number, HighWaterMark>>;

/** Raises the mark of a card's ledger; never lowers it. */
export function raiseMark(
  marks: Marks,
  { card, family }: { readonly card: number; readonly family: number },
  mark: HighWaterMark,
): void {
  const own = marks.get(family) ?? new Map<number, HighWaterMark>();
  const known = own.get(card);
  if (known === undefined || mark.sequence > known.sequence) own.set(card, mark);
  marks.set(family, own);
}

/** Puts other marks in the place of these. */
export function copyMarks(marks: Marks, from: Marks): void {
  marks.clear();
  for (const [family, own] of from) marks.set(family, new Map(own));
}

/** Cards of which any ledger is known. */
export function cardsKnown(marks: Marks): number {
  const [first, ...others] = [...marks.values()];
  if (first === undefined || others.length === 0) return first?.size ?? 0;
  return new Set([first, ...others].flatMap((own) => [...own.keys()])).size;
}

/**
 * What a ledger record states besides use: the ninth element of the record, left out where there is nothing. Published as `more` in
 * `docs/formats/card.cddl`.
 */
import type { LedgerMore } from '../domain/ledger.js';

/** Most tallies, balances and papers of one record. */
export const LEDGER_MORE_MAX = { tallies: 16, balances: 16, papers: 8 } as const;

const TALLY = 4;
const BALANCE = 2;
const PAPER = 6;

/** Zero or one element for the record's array. */
export function moreOut(more: LedgerMore | undefined): readonly (readonly (readonly number[])[])[] {
  if (more === undefined || isNothing(more)) return [];
  return [
    [
      more.tallies.flatMap((one) => [one.commodity, one.usedYear, one.usedEver, one.ahead]),
      more.balances.flatMap((one) => [one.account, one.value]),
      more.papers.flatMap((one) => [one.kind, one.number, one.commodity, one.left, one.untilDay, one.site]),
    ],
  ];
}

/** Reads the ninth element; null when it is not one that {@link moreOut} writes. */
export function moreIn(value: unknown): LedgerMore | null {
  if (!Array.isArray(value) || value.length !== 3) return null;
  const [tallies, balances, papers] = value as readonly unknown[];
  const found = {
    tallies: rows(tallies, TALLY, LEDGER_MORE_MAX.tallies)?.map(
      ([commodity = 0, usedYear = 0, usedEver = 0, ahead = 0]) => ({
        commodity,
        usedYear,
        usedEver,
        ahead,
      }),
    ),
    balances: rows(balances, BALANCE, LEDGER_MORE_MAX.balances)?.map(([account = 0, value = 0]) => ({
      account,
      value,
    })),
    papers: rows(papers, PAPER, LEDGER_MORE_MAX.papers)?.map(
      ([kind = 0, number = 0, commodity = 0, left = 0, untilDay = 0, site = 0]) => ({
        kind,
        number,
        commodity,
        left,
        untilDay,
        site,
      }),
    ),
  };
  if (found.tallies === undefined || found.balances === undefined || found.papers === undefined) return null;
  const more = { tallies: found.tallies, balances: found.balances, papers: found.papers };
  // Nothing has one form alone: no element.
  return isNothing(more) ? null : more;
}

/** Whether a reader would take it back. */
export function isReadableMore(more: LedgerMore | undefined): boolean {
  if (more === undefined || isNothing(more)) return true;
  const [element] = moreOut(more);
  return moreIn(element) !== null;
}

/** An integer from 0 to 2^53 - 1. */
export function isUint(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isNothing(more: LedgerMore): boolean {
  return more.tallies.length === 0 && more.balances.length === 0 && more.papers.length === 0;
}

function rows(flat: unknown, width: number, countMax: number): number[][] | undefined {
  if (!Array.isArray(flat) || flat.length % width !== 0 || flat.length / width > countMax) return undefined;
  const values: readonly unknown[] = flat;
  if (!values.every(isUint)) return undefined;
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
}

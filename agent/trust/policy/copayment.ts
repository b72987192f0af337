/** Lines of a copayment: whom they are for is checked in `holder-lines.ts`, here what they say. */
import { checkHolderLines, type Served } from './holder-lines.js';
import { type KnownCommodity, type Place, placesIn } from './places.js';
import type { Report } from './problem.js';

type KnownPrice = NonNullable<KnownCommodity['price']>;
type KnownLine = NonNullable<NonNullable<NonNullable<KnownPrice['copayment']>['lines']>[number]>;

/** Reports lines that say nothing or too much, that nobody reaches, or whose holders are not served. */
export function checkCopayment({ value, path }: Place<KnownPrice>, served: Served, report: Report): void {
  const lines = placesIn(value.copayment?.lines, [...path, 'copayment', 'lines']);
  for (const line of lines) checkPart(line, value.amount, report);
  checkHolderLines(lines, served, report);
}

function checkPart({ value, path }: Place<KnownLine>, price: number | undefined, report: Report): void {
  const { amount, permille } = value;
  if ('amount' in value && 'permille' in value) {
    report({
      path,
      kind: 'conflict',
      message: 'has both a sum and a rate',
      remedy: 'keep "amount" or "permille"; "max" bounds either',
    });
  }
  if (!('amount' in value) && !('permille' in value)) {
    report({
      path,
      kind: 'missing',
      message: 'says no part',
      remedy: 'add "amount" (minor units) or "permille" (thousandths of the price)',
    });
  }
  if (amount !== undefined && permille === undefined && price !== undefined && amount > price) {
    report({
      path: [...path, 'amount'],
      kind: 'conflict',
      message: `the holder would pay ${amount}, more than the price (${price})`,
      remedy: 'lower it, or raise the price',
    });
  }
}

/** What commands say of a shift, in plain words. */
import type { ShiftClosedEvent } from '../../domain/shift.js';
import type { Output } from '../shared/output.js';
import { table } from '../shared/table.js';

/** A difference of the drawer, minor units. */
export function differenceWords(difference: number): string {
  if (difference === 0) return 'no difference';
  return `${Math.abs(difference)} ${difference < 0 ? 'missing' : 'too much'}`;
}

/** Prints what a shift came to; money in minor units, null where none is taken. */
export function tellTally(
  of: Pick<ShiftClosedEvent, 'float' | 'tally'> & { readonly expected: number | null; readonly counted: number | null },
  output: Output,
): void {
  const { float, tally, expected, counted } = of;
  const { services, voids, takings, goods, isWhole } = tally;
  const { cash, machine } = takings;
  const money: readonly (readonly [string, number | null])[] = [
    ['services', services],
    ['of these taken back', voids],
    ['cash at the beginning', float],
    ['collected in cash', cash.paid],
    ['paid back in cash', cash.returned],
    ['cash not settled', cash.held],
    ['by card or wallet', machine.paid - machine.returned],
    ['expected in the drawer', expected],
    ['counted', counted],
  ];
  const goodsLines = goods.map(({ commodity, out, back }) => [`commodity ${commodity} handed out`, String(out - back)]);
  const lines = money.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  for (const line of table([...lines, ...goodsLines])) output.line(`  ${line}`);
  if (!isWhole) output.line('  Records of the shift are gone: the sums are too low.');
}

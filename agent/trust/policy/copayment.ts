/** Lines of a copayment: the first one that names the holder's plan and class counts, so a line behind one that takes all of its holders never does. */

import type { KnownCommodity } from './places.js';
import { type KnownProgramme, numbersIn, type Place, placesIn } from './places.js';
import type { Report } from './problem.js';

type KnownPrice = NonNullable<KnownCommodity['price']>;
type KnownLine = NonNullable<NonNullable<NonNullable<KnownPrice['copayment']>['lines']>[number]>;
type KnownCoverage = KnownProgramme['coverage'];

/** Reports lines that say nothing or too much, that nobody reaches, or whose plans are not covered. */
export function checkCopayment({ value, path }: Place<KnownPrice>, coverage: KnownCoverage, report: Report): void {
  const lines = placesIn(value.copayment?.lines, [...path, 'copayment', 'lines']);
  for (const [i, line] of lines.entries()) {
    checkPart(line, value.amount, report);
    checkCovered(line, coverage, report);
    // A line that is not known well enough is neither shadowed nor shadows.
    if (!isWhole(line.value)) continue;
    const earlier = lines.slice(0, i).filter((one) => isWhole(one.value));
    const plans = numbersIn(line.value.plans);
    const hides = (plan: number): boolean => isHidden(plan, { line: line.value, earlier, coverage });
    if (plans.length === 0 || !plans.every(hides)) continue;
    const by = earlier.filter((one) => numbersIn(one.value.plans).some((plan) => plans.includes(plan)));
    report({
      path: line.path,
      kind: 'unreachable',
      message: `never counts: earlier lines (${by.map((one) => one.path.at(-1)).join(', ')}) take all of its plans and classes`,
      remedy: 'move it before them, or remove it',
    });
  }
}

function isWhole(line: KnownLine): boolean {
  return line.plans !== undefined && !line.plans.includes(undefined) && line.classes?.includes(undefined) !== true;
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

function checkCovered({ value, path }: Place<KnownLine>, coverage: KnownCoverage, report: Report): void {
  if (coverage?.plans === undefined || coverage.plans.includes(undefined)) return;
  for (const plan of placesIn(value.plans, [...path, 'plans'])) {
    const covered = coverage.plans.filter((one) => one?.plan === plan.value);
    if (covered.length === 0 && coverage.plans.every((one) => one?.plan !== undefined)) {
      report({
        path: plan.path,
        kind: 'unreachable',
        message: `plan ${plan.value} is not covered by the programme, so the line never counts for it`,
        remedy: 'remove it, or add the plan to "coverage.plans"',
      });
    }
  }
}

function isHidden(
  plan: number,
  of: { readonly line: KnownLine; readonly earlier: readonly Place<KnownLine>[]; readonly coverage: KnownCoverage },
): boolean {
  const before = of.earlier.filter((one) => numbersIn(one.value.plans).includes(plan));
  if (before.some((one) => one.value.classes === undefined)) return true;
  const taken = before.flatMap((one) => numbersIn(one.value.classes));
  // A line for every class is for those that the programme covers.
  const covered = of.coverage?.plans?.find((one) => one?.plan === plan)?.classes;
  const own = of.line.classes ?? covered;
  return own !== undefined && own.length > 0 && numbersIn(own).every((one) => taken.includes(one));
}

/** What cards begin with at the desk: the balances of an order, under the policy that names them. */
import { openingsOf } from '../../cards/balances.js';
import type { CardOrder } from '../../cards/order.js';
import { linesOf } from '../../cards/report.js';
import { NO_OPENINGS, type Openings } from '../../credential/personalise.js';
import { WaslError } from '../../domain/errors.js';
import { familyName } from '../../domain/ledger.js';
import type { Programme } from '../../domain/policy.js';
import { readPolicyFile } from '../policy/file.js';

/** The openings of an order. Throws `ERR_ORDER_BALANCES` that begins with `from`, and `ERR_USAGE` where no policy was named. */
export type OpeningsOf = (order: CardOrder, from: string) => Openings;

/** Checks balances under the policy in a file, if there is one. Rejects as {@link readPolicyFile}. `today` in days since 1970-01-01. */
export async function openingsUnder(policyFile: string | undefined, today: number): Promise<OpeningsOf> {
  const policy = policyFile === undefined ? null : await readPolicyFile(policyFile);
  return (order, from) => {
    const { balances, draws, householdSize, coverage, rationScheme } = order;
    if (balances === undefined) return NO_OPENINGS;
    if (policy === null)
      throw new WaslError('ERR_USAGE', 'balances need --policy: the file that names what they count');
    const programmes = policy.programmes as readonly Programme[];
    const holder = { draws, householdSize, coverage, rationScheme };
    return openingsOf(balances, { programmes, holder, today }, from);
  };
}

/** Openings as `--json` tells them: usage and what else the first records state, by the name of the family. */
export function openingsReport(openings: Openings): object {
  return Object.fromEntries(
    [...openings].map(([family, { day, usage, more, firstSequence }]) => [
      familyName(family),
      { day, firstSequence, usage, ...more },
    ]),
  );
}

/** The same for people. */
export function openingLines(openings: Openings): string[] {
  return Object.entries(openingsReport(openings)).flatMap(([family, stated]) => [
    `The ${family} ledger begins with:`,
    ...linesOf(stated as object),
  ]);
}

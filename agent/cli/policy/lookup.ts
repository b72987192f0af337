/** What numbers in a policy stand for. */
import type { DraftPolicy } from '../../trust/policy/schema.js';

/** A programme of a policy that was checked. */
export type ProgrammeRules = DraftPolicy['programmes'][number];
/** A commodity of one. */
export type CommodityRules = ProgrammeRules['commodities'][number];

/** The account with a number, in any programme. */
export function accountOf(policy: DraftPolicy, number: number) {
  return policy.programmes.flatMap((one) => one.accounts ?? []).find((one) => one.number === number);
}

/** The commodity with a number, in any programme. */
export function commodityOf(policy: DraftPolicy, number: number): CommodityRules | undefined {
  return policy.programmes.flatMap((one) => one.commodities).find((one) => one.number === number);
}

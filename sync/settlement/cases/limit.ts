/** The limit that services are held against, from the policies that they were decided under. */
import type { Quota } from '../../../agent/domain/policy.js';
import type { Surroundings } from '../projections/projection.js';
import { type DrawLimit, drawLimit, type HouseholdShare } from '../rules.js';

/** What is limited. */
export interface Limited {
  readonly programme: number;
  readonly commodity: number;
  readonly every: Quota['every'];
  /** Null where it is not known. */
  readonly share: HouseholdShare | null;
}

/**
 * The loosest of the limits of these versions of the policy: what any of them allowed is no fault. For a version that the centre never had the newest one
 * stands in, and it is asked for. Null without any limit, or any policy.
 */
export function loosestLimit(limited: Limited, versions: Iterable<number>, at: Surroundings): DrawLimit | null {
  const { rules } = at;
  const { programme: number, commodity, every, share } = limited;
  let loosest: DrawLimit | null = null;
  for (const version of new Set(versions)) {
    const known = rules.policy(version);
    if (known === null) at.missing('policy', version);
    const programme = (known ?? rules.newestPolicy())?.programmes.find((one) => one.number === number);
    const quotas = programme?.commodities.find((one) => one.number === commodity)?.quotas;
    if (quotas === undefined) return null;
    const limit = drawLimit(quotas, every, { share, householdMembersMax: rules.householdMembersMax });
    if (limit === null) return null;
    if (loosest === null || limit.amount > loosest.amount) loosest = limit;
  }
  return loosest;
}

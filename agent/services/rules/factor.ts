/** When the holder has to prove who they are. */
import { NOTHING, type ServiceRule, when } from '../rule.js';

/** One of the proofs that do was given, where the medium or the quantity asks for one. Does not look at an offer: nothing is asked for yet. */
export const secondFactor: ServiceRule = {
  per: 'service',
  name: 'second-factor',
  reason: 'ERR_FACTOR_NEEDED',
  look: ({ snapshot: { programme, medium }, request }) => {
    const { secondFactor: rule } = programme;
    const units = request.items.reduce((sum, { quantity }) => sum + quantity, 0);
    if (rule === undefined || units === 0) return NOTHING;
    const isAsked =
      rule.media?.includes(medium.kind) === true || (rule.fromUnits !== undefined && units >= rule.fromUnits);
    if (!isAsked) return NOTHING;
    const given = request.factors ?? [];
    const isGiven = rule.accepts.some((factor) => given.includes(factor));
    return when(isGiven, { medium: medium.kind, units, accepts: rule.accepts.join(' '), given: given.join(' ') });
  },
};

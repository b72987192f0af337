/** When the holder has to prove who they are. */
import type { Factor, SecondFactorRule } from '../../domain/policy.js';
import { NOTHING, type ServiceRule, when } from '../rule.js';
import type { ServiceRequest, ServiceSnapshot } from '../service.js';
import { fromPurse } from './purse.js';

/** One of the proofs that do was given, where the medium, the quantity or what is paid from the purse asks for one. Does not look at an offer: nothing is asked for yet. */
export const secondFactor: ServiceRule = {
  per: 'service',
  name: 'second-factor',
  reason: 'ERR_FACTOR_NEEDED',
  look: ({ snapshot, request }) => {
    const rule = askedBy(snapshot, request);
    if (rule === undefined) return NOTHING;
    const medium = snapshot.medium.kind;
    const given = givenBy(request).join(' ');
    const isGiven = factorOf(snapshot, request) !== undefined;
    return when(isGiven, { medium, units: unitsOf(request), accepts: rule.accepts.join(' '), given });
  },
};

/** The proof that a service rests on: the first that the rule accepts and the holder gave; undefined where none is asked for, or none was given. */
export function factorOf(snapshot: ServiceSnapshot, request: ServiceRequest): Factor | undefined {
  const given = givenBy(request);
  return askedBy(snapshot, request)?.accepts.find((factor) => given.includes(factor));
}

/** Whoever stands in for the holder has laid down their own card: that is a proof by itself. */
function givenBy({ factors = [], representative }: ServiceRequest): readonly Factor[] {
  return representative === undefined ? factors : [...factors, 'representative-card'];
}

/** The rule that asks for a proof of this request; undefined where none does. */
function askedBy(snapshot: ServiceSnapshot, request: ServiceRequest): SecondFactorRule | undefined {
  const { programme, medium } = snapshot;
  const { secondFactor: rule } = programme;
  const units = unitsOf(request);
  if (rule === undefined || units === 0) return undefined;
  const isAsked =
    rule.media?.includes(medium.kind) === true ||
    (rule.fromUnits !== undefined && units >= rule.fromUnits) ||
    (rule.fromPurse !== undefined && fromPurse(snapshot, request) >= rule.fromPurse);
  return isAsked ? rule : undefined;
}

function unitsOf({ items }: ServiceRequest): number {
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}

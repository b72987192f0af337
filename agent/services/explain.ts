/** Why a service is granted or refused. */
import { openService, verdictsOn } from './decide.js';
import type { RuleVerdict, ServiceRequest, ServiceSnapshot } from './service.js';

/**
 * The verdict of every rule that looks at a request, in the order in which they look, with the facts that each compared: also of those after the first that does not
 * hold, which is the one that `decide` refuses by. All of them hold exactly where `decide` grants.
 */
export function explain(snapshot: ServiceSnapshot, request: ServiceRequest): readonly RuleVerdict[] {
  return [...verdictsOn(openService(snapshot, request))];
}

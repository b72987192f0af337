/** All scenarios. */
import type { Scenario } from './scenario.js';
import { portSaid } from './stories/port-said.js';

/** In the order in which `all` runs them. */
export function scenarios(): readonly Scenario[] {
  return [portSaid];
}

/** All scenarios. */
import type { Scenario } from './scenario.js';
import { dubai } from './stories/dubai.js';
import { gezira } from './stories/gezira.js';
import { morocco } from './stories/morocco.js';
import { outlet } from './stories/outlet.js';
import { portSaid } from './stories/port-said.js';
import { portSaidHealth } from './stories/port-said-health.js';
import { unifiedCard } from './stories/unified-card.js';

/** In the order in which `all` runs them. */
export function scenarios(): readonly Scenario[] {
  return [unifiedCard, portSaid, portSaidHealth, outlet, gezira, dubai, morocco];
}

/** Who judges which scenario. */

import { judgeDubai } from './dubai.js';
import { judgeGezira } from './gezira.js';
import { judgeMorocco } from './morocco.js';
import { judgeOutlet } from './outlet.js';
import { judgePortSaid } from './port-said.js';
import { judgePortSaidHealth } from './port-said-health.js';
import { judgeUnifiedCard } from './unified-card.js';
import type { Judge } from './verdict.js';

/** By the name of the scenario. */
export function judges(): ReadonlyMap<string, Judge> {
  return new Map([
    ['unified-card', judgeUnifiedCard],
    ['port-said', judgePortSaid],
    ['port-said-health', judgePortSaidHealth],
    ['outlet', judgeOutlet],
    ['gezira', judgeGezira],
    ['dubai', judgeDubai],
    ['morocco', judgeMorocco],
  ]);
}

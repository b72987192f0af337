/** Time that passes when a test says so. */
import { createVirtualTime, type VirtualTime } from '../../simulators/world/virtual-time.js';

export type { VirtualTime } from '../../simulators/world/virtual-time.js';

/** Some tests put real parts between two timers: enough turns of the event loop for their callbacks. */
const TURNS = 20;

/** A virtual time that starts at `startMs`. */
export function virtualTime(startMs = Date.UTC(2026, 10, 21, 6)): VirtualTime {
  return createVirtualTime({ startMs, turns: TURNS });
}

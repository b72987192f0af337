/** What the tests against a real pcscd share: whether it can run here, real timers, and a card on its virtual reader. */
import { describe } from 'vitest';
import type { Timers } from '../../../agent/domain/clock.js';
import { missingForPcscDriver } from '../../../simulators/readers/pcscd.js';

/** Timers of the system. */
export const systemTimers: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * `describe` where a private pcscd can run and the native module is built; else a `describe.skip` that says why in one
 * line. In continuous integration a missing part is an error.
 */
export async function describeWithPcscd(
  attached: 'serial' | 'usb' = 'serial',
): Promise<typeof describe | typeof describe.skip> {
  const missing = await missingForPcscDriver(attached);
  if (missing.length === 0) return describe;
  const reason = `no real pcscd here: ${missing.join('; ')}`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped, ${reason}`);
  return describe.skip;
}

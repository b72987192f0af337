/** This machine's clock, timers and randomness, for tests that run real parts; and waiting for something to become true. */
export { systemClock, systemRandom, systemTimers } from '../../agent/system.js';

/** Resolves once `condition` holds; rejects with `what` when that takes longer than `timeoutMs`. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

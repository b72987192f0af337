import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** A signal that follows this soon is the same wish: where a shell hands its process over, npm sends a Ctrl-C a second time. */
const SAME_WISH_MS = 300;

/**
 * Resolves when the process is asked to stop, by Ctrl-C or by the service manager. A second request ends it at once, with the exit code that
 * a shell gives for the signal; nothing recorded is lost by that.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      const sinceMs = performance.now();
      for (const signal of SIGNALS) {
        process.off(signal, stop);
        process.on(signal, () => {
          if (performance.now() - sinceMs > SAME_WISH_MS) process.exit(128 + constants.signals[signal]);
        });
      }
      resolve();
    };
    for (const signal of SIGNALS) process.once(signal, stop);
  });
}

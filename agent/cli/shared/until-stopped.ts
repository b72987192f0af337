/** A Ctrl-C may reach the process twice, from the terminal and from npm: the second one within this time is the same one. */
const SAME_SIGNAL_MS = 500;

/** Resolves when the process is asked to stop, by Ctrl-C or by the service manager. A second Ctrl-C, later, ends it at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      const at = performance.now();
      process.on('SIGINT', () => {
        if (performance.now() - at > SAME_SIGNAL_MS) process.exit(130);
      });
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}

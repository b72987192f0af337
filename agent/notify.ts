/** Tells systemd that the terminal runs (`Type=notify`, `WatchdogSec=`), see sd_notify(3). */
import { execFile } from 'node:child_process';
import type { Timers } from './domain/clock.js';

/** What is told to the service manager; all of it does nothing where there is none. */
export interface ServiceManager {
  /** The terminal serves. From now on the watchdog is fed from the main loop, which is the point: a loop that hangs is restarted. */
  ready(): void;
  stopping(): void;
}

/** How `systemd-notify` is run; replaced in tests. */
export type RunNotify = (args: readonly string[]) => void;

/**
 * The service manager that started this process. `systemd-notify` is run instead of a native module: it is on every machine that has
 * systemd, and Node has no datagram sockets of the Unix family. Needs `NotifyAccess=all`.
 */
export function serviceManager(
  environment: NodeJS.ProcessEnv,
  timers: Timers,
  run: RunNotify = runNotify,
): ServiceManager {
  if (environment.NOTIFY_SOCKET === undefined) return { ready: () => undefined, stopping: () => undefined };
  const intervalMs = pingIntervalMs(environment);
  let stop: () => void = () => undefined;
  const feed = (): void => {
    stop = timers.after(intervalMs, () => {
      run(['WATCHDOG=1']);
      feed();
    });
  };
  return {
    ready: () => {
      run(['--ready']);
      if (intervalMs > 0) feed();
    },
    stopping: () => {
      stop();
      run(['STOPPING=1']);
    },
  };
}

/** Longer than any watchdog of ours asks for, and far from what a timer of Node can hold. */
const INTERVAL_MS_MAX = 60_000;

/** A third of the limit: two pings may be late before the third one matters. 0 where no watchdog waits for this process, see sd_watchdog_enabled(3). */
function pingIntervalMs(environment: NodeJS.ProcessEnv): number {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(process.pid)) return 0;
  const limitUsec = Number(WATCHDOG_USEC ?? '0');
  return limitUsec > 0 ? Math.min(limitUsec / 3000, INTERVAL_MS_MAX) : 0;
}

function runNotify(args: readonly string[]): void {
  // A failure to notify shows as a time-out of the unit; there is nobody else to tell.
  execFile('systemd-notify', [...args], { timeout: 5000 }, () => undefined);
}

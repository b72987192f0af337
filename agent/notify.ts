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
  const watchdogUsec = Number(environment.WATCHDOG_USEC ?? '0');
  let stop: () => void = () => undefined;
  const feed = (): void => {
    // A third of the limit: two pings may be late before the third one matters.
    stop = timers.after(watchdogUsec / 3000, () => {
      run(['WATCHDOG=1']);
      feed();
    });
  };
  return {
    ready: () => {
      run(['--ready']);
      if (watchdogUsec > 0) feed();
    },
    stopping: () => {
      stop();
      run(['STOPPING=1']);
    },
  };
}

function runNotify(args: readonly string[]): void {
  // A failure to notify shows as a time-out of the unit; there is nobody else to tell.
  execFile('systemd-notify', [...args], { timeout: 5000 }, () => undefined);
}

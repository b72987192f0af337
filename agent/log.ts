import { type DestinationStream, pino } from 'pino';
import type { Log } from './domain/log.js';

/** How much is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * A log of JSON lines on standard error, or on `stream`: journald keeps it as it is. The fields are redacted once more here, at the top and two
 * levels below, so that a mistake elsewhere does not put a name on disk.
 */
export function createLog(
  level: LogLevel,
  part: string,
  stream: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Log {
  return pino(
    { level, base: { part }, redact: { paths: REDACTED, remove: true }, timestamp: pino.stdTimeFunctions.isoTime },
    stream,
  );
}

const NEVER_LOGGED = [
  'name',
  'fullName',
  'secondName',
  'identity',
  'credential',
  'uid',
  'serial',
  'token',
  'password',
  'key',
  'secret',
  'seed',
];

const REDACTED: string[] = ['', '*.', '*.*.'].flatMap((above) => NEVER_LOGGED.map((field) => `${above}${field}`));

import { hasSocat } from '../../simulators/readers/pty.js';

/** True when socat is installed. When it is not: throws under CI, else prints one line that says what is skipped. */
export function needsSocat(): boolean {
  if (hasSocat()) return true;
  const message = 'socat is not installed (apt-get install socat)';
  if (process.env.CI) throw new Error(message);
  console.warn(`skipped: serial line tests, because ${message}`);
  return false;
}

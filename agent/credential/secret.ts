import { WaslError } from '../domain/errors.js';

/** A 32-byte secret from its text form, 64 hex digits. Throws `ERR_SECRET`; the message names where it came from and never what it is. */
export function parseSecret(text: string, from: string): Uint8Array {
  const trimmed = text.trim();
  if (!/^[0-9a-f]{64}$/.test(trimmed))
    throw new WaslError('ERR_SECRET', `the secret ${from} does not hold 64 lower-case hex digits`);
  return Uint8Array.from(Buffer.from(trimmed, 'hex'));
}

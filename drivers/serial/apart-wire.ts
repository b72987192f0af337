/** What passes between the serial driver and the process that holds its native module, inside the envelope of `drivers/supervised/messages.ts`. */
import { z } from 'zod';
import { hexBytes, MESSAGE_CHARS_MAX } from '../supervised/messages.js';

/** Most bytes that are passed on in one piece; `serialport` reads 64 KiB at a time. */
export const CHUNK_BYTES_MAX = 65_536;

/** Most bytes that are written at once: a command to a reader is a line. */
export const WRITE_BYTES_MAX = 4_096;

/** Parameters of `open`. */
export const openParams = z.strictObject({
  path: z.string().min(1).max(4_096),
  baudRate: z.int().min(300).max(4_000_000),
});

/** Parameters of `write`. */
export const writeParams = z.strictObject({ bytes: hexBytes(WRITE_BYTES_MAX) });

/** What happens on the port. */
export const wireEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('data'), bytes: hexBytes(CHUNK_BYTES_MAX) }),
  z.strictObject({ type: z.literal('lost'), reason: z.string().max(MESSAGE_CHARS_MAX) }),
]);

/** What passes between the PC/SC driver and the process that holds its native module, inside the envelope of `drivers/supervised/messages.ts`. */
import { z } from 'zod';
import { COMMAND_BYTES_MAX, RESPONSE_BYTES_MAX } from '../reader.js';
import { hexBytes, MESSAGE_CHARS_MAX } from '../supervised/messages.js';
import type { PcscEvent } from './native.js';

/** MAX_READERNAME of pcsc-lite is 128. */
const reader = z.string().min(1).max(128);

/** Longest ATR (ISO/IEC 7816-3 §8.2.1), with the byte that pcsc-lite adds to its buffers. */
const ATR_BYTES_MAX = 33;

/** Parameters of `connect`. */
export const connectParams = z.strictObject({ reader });

/** Parameters of `disconnect`. */
export const disconnectParams = z.strictObject({ reader, disposition: z.enum(['leave', 'reset']) });

/** Parameters of `transmit`. */
export const transmitParams = z.strictObject({
  reader,
  command: hexBytes(COMMAND_BYTES_MAX),
  responseBytesMax: z.int().min(2).max(RESPONSE_BYTES_MAX),
});

/** Result of `transmit`. */
export const transmitResult = hexBytes(RESPONSE_BYTES_MAX);

/** What the service tells: a {@link PcscEvent} with its bytes as hex. */
export const wireEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('attached'), reader }),
  z.strictObject({ type: z.literal('detached'), reader }),
  z.strictObject({ type: z.literal('card'), reader, atr: hexBytes(ATR_BYTES_MAX) }),
  z.strictObject({ type: z.literal('mute'), reader }),
  z.strictObject({ type: z.literal('empty'), reader }),
  z.strictObject({ type: z.literal('failed'), message: z.string().max(MESSAGE_CHARS_MAX) }),
]) satisfies z.ZodType<PcscEvent>;

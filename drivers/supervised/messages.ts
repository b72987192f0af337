/**
 * What passes between the terminal and the process that holds a native driver: JSON, checked at both ends. What a call carries is the
 * family's own business (`drivers/pcsc/apart-wire.ts`, `drivers/serial/apart-wire.ts`) and checked there; bytes travel as hex.
 */
import { z } from 'zod';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { codeOf } from '../../agent/domain/errors.js';

/** Longest text of an error or a reason that is passed on. */
export const MESSAGE_CHARS_MAX = 500;

const number = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string().max(MESSAGE_CHARS_MAX);

/** The codes that a driver may fail with; anything else from the process is taken for a fault of its own. */
const DRIVER_CODES = [
  'ERR_CARD_LOST',
  'ERR_CARD_IO',
  'ERR_CARD_TIMEOUT',
  'ERR_CARD_UNSUPPORTED',
  'ERR_READER_UNAVAILABLE',
  'ERR_READER_UNSUPPORTED',
  'ERR_INTERNAL',
] as const satisfies readonly ErrorCode[];

/** To the process: a heartbeat to be answered, or something to do. */
export const toWorker = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ping'), number }),
  z.strictObject({ type: z.literal('call'), number, method: z.string().max(32), params: z.unknown() }),
]);

/**
 * From the process. `hello`: the native part is loaded. `unusable`: it never will be. `pong` carries what the process has used since it began:
 * processor time and wall-clock time in milliseconds, and the memory that it holds.
 */
export const fromWorker = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello') }),
  z.strictObject({ type: z.literal('unusable'), message: text }),
  z.strictObject({
    type: z.literal('pong'),
    number,
    cpuMs: z.number().min(0),
    upMs: z.number().min(0),
    residentBytes: number,
  }),
  z.strictObject({ type: z.literal('answer'), number, result: z.unknown() }),
  z.strictObject({ type: z.literal('failure'), number, code: z.enum(DRIVER_CODES), message: text }),
  z.strictObject({ type: z.literal('event'), event: z.unknown() }),
]);

/** A checked message to the process. */
export type ToWorker = z.infer<typeof toWorker>;

/** A checked message from the process. */
export type FromWorker = z.infer<typeof fromWorker>;

/** The message for a thrown value. */
export function failureOf(number: number, error: unknown): FromWorker {
  const known = DRIVER_CODES.find((code) => code === codeOf(error)) ?? 'ERR_INTERNAL';
  return { type: 'failure', number, code: known, message: messageText(error) };
}

/** The sentence of a thrown value, cut to {@link MESSAGE_CHARS_MAX}. */
export function messageText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_CHARS_MAX);
}

/** A schema for bytes as hex, at most `bytesMax` of them. */
export function hexBytes(bytesMax: number) {
  return z
    .string()
    .max(2 * bytesMax)
    .regex(/^(?:[0-9a-f]{2})*$/)
    .transform((digits) => Uint8Array.from(Buffer.from(digits, 'hex')));
}

/** Bytes as {@link hexBytes} reads them. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

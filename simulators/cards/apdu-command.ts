import { STATUS } from '../../drivers/media/type4-apdu.js';

/** A command APDU, taken apart. */
export interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  /** Bytes expected, 0 for as many as there are; `null` where the command says nothing. */
  readonly le: number | null;
}

/** Takes a short command APDU apart (ISO/IEC 7816-4:2020 §5.1, cases 1 to 4); `null` when the lengths do not fit together. */
export function parseCommand(bytes: Uint8Array): Command | null {
  const [cla, ins, p1, p2, p3] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return null;
  const head = { cla, ins, p1, p2 };
  if (p3 === undefined) return { ...head, data: new Uint8Array(0), le: null };
  if (bytes.length === 5) return { ...head, data: new Uint8Array(0), le: p3 };
  const end = 5 + p3;
  if (p3 === 0 || (bytes.length !== end && bytes.length !== end + 1)) return null;
  return { ...head, data: bytes.slice(5, end), le: bytes[end] ?? null };
}

/** The answer with up to `length` bytes from `offset` on, 0 for as many as fit; an offset past the end is wrong. */
export function slice(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset > bytes.length) return status(STATUS.wrongParameters);
  return status(STATUS.ok, bytes.slice(offset, offset + (length === 0 ? 256 : length)));
}

/** An answer: data and its status word. */
export function status(word: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return Uint8Array.of(...data, word >> 8, word & 0xff);
}

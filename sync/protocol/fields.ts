import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { WaslError } from '../../agent/domain/errors.js';

/** Reads the elements of a decoded CBOR array one by one, each with its type checked; any mismatch throws the code it was made with. */
export interface Fields {
  /** Elements not read yet. */
  left(): number;
  /** An integer from 0 to 2^53 - 1. */
  uint(): number;
  uintOrNull(): number | null;
  /** An integer from -(2^53 - 1) to 2^53 - 1. */
  int(): number;
  /** A text of 1 to `charsMax` characters. */
  text(charsMax: number): string;
  textOrNull(charsMax: number): string | null;
  /** A byte string of exactly `length` bytes. */
  bytes(length: number): Uint8Array;
  /** A byte string of at most `lengthMax` bytes. */
  bytesUpTo(lengthMax: number): Uint8Array;
  /** An index into `values`. */
  oneOf<T>(values: readonly T[]): T;
  array(): Fields;
  arrayOrNull(): Fields | null;
  /** Throws unless everything was read. */
  end(): void;
}

/** Starts reading `value`, which must be an array. */
export function fieldsOf(value: unknown, code: ErrorCode): Fields {
  if (!Array.isArray(value)) throw new WaslError(code, 'an array was expected');
  return readerOf(value, code);
}

function readerOf(values: readonly unknown[], code: ErrorCode): Fields {
  let position = 0;
  const fail = (what: string): never => {
    throw new WaslError(code, `element ${position} is not ${what}`);
  };
  const next = (): unknown => {
    if (position >= values.length) return fail('there');
    position += 1;
    return values[position - 1];
  };
  const asUint = (value: unknown): number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail('an unsigned integer');
  const asArray = (value: unknown): Fields => (Array.isArray(value) ? readerOf(value, code) : fail('an array'));
  const asText = (value: unknown, charsMax: number): string =>
    typeof value === 'string' && value.length > 0 && value.length <= charsMax ? value : fail('a short text');
  const asBytes = (lengthMax: number): Uint8Array => {
    const value = next();
    return value instanceof Uint8Array && value.length <= lengthMax ? value : fail(`at most ${lengthMax} bytes`);
  };
  return {
    left: () => values.length - position,
    uint: () => asUint(next()),
    uintOrNull: () => {
      const value = next();
      return value === null ? null : asUint(value);
    },
    int: () => {
      const value = next();
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : fail('an integer');
    },
    text: (charsMax) => asText(next(), charsMax),
    textOrNull: (charsMax) => {
      const value = next();
      return value === null ? null : asText(value, charsMax);
    },
    bytes: (length) => {
      const value = asBytes(length);
      return value.length === length ? value : fail(`${length} bytes`);
    },
    bytesUpTo: asBytes,
    oneOf: <T>(choices: readonly T[]): T => {
      const index = asUint(next());
      if (index >= choices.length) return fail('a known code');
      return choices[index] as T;
    },
    array: () => asArray(next()),
    arrayOrNull: () => {
      const value = next();
      return value === null ? null : asArray(value);
    },
    end: () => {
      if (position !== values.length) fail('the last one');
    },
  };
}

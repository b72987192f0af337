/** What a parser under test is made of, and what its inputs are made from. */
import { isWaslError } from '../../agent/domain/errors.js';

/** One parser under test. */
export interface Target {
  readonly name: string;
  /** Files whose coverage guides it: pieces of their URLs. */
  readonly files: readonly string[];
  readonly words: readonly Uint8Array[];
  /** Inputs to begin from. */
  seeds(vectors: Vectors): readonly Uint8Array[];
  /** Throws, or rejects, where something that must hold does not. */
  run(input: Uint8Array): void | Promise<void>;
}

/** What the seeds are taken from: the published vectors. */
export interface Vectors {
  /** Credentials and other CBOR, as bytes. */
  readonly bytes: readonly Uint8Array[];
  /** Texts of QR codes. */
  readonly texts: readonly string[];
  /** Texts of slips. */
  readonly slips: readonly string[];
  /** What those that hold were signed over. */
  readonly slipContents: readonly Uint8Array[];
  /** Whole memories of tags. */
  readonly memories: readonly Uint8Array[];
  /** Ledger slots. */
  readonly slots: readonly Uint8Array[];
  /** Endorsements, and the credential that they extend. */
  readonly endorsements: readonly Uint8Array[];
  readonly endorsed: Uint8Array;
  /** Answers of a smart card in whole conversations, one behind the other. */
  readonly conversations: readonly (readonly Uint8Array[])[];
  /** Keys that the vectors were signed with: raw Ed25519, and P-256 uncompressed. */
  readonly keys: readonly Uint8Array[];
}

/** When the vectors are judged, in seconds since 1970. */
export const NOW = 1_795_251_600;

/** Bytes of hex. */
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
/** Bytes of a text. */
export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Bytes as a text of one character each. */
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Heads of CBOR and labels that the formats have. */
export const CBOR_WORDS = [
  'd2',
  'd83d',
  '84',
  'a0',
  'a10127',
  'a10126',
  '18a9',
  '3a00010000',
  '5840',
  '9f',
  'bf',
  '5f',
  '7f',
  'ff',
  'f6',
  'f7',
  '1bffffffffffffffff',
  '5bffffffffffffffff',
  '9bffffffffffffffff',
  'bb0000000000000001',
  '695f5f70726f746f5f5f',
  'fb7ff0000000000000',
  'c1',
  'd9d9f7',
].map(hex);

/** Throws unless it holds. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

/** Runs what may throw a documented error, and nothing else. */
export function documented(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!isWaslError(error)) throw error;
  }
}

/** As {@link documented}, for what takes time. */
export async function documentedAsync(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isWaslError(error)) throw error;
  }
}

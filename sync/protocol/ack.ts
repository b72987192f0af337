/** Acknowledgements: what the centre has of an epoch, signed. Published as `docs/formats/sync.cddl`. */
import { decodeCbor, encodeCbor } from '../../agent/credential/cbor.js';
import { LABELS } from '../../agent/credential/hash.js';
import { SIGNATURE_BYTES, type Signer, sigStructure, type Verifier } from '../../agent/credential/signature.js';
import { WaslError } from '../../agent/domain/errors.js';
import { HASH_BYTES } from './chain.js';
import { type Fields, fieldsOf } from './fields.js';
import { EPOCH_CHARS_MAX, isEpochName, isTerminalName, SEQ_MAX, TERMINAL_CHARS_MAX } from './topics.js';

/** Version of the acknowledgement format. */
export const ACK_VERSION = 1;

/** Most missing ranges in an acknowledgement; the terminal learns of more once these are filled. */
export const ACK_RANGES_MAX = 16;

/** Largest acknowledgement. */
export const ACK_BYTES_MAX = 512;

/** 2106-02-07, in seconds since 1970. */
const TIME_MAX = 0xffff_ffff;

/** A run of sequences, both ends included. */
export interface SeqRange {
  readonly first: number;
  readonly last: number;
}

/** The centre holds events 1 to `seq` of an epoch, and their chain ends in `head`. */
export interface Ack {
  readonly terminal: string;
  readonly epoch: string;
  /** 0 when the centre does not have event 1 yet. */
  readonly seq: number;
  /** 32 bytes: the head that the centre computed over what it holds; zeros when `seq` is 0. */
  readonly head: Uint8Array;
  /** Life of the centre: greater after each restore from a backup. */
  readonly incarnation: number;
  /** The centre's clock when it signed, in seconds since 1970: the one source that may raise a terminal's time floor. */
  readonly time: number;
  /** What is missing between `seq` and later events that the centre holds, in order, with something held between any two. */
  readonly missing: readonly SeqRange[];
}

/** The head that an acknowledgement of nothing carries. */
export const NO_HEAD: Uint8Array = new Uint8Array(HASH_BYTES);

const LIMITS = { bytesMax: ACK_BYTES_MAX, depthMax: 2, itemsMax: 16 + 2 * ACK_RANGES_MAX };

/** Makes a signed acknowledgement. Throws `ERR_ACK_FORMAT` for one that no reader would take. */
export function encodeAck(ack: Ack, signer: Signer): Uint8Array {
  const unsigned = unsignedParts(ack);
  const signature = signer.sign(sigStructure(LABELS.acknowledgement, encodeCbor(unsigned)));
  const bytes = encodeCbor([...unsigned, signature]);
  readAck(bytes, [{ ...signer, verify: () => true }]);
  return bytes;
}

/**
 * Reads an acknowledgement that one of `verifiers` signed. Throws `ERR_ACK_FORMAT` or `ERR_ACK_SIGNATURE`; the signature is checked
 * before anything else in it is looked at. Whether it fits one's own journal is not checked here.
 */
export function readAck(bytes: Uint8Array, verifiers: readonly Verifier[]): Ack {
  const decoded = decodeCbor(bytes, LIMITS);
  if (!decoded.ok) throw formatError(`the acknowledgement is not canonical CBOR (${decoded.problem})`);
  if (!Array.isArray(decoded.value)) throw formatError('the acknowledgement is not an array');
  const parts: readonly unknown[] = decoded.value;
  const signature = parts.at(-1);
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES)
    throw formatError('the acknowledgement carries no signature');
  const signed = sigStructure(LABELS.acknowledgement, encodeCbor(parts.slice(0, -1)));
  if (!verifiers.some((verifier) => verifier.verify(signed, signature))) throw new WaslError('ERR_ACK_SIGNATURE');
  return readParts(fieldsOf(parts.slice(0, -1), 'ERR_ACK_FORMAT'));
}

function unsignedParts(ack: Ack): unknown[] {
  const missing = ack.missing.flatMap((range) => [range.first, range.last]);
  return [ACK_VERSION, ack.terminal, ack.epoch, ack.seq, ack.head, ack.incarnation, ack.time, missing];
}

function readParts(fields: Fields): Ack {
  if (fields.uint() !== ACK_VERSION) throw formatError('the acknowledgement has an unknown version');
  const terminal = fields.text(TERMINAL_CHARS_MAX);
  const epoch = fields.text(EPOCH_CHARS_MAX);
  const seq = fields.uint();
  const head = fields.bytes(HASH_BYTES);
  const incarnation = fields.uint();
  const time = fields.uint();
  const missing = readRanges(fields.array(), seq);
  fields.end();
  if (!isTerminalName(terminal) || !isEpochName(epoch)) throw formatError('the acknowledgement names no epoch');
  if (seq > SEQ_MAX) throw formatError('the sequence is not possible');
  if (time > TIME_MAX) throw formatError('the time is not possible');
  return { terminal, epoch, seq, head, incarnation, time, missing };
}

function readRanges(fields: Fields, seq: number): SeqRange[] {
  const ranges: SeqRange[] = [];
  let heldUpTo = seq;
  while (fields.left() > 0) {
    if (ranges.length === ACK_RANGES_MAX) throw formatError('the acknowledgement names too many ranges');
    const range = { first: fields.uint(), last: fields.uint() };
    // The first missing event follows what is acknowledged; after each gap at least one event is held.
    const startsRight = ranges.length === 0 ? range.first === seq + 1 : range.first > heldUpTo;
    if (!startsRight || range.last < range.first || range.last >= SEQ_MAX)
      throw formatError('the missing ranges are not in order');
    ranges.push(range);
    heldUpTo = range.last + 1;
  }
  return ranges;
}

function formatError(message: string): WaslError {
  return new WaslError('ERR_ACK_FORMAT', message);
}

/** The statement that every segment begins with: which epoch its events belong to, and where in its chain they go on. Pure. */

import { HASH_BYTES } from '../../../sync/protocol/chain.js';
import { type Fields, fieldsOf } from '../../../sync/protocol/fields.js';
import { EPOCH_CHARS_MAX, TERMINAL_CHARS_MAX } from '../../../sync/protocol/topics.js';
import { decodeCbor, encodeCbor } from '../../credential/cbor.js';
import { isWaslError } from '../../domain/errors.js';
import { EPOCH_CAUSES, type EpochOrigin } from '../epochs.js';

/** All that is needed to make sense of a segment without any other. All its events belong to one epoch. */
export interface SegmentStatement {
  readonly terminal: string;
  readonly epoch: EpochOrigin;
  /** Sequence of the newest event before this segment; 0 when the epoch begins here. */
  readonly seq: number;
  /** 32 bytes: head after that event. */
  readonly head: Uint8Array;
}

const LIMITS = { bytesMax: 436, depthMax: 2, itemsMax: 16 };

/** Bytes of a statement: at most 436, what a head has room for. */
export function encodeStatement(statement: SegmentStatement): Uint8Array {
  const { terminal, epoch, seq, head } = statement;
  const previous = epoch.previous === null ? null : [epoch.previous.epoch, epoch.previous.seq, epoch.previous.head];
  return encodeCbor([
    terminal,
    epoch.name,
    epoch.base,
    epoch.saltKey,
    EPOCH_CAUSES.indexOf(epoch.cause),
    previous,
    seq,
    head,
  ]);
}

/** Reads what {@link encodeStatement} made; null for anything else. */
export function decodeStatement(bytes: Uint8Array): SegmentStatement | null {
  const decoded = decodeCbor(bytes, LIMITS);
  if (!decoded.ok) return null;
  try {
    const fields = fieldsOf(decoded.value, 'ERR_JOURNAL_DAMAGED');
    const terminal = fields.text(TERMINAL_CHARS_MAX);
    const epoch = readOrigin(fields);
    const statement = { terminal, epoch, seq: fields.uint(), head: fields.bytes(HASH_BYTES) };
    fields.end();
    return statement;
  } catch (error) {
    if (isWaslError(error)) return null;
    throw error;
  }
}

function readOrigin(fields: Fields): EpochOrigin {
  const name = fields.text(EPOCH_CHARS_MAX);
  const base = fields.bytes(HASH_BYTES);
  const saltKey = fields.bytes(HASH_BYTES);
  const cause = fields.oneOf(EPOCH_CAUSES);
  const inner = fields.arrayOrNull();
  if (inner === null) return { name, base, saltKey, cause, previous: null };
  const previous = { epoch: inner.text(EPOCH_CHARS_MAX), seq: inner.uint(), head: inner.bytes(HASH_BYTES) };
  inner.end();
  return { name, base, saltKey, cause, previous };
}

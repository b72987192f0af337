/**
 * What a frame holds, as bytes: everything that one append records. Pure. Deterministic CBOR, laid out in `docs/formats/journal.md`:
 *
 *   [version, timeMs, headBefore, [entry, …]]
 */
import { HASH_BYTES } from '../../../sync/protocol/chain.js';
import { EVENT_BYTES_MAX } from '../../../sync/protocol/event-codec.js';
import { type Fields, fieldsOf } from '../../../sync/protocol/fields.js';
import { EPOCH_CHARS_MAX } from '../../../sync/protocol/topics.js';
import { decodeCbor, encodeCbor } from '../../credential/cbor.js';
import { CREDENTIAL_NAME_BYTES, ENDORSEMENT_BYTES_MAX } from '../../credential/endorsement.js';
import { RECORD_HASH_BYTES } from '../../credential/ledger.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import { LEDGER_FAMILIES } from '../../domain/ledger.js';
import { DAMAGE_REASONS, type KnownDamage } from '../damage.js';
import type {
  AcknowledgedMark,
  ClosedStep,
  DispensedStep,
  EndorsementMark,
  HighWaterMark,
  IntentStep,
  OpenEndorsement,
  PayingStep,
  PaymentMove,
  ReportedStep,
} from '../journal.js';
import { FRAME_CONTENT_BYTES_MAX } from '../segments/frame.js';
import { HEALTH_ENTRY_KINDS, type HealthEntry, healthOut, readHealth } from './health-entries.js';
import { INTENT_KINDS, intentOut, readIntent, readSlipIntent, SLIP_INTENT_FORM } from './intent-codec.js';
import { PAYMENT_KINDS, paymentOut, readPayment } from './payment-codec.js';
import {
  PERSON_KINDS,
  personEntryOut,
  readPersonEntry,
  readSlipGift,
  SLIP_GIFT_FORM,
  type StoredGift,
} from './person-codec.js';
import { readShiftEntry, SHIFT_KINDS, type StoredShift, shiftEntryOut } from './shift-codec.js';
import { readSlip, SLIP_ENTRY_KIND, type SlipEntry, slipOut } from './slip-entries.js';
import { readTapId, tapIdBytes } from './tap-id.js';

/** Version of the content of frames. */
export const CONTENT_VERSION = 1;

/** An entry as it is stored: what the journal worked out about it is written down, so that reading needs no event or card format. */
export type StoredEntry =
  | { readonly kind: 'event'; readonly seq: number; readonly bytes: Uint8Array }
  /** `family` and `recordHash`: of the record in the slot image; they become the card's high-water mark at the commit. */
  | {
      readonly kind: 'intent';
      readonly step: IntentStep;
      readonly family: number;
      readonly recordHash: Uint8Array;
    }
  /** `seq`: the redemption event that was recorded with it. */
  | { readonly kind: 'commit'; readonly tapId: string; readonly atMs: number; readonly seq: number }
  | { readonly kind: 'step'; readonly step: DispensedStep | ReportedStep | ClosedStep }
  | StoredGift
  | { readonly kind: 'payment'; readonly payment: PayingStep | PaymentMove }
  | { readonly kind: 'shift'; readonly shift: StoredShift }
  | { readonly kind: 'acknowledged'; readonly mark: AcknowledgedMark }
  | { readonly kind: 'time-floor'; readonly atMs: number }
  | { readonly kind: 'high-water'; readonly card: number; readonly family: number; readonly mark: HighWaterMark }
  | { readonly kind: 'endorsing'; readonly endorsing: OpenEndorsement }
  | { readonly kind: 'endorsed'; readonly card: number; readonly mark: EndorsementMark }
  | HealthEntry
  | SlipEntry
  | { readonly kind: 'damage'; readonly damage: KnownDamage };

/** All that one append recorded. */
export interface FrameContent {
  /** The latest time that any of the entries shows; 0 when none shows one. */
  readonly timeMs: number;
  /** 32 bytes: head of the chain before the first event in this frame; null when there is no event in it. */
  readonly headBefore: Uint8Array | null;
  readonly entries: readonly StoredEntry[];
}

const KINDS = {
  event: 1,
  intent: INTENT_KINDS.plain,
  commit: 3,
  dispensed: 4,
  reported: 5,
  closed: 6,
  acknowledged: 7,
  timeFloor: 8,
  highWater: 9,
  damage: 10,
  endorsing: 11,
  endorsed: 12,
  voidIntent: INTENT_KINDS.void,
  serviceIntent: INTENT_KINDS.service,
  /** A mark of another family than the rations: its family, and then what theirs has. */
  familyHighWater: 15,
  /** An intent of another family than the rations: its family, and then any of the kinds of intent. */
  familyIntent: 16,
  remindedIntent: INTENT_KINDS.reminded,
  representedIntent: INTENT_KINDS.represented,
} as const;

/** Stored where a frame has no events. */
const NO_HEAD = new Uint8Array();
const LIMITS = { bytesMax: FRAME_CONTENT_BYTES_MAX, depthMax: 5, itemsMax: FRAME_CONTENT_BYTES_MAX };

/** The bytes of a frame's content. Throws `ERR_INTERNAL` for a content that no reader would take back. */
export function encodeContent(content: FrameContent): Uint8Array {
  const entries = content.entries.map(encodeEntry);
  const bytes = encodeCbor([CONTENT_VERSION, content.timeMs, content.headBefore ?? NO_HEAD, entries]);
  if (bytes.length > FRAME_CONTENT_BYTES_MAX) {
    throw new WaslError('ERR_INTERNAL', 'more than fits one frame', { details: { bytes: bytes.length } });
  }
  // Reading it back is the one check that cannot drift from the reader.
  decodeContent(bytes, 'ERR_INTERNAL');
  return bytes;
}

/**
 * Reads a frame's content. Throws `code` for anything that {@link encodeContent} does not make, and `ERR_JOURNAL_VERSION` for a
 * version or a kind of entry that is not known here: it was sealed under our key, so a newer version of this software wrote it.
 */
export function decodeContent(bytes: Uint8Array, code: ErrorCode = 'ERR_JOURNAL_DAMAGED'): FrameContent {
  const decoded = decodeCbor(bytes, LIMITS, false);
  if (!decoded.ok) throw new WaslError(code, `the frame does not hold CBOR (${decoded.problem})`);
  const plain = plainContent(decoded.value);
  if (plain !== null) return plain;
  const fields = fieldsOf(decoded.value, code);
  if (fields.uint() !== CONTENT_VERSION) throw new WaslError('ERR_JOURNAL_VERSION');
  const timeMs = fields.uint();
  const headBefore = fields.bytesUpTo(HASH_BYTES);
  if (headBefore.length !== 0 && headBefore.length !== HASH_BYTES) throw new WaslError(code, 'the head is not a hash');
  const list = fields.array();
  fields.end();
  const entries: StoredEntry[] = [];
  while (list.left() > 0) entries.push(decodeEntry(list.array(), code));
  return { timeMs, headBefore: headBefore.length === 0 ? null : headBefore, entries };
}

/**
 * A content with events alone, which nearly all are: the same as below without a reader for each of its arrays. Null for anything else, also
 * for what is wrong; then the way below says what.
 */
function plainContent(value: unknown): FrameContent | null {
  if (!Array.isArray(value) || value.length !== 4) return null;
  const [version, timeMs, headBefore, list] = value as unknown[];
  if (version !== CONTENT_VERSION || !isUint(timeMs) || !isBytes(headBefore, HASH_BYTES) || !Array.isArray(list))
    return null;
  if (headBefore.length !== HASH_BYTES) return null;
  const entries: StoredEntry[] = [];
  for (const item of list as unknown[]) {
    if (!Array.isArray(item) || item.length !== 3) return null;
    const [kind, seq, bytes] = item as unknown[];
    if (kind !== KINDS.event || !isUint(seq) || !isBytes(bytes, EVENT_BYTES_MAX)) return null;
    entries.push({ kind: 'event', seq, bytes });
  }
  return { timeMs, headBefore, entries };
}

function isUint(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isBytes(value: unknown, lengthMax: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= lengthMax;
}

/** An entry as an array for CBOR. Throws `ERR_INTERNAL` for the id of a tap that is none. */
export function encodeEntry(entry: StoredEntry): unknown[] {
  switch (entry.kind) {
    case 'event':
      return [KINDS.event, entry.seq, entry.bytes];
    case 'intent':
      return entry.family === LEDGER_FAMILIES.ration
        ? intentOut(entry.step, entry.recordHash)
        : [KINDS.familyIntent, entry.family, ...intentOut(entry.step, entry.recordHash)];
    case 'commit':
      return [KINDS.commit, tapIdBytes(entry.tapId), entry.atMs, entry.seq];
    case 'step':
      return [KINDS[entry.step.step], tapIdBytes(entry.step.tapId), entry.step.atMs];
    case 'given':
      return personEntryOut(entry);
    case 'payment': {
      const { kind, payment } = entry;
      const isOfPerson = payment.step === 'paying' && payment.card === undefined;
      return isOfPerson ? personEntryOut({ kind, payment }) : paymentOut(payment);
    }
    case 'shift':
      return shiftEntryOut(entry.shift);
    case 'acknowledged': {
      const { epoch, seq, incarnation, atMs } = entry.mark;
      return [KINDS.acknowledged, epoch, seq, incarnation, atMs];
    }
    case 'time-floor':
      return [KINDS.timeFloor, entry.atMs];
    case 'high-water': {
      const mark = [entry.card, entry.mark.sequence, entry.mark.recordHash];
      return entry.family === LEDGER_FAMILIES.ration
        ? [KINDS.highWater, ...mark]
        : [KINDS.familyHighWater, entry.family, ...mark];
    }
    case 'endorsing': {
      const { card, credential, number, atMs, bytes } = entry.endorsing;
      return [KINDS.endorsing, card, credential, number, atMs, bytes];
    }
    case 'endorsed':
      return [KINDS.endorsed, entry.card, entry.mark.credential, entry.mark.number];
    case 'health-begun':
    case 'health-moved':
      return healthOut(entry);
    case 'kept':
    case 'slip':
      return slipOut(entry);
    case 'damage': {
      const { segment, fromByte, toByte, reason } = entry.damage;
      return [KINDS.damage, segment, fromByte, toByte, DAMAGE_REASONS.indexOf(reason)];
    }
  }
}

/** Reads what {@link encodeEntry} made. Throws like {@link decodeContent}. */
export function decodeEntry(fields: Fields, code: ErrorCode): StoredEntry {
  const entry = readBody(fields.uint(), fields, code);
  fields.end();
  return entry;
}

function readBody(kind: number, fields: Fields, code: ErrorCode): StoredEntry {
  switch (kind) {
    case KINDS.event:
      return { kind: 'event', seq: fields.uint(), bytes: fields.bytesUpTo(EVENT_BYTES_MAX) };
    case KINDS.intent:
    case KINDS.voidIntent:
    case KINDS.serviceIntent:
    case KINDS.remindedIntent:
    case KINDS.representedIntent:
      return { kind: 'intent', family: LEDGER_FAMILIES.ration, ...readIntent(kind, fields, code) };
    case KINDS.familyIntent: {
      const family = readFamily(fields, code);
      return { kind: 'intent', family, ...readIntent(fields.uint(), fields, code) };
    }
    case KINDS.commit:
      return { kind: 'commit', tapId: readTapId(fields), atMs: fields.uint(), seq: fields.uint() };
    case PERSON_KINDS.given:
    case PERSON_KINDS.person:
      return readPersonEntry(kind, fields, code);
    case KINDS.dispensed:
      return { kind: 'step', step: { step: 'dispensed', tapId: readTapId(fields), atMs: fields.uint() } };
    case KINDS.reported:
      return { kind: 'step', step: { step: 'reported', tapId: readTapId(fields), atMs: fields.uint() } };
    case KINDS.closed:
      return { kind: 'step', step: { step: 'closed', tapId: readTapId(fields), atMs: fields.uint() } };
    case PAYMENT_KINDS.paying:
    case PAYMENT_KINDS.moved:
    case PAYMENT_KINDS.over:
      return { kind: 'payment', payment: readPayment(kind, fields, code) };
    case SHIFT_KINDS.opened:
    case SHIFT_KINDS.closed:
      return { kind: 'shift', shift: readShiftEntry(kind, fields) };
    case KINDS.acknowledged:
      return {
        kind: 'acknowledged',
        mark: {
          epoch: fields.text(EPOCH_CHARS_MAX),
          seq: fields.uint(),
          incarnation: fields.uint(),
          atMs: fields.uint(),
        },
      };
    case KINDS.timeFloor:
      return { kind: 'time-floor', atMs: fields.uint() };
    case KINDS.highWater:
      return { kind: 'high-water', family: LEDGER_FAMILIES.ration, card: fields.uint(), mark: readMark(fields) };
    case KINDS.familyHighWater: {
      const family = readFamily(fields, code);
      return { kind: 'high-water', family, card: fields.uint(), mark: readMark(fields) };
    }
    case KINDS.endorsing: {
      const card = fields.uint();
      const mark = readEndorsementMark(fields);
      const rest = { atMs: fields.uint(), bytes: fields.bytesUpTo(ENDORSEMENT_BYTES_MAX) };
      return { kind: 'endorsing', endorsing: { card, ...mark, ...rest } };
    }
    case KINDS.endorsed:
      return { kind: 'endorsed', card: fields.uint(), mark: readEndorsementMark(fields) };
    case HEALTH_ENTRY_KINDS.begun:
    case HEALTH_ENTRY_KINDS.moved:
      return readHealth(kind, fields, code);
    case SLIP_ENTRY_KIND:
      return readSlipKind(fields, code);
    case KINDS.damage:
      return {
        kind: 'damage',
        damage: {
          segment: fields.uint(),
          fromByte: fields.uint(),
          toByte: fields.uint(),
          reason: fields.oneOf(DAMAGE_REASONS),
        },
      };
    default:
      throw new WaslError('ERR_JOURNAL_VERSION');
  }
}

function readSlipKind(fields: Fields, code: ErrorCode): StoredEntry {
  const form = fields.uint();
  if (form === SLIP_GIFT_FORM) return readSlipGift(fields, code);
  if (form !== SLIP_INTENT_FORM) return readSlip(form, fields, code);
  return { kind: 'intent', family: LEDGER_FAMILIES.ration, ...readSlipIntent(fields, code) };
}

/** The rations' have kinds of their own: one entry is written in one way. */
function readFamily(fields: Fields, code: ErrorCode): number {
  const family = fields.uint();
  if (family === LEDGER_FAMILIES.ration) throw new WaslError(code, 'an entry of the rations names their family');
  return family;
}

function readMark(fields: Fields): HighWaterMark {
  return { sequence: fields.uint(), recordHash: fields.bytes(RECORD_HASH_BYTES) };
}

function readEndorsementMark(fields: Fields): EndorsementMark {
  return { credential: fields.bytes(CREDENTIAL_NAME_BYTES), number: fields.uint() };
}

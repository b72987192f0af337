/** Canonical bytes of events: deterministic CBOR arrays with integer codes, published as `docs/formats/event.cddl`. */
import { decodeCbor, encodeCbor } from '../../agent/credential/cbor.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import { reasonFromNumber, reasonNumber } from '../../agent/domain/reasons.js';
import { itemsOut, readItems, readVersions, versionsOut } from './decision-fields.js';
import { type Fields, fieldsOf } from './fields.js';
import { healthAddedOut, healthOpenedOut, readHealthAdded, readHealthOpened } from './health-event.js';
import { holderPinOut, readHolderPin } from './holder-pin-event.js';
import { paymentOut, readPayment } from './payment-event.js';
import { readReplaced, replacedOut } from './replaced-event.js';
import { readRosterVoid, rosterVoidOut } from './roster-void-event.js';
import { detailsOut, readDetails, readSlips, slipsOut } from './service-details.js';
import { readShift, shiftOut } from './shift-event.js';
import { readStock, stockOut } from './stock-fields.js';

/** Version of the event format: the first element of every event. */
export const EVENT_VERSION = 1;

/** Largest event that is ever read or written. */
export const EVENT_BYTES_MAX = 512;

const TYPES = {
  epoch: 1,
  redemption: 2,
  refusal: 3,
  unresolved: 4,
  alarm: 5,
  void: 6,
  roster: 7,
  endorsed: 8,
  replaced: 10,
  'holder-pin': 11,
  'health-opened': 9,
  stock: 14,
  payment: 12,
  'health-added': 15,
  shift: 13,
  'roster-void': 16,
} as const;
const CAUSES = ['first', 'period', 'mismatch', 'provisioned', 'damage'] as const;
const LIMITS = { bytesMax: EVENT_BYTES_MAX, depthMax: 3, itemsMax: 256 };

/** The canonical bytes of an event. Throws `ERR_EVENT_FORMAT` for a value that no reader would take back. */
export function encodeEvent(event: WaslEvent): Uint8Array {
  const bytes = encodeCbor([EVENT_VERSION, TYPES[event.type], event.time, ...bodyOf(event)]);
  // Reading it back is the one check that cannot drift from the reader.
  decodeEvent(bytes);
  return bytes;
}

/** As {@link decodeEvent}; null for an event of a newer version of this software: it is kept, and its bytes are opaque here. */
export function decodeKnownEvent(bytes: Uint8Array): WaslEvent | null {
  try {
    return decodeEvent(bytes);
  } catch (error) {
    if (isWaslError(error, 'ERR_EVENT_FORMAT')) return null;
    throw error;
  }
}

/** Reads canonical bytes. Throws `ERR_EVENT_FORMAT`; bytes that are not in the canonical form are refused as well. */
export function decodeEvent(bytes: Uint8Array): WaslEvent {
  const decoded = decodeCbor(bytes, LIMITS);
  if (!decoded.ok) throw new WaslError('ERR_EVENT_FORMAT', `the event is not canonical CBOR (${decoded.problem})`);
  const fields = fieldsOf(decoded.value, 'ERR_EVENT_FORMAT');
  if (fields.uint() !== EVENT_VERSION) throw new WaslError('ERR_EVENT_FORMAT', 'the event has an unknown version');
  const type = fields.uint();
  const time = fields.uint();
  const event = readBody(type, time, fields);
  fields.end();
  return event;
}

function bodyOf(event: WaslEvent): unknown[] {
  switch (event.type) {
    case 'epoch': {
      const { previous } = event;
      return [CAUSES.indexOf(event.cause), previous === null ? null : [previous.epoch, previous.seq, previous.head]];
    }
    case 'redemption':
      return [
        event.card,
        event.ledgerSequence,
        event.programme,
        itemsOut(event.items),
        versionsOut(event.versions),
        event.operator,
        ...detailsOut(event.details),
      ];
    case 'roster':
      return [
        event.roster,
        event.person,
        event.programme,
        itemsOut(event.items),
        versionsOut(event.versions),
        event.operator,
        ...detailsOut(event.details),
      ];
    case 'refusal':
      return [reasonNumber(event.reason), event.card, event.programme, versionsOut(event.versions)];
    case 'unresolved':
      return [event.card, event.ledgerSequence, event.programme, itemsOut(event.items), reasonNumber(event.reason)];
    case 'alarm':
      return [reasonNumber(event.code), event.count];
    case 'void':
      return [
        event.card,
        event.ledgerSequence,
        event.voided,
        event.programme,
        itemsOut(event.items),
        versionsOut(event.versions),
        event.operator,
        event.supervisor,
        ...slipsOut(event.slips),
      ];
    case 'endorsed': {
      const { card, number, shown, known, programme, versions, operator } = event;
      return [card, number, shown, known, programme, versionsOut(versions), operator];
    }
    case 'stock':
      return stockOut(event);
    case 'payment':
      return paymentOut(event);
    case 'replaced':
      return replacedOut(event);
    case 'holder-pin':
      return holderPinOut(event);
    case 'health-opened':
      return healthOpenedOut(event);
    case 'health-added':
      return healthAddedOut(event);
    case 'shift':
      return shiftOut(event);
    case 'roster-void':
      return rosterVoidOut(event);
  }
}

function readBody(type: number, time: number, fields: Fields): WaslEvent {
  switch (type) {
    case TYPES.epoch:
      return { type: 'epoch', time, cause: fields.oneOf(CAUSES), previous: readPrevious(fields) };
    case TYPES.redemption:
      return {
        type: 'redemption',
        time,
        card: fields.uint(),
        ledgerSequence: fields.uint(),
        programme: fields.uint(),
        items: readItems(fields),
        versions: readVersions(fields),
        operator: fields.uint(),
        ...readDetails(fields),
      };
    case TYPES.roster:
      return {
        type: 'roster',
        time,
        roster: fields.uint(),
        person: fields.uint(),
        programme: fields.uint(),
        items: readItems(fields),
        versions: readVersions(fields),
        operator: fields.uint(),
        ...readDetails(fields),
      };
    case TYPES.refusal:
      return {
        type: 'refusal',
        time,
        reason: reasonFromNumber(fields.uint()),
        card: fields.uintOrNull(),
        programme: fields.uint(),
        versions: readVersions(fields),
      };
    case TYPES.unresolved:
      return {
        type: 'unresolved',
        time,
        card: fields.uint(),
        ledgerSequence: fields.uint(),
        programme: fields.uint(),
        items: readItems(fields),
        reason: reasonFromNumber(fields.uint()),
      };
    case TYPES.alarm:
      return { type: 'alarm', time, code: reasonFromNumber(fields.uint()), count: fields.uint() };
    case TYPES.void:
      return {
        type: 'void',
        time,
        card: fields.uint(),
        ledgerSequence: fields.uint(),
        voided: fields.uint(),
        programme: fields.uint(),
        items: readItems(fields),
        versions: readVersions(fields),
        operator: fields.uint(),
        supervisor: fields.uint(),
        ...(fields.left() === 0 ? {} : { slips: readSlips(fields) }),
      };
    case TYPES.endorsed:
      return {
        type: 'endorsed',
        time,
        card: fields.uint(),
        number: fields.uint(),
        shown: fields.uint(),
        known: fields.uint(),
        programme: fields.uint(),
        versions: readVersions(fields),
        operator: fields.uint(),
      };
    case TYPES.stock:
      return readStock(fields, time);
    case TYPES.payment:
      return readPayment(time, fields);
    case TYPES.replaced:
      return readReplaced(time, fields);
    case TYPES['holder-pin']:
      return readHolderPin(time, fields);
    case TYPES['health-opened']:
      return readHealthOpened(time, fields);
    case TYPES['health-added']:
      return readHealthAdded(time, fields);
    case TYPES.shift:
      return readShift(time, fields);
    case TYPES['roster-void']:
      return readRosterVoid(time, fields);
    default:
      throw new WaslError('ERR_EVENT_FORMAT', `the event has an unknown type ${type}`);
  }
}

function readPrevious(fields: Fields): { epoch: string; seq: number; head: Uint8Array } | null {
  const inner = fields.arrayOrNull();
  if (inner === null) return null;
  const previous = { epoch: inner.text(32), seq: inner.uint(), head: inner.bytes(32) };
  inner.end();
  return previous;
}

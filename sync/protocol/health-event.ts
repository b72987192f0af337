/** The bodies of the events of health records, published as `health-opened` and `health-added` in `docs/formats/event.cddl`. */
import { WaslError } from '../../agent/domain/errors.js';
import type { HealthAddedEvent, HealthOpenedEvent } from '../../agent/domain/event.js';
import {
  HEALTH_ID_BYTES,
  HEALTH_KINDS,
  HEALTH_REASONS,
  HEALTH_RECORDS_MAX,
  HEALTH_ROLE_CHARS_MAX,
} from '../../agent/domain/health-record.js';
import type { Fields } from './fields.js';

/** Most bytes of the sealed copy: a record's content and what sealing adds. */
export const HEALTH_BODY_BYTES_MAX = 256;

/** What follows the head of the event. */
export function healthOpenedOut({ card, operator, role, count, reason }: HealthOpenedEvent): unknown[] {
  return [card, operator, role, count, HEALTH_REASONS.indexOf(reason)];
}

/** Reads what {@link healthOpenedOut} made. Throws as the fields do, and `ERR_EVENT_FORMAT` for more records than a card has. */
export function readHealthOpened(time: number, fields: Fields): HealthOpenedEvent {
  const event: HealthOpenedEvent = {
    type: 'health-opened',
    time,
    card: fields.uint(),
    operator: fields.uint(),
    role: fields.text(HEALTH_ROLE_CHARS_MAX),
    count: fields.uint(),
    reason: fields.oneOf(HEALTH_REASONS),
  };
  if (event.count > HEALTH_RECORDS_MAX) throw new WaslError('ERR_EVENT_FORMAT', 'more health records than a card has');
  return event;
}

/** What follows the head of the event. */
export function healthAddedOut(event: HealthAddedEvent): unknown[] {
  const { card, id, kind, day, site, operator, answers, isOnCard, body } = event;
  return [card, id, HEALTH_KINDS.indexOf(kind), day, site, operator, answers ?? NOTHING, isOnCard ? 1 : 0, body];
}

/** Reads what {@link healthAddedOut} made. Throws as the fields do, and `ERR_EVENT_FORMAT` for an id of another length. */
export function readHealthAdded(time: number, fields: Fields): HealthAddedEvent {
  const card = fields.uint();
  const id = fields.bytes(HEALTH_ID_BYTES);
  const of = { kind: fields.oneOf(HEALTH_KINDS), day: fields.uint(), site: fields.uint(), operator: fields.uint() };
  const answers = fields.bytesUpTo(HEALTH_ID_BYTES);
  if (answers.length !== 0 && answers.length !== HEALTH_ID_BYTES)
    throw new WaslError('ERR_EVENT_FORMAT', 'what a health record answers has an id of 8 bytes');
  return {
    ...{ type: 'health-added', time, card, id, ...of },
    answers: answers.length === 0 ? null : answers,
    isOnCard: fields.oneOf([false, true]),
    body: fields.bytesUpTo(HEALTH_BODY_BYTES_MAX),
  };
}

const NOTHING = new Uint8Array(0);

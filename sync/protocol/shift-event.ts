/** The bodies of the events of a shift, published as `shift` in `docs/formats/event.cddl`. */
import { WaslError } from '../../agent/domain/errors.js';
import { PAYMENT_METHODS } from '../../agent/domain/payment.js';
import {
  SHIFT_GOODS_MAX,
  SHIFT_REASONS,
  type ShiftClosedEvent,
  type ShiftGoods,
  type ShiftOpenedEvent,
  type ShiftTally,
  type Takings,
} from '../../agent/domain/shift.js';
import type { Fields } from './fields.js';

const ID_BYTES = 8;
const ID = /^[0-9a-f]{16}$/;
const PHASES = ['opened', 'closed'] as const;

/** What follows the head of the event. Throws `ERR_EVENT_FORMAT` for an id that is none. */
export function shiftOut(event: ShiftOpenedEvent | ShiftClosedEvent): unknown[] {
  if (!ID.test(event.shift)) throw new WaslError('ERR_EVENT_FORMAT', 'the id of a shift is 16 hex digits');
  const head = [PHASES.indexOf(event.phase), Buffer.from(event.shift, 'hex'), event.operator, event.float];
  if (event.phase === 'opened') return head;
  const { openedAt, closedBy, supervisor, tally, counted, reason } = event;
  const { services, voids, takings, goods, isWhole } = tally;
  const money = PAYMENT_METHODS.flatMap((method) => {
    const { paid, returned, held } = takings[method];
    return [paid, returned, held];
  });
  const flat = goods.flatMap(({ commodity, out, back }) => [commodity, out, back]);
  return [
    ...[...head, openedAt, closedBy, supervisor, services, voids, money, flat],
    ...[isWhole ? 1 : 0, counted, SHIFT_REASONS.indexOf(reason)],
  ];
}

/** Reads what {@link shiftOut} made. Throws what the fields throw, and `ERR_EVENT_FORMAT` for more commodities than an event has. */
export function readShift(time: number, fields: Fields): ShiftOpenedEvent | ShiftClosedEvent {
  const phase = fields.oneOf(PHASES);
  const shift = Buffer.from(fields.bytes(ID_BYTES)).toString('hex');
  const head = { type: 'shift', time, shift, operator: fields.uint(), float: fields.uintOrNull() } as const;
  if (phase === 'opened') return { ...head, phase };
  const openedAt = fields.uint();
  const who = { closedBy: fields.uint(), supervisor: fields.uint() };
  const tally: ShiftTally = {
    ...{ services: fields.uint(), voids: fields.uint(), takings: readTakings(fields), goods: readGoods(fields) },
    isWhole: fields.oneOf([false, true]),
  };
  const counted = fields.uintOrNull();
  return { ...head, phase, openedAt, ...who, tally, counted, reason: fields.oneOf(SHIFT_REASONS) };
}

function readTakings(fields: Fields): ShiftTally['takings'] {
  const inner = fields.array();
  const read = (): Takings => ({ paid: inner.uint(), returned: inner.uint(), held: inner.uint() });
  const takings = { cash: read(), machine: read() };
  inner.end();
  return takings;
}

function readGoods(fields: Fields): ShiftGoods[] {
  const inner = fields.array();
  const goods: ShiftGoods[] = [];
  while (inner.left() > 0) {
    if (goods.length === SHIFT_GOODS_MAX) throw new WaslError('ERR_EVENT_FORMAT', 'the event has too many items');
    goods.push({ commodity: inner.uint(), out: inner.uint(), back: inner.uint() });
  }
  return goods;
}

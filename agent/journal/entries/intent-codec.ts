/** Intents as they are stored: of a service, of one that does more than hand out, and of one that takes a service back. */

import type { Fields } from '../../../sync/protocol/fields.js';
import { RECORD_HASH_BYTES } from '../../credential/ledger.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import type { TakenItem } from '../../domain/event.js';
import type { IntentStep, ServiceStep } from '../journal.js';
import { readServiceStep, serviceStepOut, slipPartOut, withSlipPart } from './service-step.js';
import { readTapId, tapIdBytes } from './tap-id.js';

/**
 * Kinds of entries that are intents. `service`: that of a plain one, and then what it does; `void`: and then what it takes back and who allowed it;
 * `reminded`: that of `service`, and then in how many days the card expires, of which the holder is told;
 * `represented`: that of `service`, then the card of whoever collects, and the days where the holder is told; `slip`: {@link SLIP_INTENT_FORM}, what the service has to
 * do with slips, and then the kind of any other intent with what that has behind it.
 */
export const INTENT_KINDS = { plain: 2, void: 13, service: 14, reminded: 19, slip: 24, represented: 29 } as const;

/** Tells an intent of the kind `slip` from the other entries of that kind. */
export const SLIP_INTENT_FORM = 4;

/** Longest slot image of an intent. */
export const SLOT_IMAGE_BYTES_MAX = 2048;

const UID_BYTES_MAX = 16;
const ITEMS_MAX = 16;

/** An intent as the array of its entry, kind first. Throws `ERR_INTERNAL` for the id of a tap that is none. */
export function intentOut(step: IntentStep, recordHash: Uint8Array): unknown[] {
  const { tapId, atMs, card, uid, ledgerSequence, slotImage, programme, items, takesBack, service } = step;
  const slips = service === undefined ? null : slipPartOut(service);
  if (slips !== null && service !== undefined) {
    const plain = intentOut({ ...step, service: withoutSlips(service) }, recordHash);
    return [INTENT_KINDS.slip, SLIP_INTENT_FORM, slips, ...plain];
  }
  const flat = items.flatMap((item) => [item.commodity, item.quantity]);
  const fields = [tapIdBytes(tapId), atMs, card, uid, ledgerSequence, slotImage, programme, flat, recordHash];
  if (service?.representative !== undefined) {
    const days = service.remindDays === undefined ? [] : [service.remindDays];
    return [INTENT_KINDS.represented, ...fields, serviceStepOut(service), service.representative, ...days];
  }
  if (service?.remindDays !== undefined)
    return [INTENT_KINDS.reminded, ...fields, serviceStepOut(service), service.remindDays];
  if (service !== undefined) return [INTENT_KINDS.service, ...fields, serviceStepOut(service)];
  if (takesBack === undefined) return [INTENT_KINDS.plain, ...fields];
  return [INTENT_KINDS.void, ...fields, takesBack.ledgerSequence, takesBack.servedAtMs, takesBack.supervisor];
}

/** What an intent of any kind says. */
export interface IntentBody {
  readonly step: IntentStep;
  readonly recordHash: Uint8Array;
}

/** Reads what {@link intentOut} made, behind its kind. Throws `code`, and `ERR_JOURNAL_VERSION` for a kind that is none of an intent. */
export function readIntent(kind: number, fields: Fields, code: ErrorCode): IntentBody {
  if (kind === INTENT_KINDS.slip) {
    if (fields.uint() !== SLIP_INTENT_FORM) throw new WaslError('ERR_JOURNAL_VERSION');
    return readSlipIntent(fields, code);
  }
  const { step, recordHash } = readPlain(fields, code);
  if (kind === INTENT_KINDS.plain) return { step, recordHash };
  if (kind === INTENT_KINDS.service) return { step: { ...step, service: readServiceStep(fields.array()) }, recordHash };
  if (kind === INTENT_KINDS.reminded) {
    const service = { ...readServiceStep(fields.array()), remindDays: fields.uint() };
    return { step: { ...step, service }, recordHash };
  }
  if (kind === INTENT_KINDS.represented) {
    const service = { ...readServiceStep(fields.array()), representative: fields.uint() };
    const told = fields.left() === 0 ? {} : { remindDays: fields.uint() };
    return { step: { ...step, service: { ...service, ...told } }, recordHash };
  }
  if (kind !== INTENT_KINDS.void) throw new WaslError('ERR_JOURNAL_VERSION');
  const takesBack = { ledgerSequence: fields.uint(), servedAtMs: fields.uint(), supervisor: fields.uint() };
  return { step: { ...step, takesBack }, recordHash };
}

/** Reads an intent of the kind `slip`, behind its form. Throws like {@link readIntent}. */
export function readSlipIntent(fields: Fields, code: ErrorCode): IntentBody {
  const part = fields.array();
  const kind = fields.uint();
  if (kind === INTENT_KINDS.slip) throw new WaslError(code, 'an intent names its slips twice');
  const { step, recordHash } = readIntent(kind, fields, code);
  if (step.service === undefined) throw new WaslError(code, 'only a service has to do with slips');
  return { step: { ...step, service: withSlipPart(part, step.service) }, recordHash };
}

/** The service as any other entry has it. */
export function withoutSlips(service: ServiceStep): ServiceStep {
  const { isOnSlip: _, ...effects } = service.effects;
  return { ...service, effects: { ...effects, used: effects.used.map(({ slip: __, ...one }) => one) } };
}

function readPlain(fields: Fields, code: ErrorCode): IntentBody {
  const step: IntentStep = {
    step: 'intent',
    tapId: readTapId(fields),
    atMs: fields.uint(),
    card: fields.uint(),
    uid: fields.bytesUpTo(UID_BYTES_MAX),
    ledgerSequence: fields.uint(),
    slotImage: fields.bytesUpTo(SLOT_IMAGE_BYTES_MAX),
    programme: fields.uint(),
    items: readItems(fields.array(), code),
  };
  return { step, recordHash: fields.bytes(RECORD_HASH_BYTES) };
}

/** Quantities of commodities, at most 16. Throws `code` for more. */
export function readItems(fields: Fields, code: ErrorCode): TakenItem[] {
  const items: TakenItem[] = [];
  while (fields.left() > 0) {
    if (items.length === ITEMS_MAX) throw new WaslError(code, 'the entry has too many items');
    items.push({ commodity: fields.uint(), quantity: fields.uint() });
  }
  return items;
}

/** Entries about persons who are served without a card. Published in `docs/formats/journal.md`. */
import type { Fields } from '../../../sync/protocol/fields.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import type { GivenStep, PayingStep } from '../journal.js';
import { INTENT_KINDS, readItems, withoutSlips } from './intent-codec.js';
import { PAYMENT_KINDS, payingOut, readPaying } from './payment-codec.js';
import { readServiceStep, serviceStepOut, slipPartOut, withSlipPart } from './service-step.js';
import { readTapId, tapIdBytes } from './tap-id.js';

/**
 * Kinds of the entries. `given`: somebody was served. `person`: what came later, named by the kind behind it: `given` with what the service did besides handing out,
 * or a `paying` for a person.
 */
export const PERSON_KINDS = { given: 18, person: 30 } as const;

/** Tells a `given` with slips from other entries of the kind 24: what it has to do with them stands before the rest. */
export const SLIP_GIFT_FORM = 5;

/** What was given, as it is stored: with the sequence of its event, in the same frame. */
export interface StoredGift {
  readonly kind: 'given';
  readonly given: GivenStep;
  readonly seq: number;
}

/** An entry as an array for CBOR, its kind first. */
export function personEntryOut(
  entry: StoredGift | { readonly kind: 'payment'; readonly payment: PayingStep },
): unknown[] {
  if (entry.kind === 'payment') return [PERSON_KINDS.person, PAYMENT_KINDS.paying, ...payingOut(entry.payment)];
  const { tapId, atMs, roster, person, programme, items, service } = entry.given;
  const flat = items.flatMap((item) => [item.commodity, item.quantity]);
  const fields = [PERSON_KINDS.given, tapIdBytes(tapId), atMs, roster, person, programme, flat, entry.seq];
  if (service === undefined) return fields;
  const slips = slipPartOut(service);
  if (slips === null) return [PERSON_KINDS.person, ...fields, serviceStepOut(service)];
  return [INTENT_KINDS.slip, SLIP_GIFT_FORM, slips, ...fields.slice(1), serviceStepOut(withoutSlips(service))];
}

/** Reads what {@link personEntryOut} made, behind its kind. Throws `code`, and `ERR_JOURNAL_VERSION` for what newer software has of persons. */
export function readPersonEntry(
  kind: number,
  fields: Fields,
  code: ErrorCode,
): StoredGift | { readonly kind: 'payment'; readonly payment: PayingStep } {
  if (kind === PERSON_KINDS.given) return readGift(fields, code);
  switch (fields.uint()) {
    case PERSON_KINDS.given: {
      const { given, ...at } = readGift(fields, code);
      return { ...at, given: { ...given, service: readServiceStep(fields.array()) } };
    }
    case PAYMENT_KINDS.paying: {
      const payment = readPaying(fields);
      if (payment.card !== undefined) throw new WaslError(code, 'an entry of persons names a card');
      return { kind: 'payment', payment };
    }
    default:
      throw new WaslError('ERR_JOURNAL_VERSION');
  }
}

/** Reads a `given` with slips, behind its form. Throws like {@link readPersonEntry}. */
export function readSlipGift(fields: Fields, code: ErrorCode): StoredGift {
  const part = fields.array();
  const { given, ...at } = readGift(fields, code);
  return { ...at, given: { ...given, service: withSlipPart(part, readServiceStep(fields.array())) } };
}

function readGift(fields: Fields, code: ErrorCode): StoredGift {
  const who = { tapId: readTapId(fields), atMs: fields.uint(), roster: fields.uint(), person: fields.uint() };
  const given = { ...who, programme: fields.uint(), items: readItems(fields.array(), code) };
  return { kind: 'given', given, seq: fields.uint() };
}

import { z } from 'zod';
import { PIN_SHAPE } from '../credential/pin.js';
import { WaslError } from '../domain/errors.js';
import { HEALTH_KINDS, HEALTH_REASONS, HEALTH_TEXT_BYTES_MAX } from '../domain/health-record.js';
import { HOLDER_PIN_SHAPE } from '../domain/holder-pin.js';
import { WAYS_TO_PAY } from '../domain/payment.js';
import { SHIFT_MONEY_MAX, SHIFT_REASONS } from '../domain/shift.js';
import { isReference, STOCK_UNITS_MAX } from '../services/stock.js';
import type { KioskCommand } from './state.js';

/** Most commodities that one `confirm` may name; a card's ledger holds six. */
export const QUANTITIES_MAX = 16;

/** Most characters of a name or id that are looked up. */
export const TYPED_CHARS_MAX = 200;

/** Highest number of a person, as in rosters. */
const PERSON_MAX = 0xffff_ffff;
/** Most papers that one `confirm` may ask for; a card's ledger holds eight. */
const PAPERS_MAX = 8;

/** Longest message about a request that was not understood. */
const MESSAGE_CHARS_MAX = 400;

const tapId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the id of a tap');
const commodity = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be the id of a commodity');
const personNumber = z.int('must be the number of a person').min(1).max(65_535);
const programme = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be the id of a programme');
const quantities = z
  .record(commodity, z.int().min(0).max(1_000_000))
  .refine((record) => Object.keys(record).length <= QUANTITIES_MAX, `must name at most ${QUANTITIES_MAX} commodities`);

const goods = z
  .record(commodity, z.int().min(0).max(STOCK_UNITS_MAX))
  .refine((record) => Object.keys(record).length <= QUANTITIES_MAX, `must name at most ${QUANTITIES_MAX} commodities`);
/** A sum of money in a drawer, minor units. */
const drawer = z.int().min(0).max(SHIFT_MONEY_MAX).nullable();
const pin = z.string().regex(PIN_SHAPE, 'must be 6 to 12 digits');
/** Of a card. */
const holderPin = z.string().regex(HOLDER_PIN_SHAPE, 'must be 4 to 8 digits');
const payment = z.enum(WAYS_TO_PAY, 'must be cash, machine or purse');
const papers = z
  .array(
    z.strictObject({
      writtenBy: commodity,
      commodity,
      quantity: z.int().min(1).max(1_000_000),
      site: z.int().min(0).max(0xffff_ffff),
    }),
  )
  .max(PAPERS_MAX)
  .readonly();

const commandSchema: z.ZodType<KioskCommand> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('confirm'),
    tapId,
    quantities,
    papers: papers.exactOptional(),
    payment: payment.exactOptional(),
  }),
  z.strictObject({
    type: z.literal('claim'),
    tapId,
    exemption: z.int('must be the number of an exemption').min(1).max(65_535).exactOptional(),
    supervisor: personNumber.exactOptional(),
    pin: pin.exactOptional(),
    // What a clerk can vouch for: a PIN is for the card to check.
    factors: z.array(z.literal('id-document')).max(1).readonly().exactOptional(),
  }),
  z.strictObject({ type: z.literal('represent') }),
  z.strictObject({ type: z.literal('open-records'), tapId, reason: z.enum(HEALTH_REASONS) }),
  z.strictObject({
    type: z.literal('add-record'),
    tapId,
    kind: z.enum(HEALTH_KINDS),
    text: z.string().min(1).max(HEALTH_TEXT_BYTES_MAX),
    answers: z
      .string()
      .regex(/^[0-9a-f]{16}$/, 'must be the id of a record')
      .exactOptional(),
  }),
  z.strictObject({
    type: z.literal('holder-pin'),
    tapId,
    pin: holderPin,
  }),
  z.strictObject({ type: z.literal('card-pin'), tapId }),
  z.strictObject({ type: z.literal('pin-set'), tapId, pin: holderPin }),
  z.strictObject({ type: z.literal('pin-change'), tapId, old: holderPin, pin: holderPin }),
  z.strictObject({ type: z.literal('pin-allow'), tapId, supervisor: personNumber, pin }),
  z.strictObject({ type: z.literal('pin-unblock'), tapId, pin: holderPin }),
  z.strictObject({ type: z.literal('search') }),
  z.strictObject({ type: z.literal('find'), tapId, text: z.string().max(TYPED_CHARS_MAX) }),
  z.strictObject({ type: z.literal('choose'), tapId, person: z.int().min(1).max(PERSON_MAX) }),
  z.strictObject({ type: z.literal('cancel'), tapId }),
  z.strictObject({ type: z.literal('handover'), tapId }),
  z.strictObject({ type: z.literal('take-back'), tapId }),
  z.strictObject({ type: z.literal('select'), programme }),
  z.strictObject({
    type: z.literal('authorise'),
    tapId,
    supervisor: personNumber,
    pin,
  }),
  z.strictObject({ type: z.literal('shift') }),
  z.strictObject({ type: z.literal('shift-open'), float: drawer }),
  z.strictObject({
    type: z.literal('shift-close'),
    shift: z.string().regex(/^[0-9a-f]{16}$/, 'must be the id of a shift'),
    counted: drawer,
    stock: goods,
    reason: z.enum(SHIFT_REASONS),
    supervisor: personNumber.exactOptional(),
    pin: pin.exactOptional(),
  }),
  z.strictObject({ type: z.literal('goods') }),
  z.strictObject({ type: z.literal('leave') }),
  z.strictObject({
    type: z.literal('stock'),
    kind: z.enum(['delivery', 'count', 'write-off']),
    quantities: goods,
    reference: z.string().refine(isReference, 'must be 1 to 32 printable characters').exactOptional(),
    supervisor: personNumber,
    pin,
  }),
  z.strictObject({ type: z.literal('log-in'), operator: personNumber, pin }),
  z.strictObject({ type: z.literal('log-out') }),
  z.strictObject({ type: z.literal('dismiss'), tapId }),
]);

/**
 * The command in the body of a request. Quantities are whole numbers from 0 to a million; whether they are possible is
 * for the terminal to say. Throws `ERR_API_REQUEST` with every problem in its message; never repeats what was sent.
 */
export function parseCommand(body: unknown): KioskCommand {
  const result = commandSchema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    // Only our own field names: what lies deeper was chosen by whoever sent it.
    const field = String(issue.path[0] ?? 'body');
    return `${field}: ${issue.code === 'unrecognized_keys' ? 'has unknown fields' : issue.message}`;
  });
  throw new WaslError('ERR_API_REQUEST', problems.join('; ').slice(0, MESSAGE_CHARS_MAX));
}

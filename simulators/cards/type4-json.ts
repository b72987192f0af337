/**
 * A simulated smart card as a JSON file that a person can read and edit. Hexadecimal may be in either case and have spaces; records are
 * listed newest first. A file without `version` is of a card with one ledger.
 */
import { z } from 'zod';
import { HEALTH_RECORDS_FILE, ledgerFileOf } from '../../agent/credential/card-proof.js';
import { UNBLOCKING_CODE_BYTES } from '../../agent/credential/pin-codes.js';
import { WaslError } from '../../agent/domain/errors.js';
import { HEALTH_RECORDS_MAX } from '../../agent/domain/health-record.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import { APPLET, RECORD_BYTES_MAX, TRIES } from '../../drivers/media/type4-apdu.js';

/** Ledger records that a card keeps; older ones are written over. */
export const RECORDS_KEPT = 16;
/** Largest credential and endorsement files. */
export const FILE_BYTES_MAX = 2048;

function hex(limits: { readonly min: number; readonly max: number }) {
  return z.string().transform((text, context): Uint8Array => {
    const digits = text.replaceAll(/\s/g, '');
    const bytes = digits.length / 2;
    if (!/^([0-9a-fA-F]{2})*$/.test(digits) || bytes < limits.min || bytes > limits.max) {
      context.addIssue({ code: 'custom', message: `write ${limits.min} to ${limits.max} bytes in hexadecimal` });
      return z.NEVER;
    }
    return Uint8Array.from(Buffer.from(digits, 'hex'));
  });
}

const counter = z.int().min(0).max(0xffff_ffff).default(0);
const records = z
  .array(hex({ min: 1, max: RECORD_BYTES_MAX }))
  .max(RECORDS_KEPT)
  .default([]);

const schema = z.strictObject({
  kind: z.literal('type4'),
  /** Of the applet. */
  version: z.union([z.literal(APPLET.oneLedger), z.literal(APPLET.families)]).default(APPLET.oneLedger),
  uid: hex({ min: 4, max: 10 }),
  /** Ed25519 seed, or the private number of P-256. */
  key: z.strictObject({ algorithm: z.enum(['EdDSA', 'ES256']), secret: hex({ min: 32, max: 32 }) }),
  pin: z
    .string()
    .regex(/^\d{4,8}$/, 'a PIN has 4 to 8 digits')
    .nullable()
    .default(null),
  pinTries: z.int().min(0).max(TRIES.pin).default(TRIES.pin),
  /** Left out by an applet that knows VERIFY alone. */
  pinCare: z
    .strictObject({
      /** The PIN is that of a letter. */
      isTransport: z.boolean().default(false),
      /** The unblocking code; null on a card that was made without. */
      code: hex({ min: UNBLOCKING_CODE_BYTES, max: UNBLOCKING_CODE_BYTES }).nullable().default(null),
      codeTries: z.int().min(0).max(TRIES.unblocking).default(TRIES.unblocking),
    })
    .nullable()
    .default(null),
  isActive: z.boolean().default(false),
  /** Of the rations' ledger, as `records` are. */
  counter,
  credential: hex({ min: 0, max: FILE_BYTES_MAX }).default(() => new Uint8Array(0)),
  endorsement: hex({ min: 0, max: FILE_BYTES_MAX }).default(() => new Uint8Array(0)),
  records,
  /** The ledger of health; only in version 2. */
  health: z.strictObject({ counter, records }).default({ counter: 0, records: [] }),
  /** Sealed health records, and the card's key to them as it is wrapped; left out by a card that has no room for any. */
  healthRecords: z
    .strictObject({
      counter,
      records: z
        .array(hex({ min: 1, max: RECORD_BYTES_MAX }))
        .max(HEALTH_RECORDS_MAX)
        .default([]),
      key: hex({ min: 0, max: RECORD_BYTES_MAX }).default(() => new Uint8Array(0)),
    })
    .nullable()
    .default(null),
});

/** Everything that a smart card remembers without power. */
export type Type4State = z.output<typeof schema>;

/** The shape of the JSON; see {@link describeType4State}. */
export type Type4Json = Required<Omit<z.input<typeof schema>, 'health' | 'healthRecords' | 'pinCare'>> &
  Pick<z.input<typeof schema>, 'health' | 'healthRecords' | 'pinCare'>;

/** What a smart card keeps of one ledger. */
export interface Type4Ledger {
  /** Records that were ever appended. */
  readonly counter: number;
  /** Newest first. */
  readonly records: readonly Uint8Array[];
}

const [RATION_FILE, HEALTH_FILE] = [ledgerFileOf(LEDGER_FAMILIES.ration), ledgerFileOf(LEDGER_FAMILIES.health)];

/** The ledger in the file with this short identifier; null where the card has no such file. */
export function ledgerAt(state: Type4State, file: number): Type4Ledger | null {
  if (file === RATION_FILE) return state;
  if (file === HEALTH_RECORDS_FILE) return state.version >= APPLET.families ? state.healthRecords : null;
  return file === HEALTH_FILE && state.version >= APPLET.families ? state.health : null;
}

/** The state with another content of that ledger. */
export function withLedger(state: Type4State, file: number, { counter, records }: Type4Ledger): Type4State {
  const ledger = { counter, records: [...records] };
  if (file === HEALTH_RECORDS_FILE)
    return state.healthRecords === null ? state : { ...state, healthRecords: { ...state.healthRecords, ...ledger } };
  return file === HEALTH_FILE ? { ...state, health: ledger } : { ...state, ...ledger };
}

/** Records that are kept of the file with this short identifier. */
export function recordsKept(file: number): number {
  return file === HEALTH_RECORDS_FILE ? HEALTH_RECORDS_MAX : RECORDS_KEPT;
}

/** Reads the JSON form. Throws `ERR_CONFIG` that lists every mistake with its path. */
export function parseType4State(value: unknown): Type4State {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'card'}: ${issue.message}`);
  throw new WaslError('ERR_CONFIG', `this is not a simulated smart card:\n  ${problems.join('\n  ')}`, {
    cause: result.error,
  });
}

/** The JSON form of a card. */
export function describeType4State(state: Type4State): Type4Json {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
  const { health, healthRecords, pinCare, ...rest } = state;
  return {
    ...rest,
    uid: text(state.uid),
    key: { algorithm: state.key.algorithm, secret: text(state.key.secret) },
    credential: text(state.credential),
    endorsement: text(state.endorsement),
    records: state.records.map(text),
    ...(pinCare === null ? {} : { pinCare: { ...pinCare, code: pinCare.code === null ? null : text(pinCare.code) } }),
    ...(state.version < APPLET.families
      ? {}
      : { health: { counter: health.counter, records: health.records.map(text) } }),
    ...(healthRecords === null
      ? {}
      : {
          healthRecords: {
            counter: healthRecords.counter,
            records: healthRecords.records.map(text),
            key: text(healthRecords.key),
          },
        }),
  };
}

/** The content of each signed list, checked once when it is taken in. Every problem is reported, each with its path. */
import { z } from 'zod';
import { PIN_LOG_N_MAX, PIN_LOG_N_MIN } from '../credential/pin.js';
import { CARD_ACTIONS_MAX } from '../domain/card-action.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import { FOREIGN_ALGORITHMS } from '../domain/keys.js';

export { policySchema } from './policy/check.js';

const hexKey = z.string().regex(/^[0-9a-f]{64}$/, 'a public key is 64 lower-case hex digits');
const time = z.iso.datetime({ offset: true, message: 'a time is written like 2026-11-21T00:00:00Z' });
const number = z.int().min(0);
const text = z.string().min(1).max(200);
const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'an id is lower-case letters, digits and hyphens, at most 32');

const head = { version: z.int().min(1), issuedAt: time, expires: time };

/** Ed25519: 64 hex digits. P-256: 130 that begin with 04, or 66 that begin with 02 or 03. */
const foreignKeyHex = z
  .string()
  .regex(/^([0-9a-f]{64}|0[23][0-9a-f]{64}|04[0-9a-f]{128})$/, 'a public key is 64, 66 or 130 lower-case hex digits');

/** An issuer of another system whose Claim 169 codes are believed. */
const foreignIssuer = z
  .strictObject({
    profile: z.literal('claim169'),
    issuer: text,
    algorithm: z.enum(FOREIGN_ALGORITHMS),
    publicKey: foreignKeyHex,
    keyId: z
      .string()
      .regex(/^([0-9a-f]{2}){1,64}$/, 'a key id is 1 to 64 bytes in lower-case hex')
      .optional(),
    notBefore: time,
    notAfter: time,
  })
  .refine((one) => (one.publicKey.length === 64) === (one.algorithm === 'EdDSA'), {
    path: ['publicKey'],
    message: 'the length of the key does not fit its algorithm: 64 hex digits for EdDSA, 66 or 130 for ES256',
  });

/** `keys`: who may sign cards, for which programmes, and when; and whose codes of other systems are believed. */
export const keysSchema = z.strictObject({
  ...head,
  keys: z
    .array(z.strictObject({ publicKey: hexKey, programmes: z.array(number).min(1), notBefore: time, notAfter: time }))
    .max(1000),
  /** Left out where there is none, so that a terminal that does not know it yet can read the list. */
  foreign: z.array(foreignIssuer).max(100).optional(),
});

/** Somebody who serves, or who may allow what a clerk may not, with what their PIN is checked by. */
const supervisor = z.strictObject({
  number: z.int().min(1).max(65_535),
  name: z.string().min(1).max(60),
  /** Left out for a supervisor. */
  role: id.optional(),
  sites: z.array(id).min(1).max(100),
  pin: z.strictObject({
    salt: z.string().regex(/^[0-9a-f]{32}$/, 'a salt is 32 lower-case hex digits'),
    logN: z.int().min(PIN_LOG_N_MIN).max(PIN_LOG_N_MAX),
    hash: z.string().regex(/^[0-9a-f]{64}$/, 'a hash is 64 lower-case hex digits'),
  }),
  notBefore: time,
  notAfter: time,
});

/** `terminals`: whose ledger records and batches are believed; and whom their sites obey. */
export const terminalsSchema = z.strictObject({
  ...head,
  terminals: z
    .array(z.strictObject({ terminal: id, site: id, publicKey: hexKey, notBefore: time, notAfter: time }))
    .max(200_000),
  /** Left out where there is none, so that a terminal that does not know it yet can read the list. */
  supervisors: z
    .array(supervisor)
    .max(5_000)
    .refine((all) => new Set(all.map((one) => one.number)).size === all.length, 'a number is used twice')
    .optional(),
  /** What the conditions of programmes look at. Left out likewise. */
  sites: z
    .array(
      z.strictObject({
        site: id,
        number: z.int().min(1).max(0xffff_ffff),
        kind: id,
        area: id,
        accredited: z.boolean(),
      }),
    )
    .max(50_000)
    .refine((all) => new Set(all.map((one) => one.number)).size === all.length, 'a number is used twice')
    .refine((all) => new Set(all.map((one) => one.site)).size === all.length, 'a site is described twice')
    .optional(),
});

/** `actions`: endorsements that wait for their cards, and the newest number that each card must show. */
export const actionsSchema = z
  .strictObject({
    ...head,
    cards: z
      .array(
        z.strictObject({
          card: number,
          credential: z.string().regex(/^[0-9a-f]{16}$/, 'a credential is named by 16 lower-case hex digits'),
          number: z.int().min(1),
          /** Left out once it is on the card. */
          endorsement: z
            .string()
            .regex(/^([0-9a-f]{2}){1,128}$/, 'an endorsement is 1 to 128 bytes in lower-case hex')
            .exactOptional(),
        }),
      )
      .max(CARD_ACTIONS_MAX),
  })
  .superRefine(({ cards }, context) => {
    const seen = new Set<number>();
    for (const [at, { card }] of cards.entries()) {
      if (seen.has(card))
        context.addIssue({ code: 'custom', path: ['cards', at, 'card'], message: `${card} is there twice` });
      seen.add(card);
    }
  });

/** `hotlist`: serials of blocked cards. */
export const hotlistSchema = z.strictObject({ ...head, cards: z.array(number).max(1_000_000) });

/** Parses with all problems in one message, or throws the code. */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  what: { readonly code: ErrorCode; readonly name: string },
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new WaslError(what.code, `${what.name} has ${problems.length} mistake(s):\n${problems.join('\n')}`);
}

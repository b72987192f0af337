/** What is to be put on a card: one person, from JSON or a row of a table, checked before anything is signed. */
import { z } from 'zod';
import type { CredentialClaims } from '../credential/cwt.js';
import { showableText } from '../credential/plain-text.js';
import { type CardKey, type Identity, REPRESENTATIVES_MAX } from '../domain/credential.js';
import { WaslError } from '../domain/errors.js';
import { balancesSchema } from './balances.js';

/** What is said of a member that is not there, or is of another kind. */
function must(be: string): { readonly error: (issue: { readonly input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? 'is missing' : `must be ${be}`) };
}

function whole(least: number, most: number) {
  return z.int(must('a whole number')).min(least, `must be ${least} or more`).max(most, `must be ${most} or less`);
}

const serial = whole(0, Number.MAX_SAFE_INTEGER);
const small = whole(0, 65_535);
const person = whole(1, 99);

function shown(charsMax: number) {
  return z
    .string(must('text'))
    .trim()
    .refine(
      (text) => showableText(text, charsMax) !== null,
      `1 to ${charsMax} characters, none of them a control or a direction override`,
    );
}

const language = z.string(must('text')).regex(/^[a-z]{3}$/, 'a language is three letters, ISO 639-3: ara, fra, eng');
const date = z
  .string()
  .regex(/^\d{4}-?\d{2}-?\d{2}$/, 'a date is written like 1984-02-29')
  .transform((text) => text.replaceAll('-', ''))
  .refine(isCalendarDate, 'there is no such day');
const time = z
  .string(must('text'))
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/, 'a time is written like 2027-12-31 or 2027-12-31T22:00:00Z')
  .transform((text) => Date.parse(text) / 1000)
  .refine((seconds) => Number.isSafeInteger(seconds), 'there is no such time');

const orderSchema = z
  .strictObject({
    card: serial,
    household: serial,
    householdSize: person,
    draws: person,
    homeSite: small.default(0),
    coverage: z.strictObject({ plan: small, class: small, familyUnit: serial }).nullable().default(null),
    rationScheme: small.nullable().default(null),
    /** Serials of the cards of those who may collect for the holder. */
    representatives: z
      .array(serial)
      .min(1)
      .max(REPRESENTATIVES_MAX, `a card names at most ${REPRESENTATIVES_MAX} representatives`)
      .refine((cards) => new Set(cards).size === cards.length, 'a representative is named twice')
      .exactOptional(),
    identity: z.strictObject({
      id: shown(40),
      language,
      fullName: shown(80),
      dateOfBirth: date.nullable().default(null),
      gender: whole(1, 3).nullable().default(null),
      secondName: z
        .strictObject({ text: shown(80), language })
        .nullable()
        .default(null),
    }),
    notBefore: time.nullable().default(null),
    expires: time,
    /** What the card is to begin with; absent: nothing used yet. */
    balances: balancesSchema.exactOptional(),
  })
  .refine((order) => order.representatives?.includes(order.card) !== true, {
    path: ['representatives'],
    message: 'a holder represents themselves with their own card',
  })
  .refine((order) => order.draws <= order.householdSize, {
    path: ['draws'],
    message: 'a card cannot draw for more persons than the household has',
  });

/** One card to be made. `notBefore` and `expires` in seconds since 1970. */
export type CardOrder = z.output<typeof orderSchema>;

/** Reads an order. Throws `ERR_ORDER` that names every mistake by its member. */
export function parseOrder(value: unknown, from: string): CardOrder {
  const parsed = orderSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the order'}: ${issue.message}`);
  throw new WaslError('ERR_ORDER', `${from}: ${problems.join('; ')}`);
}

/** How a cell is written. `serials`: numbers with `/` between them. */
type CellKind = 'number' | 'text' | 'json' | 'serials';

/** The columns of a table of orders, and where each stands in an order. */
export const COLUMNS: Readonly<Record<string, readonly [path: string, kind: CellKind]>> = {
  card: ['card', 'number'],
  household: ['household', 'number'],
  household_size: ['householdSize', 'number'],
  draws: ['draws', 'number'],
  home_site: ['homeSite', 'number'],
  plan: ['coverage.plan', 'number'],
  class: ['coverage.class', 'number'],
  family_unit: ['coverage.familyUnit', 'number'],
  ration_scheme: ['rationScheme', 'number'],
  representatives: ['representatives', 'serials'],
  id: ['identity.id', 'text'],
  language: ['identity.language', 'text'],
  full_name: ['identity.fullName', 'text'],
  date_of_birth: ['identity.dateOfBirth', 'text'],
  gender: ['identity.gender', 'number'],
  second_name: ['identity.secondName.text', 'text'],
  second_language: ['identity.secondName.language', 'text'],
  not_before: ['notBefore', 'text'],
  expires: ['expires', 'text'],
  balances: ['balances', 'json'],
};

/** An order from a row of a table; an empty cell is left out. Throws `ERR_ORDER` that names every mistake. */
export function orderOfRow(row: ReadonlyMap<string, string>, from: string): CardOrder {
  const order: Record<string, unknown> = {};
  for (const [column, [path, kind]] of Object.entries(COLUMNS)) {
    const cell = plainDigits((row.get(column) ?? '').trim());
    if (cell === '') continue;
    place(order, path.split('.'), cellValue(cell, kind));
  }
  return parseOrder(order, from);
}

/** Digits of spreadsheets in Arabic or Persian as the others, in a cell of nothing but digits and what stands between them in dates. Names stay as they are. */
function plainDigits(cell: string): string {
  if (!/^[\d٠-٩۰-۹][\d٠-٩۰-۹\-TZ:]*$/.test(cell)) return cell;
  return cell
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}

/** What is no number, or no JSON, is passed on as it is, so that the message is about this cell. */
function cellValue(cell: string, kind: CellKind): unknown {
  if (kind === 'serials') return cell.split('/').map((one) => cellValue(one.trim(), 'number'));
  if (kind === 'number' && /^\d{1,16}$/.test(cell)) return Number(cell);
  if (kind !== 'json') return cell;
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    return cell;
  }
}

function place(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  const inner = into[first] ?? {};
  into[first] = inner;
  place(inner as Record<string, unknown>, rest, value);
}

function isCalendarDate(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)];
  const parsed = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(`${year}-${month}-${day}`);
}

/** The medium that an order is made for. */
export interface OrderMedium {
  readonly layout: number;
  readonly uid: Uint8Array | null;
  readonly cardKey?: CardKey;
}

/** The claims of an order on a medium, in full. `issuedAt` in seconds since 1970. */
export function claimsOf(order: CardOrder, medium: OrderMedium, issuedAt: number): CredentialClaims {
  const { identity, notBefore, expires, balances: _onItsLedger, ...entitlements } = order;
  return {
    issuedAt,
    notBefore,
    expiresAt: expires,
    identity,
    entitlements: { version: 1, ...entitlements, layout: medium.layout, uid: medium.uid },
    ...(medium.cardKey === undefined ? {} : { cardKey: medium.cardKey }),
  };
}

/** Claims that say less, and what was left out of them. */
export interface Reduction {
  readonly claims: CredentialClaims;
  readonly leftOut: readonly string[];
}

/** Layout of the NTAG213, whose credential says hardly more than its serial (`docs/formats/card.md`). */
const MINIMAL_LAYOUT = 3;

/** From all of it to the least, for media that have not room for everything. Each leaves out what the one before did, and more. */
export function reductionsOf(full: CredentialClaims): readonly Reduction[] {
  const { identity, entitlements } = full;
  const short: Identity = { ...identity, secondName: null };
  const steps: Reduction[] = [
    { claims: full, leftOut: [] },
    { claims: { ...full, identity: short }, leftOut: ['second name'] },
    {
      claims: { ...full, identity: short, entitlements: { ...entitlements, coverage: null } },
      leftOut: ['second name', 'coverage'],
    },
    {
      claims: { ...full, notBefore: null, identity: short, entitlements: { ...entitlements, coverage: null } },
      leftOut: ['second name', 'coverage', 'not before'],
    },
  ];
  if (entitlements.layout !== MINIMAL_LAYOUT) return steps;
  const minimal = minimalOf(full);
  const { representatives, ...rest } = minimal.claims.entitlements;
  if (representatives === undefined) return [...steps, minimal];
  const leftOut = [...minimal.leftOut, 'representatives'];
  return [...steps, minimal, { claims: { ...minimal.claims, entitlements: rest }, leftOut }];
}

/** Serial, scheme, end and binding. A card that must not be valid yet cannot say so there. */
function minimalOf(full: CredentialClaims): Reduction {
  const { entitlements } = full;
  const identity: Identity = {
    id: String(entitlements.card),
    language: 'und',
    fullName: '',
    dateOfBirth: null,
    gender: null,
    secondName: null,
  };
  return {
    claims: {
      ...full,
      notBefore: null,
      identity,
      entitlements: { ...entitlements, coverage: null, household: 0, householdSize: 1, draws: 1, homeSite: 0 },
    },
    leftOut: ['the whole identity', 'household', 'coverage', 'home site', 'not before'],
  };
}

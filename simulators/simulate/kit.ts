/** What all worlds share: keys, the authority, personalised cards. Made once, since signing is what costs most; never changed afterwards. */
import { createHash } from 'node:crypto';
import { cardContent } from '../../agent/credential/personalise.js';
import { PIN_LOG_N_MIN, pinVerifier } from '../../agent/credential/pin.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import { encodeList, type ListKind } from '../../agent/credential/signed-list.js';
import { calendarOf, calendars, type SiteCalendar } from '../../agent/domain/calendar.js';
import type { Signer, Verifier } from '../../agent/domain/keys.js';
import type { Commodity, Policy, Programme, VoidRules } from '../../agent/domain/policy.js';
import type { PinVerifier } from '../../agent/domain/supervisor.js';
import { ntagLayout, personaliseNtag21x } from '../../drivers/media/ntag21x.js';
import { type SealKey, sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { SimulatedPageCard } from '../readers/simulated-card.js';
import { claimsOf, people, uidOf } from '../site/population.js';

/** When every world begins: two days before the end of a quarter, in the morning. */
export const START_MS = Date.UTC(2026, 11, 30, 5);

/** When the software of the simulation was built: no clock can be earlier. */
export const BUILT_MS = Date.UTC(2026, 10, 21);

/** Most terminals and cards of a world. */
export const TERMINALS_MAX = 3;
/** Cards that a world may have. */
export const CARDS_MAX = 12;

/** The one programme, and its one commodity. */
export const PROGRAMME = 'bread';
/** Id of the one commodity. */
export const COMMODITY = 'loaf';

const DAY_S = 86_400;
const FIRST_SERIAL = 100_001;
const DAILY_PER_MEMBER = 5;
const TIME_ZONE = 'Africa/Cairo';
const EXPIRES = '2036-01-01T00:00:00Z';
const WORDS = { ar: 'خبز', fr: 'pain', en: 'bread' };

/** A terminal as it is enrolled. */
export interface EnrolledTerminal {
  readonly name: string;
  readonly site: string;
  readonly signer: Signer;
  /** 32 bytes: what its journal is sealed with. */
  readonly journalKey: Uint8Array;
}

/** The supervisor of every site, and the PIN that only they know. */
export const SUPERVISOR = { number: 9, name: 'Samia', pin: '27182818' } as const;

/** Rules of the one programme for what is taken back. */
export const VOIDS: VoidRules = { withinSeconds: 4 * 3600, perDayMax: 3 };

/** By which days of the one site are counted. */
export const CALENDAR = calendarOf(TIME_ZONE);

/** Content that differs from one publication of the authority to the next. */
export interface Publication {
  readonly versions: Readonly<Record<ListKind, number>>;
  readonly hotlist: readonly number[];
  /** Loaves that a household may draw in a month. */
  readonly monthly: number;
  /** Loaves that a doubtful ledger may draw. */
  readonly doubtful: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
}

/** See the head of this file. */
export interface Kit {
  readonly authority: { readonly signer: Signer; readonly verifier: Verifier };
  readonly issuer: Signer;
  /** Somebody who would like to be the centre, or a terminal, and has no key that counts. */
  readonly attacker: Signer;
  readonly centre: { readonly seal: SealKey; readonly ack: Signer; readonly ackVerifier: Verifier };
  readonly terminals: readonly EnrolledTerminal[];
  /** Memory of each personalised card, with the serial that it carries. */
  readonly cards: readonly { readonly serial: number; readonly dump: Uint8Array }[];
  /** A signed list of a publication. */
  list(kind: ListKind, publication: Publication): Uint8Array;
  /** The policy of a publication, as a terminal has it in force. */
  policy(publication: Publication): Policy;
  /** Calendars of time zones, each made once. */
  calendar(timeZone: string): SiteCalendar;
}

/** Makes the kit. */
export async function createKit(): Promise<Kit> {
  const key = (name: string): Uint8Array => createHash('sha256').update(`simulation ${name}`).digest();
  const authority = signerFromSeed(key('authority'));
  const issuer = signerFromSeed(key('issuer'));
  const ack = signerFromSeed(key('centre ack'));
  const terminals = Array.from({ length: TERMINALS_MAX }, (_, index): EnrolledTerminal => {
    const name = `unit-${index + 1}`;
    const site = index < 2 ? 'bakery-1' : 'bakery-2';
    return { name, site, signer: signerFromSeed(key(name)), journalKey: key(`${name} journal`) };
  });
  const pin = await pinVerifier(SUPERVISOR.pin, { salt: key('supervisor').subarray(0, 16), logN: PIN_LOG_N_MIN });
  const cards = [];
  for (let index = 0; index < CARDS_MAX; index += 1) cards.push(await personalise(index, issuer));
  return {
    authority: { signer: authority, verifier: remembering(verifierFromKey(authority.publicKey)) },
    issuer,
    attacker: signerFromSeed(key('attacker')),
    centre: { seal: sealKeyFromSecret(key('centre seal')), ack, ackVerifier: verifierFromKey(ack.publicKey) },
    terminals,
    cards,
    calendar: calendars(),
    policy: ({ versions, monthly, doubtful }) => ({
      ...{ version: versions.policy, name: 'simulation', timeZone: TIME_ZONE, expiresAt: Date.parse(EXPIRES) / 1000 },
      programmes: [programme(monthly, doubtful)],
    }),
    list: (kind, publication) => signedList(kind, publication, { authority, issuer, terminals, pin }),
  };
}

/** What a card may draw on a day. */
export function quotaOfDay(serial: number): number {
  return DAILY_PER_MEMBER * drawsOf(serial - FIRST_SERIAL);
}

/** Members that the card at this place draws for. */
function drawsOf(index: number): number {
  return index % 2 === 0 ? 3 : 2;
}

/** Two cards after the other are of one household and share its members between them. */
async function personalise(index: number, issuer: Signer): Promise<Kit['cards'][number]> {
  const [person] = people(1, FIRST_SERIAL + index);
  if (person === undefined) throw new RangeError('there is nobody');
  const layout = ntagLayout('ntag216');
  const uid = uidOf(person.serial);
  const issuedAt = START_MS / 1000 - 30 * DAY_S;
  const claims = claimsOf({ person, issuedAt, expiresAt: START_MS / 1000 + 3_000 * DAY_S }, uid);
  const shared = { household: 60_000 + (index >> 1), householdSize: 5, draws: drawsOf(index) };
  const content = cardContent({ ...claims, entitlements: { ...claims.entitlements, ...shared } }, issuer, {
    day: Math.floor(issuedAt / DAY_S),
    slotBytes: layout.slotPages * 4,
  });
  const card = SimulatedNtag21x.blank('ntag216', uid);
  await personaliseNtag21x(new SimulatedPageCard(card, { canWrite: true, delay: null }), layout, content);
  return { serial: person.serial, dump: card.dump() };
}

function signedList(
  kind: ListKind,
  { versions, hotlist, monthly, doubtful, issuedAt }: Publication,
  keys: {
    readonly authority: Signer;
    readonly issuer: Signer;
    readonly terminals: readonly EnrolledTerminal[];
    readonly pin: PinVerifier;
  },
): Uint8Array {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const window = { notBefore: '2026-01-01T00:00:00Z', notAfter: '2036-12-31T23:59:59Z' };
  const terminals = keys.terminals.map(({ name, site, signer }) => ({
    ...{ terminal: name, site, publicKey: hex(signer.publicKey) },
    ...window,
  }));
  const contents: Record<ListKind, object> = {
    keys: { keys: [{ publicKey: hex(keys.issuer.publicKey), programmes: [1], ...window }] },
    terminals: {
      terminals,
      supervisors: [
        {
          ...{ number: SUPERVISOR.number, name: SUPERVISOR.name, sites: ['bakery-1', 'bakery-2'] },
          pin: { salt: hex(keys.pin.salt), logN: keys.pin.logN, hash: hex(keys.pin.hash) },
          ...window,
        },
      ],
    },
    hotlist: { cards: hotlist },
    actions: { cards: [] },
    policy: { name: 'simulation', timeZone: TIME_ZONE, programmes: [programme(monthly, doubtful)] },
  };
  const head = {
    version: versions[kind],
    issuedAt: new Date(issuedAt * 1000).toISOString(),
    expires: EXPIRES,
  };
  return encodeList(kind, { ...head, ...contents[kind] }, keys.authority);
}

function programme(monthly: number, doubtful: number): Programme {
  const loaf: Commodity = {
    id: COMMODITY,
    number: 1,
    name: WORDS,
    unit: WORDS,
    quotas: [
      { per: 'member', every: 'day', amount: DAILY_PER_MEMBER },
      { per: 'household', every: 'month', amount: monthly },
    ],
  };
  return {
    ...{ id: PROGRAMME, number: 1, title: WORDS, family: 1, schemes: [1] },
    commodities: [loaf],
    doubtfulLedgerMax: doubtful,
    voids: VOIDS,
  };
}

/** Signatures that are remembered; the oldest are forgotten. */
const REMEMBERED_MAX = 4_096;

/** The same answers, but no signature is verified twice: terminals that start again and again read the same lists. */
function remembering(verifier: Verifier): Verifier {
  const known = new Map<string, boolean>();
  return {
    ...verifier,
    verify: (message, signature) => {
      const name = createHash('sha256').update(signature).update(message).digest('base64');
      const before = known.get(name);
      if (before !== undefined) return before;
      const answer = verifier.verify(message, signature);
      const [oldest] = known.keys();
      if (known.size >= REMEMBERED_MAX && oldest !== undefined) known.delete(oldest);
      known.set(name, answer);
      return answer;
    },
  };
}

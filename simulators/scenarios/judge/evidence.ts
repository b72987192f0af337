/**
 * What the judge of a scenario may look at: the dumps of the cards and the database of the centre, read with plain `fetch`. Of Wasl it uses the published
 * formats alone: what a card states and what an event says; nothing of what decides, applies or settles.
 */

import { decodeCbor } from '../../../agent/credential/cbor.js';
import { decodeSign1 } from '../../../agent/credential/cose.js';
import { decodeClaims } from '../../../agent/credential/cwt.js';
import { readSlotImage } from '../../../agent/credential/ledger.js';
import { verifierFromKey } from '../../../agent/credential/signature.js';
import { decodeList } from '../../../agent/credential/signed-list.js';
import { calendarOf, isoDay } from '../../../agent/domain/calendar.js';
import type { Entitlements } from '../../../agent/domain/credential.js';
import type { WaslEvent } from '../../../agent/domain/event.js';
import type { HealthOwner } from '../../../agent/domain/health-record.js';
import { LEDGER_FAMILIES, type LedgerRecord } from '../../../agent/domain/ledger.js';
import { terminalsSchema } from '../../../agent/trust/list-schemas.js';
import { openMedium } from '../../../drivers/media/open.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { type SealKey, sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { cardFromJson, presented } from '../../card-file.js';
import { auditCentre } from '../../central/audit.js';
import { type JudgedView, judgedViews, type ViewReader } from './views.js';

/** What the judge is given. */
export interface JudgeOrder {
  readonly scenario: string;
  /** IANA zone of the sites: days are counted by it. */
  readonly timeZone: string;
  /** Cards as `wasl sim card` writes them. */
  readonly cards: readonly unknown[];
  /** The events of each terminal's own journal, base64url. */
  readonly journals: readonly { readonly terminal: string; readonly events: readonly string[] }[];
  /** What the payment machines have in their books. */
  readonly machines: readonly BookedPayment[];
  /** How parties read what is theirs; empty where the centre has none. */
  readonly readers: readonly ViewReader[];
  /** The signed list of terminals and sites, base64url, and the key that it is verified with, hex: both are public. */
  readonly sites: string;
  readonly authority: string;
  /** Secret key of the health authority, hex: what it opens its copies and the dumps of cards with. */
  readonly healthAuthority: string;
  readonly couch: { readonly url: string; readonly username: string; readonly password: string };
}

/** One payment in the books of a machine: how often it took the money, and gave it back. */
export interface BookedPayment {
  /** The terminal's. */
  readonly reference: string;
  readonly amount: number;
  readonly taken: number;
  readonly returned: number;
}

/** A card as its dump shows it. */
export interface JudgedCard {
  readonly serial: number;
  readonly entitlements: Entitlements;
  /** When it was issued to expire, in seconds since 1970. */
  readonly expiresAt: number;
  /** The endorsement that the card shows, and the end that it states, in seconds since 1970; null for none. */
  readonly endorsement: { readonly number: number; readonly expiresAt: number } | null;
  /** The newest record; null for a medium without a ledger. */
  readonly ledger: LedgerRecord | null;
  /** The newest record of each of its ledgers, by family. */
  readonly ledgers: ReadonlyMap<number, LedgerRecord>;
  /** Its PIN: none, that of a letter, or the holder's own; null where it can be neither set nor changed. */
  readonly pin: 'none' | 'transport' | 'set' | null;
  /** Its health records as they stand there, sealed; null for a card without room for any. */
  readonly health: SealedHealth | null;
}

/** An event as the centre has it. */
export interface JudgedEvent {
  readonly id: string;
  readonly terminal: string;
  readonly site: string;
  readonly event: WaslEvent;
  /** Site's calendar day, `YYYY-MM-DD`, and month, `YYYY-MM`. */
  readonly day: string;
  readonly month: string;
  /** Day of the newest event that the centre had when it took this one in, this one included: the day on which it came. */
  readonly cameOn: string;
  /** Whole days by which the newest event that the centre had before it is younger: how late it came. */
  readonly daysLate: number;
}

/** Health records as a card has them: newest first, with the wrapped key. */
export interface SealedHealth {
  readonly owner: HealthOwner;
  readonly wrapped: Uint8Array;
  readonly images: readonly Uint8Array[];
}

/** All that the judge goes by. */
export interface Evidence {
  readonly cards: readonly JudgedCard[];
  readonly events: readonly JudgedEvent[];
  /** The journals of the terminals, as bytes of events. */
  readonly journals: readonly { readonly terminal: string; readonly events: readonly Uint8Array[] }[];
  /** Statements of outlets as they were closed, in the order of their ids. */
  readonly statements: readonly Row[];
  /** Cases of settlement, in the order of their ids. */
  readonly cases: readonly Row[];
  readonly machines: readonly BookedPayment[];
  /** What each party gets of the database server. */
  readonly views: readonly JudgedView[];
  /** Governorate or locality by site, as the authority signed it. */
  readonly areas: ReadonlyMap<string, string>;
  /** What the health authority opens its copies and the dumps of cards with. */
  readonly healthAuthority: SealKey;
  /** Problems and gaps that the auditor of the centre finds; empty when all is as it should be. */
  readonly problems: readonly string[];
}

/** A document as the database has it. */
export type Row = Readonly<Record<string, unknown>>;

/** Gathers the evidence. Rejects when the database cannot be read. */
export async function gatherEvidence(order: JudgeOrder): Promise<Evidence> {
  const report = await auditCentre(order.couch);
  const gaps = report.gaps.map((gap) => `${gap.terminal} lacks ${gap.first} to ${gap.last} of ${gap.epoch}`);
  return {
    cards: await Promise.all(order.cards.map(judgedCard)),
    events: await judgedEvents(order),
    journals: order.journals.map(({ terminal, events }) => ({
      terminal,
      events: events.map((text) => Uint8Array.from(Buffer.from(text, 'base64url'))),
    })),
    statements: await documentsIn(order, 'wasl-statements', ({ kind }) => kind === 'statement'),
    cases: await documentsIn(order, 'wasl-cases', ({ noticedAt }) => noticedAt !== undefined),
    machines: order.machines,
    views: await judgedViews(order.couch.url, order.readers, (await asker(order)('/_all_dbs')) as string[]),
    areas: areasOf(order),
    healthAuthority: sealKeyFromSecret(Uint8Array.from(Buffer.from(order.healthAuthority, 'hex'))),
    problems: [...report.problems, ...gaps],
  };
}

function areasOf({ sites, authority }: JudgeOrder): ReadonlyMap<string, string> {
  const key = verifierFromKey(Uint8Array.from(Buffer.from(authority, 'hex')));
  const list = terminalsSchema.parse(decodeList(Buffer.from(sites, 'base64url'), 'terminals', key));
  return new Map((list.sites ?? []).map(({ site, area }) => [site, area]));
}

async function judgedCard(dump: unknown): Promise<JudgedCard> {
  const session = await openMedium(presented(cardFromJson(dump)), { canWrite: true });
  if (session.credential.form !== 'bytes') throw new Error('a dump holds no card');
  const sign1 = decodeSign1(session.credential.bytes);
  const claims = sign1.ok ? decodeClaims(sign1.sign1.payload) : null;
  if (claims === null || !claims.ok) throw new Error('a dump holds no credential');
  const ledgers = new Map<number, LedgerRecord>();
  for (const store of session.ledgers) {
    const records = (await store.readSlots()).map((slot) => readSlotImage(slot).record);
    const [newest] = records.sort((a, b) => b.sequence - a.sequence);
    if (newest !== undefined) ledgers.set(store.family, newest);
  }
  const { entitlements, expiresAt } = claims.claims;
  const ledger = ledgers.get(LEDGER_FAMILIES.ration) ?? null;
  const { endorsement: place } = session;
  const endorsement = place.state === 'bytes' ? endorsementIn(place.bytes) : null;
  const { healthRecords: store } = session;
  const { cardKey } = claims.claims;
  const health =
    store === undefined || cardKey === undefined
      ? null
      : {
          owner: { card: entitlements.card, cardKey },
          wrapped: await store.readKey(),
          images: await store.readRecords(),
        };
  const pin = session.holderPin?.state ?? null;
  return { serial: entitlements.card, entitlements, expiresAt, endorsement, ledger, ledgers, pin, health };
}

/** `[version, key id, content, signature]`, content `[number, extends, iat, exp, changes]`, as `docs/formats/card.cddl` has it. */
function endorsementIn(bytes: Uint8Array): JudgedCard['endorsement'] {
  const [, , content] = listIn(bytes);
  const [number, , , expiresAt] = content instanceof Uint8Array ? listIn(content) : [];
  if (typeof number !== 'number' || typeof expiresAt !== 'number') throw new Error('a dump holds an odd endorsement');
  return { number, expiresAt };
}

function listIn(bytes: Uint8Array): readonly unknown[] {
  const decoded = decodeCbor(bytes, { bytesMax: 128, depthMax: 3, itemsMax: 32 });
  if (!decoded.ok || !Array.isArray(decoded.value)) throw new Error('a dump holds an odd endorsement');
  return decoded.value as readonly unknown[];
}

/** Documents of a database in the order of their ids; none where it is not there. */
async function documentsIn(order: JudgeOrder, database: string, isMeant: (row: Row) => boolean): Promise<Row[]> {
  const ask = asker(order);
  if (!((await ask('/_all_dbs')) as string[]).includes(database)) return [];
  const all = (await ask(`/${database}/_all_docs?include_docs=true`)) as { rows: { doc: Row }[] };
  return all.rows.map(({ doc }) => doc).filter(isMeant);
}

/** Asks the database; rejects for any answer but success. */
function asker({ couch }: Pick<JudgeOrder, 'couch'>): (path: string) => Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${couch.username}:${couch.password}`).toString('base64')}`;
  return async (path) => {
    const response = await fetch(`${couch.url}${path}`, { headers: { authorization } });
    if (!response.ok) throw new Error(`${path} was answered with status ${response.status}`);
    return response.json();
  };
}

/** In the order in which the centre took them in: the order of a database's changes. */
async function judgedEvents(order: JudgeOrder): Promise<JudgedEvent[]> {
  const calendar = calendarOf(order.timeZone);
  const ask = asker(order);
  const sites = new Map<string, string>();
  const registry = (await ask('/wasl-registry/_all_docs?include_docs=true')) as { rows: { id: string; doc: Row }[] };
  for (const { id, doc } of registry.rows) sites.set(id, String(doc.site));
  const names = ((await ask('/_all_dbs')) as string[]).filter((name) => name.startsWith('wasl-events-')).sort();
  const found: JudgedEvent[] = [];
  for (const name of names) {
    const changes = (await ask(`/${name}/_changes?include_docs=true`)) as { results: { id: string; doc: Row }[] };
    let newestMs = 0;
    for (const { id, doc } of changes.results) {
      if (typeof doc.bytes !== 'string') continue;
      const event = decodeEvent(Buffer.from(doc.bytes, 'base64url'));
      const day = isoDay(calendar.dayOf(event.time * 1000));
      const terminal = String(doc.terminal);
      newestMs = Math.max(newestMs, event.time * 1000);
      const daysLate = Math.floor((newestMs - event.time * 1000) / 86_400_000);
      const cameOn = isoDay(calendar.dayOf(newestMs));
      const site = sites.get(terminal) ?? '';
      found.push({ id, terminal, site, event, day, month: day.slice(0, 7), cameOn, daysLate });
    }
  }
  return found;
}

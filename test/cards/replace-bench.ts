/** A desk that replaces simulated cards, and whose power can be cut before any step that leaves something behind. */

import { checkEnd, endOldCard, type OldCardTrust, readOldCard } from '../../agent/cards/old-card.js';
import type { CardOrder } from '../../agent/cards/order.js';
import {
  type CardInHandToEnd,
  type LostCard,
  type Replaced,
  type ReplacementDesk,
  replaceInHand,
  replaceLost,
} from '../../agent/cards/replace.js';
import { type ReplacementBook, replacementBook } from '../../agent/cards/replacement-book.js';
import { identityOf, type MadeCard, makeCard } from '../../agent/cli/card/medium.js';
import { classifySlot, encodeSlot, readSlotImage } from '../../agent/credential/ledger.js';
import type { Openings } from '../../agent/credential/personalise.js';
import type { ReplacedEvent } from '../../agent/domain/event.js';
import { isIssuerCause, type LedgerRecord } from '../../agent/domain/ledger.js';
import { assessLedger } from '../../agent/tap/assess.js';
import { openMedium } from '../../drivers/media/open.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { blankCard, presented, type SimulatedCard } from '../../simulators/card-file.js';
import { encodeEvent } from '../../sync/protocol/event-codec.js';
import { issuerKey, NOW, signerOf, terminalKey } from '../support/people.js';

export const ISSUER = signerOf(1);
export const TERMINAL = signerOf(7);
export const [OLD, NEW] = [4_711, 4_811] as const;
export const DAY = Math.floor(NOW / 86_400);

/** Whom everybody here believes. */
export const TRUST: OldCardTrust = {
  issuerKeys: (id) => (Buffer.from(id).equals(ISSUER.keyId) ? [issuerKey(ISSUER)] : []),
  terminalKeys: (id) => (Buffer.from(id).equals(TERMINAL.keyId) ? [terminalKey(TERMINAL, 't-1')] : []),
  now: NOW,
};

/** The power is gone. */
export class PowerCut extends Error {}

/** Counts steps, and cuts the power before one of them. */
export class Power {
  steps = 0;
  readonly #until: number;

  constructor(until = Number.POSITIVE_INFINITY) {
    this.#until = until;
  }

  step(): void {
    this.steps += 1;
    if (this.steps > this.#until) throw new PowerCut();
  }
}

/** The order of a person's card. */
export function orderFor(card: number, change: Partial<CardOrder> = {}): CardOrder {
  return {
    ...{ card, household: 90_001, householdSize: 5, draws: 3, homeSite: 17, rationScheme: 1 },
    coverage: { plan: 1, class: 2, familyUnit: 12 },
    identity: {
      ...{ id: '30000000000017', language: 'ara', fullName: 'سلمى عبد الرحيم', dateOfBirth: '19800517', gender: 2 },
      secondName: null,
    },
    ...{ notBefore: null, expires: NOW + 365 * 86_400 },
    ...change,
  };
}

/** A card as a reader presents it, whose every write needs power. */
export function lying(card: SimulatedCard, power: Power): PresentedCard {
  const real = presented(card);
  if (real.kind === 'apdu')
    return {
      ...{ kind: 'apdu', uid: real.uid, historicalBytes: real.historicalBytes },
      transmit: (apdu) => {
        // APPEND RECORD, UPDATE BINARY and ACTIVATE leave something behind.
        if ([0xe2, 0xd6, 0x44].includes(apdu[1] ?? 0)) power.step();
        return real.transmit(apdu);
      },
    };
  if (real.kind === 'text') return real;
  return {
    ...{ kind: 'pages', uid: real.uid },
    readPages: (first, count) => real.readPages(first, count),
    writePage: (page, bytes) => {
      power.step();
      return real.writePage(page, bytes);
    },
  };
}

/** What outlives a cut: the book, what was told, and what is blocked. */
export interface Durable {
  readonly lines: string[];
  readonly events: ReplacedEvent[];
  readonly blocked: Set<number>;
}

export function durable(): Durable {
  return { lines: [], events: [], blocked: new Set() };
}

/** A book as it is read after a start. */
export async function bookFrom(kept: Durable, power: Power): Promise<ReplacementBook> {
  const before = [...kept.lines];
  let isReading = true;
  const book = replacementBook(async (line) => {
    if (isReading) return;
    power.step();
    kept.lines.push(line);
  });
  for (const line of before) await replay(book, JSON.parse(line) as Record<string, never>);
  isReading = false;
  return book;
}

async function replay(book: ReplacementBook, line: Readonly<Record<string, never>>): Promise<void> {
  const { planned, ended, begun, done, previous, uid, ...plan } = line;
  if (planned !== undefined) await book.plan(planned, plan as never);
  else if (ended !== undefined) await book.end(ended, hashesIn(previous as never));
  else if (begun !== undefined) await book.begin(begun, String(uid));
  else if (done !== undefined) await book.finish(done);
}

function hashesIn(previous: Readonly<Record<string, string>>): ReadonlyMap<number, Uint8Array> {
  return new Map(
    Object.entries(previous).map(([family, hash]) => [Number(family), Uint8Array.from(Buffer.from(hash, 'hex'))]),
  );
}

/** A desk, started anew. */
export async function deskAt(kept: Durable, fresh: SimulatedCard, power: Power): Promise<ReplacementDesk<MadeCard>> {
  const book = await bookFrom(kept, power);
  return {
    ...{ book, operator: 4, now: () => NOW },
    presentNew: () => identityOf(lying(fresh, power)),
    makeNew: (order, { openings, issuedAt, again }) =>
      makeCard(lying(fresh, power), order, { issuer: ISSUER, issuedAt, day: DAY, openings, again }),
    record: async (events) => {
      power.step();
      for (const event of events) encodeEvent(event);
      kept.events.push(...events);
    },
    block: async (serial) => {
      power.step();
      kept.blocked.add(serial);
    },
  };
}

/** An old card on the reader. */
export function onReader(card: SimulatedCard, power: Power): CardInHandToEnd {
  return {
    read: async (planned) => readOldCard(await openMedium(lying(card, power), { canWrite: true }), TRUST, planned),
    check: (read, at) => checkEnd(read, { issuer: ISSUER, at }),
    end: (read, at) => endOldCard(read, { issuer: ISSUER, at }),
  };
}

/** Two cards, and what the desk keeps. */
export interface Cards {
  readonly old: SimulatedCard;
  readonly fresh: SimulatedCard;
  readonly kept: Durable;
}

/** One attempt with the card in hand. */
export async function attempt(
  { old, fresh, kept }: Cards,
  power = new Power(),
  order = orderFor(NEW),
): Promise<Replaced<MadeCard>> {
  return await replaceInHand(await deskAt(kept, fresh, power), onReader(old, power), order);
}

/** One attempt with the card lost. */
export async function attemptLost(
  { fresh, kept }: Pick<Cards, 'fresh' | 'kept'>,
  lost: LostCard,
  power = new Power(),
): Promise<Replaced<MadeCard>> {
  return await replaceLost(await deskAt(kept, fresh, power), lost, orderFor(NEW));
}

/** Makes a card of a kind, as the desk does. */
export async function issued(
  kind: 'ntag215' | 'ntag216' | 'type4',
  how: { readonly card?: number; readonly openings?: Openings } = {},
): Promise<SimulatedCard> {
  const { card: serial = OLD, openings } = how;
  const card = blankCard(kind);
  const issuing = {
    issuer: ISSUER,
    issuedAt: NOW - 86_400,
    day: DAY - 1,
    ...(openings === undefined ? {} : { openings }),
  };
  await makeCard(presented(card), orderFor(serial), issuing);
  return card;
}

/** Writes the next record of a terminal that states this, as a service does. */
export async function serve(
  card: SimulatedCard,
  family: number,
  stated: Pick<LedgerRecord, 'usage' | 'more'> & { readonly day?: number },
  serial = OLD,
): Promise<void> {
  const session = await openMedium(presented(card), { canWrite: true });
  const store = session.ledgers.find((one) => one.family === family);
  if (store === undefined) throw new Error(`the card has no ledger of family ${family}`);
  const read = await readOldCard(session, TRUST);
  const newest = [...(await store.readSlots())]
    .map(readSlotImage)
    .sort((a, b) => b.record.sequence - a.record.sequence)[0];
  if (newest === undefined || read.owner.card !== serial) throw new Error('another card');
  const { day = DAY, ...more } = stated;
  const record: LedgerRecord = {
    ...{ ...newest.record, cause: 'service', sequence: newest.record.sequence + 1, previous: newest.hash.slice(0) },
    ...{ day, time: NOW, signer: TERMINAL.keyId, ...more },
  };
  const image = encodeSlot(record, read.owner, { signer: TERMINAL, slotBytes: store.slotBytes });
  await store.writeSlot(record.sequence % 2 === 0 ? 0 : 1, image);
}

/** What a terminal that has heard of nothing makes of each ledger of a card: the newest record where it would serve, or why not. */
export async function atTerminal(card: SimulatedCard, serial: number): Promise<readonly (LedgerRecord | string)[]> {
  const session = await openMedium(presented(card), { canWrite: true });
  const found: (LedgerRecord | string)[] = [];
  for (const store of session.ledgers) {
    const { family } = store;
    const uid = session.uid ?? (await readOldCardOwner(session));
    const [a, b] = (await store.readSlots()).map((bytes, index) =>
      classifySlot(bytes, {
        ...{ owner: { uid, card: serial }, family, index, latest: NOW + 60 },
        keys: (id, cause) => (isIssuerCause(cause) ? TRUST.issuerKeys(id) : TRUST.terminalKeys(id)),
      }),
    );
    if (a === undefined || b === undefined) throw new Error('a ledger has two slots');
    const verdict = assessLedger({ slots: [a, b], mark: null, intents: [] });
    if (verdict.verdict === 'serve') found.push(verdict.doubt ?? verdict.counted.record);
    else found.push(verdict.verdict === 'refuse' ? verdict.code : 'resume');
  }
  return found;
}

async function readOldCardOwner(session: Awaited<ReturnType<typeof openMedium>>): Promise<Uint8Array> {
  return (await readOldCard(session, TRUST)).owner.uid;
}

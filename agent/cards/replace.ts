/**
 * A card in the place of another one, with what that had come to. In this order, whatever is cut, whenever:
 *
 *   read (or asked of the centre) ─▶ planned ─▶ the old card is ended ─▶ ended ─▶ begun ─▶ the new card is written and read back
 *     ─▶ the centre is told, the old serial is blocked ─▶ done
 *
 * Until the old card is ended nothing has happened: it can be used, and is read anew. From then on the book says what is carried on, and the same order goes on
 * where it stopped. There is never a moment at which both cards draw.
 */
import { hash } from 'node:crypto';
import { RECORD_HASH_BYTES } from '../credential/ledger.js';
import type { OpeningLedger, Openings } from '../credential/personalise.js';
import { type Credential, heldSince } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { ReplacedEvent } from '../domain/event.js';
import type { OldCard } from './old-card.js';
import type { CardOrder } from './order.js';
import type { CarriedLedger, ReplacementBook, ReplacementEntry, ReplacementPlan } from './replacement-book.js';

/** What is wrong with a medium before anything is written to it. */
const SAID_BEFORE_WRITING: readonly ErrorCode[] = [
  'ERR_CARD_LAYOUT',
  'ERR_CARD_UNSUPPORTED',
  'ERR_LEDGER_FULL',
  'ERR_ORDER_BALANCES',
];

/** How the new card is made. */
export interface MakingNew {
  readonly openings: Openings;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** True where an earlier attempt may have written it. */
  readonly again: boolean;
}

/** The desk at which cards are replaced. */
export interface ReplacementDesk<Made> {
  readonly book: ReplacementBook;
  /** Seconds since 1970. */
  now(): number;
  /** Waits for the new card; resolves to what it is known by, in lower-case hex. */
  presentNew(): Promise<string>;
  /** Writes the new card and reads it back. Rejects with {@link SAID_BEFORE_WRITING} only while nothing is written. */
  makeNew(order: CardOrder, how: MakingNew): Promise<Made>;
  /** Resolves when the events cannot be lost any more. The same events may come twice. */
  record(events: readonly ReplacedEvent[]): Promise<void>;
  /** Blocks a serial; one that is blocked may come again. */
  block(card: number): Promise<void>;
  /** Number of the operator; 0 for none. */
  readonly operator: number;
}

/** The old card, on a reader. */
export interface CardInHandToEnd {
  /** Reads it. `planned`: what an earlier attempt read. */
  read(planned: readonly CarriedLedger[]): Promise<OldCard>;
  /** Throws where its end could not be written; nothing is written. */
  check(card: OldCard, at: number): void;
  /** Ends it; resolves to the hash of the last record of each ledger. */
  end(card: OldCard, at: number): Promise<ReadonlyMap<number, Uint8Array>>;
}

/** A card that is gone: what the centre, and the authority's books, know of it. */
export interface LostCard {
  readonly card: number;
  readonly heldSince: number;
  readonly ledgers: readonly CarriedLedger[];
}

/** What a replacement came to. */
export interface Replaced<Made> {
  /** Serial of the old card. */
  readonly replaces: number;
  readonly plan: ReplacementPlan;
  /** What the ledgers of the new card begin with. */
  readonly openings: Openings;
  readonly made: Made;
}

/**
 * Replaces a card that lies on the reader. Rejects with `ERR_ORDER_REPLACED` where it was replaced before, or ended at another desk; `ERR_ORDER` for an
 * order of somebody else; `ERR_CARD_CHANGED` where another new card was begun; and with what reading and writing reject with.
 */
export async function replaceInHand<Made>(
  desk: ReplacementDesk<Made>,
  old: CardInHandToEnd,
  order: CardOrder,
): Promise<Replaced<Made>> {
  const seen = await old.read([]).catch(async (error: unknown) => {
    // A slot that an earlier attempt has torn is in doubt for whoever does not know of that.
    const before = desk.book.entry(desk.book.placeOf(order.card) ?? -1);
    if (before?.state !== 'planned') throw error;
    return await old.read(before.plan.ledgers);
  });
  const replaces = seen.owner.card;
  const entry = desk.book.entry(replaces);
  refuse(desk.book, { replaces, order });
  if (seen.isEnded && entry === null)
    throw new WaslError(
      'ERR_ORDER_REPLACED',
      `card ${replaces} was ended at another desk: ask there for the one in its place`,
    );
  refuseOther(seen.credential, order);
  if (entry === null || entry.state === 'planned') {
    const at = desk.now();
    old.check(seen, at);
    const ledgers = seen.ledgers.map(({ carried }) => carried);
    const cause = 'in-hand' as const;
    await desk.book.plan(replaces, { ...planOf(order), cause, at, heldSince: heldSince(seen.credential), ledgers });
    await desk.book.end(replaces, await old.end(seen, at));
  }
  return await goOn(desk, replaces, order);
}

/** Replaces a card that is not there. Rejects as {@link replaceInHand} does. */
export async function replaceLost<Made>(
  desk: ReplacementDesk<Made>,
  lost: LostCard,
  order: CardOrder,
): Promise<Replaced<Made>> {
  refuse(desk.book, { replaces: lost.card, order });
  const entry = desk.book.entry(lost.card);
  if (entry === null || entry.state === 'planned') {
    // Blocked first: each hour that it is not may be one in which it draws.
    await desk.block(lost.card);
    const { heldSince: since, ledgers } = lost;
    const plan = { ...planOf(order), cause: 'lost' as const, at: desk.now(), heldSince: since, ledgers: [...ledgers] };
    await desk.book.plan(lost.card, plan);
    await desk.book.end(lost.card, new Map());
  }
  return await goOn(desk, lost.card, order);
}

function planOf(order: CardOrder): Pick<ReplacementPlan, 'card' | 'order'> {
  return { card: order.card, order: hash('sha256', JSON.stringify(order)).slice(0, 16) };
}

function refuse(
  book: ReplacementBook,
  { replaces, order }: { readonly replaces: number; readonly order: CardOrder },
): void {
  if (order.balances !== undefined)
    throw new WaslError(
      'ERR_ORDER',
      'a card in the place of another one begins with what that had come to: leave "balances" out',
    );
  if (order.card === replaces)
    throw new WaslError('ERR_ORDER', `the new card needs a serial of its own, not ${replaces}`);
  const entry = book.entry(replaces);
  if (entry?.state === 'done')
    throw new WaslError('ERR_ORDER_REPLACED', `card ${replaces} was replaced by card ${entry.plan.card} already`);
  const place = book.placeOf(order.card);
  if (place !== null && (place !== replaces || entry?.discarded.includes(order.card) === true))
    throw new WaslError(
      'ERR_ORDER_REPLACED',
      `the serial ${order.card} was given for the place of card ${place} already`,
    );
}

/** Nobody gets the balances of somebody else by a slip at the desk. */
function refuseOther({ identity, entitlements }: Credential, order: CardOrder): void {
  const isNamed = identity.fullName !== '';
  if (isNamed && identity.id !== order.identity.id)
    throw new WaslError('ERR_ORDER', `card ${entitlements.card} is that of another person than the order`);
  if (isNamed && entitlements.household !== order.household)
    throw new WaslError('ERR_ORDER', `card ${entitlements.card} is that of another household than the order`);
}

async function goOn<Made>(desk: ReplacementDesk<Made>, replaces: number, order: CardOrder): Promise<Replaced<Made>> {
  const entry = await entryFor(desk, replaces, order);
  const { plan } = entry;
  const openings = openingsOf(entry);
  const events = eventsOf({ plan, replaces, openings, operator: desk.operator });
  const uid = await desk.presentNew();
  if (entry.state === 'begun' && entry.uid !== uid)
    throw new WaslError(
      'ERR_CARD_CHANGED',
      `the card ${entry.uid ?? ''} may already carry the serial ${order.card}; lay that one on the reader, or give the new card another serial: then that one is blocked`,
    );
  await desk.book.begin(replaces, uid);
  const again = entry.state === 'begun';
  // Waiting times go on from where they were.
  const how = { openings, issuedAt: plan.at, again };
  const made = await desk.makeNew({ ...order, notBefore: plan.heldSince }, how).catch(async (error: unknown) => {
    const isUntouched = !again && SAID_BEFORE_WRITING.some((code) => isWaslError(error, code));
    // Another medium may have the serial: this one carries nothing of it.
    if (isUntouched) await desk.book.end(replaces, entry.previous);
    throw error;
  });
  await desk.record(events);
  for (const serial of [replaces, ...entry.discarded]) await desk.block(serial);
  await desk.book.finish(replaces);
  return { replaces, plan, openings, made };
}

/** The entry, planned anew where the order has changed since the old card was ended: what is carried on stays. */
async function entryFor<Made>(
  { book }: ReplacementDesk<Made>,
  replaces: number,
  order: CardOrder,
): Promise<ReplacementEntry> {
  const entry = book.entry(replaces);
  if (entry === null) throw new WaslError('ERR_INTERNAL', 'nothing was planned');
  const wanted = planOf(order);
  if (entry.plan.card === wanted.card && entry.plan.order === wanted.order) return entry;
  if (entry.state === 'begun' && entry.plan.card === wanted.card)
    throw new WaslError(
      'ERR_ORDER_REPLACED',
      `the card with the serial ${wanted.card} was begun with other data: a changed order needs another serial`,
    );
  await book.plan(replaces, { ...entry.plan, ...wanted });
  await book.end(replaces, entry.previous);
  return book.entry(replaces) ?? entry;
}

function openingsOf({ plan, previous }: ReplacementEntry): Openings {
  return new Map(
    plan.ledgers.map(({ family, closing, day, usage, more }): [number, OpeningLedger] => {
      const hashOfLast = previous.get(family) ?? new Uint8Array(RECORD_HASH_BYTES);
      // The next even sequence: numbers of papers stay below.
      return [family, { day, usage, more, firstSequence: closing + 2 - (closing % 2), previous: hashOfLast }];
    }),
  );
}

function eventsOf(of: {
  readonly plan: ReplacementPlan;
  readonly replaces: number;
  readonly openings: Openings;
  readonly operator: number;
}): readonly ReplacedEvent[] {
  const { plan, replaces, openings, operator } = of;
  return plan.ledgers.map(({ family, closing, day, usage, more }) => ({
    ...{ type: 'replaced', time: plan.at, card: plan.card, replaces, cause: plan.cause, family, closing },
    opening: openings.get(family)?.firstSequence ?? 0,
    ...{ day, usage, more, operator },
  }));
}

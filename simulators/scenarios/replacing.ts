/** A card in the place of another one in a scenario: the product's own desk, over simulated cards, the scenario's journals and the centre's database. */
import { createHash } from 'node:crypto';
import { openingsOf, parseBalances } from '../../agent/cards/balances.js';
import { checkEnd, endOldCard, readOldCard } from '../../agent/cards/old-card.js';
import type { CardOrder } from '../../agent/cards/order.js';
import { type LostCard, type ReplacementDesk, replaceInHand, replaceLost } from '../../agent/cards/replace.js';
import type { ReplacementBook } from '../../agent/cards/replacement-book.js';
import { identityOf, type MadeCard, makeCard } from '../../agent/cli/card/medium.js';
import { decodeSign1 } from '../../agent/credential/cose.js';
import { decodeClaims } from '../../agent/credential/cwt.js';
import type { Openings } from '../../agent/credential/personalise.js';
import type { SiteCalendar } from '../../agent/domain/calendar.js';
import type { Clock } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { ReplacementCause } from '../../agent/domain/event.js';
import type { Policy } from '../../agent/domain/policy.js';
import { systemTimers } from '../../agent/system.js';
import { openMedium } from '../../drivers/media/open.js';
import type { DocumentStore } from '../../sync/bridge/store.js';
import { cardAtCentre } from '../../sync/settlement/card-ledger.js';
import { SETTLEMENT_LIMITS } from '../../sync/settlement/limits.js';
import type { SettlementRules } from '../../sync/settlement/rules.js';
import { Settlement } from '../../sync/settlement/settlement.js';
import { presented } from '../card-file.js';
import { SimulatedType4 } from '../cards/type4.js';
import { claimsOf, type Person, uidOf } from '../site/population.js';
import type { ScenarioAuthority } from './authority.js';
import type { Holder } from './cast.js';
import { issuedCard } from './issued.js';
import type { ScenarioTerminal } from './terminal-port.js';

/** New cards have serials of their own: so much above the old ones. */
const NEW_SERIALS_FROM = 100_000;
/** How long settlement may take, in real time, before the scenario gives up. */
const SETTLE_TIMEOUT_MS = 120_000;
const SETTLE_LOOK_MS = 20;

/** Where a card is replaced. */
export interface ReplacingAt {
  readonly desk: ScenarioTerminal;
  readonly book: ReplacementBook;
  readonly authority: ScenarioAuthority;
  /** The database of the centre. */
  readonly store: DocumentStore;
  readonly rules: SettlementRules;
  readonly calendar: SiteCalendar;
  readonly nowMs: number;
}

/** Replaces a card by a smart card; resolves to its holder with that. Rejects as the desk does. */
export async function replaceCard(holder: Holder, cause: ReplacementCause, at: ReplacingAt): Promise<Holder> {
  const person = { ...holder.person, serial: holder.person.serial + NEW_SERIALS_FROM };
  const secret = createHash('sha256').update(`smart card ${person.serial}`).digest();
  const card = SimulatedType4.blank({ uid: uidOf(person.serial), algorithm: 'EdDSA', secret, pin: null });
  const desk = deskAt(card, at);
  const order = await orderFor(holder, person.serial);
  if (cause === 'lost') await replaceLost(desk, await lostCard(holder, order, at), order);
  else await replaceInHand(desk, onReader(holder, at), order);
  const { openings: _ofTheOldCard, ...same } = holder;
  return { ...same, person, card };
}

function deskAt(card: SimulatedType4, at: ReplacingAt): ReplacementDesk<MadeCard> {
  const { desk, book, authority, calendar, nowMs } = at;
  return {
    ...{ book, operator: 0, now: () => Math.floor(nowMs / 1000) },
    presentNew: () => identityOf(presented(card)),
    makeNew: (order, { openings, issuedAt, again }) =>
      makeCard(presented(card), order, {
        ...{ issuer: authority.issuer, issuedAt, day: calendar.dayOf(nowMs), openings, again },
      }),
    record: (events) => desk.record(events),
    block: async (serial) => authority.block(serial),
  };
}

function onReader({ card }: Holder, { desk: { trust }, authority: { issuer }, nowMs }: ReplacingAt) {
  const believed = {
    issuerKeys: (id: Uint8Array) => trust.issuerKeys(id),
    terminalKeys: (id: Uint8Array) => trust.terminalKeys(id),
    now: Math.floor(nowMs / 1000),
  };
  return {
    read: async (planned: Parameters<typeof readOldCard>[2]) =>
      readOldCard(await openMedium(presented(card), { canWrite: true }), believed, planned),
    check: (read: Parameters<typeof checkEnd>[0], endedAt: number) => checkEnd(read, { issuer, at: endedAt }),
    end: (read: Parameters<typeof endOldCard>[0], endedAt: number) => endOldCard(read, { issuer, at: endedAt }),
  };
}

/** The same person under a new serial, as the authority's register has them. */
async function orderFor({ person, card }: Holder, serial: number): Promise<CardOrder> {
  const { issuedAt, expiresAt } = await issuedCard(card);
  const { identity, entitlements } = claimsOf({ person, issuedAt, expiresAt }, uidOf(person.serial));
  const { household, householdSize, draws, homeSite } = entitlements;
  const { coverage, rationScheme } = await statedOn(card);
  return {
    ...{ card: serial, household, householdSize, draws, homeSite, coverage, rationScheme },
    ...{ identity, notBefore: null, expires: expiresAt },
  };
}

/** What a card was issued with. */
async function statedOn(card: Holder['card']): Promise<Pick<CardOrder, 'coverage' | 'rationScheme'>> {
  const session = await openMedium(presented(card), { canWrite: true });
  const sign1 = session.credential.form === 'bytes' ? decodeSign1(session.credential.bytes) : null;
  const read = sign1?.ok === true ? decodeClaims(sign1.sign1.payload) : null;
  if (read?.ok !== true) throw new WaslError('ERR_INTERNAL', 'the card holds no credential of its own');
  const { coverage, rationScheme } = read.claims.entitlements;
  return { coverage, rationScheme };
}

/** What the authority's books and the centre know of a card that is gone. */
async function lostCard({ card, openings }: Holder, order: CardOrder, at: ReplacingAt): Promise<LostCard> {
  const { store, rules, calendar } = at;
  const { card: serial, issuedAt, expiresAt } = await issuedCard(card);
  const { household, householdSize, draws, homeSite, coverage, rationScheme } = order;
  const known = await cardAtCentre(store, rules, {
    ...{ card: serial, household, householdSize, draws, homeSite, coverage, rationScheme },
    ...(openings === undefined ? {} : { openings }),
    ...{ issuedDay: calendar.dayOf(issuedAt * 1000), expiresDay: calendar.dayOf(expiresAt * 1000) },
  });
  const ledgers = [...known].map(([family, { closing, day, usage, more }]) => {
    const { tallies, balances, papers } = more;
    const stated = { tallies: [...tallies], balances: [...balances], papers: [...papers] };
    return { family, closing, day, usage: [...usage], more: stated };
  });
  return { card: serial, heldSince: issuedAt, ledgers };
}

/** What a person has of an older system, under the newest of these policies. Throws `ERR_ORDER_BALANCES`. */
export function takenOver({ draws, householdSize }: Person, balances: unknown, policies: readonly Policy[]): Openings {
  const programmes = policies.at(-1)?.programmes ?? [];
  // What was used is held against the plain amounts: the older system knew of no other.
  const holder = { draws, householdSize, coverage: null, rationScheme: null };
  const context = { programmes, holder, today: Number.MAX_SAFE_INTEGER };
  return openingsOf(parseBalances(balances, 'the older system'), context, 'the older system');
}

/** Settles everything that the centre has now. Rejects with `ERR_DATABASE` when that takes too long. */
export async function settleOnce(store: DocumentStore, rules: SettlementRules, clock: Clock): Promise<void> {
  const problems: unknown[] = [];
  const settlement = new Settlement({
    ...{ store, rules, clock, timers: systemTimers, report: (problem) => problems.push(problem) },
    limits: { ...SETTLEMENT_LIMITS, pollMs: SETTLE_LOOK_MS },
  });
  settlement.start();
  try {
    for (let waitedMs = 0; !(await settlement.caughtUp().catch(() => false)); waitedMs += SETTLE_LOOK_MS) {
      if (waitedMs > SETTLE_TIMEOUT_MS)
        throw new WaslError('ERR_DATABASE', `settlement does not come to an end: ${String(problems.at(-1))}`);
      await new Promise<void>((resolve) => systemTimers.after(SETTLE_LOOK_MS, resolve));
    }
  } finally {
    await settlement.stop();
  }
}

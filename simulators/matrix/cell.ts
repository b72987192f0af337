/**
 * One case of the matrix, with the real tap, journal, ledger, medium driver and credential code:
 *
 *   a service at terminal 0 ─▶ a second one, torn in one byte ─▶ what somebody does to the card ─▶ tap at the same or the other terminal
 *     ─▶ tap at the one of the two that is left ─▶ tap at terminal 0 ─▶ the books
 */
import type { CardAction } from '../../agent/domain/card-action.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import { createTap, type Tap, type TapState } from '../../agent/tap/tap.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { cardFromJSON, presentedCard, type SimulatedCard } from '../cards/media.js';
import {
  DOUBT_LOAVES,
  FOLDER,
  NOW_MS,
  openDeskJournal,
  QUOTA_LOAVES,
  type Site,
  tapDeps,
} from '../simulate/exhaustive/desk.js';
import { type DiskImage, diskFrom } from '../simulate/exhaustive/world.js';
import { type Attack, attacked, type MatrixMedium, tearByte, type WeakBits } from './media.js';
import { standingOn } from './standing.js';

/** Where a case starts: a card that was served once at terminal 0. */
export interface MatrixStart {
  readonly medium: MatrixMedium;
  readonly issue: string;
  readonly before: string;
  readonly disks: readonly [DiskImage, DiskImage];
}

/** One case. `byte` null: nothing is torn. */
export interface MatrixCase {
  readonly byte: number | null;
  readonly bits: WeakBits;
  readonly attack: Attack;
  readonly next: 'same' | 'other';
}

/** What came of a case. */
export interface MatrixOutcome {
  /** Loaves on green screens and in journals, both terminals, the first service included. */
  readonly granted: number;
  /** Most that the policy lets this attack come to. */
  readonly capLoaves: number;
  readonly doubleGrants: readonly string[];
  readonly silentLosses: readonly string[];
  readonly faults: readonly string[];
}

/** What each service of the matrix asks for. */
export const FIRST_LOAVES = 2;
/** Uses the quota up: whatever an attack gives back shows. */
const TORN_LOAVES = 8;
const READER = { readBlocks: true, writeBlocks: true, text: false, removal: true, apdus: true };

/** One terminal of a case. `shown`: loaves on its green screens. */
export interface MatrixDesk {
  readonly journal: OpenJournal;
  readonly tap: Tap;
  shown: number;
}

/** Carries a case out. */
export async function runCase(site: Site, start: MatrixStart, one: MatrixCase): Promise<MatrixOutcome> {
  const faults: string[] = [];
  const desks = [
    await openDesk(site, start, { desk: 0, faults }),
    await openDesk(site, start, { desk: 1, faults }),
  ] as const;
  desks[0].shown = FIRST_LOAVES;
  let card = cardFromJSON(JSON.parse(start.before));
  if (one.byte !== null) tearByte(card, one.byte, one.bits);
  await serve(desks[0], card, TORN_LOAVES);
  card.clearFaults();
  const honest = card;
  card = attacked(card, one.attack, start);
  const [first, second] = one.next === 'same' ? [desks[0], desks[1]] : [desks[1], desks[0]];
  await serve(first, card, QUOTA_LOAVES);
  await serve(second, card, QUOTA_LOAVES);
  await serve(desks[0], card, QUOTA_LOAVES);
  const books = await Promise.all(desks.map(({ journal }) => eventsOf(journal)));
  const outcome = { ...judge(site, { start, one, desks, books, card, honest }), faults };
  for (const { journal } of desks) await journal.close();
  return outcome;
}

/** Opens a terminal on what its disk was. */
export async function openDesk(
  site: Site,
  { disks }: Pick<MatrixStart, 'disks'>,
  {
    desk,
    faults,
    action = null,
  }: { readonly desk: 0 | 1; readonly faults: string[]; readonly action?: CardAction | null },
): Promise<MatrixDesk> {
  const disk = await diskFrom(disks[desk], FOLDER);
  const at = { nowMs: NOW_MS, digest: `matrix ${desk}` };
  const journal = await openDeskJournal(desk, disk.session(), at);
  const fault = (error: unknown): void => {
    faults.push(String(error));
  };
  const deps = tapDeps(site, desk, { opened: journal, journal, ...at, hotlisted: false, fault });
  const trust = { ...deps.trust, cardAction: () => action };
  return { journal, tap: createTap({ ...deps, trust }), shown: 0 };
}

/** A tap: what is offered is taken up to `loaves`, what is granted is handed over. A state that is left over is left. */
export async function serve(
  desk: { readonly tap: Tap; shown: number },
  card: SimulatedCard,
  loaves: number,
): Promise<TapState> {
  const { tap } = desk;
  await tap.present(presentedCard(card), READER);
  const offer = tap.state();
  if (offer.name === 'offer') {
    const available = offer.offer.items[0]?.available ?? 0;
    await tap.confirm(offer.tapId, [{ commodity: 1, quantity: Math.min(loaves, available) }]);
  }
  const state = tap.state();
  if (state.name === 'granted') {
    desk.shown += state.items.reduce((sum, item) => sum + item.quantity, 0);
    await tap.handover(state.tapId);
  } else if (state.name === 'refused' || state.name === 'unresolved') await tap.dismiss(state.tapId);
  return state;
}

/** Everything that a terminal has told. */
export async function eventsOf(journal: OpenJournal): Promise<WaslEvent[]> {
  const events: WaslEvent[] = [];
  for (const { name } of journal.epochs()) {
    const read = await journal.readEvents(name, 1, { countMax: 1000, bytesMax: 1_000_000 });
    events.push(...read.map(({ bytes }) => decodeEvent(bytes)));
  }
  return events;
}

interface Judged {
  readonly start: MatrixStart;
  readonly one: MatrixCase;
  readonly desks: readonly MatrixDesk[];
  readonly books: readonly (readonly WaslEvent[])[];
  readonly card: SimulatedCard;
  readonly honest: SimulatedCard;
}

/** Holds the books of both terminals against each other, the policy and the card. */
function judge(site: Site, judged: Judged): Omit<MatrixOutcome, 'faults'> {
  const { start, one, desks, books } = judged;
  const doubleGrants: string[] = [];
  const silentLosses: string[] = [];
  const redemptions = books.flatMap((events, desk) =>
    events.flatMap((event) => (event.type === 'redemption' ? [{ desk, event }] : [])),
  );
  const sum = (items: readonly { readonly quantity: number }[]): number =>
    items.reduce((all, item) => all + item.quantity, 0);
  const booked = redemptions.reduce((all, { event }) => all + sum(event.items), 0);
  const shown = desks.reduce((all, desk) => all + desk.shown, 0);
  const granted = Math.max(booked, shown);
  if (shown !== booked) silentLosses.push(`${shown} loaves were shown as granted, and ${booked} are booked`);
  const capLoaves = capOf(start.medium, one.attack, books);
  if (granted > capLoaves) doubleGrants.push(`${granted} loaves were granted, and ${capLoaves} is the cap`);
  const isCopied = one.attack.startsWith('image') && start.medium !== 'type4';
  for (const [i, { desk, event }] of redemptions.entries()) {
    const twin = redemptions.slice(0, i).find((other) => other.event.ledgerSequence === event.ledgerSequence);
    // Of a copied tag two terminals may each serve a record with the same number: the centre opens a case.
    if (twin === undefined || (isCopied && twin.desk !== desk)) continue;
    doubleGrants.push(`record ${event.ledgerSequence} was granted twice`);
  }
  silentLosses.push(...untoldDebits(site, judged));
  return { granted, capLoaves, doubleGrants, silentLosses };
}

/** The most that the rules of the matrix let an attack come to; see {@link MatrixReport}. */
function capOf(medium: MatrixMedium, attack: Attack, books: readonly (readonly WaslEvent[])[]): number {
  if (attack === 'none' || (attack.startsWith('image') && medium === 'type4')) {
    // A terminal that did not tear the card itself cannot tell a tear from a spoilt slot.
    return QUOTA_LOAVES;
  }
  if (attack === 'garbled newest') {
    const doubts = books.filter((events) =>
      events.some((event) => event.type === 'unresolved' && event.reason.startsWith('ERR_LEDGER_')),
    );
    return QUOTA_LOAVES + DOUBT_LOAVES * doubts.length;
  }
  return QUOTA_LOAVES * books.length;
}

/** Services that stand on a card, and intents that were recorded, of which nothing tells the centre. */
export function untoldDebits(
  site: Site,
  { desks, books, card, honest }: Pick<Judged, 'desks' | 'books' | 'card' | 'honest'>,
): string[] {
  const untold: string[] = [];
  const told = desks.map(({ journal }, desk) => {
    const known = new Set<number>();
    for (const event of books[desk] ?? [])
      if (event.type === 'redemption' || event.type === 'unresolved') known.add(event.ledgerSequence);
    for (const { intent } of journal.state().openIntents.values()) known.add(intent.ledgerSequence);
    return known;
  });
  for (const { sequence, signer } of [card, honest].flatMap(standingOn)) {
    const desk = site.deskOf(signer);
    if (desk !== null && !told[desk]?.has(sequence))
      untold.push(`record ${sequence} of terminal ${desk} is on the card, and nothing tells of it`);
  }
  return untold;
}

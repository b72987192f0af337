/**
 * One case of the matrix about endorsements: the authority has halved what a card draws, and the card is to carry that.
 *
 *   served at terminal 0 ─▶ tap at terminal 0, the write of the endorsement torn in one byte ─▶ somebody wipes it, or spoils it
 *     ─▶ tap at the same or the other terminal ─▶ tap at the one that is left ─▶ tap at terminal 0 ─▶ the books
 */
import { cardKeyId } from '../../agent/credential/card-proof.js';
import { decodeSign1 } from '../../agent/credential/cose.js';
import { credentialName, issueEndorsement } from '../../agent/credential/endorsement.js';
import type { CardAction } from '../../agent/domain/card-action.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { TapState } from '../../agent/tap/tap.js';
import { ntagLayout } from '../../drivers/media/ntag21x.js';
import { openMedium } from '../../drivers/media/open.js';
import { selectCommand, TYPE4_FILES, updateBinaryCommand, WASL_AID } from '../../drivers/media/type4-apdu.js';
import { cardFromJSON, presentedCard, type SimulatedCard } from '../cards/media.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { holder } from '../simulate/exhaustive/card.js';
import { NOW_MS, QUOTA_LOAVES, type Site } from '../simulate/exhaustive/desk.js';
import type { MatrixOutcome, MatrixStart } from './cell.js';
import { eventsOf, FIRST_LOAVES, type MatrixDesk, openDesk, serve, untoldDebits } from './cell.js';
import { tearByte, type WeakBits } from './media.js';

/** What somebody does to the endorsement between two taps. `wiped`: its place as on a card without one. `garbled`: no longer whole. */
export const ENDORSEMENT_ATTACKS = ['none', 'wiped', 'garbled'] as const;

/** One case. `byte` null: nothing is torn. `other`: whether the other terminal has the list of card actions as well. */
export interface EndorsementCase {
  readonly byte: number | null;
  readonly bits: WeakBits;
  readonly attack: (typeof ENDORSEMENT_ATTACKS)[number];
  readonly next: 'same' | 'other';
  readonly other: 'listed' | 'unlisted';
}

/** What the holder may take on a day once the endorsement is in force. */
export const REDUCED_LOAVES = QUOTA_LOAVES / 2;

const NUMBER = 1;
const WRITE = 0xa2;
const PAGE_BYTES = 4;
/** A page in the body of every endorsement. */
const BODY_PAGE = 5;

/** The entry of the list for the card, and how many bytes its write programs on this medium. */
export async function reducing(
  site: Site,
  start: MatrixStart,
): Promise<{ readonly action: CardAction; readonly bytes: number }> {
  const card = cardFromJSON(JSON.parse(start.before));
  const { credential } = await openMedium(presentedCard(card), { canWrite: true });
  const sign1 = credential.form === 'bytes' ? decodeSign1(credential.bytes) : null;
  if (credential.form !== 'bytes' || sign1?.ok !== true) throw new Error('the card of the matrix has a credential');
  const uid = card instanceof SimulatedNtag21x ? card.uid : cardKeyId(card.key);
  const { serial, draws } = holder();
  const endorsement = issueEndorsement(
    { number: NUMBER, issuedAt: NOW_MS / 1000 - 60, expiresAt: null, changes: { draws: draws / 2 } },
    { credential: credential.bytes, owner: { uid, card: serial } },
    site.issuer,
  );
  // A tag: whole pages with eight bytes before. A smart card: the file, and what commits it.
  const paged = Math.ceil((endorsement.length + 2 * PAGE_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  const bytes = card instanceof SimulatedNtag21x ? paged : endorsement.length + 1;
  return { action: { credential: credentialName(sign1.sign1.payload), number: NUMBER, endorsement }, bytes };
}

/** Carries a case out. */
export async function runEndorsementCase(
  site: Site,
  { start, action }: { readonly start: MatrixStart; readonly action: CardAction },
  one: EndorsementCase,
): Promise<MatrixOutcome> {
  const faults: string[] = [];
  const desks = [
    await openDesk(site, start, { desk: 0, faults, action }),
    await openDesk(site, start, { desk: 1, faults, action: one.other === 'listed' ? action : null }),
  ] as const;
  desks[0].shown = FIRST_LOAVES;
  const card = cardFromJSON(JSON.parse(start.before));
  if (one.byte !== null) tearByte(card, one.byte, one.bits);
  await serve(desks[0], card, QUOTA_LOAVES);
  card.clearFaults();
  spoil(card, one.attack);
  const [first, second] = one.next === 'same' ? [desks[0], desks[1]] : [desks[1], desks[0]];
  await serve(first, card, QUOTA_LOAVES);
  await serve(second, card, QUOTA_LOAVES);
  const last = await serve(desks[0], card, QUOTA_LOAVES);
  const books = await Promise.all(desks.map(({ journal }) => eventsOf(journal)));
  const isOnCard = await shows(card, action);
  const outcome = judge(site, { one, desks, books, card, isOnCard, last });
  for (const { journal } of desks) await journal.close();
  return { ...outcome, faults };
}

function spoil(card: SimulatedCard, attack: EndorsementCase['attack']): void {
  if (attack === 'none') return;
  card.powerCycle();
  if (card instanceof SimulatedNtag21x) {
    const layout = ntagLayout(card.kind);
    const first = layout.credentialPages + PAGE_BYTES;
    const pages = attack === 'wiped' ? Array.from({ length: layout.endorsementPages }, (_, page) => page) : [BODY_PAGE];
    for (const page of pages) {
      const bytes = attack === 'wiped' ? [0, 0, 0, 0] : card.readPage(first + page).map((byte) => byte ^ 0xa5);
      card.exchange(Uint8Array.of(WRITE, first + page, ...bytes));
    }
    return;
  }
  card.transmit(selectCommand(WASL_AID));
  const bytes = new Uint8Array(attack === 'wiped' ? 0 : 100).fill(0xa5);
  card.transmit(updateBinaryCommand(TYPE4_FILES.endorsement, 0, bytes));
}

async function shows(card: SimulatedCard, { endorsement }: CardAction): Promise<boolean> {
  card.powerCycle();
  const session = await openMedium(presentedCard(card), { canWrite: true });
  const { endorsement: place } = session;
  return place.state === 'bytes' && Buffer.compare(place.bytes, endorsement ?? new Uint8Array(0)) === 0;
}

interface Judged {
  readonly one: EndorsementCase;
  readonly desks: readonly MatrixDesk[];
  readonly books: readonly (readonly WaslEvent[])[];
  readonly card: SimulatedCard;
  readonly isOnCard: boolean;
  /** Where the last tap at terminal 0 ended. */
  readonly last: TapState;
}

function judge(site: Site, judged: Judged): Omit<MatrixOutcome, 'faults'> {
  const { one, desks, books, card, isOnCard, last } = judged;
  const doubleGrants: string[] = [];
  const silentLosses: string[] = [];
  const redemptions = books.flat().filter((event) => event.type === 'redemption');
  const booked = redemptions.reduce((all, { items }) => items.reduce((sum, item) => sum + item.quantity, all), 0);
  const shown = desks.reduce((all, desk) => all + desk.shown, 0);
  const granted = Math.max(booked, shown);
  if (shown !== booked) silentLosses.push(`${shown} loaves were shown as granted, and ${booked} are booked`);
  // A terminal that never saw the endorsement, and was never told of it, serves the card as it was issued.
  const isHidden = one.other === 'unlisted' && (one.byte !== null || one.attack !== 'none');
  const capLoaves = isHidden ? QUOTA_LOAVES : REDUCED_LOAVES;
  if (granted > capLoaves) doubleGrants.push(`${granted} loaves were granted, and ${capLoaves} is the cap`);
  if (new Set(redemptions.map(({ ledgerSequence }) => ledgerSequence)).size < redemptions.length)
    doubleGrants.push('a record was granted twice');
  silentLosses.push(...untoldDebits(site, { desks, books, card, honest: card }));
  const told = books.flat().filter((event) => event.type === 'endorsed');
  if (!isOnCard) silentLosses.push('the endorsement is not on the card at the end');
  if (told.length === 0) silentLosses.push('the endorsement is on the card, and nothing tells of it');
  if (one.byte === null && one.attack !== 'none' && !told.some((event) => event.shown < event.known || told.length > 1))
    silentLosses.push('the endorsement was taken off the card, and nothing tells of it');
  const isServed = last.name === 'granted' || (last.name === 'refused' && last.code === 'ERR_QUOTA_DAY');
  if (!isServed) silentLosses.push(`the card is lost: ${last.name} ${'code' in last ? last.code : ''}`);
  return { granted, capLoaves, doubleGrants, silentLosses };
}

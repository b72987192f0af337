/** What the card commands do to a card in hand: write it new, show its memory, wipe it. The one file here that knows the kinds of medium. */
import { NTAG_LAYOUTS, type NtagLayout, personaliseNtag21x } from '../../../drivers/media/ntag21x.js';
import { openMedium } from '../../../drivers/media/open.js';
import { personaliseType4, readType4Families, readType4Key, TYPE4_LAYOUT } from '../../../drivers/media/type4.js';
import type { LedgerStore } from '../../../drivers/medium.js';
import type { ApduCard, PageCard, PresentedCard } from '../../../drivers/reader.js';
import { type CardOrder, claimsOf, reductionsOf } from '../../cards/order.js';
import { cardKeyId } from '../../credential/card-proof.js';
import { sameBytes } from '../../credential/cbor.js';
import { decodeSign1 } from '../../credential/cose.js';
import { credentialName } from '../../credential/endorsement.js';
import {
  cardContent,
  NO_OPENINGS,
  type Openings,
  openingsWithin,
  type PinSecrets,
} from '../../credential/personalise.js';
import type { PinOwner } from '../../credential/pin-codes.js';
import type { CardKey } from '../../domain/credential.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import type { Signer } from '../../domain/keys.js';
import { familyName, LEDGER_FAMILIES } from '../../domain/ledger.js';

const PAGE_BYTES = 4;
/** Page of the capability container and first page of the user memory (NTAG21x data sheet §8.5). */
const [CC_PAGE, FIRST_USER_PAGE] = [3, 4];
/** Pages that can be written on each kind, from the first user page on (data sheet §8.5). */
const USER_PAGES: Readonly<Record<NtagLayout['kind'], number>> = { ntag213: 36, ntag215: 126, ntag216: 222 };
/** Bytes that a slot of a smart card may have: it holds records, not pages. */
const TYPE4_SLOT_BYTES = 512;

/** What is signed with, and as of when. */
export interface Issuing {
  readonly issuer: Signer;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** The site's calendar day, in days since 1970-01-01. */
  readonly day: number;
  /** True to write a card again that an earlier attempt may have written. */
  readonly again?: boolean;
  /** What its ledgers begin with; absent: nothing used yet. */
  readonly openings?: Openings;
  /** What lets a smart card have a PIN of its holder; absent: it never gets one. Rejects making a tag, and a card whose applet takes none, with `ERR_HOLDER_PIN_UNSUPPORTED`. */
  readonly pinFor?: (order: CardOrder, owner: PinOwner) => Promise<PinSecrets>;
}

/** A card that was made. */
export interface MadeCard {
  readonly kind: string;
  readonly layout: number;
  /** Lower-case hex; null on a smart card, which is bound by its key. */
  readonly uid: string | null;
  /** UID, or id of the card's key: what endorsements and records are bound to. Lower-case hex. */
  readonly owner: string;
  /** Name of the credential, 16 lower-case hex digits. */
  readonly credential: string;
  readonly credentialBytes: number;
  /** What did not fit and is not on the card. */
  readonly leftOut: readonly string[];
}

/** What a card is known by before anything is written: the UID of a tag, the key of a smart card; lower-case hex. */
export async function identityOf(card: PresentedCard): Promise<string> {
  if (card.kind === 'text') throw new WaslError('ERR_CARD_UNSUPPORTED', 'a QR code cannot be written to');
  return Buffer.from(card.kind === 'pages' ? card.uid : (await readType4Key(card)).publicKey).toString('hex');
}

/**
 * Puts an order on a blank card, saying as much as there is room for, reads it back and compares. Rejects with `ERR_CARD_LAYOUT` when even
 * the least does not fit or the card carries something already, `ERR_CARD_WRITE` when it reads back otherwise, and what the reader rejects with.
 */
export async function makeCard(card: PresentedCard, order: CardOrder, issuing: Issuing): Promise<MadeCard> {
  if (card.kind === 'text') throw new WaslError('ERR_CARD_UNSUPPORTED', 'a QR code cannot be written to');
  if (card.kind === 'apdu') return await makeType4(card, order, issuing);
  if (issuing.pinFor !== undefined) throw new WaslError('ERR_HOLDER_PIN_UNSUPPORTED', 'a tag has no PIN of its holder');
  const layout = await layoutOf(card);
  if (issuing.again !== true) await refuseUsed(card);
  const { issuer, issuedAt, day } = issuing;
  const families = layout.slotPages === 0 ? [] : [LEDGER_FAMILIES.ration];
  const openings = openingsWithin(issuing.openings ?? NO_OPENINGS, families);
  const medium = { layout: layout.layout, uid: card.uid };
  let lastFault: unknown = null;
  for (const { claims, leftOut } of reductionsOf(claimsOf(order, medium, issuedAt))) {
    const slotBytes = layout.slotPages === 0 ? TYPE4_SLOT_BYTES : layout.slotPages * PAGE_BYTES;
    const content = cardContent(claims, issuer, { day, slotBytes, openings });
    try {
      await personaliseNtag21x(card, layout, content);
    } catch (error) {
      // Too long is said before anything is written: then the next one says less.
      if (!isWaslError(error, 'ERR_CARD_LAYOUT')) throw error;
      lastFault = error;
      continue;
    }
    await readBack(card, content.credential);
    const uid = Buffer.from(card.uid).toString('hex');
    const { kind, layout: number } = layout;
    return { kind, layout: number, uid, owner: uid, ...namesOf(content.credential), leftOut };
  }
  throw lastFault;
}

async function makeType4(card: ApduCard, order: CardOrder, issuing: Issuing): Promise<MadeCard> {
  const { issuer, issuedAt, day } = issuing;
  const openings = openingsWithin(issuing.openings ?? NO_OPENINGS, await readType4Families(card));
  const cardKey: CardKey = await readType4Key(card);
  const claims = claimsOf(order, { layout: TYPE4_LAYOUT, uid: null, cardKey }, issuedAt);
  const content = cardContent(claims, issuer, { day, slotBytes: TYPE4_SLOT_BYTES, openings });
  const pin = await issuing.pinFor?.(order, { card: order.card, cardKey: cardKeyId(cardKey) });
  await personaliseType4(card, pin === undefined ? content : { ...content, pin });
  await readBack(card, content.credential);
  const owner = Buffer.from(cardKeyId(cardKey)).toString('hex');
  return { kind: 'type4', layout: TYPE4_LAYOUT, uid: null, owner, ...namesOf(content.credential), leftOut: [] };
}

function namesOf(credential: Uint8Array): Pick<MadeCard, 'credential' | 'credentialBytes'> {
  const sign1 = decodeSign1(credential);
  if (!sign1.ok) throw new WaslError('ERR_CREDENTIAL_COSE');
  const name = Buffer.from(credentialName(sign1.sign1.payload)).toString('hex');
  return { credential: name, credentialBytes: credential.length };
}

async function readBack(card: PresentedCard, credential: Uint8Array): Promise<void> {
  const session = await openMedium(card, { canWrite: true });
  const read = session.credential.form === 'bytes' ? session.credential.bytes : new Uint8Array(0);
  if (!sameBytes(read, credential))
    throw new WaslError('ERR_CARD_WRITE', 'the card does not read back what was written');
  for (const ledger of session.ledgers) await ledger.readSlots();
}

async function layoutOf(card: PageCard): Promise<NtagLayout> {
  const container = await card.readPages(CC_PAGE, 1);
  const layout = NTAG_LAYOUTS.find((candidate) => container[0] === 0xe1 && container[2] === candidate.ccSize);
  if (layout === undefined)
    throw new WaslError(
      'ERR_CARD_UNSUPPORTED',
      'this is no NTAG213, NTAG215 or NTAG216: its capability container says otherwise',
    );
  return layout;
}

/** A card with a credential is somebody's: it is wiped first, on purpose. One whose writing was cut has none yet. */
async function refuseUsed(card: PageCard): Promise<void> {
  try {
    await openMedium(card, { canWrite: true });
  } catch (error) {
    if (isWaslError(error, 'ERR_CARD_EMPTY')) return;
    if (!isWaslError(error, 'ERR_CARD_LAYOUT')) throw error;
  }
  throw new WaslError(
    'ERR_CARD_LAYOUT',
    'this card carries something already: look at it with "wasl card dump", wipe it with "wasl card wipe --yes"',
  );
}

/** A part of a card's memory. */
export interface DumpLine {
  /** e.g. `page 4` or `file 0001, 0`. */
  readonly place: string;
  readonly bytes: Uint8Array;
}

/** The memory as it can be read. Pages that are protected are left out. Rejects with `ERR_CARD_UNSUPPORTED` where there is no memory to show. */
export async function dumpCard(card: PresentedCard): Promise<readonly DumpLine[]> {
  if (card.kind !== 'pages') {
    const session = await openMedium(card, { canWrite: true });
    const { credential } = session;
    if (credential.form !== 'bytes')
      throw new WaslError('ERR_CARD_UNSUPPORTED', 'a QR code has no memory: see "wasl card verify --text"');
    return [
      { place: 'credential', bytes: credential.bytes },
      ...(session.endorsement.state === 'bytes' ? [{ place: 'endorsement', bytes: session.endorsement.bytes }] : []),
      ...(await dumpLedgers(session.ledgers)),
    ];
  }
  const layout = await layoutOf(card).catch(() => null);
  const last = FIRST_USER_PAGE + (layout === null ? USER_PAGES.ntag213 : USER_PAGES[layout.kind]);
  const lines: DumpLine[] = [];
  for (let page = 0; page < last; page += 1)
    lines.push({ place: `page ${page}`, bytes: await card.readPages(page, 1) });
  return lines;
}

async function dumpLedgers(ledgers: readonly LedgerStore[]): Promise<DumpLine[]> {
  const lines: DumpLine[] = [];
  for (const ledger of ledgers)
    for (const [at, bytes] of (await ledger.readSlots()).entries())
      lines.push({ place: `${familyName(ledger.family)} ${at === 0 ? 'A' : 'B'}`, bytes });
  return lines;
}

/**
 * Makes a tag blank: first its NDEF length, so that a cut leaves no credential, then every page of its user memory. Resolves to the pages that were
 * written. A smart card keeps its records for ever and is refused with `ERR_CARD_UNSUPPORTED`.
 */
export async function wipeCard(card: PresentedCard): Promise<number> {
  if (card.kind !== 'pages')
    throw new WaslError(
      'ERR_CARD_UNSUPPORTED',
      'this medium cannot be wiped: a smart card never forgets its records; block its serial instead',
    );
  const layout = await layoutOf(card);
  const empty = Uint8Array.of(0x03, 0x00, 0xfe, 0x00);
  await card.writePage(FIRST_USER_PAGE, empty);
  const pages = USER_PAGES[layout.kind];
  for (let page = 1; page < pages; page += 1) await card.writePage(FIRST_USER_PAGE + page, new Uint8Array(PAGE_BYTES));
  const read = await card.readPages(FIRST_USER_PAGE, pages);
  const isBlank = read.every((byte, at) => byte === (at < PAGE_BYTES ? empty[at] : 0));
  if (!isBlank) throw new WaslError('ERR_CARD_WRITE', 'some pages did not take the zeros: is the card locked?');
  return pages;
}

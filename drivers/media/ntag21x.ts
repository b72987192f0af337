/**
 * NTAG213, NTAG215 and NTAG216 (NXP data sheet NTAG213/215/216 rev. 3.2, §8.5): where Wasl keeps what in their memory.
 *
 *   pages 4 …           credential (NDEF TLV), endorsement, slot A, slot B     — see `docs/formats/card.md`
 *
 * Lengths are read first and only what is there is read, since each 16 bytes cost an exchange with a slow reader.
 */
import { slotBytesUsed } from '../../agent/credential/ledger.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import type { CardSession, EndorsementPlace, LedgerStore, OpenOptions, SlotIndex } from '../medium.js';
import type { PageCard } from '../reader.js';
import { AREA_HEADER_BYTES, areaBytesUsed, decodeArea, encodeArea } from './endorsement-area.js';
import { decodeBareNdef, decodeNdef, encodeBareNdef, encodeNdef, locateNdef, NDEF_PROBE_BYTES } from './ndef.js';

const PAGE_BYTES = 4;
/** First page of the user memory (§8.5). */
const FIRST_USER_PAGE = 4;
/** Page of the capability container (§8.5); its third byte is the size of the data area in units of 8 bytes. */
const CC_PAGE = 3;
/** Pages from the capability container on that are read at first: every layout has them, and one FAST_READ takes them. */
const FIRST_READ_PAGES = 36;
/** A slot with one commodity has 112 bytes: enough to read at first. */
const SLOT_PROBE_PAGES = 28;

/** Where things stand on one kind of tag, in pages from the start of the user memory. */
export interface NtagLayout {
  readonly kind: 'ntag216' | 'ntag215' | 'ntag213';
  /** Number that the credential names. */
  readonly layout: number;
  /** Third byte of the capability container. */
  readonly ccSize: number;
  readonly credentialPages: number;
  readonly endorsementPages: number;
  /** 0 where there is no room for a ledger. */
  readonly slotPages: number;
}

/** The published layouts. Their numbers are never used again for another. */
export const NTAG_LAYOUTS: readonly NtagLayout[] = [
  { kind: 'ntag216', layout: 1, ccSize: 0x6d, credentialPages: 88, endorsementPages: 34, slotPages: 50 },
  { kind: 'ntag215', layout: 2, ccSize: 0x3e, credentialPages: 68, endorsementPages: 0, slotPages: 29 },
  { kind: 'ntag213', layout: 3, ccSize: 0x12, credentialPages: 36, endorsementPages: 0, slotPages: 0 },
];

/** The layout of a kind of tag. */
export function ntagLayout(kind: NtagLayout['kind']): NtagLayout {
  const layout = NTAG_LAYOUTS.find((candidate) => candidate.kind === kind);
  if (layout === undefined) throw new WaslError('ERR_CARD_UNSUPPORTED');
  return layout;
}

/** First page of a slot. */
export function slotPage(layout: NtagLayout, index: SlotIndex): number {
  return FIRST_USER_PAGE + layout.credentialPages + layout.endorsementPages + index * layout.slotPages;
}

/** Opens a tag and reads its credential. Rejects as {@link OpenMedium} says. */
export async function openNtag21x(card: PageCard, options: OpenOptions): Promise<CardSession> {
  const first = await readFirst(card);
  const layout = NTAG_LAYOUTS.find((candidate) => first[0] === 0xe1 && first[2] === candidate.ccSize);
  if (layout === undefined) {
    throw new WaslError(first.every((byte) => byte === 0) ? 'ERR_CARD_EMPTY' : 'ERR_CARD_UNSUPPORTED');
  }
  const start = first.subarray(PAGE_BYTES);
  const place = locateNdef(start.subarray(0, NDEF_PROBE_BYTES), layout.credentialPages * PAGE_BYTES);
  const end = place.offset + place.length;
  const endorsementAt = layout.credentialPages * PAGE_BYTES;
  const hasEndorsement = layout.endorsementPages > 0;
  const data = await readOn(card, start, hasEndorsement ? endorsementAt + AREA_HEADER_BYTES : end);
  const message = data.subarray(place.offset, end);
  const session: CardSession = {
    kind: layout.kind,
    layout: layout.layout,
    uid: card.uid,
    credential: { form: 'bytes', bytes: layout.kind === 'ntag213' ? decodeBareNdef(message) : decodeNdef(message) },
    ledgers: options.canWrite && layout.slotPages > 0 ? [rationLedger(card, layout)] : [],
    endorsement: hasEndorsement ? await readEndorsement(card, layout, data.subarray(endorsementAt)) : { state: 'none' },
  };
  return hasEndorsement && options.canWrite
    ? { ...session, writeEndorsement: (bytes) => writeEndorsement(card, layout, bytes) }
    : session;
}

/** One bite that every layout has room for. A smaller tag refuses it: then just enough to say that it is not ours. */
async function readFirst(card: PageCard): Promise<Uint8Array> {
  try {
    return await card.readPages(CC_PAGE, FIRST_READ_PAGES);
  } catch (error) {
    if (!isWaslError(error, 'ERR_CARD_IO')) throw error;
    return await card.readPages(CC_PAGE, 1 + NDEF_PROBE_BYTES / PAGE_BYTES);
  }
}

async function readEndorsement(card: PageCard, layout: NtagLayout, header: Uint8Array): Promise<EndorsementPlace> {
  const used = areaBytesUsed(header, layout.endorsementPages * PAGE_BYTES);
  if (used <= header.length) return decodeArea(header);
  const first = FIRST_USER_PAGE + layout.credentialPages + header.length / PAGE_BYTES;
  return decodeArea(joined(header, await card.readPages(first, (used - header.length) / PAGE_BYTES)));
}

/** The page with the check goes last: a cut is seen, and the credential counts as it was issued, in doubt. */
async function writeEndorsement(card: PageCard, layout: NtagLayout, endorsement: Uint8Array): Promise<void> {
  const area = encodeArea(endorsement);
  if (area.length > layout.endorsementPages * PAGE_BYTES) {
    throw new WaslError('ERR_CARD_LAYOUT', 'the endorsement is too long for its place');
  }
  const first = FIRST_USER_PAGE + layout.credentialPages;
  await writePages(card, first + 1, area.subarray(PAGE_BYTES));
  await writePages(card, first, area.subarray(0, PAGE_BYTES));
}

/** Writes a credential and, where there is room for a ledger, its two first records to a blank tag. Rejects with `ERR_CARD_LAYOUT` before anything is written when they do not fit. */
export async function personaliseNtag21x(
  card: PageCard,
  layout: NtagLayout,
  content: { readonly credential: Uint8Array; readonly slots: readonly [Uint8Array, Uint8Array] },
): Promise<void> {
  const isBare = layout.kind === 'ntag213';
  const data = padToPages(isBare ? encodeBareNdef(content.credential) : encodeNdef(content.credential));
  if (data.length > layout.credentialPages * PAGE_BYTES) {
    throw new WaslError('ERR_CARD_LAYOUT', 'the credential is too long for this kind of card', {
      details: { bytes: data.length, room: layout.credentialPages * PAGE_BYTES },
    });
  }
  // The NDEF header goes last: a card whose personalisation was cut has no credential, rather than half of one.
  if (layout.slotPages > 0) {
    const ledger = rationLedger(card, layout);
    await ledger.writeSlot(0, content.slots[0]);
    await ledger.writeSlot(1, content.slots[1]);
  }
  await writePages(card, FIRST_USER_PAGE + 1, data.subarray(PAGE_BYTES));
  await writePages(card, FIRST_USER_PAGE, data.subarray(0, PAGE_BYTES));
}

/** A tag has room for this one alone. */
function rationLedger(card: PageCard, layout: NtagLayout): LedgerStore {
  const slotBytes = layout.slotPages * PAGE_BYTES;
  const readSlot = async (index: SlotIndex): Promise<Uint8Array> => {
    const first = slotPage(layout, index);
    const start = await card.readPages(first, Math.min(SLOT_PROBE_PAGES, layout.slotPages));
    const used = Math.min(slotBytesUsed(start), slotBytes);
    if (used <= start.length) return start;
    const rest = await card.readPages(first + start.length / PAGE_BYTES, Math.ceil((used - start.length) / PAGE_BYTES));
    return joined(start, rest);
  };
  return {
    family: LEDGER_FAMILIES.ration,
    slotBytes,
    readSlot,
    readSlots: async () => [await readSlot(0), await readSlot(1)],
    writeSlot: async (index, image) => {
      if (image.length > slotBytes || image.length % PAGE_BYTES !== 0) throw new WaslError('ERR_LEDGER_FULL');
      const first = slotPage(layout, index);
      await writePages(card, first + 1, image.subarray(PAGE_BYTES));
      await writePages(card, first, image.subarray(0, PAGE_BYTES));
    },
  };
}

async function readOn(card: PageCard, start: Uint8Array, bytes: number): Promise<Uint8Array> {
  if (bytes <= start.length) return start;
  const pages = Math.ceil((bytes - start.length) / PAGE_BYTES);
  const rest = await card.readPages(FIRST_USER_PAGE + start.length / PAGE_BYTES, pages);
  return joined(start, rest);
}

/** One page at a time, each awaited: after a failure nothing further is written. */
async function writePages(card: PageCard, first: number, bytes: Uint8Array): Promise<void> {
  for (let i = 0; i * PAGE_BYTES < bytes.length; i += 1) {
    await card.writePage(first + i, bytes.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES));
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function padToPages(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / PAGE_BYTES) * PAGE_BYTES);
  padded.set(bytes);
  return padded;
}

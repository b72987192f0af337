/** The media of the matrix: how each is made, torn at one byte, spoilt, and replaced by an old image of itself. */
import { ledgerFileOf } from '../../agent/credential/card-proof.js';
import type { Signer } from '../../agent/domain/keys.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import { ntagLayout, slotPage } from '../../drivers/media/ntag21x.js';
import { appendRecordCommand, selectCommand, WASL_AID } from '../../drivers/media/type4-apdu.js';
import { cardFromJSON, makeSmartCard, makeTag, type SimulatedCard } from '../cards/media.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { type TornBits, tornWeak } from '../cards/ntag21x-faults.js';
import type { SimulatedType4 } from '../cards/type4.js';
import { holder } from '../simulate/exhaustive/card.js';
import { Stream } from '../world/random.js';

/** The media that keep a ledger. */
export const MATRIX_MEDIA = ['ntag216', 'ntag215', 'type4'] as const;

/** One of {@link MATRIX_MEDIA}. */
export type MatrixMedium = (typeof MATRIX_MEDIA)[number];

/**
 * What the byte that was being programmed, and those behind it in the same page, are found as. `old`: as before. `new`: all programmed, the
 * answer lost. `zeros`, `ones`: erased and not programmed. `weak`: by chance at each read. `fading`: as written at first, as before after three reads.
 */
export const WEAK_BITS = ['old', 'new', 'zeros', 'ones', 'weak', 'fading'] as const;

/** One of {@link WEAK_BITS}. */
export type WeakBits = (typeof WEAK_BITS)[number];

/** What somebody does to the card between two taps. `image of issue`, `image before`: what the card was when it was new, and before the torn service. */
export const ATTACKS = ['none', 'garbled newest', 'image of issue', 'image before'] as const;

/** One of {@link ATTACKS}. */
export type Attack = (typeof ATTACKS)[number];

const PAGE_BYTES = 4;
const FADING_READS = 3;
const WRITE = 0xa2;
/** A page in the body of every record. */
const BODY_PAGE = 5;
const FORGER = new Uint8Array(32).fill(0x66);

/** A new card as JSON: the state that images are kept as. */
export async function newMatrixCard(
  medium: MatrixMedium,
  order: { readonly issuer: Signer; readonly nowSec: number; readonly day: number },
): Promise<string> {
  const { issuer, nowSec, day } = order;
  const card = { person: holder(), issuer, day, issuedAt: nowSec - 86_400, expiresAt: nowSec + 31_536_000 };
  return JSON.stringify(medium === 'type4' ? await makeSmartCard(card) : await makeTag(medium, card));
}

/** Bytes that were written to a card since it was `before`. */
export function bytesWritten(card: SimulatedCard): number {
  if (card instanceof SimulatedNtag21x) return card.transcript.length * PAGE_BYTES;
  const [record] = card.transcript;
  // The record, the counter and what commits both.
  return card.transcript.length * ((record?.length ?? 0) + 5);
}

/** How the bits can fall on this medium: a smart card resolves a torn write by itself, to the old state or the new one. */
export function weakBitsOf(medium: MatrixMedium): readonly WeakBits[] {
  return medium === 'type4' ? ['old', 'new'] : WEAK_BITS;
}

/** Plans that power is lost while byte `byte` of the next service is programmed. */
export function tearByte(card: SimulatedCard, byte: number, bits: WeakBits): void {
  if (!(card instanceof SimulatedNtag21x)) {
    card.tearAt(byte, { commit: bits === 'new' ? 'new' : 'old' });
    return;
  }
  const whole = (byte % PAGE_BYTES) * 8;
  const stream = new Stream(`matrix ${byte} ${bits}`);
  const chance = tornWeak(() => stream.fraction());
  const rest: TornBits = (bit) => {
    if (bits === 'old') return bit.oldBit;
    if (bits === 'new') return bit.newBit;
    if (bits === 'weak') return chance(bit);
    if (bits === 'fading') return bit.read < FADING_READS ? bit.newBit : bit.oldBit;
    return bits === 'ones' ? 1 : 0;
  };
  card.tearAt(Math.floor(byte / PAGE_BYTES), { bits: (bit) => (bit.bit < whole ? bit.newBit : rest(bit)) });
}

/** The card after an attack: the same object, or another that stands in its place. `images` are JSON. */
export function attacked(
  card: SimulatedCard,
  attack: Attack,
  images: { readonly issue: string; readonly before: string },
): SimulatedCard {
  if (attack === 'none') return card;
  if (attack === 'garbled newest') {
    garbleNewest(card);
    return card;
  }
  const image = cardFromJSON(JSON.parse(attack === 'image of issue' ? images.issue : images.before));
  if (image instanceof SimulatedNtag21x) return image;
  // Everything on a smart card can be read, but its key.
  return image.emulation(FORGER);
}

function garbleNewest(card: SimulatedCard): void {
  card.powerCycle();
  if (card instanceof SimulatedNtag21x) {
    const layout = ntagLayout(card.kind);
    const [a, b] = [slotPage(layout, 0), slotPage(layout, 1)];
    const newest = sequenceAt(card, a) > sequenceAt(card, b) ? a : b;
    const page = card.readPage(newest + BODY_PAGE);
    card.exchange(Uint8Array.of(WRITE, newest + BODY_PAGE, ...page.map((byte) => byte ^ 0xa5)));
    return;
  }
  appendRubbish(card);
}

const RATION_FILE = ledgerFileOf(LEDGER_FAMILIES.ration) ?? 0;

function appendRubbish(card: SimulatedType4): void {
  card.transmit(selectCommand(WASL_AID));
  card.transmit(appendRecordCommand(RATION_FILE, new Uint8Array(100).fill(0xa5)));
}

/** The sequence that stands in a slot, as a phone would read it; -1 when there is none to be read. */
function sequenceAt(card: SimulatedNtag21x, page: number): number {
  const start = Buffer.concat([card.readPage(page + 2), card.readPage(page + 3)]);
  if (start[0] !== 0x88) return -1;
  const head = start[3] ?? 0;
  if (head < 24) return head;
  return head === 24 ? (start[4] ?? 0) : start.readUInt16BE(4);
}

/** The card of an exhaustive run: as it outlives a sitting, as it is torn, and what an outsider reads on it. */
import { crc32 } from 'node:zlib';
import { decode } from 'cborg';
import { cardContent } from '../../../agent/credential/personalise.js';
import type { Signer } from '../../../agent/domain/keys.js';
import { type NtagLayout, ntagLayout, personaliseNtag21x } from '../../../drivers/media/ntag21x.js';
import { SimulatedNtag21x } from '../../cards/ntag21x.js';
import { type TornBits, tornMixed, tornWeak } from '../../cards/ntag21x-faults.js';
import { SimulatedPageCard } from '../../readers/simulated-card.js';
import { claimsOf, people, uidOf } from '../../site/population.js';
import { Stream } from '../../world/random.js';

/** The kinds of card that keep a ledger. */
export type CardKind = NtagLayout['kind'];

/** The memory of a card between two sittings. `weak` is a torn page that does not read the same each time. */
export interface CardImage {
  readonly kind: CardKind;
  readonly memory: Uint8Array;
  readonly weak: { readonly page: number; readonly bytes: Uint8Array; readonly bits: WeakKind } | null;
}

/** How the bits of a torn page fall. `bytes-n`: the first n of its four bytes are new. `fading`: all new at first, old after a few reads. */
export const TORN_KINDS = [
  'fading',
  'bytes-0',
  'bytes-1',
  'bytes-2',
  'bytes-3',
  'bytes-4',
  'zeros',
  'ones',
  'mixed',
  'weak',
] as const;

type WeakKind = Extract<TornKind, 'weak' | 'fading'>;

/** One of {@link TORN_KINDS}. */
export type TornKind = (typeof TORN_KINDS)[number];

/** A record that an outsider reads on a card. */
export interface CardRecord {
  readonly sequence: number;
  /** 0 issue, 1 service, 2 void. */
  readonly cause: number;
  /** Key id of whoever signed it, in hexadecimal. */
  readonly signer: string;
  readonly slot: 0 | 1;
}

const PAGE_BYTES = 4;
const SIGNATURE_BYTES = 64;
const WRITE = 0xa2;
/** How often a fading page reads as it was written. */
const FADING_READS = 3;
/** A page in the body of every record. */
const BODY_PAGE = 5;

/** Whose cards are simulated: draws for two of two persons. */
export function holder(): ReturnType<typeof people>[number] {
  const [person] = people(1);
  if (person === undefined) throw new RangeError('there is nobody');
  return person;
}

/** A new card of {@link holder}. On an NTAG215 the credential has no second name. */
export async function newCard(
  kind: CardKind,
  order: { readonly issuer: Signer; readonly nowSec: number; readonly day: number },
): Promise<CardImage> {
  const layout = ntagLayout(kind);
  const person = holder();
  const uid = uidOf(person.serial);
  const card = SimulatedNtag21x.blank(kind, uid);
  const claims = claimsOf({ person, issuedAt: order.nowSec - 86_400, expiresAt: order.nowSec + 31_536_000 }, uid);
  const identity = kind === 'ntag215' ? { ...claims.identity, secondName: null } : claims.identity;
  const content = cardContent(
    { ...claims, identity, entitlements: { ...claims.entitlements, layout: layout.layout } },
    order.issuer,
    { day: order.day, slotBytes: layout.slotPages * PAGE_BYTES },
  );
  card.powerCycle();
  await personaliseNtag21x(new SimulatedPageCard(card, { canWrite: true, delay: null }), layout, content);
  return { kind, memory: card.dump(), weak: null };
}

/** The card that an image describes, its weak page as weak as it was. */
export function cardFrom(image: CardImage): SimulatedNtag21x {
  const card = SimulatedNtag21x.fromDump(image.kind, image.memory);
  card.powerCycle();
  if (image.weak !== null) {
    card.tearAt(0, { bits: bitsOf(image.weak.bits, 'again') });
    card.exchange(Uint8Array.of(WRITE, image.weak.page, ...image.weak.bytes));
  }
  return card;
}

/** The image of a card after a sitting in which its pages were torn as `torn` says, or not at all. */
export function imageOf(card: SimulatedNtag21x, before: CardImage, torn: TornKind | null): CardImage {
  const { transcript } = card;
  // Restoring a weak page is the first entry of the transcript.
  let weak = before.weak;
  for (const write of transcript.slice(before.weak === null ? 0 : 1)) {
    const isWeak = write.outcome === 'torn' && (torn === 'weak' || torn === 'fading');
    if (isWeak) weak = { page: write.page, bytes: write.bytes, bits: torn };
    else if (weak?.page === write.page) weak = null;
  }
  return { kind: before.kind, memory: settled(card.dump(), weak), weak };
}

/** What a weak page reads as differs from look to look: two cards that are equal otherwise are the same state. */
function settled(memory: Uint8Array, weak: CardImage['weak']): Uint8Array {
  if (weak !== null) memory.fill(0, weak.page * PAGE_BYTES, (weak.page + 1) * PAGE_BYTES);
  return memory;
}

/** How the bits of one torn page fall; chance follows from `name`. */
export function bitsOf(kind: TornKind, name: string): TornBits {
  const stream = new Stream(`torn ${kind} ${name}`);
  switch (kind) {
    case 'zeros':
      return () => 0;
    case 'ones':
      return () => 1;
    case 'mixed':
      return tornMixed(() => stream.fraction());
    case 'weak':
      return tornWeak(() => stream.fraction());
    case 'fading':
      return ({ read, oldBit, newBit }) => (read < FADING_READS ? newBit : oldBit);
    default: {
      const written = 8 * Number(kind.slice('bytes-'.length));
      return ({ bit, oldBit, newBit }) => (bit < written ? newBit : oldBit);
    }
  }
}

/** The records that stand whole on a card, read by the published format alone. */
export function recordsOn(image: Pick<CardImage, 'kind' | 'memory'>): CardRecord[] {
  return slotPages(image.kind).flatMap((page, slot) => {
    const record = recordAt(image.memory, page, ntagLayout(image.kind).slotPages);
    return record === null ? [] : [{ ...record, slot: slot === 0 ? 0 : 1 } as const];
  });
}

/** Every record that was whole on the card at some moment of a sitting, from the log of what was written to it. */
export function recordsWritten(card: SimulatedNtag21x, before: CardImage): CardRecord[] {
  const memory = Uint8Array.from(before.memory);
  const seen: CardRecord[] = [];
  for (const { page, bytes, outcome } of card.transcript) {
    // What a torn page holds is not known: it counts as nothing until it is written again.
    memory.set(outcome === 'written' ? bytes : bytes.map((byte) => byte ^ 0x55), page * PAGE_BYTES);
    const slot = slotPages(before.kind).indexOf(page);
    const record = slot === -1 ? null : recordAt(memory, page, ntagLayout(before.kind).slotPages);
    if (record !== null) seen.push({ ...record, slot: slot === 0 ? 0 : 1 });
  }
  return seen;
}

/** Spoils the newest record, as somebody with a phone would. */
export function garbleNewest(image: CardImage): CardImage {
  const [newest] = recordsOn(image).sort((a, b) => b.sequence - a.sequence);
  if (newest === undefined) return image;
  const memory = Uint8Array.from(image.memory);
  const at = ((slotPages(image.kind)[newest.slot] ?? 0) + BODY_PAGE) * PAGE_BYTES;
  for (let i = 0; i < PAGE_BYTES; i += 1) memory[at + i] = (memory[at + i] ?? 0) ^ 0xa5;
  return { ...image, memory };
}

/** First pages of the two slots, from `docs/formats/card.md`. */
function slotPages(kind: CardKind): readonly [number, number] {
  return kind === 'ntag216' ? [126, 176] : [72, 101];
}

function recordAt(memory: Uint8Array, page: number, pages: number): Omit<CardRecord, 'slot'> | null {
  const slot = memory.subarray(page * PAGE_BYTES, (page + pages) * PAGE_BYTES);
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  const length = view.getUint16(6);
  const end = Math.ceil((8 + length) / PAGE_BYTES) * PAGE_BYTES;
  if (slot[4] !== 1 || length <= SIGNATURE_BYTES || end > slot.length) return null;
  if (view.getUint32(0) !== crc32(slot.subarray(4, end))) return null;
  const record = decode(slot.subarray(8, 8 + length - SIGNATURE_BYTES)) as [number, number, number, ...unknown[]];
  return { sequence: record[2], cause: record[1], signer: Buffer.from(record[6] as Uint8Array).toString('hex') };
}

/** What an outsider reads on a card, by `docs/formats/card.md` alone. */
import { crc32 } from 'node:zlib';
import { decode } from 'cborg';
import type { SimulatedCard } from '../cards/media.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';

/** A record that stands whole on a card. */
export interface StandingService {
  readonly sequence: number;
  /** Key id of whoever signed it, in hexadecimal. */
  readonly signer: string;
}

const SIGNATURE_BYTES = 64;
const PAGE_BYTES = 4;
/** First pages of the slots and their length in pages, from the tables of the document. */
const SLOTS = { ntag216: { first: [126, 176], pages: 50 }, ntag215: { first: [72, 101], pages: 29 } } as const;

/** Every record on a card. */
export function standingOn(card: SimulatedCard): StandingService[] {
  if (!(card instanceof SimulatedNtag21x)) return card.records.flatMap(recordIn);
  if (card.kind === 'ntag213') return [];
  const { first, pages } = SLOTS[card.kind];
  const memory = card.dump();
  return first.flatMap((page) => recordIn(memory.subarray(page * PAGE_BYTES, (page + pages) * PAGE_BYTES)));
}

function recordIn(slot: Uint8Array): StandingService[] {
  if (slot.length < 8) return [];
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  const length = view.getUint16(6);
  const end = Math.ceil((8 + length) / PAGE_BYTES) * PAGE_BYTES;
  if (slot[4] !== 1 || length <= SIGNATURE_BYTES || end > slot.length) return [];
  if (view.getUint32(0) !== crc32(slot.subarray(4, end))) return [];
  const record = decode(slot.subarray(8, 8 + length - SIGNATURE_BYTES)) as [number, number, number, ...unknown[]];
  return [{ sequence: record[2], signer: Buffer.from(record[6] as Uint8Array).toString('hex') }];
}

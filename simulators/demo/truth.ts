/**
 * What really happened, from the cards alone: each simulated card's memory and the log of what was written to it. Reads the published
 * format by itself and asks nothing of the terminal, its journal or its code for ledgers.
 */

import { crc32 } from 'node:zlib';
import { decode } from 'cborg';
import type { SimulatedNtag21x } from '../cards/ntag21x.js';

/** One service that a card shows. */
export interface TrueService {
  readonly card: number;
  readonly sequence: number;
}

/** Layout 1 of `docs/formats/card.md`: first pages of the two slots of an NTAG216, and a slot's length. */
const SLOT_PAGES: readonly number[] = [126, 176];
const SLOT_LENGTH = 50;
const PAGE_BYTES = 4;
const CAUSE_SERVICE = 1;

/** Everything that was ever granted on a card: replays the log of writes over the memory that it began with, and looks each time a slot is committed. */
export function servicesOf(serial: number, card: SimulatedNtag21x, before: Uint8Array): TrueService[] {
  const memory = Uint8Array.from(before);
  const sequences = new Set<number>();
  for (const { page, bytes, outcome } of card.transcript) {
    // What a torn page holds is not known: spoil it, so that it counts as nothing until it is written again.
    const held = outcome === 'written' ? bytes : bytes.map((byte) => byte ^ 0x55);
    memory.set(held, page * PAGE_BYTES);
    if (!SLOT_PAGES.includes(page)) continue;
    const record = recordAt(memory, page);
    if (record !== null && record.cause === CAUSE_SERVICE) sequences.add(record.sequence);
  }
  return [...sequences].map((sequence) => ({ card: serial, sequence }));
}

/**
 * Compares what the cards show with what the centre has. `lost`: services that a card shows and the centre does not have.
 * `duplicated`: services that the centre has more than once, or that no card shows.
 */
export function compareServices(
  truth: readonly TrueService[],
  central: readonly { readonly card: number; readonly ledgerSequence: number }[],
): { lost: number; duplicated: number } {
  const expected = new Set(truth.map(({ card, sequence }) => `${card}/${sequence}`));
  const seen = new Set<string>();
  let duplicated = 0;
  for (const { card, ledgerSequence } of central) {
    const key = `${card}/${ledgerSequence}`;
    if (seen.has(key) || !expected.has(key)) duplicated += 1;
    seen.add(key);
  }
  return { lost: [...expected].filter((key) => !seen.has(key)).length, duplicated };
}

/** The highest sequence that stands on a card now. */
export function newestSequence(card: SimulatedNtag21x): number {
  const memory = card.dump();
  return Math.max(...SLOT_PAGES.map((page) => recordAt(memory, page)?.sequence ?? -1));
}

function recordAt(memory: Uint8Array, page: number): { sequence: number; cause: number } | null {
  const slot = memory.subarray(page * PAGE_BYTES, (page + SLOT_LENGTH) * PAGE_BYTES);
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  const length = view.getUint16(6);
  const end = Math.ceil((8 + length) / PAGE_BYTES) * PAGE_BYTES;
  if (slot[4] !== 1 || length <= 64 || end > slot.length || view.getUint32(0) !== crc32(slot.subarray(4, end)))
    return null;
  const [, cause, sequence] = decode(slot.subarray(8, 8 + length - 64)) as [number, number, number];
  return { sequence, cause };
}

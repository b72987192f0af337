/** Health records on their way to cards: remembered over restarts and pruning, until the card has them. */
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import type { HealthAddedEvent } from '../../../agent/domain/event.js';
import { decodeContent, encodeContent, type StoredEntry } from '../../../agent/journal/entries/entry-codec.js';
import { foldHealth, HEALTH_OPEN_MAX } from '../../../agent/journal/entries/health-entries.js';
import type { JournalEntry, OpenHealthRecord } from '../../../agent/journal/journal.js';
import { MemoryDisk } from '../../../simulators/world/memory-disk.js';
import { NOON_MS, openOn } from '../samples.js';

const event = (card: number, id = 1): HealthAddedEvent => ({
  ...{ type: 'health-added', time: NOON_MS / 1000, card, id: new Uint8Array(8).fill(id), kind: 'laboratory-request' },
  ...{ day: 20_778, site: 11, operator: 4, answers: null, isOnCard: true, body: new Uint8Array(180).fill(6) },
});
const begun = (card: number, id = 1): JournalEntry & { readonly kind: 'health-begun' } => ({
  kind: 'health-begun',
  record: { atMs: NOON_MS, image: new Uint8Array(230).fill(id), event: event(card, id), isReported: false },
});
const moved = (card: number, to: 'reported' | 'written', id = 1): JournalEntry & { readonly kind: 'health-moved' } => ({
  ...{ kind: 'health-moved', card, id: new Uint8Array(8).fill(id), to },
});

describe('a health record on its way to a card', () => {
  it('is read back as it was recorded', () => {
    const entries: StoredEntry[] = [begun(7), moved(7, 'reported'), moved(7, 'written')];
    const content = { timeMs: NOON_MS, headBefore: null, entries };
    expect(decodeContent(encodeContent(content))).toEqual(content);
  });

  it('is taken for damage where its event is another, or none', () => {
    const frame = (inner: Uint8Array): Uint8Array =>
      encodeCbor([1, 0, new Uint8Array(), [[25, NOON_MS, Uint8Array.of(1), inner, 0]]]);
    for (const inner of [encodeCbor([1, 5, 9, 9, 1]), Uint8Array.of(0)])
      expect(() => decodeContent(frame(inner))).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_DAMAGED' }));
  });

  it('outlives a restart, reported or not, until the card has it', async () => {
    const disk = new MemoryDisk();
    let journal = await openOn(disk);
    await journal.append([begun(7)]);
    await journal.append([begun(8, 2), moved(8, 'reported', 2)]);
    await journal.close();
    journal = await openOn(disk);
    const open = (): [number, boolean][] =>
      [...journal.state().healthRecords].map(([card, record]: [number, OpenHealthRecord]) => [card, record.isReported]);
    expect(open()).toEqual([
      [7, false],
      [8, true],
    ]);
    await journal.append([moved(7, 'written')]);
    await journal.close();
    journal = await openOn(disk);
    expect(open()).toEqual([[8, true]]);
    await journal.close();
  });

  it('is ended by its own id alone, and the newest of a card counts', () => {
    const open = new Map<number, OpenHealthRecord>();
    foldHealth(open, begun(7, 1));
    foldHealth(open, begun(7, 2));
    foldHealth(open, moved(7, 'written', 1));
    expect(open.get(7)?.event.id).toEqual(new Uint8Array(8).fill(2));
    foldHealth(open, moved(9, 'written', 1));
    foldHealth(open, moved(7, 'written', 2));
    expect(open.size).toBe(0);
  });

  it('is forgotten before memory is full: the oldest first', () => {
    const open = new Map<number, OpenHealthRecord>();
    for (let card = 1; card <= HEALTH_OPEN_MAX + 1; card += 1) foldHealth(open, begun(card));
    expect(open.size).toBe(HEALTH_OPEN_MAX);
    expect(open.has(1)).toBe(false);
  });
});

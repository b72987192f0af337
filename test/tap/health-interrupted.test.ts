/** The power of the terminal cut at every write and sync while a health record is opened and added: what was shown as written is recorded, and card and journal agree. */
import { describe, expect, it } from 'vitest';
import type { WaslEvent } from '../../agent/domain/event.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { TEARS } from '../../simulators/world/tears.js';
import { type HealthDesk, healthCard, healthDesk, shownIn } from '../health/bench.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const onCard = (event: WaslEvent): string[] => (event.type === 'health-added' && event.isOnCard ? [hex(event.id)] : []);

/** Ids of the records on the card, as their first bytes have them. */
function idsOn(card: Awaited<ReturnType<typeof healthCard>>): string[] {
  return (card.healthRecords?.records ?? []).map((record) => hex(record.subarray(1, 9))).sort();
}

async function toldOf(desk: HealthDesk): Promise<string[]> {
  return (await desk.told()).flatMap(onCard).sort();
}

describe('the power of the terminal cut at every write and sync of the disk', () => {
  it('while a record is added: it is on the card and at the centre, or in neither place, and never twice', async () => {
    let cuts = 0;
    for (const tear of TEARS) {
      for (let at = 0; ; at += 1) {
        const disk = new MemoryDisk();
        const desk = await healthDesk({ disk });
        const card = await healthCard();
        await desk.lay(card);
        await desk.open();
        const from = disk.calls;
        let dark = false;
        disk.plan = (call) => {
          dark ||= call.index === from + at;
          return dark ? 'cut' : 'go';
        };
        disk.tear = tear;
        const shown = await desk.add('history', 'سكري');
        disk.plan = () => 'go';
        if (!dark) {
          expect(shown).toMatchObject({ name: 'health', added: 'history' });
          break;
        }
        cuts += 1;
        await desk.restart('cut');
        const isShown = shown.name === 'health' && shown.added !== null;
        if (isShown) expect(await toldOf(desk)).toHaveLength(1);
        await desk.lay(card);
        expect(desk.journal.state().healthRecords.size, `cut ${at} with ${tear.name}`).toBe(0);
        expect(await toldOf(desk), `cut ${at} with ${tear.name}`).toEqual(idsOn(card));
        expect(shownIn(await desk.open())).toHaveLength(idsOn(card).length);
        expect(idsOn(card).length).toBeLessThanOrEqual(1);
      }
    }
    expect(cuts).toBeGreaterThan(TEARS.length * 2);
  });

  it('while the records are opened: nothing is shown that no event tells of', async () => {
    const card = await healthCard();
    const first = await healthDesk();
    await first.lay(card);
    await first.open();
    await first.add('history', 'سكري');
    let cuts = 0;
    for (let at = 0; ; at += 1) {
      const disk = new MemoryDisk();
      const desk = await healthDesk({ disk });
      await desk.lay(card);
      const from = disk.calls;
      let dark = false;
      disk.plan = (call) => {
        dark ||= call.index === from + at;
        return dark ? 'cut' : 'go';
      };
      const shown = await desk.open();
      disk.plan = () => 'go';
      if (!dark) break;
      cuts += 1;
      await desk.restart('cut');
      const told = (await desk.told()).filter(({ type }) => type === 'health-opened');
      if (shown.name === 'health') expect(told).toHaveLength(1);
      else expect(JSON.stringify(shown)).not.toContain('سكري');
    }
    expect(cuts).toBeGreaterThan(0);
  });
});

describe('a full disk', () => {
  it('shows and writes nothing', async () => {
    const disk = new MemoryDisk();
    const desk = await healthDesk({ disk });
    const card = await healthCard();
    await desk.lay(card);
    await desk.open();
    disk.plan = (call) => (call.operation === 'write' ? 'ENOSPC' : 'go');
    expect(await desk.add('history', 'سكري')).toMatchObject({ name: 'health', added: null });
    expect(idsOn(card)).toEqual([]);
    await desk.lay(card);
    expect(await desk.open()).toMatchObject({ name: 'health-refused', code: 'ERR_JOURNAL_SPACE' });
  });
});

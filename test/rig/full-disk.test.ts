/** A disk that is really full: no card is debited, the end of a tap that was begun still fits, and with room again service goes on. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { calendars } from '../../agent/domain/calendar.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { verifyJournal } from '../../agent/journal/verify.js';
import { createTap, type Tap } from '../../agent/tap/tap.js';
import { timeSource } from '../../agent/trust/time.js';
import { openMedium } from '../../drivers/media/open.js';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { SimulatedPageCard } from '../../simulators/readers/simulated-card.js';
import {
  handClock,
  journalOptions,
  KEY,
  refusal,
  seededRandom,
  step,
  tapBegin,
  tapEnd,
  tapId,
} from '../journal/samples.js';
import { freshCard, READS_AND_WRITES, TERMINALS, testTrust } from '../support/desk.js';
import { NOW } from '../support/people.js';
import { describeWithMounts, ext4OnLoop, type Mounted, tmpfs } from './mounts.js';

const TIMEOUT_MS = 120_000;
const LIMITS = { allocateBytes: 16 * 1024, reserveBytes: 8 * 1024 };
const DISKS = [
  ['tmpfs', 'in memory', () => tmpfs(1024 * 1024)],
  ['loop', 'with ext4', () => ext4OnLoop({ sizeMib: 8 })],
] as const;

for (const [kind, name, mount] of DISKS) {
  describeWithMounts(`a full disk ${name}`, kind)(`a full disk ${name}`, { timeout: TIMEOUT_MS }, () => {
    let mounted: Mounted;
    let journal: OpenJournal;
    const folder = (): string => join(mounted.folder, 'data/journal');
    const open = (): Promise<OpenJournal> =>
      openJournal(
        journalOptions(nodeDisk(), { folder: folder(), limits: LIMITS, random: seededRandom(performance.now()) }),
      );
    beforeEach(async () => {
      mounted = mount();
      journal = await open();
    });
    afterEach(async () => {
      await journal.close().catch(() => undefined);
      mounted.remove();
    });
    const ballast = (): string => join(mounted.folder, 'ballast');

    /** Takes all the room that is left, to the last byte that the file system gives. */
    function fill(): void {
      const file = openSync(ballast(), 'w');
      for (let size = 64 * 1024; size >= 1; ) {
        try {
          writeSync(file, new Uint8Array(size));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ENOSPC' });
          size >>= 1;
        }
      }
      closeSync(file);
    }

    /** Appends until the journal refuses: what it had written ahead is used up, but for what is kept back. */
    async function useUp(): Promise<number> {
      for (let count = 0; ; count += 1) {
        const refused = await journal.append([refusal(count)]).then(
          () => null,
          (error: { code: string }) => error.code,
        );
        if (refused === null) continue;
        expect(refused).toBe('ERR_JOURNAL_SPACE');
        return count;
      }
    }

    it('refuses to begin a tap, ends those that were begun, and goes on when there is room', async () => {
      await journal.append(tapBegin(1, 1));
      await journal.append(tapBegin(2, 2));
      fill();
      const before = await useUp();
      expect(await journal.hasRoom()).toBe(false);
      await expect(journal.append(tapBegin(3, 3))).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
      expect(journal.state().openIntents.size).toBe(2);
      expect(await journal.append(tapEnd(1, 1))).toHaveLength(1);
      expect(await journal.append(tapEnd(2, 2))).toHaveLength(1);
      await journal.append([step({ step: 'dispensed', tapId: tapId(1), atMs: 0 })]);
      rmSync(ballast());
      expect(await journal.hasRoom()).toBe(true);
      await journal.append(tapBegin(3, 3));
      expect(await journal.append([refusal(7)])).toMatchObject([{ seq: before + 4 }]);
      await journal.close();
      const report = await verifyJournal({ disk: nodeDisk(), folder: folder(), key: KEY });
      expect(report).toMatchObject({ sound: true, events: before + 4, openIntents: 1, undispensed: 1, cards: 2 });
    });

    it('is opened with all that it has, without a byte of room', async () => {
      await journal.append(tapBegin(1, 1));
      fill();
      const before = await useUp();
      await journal.close();
      // Not a byte is free for a checkpoint, a new segment or an epoch.
      fill();
      journal = await open();
      expect(journal.report.damages).toEqual([]);
      expect(journal.epochs()).toMatchObject([{ lastSeq: before + 1 }]);
      expect(journal.state().openIntents.size).toBe(1);
      expect(
        await journal.readEvents(journal.epochs()[0]?.name ?? '', 1, { countMax: 5, bytesMax: 9999 }),
      ).toHaveLength(5);
      await expect(journal.append(tapBegin(3, 3))).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
      rmSync(ballast());
      expect(await journal.append(tapEnd(1, 1))).toHaveLength(1);
    });

    it('lets no card be debited, and serves it when there is room', async () => {
      const card = await freshCard();
      const clock = handClock(NOW * 1000);
      const [signer = TERMINALS[0]] = TERMINALS;
      if (signer === undefined) throw new Error('there is a terminal');
      await journal.close();
      const own = join(mounted.folder, 'unit-1');
      const random = seededRandom(3);
      journal = await openJournal({
        disk: nodeDisk(),
        folder: own,
        key: KEY,
        terminal: 'unit-1',
        clock,
        random,
        limits: LIMITS,
      });
      const time = timeSource({ clock, floorMs: () => journal.state().timeFloorMs, signedMs: () => null, builtMs: 0 });
      const faults: unknown[] = [];
      const tap = createTap({
        ...{ journal, trust: testTrust(), time, random, signer, openMedium, calendar: calendars(), operator: () => 0 },
        ...{ programmes: ['bread'], fault: (error: unknown) => faults.push(error), voidsOn: async () => 0 },
      });
      fill();
      await useUp();
      const memory = memoryOf(card);
      const refused = await serve(tap, card);
      expect(refused).toMatchObject({ name: 'refused', code: 'ERR_JOURNAL_SPACE' });
      expect(memoryOf(card)).toBe(memory);
      rmSync(ballast());
      expect(await serve(tap, card)).toMatchObject({ name: 'granted' });
      expect(memoryOf(card)).not.toBe(memory);
      expect(faults).toEqual([]);
    });
  });
}

/** Lays a card on the reader, and confirms what is offered. */
async function serve(tap: Tap, card: SimulatedNtag21x): Promise<ReturnType<Tap['state']>> {
  card.powerCycle();
  await tap.present(new SimulatedPageCard(card, { canWrite: true, delay: null }), READS_AND_WRITES);
  const state = tap.state();
  if (state.name === 'offer') await tap.confirm(state.tapId, [{ commodity: 1, quantity: 2 }]);
  const after = tap.state();
  tap.removed();
  return after;
}

function memoryOf(card: SimulatedNtag21x): string {
  return Buffer.from(card.dump()).toString('hex');
}

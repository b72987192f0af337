/** What every implementation of the journal port does. Run by `test/journal/journal-compliance.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { EpochInfo, Journal } from '../../agent/journal/journal.js';
import { bodyHash, bodySalt, epochBase, nextHead } from '../../sync/protocol/chain.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import {
  type HandClock,
  handClock,
  intent,
  NOON_MS,
  redemption,
  refusal,
  step,
  TERMINAL,
  tapBegin,
  tapEnd,
  tapId,
} from '../journal/samples.js';

/** What an implementation hands to {@link describeJournal}: a place where one journal of the terminal `unit-7` lives. */
export interface JournalHarness {
  /** Opens the journal of this place, empty at first. The last one was closed before. */
  open(clock: HandClock): Promise<Journal>;
  dispose(): Promise<void>;
}

const ALL = { countMax: 10_000, bytesMax: 10_000_000 };
const DAY_MS = 86_400_000;

/** The statements. */
export function describeJournal(name: string, create: () => Promise<JournalHarness>): void {
  describe(name, () => {
    let harness: JournalHarness;
    let clock: HandClock;
    let journal: Journal;

    beforeEach(async () => {
      harness = await create();
      clock = handClock();
      journal = await harness.open(clock);
    });
    afterEach(async () => {
      await journal.close();
      await harness.dispose();
    });

    const reopen = async (): Promise<void> => {
      await journal.close();
      journal = await harness.open(clock);
    };
    const current = (): EpochInfo => {
      const epoch = journal.epochs().at(-1);
      if (epoch === undefined) throw new Error('a journal has an epoch');
      return epoch;
    };
    const read = (fromSeq = 1): Promise<readonly ChainedEvent[]> => journal.readEvents(current().name, fromSeq, ALL);

    it('begins with an epoch whose first event says so', async () => {
      expect(journal.epochs()).toHaveLength(1);
      const { name, base, lastSeq } = current();
      expect(name).toMatch(/^2026q4-[a-z2-7]{8}$/);
      expect(lastSeq).toBe(1);
      expect(hex(base)).toBe(hex(epochBase({ terminal: TERMINAL, epoch: name, previous: null })));
      const [first] = await read();
      expect(decodeEvent(first?.bytes ?? new Uint8Array())).toEqual({
        type: 'epoch',
        time: NOON_MS / 1000,
        previous: null,
        cause: 'first',
      });
    });

    it('numbers events without a gap and chains each to the one before', async () => {
      await journal.append([refusal(1), refusal(2)]);
      await journal.append([refusal(3)]);
      const events = await read();
      expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
      let head = current().base;
      for (const event of events) {
        const hash = bodyHash(bodySalt(current().saltKey, event.seq), event.bytes);
        expect(hex(event.bodyHash)).toBe(hex(hash));
        head = nextHead(head, event.seq, hash);
        expect(hex(event.head)).toBe(hex(head));
      }
      expect(hex(current().head)).toBe(hex(head));
    });

    it('gives the events of an append in their places', async () => {
      const recorded = await journal.append([refusal(1), { kind: 'time-floor', atMs: NOON_MS }, refusal(2)]);
      expect(plain(recorded)).toEqual(plain(await read(2)));
    });

    it('records nothing for an empty append', async () => {
      expect(await journal.append([])).toEqual([]);
      expect(current().lastSeq).toBe(1);
    });

    it('keeps the order of calls that are made at the same time', async () => {
      const minutes = Array.from({ length: 50 }, (_, i) => i);
      const recorded = await Promise.all(minutes.map((minute) => journal.append([refusal(minute)])));
      expect(recorded.map(([event]) => event?.seq)).toEqual(minutes.map((minute) => minute + 2));
      expect((await read(2)).map(timeOf)).toEqual(minutes.map((minute) => NOON_MS / 1000 + minute * 60));
    });

    it('remembers everything when it is opened again', async () => {
      await journal.append(tapBegin(1));
      await journal.append(tapEnd(1));
      await journal.append(tapBegin(2, 4712));
      await journal.append([refusal(5), { kind: 'high-water', card: 9, mark: { sequence: 7, recordHash: HASH } }]);
      await journal.append([
        { kind: 'acknowledged', mark: { epoch: current().name, seq: 2, incarnation: 3, atMs: NOON_MS } },
      ]);
      const before = { events: plain(await read()), state: snapshot(journal), epochs: plainEpochs(journal) };
      await reopen();
      expect({ events: plain(await read()), state: snapshot(journal), epochs: plainEpochs(journal) }).toEqual(before);
      const [next] = await journal.append([refusal(6)]);
      expect(next?.seq).toBe(before.events.length + 1);
    });

    describe('taps', () => {
      it('keep an intent open until it is committed, and then the grant until it is handed over', async () => {
        const begun = intent(1);
        await journal.append([step(begun)]);
        expect(journal.state().openIntents.get(tapId(1))).toMatchObject({ intent: begun, reported: false });
        expect(journal.state().undispensed.size).toBe(0);
        const [event] = await journal.append(tapEnd(1));
        expect(journal.state().openIntents.size).toBe(0);
        expect(journal.state().undispensed.get(tapId(1))).toEqual({
          intent: begun,
          epoch: event?.epoch,
          seq: event?.seq,
        });
        await journal.append([step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS })]);
        expect(journal.state().undispensed.size).toBe(0);
      });

      it('raise the mark of the card at the commit and not before', async () => {
        await journal.append(tapBegin(1, 4711, 6));
        expect(journal.state().highWater.has(4711)).toBe(false);
        await journal.append(tapEnd(1, 4711, 6));
        expect(journal.state().highWater.get(4711)?.sequence).toBe(6);
        expect(journal.state().highWater.get(4711)?.recordHash).toHaveLength(8);
      });

      it('never lower a mark', async () => {
        await journal.append([{ kind: 'high-water', card: 4711, mark: { sequence: 9, recordHash: HASH } }]);
        await journal.append([{ kind: 'high-water', card: 4711, mark: { sequence: 3, recordHash: HASH } }]);
        await journal.append(tapBegin(1, 4711, 6));
        await journal.append(tapEnd(1, 4711, 6));
        expect(journal.state().highWater.get(4711)?.sequence).toBe(9);
      });

      it('stay open when they are reported, and end when they are closed', async () => {
        await journal.append(tapBegin(1));
        await journal.append([step({ step: 'reported', tapId: tapId(1), atMs: NOON_MS })]);
        expect(journal.state().openIntents.get(tapId(1))?.reported).toBe(true);
        await reopen();
        expect(journal.state().openIntents.get(tapId(1))?.reported).toBe(true);
        await journal.append([step({ step: 'closed', tapId: tapId(1), atMs: NOON_MS })]);
        expect(journal.state().openIntents.size).toBe(0);
        expect(journal.state().highWater.has(4711)).toBe(false);
      });

      it.each([
        ['a commit without an intent', tapEnd(1)],
        ['a hand-over without a commit', [step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS })]],
        ['the end of a tap that was never begun', [step({ step: 'closed', tapId: tapId(1), atMs: NOON_MS })]],
        ['the same intent twice', [...tapBegin(1), ...tapBegin(1)]],
        ['a commit without its event', [...tapBegin(1), step({ step: 'commit', tapId: tapId(1), atMs: NOON_MS })]],
      ] as const)('refuse %s, and record nothing of it', async (_what, entries) => {
        await expect(journal.append([refusal(1), ...entries])).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
        expect(current().lastSeq).toBe(1);
        expect(journal.state().openIntents.size).toBe(0);
      });

      it('refuse an intent whose slot image holds no record', async () => {
        const empty = { ...intent(1), slotImage: new Uint8Array(112) };
        await expect(journal.append([step(empty)])).rejects.toMatchObject({ code: 'ERR_LEDGER_DAMAGED' });
      });

      it('have room when the disk has', async () => expect(await journal.hasRoom()).toBe(true));
    });

    it('refuses an event that no reader would take, and records nothing of the append', async () => {
      const bad = { kind: 'event', event: { ...redemption(1), card: -1 } } as const;
      await expect(journal.append([refusal(1), bad])).rejects.toMatchObject({ code: 'ERR_EVENT_FORMAT' });
      expect(current().lastSeq).toBe(1);
    });

    describe('acknowledgements', () => {
      const acknowledge = (seq: number, incarnation = 1, atMs = NOON_MS): Promise<unknown> =>
        journal.append([{ kind: 'acknowledged', mark: { epoch: current().name, seq, incarnation, atMs } }]);

      it('shorten the backlog', async () => {
        await journal.append([refusal(1), refusal(2), refusal(3)]);
        expect(journal.state().backlog).toBe(4);
        await acknowledge(3);
        expect(journal.state().backlog).toBe(1);
        expect(journal.state().lastContactMs).toBe(NOON_MS);
      });

      it('of one incarnation of the centre are never taken back', async () => {
        await journal.append([refusal(1), refusal(2)]);
        await acknowledge(3);
        await acknowledge(2);
        expect(journal.state().acknowledged.get(current().name)?.seq).toBe(3);
      });

      it('of a restored centre may cover less, and those of the one before count no more', async () => {
        await journal.append([refusal(1), refusal(2)]);
        await acknowledge(3, 1);
        await acknowledge(1, 2);
        expect(journal.state().acknowledged.get(current().name)?.seq).toBe(1);
        expect(journal.state().backlog).toBe(2);
        await acknowledge(3, 1);
        expect(journal.state().backlog).toBe(2);
      });

      it('of events that are not here are refused', async () => {
        await expect(acknowledge(2)).rejects.toMatchObject({ code: 'ERR_ACK_MISMATCH' });
        const mark = { epoch: '2026q4-aaaaaaaa', seq: 1, incarnation: 1, atMs: NOON_MS };
        await expect(journal.append([{ kind: 'acknowledged', mark }])).rejects.toMatchObject({
          code: 'ERR_ACK_MISMATCH',
        });
        expect(journal.state().lastContactMs).toBeNull();
      });
    });

    it('never lets the time floor fall', async () => {
      await journal.append([{ kind: 'time-floor', atMs: NOON_MS + 5000 }]);
      await journal.append([{ kind: 'time-floor', atMs: NOON_MS + 1000 }, refusal(0)]);
      expect(journal.state().timeFloorMs).toBe(NOON_MS + 5000);
      await reopen();
      expect(journal.state().timeFloorMs).toBe(NOON_MS + 5000);
    });

    describe('reading', () => {
      beforeEach(async () => {
        for (let minutes = 0; minutes < 300; minutes += 3) {
          await journal.append([refusal(minutes), refusal(minutes + 1), refusal(minutes + 2)]);
        }
      });

      it('gives a run from any place on', async () => {
        const all = await read();
        expect(all).toHaveLength(301);
        for (const from of [1, 2, 64, 65, 66, 150, 300, 301]) {
          expect(plain(await read(from))).toEqual(plain(all.slice(from - 1)));
        }
      });

      it('keeps to the number of events and of their bytes, and gives at least one', async () => {
        const { name } = current();
        expect(await journal.readEvents(name, 2, { countMax: 5, bytesMax: 1_000_000 })).toHaveLength(5);
        const [one] = await read(2);
        const size = one?.bytes.length ?? 0;
        expect(await journal.readEvents(name, 2, { countMax: 50, bytesMax: 3 * size })).toHaveLength(3);
        expect(await journal.readEvents(name, 2, { countMax: 50, bytesMax: 1 })).toHaveLength(1);
      });

      it('gives nothing beyond the ends or of another epoch', async () => {
        expect(await read(302)).toEqual([]);
        expect(await read(0)).toEqual([]);
        expect(await journal.readEvents('2026q4-aaaaaaaa', 1, ALL)).toEqual([]);
      });

      it('tells the head at any place', async () => {
        const all = await read();
        const { name, base } = current();
        expect(hex(await journal.headAt(name, 0))).toBe(hex(base));
        for (const seq of [1, 2, 63, 64, 200, 301]) {
          expect(hex(await journal.headAt(name, seq))).toBe(hex(all[seq - 1]?.head ?? null));
        }
        expect(await journal.headAt(name, 302)).toBeNull();
        expect(await journal.headAt('2026q4-aaaaaaaa', 0)).toBeNull();
      });

      it('gives the same after it is opened again', async () => {
        const before = plain(await read());
        await reopen();
        expect(plain(await read())).toEqual(before);
      });
    });

    describe('epochs', () => {
      it('begin on demand, linked to the end of the one before', async () => {
        await journal.append([refusal(1)]);
        const before = current();
        const begun = await journal.beginEpoch('mismatch');
        expect(begun.name).not.toBe(before.name);
        expect(begun.lastSeq).toBe(1);
        const previous = { epoch: before.name, seq: 2, head: before.head };
        expect(hex(begun.base)).toBe(hex(epochBase({ terminal: TERMINAL, epoch: begun.name, previous })));
        const [first] = await journal.readEvents(begun.name, 1, ALL);
        expect(decodeEvent(first?.bytes ?? new Uint8Array())).toMatchObject({ type: 'epoch', cause: 'mismatch' });
        const [next] = await journal.append([refusal(2)]);
        expect(next).toMatchObject({ epoch: begun.name, seq: 2 });
        expect(journal.state().backlog).toBe(4);
        expect(await journal.readEvents(before.name, 1, ALL)).toHaveLength(2);
      });

      it('begin with each calendar quarter, before the first append in it', async () => {
        clock.ms = Date.UTC(2027, 0, 1) - 1;
        await journal.append([refusal(1)]);
        expect(journal.epochs()).toHaveLength(1);
        clock.ms += 1;
        const [event] = await journal.append([refusal(2)]);
        expect(event).toMatchObject({ seq: 2 });
        expect(event?.epoch).toMatch(/^2027q1-/);
        expect(journal.epochs().map((epoch) => epoch.lastSeq)).toEqual([2, 2]);
      });

      it('begin when the journal is opened in another quarter', async () => {
        clock.ms += 60 * DAY_MS;
        await reopen();
        expect(journal.epochs().map((epoch) => epoch.name.slice(0, 6))).toEqual(['2026q4', '2027q1']);
      });

      it('do not begin when the clock is set back', async () => {
        clock.ms -= 3650 * DAY_MS;
        await journal.append([refusal(1)]);
        await reopen();
        expect(journal.epochs()).toHaveLength(1);
      });

      it('begin in the quarter of the time floor when the clock is behind it', async () => {
        await journal.append([{ kind: 'time-floor', atMs: Date.UTC(2027, 1, 1) }]);
        clock.ms -= 3650 * DAY_MS;
        await journal.append([refusal(1)]);
        expect(current().name).toMatch(/^2027q1-/);
      });
    });

    it('tells who listens of each append, until they stop, and whatever they throw', async () => {
      let heard = 0;
      const deaf = journal.subscribe(() => {
        throw new Error('a fault of the listener');
      });
      const stop = journal.subscribe(() => {
        heard += 1;
      });
      await journal.append([refusal(1)]);
      expect(heard).toBe(1);
      stop();
      deaf();
      await journal.append([refusal(2)]);
      expect(heard).toBe(1);
    });

    it('finishes what waits when it is closed, and takes nothing afterwards', async () => {
      const waiting = journal.append([refusal(1)]);
      await journal.close();
      expect(await waiting).toHaveLength(1);
      await expect(journal.append([refusal(2)])).rejects.toMatchObject({ code: 'ERR_JOURNAL_IO' });
      expect(await journal.hasRoom()).toBe(false);
      await journal.close();
      journal = await harness.open(clock);
      expect(current().lastSeq).toBe(2);
    });
  });
}

const HASH = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'none' : Buffer.from(bytes).toString('hex');
}

function timeOf(event: ChainedEvent): number {
  return decodeEvent(event.bytes).time;
}

/** Events with their bytes as hex: a `Buffer` is a `Uint8Array`, but not to `toEqual`. */
function plain(events: readonly ChainedEvent[]): unknown[] {
  return events.map(({ epoch, seq, bytes, bodyHash: hash, head }) => [epoch, seq, hex(bytes), hex(hash), hex(head)]);
}

function plainEpochs(journal: Journal): unknown[] {
  return journal
    .epochs()
    .map((epoch) => [epoch.name, hex(epoch.base), hex(epoch.saltKey), epoch.lastSeq, hex(epoch.head)]);
}

function snapshot(journal: Journal): unknown {
  const { highWater, openIntents, undispensed, acknowledged, lastContactMs, timeFloorMs, backlog } = journal.state();
  return structuredClone({
    highWater: new Map([...highWater].map(([card, mark]) => [card, [mark.sequence, hex(mark.recordHash)]])),
    openIntents: new Map([...openIntents].map(([id, open]) => [id, [open.intent.card, open.reported]])),
    undispensed: new Map([...undispensed].map(([id, grant]) => [id, [grant.intent.card, grant.epoch, grant.seq]])),
    acknowledged,
    lastContactMs,
    timeFloorMs,
    backlog,
  });
}

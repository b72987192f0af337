/** What every implementation of the journal port does. Run by `test/journal/journal-compliance.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { Journal } from '../../agent/journal/journal.js';
import { bodyHash, bodySalt, epochBase, nextHead } from '../../sync/protocol/chain.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { GIFT, giftOf, intent, NOON_MS, refusal, step, TERMINAL, tapBegin, tapEnd, tapId } from '../journal/samples.js';
import { hex, JournalBench, type JournalHarness, plain } from './journal-bench.js';
import { describeEpochs, describeReading } from './journal-chain.js';

/** The statements. */
export function describeJournal(name: string, create: () => Promise<JournalHarness>): void {
  describe(name, () => {
    let bench: JournalBench;
    beforeEach(async () => {
      bench = await JournalBench.create(create);
    });
    afterEach(() => bench.dispose());

    it('begins with an epoch whose first event says so', async () => {
      expect(bench.journal.epochs()).toHaveLength(1);
      const { name, base, lastSeq } = bench.current();
      expect(name).toMatch(/^2026q4-[a-z2-7]{8}$/);
      expect(lastSeq).toBe(1);
      expect(hex(base)).toBe(hex(epochBase({ terminal: TERMINAL, epoch: name, previous: null })));
      const [first] = await bench.read();
      expect(decodeEvent(first?.bytes ?? new Uint8Array())).toEqual({
        type: 'epoch',
        time: NOON_MS / 1000,
        previous: null,
        cause: 'first',
      });
    });

    it('numbers events without a gap and chains each to the one before', async () => {
      await bench.journal.append([refusal(1), refusal(2)]);
      await bench.journal.append([refusal(3)]);
      const events = await bench.read();
      expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
      let head = bench.current().base;
      for (const event of events) {
        const hash = bodyHash(bodySalt(bench.current().saltKey, event.seq), event.bytes);
        expect(hex(event.bodyHash)).toBe(hex(hash));
        head = nextHead(head, event.seq, hash);
        expect(hex(event.head)).toBe(hex(head));
      }
      expect(hex(bench.current().head)).toBe(hex(head));
    });

    it('gives the events of an append in their places', async () => {
      const recorded = await bench.journal.append([refusal(1), { kind: 'time-floor', atMs: NOON_MS }, refusal(2)]);
      expect(plain(recorded)).toEqual(plain(await bench.read(2)));
    });

    it('records nothing for an empty append', async () => {
      expect(await bench.journal.append([])).toEqual([]);
      expect(bench.current().lastSeq).toBe(1);
    });

    it('keeps the order of calls that are made at the same time', async () => {
      const minutes = Array.from({ length: 50 }, (_, i) => i);
      const recorded = await Promise.all(minutes.map((minute) => bench.journal.append([refusal(minute)])));
      expect(recorded.map(([event]) => event?.seq)).toEqual(minutes.map((minute) => minute + 2));
      expect((await bench.read(2)).map(timeOf)).toEqual(minutes.map((minute) => NOON_MS / 1000 + minute * 60));
    });

    it('remembers everything when it is opened again', async () => {
      await bench.journal.append(tapBegin(1));
      await bench.journal.append(tapEnd(1));
      await bench.journal.append(tapBegin(2, 4712));
      await bench.journal.append([
        refusal(5),
        { kind: 'high-water', card: 9, family: 1, mark: { sequence: 7, recordHash: HASH } },
      ]);
      await bench.journal.append([
        { kind: 'acknowledged', mark: { epoch: bench.current().name, seq: 2, incarnation: 3, atMs: NOON_MS } },
      ]);
      const before = {
        events: plain(await bench.read()),
        state: snapshot(bench.journal),
        epochs: plainEpochs(bench.journal),
      };
      await bench.reopen();
      expect({
        events: plain(await bench.read()),
        state: snapshot(bench.journal),
        epochs: plainEpochs(bench.journal),
      }).toEqual(before);
      const [next] = await bench.journal.append([refusal(6)]);
      expect(next?.seq).toBe(before.events.length + 1);
    });

    describe('taps', () => {
      it('keep an intent open until it is committed, and then the grant until it is handed over', async () => {
        const begun = intent(1);
        await bench.journal.append([step(begun)]);
        expect(bench.journal.state().openIntents.get(tapId(1))).toMatchObject({ intent: begun, reported: false });
        expect(bench.journal.state().undispensed.size).toBe(0);
        const [event] = await bench.journal.append(tapEnd(1));
        expect(bench.journal.state().openIntents.size).toBe(0);
        expect(bench.journal.state().undispensed.get(tapId(1))).toEqual({
          intent: begun,
          epoch: event?.epoch,
          seq: event?.seq,
        });
        await bench.journal.append([step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS })]);
        expect(bench.journal.state().undispensed.size).toBe(0);
      });

      it('keep what was given without a card until it is handed over, also when it is opened again', async () => {
        const [event] = await bench.journal.append(giftOf(1));
        const given = { tapId: tapId(1), ...GIFT };
        expect(bench.journal.state().undispensedGifts.get(tapId(1))).toEqual({
          ...{ given, epoch: event?.epoch, seq: event?.seq },
        });
        await bench.reopen();
        expect(bench.journal.state().undispensedGifts.get(tapId(1))).toEqual({
          ...{ given, epoch: event?.epoch, seq: event?.seq },
        });
        expect(bench.journal.state().undispensed.size).toBe(0);
        await bench.journal.append([step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS })]);
        await bench.reopen();
        expect(bench.journal.state().undispensedGifts.size).toBe(0);
      });

      it('raise the mark of the card at the commit and not before', async () => {
        await bench.journal.append(tapBegin(1, 4711, 6));
        expect(bench.journal.state().highWater.get(1)?.has(4711) ?? false).toBe(false);
        await bench.journal.append(tapEnd(1, 4711, 6));
        expect(bench.journal.state().highWater.get(1)?.get(4711)?.sequence).toBe(6);
        expect(bench.journal.state().highWater.get(1)?.get(4711)?.recordHash).toHaveLength(8);
      });

      it('never lower a mark', async () => {
        await bench.journal.append([
          { kind: 'high-water', card: 4711, family: 1, mark: { sequence: 9, recordHash: HASH } },
        ]);
        await bench.journal.append([
          { kind: 'high-water', card: 4711, family: 1, mark: { sequence: 3, recordHash: HASH } },
        ]);
        await bench.journal.append(tapBegin(1, 4711, 6));
        await bench.journal.append(tapEnd(1, 4711, 6));
        expect(bench.journal.state().highWater.get(1)?.get(4711)?.sequence).toBe(9);
      });

      it('stay open when they are reported, and end when they are closed', async () => {
        await bench.journal.append(tapBegin(1));
        await bench.journal.append([step({ step: 'reported', tapId: tapId(1), atMs: NOON_MS })]);
        expect(bench.journal.state().openIntents.get(tapId(1))?.reported).toBe(true);
        await bench.reopen();
        expect(bench.journal.state().openIntents.get(tapId(1))?.reported).toBe(true);
        await bench.journal.append([step({ step: 'closed', tapId: tapId(1), atMs: NOON_MS })]);
        expect(bench.journal.state().openIntents.size).toBe(0);
        expect(bench.journal.state().highWater.get(1)?.has(4711) ?? false).toBe(false);
      });

      it.each([
        ['a commit without an intent', tapEnd(1)],
        ['a hand-over without a commit', [step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS })]],
        ['the end of a tap that was never begun', [step({ step: 'closed', tapId: tapId(1), atMs: NOON_MS })]],
        ['the same intent twice', [...tapBegin(1), ...tapBegin(1)]],
        ['the same gift twice', [...giftOf(1), ...giftOf(1)]],
        ['a gift under the name of an intent', [...tapBegin(1), ...giftOf(1)]],
        ['a gift without its event', giftOf(1).slice(1)],
        ['a commit without its event', [...tapBegin(1), step({ step: 'commit', tapId: tapId(1), atMs: NOON_MS })]],
      ] as const)('refuse %s, and record nothing of it', async (_what, entries) => {
        await expect(bench.journal.append([refusal(1), ...entries])).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
        expect(bench.current().lastSeq).toBe(1);
        expect(bench.journal.state().openIntents.size).toBe(0);
      });

      it('refuse an intent whose slot image holds no record', async () => {
        const empty = { ...intent(1), slotImage: new Uint8Array(112) };
        await expect(bench.journal.append([step(empty)])).rejects.toMatchObject({ code: 'ERR_LEDGER_DAMAGED' });
      });

      it('have room when the disk has', async () => expect(await bench.journal.hasRoom()).toBe(true));
    });

    it('refuses an event that no reader would take, and records nothing of the append', async () => {
      const bad = { kind: 'event', event: { type: 'alarm', time: 1, code: 'ERR_CARD_IO', count: -1 } } as const;
      await expect(bench.journal.append([refusal(1), bad])).rejects.toMatchObject({ code: 'ERR_EVENT_FORMAT' });
      expect(bench.current().lastSeq).toBe(1);
    });

    describe('acknowledgements', () => {
      const acknowledge = (seq: number, incarnation = 1, atMs = NOON_MS): Promise<unknown> =>
        bench.journal.append([{ kind: 'acknowledged', mark: { epoch: bench.current().name, seq, incarnation, atMs } }]);

      it('shorten the backlog', async () => {
        await bench.journal.append([refusal(1), refusal(2), refusal(3)]);
        expect(bench.journal.state().backlog).toBe(4);
        await acknowledge(3);
        expect(bench.journal.state().backlog).toBe(1);
        expect(bench.journal.state().lastContactMs).toBe(NOON_MS);
      });

      it('of one incarnation of the centre are never taken back', async () => {
        await bench.journal.append([refusal(1), refusal(2)]);
        await acknowledge(3);
        await acknowledge(2);
        expect(bench.journal.state().acknowledged.get(bench.current().name)?.seq).toBe(3);
      });

      it('of a restored centre may cover less, and those of the one before count no more', async () => {
        await bench.journal.append([refusal(1), refusal(2)]);
        await acknowledge(3, 1);
        await acknowledge(1, 2);
        expect(bench.journal.state().acknowledged.get(bench.current().name)?.seq).toBe(1);
        expect(bench.journal.state().backlog).toBe(2);
        await acknowledge(3, 1);
        expect(bench.journal.state().backlog).toBe(2);
      });

      it('of events that are not here are refused', async () => {
        await expect(acknowledge(2)).rejects.toMatchObject({ code: 'ERR_ACK_MISMATCH' });
        const mark = { epoch: '2026q4-aaaaaaaa', seq: 1, incarnation: 1, atMs: NOON_MS };
        await expect(bench.journal.append([{ kind: 'acknowledged', mark }])).rejects.toMatchObject({
          code: 'ERR_ACK_MISMATCH',
        });
        expect(bench.journal.state().lastContactMs).toBeNull();
      });
    });

    it('never lets the time floor fall', async () => {
      await bench.journal.append([{ kind: 'time-floor', atMs: NOON_MS + 5000 }]);
      await bench.journal.append([{ kind: 'time-floor', atMs: NOON_MS + 1000 }, refusal(0)]);
      expect(bench.journal.state().timeFloorMs).toBe(NOON_MS + 5000);
      await bench.reopen();
      expect(bench.journal.state().timeFloorMs).toBe(NOON_MS + 5000);
    });

    describeReading(create);
    describeEpochs(create);

    it('tells who listens of each append, until they stop, and whatever they throw', async () => {
      let heard = 0;
      const deaf = bench.journal.subscribe(() => {
        throw new Error('a fault of the listener');
      });
      const stop = bench.journal.subscribe(() => {
        heard += 1;
      });
      await bench.journal.append([refusal(1)]);
      expect(heard).toBe(1);
      stop();
      deaf();
      await bench.journal.append([refusal(2)]);
      expect(heard).toBe(1);
    });

    it('finishes what waits when it is closed, and takes nothing afterwards', async () => {
      const waiting = bench.journal.append([refusal(1)]);
      await bench.journal.close();
      expect(await waiting).toHaveLength(1);
      await expect(bench.journal.append([refusal(2)])).rejects.toMatchObject({ code: 'ERR_JOURNAL_IO' });
      expect(await bench.journal.hasRoom()).toBe(false);
      await bench.journal.close();
      await bench.reopen();
      expect(bench.current().lastSeq).toBe(2);
    });
  });
}

const HASH = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function timeOf(event: ChainedEvent): number {
  return decodeEvent(event.bytes).time;
}

function plainEpochs(journal: Journal): unknown[] {
  return journal
    .epochs()
    .map((epoch) => [epoch.name, hex(epoch.base), hex(epoch.saltKey), epoch.lastSeq, hex(epoch.head)]);
}

function snapshot(journal: Journal): unknown {
  const { highWater, openIntents, undispensed, acknowledged, lastContactMs, timeFloorMs, backlog } = journal.state();
  return structuredClone({
    highWater: new Map(
      [...(highWater.get(1) ?? [])].map(([card, mark]) => [card, [mark.sequence, hex(mark.recordHash)]]),
    ),
    openIntents: new Map([...openIntents].map(([id, open]) => [id, [open.intent.card, open.reported]])),
    undispensed: new Map([...undispensed].map(([id, grant]) => [id, [grant.intent.card, grant.epoch, grant.seq]])),
    acknowledged,
    lastContactMs,
    timeFloorMs,
    backlog,
  });
}

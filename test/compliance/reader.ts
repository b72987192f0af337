/**
 * The suite that every reader passes, whatever is behind it. The capabilities that the harness declares choose the
 * statements; the last one counts them, so that none vanishes unseen.
 *
 * Left open on purpose: a range of pages that starts on the card and runs over its last page (a READ rolls over to page 0,
 * and a plain PC/SC reader cannot know), and the length of a reader's time-outs.
 */
import { describe, expect, it } from 'vitest';
import type { ReaderCapabilities } from '../../drivers/reader.js';
import { apduStatements } from './reader-apdus.js';
import { blankCard, openBench, type ReaderHarness, type Statement } from './reader-bench.js';
import { pageStatements, readOnlyStatements, writeStatements } from './reader-pages.js';
import { textOnlyStatements, textStatements } from './reader-text.js';

export type { ReaderHarness } from './reader-bench.js';

/** How many statements each group makes. Changed by hand together with the group. */
const STATEMENTS = {
  always: 9,
  readBlocks: 11,
  removal: 4,
  writeBlocks: 8,
  readOnly: 1,
  text: 10,
  textOnly: 1,
  apdus: 7,
  signals: 1,
} as const;

function statementCount(capabilities: ReaderCapabilities): number {
  const { readBlocks, writeBlocks, text, removal } = capabilities;
  let count: number = STATEMENTS.always;
  if (readBlocks) count += STATEMENTS.readBlocks + (writeBlocks ? STATEMENTS.writeBlocks : STATEMENTS.readOnly);
  if (readBlocks && removal) count += STATEMENTS.removal;
  if (text) count += STATEMENTS.text + (readBlocks ? 0 : STATEMENTS.textOnly);
  if (capabilities.apdus === true) count += STATEMENTS.apdus;
  if (capabilities.signals === true && readBlocks) count += STATEMENTS.signals;
  return count;
}

/** Runs the suite against the readers that `harness` makes. Call it at the top of a test file. */
export function describeReader(name: string, harness: ReaderHarness): void {
  const { readBlocks, writeBlocks, text, removal } = harness.capabilities;
  describe(`reader contract: ${name}`, () => {
    let shown = 0;
    const statement: Statement = (title, show) => {
      it(title, async () => {
        shown += 1;
        const bench = await openBench(harness);
        try {
          await show(bench);
        } finally {
          await bench.reader.stop();
          await bench.dispose();
        }
      });
    };
    alwaysStatements(statement);
    if (readBlocks) pageStatements(statement);
    if (readBlocks && removal) removalStatements(statement);
    if (readBlocks && writeBlocks) writeStatements(statement);
    if (readBlocks && !writeBlocks) readOnlyStatements(statement);
    if (text) textStatements(statement);
    if (text && !readBlocks) textOnlyStatements(statement);
    if (harness.capabilities.apdus === true) apduStatements(statement);
    if (harness.capabilities.signals === true && readBlocks) signalStatements(statement);
    const expected = statementCount(harness.capabilities);
    it(`was asked for all ${expected} statements of its capability set`, () => {
      expect(shown).toBe(expected);
    });
  });
}

function alwaysStatements(statement: Statement): void {
  statement('declares the capabilities it was built for, and a name', async ({ reader, capabilities }) => {
    expect(reader.capabilities).toEqual(capabilities);
    expect(reader.name).not.toBe('');
  });

  statement('can be stopped before it was started, and twice', async (bench) => {
    await bench.reader.stop();
    await bench.reader.stop();
    await bench.ready();
    await bench.reader.stop();
    await bench.reader.stop();
  });

  statement('says each thing once when it is started twice, to the first listener', async (bench) => {
    await bench.ready();
    const second = bench.recorder();
    await bench.reader.start(second.listener);
    await bench.marker(bench.seen);
    expect(bench.seen.events.filter((event) => event.type === 'ready')).toHaveLength(1);
    expect(bench.seen.events.filter((event) => event.type === 'presented')).toHaveLength(1);
    expect(second.events).toEqual([]);
  });

  statement('tells its listener nothing after stop has resolved, and can be started again', async (bench) => {
    await bench.ready();
    await bench.reader.stop();
    const before = bench.seen.events.length;
    const second = bench.recorder();
    if (bench.capabilities.readBlocks) await bench.rig.present(blankCard('ntag216', 1));
    await bench.rig.remove();
    await bench.reader.start(second.listener);
    await second.until('ready');
    await bench.marker(second);
    expect(bench.seen.events.slice(before)).toEqual([]);
  });

  statement('stays stopped when it is stopped while it starts', async (bench) => {
    const starting = bench.reader.start(bench.seen.listener);
    await bench.reader.stop();
    const before = bench.seen.events.length;
    await Promise.allSettled([starting]);
    const second = bench.recorder();
    await bench.reader.start(second.listener);
    await second.until('ready');
    await bench.marker(second);
    expect(bench.seen.events.slice(before)).toEqual([]);
  });

  statement('starts without its device, says so, and is ready when the device comes', async (bench) => {
    await bench.rig.unplug();
    await bench.reader.start(bench.seen.listener);
    const unavailable = await bench.seen.expect('unavailable');
    expect(unavailable.code).toBe('ERR_READER_UNAVAILABLE');
    expect(unavailable.message).not.toBe('');
    await bench.rig.plug();
    await bench.seen.until('ready');
    await bench.marker(bench.seen);
  });

  statement(
    'is unavailable when its device is pulled, ready when it is back, and then presents again',
    async (bench) => {
      await bench.ready();
      await bench.marker(bench.seen);
      await bench.rig.unplug();
      const { code } = await bench.seen.until('unavailable');
      expect(code).toBe('ERR_READER_UNAVAILABLE');
      await bench.rig.plug();
      await bench.seen.until('ready');
      await bench.marker(bench.seen);
    },
  );

  statement('survives its device coming and going three times', async (bench) => {
    await bench.ready();
    for (let round = 0; round < 3; round += 1) {
      await bench.rig.unplug();
      await bench.seen.until('unavailable');
      await bench.rig.plug();
      await bench.seen.until('ready');
    }
    await bench.marker(bench.seen);
  });

  statement('can be stopped while its device is away, and started again when it is back', async (bench) => {
    await bench.ready();
    await bench.rig.unplug();
    await bench.seen.until('unavailable');
    await bench.reader.stop();
    const before = bench.seen.events.length;
    await bench.rig.plug();
    const second = bench.recorder();
    await bench.reader.start(second.listener);
    await second.until('ready');
    await bench.marker(second);
    expect(bench.seen.events.slice(before)).toEqual([]);
  });
}

function removalStatements(statement: Statement): void {
  statement('says when a card is taken away', async (bench) => {
    await bench.ready();
    await bench.lay(blankCard('ntag216', 1));
    await bench.rig.remove();
    await bench.seen.expect('removed');
  });

  statement('says presented and removed in turn, card by card', async (bench) => {
    await bench.ready();
    for (const serial of [1, 2, 1]) {
      const presented = await bench.lay(blankCard('ntag216', serial));
      expect(presented.uid.at(-1)).toBe(serial);
      await bench.rig.remove();
      await bench.seen.expect('removed');
    }
  });

  statement('says that the first card is gone before it presents the one that takes its place', async (bench) => {
    await bench.ready();
    await bench.lay(blankCard('ntag216', 1));
    await bench.rig.present(blankCard('ntag216', 2));
    await bench.seen.expect('removed');
    const { card } = await bench.seen.expect('presented');
    expect(card.kind === 'pages' && card.uid.at(-1)).toBe(2);
  });

  statement('says that the card is gone before it says that it is unavailable itself', async (bench) => {
    await bench.ready();
    await bench.lay(blankCard('ntag216', 1));
    await bench.rig.unplug();
    await bench.seen.expect('removed');
    await bench.seen.expect('unavailable');
  });
}

function signalStatements(statement: Statement): void {
  statement(
    'can be asked for every signal, with and without a card, and reads the card all the same',
    async (bench) => {
      await bench.reader.signal?.('granted');
      await bench.ready();
      const signals = ['granted', 'refused', 'attention'] as const;
      for (const signal of signals) await bench.reader.signal?.(signal);
      const card = blankCard('ntag216', 50);
      const presented = await bench.lay(card);
      for (const signal of signals) await bench.reader.signal?.(signal);
      expect(Array.from(await presented.readPages(0, 1))).toEqual(Array.from(card.readPage(0)));
      expect(bench.reader.signal).toBeTypeOf('function');
    },
  );
}

/** `wasl card replace` as a process on a TWN4 at the other end of a real pseudo-terminal: both cards on one reader, and a kill in the middle. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blankCard, cardFromJson } from '../../../simulators/card-file.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { openPtyCable, type PtyCable } from '../../../simulators/readers/pty.js';
import { SimulatedTwn4 } from '../../../simulators/readers/twn4.js';
import { watchedCard } from '../../../simulators/site/watched-card.js';
import type { CompiledPrograms } from '../../support/compiled.js';
import { needsSocat } from '../../support/needs-socat.js';
import { eventually } from '../../support/system.js';
import { ORDER } from './bench.js';
import { compileCardProgram } from './program.js';
import { type IssuingDesk, issuingDesk, keptAs } from './replace-desk.js';

const [OLD, NEW] = [ORDER.card, ORDER.card + 27] as const;
const PATIENCE_MS = 60_000;
const WRITE = 0xa2;
const [LAY_OLD, LAY_NEW] = ['Lay the old card', 'lay the new card'] as const;

/** The command, what it asks of the person at the desk, and what it prints in the end. */
interface Running {
  readonly child: ChildProcess;
  asks(words: string): Promise<void>;
  result(): Promise<unknown>;
}

describe.skipIf(!needsSocat())('a card that is replaced on a TWN4', { timeout: 4 * PATIENCE_MS }, () => {
  let programs: CompiledPrograms;
  let desk: IssuingDesk;
  let cable: PtyCable;
  let device: SimulatedTwn4;

  beforeAll(async () => {
    programs = await compileCardProgram(['drivers/serial/apart-main.ts']);
  });
  afterAll(() => programs.remove());
  beforeEach(async () => {
    desk = await issuingDesk();
    cable = await openPtyCable();
    device = new SimulatedTwn4();
    cable.listen((chunk) => {
      const answer = device.feed(chunk);
      if (answer.length > 0) void cable.send(answer).catch(() => undefined);
    });
  });
  afterEach(async () => {
    await cable.dispose();
    await desk.remove();
  });

  function run(words: readonly string[]): Running {
    const child = spawn(process.execPath, [join(programs.folder, 'run.mjs'), ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = text(child.stdout);
    let notes = '';
    child.stderr.on('data', (piece) => {
      notes += String(piece);
    });
    return {
      child,
      asks: (asked) => eventually(`it says "${asked}"`, () => notes.includes(asked), PATIENCE_MS),
      result: async () => JSON.parse(await out),
    };
  }

  const tagIn = async (path: string): Promise<SimulatedNtag21x> => {
    const read = cardFromJson(JSON.parse(await readFile(path, 'utf8')));
    if (!(read instanceof SimulatedNtag21x)) throw new Error('a tag');
    return read;
  };

  const ledgerOf = async (name: string, tag: SimulatedNtag21x): Promise<unknown> =>
    (await desk.read(await keptAs(desk, name, tag))).ledger;

  test('goes on after the command was killed while it ended the old one', async () => {
    const old = await tagIn(await desk.issued(OLD, 'old'));
    const fresh = blankCard('ntag216');
    if (!(fresh instanceof SimulatedNtag21x)) throw new Error('a tag');
    const words = [...(await desk.words(NEW)), '--reader', `twn4:${cable.devicePath}`, '--wait', '30'];

    const killed = run(words);
    await killed.asks(LAY_OLD);
    let writes = 0;
    // In the middle of the first of the two records that end it.
    const mortal = watchedCard(old, {
      before: ([command]) => {
        writes += command === WRITE ? 1 : 0;
        if (writes === 10) killed.child.kill('SIGKILL');
      },
    });
    const ended = once(killed.child, 'close');
    device.present(mortal);
    await ended;
    device.remove();
    expect(await desk.told()).toEqual([]);

    const resumed = run(words);
    await resumed.asks(LAY_OLD);
    device.present(old);
    await resumed.asks(LAY_NEW);
    device.remove();
    device.present(fresh);
    expect(await resumed.result()).toMatchObject({ ok: true, card: NEW, replaces: OLD, kind: 'ntag216' });
    const stated = { usage: [{ commodity: 1, usedDay: 0, usedMonth: 40 }] };
    const [end, begin] = ['ended', 'issue'].map((cause) => ({ state: 'valid', content: { cause, ...stated } }));
    expect(await ledgerOf('old-after', old)).toMatchObject([end, end]);
    expect(await ledgerOf('fresh-after', fresh)).toMatchObject([begin, begin]);
    expect([await desk.blocked(), (await desk.told()).length]).toEqual([[OLD], 1]);
  });
});

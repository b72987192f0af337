/**
 * A terminal's journal and record under load, in a process of its own, to be frozen at any moment. What it was told is durable it writes
 * to a file outside the disk that is under test, before it goes on:
 *
 *   B n            the intent of tap n is durable
 *   e n            the end of tap n is about to be recorded
 *   E n EPOCH SEQ HEAD   it is durable, with its event
 *   R EPOCH SEQ HEAD     a refusal is durable
 *   A EPOCH SEQ          the centre's acknowledgement up to there is about to be recorded: what it covers may be pruned from now on
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainedEvent } from '../../agent/domain/event.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { openJournal } from '../../agent/journal/open-journal.js';
import { openPouchStore } from '../../agent/journal/record/pouch-store.js';
import { processDocs } from '../../agent/journal/record/record-process.js';
import { RecordProjector } from '../../agent/journal/record/record-projector.js';
import { systemRandom, systemTimers } from '../../agent/system.js';
import { handClock, journalOptions, KEY, NOON_MS, refusal, TERMINAL, tapBegin, tapEnd } from '../journal/samples.js';
import { RIG_LIMITS } from './limits.js';

const WORKERS = 4;
const DAY_MS = 86_400_000;
/** Taps between two acknowledgements: a day of the centre. */
const TAPS_A_DAY = 24;

const [dataFolder = '', toldFile = '', program = ''] = process.argv.slice(2);
const told = openSync(toldFile, 'a');
const tell = (...words: readonly (string | number)[]): void => void writeSync(told, `${words.join(' ')}\n`);
const places = (event: ChainedEvent | undefined): (string | number)[] =>
  event === undefined ? [] : [event.epoch, event.seq, Buffer.from(event.head).toString('hex')];

const clock = handClock();
const journal = await openJournal(
  journalOptions(nodeDisk(), { folder: join(dataFolder, 'journal'), random: systemRandom, limits: RIG_LIMITS }),
);
const recordFolder = join(dataFolder, 'record');
const store = await openPouchStore({
  ...{ folder: recordFolder, key: KEY, clock, random: systemRandom, timers: systemTimers },
  docs: processDocs({ folder: recordFolder, timers: systemTimers, program }),
});
const pseudonym = (card: number): string => card.toString(16).padStart(16, '0');
new RecordProjector({ journal, store, terminal: TERMINAL, pseudonym, timers: systemTimers }).start();

let taps = 0;

async function serve(): Promise<void> {
  for (;;) {
    taps += 1;
    const tap = taps;
    await journal.append(tapBegin(tap, tap));
    tell('B', tap);
    if (tap % 7 === 0) continue;
    tell('e', tap);
    const [granted] = await journal.append(tapEnd(tap, tap));
    tell('E', tap, ...places(granted));
    const [refused] = await journal.append([refusal(tap)]);
    tell('R', ...places(refused));
    if (tap % TAPS_A_DAY === 0) await acknowledge(tap / TAPS_A_DAY);
  }
}

async function acknowledge(day: number): Promise<void> {
  const epoch = journal.epochs().at(-1);
  if (epoch === undefined) return;
  tell('A', epoch.name, epoch.lastSeq);
  const signedMs = NOON_MS + day * DAY_MS;
  await journal.append([
    { kind: 'acknowledged', mark: { epoch: epoch.name, seq: epoch.lastSeq, incarnation: 1, atMs: signedMs } },
    { kind: 'time-floor', atMs: signedMs },
  ]);
}

await Promise.all(Array.from({ length: WORKERS }, () => serve()));

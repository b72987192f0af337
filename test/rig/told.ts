/** What the writer of the rig was told is durable, and what a journal that was recovered must have of it. */
import { expect } from 'vitest';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import { tapId } from '../journal/samples.js';

const ALL = { countMax: 100_000, bytesMax: 100_000_000 };

/** The lines of `writer.ts`, taken apart. */
export interface Told {
  /** Heads by `epoch:seq`. */
  readonly events: ReadonlyMap<string, string>;
  readonly begun: ReadonlySet<number>;
  /** Taps whose end may be durable, and those whose end is. */
  readonly ending: ReadonlySet<number>;
  readonly ended: ReadonlySet<number>;
  /** By epoch, the newest sequence that may count as acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>;
}

/** Reads the lines; the last one may be cut off, and then nobody was told of it. */
export function readTold(text: string): Told {
  const events = new Map<string, string>();
  const [begun, ending, ended] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const acknowledged = new Map<string, number>();
  const note = ([epoch = '', seq = '', head = '']: readonly string[]): void => void events.set(`${epoch}:${seq}`, head);
  for (const line of text.split('\n').slice(0, -1)) {
    const [what, ...words] = line.split(' ');
    const tap = Number(words[0]);
    if (what === 'B') begun.add(tap);
    if (what === 'e') ending.add(tap);
    if (what === 'E') {
      ended.add(tap);
      note(words.slice(1));
    }
    if (what === 'R') note(words);
    if (what === 'A') {
      const [epoch = '', seq = '0'] = words;
      acknowledged.set(epoch, Math.max(Number(seq), acknowledged.get(epoch) ?? 0));
    }
  }
  return { events, begun, ending, ended, acknowledged };
}

/** Every event that was told of is here with its head, or was pruned after it was acknowledged; every tap is as it was told. */
export async function expectAllThere(journal: OpenJournal, told: Told): Promise<void> {
  const here = new Map<string, string>();
  const pruned = new Map<string, number>();
  for (const epoch of journal.epochs()) {
    pruned.set(epoch.name, epoch.pruned ?? 0);
    for (let seq = (epoch.pruned ?? 0) + 1; seq <= epoch.lastSeq; ) {
      const events = await journal.readEvents(epoch.name, seq, ALL);
      expect(events.length).toBeGreaterThan(0);
      for (const event of events) here.set(`${event.epoch}:${event.seq}`, Buffer.from(event.head).toString('hex'));
      seq += events.length;
    }
  }
  const lost = [...told.events].filter(([place, head]) => {
    if (here.has(place)) return here.get(place) !== head;
    const [epoch = '', seq = '0'] = place.split(':');
    const isPruned = Number(seq) <= (pruned.get(epoch) ?? Number.POSITIVE_INFINITY);
    return !isPruned || Number(seq) > (told.acknowledged.get(epoch) ?? 0);
  });
  expect(lost).toEqual([]);
  const { openIntents, highWater } = journal.state();
  for (const tap of told.begun) {
    const isEnded = highWater.get(1)?.get(tap)?.sequence === 2;
    const isOpen = openIntents.has(tapId(tap));
    expect([tap, isOpen !== isEnded]).toEqual([tap, true]);
    if (told.ended.has(tap)) expect([tap, isEnded]).toEqual([tap, true]);
    if (!told.ending.has(tap)) expect([tap, isOpen]).toEqual([tap, true]);
  }
}

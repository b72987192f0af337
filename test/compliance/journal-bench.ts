/** What the statements about a journal work with. */
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { EpochInfo, Journal } from '../../agent/journal/journal.js';
import { type HandClock, handClock } from '../journal/samples.js';

/** What an implementation hands to the suite: a place where one journal of the terminal `unit-7` lives. */
export interface JournalHarness {
  /** Opens the journal of this place, empty at first. The last one was closed before. */
  open(clock: HandClock): Promise<Journal>;
  dispose(): Promise<void>;
}

/** Limits that bound nothing. */
export const ALL = { countMax: 10_000, bytesMax: 10_000_000 };

/** A journal that is open, and how it is opened again. */
export class JournalBench {
  readonly clock: HandClock;
  journal: Journal;
  readonly #harness: JournalHarness;

  private constructor(harness: JournalHarness, journal: Journal, clock: HandClock) {
    this.#harness = harness;
    this.journal = journal;
    this.clock = clock;
  }

  /** Opens a fresh one. */
  static async create(create: () => Promise<JournalHarness>): Promise<JournalBench> {
    const harness = await create();
    const clock = handClock();
    return new JournalBench(harness, await harness.open(clock), clock);
  }

  /** Closes the journal and opens it again. */
  async reopen(): Promise<void> {
    await this.journal.close();
    this.journal = await this.#harness.open(this.clock);
  }

  /** The newest epoch. */
  current(): EpochInfo {
    const epoch = this.journal.epochs().at(-1);
    if (epoch === undefined) throw new Error('a journal has an epoch');
    return epoch;
  }

  /** Events of the newest epoch. */
  read(fromSeq = 1): Promise<readonly ChainedEvent[]> {
    return this.journal.readEvents(this.current().name, fromSeq, ALL);
  }

  /** Closes and removes everything. */
  async dispose(): Promise<void> {
    await this.journal.close();
    await this.#harness.dispose();
  }
}

/** Bytes as hex: a `Buffer` is a `Uint8Array`, but not to `toEqual`. */
export function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'none' : Buffer.from(bytes).toString('hex');
}

/** Events in a form that can be compared. */
export function plain(events: readonly ChainedEvent[]): unknown[] {
  return events.map(({ epoch, seq, bytes, bodyHash, head }) => [epoch, seq, hex(bytes), hex(bodyHash), hex(head)]);
}

/** The journal behind its port: committer, reader and keeper over one history. Made by `open-journal.ts`. */
import type { KeyObject } from 'node:crypto';
import type { Clock, Randomness } from '../domain/clock.js';
import { isWaslError } from '../domain/errors.js';
import { Committer } from './committer.js';
import type { Disk, DiskLock } from './disk.js';
import { prepareAppend } from './draft.js';
import { EventReader } from './event-reader.js';
import type { History } from './history.js';
import type { Journal } from './journal.js';
import { Keeper } from './keeper.js';
import { type JournalLimits, TAP_BEGIN_BYTES_MAX } from './limits.js';
import { type DueEpoch, Recorder } from './recorder.js';
import type { Recovery } from './recovery.js';
import { HEAD_BYTES } from './segments/segment-head.js';
import { epochsHere, infoOf, viewOf } from './state-view.js';

/** What a journal holds. `low`: of its own limit less than a fifth is left. `full`: services are refused until the centre acknowledges. */
export interface JournalSpace {
  /** Bytes in segments. */
  readonly bytes: number;
  /** See `JournalLimits.journalBytesMax`. */
  readonly bytesMax: number;
  readonly level: 'ok' | 'low' | 'full';
}

/** What it is made from. */
export interface DurableJournalParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly key: KeyObject;
  readonly terminal: string;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly limits: JournalLimits;
  readonly builtMs: number;
  readonly recovery: Recovery;
  readonly lock: DiskLock;
}

const LOW_SHARE = 0.8;

/** What of a journal's limit is used. */
export function spaceOf(bytes: number, bytesMax: number): JournalSpace {
  const full = bytes + HEAD_BYTES + TAP_BEGIN_BYTES_MAX > bytesMax;
  return { bytes, bytesMax, level: full ? 'full' : bytes >= bytesMax * LOW_SHARE ? 'low' : 'ok' };
}

/** See above. */
export class DurableJournal {
  readonly #history: History;
  readonly #limits: JournalLimits;
  readonly #lock: DiskLock;
  readonly #recorder: Recorder;
  readonly #committer: Committer;
  readonly #reader: EventReader;
  readonly #keeper: Keeper;
  readonly #listeners = new Set<() => void>();
  #closing: Promise<void> | null = null;

  constructor(parts: DurableJournalParts, due: DueEpoch | null) {
    const { disk, folder, key, terminal, clock, random, limits, builtMs, lock } = parts;
    const { history, tail } = parts.recovery;
    this.#history = history;
    this.#limits = limits;
    this.#lock = lock;
    this.#keeper = new Keeper({ disk, folder, key, random, history, limits });
    this.#recorder = new Recorder(
      {
        ...{ disk, folder, key, history, limits, terminal, clock, random, builtMs },
        next: { segment: tail.nextSegment, link: tail.link },
        flushed: (frames) => this.#flushed(frames),
      },
      due,
    );
    this.#committer = new Committer(this.#recorder, history.state, limits);
    this.#reader = new EventReader({ disk, folder, key, history, doubt: () => this.#keeper.doubt() });
  }

  /** Begins the epoch that is due, and sees to room for the taps that an earlier run left open. */
  async start(): Promise<void> {
    const { state } = this.#history;
    try {
      await this.#committer.beginEpoch(null);
    } catch (error) {
      // An earlier epoch can still be read and uploaded, and its taps be ended, with a full disk.
      if (!isWaslError(error, 'ERR_JOURNAL_SPACE') || state.epochs.size === 0) throw error;
    }
    if (state.openIntents.size > 0) await this.#committer.hasRoom();
  }

  /** Closes what was opened, when the opening came to nothing. */
  async abandon(): Promise<void> {
    await this.#committer.close().catch(() => undefined);
    await this.#keeper.close(false);
  }

  /** See {@link JournalSpace}. */
  space(): JournalSpace {
    return spaceOf(this.#recorder.usedBytes(), this.#limits.journalBytesMax);
  }

  /** The journal, to be used by others. */
  port(): Journal {
    const { state } = this.#history;
    const view = viewOf(state);
    return {
      epochs: () => epochsHere(state).map(infoOf),
      state: () => view,
      readEvents: (epoch, fromSeq, limits) => this.#reader.read(epoch, fromSeq, limits),
      headAt: (epoch, seq) => this.#reader.headAt(epoch, seq),
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      append: async (entries) => (entries.length === 0 ? [] : this.#committer.append(prepareAppend(entries))),
      hasRoom: () => this.#committer.hasRoom(),
      beginEpoch: (cause) => this.#committer.beginEpoch(cause),
      close: () => {
        this.#closing ??= this.#close();
        return this.#closing;
      },
    };
  }

  #flushed(frames: number): void {
    this.#keeper.flushed(frames);
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch {
        // A listener's fault is not the journal's: what was recorded stays recorded.
      }
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#committer.close();
      await this.#keeper.close(!this.#committer.failed);
    } finally {
      await this.#lock.release();
    }
  }
}

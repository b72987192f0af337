/**
 * Who writes to the journal, and when: what waits is taken in order, as much as fits one flush, and everybody in it shares the flush.
 *
 *   waiting → drafted (numbered, chained) → room → frames → fdatasync → folded → callers told
 *      a full disk: nothing of the flush was recorded, the next one may succeed
 *      any other fault: nothing is written ever again
 */
import { isWaslError, WaslError } from '../domain/errors.js';
import type { ChainedEvent } from '../domain/event.js';
import { Draft, type DraftedFrame, type PreparedAppend } from './draft.js';
import type { EpochCause } from './epochs.js';
import type { EpochInfo } from './journal.js';
import { type JournalLimits, TAP_BEGIN_BYTES_MAX } from './limits.js';
import type { Recorder } from './recorder.js';
import { frameBytes } from './segments/frame.js';
import { ioError } from './segments/segment-writer.js';
import type { FoldedState } from './state.js';
import { infoOf } from './state-view.js';

interface AppendTask {
  readonly kind: 'append';
  readonly append: PreparedAppend;
  /** About what it takes up; never less than half of that. */
  readonly bytes: number;
  readonly resolve: (events: readonly ChainedEvent[]) => void;
  readonly reject: (error: unknown) => void;
}

interface OtherTask {
  readonly kind: 'other';
  readonly run: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

type Task = AppendTask | OtherTask;

/** The queue before the recorder. */
export class Committer {
  readonly #recorder: Recorder;
  readonly #state: FoldedState;
  readonly #limits: JournalLimits;
  readonly #waiting: Task[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | null = null;
  #closed = false;
  /** Why nothing can be written any more. */
  #failure: WaslError | null = null;

  constructor(recorder: Recorder, state: FoldedState, limits: JournalLimits) {
    this.#recorder = recorder;
    this.#state = state;
    this.#limits = limits;
  }

  /** True once a fault of the disk has ended all writing. */
  get failed(): boolean {
    return this.#failure !== null;
  }

  /** See `Journal.append`. */
  append(append: PreparedAppend): Promise<readonly ChainedEvent[]> {
    const bytes = append.entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    const { waitingMax, waitingBytesMax } = this.#limits;
    if (this.#waiting.length >= waitingMax || this.#waitingBytes + bytes > waitingBytesMax) {
      return Promise.reject(new WaslError('ERR_JOURNAL_BUSY'));
    }
    return new Promise((resolve, reject) => this.#put({ kind: 'append', append, bytes, resolve, reject }));
  }

  /** Begins an epoch that is due, then one for `cause` unless that is null. Rejects like an append. */
  beginEpoch(cause: EpochCause | null): Promise<EpochInfo> {
    return this.#inTurn(async () => {
      await this.#recorder.beginDue();
      if (cause !== null) await this.#recorder.begin({ cause, damages: [] });
      return infoOf(this.#recorder.epoch());
    });
  }

  /** See `Journal.hasRoom`. */
  async hasRoom(): Promise<boolean> {
    try {
      await this.#inTurn(async () => {
        await this.#recorder.beginDue();
        await this.#recorder.makeRoom(TAP_BEGIN_BYTES_MAX, 'record', 1);
      });
      return true;
    } catch {
      return false;
    }
  }

  /** Writes what waits and ends. What is asked for from now on is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running !== null) await this.#running;
    await this.#recorder.close(this.#failure === null);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#put({ kind: 'other', run: async () => resolve(await work()), reject });
    });
  }

  #put(task: Task): void {
    const refusal = this.#failure ?? (this.#closed ? new WaslError('ERR_JOURNAL_IO', 'the journal is closed') : null);
    if (refusal !== null) {
      task.reject(refusal);
      return;
    }
    this.#waiting.push(task);
    if (task.kind === 'append') this.#waitingBytes += task.bytes;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Whoever calls in the same turn shares the first flush.
    await Promise.resolve();
    for (let tasks = this.#take(); tasks.length > 0; tasks = this.#take()) {
      try {
        if (this.#failure !== null) throw this.#failure;
        await this.#work(tasks);
      } catch (error) {
        // An error that nobody foresaw leaves the file in a state that nobody foresaw.
        const failure = ioError(error);
        if (failure.code === 'ERR_JOURNAL_IO') this.#failure ??= failure;
        for (const task of tasks) task.reject(failure);
      }
    }
    this.#running = null;
  }

  /** What the next flush is for: one other task, or appends of one kind, as many as fit. */
  #take(): readonly Task[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    let bytes = 0;
    const upTo = this.#waiting.findIndex((task, i) => {
      if (task.kind === 'other' || first.kind === 'other') return i > 0;
      bytes += task.bytes;
      return i > 0 && (task.append.use !== first.append.use || bytes > this.#limits.flushBytesMax);
    });
    const tasks = this.#waiting.splice(0, upTo === -1 ? this.#waiting.length : upTo);
    for (const task of tasks) if (task.kind === 'append') this.#waitingBytes -= task.bytes;
    return tasks;
  }

  async #work(tasks: readonly Task[]): Promise<void> {
    for (const task of tasks) if (task.kind === 'other') await task.run();
    const appends = tasks.filter((task) => task.kind === 'append');
    if (appends.length > 0) await this.#flush(appends);
  }

  async #flush(tasks: readonly AppendTask[]): Promise<void> {
    const use = tasks[0]?.append.use ?? 'record';
    try {
      await this.#recorder.beginDue();
    } catch (error) {
      // A new epoch needs a new segment. The end of a tap has its room in the one that is open, and so has an acknowledgement.
      if (use === 'record' || !isWaslError(error, 'ERR_JOURNAL_SPACE')) throw error;
    }
    const draft = new Draft(this.#state, this.#recorder.epoch(), this.#limits.openIntentsMax);
    const drafted: { task: AppendTask; frame: DraftedFrame }[] = [];
    for (const task of tasks) {
      try {
        drafted.push({ task, frame: draft.add(task.append) });
      } catch (error) {
        task.reject(error);
      }
    }
    if (drafted.length === 0) return;
    const bytes = drafted.reduce((sum, { frame }) => sum + frameBytes(frame.bytes.length), 0);
    const intents = drafted.reduce((sum, { task }) => sum + task.append.intents, 0);
    await this.#recorder.makeRoom(bytes, use, intents);
    await this.#recorder.record(drafted.map(({ frame }) => frame));
    for (const { task, frame } of drafted) task.resolve(frame.events);
  }
}

function sizeOf(entry: PreparedAppend['entries'][number]): number {
  if (entry.kind === 'event') return entry.bytes.length + 16;
  if (entry.kind === 'given') return 192;
  return entry.kind === 'intent' ? entry.step.slotImage.length + 192 : 64;
}

/**
 * One life of a process with a native driver in it, watched: a process that hangs, spins, swells, floods or breaks the protocol is killed, and
 * whoever waits for it learns at once that nothing more will come. A life is not begun again here: see `restarts.ts`.
 *
 * ```
 *  starting ─ hello ─▶ alive ─ end() ─▶ ending ─ exit ─▶ over
 *     │ unusable,        │ a call without answer, heartbeats missed, processor, memory, flood, exit
 *     │ no hello         ▼
 *     └───────────────▶ over (killed): every call rejects, `onEnd` says why
 * ```
 *
 * Heartbeats are counted, not timed: while the terminal itself is stopped or busy no heartbeat is asked for, and none is missed.
 */
import type { Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { type FromWorker, fromWorker } from './messages.js';
import type { SpawnWorker, WorkerProcess } from './spawn.js';

/** Limits of a process. */
export interface WorkerLimits {
  /** Time to load the native part. A Pi takes two seconds. */
  readonly helloTimeoutMs: number;
  /** Between two heartbeats. */
  readonly beatMs: number;
  /** Heartbeats in a row that may go unanswered; one more, and the process hangs. */
  readonly missedBeatsMax: number;
  /** Share of one processor, 0 to 1, from which a process counts as spinning. */
  readonly busyShare: number;
  /** Heartbeats in a row at which a process may spin. */
  readonly busyBeatsMax: number;
  readonly residentBytesMax: number;
  /** How long one call may go without an answer: what hangs below has no deadline of its own, and holds a thread. */
  readonly callTimeoutMs: number;
  readonly callsMax: number;
  /** Messages between two heartbeats. */
  readonly messagesMax: number;
  /** How long a process may take to end in peace. */
  readonly endTimeoutMs: number;
}

/** What holds unless a driver says otherwise: whatever goes wrong is found within 5 s. */
export const WORKER_LIMITS: WorkerLimits = {
  helloTimeoutMs: 15_000,
  beatMs: 1_000,
  missedBeatsMax: 2,
  busyShare: 0.9,
  busyBeatsMax: 2,
  residentBytesMax: 256 * 1024 * 1024,
  callTimeoutMs: 4_500,
  callsMax: 64,
  messagesMax: 5_000,
  endTimeoutMs: 1_500,
};

/** What a {@link SupervisedWorker} is made of. */
export interface WorkerParts {
  readonly spawn: SpawnWorker;
  readonly timers: Timers;
  readonly limits?: Partial<WorkerLimits>;
  /** Something happened in the process; not yet checked beyond the envelope. Not called once the life is over. */
  readonly onEvent: (event: unknown) => void;
  /** The life ended without {@link SupervisedWorker.end} having been asked for. Called once at most, after all calls were rejected. */
  readonly onEnd: (why: string) => void;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: WaslError) => void;
  readonly cancelTimeout: () => void;
}

/** See the module's head. The process is started at once. */
export class SupervisedWorker {
  /** Resolves when the native part is loaded. Rejects with `ERR_READER_UNAVAILABLE` when the process ended before; `details.lasting` is true when it said that it never will be. */
  readonly started: Promise<void>;
  readonly #parts: WorkerParts;
  readonly #limits: WorkerLimits;
  readonly #process: WorkerProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #settleStart: ((error: WaslError | null) => void) | null = null;
  #cancelTimer: () => void = () => undefined;
  #isOver = false;
  #calls = 0;
  #beats = 0;
  #answeredBeat = 0;
  #busyBeats = 0;
  #messages = 0;
  #used: { readonly cpuMs: number; readonly upMs: number } | null = null;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#limits = { ...WORKER_LIMITS, ...parts.limits };
    this.started = new Promise((resolve, reject) => {
      this.#settleStart = (error) => (error === null ? resolve() : reject(error));
    });
    // Whoever does not wait for the start learns of the end.
    this.started.catch(() => undefined);
    this.#process = parts.spawn();
    this.#process.onMessage((raw) => this.#take(raw));
    this.#exited = new Promise((resolve) => {
      this.#process.onExit((how) => {
        this.#over(how);
        resolve();
      });
    });
    this.#cancelTimer = parts.timers.after(this.#limits.helloTimeoutMs, () => this.#kill('took too long to start'));
  }

  /** Asks for something. Rejects with what the process rejects with, or `ERR_CARD_LOST` when its life is over: what it did of the call is not known. */
  call(method: string, params: unknown): Promise<unknown> {
    if (this.#isOver) return Promise.reject(gone());
    if (this.#waiting.size >= this.#limits.callsMax)
      return Promise.reject(new WaslError('ERR_CARD_IO', 'too many calls wait for the reader'));
    this.#calls += 1;
    const number = this.#calls;
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#parts.timers.after(this.#limits.callTimeoutMs, () =>
        this.#kill(`did not answer "${method}" for ${this.#limits.callTimeoutMs / 1000} s`),
      );
      this.#waiting.set(number, { resolve, reject, cancelTimeout });
      this.#process.send({ type: 'call', number, method, params });
    });
  }

  /** Ends the life in peace: `farewell` is called first where the process still listens; what it does not do in time is not waited for. No event and no `onEnd` follows. */
  async end(farewell?: string): Promise<void> {
    if (!this.#isOver && farewell !== undefined && this.#settleStart === null) {
      const patience = this.#patience();
      await Promise.race([this.call(farewell, null).catch(() => undefined), patience.over]);
      patience.cancel();
    }
    this.#finish(gone());
    this.#process.kill();
    await this.#exited;
  }

  #patience(): { readonly over: Promise<void>; readonly cancel: () => void } {
    let cancel: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      cancel = this.#parts.timers.after(this.#limits.endTimeoutMs, resolve);
    });
    return { over, cancel };
  }

  #take(raw: unknown): void {
    if (this.#isOver) return;
    this.#messages += 1;
    const message = fromWorker.safeParse(raw);
    if (this.#messages > this.#limits.messagesMax) this.#kill('says more than anybody can take in');
    else if (message.success) this.#act(message.data);
    else this.#kill('says what nobody understands');
  }

  #act(message: FromWorker): void {
    switch (message.type) {
      case 'hello':
        this.#hello();
        break;
      case 'unusable':
        this.#settleStart?.(new WaslError('ERR_READER_UNAVAILABLE', message.message, { details: { lasting: true } }));
        this.#settleStart = null;
        this.#kill('cannot work');
        break;
      case 'pong':
        this.#pong(message);
        break;
      case 'event':
        this.#parts.onEvent(message.event);
        break;
      default:
        this.#answered(message);
    }
  }

  #hello(): void {
    if (this.#settleStart === null) {
      this.#kill('starts twice');
      return;
    }
    this.#settleStart(null);
    this.#settleStart = null;
    this.#beat();
  }

  #answered(message: Extract<FromWorker, { type: 'answer' | 'failure' }>): void {
    const waiting = this.#waiting.get(message.number);
    if (waiting === undefined) {
      this.#kill('answers what nobody asked');
      return;
    }
    this.#waiting.delete(message.number);
    waiting.cancelTimeout();
    if (message.type === 'answer') waiting.resolve(message.result);
    else waiting.reject(new WaslError(message.code, message.message));
  }

  #beat(): void {
    this.#cancelTimer();
    const { missedBeatsMax, beatMs } = this.#limits;
    const missed = this.#beats - this.#answeredBeat;
    if (missed > missedBeatsMax) {
      this.#kill(`did not answer ${missed} heartbeats`);
      return;
    }
    this.#messages = 0;
    this.#beats += 1;
    this.#process.send({ type: 'ping', number: this.#beats });
    this.#cancelTimer = this.#parts.timers.after(beatMs, () => this.#beat());
  }

  #pong({ number, cpuMs, upMs, residentBytes }: Extract<FromWorker, { type: 'pong' }>): void {
    if (number <= this.#answeredBeat || number > this.#beats) {
      this.#kill('answers a heartbeat that was not sent');
      return;
    }
    this.#answeredBeat = number;
    const { busyShare, busyBeatsMax, residentBytesMax } = this.#limits;
    const before = this.#used;
    this.#used = { cpuMs, upMs };
    const isBusy = before !== null && cpuMs - before.cpuMs >= busyShare * (upMs - before.upMs) && upMs > before.upMs;
    this.#busyBeats = isBusy ? this.#busyBeats + 1 : 0;
    if (this.#busyBeats > busyBeatsMax) this.#kill('keeps a processor busy for nothing');
    else if (residentBytes > residentBytesMax)
      this.#kill(`holds ${Math.round(residentBytes / 1_048_576)} MiB of memory`);
  }

  #kill(why: string): void {
    this.#process.kill();
    this.#over(why);
  }

  #over(why: string): void {
    if (this.#isOver) return;
    this.#finish(new WaslError('ERR_READER_UNAVAILABLE', `the process of the reader ${why}`));
    this.#parts.onEnd(why);
  }

  /** Everybody who waits is told; what is said from now on is not heard. */
  #finish(startError: WaslError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer();
    this.#settleStart?.(startError);
    this.#settleStart = null;
    for (const { reject, cancelTimeout } of this.#waiting.values()) {
      cancelTimeout();
      reject(gone());
    }
    this.#waiting.clear();
  }
}

function gone(): WaslError {
  return new WaslError('ERR_CARD_LOST', 'the process that talks to the reader is gone');
}

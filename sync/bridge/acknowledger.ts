/** Tells terminals what the centre holds: one acknowledgement for all that arrived of an epoch meanwhile. */
import type { Clock } from '../../agent/domain/clock.js';
import type { Signer } from '../../agent/domain/keys.js';
import { encodeAck } from '../protocol/ack.js';
import { ackTopic } from '../protocol/topics.js';
import type { BridgeCounters } from './counters.js';
import type { Cursors, StoredRun } from './cursors.js';
import type { Registry } from './registry.js';

/** What an acknowledger is made of. */
export interface AcknowledgerParts {
  readonly cursors: Cursors;
  readonly registry: Registry;
  readonly signer: Signer;
  readonly counters: BridgeCounters;
  readonly clock: Clock;
  /** Publishes to a terminal; rejects when that is not possible now. */
  readonly publish: (topic: string, payload: Uint8Array) => Promise<void>;
  /** Hears why an acknowledgement was lost. */
  readonly report: (error: unknown) => void;
  readonly limits: { readonly atOnceMax: number; readonly waitingMax: number };
}

interface DueEpoch {
  readonly terminal: string;
  readonly epoch: string;
  /** What was stored of it since the last acknowledgement, and in which life of the centre. */
  readonly runs: { readonly run: StoredRun; readonly incarnation: number | null }[];
}

/** Runs remembered of one epoch; what is beyond is read again. */
const RUNS_MAX = 16;

/** See the head of this file. An acknowledgement that gets lost is made again when the terminal sends again. */
export class Acknowledger {
  readonly #parts: AcknowledgerParts;
  /** Epochs that something arrived of, in order of arrival. */
  readonly #due = new Map<string, DueEpoch>();
  readonly #running = new Set<string>();
  #idle: (() => void)[] = [];
  #incarnation: number | null = null;

  constructor(parts: AcknowledgerParts) {
    this.#parts = parts;
  }

  /** Something of this epoch was stored: `run` as it is, or null when an event of it found another one in its place. */
  due(terminal: string, epoch: string, run: StoredRun | null = null): void {
    const key = `${terminal}:${epoch}`;
    const due = this.#due.get(key) ?? { terminal, epoch, runs: [] };
    if (!this.#due.has(key) && this.#due.size >= this.#parts.limits.waitingMax) {
      this.#parts.counters.acksLost += 1;
      return;
    }
    if (run !== null && due.runs.length < RUNS_MAX) {
      const { first, last, base, head } = run;
      due.runs.push({ run: { first, last, base, head }, incarnation: this.#incarnation });
    }
    this.#due.set(key, due);
    this.#next();
  }

  /** Resolves once nothing is due any more. */
  drained(): Promise<void> {
    if (this.#due.size === 0 && this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    for (const [key, epoch] of this.#due) {
      if (this.#running.size >= this.#parts.limits.atOnceMax) return;
      if (this.#running.has(key)) continue;
      this.#due.delete(key);
      this.#running.add(key);
      this.#acknowledge(epoch)
        .catch((error: unknown) => {
          this.#parts.counters.acksLost += 1;
          this.#parts.report(error);
        })
        .finally(() => {
          this.#running.delete(key);
          this.#next();
          if (this.#due.size === 0 && this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
        });
    }
  }

  async #acknowledge({ terminal, epoch, runs }: DueEpoch): Promise<void> {
    const { cursors, registry, signer, publish, counters, clock } = this.#parts;
    const incarnation = await registry.incarnation();
    // After a restore the documents are not those that were read before.
    if (this.#incarnation !== null && this.#incarnation !== incarnation) cursors.clear();
    this.#incarnation = incarnation;
    // What was stored in an earlier life may be gone.
    const ours = runs.filter((stored) => stored.incarnation === incarnation).map(({ run }) => run);
    const position = await cursors.advance(terminal, epoch, ours);
    await publish(
      ackTopic(terminal),
      encodeAck({ terminal, epoch, ...position, incarnation, time: Math.floor(clock.nowMs() / 1000) }, signer),
    );
    counters.acksSent += 1;
  }
}

/**
 * A bridge worker, without its connections. A message goes through named steps, one error code each:
 *
 *   read ─▶ terminal enrolled ─▶ opened ─▶ signature and chain ─▶ stored ─▶ confirmed to the broker, acknowledged to the terminal
 *    │ ERR_BATCH_FORMAT │ …_TERMINAL │ …_SEAL     │ …_SIGNATURE, …_CHAIN │
 *    └──────────────────┴────────────┴────────────┘                     └─ not stored: not confirmed; the terminal sends again
 *              dead letter, confirmed: it would never be better
 */
import { createHash } from 'node:crypto';
import type { Clock, Randomness, Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { Signer } from '../../agent/domain/keys.js';
import { BATCH_BYTES_MAX, openBatch, readSealedBatch, verifyBatch } from '../protocol/batch.js';
import type { SealKey } from '../protocol/seal.js';
import { terminalOfBatchTopic } from '../protocol/topics.js';
import { Acknowledger } from './acknowledger.js';
import { Committer } from './committer.js';
import type { BridgeCounters } from './counters.js';
import { Cursors } from './cursors.js';
import { DATABASES, deadLetterDocument, hexOf } from './documents.js';
import { recordBatches, type VerifiedBatch } from './recorder.js';
import { Registry } from './registry.js';
import type { RetryLimits } from './retry.js';
import type { DocumentStore } from './store.js';
import { closingOf } from './terminals.js';

/** Bounds and delays of a worker. */
export interface WorkerLimits {
  /** How long one message may take before it is given back: well under one and a half keep-alives of its connection. */
  readonly handleTimeoutMs: number;
  readonly retry: RetryLimits;
  readonly writesMax: number;
  readonly eventsPerWriteMax: number;
  readonly batchesWaitingMax: number;
  readonly acksAtOnceMax: number;
  readonly acksWaitingMax: number;
  readonly terminalsMax: number;
  /** How soon a change of the registry, or a new incarnation, is seen. */
  readonly refreshMs: number;
  /** Dead letters kept in each minute; the rest is only counted. */
  readonly deadLettersPerMinute: number;
}

/** Limits for a centre. */
export const WORKER_LIMITS: WorkerLimits = {
  handleTimeoutMs: 45_000,
  retry: { attemptsMax: 5, backoff: { baseMs: 250, maxMs: 4_000 } },
  writesMax: 2,
  eventsPerWriteMax: 1_000,
  batchesWaitingMax: 256,
  acksAtOnceMax: 4,
  acksWaitingMax: 10_000,
  terminalsMax: 20_000,
  refreshMs: 15_000,
  deadLettersPerMinute: 60,
};

/** What a worker is made of. */
export interface WorkerParts {
  readonly store: DocumentStore;
  /** Newest first; older ones open what was sealed before a change of key. */
  readonly sealKeys: readonly SealKey[];
  readonly signer: Signer;
  readonly publish: (topic: string, payload: Uint8Array) => Promise<void>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly counters: BridgeCounters;
  readonly limits: WorkerLimits;
  /** Hears of what went wrong and was coped with. */
  readonly report: (problem: unknown) => void;
}

/** See the head of this file. Workers hold nothing that others need: as many run side by side as the load asks for. */
export class BridgeWorker {
  readonly #parts: WorkerParts;
  readonly #registry: Registry;
  readonly #committer: Committer;
  readonly #acknowledger: Acknowledger;
  /** Batches of which an event found another one in its place. */
  readonly #contested = new WeakSet<object>();
  #lettersLeft: number;
  #cancelMinute: (() => void) | null = null;

  constructor(parts: WorkerParts) {
    const { store, counters, limits, clock, timers, random, signer, publish, report } = parts;
    this.#parts = parts;
    this.#lettersLeft = limits.deadLettersPerMinute;
    this.#registry = new Registry(store, {
      clock,
      timers,
      limits: { terminalsMax: limits.terminalsMax, refreshMs: limits.refreshMs },
    });
    const retry = { timers, random, limits: limits.retry };
    const recorder = { store, counters, retry, report, contested: (run: object) => this.#contested.add(run) };
    this.#committer = new Committer((batches) => recordBatches(batches, recorder), {
      report,
      writesMax: limits.writesMax,
      eventsMax: limits.eventsPerWriteMax,
      waitingMax: limits.batchesWaitingMax,
    });
    this.#acknowledger = new Acknowledger({
      cursors: new Cursors(store),
      registry: this.#registry,
      signer,
      counters,
      clock,
      publish,
      report,
      limits: { atOnceMax: limits.acksAtOnceMax, waitingMax: limits.acksWaitingMax },
    });
  }

  /**
   * Takes one message. Resolves when it needs no more care: stored for good, or refused for good. Rejects with `ERR_DATABASE` when it
   * could not be stored in time: then it must not be confirmed.
   */
  async receive(topic: string, payload: Uint8Array): Promise<void> {
    let verified: VerifiedBatch;
    try {
      verified = await this.#inTime(this.#verify(topic, payload));
    } catch (error) {
      if (!isWaslError(error) || !error.code.startsWith('ERR_BATCH_')) throw this.#returned(error);
      this.#parts.report(error);
      await this.#keepDeadLetter(topic, payload, error);
      return;
    }
    const stored = await this.#inTime(this.#committer.add(verified)).catch(() => false);
    if (!stored) throw this.#returned(new WaslError('ERR_DATABASE', 'the batch could not be stored'));
    const { batch } = verified;
    this.#acknowledger.due(batch.terminal, batch.epoch, this.#contested.has(batch) ? null : batch);
  }

  /** Resolves once every acknowledgement that is due was sent. */
  drained(): Promise<void> {
    return this.#acknowledger.drained();
  }

  /** Stops the timers. */
  close(): void {
    this.#registry.close();
    this.#cancelMinute?.();
    this.#cancelMinute = null;
  }

  async #verify(topic: string, payload: Uint8Array): Promise<VerifiedBatch> {
    if (payload.length > BATCH_BYTES_MAX) throw new WaslError('ERR_BATCH_FORMAT', 'the message is too large');
    const sealed = readSealedBatch(payload);
    if (terminalOfBatchTopic(topic) !== sealed.terminal)
      throw new WaslError('ERR_BATCH_TERMINAL', 'the batch came on the topic of another terminal');
    const terminal = await this.#registry.terminal(sealed.terminal);
    if (terminal === null) throw new WaslError('ERR_BATCH_TERMINAL');
    const { verifier, closures } = terminal;
    const batch = openBatch(sealed, this.#parts.sealKeys);
    verifyBatch(batch, verifier);
    const closing = closingOf(closures, batch.epoch, hexOf(verifier.publicKey));
    return { batch, publicKey: verifier.publicKey, closing };
  }

  #returned(error: unknown): WaslError {
    this.#parts.counters.batchesReturned += 1;
    return isWaslError(error) ? error : new WaslError('ERR_INTERNAL', undefined, { cause: error });
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { timers, limits } = this.#parts;
    return new Promise((resolve, reject) => {
      const cancel = timers.after(limits.handleTimeoutMs, () =>
        reject(new WaslError('ERR_DATABASE', 'the database takes too long')),
      );
      work.then(resolve, reject).finally(cancel);
    });
  }

  /** Keeps what was refused, for people to look at. Best effort: nothing in it is trusted, and its sender still has it. */
  async #keepDeadLetter(topic: string, payload: Uint8Array, error: WaslError): Promise<void> {
    const { store, counters, timers, limits, clock } = this.#parts;
    this.#cancelMinute ??= timers.after(60_000, () => {
      this.#cancelMinute = null;
      this.#lettersLeft = limits.deadLettersPerMinute;
    });
    if (this.#lettersLeft === 0) {
      counters.deadLettersDropped += 1;
      return;
    }
    this.#lettersLeft -= 1;
    const id = createHash('sha256').update(payload).digest('hex');
    const letter = { id, code: error.code, topic, payload, bytesMax: BATCH_BYTES_MAX, atMs: clock.nowMs() };
    try {
      await this.#inTime(store.ensure(DATABASES.deadLetters, { partitioned: false }));
      await this.#inTime(store.create(DATABASES.deadLetters, [deadLetterDocument(letter)]));
      counters.deadLetters += 1;
    } catch (failure) {
      counters.deadLettersDropped += 1;
      this.#parts.report(failure);
    }
  }
}

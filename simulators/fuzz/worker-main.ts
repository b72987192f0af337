/**
 * One parser, fuzzed in a thread of its own, so that the other one can see it hang:
 *
 *   corpus ─ pick ─ mutate ─ run ─┬─ nothing new ─▶ dropped
 *     ▲                           └─ executed a place never executed before ─▶ kept
 *     └───────────────────────────────────────────────────────────────────────┘
 *
 * Coverage is looked at once for a round of inputs, and input by input only where the round found something: a look costs more than a run.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Coverage } from './coverage.js';
import { Chance, INPUT_BYTES_MAX, mutate } from './mutate.js';
import type { Target } from './target.js';
import { targetsWith } from './targets.js';
import { readVectors } from './vectors.js';

/** What the thread is told. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  readonly forMs: number;
  readonly vectors: string;
  /** Inputs that earlier runs kept, in hex. */
  readonly corpus: readonly string[];
  /** 8 bytes: number of the run under way, and its length; then the input itself. Written before each run. */
  readonly shared: SharedArrayBuffer;
}

/** What the thread says at its end. */
export interface FuzzResult {
  readonly executions: number;
  readonly places: number;
  readonly slowestMs: number;
  /** All inputs that opened a new place, in hex. */
  readonly corpus: readonly string[];
  readonly crashes: readonly { readonly input: string; readonly message: string }[];
}

const ROUND = 128;
const CRASHES_MAX = 20;
const HEAD_BYTES = 8;

class Fuzzer {
  executions = 0;
  slowestMs = 0;
  readonly corpus: Uint8Array[] = [];
  readonly crashes: { readonly input: string; readonly message: string }[] = [];
  readonly coverage: Coverage;
  readonly #target: Target;
  readonly #shared: SharedArrayBuffer;

  constructor(target: Target, shared: SharedArrayBuffer) {
    this.#target = target;
    this.#shared = shared;
    this.coverage = new Coverage(target.files);
  }

  /** Runs one input. What it throws is a crash; the same message counts once. */
  async run(input: Uint8Array): Promise<void> {
    this.#announce(input);
    const before = performance.now();
    try {
      await this.#target.run(input);
    } catch (error) {
      const message =
        error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' | ') : String(error);
      if (this.crashes.length < CRASHES_MAX && this.crashes.every((crash) => crash.message !== message))
        this.crashes.push({ input: Buffer.from(input).toString('hex'), message });
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - before);
    this.executions += 1;
  }

  /** Runs one input and keeps it if it executed what never was. */
  async consider(input: Uint8Array): Promise<void> {
    await this.run(input);
    if (this.coverage.take() > 0) this.corpus.push(input);
  }

  #announce(input: Uint8Array): void {
    const view = new DataView(this.#shared);
    const bytes = new Uint8Array(this.#shared);
    view.setUint32(4, Math.min(input.length, bytes.length - HEAD_BYTES));
    bytes.set(input.subarray(0, bytes.length - HEAD_BYTES), HEAD_BYTES);
    Atomics.add(new Int32Array(this.#shared, 0, 1), 0, 1);
  }
}

async function fuzz(order: FuzzOrder): Promise<FuzzResult> {
  const vectors = readVectors(order.vectors);
  const target = targetsWith(vectors).find(({ name }) => name === order.target);
  if (target === undefined) throw new Error(`there is no parser ${order.target}`);
  const fuzzer = new Fuzzer(target, order.shared);
  const chance = new Chance(order.seed);
  const seeds = [...target.seeds(vectors), ...order.corpus.map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))];
  const until = performance.now() + order.forMs;
  for (const seed of seeds) await fuzzer.consider(seed.subarray(0, INPUT_BYTES_MAX));
  if (fuzzer.corpus.length === 0) fuzzer.corpus.push(seeds[0] ?? new Uint8Array(1));
  while (performance.now() < until) {
    const round: Uint8Array[] = [];
    for (let i = 0; i < ROUND; i += 1) {
      const from = chance.pick(fuzzer.corpus) ?? new Uint8Array(1);
      const input = mutate(from, chance, { corpus: fuzzer.corpus, words: target.words });
      round.push(input);
      await fuzzer.run(input);
    }
    // What the round found is found again, one input at a time, to know whose it was.
    if (fuzzer.coverage.take(true) > 0) for (const input of round) await fuzzer.consider(input);
  }
  fuzzer.coverage.close();
  return {
    executions: fuzzer.executions,
    places: fuzzer.coverage.size,
    slowestMs: Math.round(fuzzer.slowestMs),
    corpus: fuzzer.corpus.map((input) => Buffer.from(input).toString('hex')),
    crashes: fuzzer.crashes,
  };
}

parentPort?.postMessage(await fuzz(workerData as FuzzOrder));

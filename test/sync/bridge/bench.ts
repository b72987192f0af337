/** A bridge worker on a real database, without a broker: messages go in by hand, acknowledgements are collected. */
import { verifierFromKey } from '../../../agent/credential/signature.js';
import type { WaslError } from '../../../agent/domain/errors.js';
import { type BridgeCounters, createCounters } from '../../../sync/bridge/counters.js';
import { enrolTerminal } from '../../../sync/bridge/registry.js';
import type { DocumentStore } from '../../../sync/bridge/store.js';
import { BridgeWorker, WORKER_LIMITS, type WorkerLimits } from '../../../sync/bridge/worker.js';
import { type Ack, readAck } from '../../../sync/protocol/ack.js';
import { batchTopic } from '../../../sync/protocol/topics.js';
import { CENTRE_ACK, CENTRE_SEAL, terminalSigner } from '../../support/sync-events.js';
import { systemClock, systemRandom, systemTimers } from '../../support/system.js';

/** A worker and what came out of it. */
export interface WorkerBench {
  readonly worker: BridgeWorker;
  readonly counters: BridgeCounters;
  /** Everything that went wrong and was coped with. */
  readonly problems: unknown[];
  /** Hands over a batch as the broker would, and waits for its acknowledgement. */
  receive(terminal: string, bytes: Uint8Array): Promise<void>;
  /** Acknowledgements so far, oldest first, each checked with the centre's key. */
  acks(): Ack[];
  lastAck(): Ack | undefined;
}

/** Starts a worker with quick retries. */
export function startWorker(store: DocumentStore, limits: Partial<WorkerLimits> = {}): WorkerBench {
  const counters = createCounters();
  const problems: unknown[] = [];
  const acks: Ack[] = [];
  const verifiers = [verifierFromKey(CENTRE_ACK.publicKey)];
  const worker = new BridgeWorker({
    store,
    sealKeys: [CENTRE_SEAL],
    signer: CENTRE_ACK,
    publish: (_topic, payload) => {
      acks.push(readAck(payload, verifiers));
      return Promise.resolve();
    },
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    counters,
    limits: { ...WORKER_LIMITS, retry: { attemptsMax: 4, backoff: { baseMs: 5, maxMs: 20 } }, ...limits },
    report: (problem) => problems.push(problem),
  });
  return {
    worker,
    counters,
    problems,
    receive: async (terminal, bytes) => {
      await worker.receive(batchTopic(terminal), bytes);
      await worker.drained();
    },
    acks: () => [...acks],
    lastAck: () => acks.at(-1),
  };
}

/** Enrols a terminal with its test key. */
export async function enrol(store: DocumentStore, terminal: string): Promise<void> {
  await enrolTerminal(store, { terminal, site: 'port-said-3', publicKey: terminalSigner(terminal).publicKey });
}

/** The codes of problems, in order. */
export function codesOf(problems: readonly unknown[]): string[] {
  return problems.map((problem) => (problem as WaslError).code);
}

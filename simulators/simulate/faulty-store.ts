/** The database as one process of the centre reaches it: over a network that takes time, with calls that fail and answers that get lost. */
import { WaslError } from '../../agent/domain/errors.js';
import type { CreateOutcome, DocumentStore, StoredDocument } from '../../sync/bridge/store.js';
import type { MemoryStore } from '../central/memory-store.js';
import type { Life } from '../world/life.js';
import type { Stream } from '../world/random.js';
import type { FaultKind } from './faults.js';
import type { Trace } from './trace.js';

/** What goes wrong with the database now, shared by all who use it. */
export interface StoreTrouble {
  fault: 'fail' | 'lost-answer' | 'below-quorum' | null;
  /** Calls that it still goes wrong for. */
  calls: number;
}

/** What a view of the database is made of. */
export interface StoreViewParts {
  readonly store: MemoryStore;
  readonly life: Life;
  readonly random: Stream;
  readonly trace: Trace;
  readonly trouble: StoreTrouble;
  readonly fault: (kind: FaultKind) => void;
  /** After documents were created or replaced. */
  readonly written: (database: string, documents: readonly StoredDocument[]) => Promise<void>;
}

type Operation = keyof DocumentStore;

/** The store of one process: every call takes a few milliseconds, may fail, and comes to nothing when the process is dead by then. */
export function storeView(parts: StoreViewParts): DocumentStore {
  return new Proxy<DocumentStore>(parts.store, {
    get: (store, name: Operation) => {
      const method: unknown = Reflect.get(store, name);
      if (typeof method !== 'function') return method;
      return (...args: readonly unknown[]) =>
        parts.life.while(call(parts, name, { args, run: () => method.apply(store, args) as Promise<unknown> }));
    },
  });
}

async function call(
  parts: StoreViewParts,
  name: Operation,
  { args, run }: { readonly args: readonly unknown[]; readonly run: () => Promise<unknown> },
): Promise<unknown> {
  const { life, random, trace, trouble, fault } = parts;
  const database = String(args[0]);
  trace.detail(`store ${name} ${database}`);
  await new Promise<void>((resolve) => life.timers.after(1 + random.below(12), resolve));
  const verdict = trouble.calls > 0 ? trouble.fault : null;
  if (verdict !== null) trouble.calls -= 1;
  if (verdict === 'fail') {
    fault('store.fail');
    throw new WaslError('ERR_DATABASE', `${name} was answered with status 500`);
  }
  const isBelowQuorum = verdict === 'below-quorum' && name === 'create';
  const result = isBelowQuorum ? await belowQuorum(parts, database, args[1] as readonly StoredDocument[]) : await run();
  if (name === 'create') await parts.written(database, args[1] as readonly StoredDocument[]);
  if (verdict === 'lost-answer') {
    fault('store.lost-answer');
    throw new WaslError('ERR_DATABASE', `the answer to ${name} was lost`);
  }
  await new Promise<void>((resolve) => life.timers.after(1 + random.below(6), resolve));
  return result;
}

/** Some writes reach too few nodes: of those, some are there all the same, and some are not. */
async function belowQuorum(
  { store, random, fault }: StoreViewParts,
  database: string,
  documents: readonly StoredDocument[],
): Promise<readonly CreateOutcome[]> {
  fault('store.below-quorum');
  const fates = documents.map(() => random.pick(['good', 'failed-there', 'failed-gone'] as const));
  const kept = documents.filter((_, index) => fates[index] !== 'failed-gone');
  const outcomes = [...(await store.create(database, kept))];
  return fates.map((fate) => {
    if (fate === 'failed-gone') return 'failed';
    const outcome = outcomes.shift() ?? 'failed';
    return fate === 'failed-there' && outcome === 'created' ? 'failed' : outcome;
  });
}

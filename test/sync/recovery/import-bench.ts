import { openDeadJournal } from '../../../agent/cli/journal/dead-journal.js';
import type { Signer } from '../../../agent/domain/keys.js';
import type { MemoryStore } from '../../../simulators/central/memory-store.js';
import type { MemoryDisk } from '../../../simulators/world/memory-disk.js';
import { hexOf } from '../../../sync/bridge/documents.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import {
  type ImportOptions,
  type ImportPlan,
  type ImportReport,
  importJournal,
  planImport,
} from '../../../sync/recovery/import.js';
import { withoutRevision } from '../../../sync/recovery/server.js';
import { seededRandom, seedOf, terminalSigner } from '../../support/sync-events.js';
import { systemTimers } from '../../support/system.js';
import { startWorld, TERMINAL, untilAcknowledged } from '../uplink/bench.js';

/** Milliseconds. */
export const HOUR = 3_600_000;
/** Databases of the quarter. */
export const EVENTS = 'wasl-events-2026q4';
export const BATCHES = 'wasl-batches-2026q4';
/** When the journal is read. */
export const NOW = { nowMs: () => Date.UTC(2026, 10, 22, 9) };
/** The key under which the terminal is enrolled. */
export const OWN_KEY = hexOf(terminalSigner(TERMINAL).publicKey);

/** What is in any of them. */
export const union = (...sets: readonly Set<string>[]): Set<string> => new Set(sets.flatMap((set) => [...set]));

/** A centre and a terminal in virtual time. */
export type World = Awaited<ReturnType<typeof startWorld>>;

/** A terminal that served `sent` in contact with the centre, `unsent` more without, and died. */
export async function dead(sent: number, unsent: number): Promise<World> {
  const world = await startWorld();
  const { time, centre, terminal } = world;
  await terminal.serve(sent);
  await untilAcknowledged(time, [terminal]);
  centre.broker.setDown(true);
  await time.advance(1_000);
  await terminal.serve(unsent);
  await terminal.crash();
  centre.broker.setDown(false);
  return world;
}

/** Who is asked about the terminal: its key, and what signs in its name where that was found. */
export interface How {
  readonly signer?: Signer;
  readonly publicKey?: string | null;
}

/** How a journal is imported into a store. */
export function optionsFor(store: MemoryStore, { signer, publicKey = OWN_KEY }: How): ImportOptions {
  const limits = { attemptsMax: 3, backoff: { baseMs: 1, maxMs: 2 } };
  const retry = { timers: systemTimers, random: seededRandom('import'), limits };
  return { store, clock: NOW, retry, by: 'clerk', host: 'centre-1', publicKey, signer: signer ?? null, settleMs: 0 };
}

/** Opens the journal on a disk for reading, as an import does. */
export async function read<T>(
  disk: MemoryDisk,
  use: (journal: Awaited<ReturnType<typeof openDeadJournal>>) => Promise<T>,
) {
  const journal = await openDeadJournal(disk.session(), '/journal', { key: seedOf('journal key') });
  try {
    return await use(journal);
  } finally {
    await journal.close();
  }
}

/** Imports the journal on a disk. */
export const imported = (store: MemoryStore, disk: MemoryDisk, how: How = {}): Promise<ImportReport> =>
  read(disk, (journal) => importJournal(journal, optionsFor(store, how)));

/** What an import would do. */
export const planned = (store: MemoryStore, disk: MemoryDisk, how: How = {}): Promise<ImportPlan> =>
  read(disk, (journal) => planImport(journal, optionsFor(store, how)));

/** Documents of a database, revisions apart. */
export function contentOf(store: MemoryStore, database: string): StoredDocument[] {
  return store.documents(database).map(withoutRevision);
}

/** Cases of the centre. */
export function casesAt(store: MemoryStore): StoredDocument[] {
  return store.documents('wasl-cases');
}

/** Kinds of its cases. */
export const kindsAt = (store: MemoryStore): unknown[] => casesAt(store).map(({ kind }) => kind);

/** Centres that are backed up, lose what they have, and are restored. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { MemoryStore } from '../../../simulators/central/memory-store.js';
import { takeBackup } from '../../../sync/recovery/backup.js';
import { type RestoreOptions, type RestoreReport, restoreBackup } from '../../../sync/recovery/restore.js';
import { withoutRevision } from '../../../sync/recovery/server.js';
import { CENTRE_SEAL, seededRandom } from '../../support/sync-events.js';
import { systemTimers } from '../../support/system.js';
import { startWorld, type TestCentre, untilAcknowledged } from '../uplink/bench.js';
import { memoryServer } from './memory-server.js';

/** Milliseconds. */
export const HOUR = 3_600_000;
/** Databases of the quarter. */
export const EVENTS = 'wasl-events-2026q4';
export const BATCHES = 'wasl-batches-2026q4';

/** A centre and a terminal in virtual time. */
export type World = Awaited<ReturnType<typeof startWorld>>;

/** A centre with so many services of one terminal, all acknowledged. */
export async function served(count: number): Promise<World> {
  const world = await startWorld();
  await world.terminal.serve(count);
  await untilAcknowledged(world.time, [world.terminal]);
  return world;
}

/** A folder for each test, and how to take a backup into it. */
export interface Backups {
  folder(): string;
  backup(world: World, name?: string, sealTo?: Uint8Array | null): Promise<string>;
}

/** Has each test of a file begin with an empty folder, which goes when it ends. */
export function useBackups(): Backups {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasl-backup-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return {
    folder: () => folder,
    backup: (world, name = 'backup', sealTo = null) => take(world, join(folder, name), sealTo),
  };
}

async function take({ time, centre }: World, out: string, sealTo: Uint8Array | null): Promise<string> {
  await takeBackup({
    server: memoryServer(centre.store),
    out,
    sealTo,
    clock: time.clock,
    random: seededRandom(basename(out)),
    process: { id: process.pid, isAlive: () => true },
  });
  return out;
}

/** Restores a backup. */
export function restore(
  store: MemoryStore,
  from: string,
  more: Partial<RestoreOptions> & Pick<RestoreOptions, 'clock'>,
): Promise<RestoreReport> {
  const limits = { attemptsMax: 3, backoff: { baseMs: 1, maxMs: 2 } };
  const retry = { timers: systemTimers, random: seededRandom('retry'), limits };
  return restoreBackup({ store, folder: from, sealKeys: [CENTRE_SEAL], retry, ...more });
}

/** Everything that is in a store, revisions apart. */
export function contentOf(store: MemoryStore): object {
  return Object.fromEntries(store.databases().map((name) => [name, store.documents(name).map(withoutRevision)]));
}

/** Takes away what is in a centre. */
export function wipe({ store }: TestCentre, which: (database: string) => boolean = () => true): void {
  for (const name of store.databases()) if (which(name)) store.lose(name, () => true);
}

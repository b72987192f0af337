/** Opens the record store of this machine from today's sources. */
import { join } from 'node:path';
import type { Timers } from '../../agent/domain/clock.js';
import { pouchDocs } from '../../agent/journal/record/pouch-docs.js';
import { openPouchStore, type PouchStoreOptions } from '../../agent/journal/record/pouch-store.js';
import { processDocs } from '../../agent/journal/record/record-process.js';
import type { RecordStore } from '../../agent/journal/record-store.js';
import { type CompiledPrograms, compilePrograms } from '../support/compiled.js';
import { handClock, KEY, seededRandom } from './samples.js';

/** The program that has the databases, compiled. */
export interface RecordProgram {
  readonly compiled: CompiledPrograms;
  readonly path: string;
}

/** Compiles it. */
export async function recordProgram(): Promise<RecordProgram> {
  const compiled = await compilePrograms(['agent/journal/record/record-child.ts']);
  return { compiled, path: join(compiled.folder, 'agent/journal/record/record-child.js') };
}

/** Real time. */
export const realTimers: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Opens the store in a folder, its databases in this process. */
export function openRecords(folder: string, more: Partial<PouchStoreOptions> = {}): Promise<RecordStore> {
  const random = seededRandom(Math.floor(performance.now() * 1000));
  const docs = pouchDocs(folder);
  return openPouchStore({ folder, key: KEY, clock: handClock(), random, timers: realTimers, docs, ...more });
}

/** Opens the store in a folder, its databases in a process of their own, as on a terminal. */
export function openRecordProcess(
  program: RecordProgram,
  folder: string,
  more: Partial<PouchStoreOptions> = {},
): Promise<RecordStore> {
  return openRecords(folder, { docs: processDocs({ folder, timers: realTimers, program: program.path }), ...more });
}

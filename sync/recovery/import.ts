/**
 * Imports the journal of a terminal that is dead.
 *
 *   look: which events the centre lacks ─▶ record of the import ─▶ terminal closed ─▶ events, as a bridge writes them ─▶ cases
 *                                                                       └─ bridges learn of it ─▶ was anything beyond the end?
 *
 * Each step creates what is not there yet and changes nothing else, so it may break off anywhere and be run again. Closing comes before
 * the events: whatever arrives of the terminal from then on, beyond its end, is kept and becomes a case.
 */
import type { Clock } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { eventId } from '../../agent/domain/event.js';
import type { Signer } from '../../agent/domain/keys.js';
import { createCounters } from '../bridge/counters.js';
import { DATABASES, eventsDatabase, textOf } from '../bridge/documents.js';
import { type EventRun, recordBatches, recordEvents } from '../bridge/recorder.js';
import { pause, withRetry } from '../bridge/retry.js';
import { changeTerminal, closed, readTerminal } from '../bridge/terminals.js';
import { signedBytes } from '../protocol/batch.js';
import type { DeadJournal } from './dead-journal.js';
import { IMPORTS_DATABASE, type ImportedRange, importDocument, importId } from './import-documents.js';
import { createDocuments, type DoubtParts, doubtCases, lateCases } from './import-doubts.js';
import { type JournalRun, runsOf } from './import-runs.js';

/** What an import is made with. */
export interface ImportOptions extends DoubtParts {
  readonly clock: Clock;
  /** Who imports, for the record. */
  readonly by: string;
  readonly host: string;
  /** The terminal's public key, hex, where it is known whose journal it is. */
  readonly publicKey: string | null;
  /** The terminal's own signing key, where it was found: then batches prove the events as if it had sent them. */
  readonly signer: Signer | null;
  /** How long a bridge may go on before it notices that the terminal is closed: its registry is read again after this long. */
  readonly settleMs: number;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** How far an import has come. */
export interface ImportProgress {
  readonly step: 'looking' | 'writing' | 'waiting';
  readonly events: number;
  /** 0 while it is not known. */
  readonly total: number;
}

/** What the centre has, and lacks, of a journal. */
export interface ImportPlan {
  readonly terminal: string;
  readonly importId: string;
  /** Events that can be read. */
  readonly events: number;
  /** That the centre lacks. */
  readonly lacking: number;
  /** Whose place at the centre holds another event. */
  readonly different: number;
  readonly ranges: readonly ImportedRange[];
}

/** What an import did. */
export interface ImportReport extends ImportPlan {
  /** Ids of the cases that are there because of it, those of an earlier run included. */
  readonly cases: readonly string[];
  /** Events that were recorded now. */
  readonly recorded: number;
}

/** Finds out what an import would do, and writes nothing. Rejects with `ERR_BATCH_TERMINAL` for a terminal that is not registered, `ERR_DATABASE`, or what reading the journal rejects with. */
export async function planImport(journal: DeadJournal, options: ImportOptions): Promise<ImportPlan> {
  const { store, onProgress } = options;
  if ((await readTerminal(store, journal.terminal)) === null)
    throw new WaslError(
      'ERR_BATCH_TERMINAL',
      `${journal.terminal} is not registered at this centre (wasl bridge register)`,
    );
  const plan = { events: 0, lacking: 0, different: 0 };
  const ranges: ImportedRange[] = [];
  for await (const run of runsOf(journal)) {
    const held = await heldOf(run, options);
    plan.events += run.events.length;
    plan.lacking += held.filter((state) => state === 'lacking').length;
    plan.different += held.filter((state) => state === 'different').length;
    addRange(ranges, run);
    onProgress?.({ step: 'looking', events: plan.events, total: 0 });
  }
  return { terminal: journal.terminal, importId: importId(journal), ...plan, ranges };
}

/** Imports a journal. Rejects like {@link planImport}; with `ERR_DATABASE` in the middle, it is to be run again. */
export async function importJournal(journal: DeadJournal, options: ImportOptions): Promise<ImportReport> {
  const { clock, retry, settleMs, onProgress } = options;
  const plan = await planImport(journal, options);
  const at = new Date(clock.nowMs()).toISOString();
  const { by, host, publicKey, signer } = options;
  const record = importDocument(journal, { by, host, publicKey, signed: signer !== null }, { ranges: plan.ranges, at });
  await createDocuments(IMPORTS_DATABASE, [record], options);
  await close(journal, plan, options);
  const closedAtMs = clock.nowMs();
  const recorded = await recordAll(journal, plan, options);
  const cases = await doubtCases(journal, at, options);
  await createDocuments(DATABASES.cases, cases, options);
  const leftMs = settleMs - (clock.nowMs() - closedAtMs);
  if (leftMs > 0) {
    onProgress?.({ step: 'waiting', events: plan.events, total: plan.events });
    await pause(leftMs, retry.timers);
  }
  const late = await lateCases(journal, options);
  await createDocuments(DATABASES.cases, late, options);
  return { ...plan, recorded, cases: [...cases, ...late].map(({ _id }) => _id) };
}

async function heldOf(run: JournalRun, { store, retry }: ImportOptions): Promise<('held' | 'lacking' | 'different')[]> {
  const ids = run.events.map(({ seq }) => eventId(run.terminal, run.epoch, seq));
  const documents = await withRetry(() => store.read(eventsDatabase(run.epoch), ids), retry);
  return run.events.map(({ head }, index) => {
    const document = documents[index] ?? null;
    if (document === null) return 'lacking';
    return document.head === textOf(head) ? 'held' : 'different';
  });
}

function addRange(ranges: ImportedRange[], { epoch, first, last, base, head }: JournalRun): void {
  const before = ranges.at(-1);
  if (before?.epoch === epoch && before.last + 1 === first) ranges[ranges.length - 1] = { ...before, last, head };
  else ranges.push({ epoch, first, last, base, head });
}

/** From now on the terminal is dead to every bridge that reads its registry again. */
async function close(
  journal: DeadJournal,
  plan: ImportPlan,
  { store, publicKey, retry }: ImportOptions,
): Promise<void> {
  const epochs = journal.epochs.map(({ name, lastSeq, head }) => ({ epoch: name, seq: lastSeq, head: textOf(head) }));
  const closure = { key: publicKey, import: plan.importId, epochs };
  const change = (): Promise<void> =>
    changeTerminal(store, journal.terminal, (before) => {
      if (before === null) throw new WaslError('ERR_BATCH_TERMINAL', `${journal.terminal} is no longer registered`);
      return closed(before, closure);
    });
  await withRetry(change, retry);
}

async function recordAll(journal: DeadJournal, plan: ImportPlan, options: ImportOptions): Promise<number> {
  const { store, retry, onProgress } = options;
  const counters = createCounters();
  let events = 0;
  for await (const run of runsOf(journal)) {
    const held = await heldOf(run, options);
    // With the terminal's key, what was imported before without it is signed as well.
    if (options.signer !== null || held.some((state) => state !== 'held')) {
      const parts = { store, counters, retry, report: () => undefined };
      if (!(await recordRun(run, parts, options)))
        throw new WaslError('ERR_DATABASE', 'the database did not take all events: run the import again');
    }
    events += run.events.length;
    onProgress?.({ step: 'writing', events, total: plan.events });
  }
  return counters.eventsStored;
}

async function recordRun(
  run: JournalRun,
  parts: Parameters<typeof recordBatches>[1],
  { signer }: ImportOptions,
): Promise<boolean> {
  const { base } = run;
  if (signer === null || base === null) return (await recordEvents([run satisfies EventRun], parts)).size === 0;
  const batch = { ...run, base, signature: signer.sign(signedBytes({ ...run, base })) };
  return (await recordBatches([{ batch, publicKey: signer.publicKey }], parts)).size === 1;
}

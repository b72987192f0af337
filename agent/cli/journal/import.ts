import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { createCouchStore } from '../../../sync/bridge/couch-store.js';
import { readTerminal, type TerminalRecord } from '../../../sync/bridge/terminals.js';
import { WORKER_LIMITS } from '../../../sync/bridge/worker.js';
import { openEscrow } from '../../../sync/protocol/escrow.js';
import type { SealKey } from '../../../sync/protocol/seal.js';
import type { ImportPlan } from '../../../sync/recovery/import.js';
import { type ImportOptions, importJournal, planImport } from '../../../sync/recovery/import.js';
import { parseSecret } from '../../credential/secret.js';
import { signerFromSeed } from '../../credential/signature.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import type { Signer } from '../../domain/keys.js';
import { nodeDisk } from '../../journal/node-disk.js';
import { systemClock, systemRandom, systemTimers } from '../../system.js';
import { centreSealKey, couchOptions, readBridgeFile } from '../centre/bridge-file.js';
import { counted } from '../shared/counted.js';
import { type Output, processOutput } from '../shared/output.js';
import { progressBar, progressLine } from '../shared/progress.js';
import { journalFolder, type OpenDeadJournal, openDeadJournal } from './dead-journal.js';

const RETRY = { attemptsMax: 6, backoff: { baseMs: 250, maxMs: 8_000 } };

/** Bridges read a changed registry within their refresh; a little more for one that is busy. */
const SETTLE_MS = WORKER_LIMITS.refreshMs + 5_000;

const HELP = `
Without --apply it only says what it would do. The folder is never written to, and may be mounted read-only.
With --apply the terminal is declared dead: its events go to the centre as if it had sent them, taps that it never finished and events
that nobody has become cases, and its epochs are closed. Whatever arrives of it afterwards, beyond that end, is kept and becomes a case.
To use the machine again, give it new keys (wasl terminal keygen) and enrol it anew; a journal that was imported is not continued.`;

interface Options {
  readonly config: string;
  readonly terminal?: string;
  readonly journalKey?: string;
  readonly terminalKey?: string;
  readonly by?: string;
  readonly apply?: boolean;
  readonly json?: boolean;
}

/** `wasl journal import`: at the centre, for the disk of a terminal that is dead. */
export function importCommand(): Command {
  return new Command('import')
    .description('at the centre: read the journal of a dead terminal, record what the centre lacks, close its epochs')
    .argument('<folder>', 'data folder or journal folder of the terminal, e.g. on its SD card')
    .requiredOption('--config <file>', 'configuration of the bridge')
    .option('--terminal <id>', 'whose journal it is: its escrowed key is taken from the registry')
    .option('--journal-key <file>', 'the journal-key itself, where there is no escrow of it')
    .option('--terminal-key <file>', 'the terminal-key, where it was found: the events are then signed with it')
    .option('--by <name>', 'who imports, for the record; default is the account')
    .option('--apply', 'do it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action((folder: string, options: Options) => run(resolve(folder), options));
}

async function run(folder: string, options: Options): Promise<void> {
  const output = processOutput(options.json === true);
  const file = await readBridgeFile(options.config);
  const store = createCouchStore(await couchOptions(file));
  const line = progressLine(process.stderr);
  const seen =
    options.terminal === undefined ? null : await registered(options.terminal, (name) => readTerminal(store, name));
  const journal = await openWith(await keysOf(options, seen, () => centreSealKey(file)), folder, (events) =>
    line.show(`reading the journal: ${events} events`),
  );
  try {
    const { terminal } = journal;
    if (options.terminal !== undefined && options.terminal !== terminal)
      throw new WaslError('ERR_DATA_FOLDER', `this is the journal of ${terminal}, not of ${options.terminal}`);
    const record = seen ?? (await registered(terminal, (name) => readTerminal(store, name)));
    const signer = await signerOf(options, record, terminal);
    const importing: ImportOptions = {
      store,
      clock: systemClock,
      retry: { timers: systemTimers, random: systemRandom, limits: RETRY },
      by: options.by ?? userInfo().username,
      host: hostname(),
      publicKey: publicKeyOf(journal, record, signer),
      signer,
      settleMs: SETTLE_MS,
      onProgress: ({ step, events, total }) =>
        line.show(`${step.padEnd(8)} ${total === 0 ? '' : progressBar(events, total)} ${events} events`),
    };
    if (options.apply === true) await apply(journal, importing, { output, clear: () => line.clear() });
    else await plan(journal, importing, { output, clear: () => line.clear() });
  } finally {
    await journal.close();
  }
}

interface Speaking {
  readonly output: Output;
  readonly clear: () => void;
}

async function plan(journal: OpenDeadJournal, importing: ImportOptions, { output, clear }: Speaking): Promise<void> {
  const planned = await planImport(journal, importing);
  clear();
  describe(journal, planned, output);
  output.line(`The centre lacks ${planned.lacking} of them; ${planned.different} contradict what it has.`);
  if (importing.signer === null)
    output.line(
      'Without --terminal-key they are proved by the record of this import, not by a signature of the terminal.',
    );
  output.line('Nothing was written. Add --apply to import them and to declare the terminal dead.');
  output.result({ ok: true, applied: false, ...summaryOf(journal, planned, importing) });
}

async function apply(journal: OpenDeadJournal, importing: ImportOptions, { output, clear }: Speaking): Promise<void> {
  const report = await importJournal(journal, importing);
  clear();
  describe(journal, report, output);
  output.line(
    `Recorded ${report.recorded}; the centre had the others. ${journal.terminal} is closed (${report.importId}).`,
  );
  for (const id of report.cases) output.line(`  case: ${id}`);
  if (report.different > 0)
    output.line(
      `  ${counted(report.different, 'event contradicts', 'events contradict')} what the centre has: both are kept, each is a case`,
    );
  output.result({
    ok: true,
    applied: true,
    recorded: report.recorded,
    cases: report.cases,
    ...summaryOf(journal, report, importing),
  });
}

function describe(journal: OpenDeadJournal, { events }: ImportPlan, output: Output): void {
  const { terminal, sha256, openTaps, undispensed, tornBytes, losses } = journal;
  output.line(`Journal of ${terminal}, SHA-256 ${sha256.slice(0, 16)}…: ${events} events.`);
  for (const { name, lastSeq, pruned, missing } of journal.epochs) {
    const gone = [
      ...(pruned === null ? [] : [`1 to ${pruned.seq} pruned, as the centre had them`]),
      ...missing.map(({ first, last }) => `${first} to ${last} destroyed`),
    ];
    output.line(`  epoch ${name}: up to ${lastSeq}${gone.map((text) => `; ${text}`).join('')}`);
  }
  output.line(`  taps that were never finished: ${openTaps.length}; hand-overs that nobody confirmed: ${undispensed}`);
  if (tornBytes > 0)
    output.line(`  ${tornBytes} bytes of a write that a power cut tore; nothing of them had been promised`);
  for (const { what } of losses) output.line(`  damage: ${what}`);
}

function summaryOf(journal: OpenDeadJournal, planned: ImportPlan, { signer, publicKey }: ImportOptions): object {
  const { terminal, sha256, undispensed, tornBytes, losses } = journal;
  const { importId, events, lacking, different } = planned;
  const epochs = journal.epochs.map(({ name, lastSeq, missing, pruned }) => ({
    name,
    lastSeq,
    pruned: pruned?.seq ?? 0,
    missing,
  }));
  const found = { openTaps: journal.openTaps.length, undispensed, tornBytes, damage: losses.map(({ what }) => what) };
  return {
    terminal,
    importId,
    sha256,
    publicKey,
    signed: signer !== null,
    events,
    lacking,
    different,
    epochs,
    ...found,
  };
}

/** A key that may open the journal, and the terminal's public key that goes with it, hex, where that is known. */
interface CandidateKey {
  readonly journalKey: Uint8Array;
  readonly publicKey: string | null;
}

type WithKey = OpenDeadJournal & { readonly openedBy: CandidateKey };

async function keysOf(
  options: Options,
  record: TerminalRecord | null,
  sealKey: () => Promise<SealKey>,
): Promise<readonly CandidateKey[]> {
  const escrowed = record === null || record.escrows.length === 0 ? [] : await openAll(record, await sealKey());
  if (options.journalKey !== undefined) {
    const journalKey = parseSecret(await readFile(options.journalKey, 'utf8'), options.journalKey);
    const same = escrowed.find((key) => Buffer.compare(key.journalKey, journalKey) === 0);
    return [{ journalKey, publicKey: same?.publicKey ?? null }];
  }
  if (record === null)
    throw new WaslError(
      'ERR_USAGE',
      'name the terminal (--terminal), whose escrow opens it, or give its --journal-key',
    );
  if (escrowed.length === 0)
    throw new WaslError(
      'ERR_SECRET',
      `${options.terminal ?? 'the terminal'} has no escrow that this centre can open: give its --journal-key`,
    );
  return escrowed;
}

async function openAll({ escrows }: TerminalRecord, sealKey: SealKey): Promise<CandidateKey[]> {
  return escrows.flatMap((text) => {
    const opened = openEscrow(Uint8Array.from(Buffer.from(text, 'base64url')), [sealKey]);
    return opened === null
      ? []
      : [{ journalKey: opened.journalKey, publicKey: Buffer.from(opened.terminalKey).toString('hex') }];
  });
}

async function openWith(
  keys: readonly CandidateKey[],
  folder: string,
  onProgress: (events: number) => void,
): Promise<WithKey> {
  const disk = nodeDisk();
  const found = await journalFolder(disk, folder);
  for (const key of keys) {
    try {
      const journal = await openDeadJournal(disk, found, { key: key.journalKey, onProgress });
      return { ...journal, openedBy: key };
    } catch (error) {
      if (!isWaslError(error, 'ERR_JOURNAL_KEY')) throw error;
    }
  }
  throw new WaslError('ERR_JOURNAL_KEY', `none of ${counted(keys.length, 'key')} opens the journal in ${found}`);
}

async function registered(
  terminal: string,
  read: (name: string) => Promise<TerminalRecord | null>,
): Promise<TerminalRecord> {
  const record = await read(terminal);
  if (record !== null) return record;
  throw new WaslError('ERR_BATCH_TERMINAL', `${terminal} is not registered at this centre (wasl bridge register)`);
}

async function signerOf(options: Options, record: TerminalRecord, terminal: string): Promise<Signer | null> {
  if (options.terminalKey === undefined) return null;
  const signer = signerFromSeed(parseSecret(await readFile(options.terminalKey, 'utf8'), options.terminalKey));
  const publicKey = Buffer.from(signer.publicKey).toString('hex');
  if ([record.publicKey, ...record.formerKeys].includes(publicKey)) return signer;
  throw new WaslError('ERR_SECRET', `${options.terminalKey} is not, and never was, the key of ${terminal}`);
}

/** A terminal that only ever had one key had that one. */
function publicKeyOf({ openedBy }: WithKey, record: TerminalRecord, signer: Signer | null): string | null {
  if (openedBy.publicKey !== null) return openedBy.publicKey;
  if (signer !== null) return Buffer.from(signer.publicKey).toString('hex');
  return record.formerKeys.length === 0 ? record.publicKey : null;
}

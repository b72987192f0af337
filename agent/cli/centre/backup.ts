import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type SealKey, sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { takeBackup } from '../../../sync/recovery/backup.js';
import type { BackupManifest } from '../../../sync/recovery/backup-format.js';
import { type BackupProgress, checkBackup } from '../../../sync/recovery/check-backup.js';
import { createCouchServer } from '../../../sync/recovery/couch-server.js';
import { type RestoreReport, restoreBackup } from '../../../sync/recovery/restore.js';
import { parseSecret } from '../../credential/secret.js';
import { isWaslError } from '../../domain/errors.js';
import { systemClock, systemRandom, systemTimers } from '../../system.js';
import { type Output, processOutput } from '../shared/output.js';
import { progressBar, progressLine } from '../shared/progress.js';
import { centreSealKey, couchOptions, readBridgeFile } from './bridge-file.js';

const RETRY = { attemptsMax: 6, backoff: { baseMs: 250, maxMs: 8_000 } };

const WHAT_IS_IN_IT = `
The folder is readable by its owner alone (files 0600): without --seal-to whoever has it reads which card was served what, where and
when, and the salts of the hashes. It holds no private key, no password and no name of a person. Bridges may go on working meanwhile:
what they write after the start may or may not be in it, and terminals send that again after a restore.`;

const WHAT_A_RESTORE_DOES = `
Nothing that is in the database is changed or removed: what is missing is created, and an event that contradicts one that is there is
kept beside it, with a case. A damaged, unfinished or newer backup is refused before anything is written. A new life of the centre
begins first, so bridges may run or not; stop them to spare the network: terminals would send what the backup is about to bring back.
If it breaks off, run it again.`;

/** `wasl centre backup`. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy all databases of the centre into a new folder, and check the copy')
    .argument('<out>', 'folder to make')
    .requiredOption('--config <file>', 'configuration of the bridge')
    .option(
      '--seal-to <hex>',
      'public key of whoever may read it, e.g. centre.sealKey of "wasl authority show"',
      hexKey,
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', WHAT_IS_IN_IT)
    .action(async (out: string, options: { config: string; sealTo?: Uint8Array; json?: boolean }) => {
      const server = createCouchServer(await couchOptions(await readBridgeFile(options.config)));
      const progress = progressOn();
      const folder = resolve(out);
      const manifest = await takeBackup({
        server,
        out: folder,
        sealTo: options.sealTo ?? null,
        clock: systemClock,
        random: systemRandom,
        process: { id: process.pid, isAlive },
        onProgress: progress.show,
      });
      progress.clear();
      const output = processOutput(options.json === true);
      output.line(`Backed up ${totalsOf(manifest)} into ${folder}, and read it back.`);
      if (manifest.seal === null) output.line('It is not sealed: keep it where only you can read it.');
      output.result({ ok: true, folder, ...summaryOf(manifest) });
    });
}

/** `wasl centre verify-backup`. */
export function verifyBackupCommand(): Command {
  return new Command('verify-backup')
    .description('check a backup: every byte, every document, the hash of every event; needs no database')
    .argument('<folder>', 'folder of the backup')
    .option('--config <file>', 'configuration of the bridge, for its centre-seal-key, if the backup is sealed')
    .option('--key <file>', 'the private key that it is sealed to, 64 hex digits, if it is another one')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { config?: string; key?: string; json?: boolean }) => {
      const progress = progressOn();
      const check = await checkBackup({
        folder: resolve(folder),
        sealKeys: await sealKeysOf(options),
        onProgress: (done) => progress.show({ step: 'checking', ...done }),
      });
      progress.clear();
      const output = processOutput(options.json === true);
      const { manifest, sound, opened, problems, events, gaps, chainBreaks } = check;
      output.line(`${sound ? 'Sound' : 'DAMAGED'}: ${totalsOf(manifest)}, taken ${manifest.finishedAt}.`);
      if (!opened)
        output.line(
          'It is sealed: its bytes are as they were written. To look inside, name its key (--config or --key).',
        );
      else
        output.line(
          `  ${events} events; missing between them: ${gaps}; not following from the one before: ${chainBreaks}`,
        );
      for (const problem of problems) output.line(`  ${problem}`);
      output.result({ ok: sound, opened, problems, events, gaps, chainBreaks, ...summaryOf(manifest) });
      if (!sound) process.exitCode = 1;
    });
}

/** `wasl centre restore`. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('bring a backup back, into an empty server or over what is there, and begin a new life of the centre')
    .argument('<folder>', 'folder of the backup')
    .requiredOption('--config <file>', 'configuration of the bridge')
    .option('--database <name>', 'only this database; may be given several times', more)
    .option('--key <file>', 'the private key that it is sealed to, 64 hex digits, if it is not centre-seal-key')
    .option('--json', 'print one JSON object')
    .addHelpText('after', WHAT_A_RESTORE_DOES)
    .action(async (folder: string, options: { config: string; database?: string[]; key?: string; json?: boolean }) => {
      const { store } = createCouchServer(await couchOptions(await readBridgeFile(options.config)));
      const progress = progressOn();
      const report = await restoreBackup({
        store,
        folder: resolve(folder),
        sealKeys: await sealKeysOf(options),
        ...(options.database === undefined ? {} : { databases: options.database }),
        clock: systemClock,
        retry: { timers: systemTimers, random: systemRandom, limits: RETRY },
        onProgress: progress.show,
      });
      progress.clear();
      const output = processOutput(options.json === true);
      tell(report, output);
      output.result({ ok: true, incarnation: report.incarnation, databases: report.databases, ...unprovedOf(report) });
    });
}

function tell(report: RestoreReport, output: Output): void {
  const { databases, incarnation, manifest } = report;
  for (const { name, created, present, kept, rivals } of databases) {
    const more = [
      ...(kept === 0 ? [] : [`${kept} changed since the backup and left as they are`]),
      ...(rivals === 0 ? [] : [`${rivals} contradict what is there: both kept, see wasl-cases`]),
    ];
    output.line(`${name}: ${created} restored, ${present} were there${more.map((text) => `, ${text}`).join('')}`);
  }
  output.line(`The centre begins life ${incarnation}.`);
  output.line(
    `Terminals notice it with the next thing they have to send, and then send again whatever of theirs is missing, as of ${manifest.startedAt} and later.`,
  );
  const { unproved } = unprovedOf(report);
  for (const period of unproved)
    output.line(
      `wasl-batches-${period} came back without wasl-events-${period}: events that are newer than the backup stay without a signature. Delete wasl-events-${period} and restore both to get it from the terminals again.`,
    );
}

/** Periods whose signatures were restored, but not the events: terminals do not send again what the centre has. */
function unprovedOf({ databases }: RestoreReport): { readonly unproved: readonly string[] } {
  const names = databases.map(({ name }) => name);
  const batches = databases.filter(({ name, created }) => name.startsWith('wasl-batches-') && created > 0);
  const periods = batches.map(({ name }) => name.slice('wasl-batches-'.length));
  return { unproved: periods.filter((period) => !names.includes(`wasl-events-${period}`)) };
}

function totalsOf({ databases }: BackupManifest): string {
  const documents = databases.reduce((sum, one) => sum + one.documents, 0);
  const bytes = databases.reduce((sum, one) => sum + one.bytes, 0);
  return `${documents} documents of ${databases.length} databases (${(bytes / 1e6).toFixed(1)} MB)`;
}

function summaryOf({ startedAt, finishedAt, incarnation, seal, databases }: BackupManifest): object {
  const listed = databases.map(({ name, documents, bytes, sha256 }) => ({ name, documents, bytes, sha256 }));
  return { startedAt, finishedAt, incarnation, sealedTo: seal?.to ?? null, databases: listed };
}

/** Keys that may open a backup: that of `--key`, and that of the centre where there is one. */
async function sealKeysOf(options: { readonly config?: string; readonly key?: string }): Promise<SealKey[]> {
  const keys: SealKey[] = [];
  if (options.key !== undefined)
    keys.push(sealKeyFromSecret(parseSecret(await readFile(options.key, 'utf8'), options.key)));
  if (options.config === undefined) return keys;
  try {
    keys.push(await centreSealKey(await readBridgeFile(options.config)));
  } catch (error) {
    // A machine that only restores may not have it, and needs it for a sealed backup alone.
    if (!isWaslError(error, 'ERR_SECRET')) throw error;
  }
  return keys;
}

function progressOn(): {
  show(progress: BackupProgress & { readonly step: 'reading' | 'checking' | 'writing' }): void;
  clear(): void;
} {
  const line = progressLine(process.stderr);
  return {
    show: ({ step, database, documents, total }) =>
      line.show(`${step.padEnd(8)} ${progressBar(documents, total)} ${documents} of ${total}  ${database}`),
    clear: () => line.clear(),
  };
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function hexKey(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('64 lower-case hex digits are needed.');
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** For an option that takes several. */
function more(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

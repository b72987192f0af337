/** Where the commands about a journal find it, and what they say when there is none. */
import { join } from 'node:path';
import { readTerminalConfig } from '../../config.js';
import { WaslError } from '../../domain/errors.js';
import { nodeDisk } from '../../journal/node-disk.js';
import { type JournalUsage, journalUsage } from '../../journal/usage.js';
import { openSecrets } from '../../secrets.js';
import { progressBar, progressLine } from '../shared/progress.js';
import type { RecordSource } from './record.js';

/** The journal of the terminal that a configuration is for. Rejects with `ERR_CONFIG` or `ERR_SECRET`. */
export async function journalSource(configFile: string): Promise<RecordSource> {
  const config = await readTerminalConfig(configFile);
  const key = await openSecrets(config.secretsFolder, process.env).key('journal-key');
  const { dataFolder, terminal } = config;
  return {
    disk: nodeDisk(),
    folder: join(dataFolder, 'journal'),
    recordFolder: join(dataFolder, 'record'),
    key,
    terminal,
  };
}

/** What a journal takes up. Rejects with `ERR_DATA_FOLDER` that names the folder when there is none: a command that reads begins none. */
export async function usageOf(source: RecordSource): Promise<JournalUsage> {
  const usage = await journalUsage(source.disk, source.folder);
  if (usage.segments > 0) return usage;
  const message = `there is no journal in ${source.folder}: the terminal has not run yet, or "dataFolder" is another one`;
  throw new WaslError('ERR_DATA_FOLDER', message);
}

/** A bar on standard error for what reads segments, and how to take it away. */
export function readingProgress(usage: JournalUsage): {
  show(progress: { readonly bytes: number; readonly events: number }): void;
  clear(): void;
} {
  const line = progressLine(process.stderr);
  return {
    show: ({ bytes, events }) => {
      const share = usage.bytes === 0 ? 100 : Math.min(100, Math.floor((bytes / usage.bytes) * 100));
      line.show(`${progressBar(bytes, usage.bytes)} ${share} %, ${events} events`);
    },
    clear: () => line.clear(),
  };
}

/** Bytes as hex. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The journal of a terminal as its configuration has it, and what the log is told of it. */
import { join } from 'node:path';
import type { TerminalConfig } from './config.js';
import type { Log } from './domain/log.js';
import type { JournalSpace } from './journal/durable-journal.js';
import { nodeDisk } from './journal/node-disk.js';
import { type OpenJournal, openJournal } from './journal/open-journal.js';
import { systemClock, systemRandom } from './system.js';

/** No terminal's clock can be earlier than this software: 2026-11-21. */
export const BUILT_MS = Date.UTC(2026, 10, 21);

const MIB = 1024 * 1024;

/** Opens the journal in the data folder. Rejects as `openJournal` does. */
export async function openTerminalJournal(config: TerminalConfig, key: Uint8Array, log: Log): Promise<OpenJournal> {
  const { backupWindowDays, mebibytesMax } = config.journal;
  const journal = await openJournal({
    disk: nodeDisk(),
    folder: join(config.dataFolder, 'journal'),
    key,
    terminal: config.terminal,
    clock: systemClock,
    random: systemRandom,
    builtMs: BUILT_MS,
    limits: { backupWindowDays, journalBytesMax: mebibytesMax * MIB },
  });
  logReport(journal, log);
  watchSpace(journal, log);
  return journal;
}

function logReport({ report }: OpenJournal, log: Log): void {
  const { fresh, fromCheckpoint, segments, prunedSegments, tornBytes, damages, quarantined, basesLost } = report;
  log.info({ fresh, fromCheckpoint, segments, prunedSegments, tornBytes }, 'journal open');
  if (damages.length > 0)
    log.error({ damages: damages.length, quarantined }, 'the journal was damaged; what is readable goes on');
  if (basesLost.length > 0)
    log.warn({ basesLost }, 'what the journal remembers of the past was damaged, and is written anew');
  if (report.stateLost)
    log.error(
      { segments },
      'which cards were served last, and which taps were open, is not known any more: tell the authority',
    );
}

/** Says it once, each time that the journal comes nearer to its limit: nothing is acknowledged for so long. */
function watchSpace(journal: OpenJournal, log: Log): void {
  let said: JournalSpace['level'] = 'ok';
  const look = (): void => {
    const { level, bytes, bytesMax } = journal.space();
    if (level === said) return;
    said = level;
    if (level === 'low') log.warn({ bytes, bytesMax }, 'the journal is nearly full: bring the terminal online');
    if (level === 'full')
      log.error({ bytes, bytesMax }, 'the journal is full: no service until the centre acknowledges');
  };
  look();
  journal.subscribe(look);
}

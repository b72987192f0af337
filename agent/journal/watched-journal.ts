/** A journal of which the log is told: how it was found, and when it fills. */
import type { Log } from '../domain/log.js';
import type { JournalSpace } from './durable-journal.js';
import { type JournalOptions, type OpenJournal, openJournal } from './open-journal.js';

/** Opens a journal and goes on watching it. Rejects as `openJournal` does. */
export async function openWatchedJournal(options: JournalOptions, log: Log): Promise<OpenJournal> {
  const journal = await openJournal(options);
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

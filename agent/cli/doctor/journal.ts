/** What `wasl doctor` says of the journal: how near it is to its limit. It may be in use; nothing is opened or locked. */
import { join } from 'node:path';
import type { TerminalConfig } from '../../config.js';
import { JOURNAL_LIMITS } from '../../journal/limits.js';
import { nodeDisk } from '../../journal/node-disk.js';
import { journalUsage } from '../../journal/usage.js';
import { type Finding, ok, problem, textOf, warning } from './finding.js';

const MIB = 1024 * 1024;
/** Share of the limit from which on people should know. */
const NEARLY_FULL = 0.8;
const FIX = 'bring the terminal online, so that the centre acknowledges; or raise "journal.mebibytesMax"';

/** Compares what the journal takes up with what it may. Never rejects. */
export async function checkJournal({ dataFolder, journal }: TerminalConfig): Promise<Finding> {
  try {
    const { segments, bytes } = await journalUsage(nodeDisk(), join(dataFolder, 'journal'));
    if (segments === 0) return ok('journal', 'nothing recorded yet');
    const mebibytesMax = journal.mebibytesMax ?? JOURNAL_LIMITS.journalBytesMax / MIB;
    const share = bytes / (mebibytesMax * MIB);
    const text = `${(bytes / MIB).toFixed(1)} of ${mebibytesMax} MiB, in ${segments} file${segments === 1 ? '' : 's'}`;
    if (share >= 1) return problem('journal', `${text}: it is full, and services are refused`, FIX);
    return share >= NEARLY_FULL ? warning('journal', `${text}: nearly full`, FIX) : ok('journal', text);
  } catch (error) {
    return problem('journal', textOf(error), 'see that the user who runs Wasl may read the data folder');
  }
}

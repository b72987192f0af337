/** Settlement of a site: as an operator would configure it, so that the `wasl centre` commands work with its file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openListHistory } from '../../agent/cli/centre/list-history.js';
import { createLog, type LogLevel } from '../../agent/log.js';
import { systemClock, systemTimers } from '../../agent/system.js';
import type { Authority } from '../../sync/authority/authority.js';
import { type RunningSettlement, runSettlement } from '../../sync/settlement/main.js';
import type { RunningCouch } from '../central/couch.js';

/** Name of the file in the site's folder. */
export const SETTLEMENT_FILE = 'settlement.json';

/** Writes the configuration of settlement into the site's folder and runs it. */
export async function startSettlement(
  folder: string,
  site: { readonly authority: Authority; readonly couch: RunningCouch; readonly logLevel: LogLevel },
): Promise<RunningSettlement> {
  const { authority, couch, logLevel } = site;
  const { authorityKey } = authority.register();
  const config = {
    couch: { url: couch.url, username: couch.username },
    lists: { folder: 'authority/lists', authorityKey, historyFolder: 'centre-lists' },
  };
  await writeFile(join(folder, 'secrets', 'couch-password'), `${couch.password}\n`, { mode: 0o600 });
  const file = { ...config, secretsFolder: 'secrets' };
  await writeFile(join(folder, SETTLEMENT_FILE), `${JSON.stringify(file, null, 2)}\n`);
  const { rules } = await openListHistory({
    folder: join(folder, config.lists.folder),
    historyFolder: join(folder, config.lists.historyFolder),
    authorityKey,
    householdMembersMax: 99,
  });
  return runSettlement(config, {
    couchPassword: couch.password,
    rules,
    clock: systemClock,
    timers: systemTimers,
    log: createLog(logLevel, 'settlement'),
  });
}

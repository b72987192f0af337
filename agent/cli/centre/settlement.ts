import { Command } from 'commander';
import { requestRebuild } from '../../../sync/settlement/position.js';
import { codeOf } from '../../domain/errors.js';
import { createLog } from '../../log.js';
import { serviceManager } from '../../notify.js';
import { systemClock, systemTimers } from '../../system.js';
import { processOutput } from '../shared/output.js';
import { untilStopped } from '../shared/until-stopped.js';
import { openListHistory } from './list-history.js';
import { readSettlementFile } from './settlement-file.js';
import { readViewsFile } from './view-file.js';

/** How soon new lists of the authority are seen. */
const REFRESH_MS = 30_000;

/** `wasl settlement …`: follows the events, keeps what cards drew, opens and closes cases. */
export function settlementCommands(): Command {
  const group = new Command('settlement');
  group.addCommand(runCommand());
  group.addCommand(rebuildCommand());
  return group;
}

function runCommand(): Command {
  return new Command('run')
    .description('follow the events and keep usage and cases until it is told to stop (SIGINT, SIGTERM)')
    .requiredOption('--config <file>', 'configuration of settlement')
    .action(async (options: { config: string }) => {
      const { config, secrets } = await readSettlementFile(options.config);
      const log = createLog('info', 'settlement');
      const { lists, householdMembersMax } = config;
      const history = await openListHistory({
        folder: lists.folder,
        historyFolder: lists.historyFolder ?? null,
        authorityKey: lists.authorityKey,
        householdMembersMax,
      });
      const accreditation = { sites: history.sites, kinds: config.mustBeAccredited };
      const views = config.views === undefined ? null : await readViewsFile(config.views);
      const { runSettlement } = await import('../../../sync/settlement/main.js');
      const settlement = await runSettlement(config, {
        couchPassword: await secrets.text('couch-password'),
        rules: history.rules,
        ...(views === null ? {} : { views: { ...views, accreditation, key: await secrets.key('views-key') } }),
        clock: systemClock,
        timers: systemTimers,
        log,
      });
      const endRefreshing = refreshing(() =>
        history.refresh().catch((error: unknown) => {
          log.warn({ code: codeOf(error), detail: error instanceof Error ? error.message : '' }, 'lists');
        }),
      );
      const manager = serviceManager(process.env, systemTimers);
      manager.ready();
      log.info({ healthPort: settlement.healthPort }, 'settlement ready');
      await untilStopped();
      manager.stopping();
      endRefreshing();
      await settlement.stop();
      log.info({}, 'settlement stopped');
    });
}

/** Runs `task` again and again; returns how to end that. */
function refreshing(task: () => Promise<void>): () => void {
  let cancel = (): void => {};
  let ended = false;
  const next = (): void => {
    if (!ended) cancel = systemTimers.after(REFRESH_MS, () => void task().finally(next));
  };
  next();
  return () => {
    ended = true;
    cancel();
  };
}

function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('compute usage and cases anew from the events; what people decided stays')
    .requiredOption('--config <file>', 'configuration of settlement')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; json?: boolean }) => {
      const { config, secrets } = await readSettlementFile(options.config);
      const { settlementStore } = await import('../../../sync/settlement/main.js');
      await requestRebuild(settlementStore(config, await secrets.text('couch-password')));
      const output = processOutput(options.json === true);
      output.line('The settlement that runs, or the next one that starts, computes everything anew.');
      output.result({ ok: true });
    });
}

import { Command } from 'commander';
import { type AuthorityRegister, openAuthority } from '../../../sync/authority/authority.js';
import { readEscrow } from '../../../sync/authority/escrows.js';
import { createCouchStore } from '../../../sync/bridge/couch-store.js';
import { beginIncarnation, type EnrolledTerminal, enrolTerminal } from '../../../sync/bridge/registry.js';
import { createLog } from '../../log.js';
import { serviceManager } from '../../notify.js';
import { systemClock, systemRandom, systemTimers } from '../../system.js';
import { counted } from '../shared/counted.js';
import { processOutput } from '../shared/output.js';
import { untilStopped } from '../shared/until-stopped.js';
import { couchOptions, readBridgeFile } from './bridge-file.js';

/** `wasl bridge …`: the worker between broker and database at the centre. */
export function bridgeCommands(): Command {
  const group = new Command('bridge');
  group.addCommand(runCommand());
  group.addCommand(registerCommand());
  return group;
}

function runCommand(): Command {
  return new Command('run')
    .description('run a bridge worker until it is told to stop (SIGINT, SIGTERM)')
    .requiredOption('--config <file>', 'configuration of the bridge')
    .action(async (options: { config: string }) => {
      const { config, secrets } = await readBridgeFile(options.config);
      const log = createLog('info', 'bridge');
      const brokerPassword = await secrets.optionalText('broker-password');
      const ca = await secrets.optionalText('broker-ca.pem');
      const { runBridge } = await import('../../../sync/bridge/main.js');
      const bridge = await runBridge(config, {
        secrets: {
          sealSecretKeys: [await secrets.key('centre-seal-key')],
          ackSeed: await secrets.key('centre-ack-key'),
          couchPassword: await secrets.text('couch-password'),
          ...(brokerPassword === null ? {} : { brokerPassword }),
          ...(ca === null ? {} : { brokerTls: { ca } }),
        },
        clock: systemClock,
        timers: systemTimers,
        random: systemRandom,
        log,
      });
      const manager = serviceManager(process.env, systemTimers);
      manager.ready();
      log.info({ healthPort: bridge.healthPort }, 'bridge ready');
      await untilStopped();
      manager.stopping();
      await bridge.stop();
      log.info({}, 'bridge stopped');
    });
}

function registerCommand(): Command {
  return new Command('register')
    .description('tell the centre which terminals are enrolled, and prepare a new database for its first use')
    .requiredOption('--config <file>', 'configuration of the bridge')
    .requiredOption('--authority <folder>', 'folder of the authority')
    .option('--new-incarnation', 'the database was restored from a backup: acknowledge anew from what it holds')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; authority: string; newIncarnation?: boolean; json?: boolean }) => {
      const store = createCouchStore(await couchOptions(await readBridgeFile(options.config)));
      const register = (
        await openAuthority(options.authority, { clock: systemClock, random: systemRandom })
      ).register();
      const terminals = await terminalsOf(register, options.authority);
      for (const terminal of terminals) await enrolTerminal(store, terminal);
      const incarnation = options.newIncarnation === true ? await beginIncarnation(store, systemClock) : null;
      const output = processOutput(options.json === true);
      output.line(
        `Registered ${counted(terminals.length, 'terminal')}${incarnation === null ? '' : `; the centre begins life ${incarnation}`}.`,
      );
      const unescrowed = terminals.filter(({ escrows = [] }) => escrows.length === 0).map(({ terminal }) => terminal);
      if (unescrowed.length > 0)
        output.line(
          `No escrow of ${unescrowed.join(', ')}: were it to die, only its own journal-key could read its journal.`,
        );
      output.result({ ok: true, terminals: terminals.length, incarnation, unescrowed });
    });
}

/** Each terminal once, with its newest key; keys that it had before are its former ones. */
async function terminalsOf({ terminals }: AuthorityRegister, folder: string): Promise<EnrolledTerminal[]> {
  const byName = new Map<string, EnrolledTerminal>();
  for (const { terminal, site, publicKey } of terminals) {
    const before = byName.get(terminal);
    const escrow = await readEscrow(folder, { terminal, publicKey });
    byName.set(terminal, {
      terminal,
      site,
      publicKey: Uint8Array.from(Buffer.from(publicKey, 'hex')),
      formerKeys: before === undefined ? [] : [...(before.formerKeys ?? []), before.publicKey],
      escrows: [...(before?.escrows ?? []), ...(escrow === null ? [] : [escrow])],
    });
  }
  return [...byName.values()];
}

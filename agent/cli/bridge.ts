import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { openAuthority } from '../../sync/authority/authority.js';
import { type BridgeConfigInput, checkBridgeConfig } from '../../sync/bridge/config.js';
import { createCouchStore } from '../../sync/bridge/couch-store.js';
import { beginIncarnation, enrolTerminal } from '../../sync/bridge/registry.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import { readJsonFile } from '../files.js';
import { createLog } from '../log.js';
import { serviceManager } from '../notify.js';
import { openSecrets, type Secrets } from '../secrets.js';
import { systemClock, systemRandom, systemTimers } from '../system.js';
import { processOutput } from './output.js';
import { untilStopped } from './until-stopped.js';

/** `wasl bridge …`: the worker between broker and database at the centre. */
export function bridgeCommands(): Command {
  const group = new Command('bridge');
  group.addCommand(runCommand());
  group.addCommand(registerCommand());
  return group;
}

interface BridgeFile {
  readonly config: BridgeConfigInput;
  readonly secrets: Secrets;
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
      const { runBridge } = await import('../../sync/bridge/main.js');
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
      const { config, secrets } = await readBridgeFile(options.config);
      const checked = checkBridgeConfig(config);
      const url = new URL(checked.couch.url);
      url.username = encodeURIComponent(checked.couch.username);
      url.password = encodeURIComponent(await secrets.text('couch-password'));
      const { requestTimeoutMs, role } = checked.couch;
      const store = createCouchStore({ url: url.href, requestTimeoutMs, role, unpartitioned: () => undefined });
      const { terminals } = (
        await openAuthority(options.authority, { clock: systemClock, random: systemRandom })
      ).register();
      for (const { terminal, site, publicKey } of terminals) {
        await enrolTerminal(store, { terminal, site, publicKey: Uint8Array.from(Buffer.from(publicKey, 'hex')) });
      }
      const incarnation = options.newIncarnation === true ? await beginIncarnation(store, systemClock) : null;
      const output = processOutput(options.json === true);
      output.line(
        `Registered ${terminals.length} terminal(s)${incarnation === null ? '' : `; the centre begins life ${incarnation}`}.`,
      );
      output.result({ ok: true, terminals: terminals.length, incarnation });
    });
}

/** The bridge's file is its configuration and, optionally, `secretsFolder`, relative to the file. */
async function readBridgeFile(file: string): Promise<BridgeFile> {
  const value = await readJsonFile(file);
  const { secretsFolder, ...config } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (secretsFolder !== undefined && typeof secretsFolder !== 'string') {
    throw new WaslError('ERR_CONFIG', `${file} has 1 mistake:\n  secretsFolder: name a folder`);
  }
  const folder = secretsFolder === undefined ? undefined : resolve(dirname(file), secretsFolder);
  try {
    return { config: checkBridgeConfig(config), secrets: openSecrets(folder, process.env) };
  } catch (error) {
    if (!isWaslError(error, 'ERR_CONFIG')) throw error;
    throw new WaslError('ERR_CONFIG', `${file}: ${error.message}`, { cause: error });
  }
}

import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { escrowText } from '../../../sync/authority/escrows.js';
import { type EscrowedKey, makeEscrow } from '../../../sync/protocol/escrow.js';
import { readTerminalConfig } from '../../config.js';
import { signerFromSeed } from '../../credential/signature.js';
import { WaslError } from '../../domain/errors.js';
import { fileError, makeFolder } from '../../files.js';
import { createLog } from '../../log.js';
import { serviceManager } from '../../notify.js';
import { openSecrets } from '../../secrets.js';
import { systemRandom, systemTimers } from '../../system.js';
import { counted } from '../shared/counted.js';
import { processOutput } from '../shared/output.js';
import { untilStopped } from '../shared/until-stopped.js';

/** `wasl terminal …`: run a terminal, and what it needs before its first start. */
export function terminalCommands(): Command {
  const group = new Command('terminal');
  group.addCommand(runCommand());
  group.addCommand(checkCommand());
  group.addCommand(keygenCommand());
  group.addCommand(escrowCommand());
  return group;
}

function runCommand(): Command {
  return new Command('run')
    .description('run the terminal until it is told to stop (SIGINT, SIGTERM); SIGHUP reads the signed lists again')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .action(async (options: { config: string }) => {
      const config = await readTerminalConfig(options.config);
      const log = createLog(config.logLevel, 'terminal');
      const { startTerminal } = await import('../../main.js');
      const terminal = await startTerminal(config, { log });
      process.on('SIGHUP', () => {
        terminal.reloadTrust().then(
          () => log.info({}, 'signed lists read again'),
          (error: unknown) =>
            log.error({ reason: error instanceof Error ? error.message : '' }, 'the signed lists were not taken'),
        );
      });
      const manager = serviceManager(process.env, systemTimers);
      manager.ready();
      log.info({ kioskUrl: terminal.kioskUrl }, 'terminal ready');
      await untilStopped();
      manager.stopping();
      await terminal.stop();
      log.info({}, 'terminal stopped');
    });
}

function checkCommand(): Command {
  return new Command('check')
    .description('check a configuration without starting anything')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; json?: boolean }) => {
      const config = await readTerminalConfig(options.config);
      const output = processOutput(options.json === true);
      output.line(
        `${options.config} is sound: terminal ${config.terminal} at ${config.site}, ${counted(config.readers.length, 'reader')}.`,
      );
      output.result({ ok: true, config });
    });
}

function keygenCommand(): Command {
  return new Command('keygen')
    .description('make the secrets of a terminal; prints the public key to enrol')
    .requiredOption('--secrets <folder>', 'folder for journal-key and terminal-key; existing ones are never replaced')
    .option('--centre-seal-key <hex>', 'public key of the centre: an escrow of journal-key is made for it', hexKey)
    .option('--json', 'print one JSON object')
    .action(async (options: { secrets: string; centreSealKey?: Uint8Array; json?: boolean }) => {
      await makeFolder(options.secrets, 0o700);
      const files = { terminal: join(options.secrets, 'terminal-key'), journal: join(options.secrets, 'journal-key') };
      // Both or none: half a pair would be found at the first start, on site.
      for (const path of Object.values(files)) await refuseExisting(path);
      const seed = systemRandom.bytes(32);
      const journalKey = systemRandom.bytes(32);
      await writeSecret(files.terminal, seed);
      await writeSecret(files.journal, journalKey);
      const terminalKey = signerFromSeed(seed).publicKey;
      const publicKey = Buffer.from(terminalKey).toString('hex');
      const escrow =
        options.centreSealKey === undefined
          ? null
          : await writeEscrow(options.secrets, { terminalKey, journalKey }, options.centreSealKey);
      const output = processOutput(options.json === true);
      output.line(
        `Made terminal-key and journal-key in ${options.secrets}. Whoever has them is this terminal: keep a sealed copy of journal-key only.`,
      );
      output.line(`Public key to enrol: ${publicKey}`);
      if (escrow !== null) output.line(`Escrow to enrol with it: ${escrow}`);
      else
        output.line(
          'No escrow: if this terminal dies, its journal cannot be read at the centre (wasl terminal escrow).',
        );
      output.result({ ok: true, publicKey, escrow });
    });
}

function escrowCommand(): Command {
  return new Command('escrow')
    .description('seal the journal-key of a terminal to the centre, so that its journal can be read there if it dies')
    .requiredOption('--secrets <folder>', 'folder with journal-key and terminal-key')
    .requiredOption('--centre-seal-key <hex>', 'public key of the centre, as "wasl authority show" prints it', hexKey)
    .option('--json', 'print one JSON object')
    .action(async (options: { secrets: string; centreSealKey: Uint8Array; json?: boolean }) => {
      const secrets = openSecrets(options.secrets, process.env);
      const terminalKey = signerFromSeed(await secrets.key('terminal-key')).publicKey;
      const keys = { terminalKey, journalKey: await secrets.key('journal-key') };
      const escrow = await writeEscrow(options.secrets, keys, options.centreSealKey);
      const output = processOutput(options.json === true);
      output.line(`Escrow to enrol with (wasl authority enrol --escrow): ${escrow}`);
      output.result({ ok: true, publicKey: Buffer.from(terminalKey).toString('hex'), escrow });
    });
}

/** Writes the escrow beside the secrets, in place of an earlier one; only the centre can open it. Resolves to its path. */
async function writeEscrow(folder: string, keys: EscrowedKey, centreSealKey: Uint8Array): Promise<string> {
  const path = join(folder, 'journal-key.escrow');
  try {
    await writeFile(path, escrowText(makeEscrow(keys, centreSealKey, systemRandom)), { mode: 0o600, flush: true });
  } catch (cause) {
    throw fileError('ERR_SECRET', path, cause);
  }
  return path;
}

function hexKey(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('64 lower-case hex digits are needed.');
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

async function refuseExisting(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new WaslError(
    'ERR_SECRET',
    `${path} is there already; a terminal's keys are never replaced. Remove it by hand if you mean to`,
  );
}

async function writeSecret(path: string, secret: Uint8Array): Promise<void> {
  try {
    await writeFile(path, `${Buffer.from(secret).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (cause) {
    throw fileError('ERR_SECRET', path, cause);
  }
}

#!/usr/bin/env node
/** The `wasl` command. Each group of commands is loaded only when it is called, so that `--help` needs nothing installed. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { authorityCommands } from './authority.js';
import { bridgeCommands } from './bridge.js';
import { doctorCommand } from './doctor.js';
import { errorsCommand } from './errors.js';
import { journalCommands } from './journal.js';
import { processOutput, reportFailure } from './output.js';
import { terminalCommands } from './terminal.js';

/** What a plug-in of the command must export. */
interface Plugin {
  readonly commands: () => Command[];
}

/**
 * The simulators' commands, where they are installed. They are no part of what a terminal in the field carries, and production code never
 * imports them: this looks for the built file and goes without when it is not there.
 */
async function simulatorCommands(): Promise<Command[]> {
  const file = new URL('../../simulators/commands.js', import.meta.url);
  if (!existsSync(file)) return [];
  const plugin = (await import(file.href)) as Plugin;
  return plugin.commands();
}

async function main(argv: readonly string[]): Promise<number> {
  const packageFile = fileURLToPath(new URL('../../../package.json', import.meta.url));
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  const program = new Command('wasl')
    .description('Offline-first card terminal, and the agent that syncs it.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help for what is possible)');
  const groups = [
    terminalCommands(),
    bridgeCommands(),
    authorityCommands(),
    journalCommands(),
    doctorCommand(),
    errorsCommand(),
    ...(await simulatorCommands()),
  ];
  for (const group of groups) program.addCommand(inherit(group));
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error, processOutput(argv.includes('--json')));
  }
}

/** Commander copies these settings only to commands that it made itself. */
function inherit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help for what is possible)');
  for (const child of command.commands) inherit(child);
  return command;
}

process.exitCode = await main(process.argv);

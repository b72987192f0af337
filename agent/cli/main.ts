#!/usr/bin/env node
/** The `wasl` command. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { WaslError } from '../domain/errors.js';
import { GROUPS } from './groups.js';
import { processOutput, reportFailure } from './shared/output.js';

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
    .version(version);
  for (const group of GROUPS) {
    const command = isCalled(group.name, argv) ? await group.load() : new Command(group.name);
    program.addCommand(command.description(group.description));
  }
  for (const command of await simulatorCommands()) program.addCommand(command);
  speakAsWeDo(program);
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Help that was asked for, or that stands in for a missing command, has been printed.
    if (error instanceof CommanderError && HELP_CODES.includes(error.code)) return error.exitCode === 0 ? 0 : 2;
    const failure = error instanceof CommanderError ? usageError(error) : error;
    return reportFailure(failure, processOutput(argv.includes('--json')));
  }
}

/** True where the first word of the command line, or the one after `help`, is this name. */
function isCalled(name: string, argv: readonly string[]): boolean {
  const [first, second] = argv.slice(2).filter((word) => !word.startsWith('-'));
  return first === name || (first === 'help' && second === name);
}

const HELP_CODES: readonly string[] = ['commander.help', 'commander.helpDisplayed', 'commander.version'];

/** Commander's own complaints would go to standard error without a code, and not to machines at all. */
function speakAsWeDo(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const child of command.commands) speakAsWeDo(child);
}

function usageError(error: CommanderError): WaslError {
  const message = error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  return new WaslError('ERR_USAGE', `${message}; add --help for what is possible`, { cause: error });
}

// Whatever a part that failed has left open must not keep a command alive that is over.
process.exit(await main(process.argv));

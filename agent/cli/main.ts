#!/usr/bin/env node
/** The `wasl` command. Each group of commands is loaded only when it is called, so that `--help` is quick and needs nothing but this. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { WaslError } from '../domain/errors.js';
import { processOutput, reportFailure } from './shared/output.js';

/** A group of commands, or a command of its own, that is loaded when it is called. */
interface Group {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

const GROUPS: readonly Group[] = [
  {
    name: 'terminal',
    description: 'the terminal: readers, kiosk page, journal and the link to the centre',
    load: async () => (await import('./terminal/commands.js')).terminalCommands(),
  },
  {
    name: 'bridge',
    description: 'the centre: takes batches from the broker, writes CouchDB, acknowledges',
    load: async () => (await import('./centre/bridge.js')).bridgeCommands(),
  },
  {
    name: 'centre',
    description: 'the data of the centre: cases and usage; back it up, restore it',
    load: async () => (await import('./centre/commands.js')).centreCommands(),
  },
  {
    name: 'settlement',
    description: 'the centre: what cards drew over all terminals, and cases for what does not add up',
    load: async () => (await import('./centre/settlement.js')).settlementCommands(),
  },
  {
    name: 'authority',
    description: 'the authority: keys, enrolled terminals, blocked cards, signed lists',
    load: async () => (await import('./authority/commands.js')).authorityCommands(),
  },
  {
    name: 'policy',
    description: 'the rules that are served under: check, explain, compare and print them before they are signed',
    load: async () => (await import('./policy/commands.js')).policyCommands(),
  },
  {
    name: 'card',
    description: 'cards and QR codes: issue, read, verify, dump, update, replace, wipe, print',
    load: async () => (await import('./card/commands.js')).cardCommands(),
  },
  {
    name: 'roster',
    description: 'persons who are served without a card: make a signed list of them from a table',
    load: async () => (await import('./authority/roster-import.js')).rosterCommands(),
  },
  {
    name: 'conformance',
    description: 'check a reader, a blank card or a QR code against what Wasl relies on',
    load: async () => (await import('./conformance/command.js')).conformanceCommand(),
  },
  {
    name: 'journal',
    description: 'the journal of a terminal that is stopped: verify it, show it',
    load: async () => (await import('./journal/commands.js')).journalCommands(),
  },
  {
    name: 'statement',
    description:
      'what an outlet is owed for a period: make it, dispute a service, close it; the same figures from a terminal',
    load: async () => (await import('./centre/statement.js')).statementCommands(),
  },
  {
    name: 'view',
    description: 'who sees what of the centre: a database for each provider, insurer and regulator',
    load: async () => (await import('./centre/view.js')).viewCommands(),
  },
  {
    name: 'stock',
    description: 'the goods of an outlet: deliveries, counts, write-offs, and what its terminal believes to have',
    load: async () => (await import('./terminal/stock.js')).stockCommands(),
  },
  {
    name: 'shift',
    description: 'the shifts of a terminal, from its own journal: what came in, what was counted',
    load: async () => (await import('./terminal/shift.js')).shiftCommands(),
  },
  {
    name: 'shifts',
    description: 'the shifts of all terminals, at the centre',
    load: async () => (await import('./centre/shifts.js')).shiftsCommands(),
  },
  {
    name: 'doctor',
    description: 'check this machine: Node, readers, native parts, disk, configuration; each problem with its fix',
    load: async () => (await import('./doctor/command.js')).doctorCommand(),
  },
  {
    name: 'errors',
    description: 'explain an error code, or list all of them',
    load: async () => (await import('./errors.js')).errorsCommand(),
  },
];

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

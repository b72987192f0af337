/** The groups of commands of `wasl`. Each is loaded only when it is called, so that `--help` is quick and needs nothing but this. */
import type { Command } from 'commander';

/** A group of commands, or a command of its own, that is loaded when it is called. */
export interface Group {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

/** All groups of a terminal and a centre, in the order in which `wasl --help` lists them. */
export const GROUPS: readonly Group[] = [
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

import { Command } from 'commander';
import { readTerminalConfig, type TerminalConfig } from '../../config.js';
import { verifierFromKey } from '../../credential/signature.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import type { StockKind } from '../../domain/event.js';
import type { Policy } from '../../domain/policy.js';
import { journalStock } from '../../journal/books/stock.js';
import { type OpenJournal, openJournal } from '../../journal/open-journal.js';
import { itemsOf, stockView } from '../../kiosk/names.js';
import type { StockView } from '../../kiosk/state.js';
import { isReference, type StockKeeper } from '../../services/stock.js';
import { systemClock, systemRandom } from '../../system.js';
import { readTrust } from '../../trust/open-trust.js';
import { journalSource, usageOf } from '../journal/source.js';
import { type Output, processOutput } from '../shared/output.js';
import { table } from '../shared/table.js';
import { askPin } from './pin.js';
import { runningStock } from './running.js';

/** As in the signed list of terminals. */
const SUPERVISOR_MAX = 65_535;

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

interface RecordOptions extends Common {
  readonly note?: string;
  readonly supervisor?: string;
}

/** A command of the group that records. */
interface Recording {
  readonly name: string;
  readonly kind: StockKind;
  readonly description: string;
}

const RECORDINGS: readonly Recording[] = [
  { name: 'deliver', kind: 'delivery', description: 'goods came in' },
  {
    name: 'count',
    kind: 'count',
    description: 'goods were counted: states by how much the book is off, and puts it right',
  },
  { name: 'write-off', kind: 'write-off', description: 'goods were spoilt, lost or taken back by the supplier' },
];

/** `wasl stock …`: what the terminal of an outlet believes to have. */
export function stockCommands(): Command {
  const group = new Command('stock');
  group.addCommand(showCommand());
  for (const recording of RECORDINGS) group.addCommand(recordCommand(recording));
  return group;
}

function common(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object');
}

function showCommand(): Command {
  return common(new Command('show'))
    .description('what came in, was handed out, given back, written off and counted; whether the terminal runs or not')
    .action(async (options: Common) => {
      const output = processOutput(options.json === true);
      const stock = await atTerminal(options.config, {
        running: (config) => runningStock(config).book(),
        stopped: async (journal, policy) => stockView(await keeperOf(journal).book(), policy),
      });
      tell(stock, output);
      output.result({ ok: true, stock });
    });
}

function recordCommand({ name, kind, description }: Recording): Command {
  return common(new Command(name))
    .description(`${description}; a running terminal asks for a supervisor's PIN on standard input`)
    .argument('<quantities...>', 'commodities of the policy with their quantity, for example loaf=900 oil=24')
    .option('--note <number>', 'number of the delivery note, or of the sheet of the count')
    .option('--supervisor <number>', 'number of who answers for it')
    .action(async (words: readonly string[], options: RecordOptions) => {
      const output = processOutput(options.json === true);
      const order = orderOf(kind, words, options);
      const stock = await atTerminal(options.config, {
        running: (config) => recordRunning(config, order),
        stopped: async (journal, policy) => {
          const keeper = keeperOf(journal);
          const items = itemsOf(order.quantities, policy);
          await keeper.record({ kind, items, reference: order.reference, operator: order.supervisor ?? 0 });
          return stockView(await keeper.book(), policy);
        },
      });
      const named = stock.filter(({ commodity }) => Object.hasOwn(order.quantities, commodity));
      if (kind === 'count') for (const line of named) tellVariance(line, output);
      tell(named, output);
      output.result({ ok: true, kind, stock: named });
    });
}

/** What the command line asks to be recorded. */
interface Order {
  readonly kind: StockKind;
  readonly quantities: Readonly<Record<string, number>>;
  readonly reference: string | null;
  readonly supervisor: number | null;
}

/** Throws `ERR_USAGE` with what is wrong. */
function orderOf(kind: StockKind, words: readonly string[], { note, supervisor }: RecordOptions): Order {
  const quantities: Record<string, number> = {};
  for (const word of words) {
    const [, id = '', digits = ''] = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(\d{1,8})$/.exec(word) ?? [];
    if (id === '') throw new WaslError('ERR_USAGE', `"${word}" is no commodity with its quantity, such as loaf=900`);
    if (Object.hasOwn(quantities, id)) throw new WaslError('ERR_USAGE', `${id} stands there twice`);
    quantities[id] = Number(digits);
  }
  if (note !== undefined && !isReference(note))
    throw new WaslError('ERR_USAGE', '--note takes 1 to 32 printable characters');
  const number = supervisor === undefined ? null : Number(supervisor);
  if (number !== null && !(Number.isInteger(number) && number >= 1 && number <= SUPERVISOR_MAX))
    throw new WaslError('ERR_USAGE', `--supervisor takes a whole number from 1 to ${SUPERVISOR_MAX}`);
  return { kind, quantities, reference: note ?? null, supervisor: number };
}

async function recordRunning(config: TerminalConfig, order: Order): Promise<readonly StockView[]> {
  const { kind, quantities, reference, supervisor } = order;
  if (supervisor === null)
    throw new WaslError('ERR_USAGE', 'the terminal runs: name the supervisor who answers for it with --supervisor');
  const terminal = runningStock(config);
  const pin = await askPin(`PIN of supervisor ${supervisor}: `);
  const note = reference === null ? {} : { reference };
  await terminal.record({ type: 'stock', kind, quantities, ...note, supervisor, pin });
  return terminal.book();
}

/** Asks a terminal that runs over its kiosk, one that is stopped through its journal. Rejects with `ERR_CONFIG`, `ERR_DATA_FOLDER`, `ERR_JOURNAL_*`, `ERR_LIST_*`. */
async function atTerminal<T>(
  file: string,
  how: {
    readonly running: (config: TerminalConfig) => Promise<T>;
    readonly stopped: (journal: OpenJournal, policy: Policy) => Promise<T>;
  },
): Promise<T> {
  const config = await readTerminalConfig(file);
  const source = await journalSource(file);
  // Without this a mistaken folder would get a journal of its own.
  await usageOf(source);
  const { disk, folder, key, terminal } = source;
  const opening = openJournal({ disk, folder, key, terminal, clock: systemClock, random: systemRandom });
  const journal = await opening.catch((error: unknown) => {
    if (isWaslError(error, 'ERR_JOURNAL_LOCKED')) return null;
    throw error;
  });
  if (journal === null) return how.running(config);
  try {
    const authority = verifierFromKey(Uint8Array.from(Buffer.from(config.trust.authorityKey, 'hex')));
    const trust = await readTrust(disk, config.trust.folder, authority);
    return await how.stopped(journal, trust.policy());
  } finally {
    await journal.close();
  }
}

/** The time of a stopped terminal never goes back behind what it has recorded. */
function keeperOf(journal: OpenJournal): StockKeeper {
  return journalStock({ journal, nowMs: () => Math.max(systemClock.nowMs(), journal.state().timeFloorMs) });
}

function tell(stock: readonly StockView[], output: Output): void {
  const kept = stock.filter(({ entries }) => entries > 0);
  const head = ['', 'opening', 'delivered', 'handed out', 'given back', 'written off', 'counts', 'on hand'];
  const rows = kept.map((line) => [
    `${line.name.ar} (${line.commodity})`,
    ...[line.opening, line.delivered, line.dispensed, line.returned, line.writtenOff].map(units),
    `${line.adjusted > 0 ? '+' : ''}${line.adjusted}`,
    units(line.onHand),
  ]);
  if (rows.length > 0) for (const row of table([head, ...rows])) output.line(row);
  for (const { commodity, onHand } of kept)
    if (onHand !== null && onHand < 0)
      output.line(
        `${commodity}: more was handed out than ever came in; a delivery was not recorded, or the store is to be counted.`,
      );
  const others = stock
    .filter(({ entries }) => entries === 0)
    .map(({ commodity, dispensed }) => `${commodity} ${dispensed}`);
  if (others.length > 0) output.line(`Handed out without a delivery ever recorded: ${others.join(', ')}.`);
  if (stock.length === 0) output.line('Nothing came in yet, and nothing was handed out.');
}

function tellVariance({ commodity, lastCount }: StockView, output: Output): void {
  if (lastCount === null) return;
  const { counted, believed } = lastCount;
  const by = counted - believed;
  const words = by === 0 ? 'as it should be' : `${Math.abs(by)} ${by < 0 ? 'missing' : 'too many'}`;
  output.line(`${commodity}: counted ${counted}, believed ${believed}: ${words}.`);
}

function units(value: number | null): string {
  return value === null ? '?' : String(value);
}

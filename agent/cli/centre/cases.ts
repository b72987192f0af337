import { userInfo } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DocumentStore } from '../../../sync/bridge/store.js';
import { CASE_KINDS, type CaseDocument, changedSinceDecision } from '../../../sync/settlement/cases/case.js';
import { closeCase, listCases, listNotes, showCase, usageOf } from '../../../sync/settlement/desk.js';
import { systemClock } from '../../system.js';
import { counted } from '../shared/counted.js';
import { type Output, processOutput } from '../shared/output.js';
import { readSettlementFile } from './settlement-file.js';

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

/** Cases that are listed unless more are asked for. */
const LIST_MAX = 100;
const REASON_CHARS_MAX = 500;

/** `wasl centre cases …`: what does not add up, for a supervisor. */
export function casesCommands(): Command {
  const group = new Command('cases').description('what does not add up: list it, show it, close it');
  group.addCommand(listCommand(), { isDefault: true });
  group.addCommand(showCommand());
  group.addCommand(closeCommand());
  group.addCommand(notesCommand());
  return group;
}

/** `wasl centre usage CARD`: what a card drew over all terminals. */
export function usageCommand(): Command {
  return common(new Command('usage'))
    .description('what a card drew, by programme and month, over all terminals')
    .argument('<card>', 'serial number of the card', wholeNumber)
    .action(async (card: number, options: Common) => {
      const output = processOutput(options.json === true);
      const usage = await usageOf(await storeOf(options), card);
      if (usage.length === 0) {
        output.line(
          `The centre knows of nothing that card ${card} drew. Terminals may still hold services that they have not sent.`,
        );
      }
      for (const { programme, month, drawn, services } of usage) {
        output.line(`${month}  programme ${programme}  ${counted(services, 'service')}`);
        for (const [commodity, { month: sum, days }] of Object.entries(drawn)) {
          output.line(`  commodity ${commodity}: ${sum} in the month`);
          for (const [day, amount] of Object.entries(days)) output.line(`    ${day}  ${amount}`);
        }
      }
      output.result({ ok: true, card, usage });
    });
}

interface ListOptions extends Common {
  readonly all?: boolean;
  readonly kind?: string;
  readonly card?: number;
  readonly terminal?: string;
  readonly max: number;
}

function listCommand(): Command {
  return common(new Command('list'))
    .description('list cases, the newest first; without --all only open ones')
    .option('--all', 'closed ones and mere notes as well')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices([...CASE_KINDS]))
    .option('--card <serial>', 'only of this card', wholeNumber)
    .option('--terminal <name>', 'only those that this terminal takes part in')
    .option('--max <count>', 'at most this many', wholeNumber, LIST_MAX)
    .action(async (options: ListOptions) => {
      const { all, kind, card, terminal, max } = options;
      const output = processOutput(options.json === true);
      const filter = {
        ...(kind === undefined ? {} : { kind }),
        ...(card === undefined ? {} : { card }),
        ...(terminal === undefined ? {} : { terminal }),
        ...(all === true || kind === 'exposure' ? {} : { status: 'open' }),
      };
      const { cases, more } = await listCases(await storeOf(options), filter, max);
      for (const one of cases) tellCase(one, output);
      if (cases.length === 0) {
        output.line(all === true ? 'There are no such cases.' : 'No open cases. Closed ones and notes: --all.');
      }
      if (more) output.line(`There are more than ${max}: narrow the list, or raise --max.`);
      output.result({ ok: true, cases: cases.map(toldOf), more });
    });
}

function showCommand(): Command {
  return common(new Command('show'))
    .description('show a case with the events that it rests on')
    .argument('<id>', 'for example two-places:100009:12')
    .action(async (id: string, options: Common) => {
      const output = processOutput(options.json === true);
      const { case: one, events } = await showCase(await storeOf(options), id);
      tellCase(one, output);
      output.line(`  noticed ${one.noticedAt}`);
      if (one.healed !== null) output.line(`  healed ${one.healed.at}: ${one.healed.what}`);
      if (one.decision !== null) {
        output.line(`  closed by ${one.decision.by} at ${one.decision.at}: ${one.decision.reason}`);
      }
      output.line(`  ${counted(one.eventCount, 'event')}:`);
      for (const { id: event, document } of events) {
        const parts = [document?.type, document?.time, document?.card, document?.ledgerSequence];
        const known = parts.filter((part) => part !== undefined).join('  ');
        const what = document === null ? 'no longer at the centre' : known;
        output.line(`    ${event}  ${what}`);
      }
      output.result({ ok: true, case: toldOf(one), events });
    });
}

function notesCommand(): Command {
  return common(new Command('notes'))
    .description('what the bridge and imports noted: two events in one place, closed epochs that go on, dead journals')
    .option('--terminal <name>', 'only those of this terminal')
    .option('--max <count>', 'at most this many', wholeNumber, LIST_MAX)
    .action(async (options: Common & { readonly terminal?: string; readonly max: number }) => {
      const output = processOutput(options.json === true);
      const { notes, more } = await listNotes(await storeOf(options), options.terminal ?? null, options.max);
      for (const { id, reason } of notes) {
        output.line(id);
        if (reason !== null) output.line(`  ${reason}`);
      }
      if (notes.length === 0) output.line('No notes: no terminal was copied, put back or read as dead.');
      if (more) output.line(`There are more than ${options.max}: raise --max, or ask for one terminal.`);
      output.result({
        ok: true,
        notes: notes.map(({ id, kind, terminal, document }) => ({ ...document, id, kind, terminal })),
        more,
      });
    });
}

function closeCommand(): Command {
  return common(new Command('close'))
    .description('close a case; it stays closed, and shows events that come to it later')
    .argument('<id>', 'for example two-places:100009:12')
    .requiredOption('--reason <text>', 'why, for whoever looks at it later', reasonText)
    .option('--by <name>', 'who decides', userInfo().username)
    .action(async (id: string, options: Common & { readonly reason: string; readonly by: string }) => {
      const output = processOutput(options.json === true);
      const { by, reason } = options;
      const closed = await closeCase(await storeOf(options), id, { by, reason, clock: systemClock });
      output.line(`${id} is closed by ${by}: ${reason}`);
      output.result({ ok: true, case: toldOf(closed) });
    });
}

function common(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'configuration of settlement')
    .option('--json', 'print one JSON object');
}

/** The store that settlement's configuration names, opened with its secret. Rejects with `ERR_CONFIG`. */
export async function storeOf({ config: file }: Pick<Common, 'config'>): Promise<DocumentStore> {
  const { config, secrets } = await readSettlementFile(file);
  const { settlementStore } = await import('../../../sync/settlement/main.js');
  return settlementStore(config, await secrets.text('couch-password'));
}

function tellCase(one: CaseDocument, output: Output): void {
  const later = changedSinceDecision(one) ? ', and more came to it since' : '';
  output.line(`${one._id}  ${one.status}${later}  likely cause: ${one.cause}`);
  output.line(`  ${one.reason}`);
}

/** The case for machines. */
function toldOf({ _id, ...content }: CaseDocument): object {
  return { id: _id, ...content, changedSinceDecision: changedSinceDecision(content) };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number is needed.');
  return value;
}

function reasonText(text: string): string {
  const reason = text.trim();
  if (reason === '' || reason.length > REASON_CHARS_MAX) {
    throw new InvalidArgumentError(`say why, in 1 to ${REASON_CHARS_MAX} characters.`);
  }
  return reason;
}

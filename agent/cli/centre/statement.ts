import { userInfo } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { dayOfTime } from '../../../sync/settlement/rules.js';
import {
  closedStatements,
  closeStatement,
  decideDispute,
  disputeEvent,
  disputesOf,
  draftStatement,
  type StatementParts,
} from '../../../sync/settlement/statement/desk.js';
import type { Dispute } from '../../../sync/settlement/statement/dispute.js';
import { entriesOf, markOf, type OutletEvent, totalsOf } from '../../../sync/settlement/statement/figures.js';
import { accountLinesOf, linesOf } from '../../../sync/settlement/statement/lines.js';
import { terminalParts } from '../../../sync/settlement/statement/statement.js';
import { readTerminalConfig } from '../../config.js';
import { verifierFromKey } from '../../credential/signature.js';
import { calendarOf, isoDay } from '../../domain/calendar.js';
import { WaslError } from '../../domain/errors.js';
import { eventId } from '../../domain/event.js';
import { exportProven, type VerifyReport } from '../../journal/verify.js';
import { systemClock } from '../../system.js';
import { readTrust } from '../../trust/open-trust.js';
import { journalSource, usageOf } from '../journal/source.js';
import { processOutput } from '../shared/output.js';
import { openListHistory } from './list-history.js';
import { readSettlementFile } from './settlement-file.js';
import { tellOwn, tellStatement } from './statement-print.js';

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

interface PeriodOptions extends Common {
  readonly from: string;
  readonly until: string;
}

interface SiteOptions extends PeriodOptions {
  readonly site: string;
}

interface ActOptions extends Common {
  readonly reason: string;
  readonly by: string;
}

const REASON_CHARS_MAX = 500;

/** `wasl statement …`: what an outlet is owed for a period. */
export function statementCommands(): Command {
  const group = new Command('statement');
  group.addCommand(makeCommand());
  group.addCommand(closeCommand());
  group.addCommand(showCommand());
  group.addCommand(disputeCommand());
  group.addCommand(decideCommand());
  group.addCommand(ownCommand());
  return group;
}

function makeCommand(): Command {
  return periodOf(siteOf(new Command('make')))
    .description('work a statement out as it would be closed now; changes nothing')
    .action(async (options: SiteOptions) => {
      const output = processOutput(options.json === true);
      const { site, from, until } = options;
      const parts = await partsOf(options);
      const statement = await draftStatement(parts, site, { from, until });
      tellStatement(statement, parts.rules.newestPolicy(), output);
      output.result({ ok: true, statement });
    });
}

function closeCommand(): Command {
  return periodOf(siteOf(new Command('close')))
    .description('close a statement for good; what the centre gets later is late, and stands in the next one')
    .option('--by <name>', 'who closes it', userInfo().username)
    .action(async (options: SiteOptions & { readonly by: string }) => {
      const output = processOutput(options.json === true);
      const { site, from, until, by } = options;
      const parts = await partsOf(options);
      const statement = await closeStatement(parts, { site, period: { from, until }, by });
      tellStatement(statement, parts.rules.newestPolicy(), output);
      output.line(`Statement ${statement.number} of ${site} is closed by ${by}.`);
      output.line(`Digest ${statement.digest}`);
      output.result({ ok: true, statement });
    });
}

function showCommand(): Command {
  return siteOf(new Command('show'))
    .description('closed statements of an outlet, and its disputes; with a number one of them whole')
    .option('--number <number>', 'number of the statement', wholeNumber)
    .action(async (options: Common & { readonly site: string; readonly number?: number }) => {
      const output = processOutput(options.json === true);
      const { site, number } = options;
      const { store, rules } = await partsOf(options);
      const all = await closedStatements(store, site);
      const statements = number === undefined ? all : all.filter((one) => one.number === number);
      if (number !== undefined && statements.length === 0)
        throw new WaslError('ERR_USAGE', `${site} has no statement ${number}; there are ${all.length}`);
      const disputes = await disputesOf(store, site);
      if (number !== undefined) for (const one of statements) tellStatement(one, rules.newestPolicy(), output);
      else
        for (const { number: each, from, until, due, digest } of statements)
          output.line(`${each}  ${from} to ${until}  due ${due}  digest ${digest.slice(0, 16)}…`);
      if (number === undefined) for (const one of disputes) output.line(wordsFor(one));
      if (all.length + disputes.length === 0)
        output.line(`No statement of ${site} is closed, and nothing is disputed.`);
      output.result({ ok: true, statements, disputes });
    });
}

function disputeCommand(): Command {
  return act(new Command('dispute'))
    .description('dispute a service: it stands in no statement until somebody decides')
    .argument('<event>', 'id of its event, as on the receipt')
    .action(async (event: string, options: ActOptions) => {
      const output = processOutput(options.json === true);
      const { by, reason } = options;
      const dispute = await disputeEvent(await partsOf(options), event, { by, reason });
      output.line(wordsFor(dispute));
      output.result({ ok: true, dispute });
    });
}

function decideCommand(): Command {
  return act(new Command('decide'))
    .description('decide a dispute, once and for good')
    .argument('<event>', 'id of the event')
    .option('--pay', 'the service is paid, with the next statement')
    .option('--refuse', 'it is not')
    .action(async (event: string, options: ActOptions & { readonly pay?: boolean; readonly refuse?: boolean }) => {
      const output = processOutput(options.json === true);
      const { by, reason, pay, refuse } = options;
      if ((pay === true) === (refuse === true)) throw new WaslError('ERR_USAGE', 'say either --pay or --refuse');
      const verdict = pay === true ? 'pay' : 'refuse';
      const dispute = await decideDispute(await partsOf(options), event, { by, reason, verdict });
      output.line(wordsFor(dispute));
      output.result({ ok: true, dispute });
    });
}

function ownCommand(): Command {
  return periodOf(new Command('own'))
    .description('the same figures from the journal of a terminal that is stopped: equal digests, equal services')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .action(async (options: PeriodOptions) => {
      const output = processOutput(options.json === true);
      const { from, until } = options;
      const { trust: lists } = await readTerminalConfig(options.config);
      const source = await journalSource(options.config);
      await usageOf(source);
      const policy = (await readTrust(source.disk, lists.folder, authorityOf(lists.authorityKey))).policy();
      const calendar = calendarOf(policy.timeZone);
      const events: OutletEvent[] = [];
      let report: VerifyReport | null = null;
      const proven = exportProven({ ...source, onEnd: (end) => (report = end) });
      for await (const { event: chained } of proven) {
        const event = decodeKnownEvent(chained.bytes);
        if (event === null) continue;
        const { terminal } = source;
        const id = eventId(terminal, chained.epoch, chained.seq);
        const day = isoDay(calendar.dayOf(event.time * 1000));
        events.push({ id, terminal, mark: markOf(terminal, chained.bytes), day, event });
      }
      const entries = entriesOf(events).filter(({ day }) => day >= from && day <= until);
      const policyOf = () => policy;
      const own = {
        ...{ from, until, terminal: source.terminal, currency: policy.currency ?? null },
        ...{ lines: linesOf(entries, policyOf), accounts: accountLinesOf(entries, policyOf) },
        ...(terminalParts(entries)[0] ?? { ...totalsOf([]), digest: null }),
        isWhole: isWhole(report, { first: events[0]?.day ?? null, from }),
      };
      tellOwn(own, policy, output);
      output.result({ ok: true, own });
    });
}

/** Whether nothing of the period can be missing: nothing is damaged, and what was pruned was before it. */
function isWhole(report: VerifyReport | null, at: { readonly first: string | null; readonly from: string }): boolean {
  if (report === null || !report.sound || report.epochs.some(({ missing }) => missing !== undefined)) return false;
  return report.prunedSegments === 0 || (at.first !== null && at.first < at.from);
}

async function partsOf({ config: file }: Common): Promise<StatementParts> {
  const { config, secrets } = await readSettlementFile(file);
  const { lists, householdMembersMax, mustBeAccredited: kinds } = config;
  const { settlementStore } = await import('../../../sync/settlement/main.js');
  const store = settlementStore(config, await secrets.text('couch-password'));
  const { rules, sites } = await openListHistory({
    ...{ folder: lists.folder, historyFolder: lists.historyFolder ?? null },
    ...{ authorityKey: lists.authorityKey, householdMembersMax },
  });
  // Asked once, so that a broken calendar is a mistake of the lists and not of a figure.
  dayOfTime(0, rules);
  return { store, rules, clock: systemClock, ...(kinds.length === 0 ? {} : { accreditation: { sites, kinds } }) };
}

function authorityOf(hex: string) {
  return verifierFromKey(Uint8Array.from(Buffer.from(hex, 'hex')));
}

function wordsFor({ event, by, reason, decision }: Dispute): string {
  const disputed = `${event} is disputed by ${by}: ${reason}`;
  if (decision === null) return `${disputed}; nobody has decided`;
  const verdict = decision.verdict === 'pay' ? 'is paid' : 'is not paid';
  return `${disputed}; it ${verdict}, says ${decision.by}: ${decision.reason}`;
}

function siteOf(command: Command): Command {
  return command
    .requiredOption('--site <site>', 'name of the outlet')
    .requiredOption('--config <file>', 'configuration of settlement');
}

function act(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'configuration of settlement')
    .requiredOption('--reason <text>', 'why, for whoever looks at it later', reasonText)
    .option('--by <name>', 'who says so', userInfo().username)
    .option('--json', 'print one JSON object');
}

function periodOf(command: Command): Command {
  return command
    .requiredOption('--from <day>', 'first day, like 2026-11-01', dayText)
    .requiredOption('--until <day>', 'last day, itself included', dayText)
    .option('--json', 'print one JSON object');
}

function dayText(text: string): string {
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('a day is needed, like 2026-11-01.');
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 on is needed.');
  return Number(text);
}

function reasonText(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= REASON_CHARS_MAX) return reason;
  throw new InvalidArgumentError(`say why, in 1 to ${REASON_CHARS_MAX} characters.`);
}

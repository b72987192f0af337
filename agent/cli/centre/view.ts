import { Command } from 'commander';
import type { DocumentStore } from '../../../sync/bridge/store.js';
import { readPosition } from '../../../sync/settlement/position.js';
import type { SettlementRules } from '../../../sync/settlement/rules.js';
import type { SiteHistory } from '../../../sync/settlement/sites.js';
import { requestNewViews, standOfViews, totalsOfView, type ViewTotals } from '../../../sync/settlement/views/desk.js';
import { type Party, userOf, type Views, viewDatabase } from '../../../sync/settlement/views/parties.js';
import { WaslError } from '../../domain/errors.js';
import { moneyText } from '../shared/money-text.js';
import { type Output, processOutput } from '../shared/output.js';
import { table } from '../shared/table.js';
import { fileTarget, isBrokenPipe, streamTarget } from '../shared/text-target.js';
import { openListHistory } from './list-history.js';
import { readSettlementFile } from './settlement-file.js';
import { writeViewTable } from './view-export.js';
import { readViewsFile } from './view-file.js';

interface Common {
  readonly config: string;
  readonly party?: string;
  readonly json?: boolean;
}

/** `wasl view …`: who sees what of the centre. */
export function viewCommands(): Command {
  const group = new Command('view');
  for (const command of [checkCommand(), buildCommand(), listCommand(), showCommand(), exportCommand()])
    group.addCommand(common(command));
  return group;
}

function checkCommand(): Command {
  return new Command('check')
    .description('check the document of views against the signed lists: sites, areas, programmes; changes nothing')
    .action(async (options: Common) => {
      const output = processOutput(options.json === true);
      const { views, sites, rules } = await partsOf(options);
      const parties = chosen(views, options);
      const problems = parties.flatMap((party) => problemsOf(party, sites, rules));
      for (const party of parties) output.line(wordsFor(party));
      for (const problem of problems) output.line(`! ${problem}`);
      if (problems.length === 0) output.line('Everything that is named there is known.');
      output.result({ ok: problems.length === 0, parties: parties.map(told), problems });
      if (problems.length > 0) process.exitCode = 1;
    });
}

function buildCommand(): Command {
  return new Command('build')
    .description(
      'bring every database up to date with what the centre holds now, and end; a settlement that runs does so by itself',
    )
    .option('--anew', 'drop the databases first, and make them from nothing')
    .action(async (options: Common & { readonly anew?: boolean }) => {
      const output = processOutput(options.json === true);
      const { views, store, builder } = await partsOf(options);
      if (options.anew === true) await requestNewViews(store, chosen(views, options));
      else chosen(views, options);
      const made = await builder();
      while (await made.round());
      const isDone = await made.caughtUp();
      const { changesTaken, written, removed } = made.counters;
      output.line(`${changesTaken} changes taken in, ${written} records written, ${removed} removed.`);
      if (!isDone) output.line(await whyNot(store));
      output.result({ ok: isDone, changesTaken, written, removed });
      if (!isDone) process.exitCode = 1;
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('the parties: what each sees, in which database, read by which user, and whether it is complete')
    .action(async (options: Common) => {
      const output = processOutput(options.json === true);
      const { views, store } = await partsOf(options);
      const stand = await standOfViews(store);
      const parties = chosen(views, options).map((party) => ({
        ...told(party),
        state: stand.get(party.party) ?? ('none' as const),
      }));
      for (const [at, party] of chosen(views, options).entries()) {
        output.line(wordsFor(party));
        output.line(`  ${viewDatabase(party)}, read by ${userOf(party)}; ${STATES[parties[at]?.state ?? 'none']}`);
      }
      output.result({ ok: true, parties });
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('what the records of a party come to, by site')
    .action(async (options: Common) => {
      const output = processOutput(options.json === true);
      const { views, store, rules } = await partsOf(options);
      const party = theOne(views, options);
      const { totals, sites } = await totalsOfView(store, party);
      output.line(wordsFor(party));
      tellTotals(totals, sites, { output, money: moneyText(rules.newestPolicy()?.currency ?? null) });
      const bySite = [...sites].map(([site, own]) => ({ site, ...own }));
      output.result({ ok: true, party: told(party), totals, sites: bySite });
    });
}

function exportCommand(): Command {
  return new Command('export')
    .description('everything that a party sees, as a table that is safe to open in a spreadsheet')
    .option('--csv <file>', 'write to a file, which appears when it is complete (default: standard output)')
    .action(async (options: Common & { readonly csv?: string }) => {
      const { csv, json } = options;
      if (json === true && csv === undefined)
        throw new WaslError('ERR_USAGE', '--json needs --csv: without it the table itself is on standard output');
      const { views, store } = await partsOf(options);
      const party = theOne(views, options);
      const target = csv === undefined ? streamTarget(process.stdout) : await fileTarget(csv);
      try {
        const count = await writeViewTable(store, party, target);
        await target.finish();
        if (csv === undefined) return;
        const output = processOutput(json === true);
        output.line(`${count} records of ${party.party} in ${csv}.`);
        output.result({ ok: true, party: party.party, count, file: csv });
      } catch (error) {
        await target.abandon();
        if (!isBrokenPipe(error)) throw error;
      }
    });
}

const STATES = {
  none: 'not built yet',
  building: 'being built: not complete yet',
  following: 'follows what the centre gets',
} as const;

function tellTotals(
  totals: ViewTotals,
  sites: ReadonlyMap<string, ViewTotals>,
  { output, money }: { readonly output: Output; readonly money: (minor: number) => string },
): void {
  const { services, voids, refusals, cases } = totals;
  if (services + voids + refusals + cases === 0) {
    output.line('No records: nothing of it has reached the centre, or the views were not built since.');
    return;
  }
  const row = (name: string, one: ViewTotals): string[] => [
    ...[name, String(one.services), String(one.voids), String(one.refusals)],
    ...[money(one.gross), money(one.holder), money(one.payable), money(one.unpaid), String(one.breaches)],
    ...(totals.purse === 0 ? [] : [money(one.purse)]),
  ];
  const head = ['site', 'services', 'voids', 'refusals', 'gross', 'holder', 'payable', 'not paid', 'breaches'];
  if (totals.purse !== 0) head.push('from cards');
  for (const line of table([head, ...[...sites].map(([site, one]) => row(site, one)), row('all', totals)]))
    output.line(line);
  if (cases > 0) output.line(`${cases} cases.`);
}

async function whyNot(store: DocumentStore): Promise<string> {
  const { revision, position } = await readPosition(store, null);
  if (revision === null) return 'Settlement has never run here: start "wasl settlement run", which the views follow.';
  if (position.phase === 'clearing' || position.phase === 'rereading')
    return 'Settlement is computing everything anew: the views go on when it is through.';
  return 'The centre got more in the meantime: build again.';
}

function problemsOf(party: Party, sites: SiteHistory, rules: SettlementRules): string[] {
  const known = { sites: new Set(sites.names()), areas: new Set(sites.areas()) };
  const numbers = new Set(rules.newestPolicy()?.programmes.map(({ number }) => number));
  const programmes = party.kind === 'provider' ? [] : (party.programmes ?? []);
  return [
    ...(party.kind === 'provider' ? party.sites : [])
      .filter((site) => !known.sites.has(site))
      .map((site) => `${party.party}: no signed list describes the site ${site}`),
    ...(party.kind === 'regulator' ? (party.areas ?? []) : [])
      .filter((area) => !known.areas.has(area))
      .map((area) => `${party.party}: no site of the signed lists lies in ${area}`),
    ...programmes
      .filter((number) => !numbers.has(number))
      .map((number) => `${party.party}: the policy has no programme ${number}`),
  ];
}

function told(party: Party) {
  return { ...party, user: userOf(party), database: viewDatabase(party) };
}

function wordsFor(party: Party): string {
  if (party.kind === 'provider') return `${party.party}: provider, all of ${party.sites.join(', ')}`;
  const programmes = party.programmes === undefined ? 'all programmes' : `programmes ${party.programmes.join(', ')}`;
  if (party.kind === 'insurer') {
    const plans = party.plans === undefined ? '' : `, plans ${party.plans.join(', ')}`;
    return `${party.party}: insurer, ${programmes}${plans}`;
  }
  const areas = party.areas === undefined ? 'all areas' : `areas ${party.areas.join(', ')}`;
  return `${party.party}: regulator, ${areas}, ${programmes}; another pseudonym each ${party.period}`;
}

function chosen({ parties }: Views, { party }: Common): readonly Party[] {
  if (party === undefined) return parties;
  const one = parties.find((candidate) => candidate.party === party);
  if (one !== undefined) return [one];
  const names = parties.map((candidate) => candidate.party).join(', ');
  throw new WaslError('ERR_USAGE', `the document of views has no party ${party}; it has ${names}`);
}

function theOne(views: Views, options: Common): Party {
  const [party] = options.party === undefined ? [] : chosen(views, options);
  if (party !== undefined) return party;
  throw new WaslError('ERR_USAGE', `say whose view with --party: ${views.parties.map((one) => one.party).join(', ')}`);
}

async function partsOf({ config: file }: Common) {
  const { config, secrets } = await readSettlementFile(file);
  if (config.views === undefined)
    throw new WaslError('ERR_CONFIG', `${file} names no document of views: set "views" to its path`);
  const { views, members } = await readViewsFile(config.views);
  const { lists, householdMembersMax, mustBeAccredited: kinds } = config;
  const { rules, sites } = await openListHistory({
    ...{ folder: lists.folder, historyFolder: lists.historyFolder ?? null },
    ...{ authorityKey: lists.authorityKey, householdMembersMax },
  });
  const { settlementStore, viewBuilder } = await import('../../../sync/settlement/main.js');
  const password = await secrets.text('couch-password');
  const builder = async () => {
    const own = { views, ...(members === undefined ? {} : { members }), accreditation: { sites, kinds }, rules };
    return viewBuilder(config, password, { ...own, key: await secrets.key('views-key') });
  };
  return { views, rules, sites, builder, store: settlementStore(config, password) };
}

function common(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'configuration of settlement')
    .option('--party <id>', 'this party alone')
    .option('--json', 'print one JSON object');
}

import { Command, InvalidArgumentError } from 'commander';
import { ERROR_CODES } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import type { Policy, Programme } from '../../domain/policy.js';
import type { Language } from '../../domain/texts.js';
import { readJsonFile } from '../../files.js';
import { reasonText } from '../../kiosk/reason-texts.js';
import { explain } from '../../services/explain.js';
import { offer } from '../../services/offer.js';
import type { RuleVerdict, ServiceRequest } from '../../services/service.js';
import { type Output, processOutput } from '../shared/output.js';
import { type CardCase, type DeskCase, parseCardCase, snapshotOf } from './case.js';
import { factsText } from './facts.js';
import { readPolicyFile } from './file.js';
import { healthStatements } from './health.js';
import type { CommodityRules } from './lookup.js';
import { languageOption } from './print.js';
import { speechFor, wordsFor } from './speech.js';
import { type ProgrammeStatements, type Statement, statementsOf } from './statements.js';

interface ExplainOptions {
  readonly card?: string;
  readonly claims?: string;
  readonly date: number;
  readonly site?: string;
  readonly siteNumber: number;
  readonly siteName?: string;
  readonly area?: string;
  readonly role?: string;
  readonly offlineDays: number;
  readonly exemption?: string;
  readonly ask?: number;
  readonly fromPurse?: boolean;
  readonly programme?: string;
  readonly lang: Language;
  readonly json?: boolean;
}

const EXAMPLES = `
A card is an object: householdSize, draws, rationScheme, coverage {plan, class}, homeSite, homeArea, issued, expires, rosters, medium; and what it
has used, by the ids of the policy: used {"loaf": {"day": 3, "month": 40}}, accounts {"bread-points": 1260, "paid-until": "2026-12-31"}, papers
[{"kind": "referral", "for": "surgery"}], ledgerDay (default: the date). An order of "wasl card issue" fits as well. What is not said is taken as it suits:
a site and an operator that may serve, the centre heard of today.

Examples:
  wasl policy explain docs/samples/egypt-rations.policy.json --date 2026-11-22 --claims '{"rationScheme":1,"householdSize":4,"used":{"loaf":{"day":15}}}'
  wasl policy explain docs/samples/egypt-health.policy.json --date 2026-11-22 --card card.json --site hospital --lang ar`;

/** `wasl policy explain FILE`: each rule that decides for a card on a day, and what may be had. */
export function explainPolicyCommand(): Command {
  return new Command('explain')
    .description('for a card and a day: each rule that decides, what may be had, and why not more')
    .argument('<file>', 'policy in JSON')
    .option('--card <file>', 'the card, as JSON in a file')
    .option('--claims <json>', 'the card, as JSON')
    .requiredOption('--date <day>', 'day of the service, like 2026-11-22', day)
    .option('--site <kind>', 'kind of the site, e.g. bakery (default: one that may serve)')
    .option('--site-number <number>', 'number of the site in the list of sites', wholeNumber, 1)
    .option('--site-name <name>', 'name of the site in the list of sites')
    .option('--area <name>', 'governorate or district of the site')
    .option('--role <role>', 'role of the operator')
    .option('--offline-days <days>', 'days since the centre was heard of', wholeNumber, 0)
    .option('--exemption <id>', 'the exemption that the operator claims')
    .option('--ask <quantity>', 'how much is asked for (default: one more than may be had)', wholeNumber)
    .option('--from-purse', 'the holder pays from the purse on the card')
    .option('--programme <id>', 'only this programme')
    .addOption(languageOption())
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: ExplainOptions) => {
      const card = await cardOf(options);
      const policy = await readPolicyFile(file);
      const output = processOutput(options.json === true);
      const chosen = statementsOf(policy, options.lang).filter(
        ({ programme }) => options.programme === undefined || programme.id === options.programme,
      );
      if (chosen.length === 0) {
        const known = policy.programmes.map((one) => one.id).join(', ');
        throw new WaslError('ERR_USAGE', `the policy has no programme "${options.programme}"; it has ${known}`);
      }
      // Not signed yet: no version, and nothing that expires.
      const whole: Policy = { ...policy, version: 0, expiresAt: Number.MAX_SAFE_INTEGER };
      const told = chosen.flatMap((one) =>
        one.commodities.map(({ commodity }) => answerOn(whole, { programme: one, commodity }, { card, options })),
      );
      const speech = speechFor(options.lang, policy.currency ?? null);
      for (const answer of told) tell(answer, { output, language: options.lang, ...speech });
      // Of the policy as a whole: whoever holds the card, and whatever is asked for.
      const health = options.programme === undefined ? healthStatements(policy, options.lang) : null;
      for (const line of health === null ? [] : ['', health.title, ...health.lines.map((text) => `  ${text}`)])
        output.line(line);
      output.result({
        ok: true,
        date: new Date(options.date * 86_400_000).toISOString().slice(0, 10),
        commodities: told.map(plain),
      });
    });
}

/** What was found on one commodity. */
interface Answer {
  readonly programme: Programme;
  readonly commodity: CommodityRules;
  readonly available: number;
  readonly asked: number;
  readonly rules: readonly { readonly verdict: RuleVerdict; readonly statements: readonly Statement[] }[];
}

function answerOn(
  policy: Policy,
  what: { readonly programme: ProgrammeStatements; readonly commodity: CommodityRules },
  by: { readonly card: CardCase; readonly options: ExplainOptions },
): Answer {
  const { commodity } = what;
  const { options, card } = by;
  const programme: Programme = what.programme.programme;
  const snapshot = snapshotOf(policy, { programme, commodity }, { card, desk: deskOf(options) });
  const exemption = programme.exemptions?.find((one) => one.id === options.exemption)?.number;
  // Proofs and a supervisor can be had at the desk: what is asked is what the rules leave.
  const claims = {
    ...(exemption === undefined ? {} : { exemption }),
    supervisor: 1,
    factors: programme.secondFactor?.accepts ?? [],
  };
  const offered = offer(snapshot, claims);
  const available =
    offered.outcome === 'refuse'
      ? 0
      : (offered.items.find((one) => one.commodity === commodity.number)?.available ?? 0);
  const asked = options.ask ?? Math.min(available + 1, ASKED_MAX);
  const request: ServiceRequest = {
    ...{ ...claims, items: [{ commodity: commodity.number, quantity: asked }] },
    ...(options.fromPurse === true ? { paysFrom: 'purse' } : {}),
  };
  const rules = explain(snapshot, request).map((verdict) => ({
    verdict,
    statements: statementsFor(verdict, what.programme, commodity),
  }));
  return { programme, commodity, available, asked, rules };
}

/** More than anybody is ever served of anything. */
const ASKED_MAX = 1_000_000;

function deskOf(options: ExplainOptions): DeskCase {
  return {
    day: options.date,
    siteKind: options.site ?? null,
    area: options.area ?? null,
    role: options.role ?? null,
    siteNumber: options.siteNumber,
    siteName: options.siteName ?? null,
    offlineDays: options.offlineDays,
  };
}

/** Rules of a decision that look at what another rule's sentence says. */
const SAID_BY: Readonly<Record<string, string>> = {
  'quota-day-offline': 'offline-ladder',
  'quota-day-copyable': 'medium-protection',
  'quota-doubtful': 'doubtful-ledger',
  'paper-site': 'paper',
  'paper-left': 'paper',
  'campaign-card': 'campaign-roster',
  'exemption-role': 'exemption',
  'exemption-supervisor': 'exemption',
  'exemption-day': 'exemption',
  'representative-month': 'representative',
  ledger: 'slip',
  'one-slip': 'slip',
  purse: 'purse-balance',
};

/** The sentences that a verdict is about: those of the commodity, else those of its programme. */
function statementsFor(verdict: RuleVerdict, within: ProgrammeStatements, commodity: CommodityRules): Statement[] {
  const name = verdict.rule.split('.').at(-1) ?? '';
  const rule = SAID_BY[name] ?? name;
  const own = within.commodities.find((one) => one.commodity.id === commodity.id)?.statements ?? [];
  // Rules about accounts end in the id of theirs: needs-paid-until.
  const fits = (one: Statement): boolean => {
    const of = one.key.split('.').at(-1) ?? '';
    return one.rule === rule || `${one.rule}-${of}` === rule || (one.rule === 'account' && `proof-${of}` === rule);
  };
  const found = own.filter(fits);
  if (found.length > 0) return found;
  const general = within.statements.filter(fits);
  // Where no scheme is named, coverage or the list of a campaign say whom it is for.
  if (general.length > 0 || name !== 'scheme') return general;
  const whom = ['coverage-plan', 'campaign-roster'];
  return within.statements.filter((one) => whom.includes(one.rule));
}

type Saying = {
  readonly output: Output;
  readonly language: Language;
  number(value: number): string;
  money(minor: number): string;
  rate(permille: number): string;
  counted(count: number, forms: CommodityRules['unit'][Language]): string;
};

const TODAY: Readonly<Record<Language, (most: string) => string>> = {
  ar: (most) => `: المتاح اليوم: ${most}`,
  fr: (most) => ` : possible ce jour : ${most}`,
  en: (most) => `: may be had today: ${most}`,
};
const NOT_MORE: Readonly<Record<Language, string>> = {
  ar: 'لماذا ليس أكثر:',
  fr: 'pourquoi pas plus :',
  en: 'why not more:',
};

function tell({ programme, commodity, available, rules }: Answer, say: Saying): void {
  const { output, language } = say;
  const most = say.counted(available, commodity.unit[language]);
  output.line(`${programme.id}.${commodity.id}  ${commodity.name[language]}${TODAY[language](most)}`);
  const [, stops] = wordsFor(language).validity;
  for (const { verdict, statements } of rules) {
    const facts = factsText(verdict, say);
    const text =
      statements.map((one) => one.text).join(' ') ||
      (verdict.holds ? verdict.rule : ERROR_CODES[verdict.reason ?? 'ERR_INTERNAL']);
    const where = statements.length === 0 ? verdict.rule : statements.map((one) => one.path).join(', ');
    output.line(`  ${verdict.holds ? '✓' : '✗'} ${text}${verdict.holds ? '' : ` [${stops}]`}`);
    output.line(`      ${facts === '' ? '' : `${facts}  `}(${where})`);
  }
  const bound = rules.find(({ verdict }) => !verdict.holds)?.verdict;
  if (bound?.reason != null) {
    const why = language === 'en' ? ERROR_CODES[bound.reason] : reasonText(bound.reason)[language];
    output.line(`  ${NOT_MORE[language]} ${why} (${bound.reason}, ${bound.rule})`);
  }
  output.line('');
}

function plain({ programme, commodity, available, asked, rules }: Answer): object {
  const bound = rules.find(({ verdict }) => !verdict.holds)?.verdict;
  return {
    programme: programme.id,
    commodity: commodity.id,
    available,
    asked,
    bound: bound === undefined ? null : { rule: bound.rule, reason: bound.reason },
    rules: rules.map(({ verdict, statements }) => ({
      ...verdict,
      paths: statements.map((one) => one.path),
      texts: statements.map((one) => one.text),
    })),
  };
}

async function cardOf({ card, claims }: ExplainOptions): Promise<CardCase> {
  if ((card === undefined) === (claims === undefined)) {
    throw new WaslError('ERR_USAGE', 'say which card: --card FILE, or --claims JSON');
  }
  if (card !== undefined) return parseCardCase(await readJsonFile(card), card);
  try {
    return parseCardCase(JSON.parse(claims ?? ''), '--claims');
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw new WaslError('ERR_USAGE', '--claims takes JSON, in single quotes', { cause });
    throw cause;
  }
}

function day(text: string): number {
  const days = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) / 86_400_000 : Number.NaN;
  if (!Number.isInteger(days) || new Date(days * 86_400_000).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('a day is written like 2026-11-22.');
  }
  return days;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number is needed.');
  return value;
}

/** A policy as statements: one sentence for each rule, with the place in the document where it stands and the rule of a decision that looks at it. */
import type { CountedForms, Language, Texts } from '../../domain/texts.js';
import type { DraftPolicy } from '../../trust/policy/schema.js';
import { holdersKey, holdersText, numbersText } from './holder-words.js';
import { accountOf, type CommodityRules, commodityOf, type ProgrammeRules } from './lookup.js';
import { speechFor, wordsFor } from './speech.js';
import type { Speech, Words } from './words.js';

/** One rule of a policy. */
export interface Statement {
  /** What it is about, the same in any version of the policy: `rations.loaf.quota.member.day`. */
  readonly key: string;
  /** Rule of a decision that looks at it, without programme and commodity: `quota-day`. */
  readonly rule: string;
  readonly path: string;
  /** In the language that was asked for. */
  readonly text: string;
  /** The number in it that can be raised or lowered; null where there is none. */
  readonly value: number | null;
}

/** The rules of a programme and of each of its commodities. */
export interface ProgrammeStatements {
  readonly programme: ProgrammeRules;
  readonly statements: readonly Statement[];
  readonly commodities: readonly { readonly commodity: CommodityRules; readonly statements: readonly Statement[] }[];
}

/** What the sentences of one policy are made with. */
interface Telling {
  readonly policy: DraftPolicy;
  readonly language: Language;
  readonly words: Words;
  readonly speech: Speech;
}

/** All statements of a policy, in the order of the document. */
export function statementsOf(policy: DraftPolicy, language: Language): ProgrammeStatements[] {
  const telling: Telling = {
    policy,
    language,
    words: wordsFor(language),
    speech: speechFor(language, policy.currency ?? null),
  };
  return policy.programmes.map((programme, i) => {
    const path = `programmes.${i}`;
    return {
      programme,
      statements: programmeStatements(programme, path, telling),
      commodities: programme.commodities.map((commodity, j) => ({
        commodity,
        statements: commodityStatements(commodity, { programme, path: `${path}.commodities.${j}` }, telling),
      })),
    };
  });
}

interface Said {
  readonly rule: string;
  readonly at: string;
  readonly text: string;
  readonly value?: number;
  /** Tells it from others of the same rule. */
  readonly of?: string;
}

function collect(owner: string, path: string): { say(said: Said): void; readonly all: Statement[] } {
  const all: Statement[] = [];
  return {
    all,
    say: ({ rule, at, text, value, of }) =>
      all.push({
        key: `${owner}.${rule}${of === undefined ? '' : `.${of}`}`,
        rule,
        path: `${path}.${at}`,
        text,
        value: value ?? null,
      }),
  };
}

function programmeStatements(programme: ProgrammeRules, path: string, telling: Telling): Statement[] {
  const { words, speech, language } = telling;
  const { say, all } = collect(programme.id, path);
  const { schemes, coverage, dates, campaign, representatives, voids } = programme;
  if (programme.isTrial === true) say({ rule: 'trial', at: 'isTrial', text: words.trial() });
  if (dates !== undefined)
    say({ rule: 'dates', at: 'dates', text: words.dates(dates.from ?? null, dates.until ?? null) });
  if (schemes.length > 0) say({ rule: 'scheme', at: 'schemes', text: words.schemes(numbersText(schemes, speech)) });
  for (const [i, { plan, classes }] of (coverage?.plans ?? []).entries()) {
    const said = classes === undefined ? words.every_class : words.holder.class(numbersText(classes, speech));
    say({
      rule: 'coverage-plan',
      of: `${plan}`,
      at: `coverage.plans.${i}`,
      text: words.plan(speech.number(plan), said),
    });
  }
  if (coverage?.waitingDays !== undefined) {
    const text = words.waiting(speech.counted(coverage.waitingDays, words.day));
    say({ rule: 'coverage-waiting', at: 'coverage.waitingDays', text, value: coverage.waitingDays });
  }
  placeStatements(programme, say, telling);
  if (campaign?.sites !== undefined)
    say({ rule: 'campaign-site', at: 'campaign.sites', text: words.campaignSites(speech.list(campaign.sites)) });
  if (campaign?.roster !== undefined) {
    say({
      rule: 'campaign-roster',
      at: 'campaign.roster',
      text: words.roster(campaign.roster, campaign.withoutCard === true),
    });
  }
  offlineStatements(programme, say, telling);
  boundStatements(programme, say, telling);
  purseStatement(programme, say, telling);
  if (representatives !== undefined) {
    const text = words.representatives(representatives.who, speech.counted(representatives.perMonthMax, words.service));
    say({ rule: 'representative', at: 'representatives', text, value: representatives.perMonthMax });
  }
  for (const [i, one] of (programme.exemptions ?? []).entries()) {
    const rule = { roles: speech.list(one.roles), perDay: speech.number(one.perDayMax), supervisor: one.supervisor };
    say({
      rule: 'exemption',
      of: one.id,
      at: `exemptions.${i}`,
      text: words.exemption(one.name[language], rule),
      value: one.perDayMax,
    });
  }
  for (const [i, one] of (programme.accounts ?? []).entries()) {
    say({
      rule: 'account',
      of: one.id,
      at: `accounts.${i}`,
      text: words.account(one.name[language], one.kind, speech.number(one.max)),
      value: one.max,
    });
  }
  if (voids !== undefined) {
    const text = words.voids(speech.number(voids.withinSeconds / 60), speech.number(voids.perDayMax));
    say({ rule: 'voids', at: 'voids', text, value: voids.perDayMax });
  }
  return all;
}

type Say = (said: Said) => void;

function placeStatements({ place }: ProgrammeRules, say: Say, { words, speech }: Telling): void {
  if (place === undefined) return;
  if (place.siteKinds !== undefined)
    say({ rule: 'site-kind', at: 'place.siteKinds', text: words.siteKinds(speech.list(place.siteKinds)) });
  if (place.accredited === true) say({ rule: 'site-accredited', at: 'place.accredited', text: words.accredited() });
  if (place.areas !== undefined)
    say({ rule: 'site-area', at: 'place.areas', text: words.areas(speech.list(place.areas)) });
  if (place.portability !== undefined)
    say({ rule: 'site-home', at: 'place.portability', text: words.home(place.portability) });
  if (place.roles !== undefined)
    say({ rule: 'operator-role', at: 'place.roles', text: words.roles(speech.list(place.roles)) });
}

function offlineStatements({ offline }: ProgrammeRules, say: Say, { words, speech }: Telling): void {
  if (offline === undefined) return;
  const { unitsMax, servicesMax, ladder, daysWithoutSignedTimeMax: time } = offline;
  if (unitsMax !== undefined) {
    say({
      rule: 'offline-units',
      at: 'offline.unitsMax',
      text: words.offlineUnits(speech.counted(unitsMax, words.unit)),
      value: unitsMax,
    });
  }
  if (servicesMax !== undefined) {
    const text = words.offlineServices(speech.counted(servicesMax, words.service));
    say({ rule: 'offline-services', at: 'offline.servicesMax', text, value: servicesMax });
  }
  for (const [i, { afterDays, permille }] of (ladder ?? []).entries()) {
    const text = words.ladder(speech.counted(afterDays, words.day), speech.rate(permille));
    say({ rule: 'offline-ladder', of: `${afterDays}`, at: `offline.ladder.${i}`, text, value: permille });
  }
  if (time !== undefined) {
    const text = words.signedTime(speech.counted(time, words.day));
    say({ rule: 'offline-signed-time', at: 'offline.daysWithoutSignedTimeMax', text, value: time });
  }
}

function purseStatement({ purse }: ProgrammeRules, say: Say, { policy, words, language }: Telling): void {
  if (purse === undefined) return;
  const account = accountOf(policy, purse);
  const text = words.purse(textOf(account?.name, language, purse));
  say({ rule: 'purse-balance', of: account?.id ?? `${purse}`, at: 'purse', text });
}

function boundStatements(programme: ProgrammeRules, say: Say, { words, speech }: Telling): void {
  const { copyableMaxDay, doubtfulLedgerMax, secondFactor } = programme;
  const copyable = copyableMaxDay === undefined ? null : words.copyable(copyableMaxDay, speech.number(copyableMaxDay));
  if (copyable !== null)
    say({ rule: 'medium-protection', at: 'copyableMaxDay', text: copyable, value: copyableMaxDay ?? 0 });
  const doubtful = words.doubtful(doubtfulLedgerMax, speech.number(doubtfulLedgerMax));
  say({ rule: 'doubtful-ledger', at: 'doubtfulLedgerMax', text: doubtful, value: doubtfulLedgerMax });
  if (secondFactor === undefined) return;
  const { media, fromUnits, fromPurse, accepts } = secondFactor;
  const when = [
    ...(media === undefined ? [] : [words.factorMedia(speech.list(media))]),
    ...(fromUnits === undefined ? [] : [words.factorUnits(speech.counted(fromUnits, words.unit))]),
    ...(fromPurse === undefined ? [] : [words.factorPurse(speech.money(fromPurse))]),
  ];
  const text = words.factorRule(speech.any(when), speech.any(accepts.map((one) => words.factor[one])));
  say({ rule: 'second-factor', at: 'secondFactor', text });
}

function commodityStatements(
  commodity: CommodityRules,
  at: { readonly programme: ProgrammeRules; readonly path: string },
  telling: Telling,
): Statement[] {
  const { words, speech, language, policy } = telling;
  const { say, all } = collect(`${at.programme.id}.${commodity.id}`, at.path);
  const unit: CountedForms = commodity.unit[language];
  for (const [i, { per, every, amount, lines }] of commodity.quotas.entries()) {
    const text = words.quota(speech.counted(amount, unit), words.per[per], words.every[every]);
    say({ rule: `quota-${every}`, of: per, at: `quotas.${i}`, text, value: amount });
    for (const [j, line] of (lines ?? []).entries()) {
      const said = speech.counted(line.amount, unit);
      const instead = words.quotaLine(holdersText(line, telling), said, `${words.per[per]} ${words.every[every]}`);
      const of = `${per}.${holdersKey(line)}`;
      say({ rule: `quota-${every}`, of, at: `quotas.${i}.lines.${j}`, text: instead, value: line.amount });
    }
  }
  const { carryOver, aheadDays, consumes, writes, siteKinds, roles } = commodity;
  const account = (number: number): string => textOf(accountOf(policy, number)?.name, language, number);
  if (carryOver?.kind === 'convert') {
    const text = words.convert(speech.number(carryOver.amountEach), account(carryOver.account));
    say({ rule: 'carry-over', at: 'carryOver', text, value: carryOver.amountEach });
  } else if (carryOver !== undefined) {
    const text = words.accumulate(speech.counted(carryOver.max, unit), account(carryOver.account));
    say({ rule: 'carry-over', at: 'carryOver', text, value: carryOver.max });
  }
  if (aheadDays !== undefined)
    say({ rule: 'ahead', at: 'aheadDays', text: words.ahead(speech.counted(aheadDays, words.day)), value: aheadDays });
  accountStatements(commodity, say, telling);
  if (consumes !== undefined) {
    const names = (consumes.exemptions ?? []).map((id) =>
      textOf(at.programme.exemptions?.find((one) => one.id === id)?.name, language, id),
    );
    const text = words.consumes(words.paper[consumes.kind], names.length === 0 ? null : speech.list(names));
    say({ rule: 'paper', at: 'consumes', text });
  }
  if (writes !== undefined) {
    const names = writes.for.map((number) => textOf(commodityOf(policy, number)?.name, language, number));
    const rule = {
      for: speech.list(names),
      days: speech.counted(writes.days, words.day),
      most: speech.number(writes.quantityMax),
      choose: writes.chooseSiteKind ?? null,
    };
    say({
      rule: 'writes',
      at: 'writes',
      text: words.writes(words.paper[writes.kind], rule),
      value: writes.quantityMax,
    });
    if (writes.slip === true) say({ rule: 'slip', at: 'writes.slip', text: words.slip(words.paper[writes.kind]) });
  }
  priceStatements(commodity, say, telling);
  if (siteKinds !== undefined)
    say({ rule: 'site-kind', at: 'siteKinds', text: words.siteKinds(speech.list(siteKinds)) });
  if (roles !== undefined) say({ rule: 'operator-role', at: 'roles', text: words.roles(speech.list(roles)) });
  return all;
}

function accountStatements(
  { needs, gives, costs }: CommodityRules,
  say: Say,
  { policy, words, speech, language }: Telling,
): void {
  for (const [i, need] of (needs ?? []).entries()) {
    const account = accountOf(policy, need.account);
    const kind = account?.kind ?? 'amount';
    const { graceDays = 0, atLeast = 1 } = need;
    const grace = graceDays === 0 ? null : speech.counted(graceDays, words.day);
    const value = kind === 'until' ? grace : speech.number(atLeast);
    const except = need.exceptClasses === undefined ? null : numbersText(need.exceptClasses, speech);
    const text = words.needs(textOf(account?.name, language, need.account), { kind, value, except });
    say({
      rule: 'needs',
      of: account?.id ?? `${need.account}`,
      at: `needs.${i}`,
      text,
      value: need.atLeast ?? need.graceDays ?? 0,
    });
  }
  for (const member of ['gives', 'costs'] as const) {
    for (const [i, change] of ((member === 'gives' ? gives : costs) ?? []).entries()) {
      const account = accountOf(policy, change.account);
      const what =
        change.months === undefined ? speech.number(change.amount ?? 0) : speech.counted(change.months, words.month);
      const text = words[member](textOf(account?.name, language, change.account), what);
      say({
        rule: member,
        of: account?.id ?? `${change.account}`,
        at: `${member}.${i}`,
        text,
        value: change.amount ?? change.months ?? 0,
      });
    }
  }
}

function priceStatements({ price }: CommodityRules, say: Say, telling: Telling): void {
  if (price === undefined) return;
  const { words, speech } = telling;
  say({ rule: 'price', at: 'price', text: words.price(speech.money(price.amount)), value: price.amount });
  for (const [i, line] of (price.copayment?.lines ?? []).entries()) {
    const part = line.amount === undefined ? speech.rate(line.permille ?? 1000) : speech.money(line.amount);
    const max = line.max === undefined ? null : speech.money(line.max);
    const of = holdersKey(line);
    const text = words.copayment(holdersText(line, telling), part, max);
    say({ rule: 'price', of, at: `price.copayment.lines.${i}`, text, value: line.amount ?? line.permille ?? 0 });
  }
}

function textOf(texts: Texts | undefined, language: Language, otherwise: number | string): string {
  return texts?.[language] ?? String(otherwise);
}

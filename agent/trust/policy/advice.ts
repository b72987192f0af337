/** Warnings: what a policy may say, and an author rarely means. Nothing here stops a policy from being signed. */
import { isoDay } from '../../domain/calendar.js';
import type { Language } from '../../domain/texts.js';
import {
  accountsOf,
  commoditiesOf,
  type KnownAccount,
  type KnownCommodity,
  type KnownPolicy,
  type KnownProgramme,
  lacks,
  nameOf,
  numbersIn,
  type Place,
  placesIn,
  programmesOf,
} from './places.js';
import { nearest, type Path, type Report } from './problem.js';

const ARABIC_FORMS = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;
const TWO_FORMS = ['one', 'other'] as const;
/** 2026-01-01: no card is older than the system. */
const EARLIEST_LAST_DAY = 20_454;
const MEDIA = ['ntag213', 'ntag215', 'ntag216', 'type4', 'qr'];
/** Kinds of sites, roles: one of these words that stands once, a letter or two away from another, is likely a slip. */
const NAMES_MAX = 200;

/** Reports what is allowed and looks like a slip. */
export function adviseOn(policy: KnownPolicy, report: Report): void {
  const everything = programmesOf(policy)
    .flatMap(commoditiesOf)
    .map((one) => one.value);
  const purses = numbersIn(programmesOf(policy).map((one) => one.value.purse));
  for (const programme of programmesOf(policy)) {
    const { value, path } = programme;
    adviseOnTexts(value.title, [...path, 'title'], report);
    for (const account of accountsOf(programme)) adviseOnAccount(account, report);
    for (const commodity of commoditiesOf(programme)) {
      adviseOnTexts(commodity.value.name, [...commodity.path, 'name'], report);
      adviseOnUnit(commodity, report);
      adviseOnQuotas(commodity, report);
    }
    for (const medium of placesIn(value.secondFactor?.media, [...path, 'secondFactor', 'media'])) {
      if (MEDIA.includes(medium.value)) continue;
      const message = `no card of kind "${medium.value}" is known here`;
      report({ path: medium.path, kind: 'value', message, remedy: `use one of ${MEDIA.join(', ')}` });
    }
    if (value.campaign !== undefined && lacks(value.dates ?? {}, 'until')) {
      const message = 'the campaign has no last day, and is served as long as the policy holds';
      report({ path: [...path, 'campaign'], kind: 'conflict', message, remedy: 'add "dates" with "until"' });
    }
    adviseOnUnused(programme, { everything, purses }, report);
  }
  adviseOnNames(policy, report);
}

/** A small number is a slip for a count of days or months: nobody could ever pay until then. */
function adviseOnAccount({ value, path }: Place<KnownAccount>, report: Report): void {
  const { kind, max } = value;
  if (kind !== 'until' || max === undefined || max >= EARLIEST_LAST_DAY) return;
  const message = `its last day would be ${isoDay(max)}: nothing could ever move it on`;
  report({
    path: [...path, 'max'],
    kind: 'value',
    message,
    remedy: 'count days since 1970-01-01: 29584 is 2050-12-31',
  });
}

type KnownTexts = KnownCommodity['name'];

function adviseOnTexts(texts: KnownTexts, path: Path, report: Report): void {
  const { ar, fr, en } = texts ?? {};
  if (ar !== undefined && !/\p{Script=Arabic}/u.test(ar)) {
    report({
      path: [...path, 'ar'],
      kind: 'text',
      message: 'has no Arabic letter',
      remedy: 'translate it into Arabic',
    });
  }
  for (const [language, text] of Object.entries({ fr, en })) {
    if (text === undefined || !/\p{Script=Arabic}/u.test(text)) continue;
    const message = 'has Arabic letters in it';
    report({
      path: [...path, language],
      kind: 'text',
      message,
      remedy: `translate it into ${NAMES[language] ?? language}`,
    });
  }
}

const NAMES: Readonly<Record<string, string>> = { fr: 'French', en: 'English' };

function adviseOnUnit({ value, path }: Place<KnownCommodity>, report: Report): void {
  const wanted: Readonly<Record<Language, readonly string[]>> = { ar: ARABIC_FORMS, fr: TWO_FORMS, en: TWO_FORMS };
  for (const language of ['ar', 'fr', 'en'] as const) {
    const forms = value.unit?.[language];
    if (forms === undefined || typeof forms === 'string') continue;
    const missing = wanted[language].filter((form) => form !== 'other' && !(form in forms));
    if (missing.length === 0) continue;
    report({
      path: [...path, 'unit', language],
      kind: 'text',
      message: `has no form for ${missing.map((form) => `"${form}"`).join(', ')}; "other" is shown instead`,
      remedy:
        language === 'ar'
          ? 'give all six: zero (0), one (1), two (2), few (3–10), many (11–99), other (100 …)'
          : 'give "one" and "other", or one word for every number',
    });
  }
}

function adviseOnQuotas({ value, path }: Place<KnownCommodity>, report: Report): void {
  const seen = new Map<string, number>();
  for (const quota of placesIn(value.quotas, [...path, 'quotas'])) {
    const { per, every, amount } = quota.value;
    if (per === undefined || every === undefined || amount === undefined) continue;
    const mark = `${per} ${every}`;
    const before = seen.get(mark);
    if (before === undefined) {
      seen.set(mark, amount);
      continue;
    }
    const message = `there is another quota per ${per} and ${every} (${before}): the lower of both counts`;
    report({ path: quota.path, kind: 'duplicate', message, remedy: 'keep one of them' });
  }
}

/** Accounts and exemptions that nothing uses. */
function adviseOnUnused(
  { value, path }: Place<KnownProgramme>,
  { everything, purses }: { readonly everything: readonly KnownCommodity[]; readonly purses: readonly number[] },
  report: Report,
): void {
  const commodities = commoditiesOf({ value, path }).map((one) => one.value);
  const accounts = new Set<number | undefined>([
    ...purses,
    ...everything.flatMap(({ carryOver, needs = [], gives = [], costs = [] }) =>
      [carryOver, ...needs, ...gives, ...costs].map((one) => one?.account),
    ),
  ]);
  for (const account of placesIn(value.accounts, [...path, 'accounts'])) {
    if (account.value.number === undefined || accounts.has(account.value.number)) continue;
    const message = `nothing in the policy uses account ${nameOf(account.value)}`;
    report({ path: account.path, kind: 'unreachable', message, remedy: 'use it, or remove it' });
  }
  const exemptions = new Set(commodities.flatMap(({ consumes }) => consumes?.exemptions ?? []));
  for (const exemption of placesIn(value.exemptions, [...path, 'exemptions'])) {
    if (exemption.value.id === undefined || exemptions.has(exemption.value.id)) continue;
    const message = `no commodity takes exemption ${exemption.value.id} in place of a paper`;
    const remedy = 'name it in "consumes.exemptions" of a commodity, or remove it';
    report({ path: exemption.path, kind: 'unreachable', message, remedy });
  }
}

/** Kinds of sites and roles: nobody lists them, so a slip shows only in that the word stands alone beside one much like it. */
function adviseOnNames(policy: KnownPolicy, report: Report): void {
  const of = (member: 'siteKinds' | 'roles'): Place<string>[] =>
    programmesOf(policy).flatMap((programme) => [
      ...placesIn(programme.value.place?.[member], [...programme.path, 'place', member]),
      ...commoditiesOf(programme).flatMap(({ value, path }) => placesIn(value[member], [...path, member])),
    ]);
  for (const places of [of('siteKinds'), of('roles')]) {
    if (places.length > NAMES_MAX) continue;
    const count = (name: string): number => places.filter((place) => place.value === name).length;
    for (const { value, path } of places) {
      const others = [...new Set(places.map((place) => place.value))].filter((one) => one !== value && count(one) > 1);
      const meant = count(value) === 1 ? nearest(value, others) : null;
      if (meant === null) continue;
      const message = `"${value}" stands here alone; did you mean "${meant}"?`;
      report({ path, kind: 'value', message, remedy: `write "${meant}" if it is the same` });
    }
  }
}

/** What the members of one programme have to do with each other, beyond references: rules that contradict, that are out of order, or that never come into force. */
import { LEDGER_FAMILIES } from '../../domain/ledger.js';
import { checkCopayment } from './copayment.js';
import { checkHolderLines } from './holder-lines.js';
import {
  commoditiesOf,
  type KnownCommodity,
  type KnownPolicy,
  type KnownProgramme,
  lacks,
  nameOf,
  type Place,
  placesIn,
  programmesOf,
} from './places.js';
import type { PolicyProblem, Report } from './problem.js';

const FAMILIES: readonly number[] = Object.values(LEDGER_FAMILIES);

/** Reports rules that cannot hold together. */
export function checkRules(policy: KnownPolicy, report: Report): void {
  checkCurrency(policy, report);
  for (const programme of programmesOf(policy)) {
    checkHolders(programme, report);
    checkSpan(programme, report);
    checkCampaign(programme, report);
    checkOffline(programme, report);
    checkSecondFactor(programme, report);
    checkSayings(programme, report);
    for (const commodity of commoditiesOf(programme)) {
      checkTimes(commodity, report);
      const { price, quotas } = commodity.value;
      if (price !== undefined)
        checkCopayment({ value: price, path: [...commodity.path, 'price'] }, programme.value, report);
      for (const { value, path } of placesIn(quotas, [...commodity.path, 'quotas']))
        checkHolderLines(placesIn(value.lines, [...path, 'lines']), programme.value, report);
      checkChoice(commodity, policy, report);
    }
  }
}

function conflict(path: PolicyProblem['path'], message: string, remedy: string): PolicyProblem {
  return { path, kind: 'conflict', message, remedy };
}

function checkHolders({ value, path }: Place<KnownProgramme>, report: Report): void {
  const { family, schemes, coverage } = value;
  if (family !== undefined && !FAMILIES.includes(family)) {
    const known = Object.entries(LEDGER_FAMILIES).map(([name, number]) => `${number} (${name})`);
    report(conflict([...path, 'family'], `no card has a ledger of family ${family}`, `use ${known.join(' or ')}`));
  }
  if (schemes?.length === 0 && lacks(value, 'coverage') && lacks(value, 'campaign')) {
    report(
      conflict(
        [...path, 'schemes'],
        'names no scheme, and the programme has neither coverage nor a campaign: nobody could be served',
        'name the schemes whose cards may draw, or add "coverage" or "campaign"',
      ),
    );
  }
  for (const [i, plan] of (coverage?.plans ?? []).entries()) {
    const first = (coverage?.plans ?? []).findIndex((one) => one?.plan === plan?.plan);
    if (plan?.plan === undefined || first === i) continue;
    const at = [...path, 'coverage', 'plans', i, 'plan'];
    const message = `plan ${plan.plan} is in the list already, at position ${first}`;
    report({ path: at, kind: 'duplicate', message, remedy: 'put its classes into one entry' });
  }
}

function checkSpan({ value, path }: Place<KnownProgramme>, report: Report): void {
  const { from, until } = value.dates ?? {};
  if (from === undefined || until === undefined || from <= until) return;
  report({
    path: [...path, 'dates', 'until'],
    kind: 'order',
    message: `${until} is before "from" (${from}), so there is no day on which it is served`,
    remedy: 'exchange them, or mend the one that is wrong',
  });
}

function checkCampaign({ value, path }: Place<KnownProgramme>, report: Report): void {
  const { campaign } = value;
  if (campaign?.withoutCard !== true || !lacks(campaign, 'roster')) return;
  report({
    path: [...path, 'campaign', 'roster'],
    kind: 'missing',
    message: 'is missing, and without a list of persons nobody can be found who has no card',
    remedy: 'name the roster, or remove "withoutCard"',
  });
}

function checkOffline({ value, path }: Place<KnownProgramme>, report: Report): void {
  const steps = placesIn(value.offline?.ladder, [...path, 'offline', 'ladder']);
  for (const [i, step] of steps.entries()) {
    const before = steps[i - 1]?.value;
    if (
      before?.afterDays !== undefined &&
      step.value.afterDays !== undefined &&
      step.value.afterDays <= before.afterDays
    ) {
      report({
        path: [...step.path, 'afterDays'],
        kind: 'order',
        message: `${step.value.afterDays} days do not come after the ${before.afterDays} days of the step before`,
        remedy: 'order the steps by days, each with more than the one before',
      });
    }
    if (before?.permille !== undefined && step.value.permille !== undefined && step.value.permille > before.permille) {
      report({
        path: [...step.path, 'permille'],
        kind: 'order',
        message: `${step.value.permille} thousandths are more than the ${before.permille} of the step before: longer without the centre would give more`,
        remedy: 'let the steps fall, or exchange them',
      });
    }
  }
}

function checkSecondFactor({ value, path }: Place<KnownProgramme>, report: Report): void {
  const { secondFactor } = value;
  if (secondFactor === undefined) return;
  const at = [...path, 'secondFactor'];
  if ((['media', 'fromUnits', 'fromPurse'] as const).every((when) => lacks(secondFactor, when))) {
    report({
      path: at,
      kind: 'unreachable',
      message: 'never asks for anything: it names neither kinds of cards, nor a number of units, nor a sum',
      remedy: 'add "media", "fromUnits" or "fromPurse", or remove it',
    });
  }
  if (!lacks(secondFactor, 'fromPurse') && lacks(value, 'purse')) {
    report({
      path: [...at, 'fromPurse'],
      kind: 'unreachable',
      message: 'never asks for anything: the programme has no purse that could be paid from',
      remedy: 'name the account as "purse" of the programme, or remove it here',
    });
  }
  const { accepts } = secondFactor;
  if (accepts?.includes('representative-card') === true && lacks(value, 'representatives')) {
    const message = 'accepts the card of a representative, but nobody may draw for a holder here';
    report(
      conflict(
        [...at, 'accepts', accepts.indexOf('representative-card')],
        message,
        'add "representatives", or remove it here',
      ),
    );
  }
}

/** A rule that says nothing is a rule that somebody forgot to finish. */
function checkSayings({ value, path }: Place<KnownProgramme>, report: Report): void {
  for (const member of ['place', 'dates', 'offline'] as const) {
    const rule = value[member];
    if (rule === undefined || Object.keys(rule).length > 0) continue;
    const message = 'says nothing';
    report({ path: [...path, member], kind: 'unreachable', message, remedy: 'fill it in, or remove it' });
  }
}

function checkTimes({ value, path }: Place<KnownCommodity>, report: Report): void {
  const quotas = (value.quotas ?? []).filter((quota) => quota !== undefined);
  // One whose time is wrong in itself may be the one that is missed.
  if (quotas.length < (value.quotas?.length ?? 0) || quotas.some((quota) => quota.every === undefined)) return;
  const counts = (every: string): number => quotas.filter((quota) => quota.every === every).length;
  if (value.aheadDays !== undefined && counts('day') !== 1) {
    const message =
      counts('day') === 0
        ? 'the quota of the day cannot be collected ahead: there is none'
        : `there are ${counts('day')} quotas for the day, and which of them is collected ahead cannot be told`;
    report(
      conflict([...path, 'aheadDays'], message, 'keep exactly one quota with "every": "day", or remove "aheadDays"'),
    );
  }
  if (value.carryOver !== undefined && counts('month') + counts('day') === 0) {
    const message =
      'what was not taken in a month cannot be told: no quota for day or month entitles to anything in it';
    report(
      conflict([...path, 'carryOver'], message, 'add a quota with "every": "month" or "day", or remove "carryOver"'),
    );
  }
}

/** Sums mean nothing without a currency. */
function checkCurrency(policy: KnownPolicy, report: Report): void {
  const priced = programmesOf(policy)
    .flatMap(commoditiesOf)
    .filter(({ value }) => !lacks(value, 'price'))
    .map(({ value }) => nameOf(value));
  if (priced.length === 0 || !lacks(policy, 'currency')) return;
  const [first = '', ...others] = priced;
  const who = others.length === 0 ? `${first} has a price` : `${first} and ${others.length} more have prices`;
  report({
    path: ['currency'],
    kind: 'missing',
    message: `is missing: ${who}`,
    remedy: 'add its ISO 4217 code, e.g. "EGP"',
  });
}

/** A paper for a kind of site that may not take it helps nobody. */
function checkChoice({ value, path }: Place<KnownCommodity>, policy: KnownPolicy, report: Report): void {
  const { writes } = value;
  const chosen = writes?.chooseSiteKind;
  if (writes === undefined || chosen === undefined) return;
  const refusing: string[] = [];
  for (const programme of programmesOf(policy)) {
    for (const { value: target } of commoditiesOf(programme)) {
      if (target.number === undefined || writes.for?.includes(target.number) !== true) continue;
      const kinds = lacks(target, 'siteKinds') ? programme.value.place?.siteKinds : target.siteKinds;
      if (kinds !== undefined && !kinds.includes(undefined) && !kinds.includes(chosen)) {
        refusing.push(`${nameOf(target)} (at ${kinds.join(', ')})`);
      }
    }
  }
  if (refusing.length === 0) return;
  const message = `the holder would choose a "${chosen}", where the paper cannot be used for ${refusing.join(', ')}`;
  const remedy =
    'choose a kind of site that serves all of them, or write a paper of its own for those that are served elsewhere';
  report(conflict([...path, 'writes', 'chooseSiteKind'], message, remedy));
}

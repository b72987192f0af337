/** Port Said: bread, supplies, health insurance, payment. The figures are the ministry's published ones, written down here once more, apart from any policy. */
import { atLeast, none, quantityOf, row, servicesOf, sums } from './checks.js';
import type { Evidence } from './evidence.js';
import type { Verdict } from './verdict.js';

const BREAD = 1;
const LOAF = 1;
const LOAVES_A_DAY = 5;
const LOAVES_A_MONTH = 900;
const DAYS_OF_OUTAGE = 3;

/** Judges PS1 to PS11. */
export function judgePortSaid(evidence: Evidence): readonly Verdict[] {
  return [bread(evidence)];
}

/** PS1: daily quota per person, household cap per month, several days of outage without paper, nothing above quota. */
function bread(evidence: Evidence): Verdict {
  const services = servicesOf(evidence, BREAD);
  const cards = new Map(evidence.cards.map((card) => [card.serial, card]));
  const drawsOf = (key: string): number => cards.get(Number(key.split(' ')[0]))?.entitlements.draws ?? 0;
  const capOf = (key: string): number => {
    const { draws = 0, householdSize = 1 } = cards.get(Number(key.split(' ')[0]))?.entitlements ?? {};
    return Math.floor((LOAVES_A_MONTH * draws) / householdSize);
  };
  const byDay = sums(services, LOAF, ({ event, day }) => `${event.card} ${day}`);
  const byMonth = sums(services, LOAF, ({ event, month }) => `${event.card} ${month}`);
  const aboveDay = [...byDay].filter(([key, loaves]) => loaves > LOAVES_A_DAY * drawsOf(key));
  const aboveMonth = [...byMonth].filter(([key, loaves]) => loaves > capOf(key));
  const late = services.filter(({ daysLate }) => daysLate >= DAYS_OF_OUTAGE);
  const refusals = evidence.events.filter(({ event }) => event.type === 'refusal' && event.reason === 'ERR_QUOTA_DAY');
  const capped = evidence.events.filter(({ event }) => event.type === 'refusal' && event.reason === 'ERR_QUOTA_MONTH');
  const wrong = evidence.cards.filter(({ serial, ledger }) => {
    const last = services.filter(({ event }) => event.card === serial).at(-1);
    if (last === undefined || ledger === null) return false;
    const used = byMonth.get(`${serial} ${last.month}`) ?? 0;
    return used !== (ledger.usage.find((usage) => usage.commodity === LOAF)?.usedMonth ?? 0);
  });
  return row('PS1', {
    'somebody was served': atLeast(
      1,
      services.filter(({ event }) => quantityOf(event.items, LOAF) > 0),
    ),
    'nobody above the quota of the day': none(aboveDay),
    'no household above the cap of the month': none(aboveMonth),
    'who asked twice in a day was refused': atLeast(1, refusals),
    'who had reached the cap was refused': atLeast(1, capped),
    'people were served through days of outage': atLeast(10, late),
    'every card states what the centre has of it': none(wrong.map(({ serial }) => serial)),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}

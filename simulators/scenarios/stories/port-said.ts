/** Port Said: six weeks over a month's end at two bakeries and a grocer's, with six days without a network at one of the bakeries. */
import type { PolicyDocument } from '../authority.js';
import type { Holder } from '../cast.js';
import type { Scenario } from '../scenario.js';
import { exactly, more, only } from '../wishes.js';
import type { World } from '../world.js';
import { paidSupplies } from './payments.js';

const DAYS = 42;
const OUTAGE = { from: 12, to: 18 } as const;
const BAKERIES = ['manakh-1', 'manakh-2', 'arab-1'] as const;
const GROCER = 'grocer-1';
const [LOAF, SUGAR, POINTS_SUGAR, POINTS_OIL] = [1, 2, 4, 5] as const;
/** Some cards come within the policy's days of a reminder in the middle of the story; none expires in it. */
const ENDS_AFTER_DAYS = 80;
const LONG_DAYS = 3_650;
/** Days of the story on which people go for their supplies, and for what their points buy: before and after the month's end. */
const SUPPLIES = [4, 9, 35, 38];
const POINTS = [33, 36, 40];

/** See the head of this file. */
export const portSaid: Scenario = {
  name: 'port-said',
  title: 'Port Said: bread, supplies, health insurance, payment',
  rows: [
    {
      id: 'PS1',
      text: 'bread: daily quota per person, household cap per month, several days of outage without paper, nothing above quota',
    },
    { id: 'PS2', text: 'loaves not taken become points at month end; points buy goods, once' },
    { id: 'PS3', text: 'monthly supplies' },
    { id: 'PS10', text: 'proactive reminder that a card nears expiry' },
    { id: 'PS11', text: 'payment in cash, by bank card or wallet through a payment machine; copayments' },
  ],
  policies: ['egypt-rations'],
  firstDay: '2026-10-01',
  timeZone: 'Africa/Cairo',
  rule,
  live,
};

/** Here bread is collected for the day alone, and the bound for cards that can be copied is that of the largest household. */
function rule(policy: PolicyDocument): PolicyDocument {
  const copy = structuredClone(policy) as {
    programmes: { copyableMaxDay?: number; commodities: { aheadDays?: number }[] }[];
  };
  for (const programme of copy.programmes) {
    programme.copyableMaxDay = 40;
    for (const commodity of programme.commodities) delete commodity.aheadDays;
  }
  return copy as unknown as PolicyDocument;
}

async function live(world: World): Promise<void> {
  const here = { area: 'port-said', programme: 'rations' };
  for (const name of BAKERIES)
    await world.openTerminal(name, { ...here, site: `${name.split('-')[0]}-bakery`, kind: 'bakery' });
  await world.openTerminal(GROCER, {
    ...{ ...here, site: 'manakh-grocer', kind: 'grocer', takesPayments: true },
  });
  await world.issue(world.people, {
    validDays: ({ serial }) => (serial % 5 === 0 ? ENDS_AFTER_DAYS : LONG_DAYS),
  });
  for (let day = 0; day < DAYS; day += 1) {
    if (day === OUTAGE.from) await world.network(['manakh-1', 'manakh-2'], 'away');
    if (day === OUTAGE.to) await world.network(['manakh-1', 'manakh-2'], 'back');
    for (const holder of world.holders) {
      await bread(world, holder);
      if (SUPPLIES.includes(day)) await supplies(world, holder);
      if (POINTS.includes(day)) await goodsForPoints(world, holder);
    }
    await world.sleep();
  }
}

/** Most households come; some come twice, some ask for more than is theirs. */
async function bread(world: World, holder: Holder): Promise<void> {
  const { random } = world;
  // Large households never miss a day: they reach the cap of the month.
  const isKeen = holder.person.householdSize === 7;
  // Some want a little now and then: they have points at the month's end, whatever is allowed.
  const isModest = holder.person.serial % 4 === 1 && !isKeen;
  if (!isKeen && !random.chance(isModest ? 0.3 : 0.8)) return;
  const at = random.pick(BAKERIES);
  if (isModest) {
    await world.tap(at, holder, only([LOAF], 5));
    return;
  }
  await world.tap(at, holder, only([LOAF]));
  if (random.chance(0.1)) await world.tap(random.pick(BAKERIES), holder, only([LOAF]));
  if (random.chance(0.05)) await world.tap(at, holder, more(LOAF, 5));
}

/** Some come twice in a month, and some ask for one more than is theirs. */
async function supplies(world: World, holder: Holder): Promise<void> {
  if (!world.random.chance(0.7)) return;
  await paidSupplies(world, GROCER, holder);
  if (world.random.chance(0.2)) await world.tap(GROCER, holder, exactly(SUGAR, 1), { payment: 'cash' });
}

/** Buys oil for all that it can, and tries once more with what is spent. */
async function goodsForPoints(world: World, holder: Holder): Promise<void> {
  await world.tap(GROCER, holder, only([POINTS_OIL]));
  await world.tap(GROCER, holder, exactly(POINTS_OIL, 3));
  if (world.random.chance(0.3)) await world.tap(GROCER, holder, only([POINTS_SUGAR], 1));
}

/** Port Said: six weeks over a month's end at two bakeries, with six days without a network at one of them. */
import type { Scenario } from '../scenario.js';
import { ALL, more, type World } from '../world.js';

const DAYS = 42;
const OUTAGE = { from: 12, to: 18 } as const;
const BAKERIES = ['manakh-1', 'manakh-2', 'arab-1'] as const;

/** See the head of this file. */
export const portSaid: Scenario = {
  name: 'port-said',
  title: 'Port Said: bread, supplies, health insurance, payment',
  rows: [
    {
      id: 'PS1',
      text: 'bread: daily quota per person, household cap per month, several days of outage without paper, nothing above quota',
    },
  ],
  policies: ['egypt-bread'],
  firstDay: '2026-10-01',
  timeZone: 'Africa/Cairo',
  live,
};

async function live(world: World): Promise<void> {
  for (const name of BAKERIES)
    await world.openTerminal(name, {
      site: name.startsWith('manakh') ? 'manakh-bakery' : 'arab-bakery',
      programme: 'bread',
    });
  await world.issue(world.people);
  for (let day = 0; day < DAYS; day += 1) {
    if (day === OUTAGE.from) await world.network(['manakh-1', 'manakh-2'], 'away');
    if (day === OUTAGE.to) await world.network(['manakh-1', 'manakh-2'], 'back');
    await breadOfTheDay(world);
    await world.sleep();
  }
}

/** Most households come; some come twice, some ask for more than is theirs. */
async function breadOfTheDay(world: World): Promise<void> {
  const { random } = world;
  for (const holder of world.holders) {
    // Large households never miss a day: they reach the cap of the month.
    const isKeen = holder.person.householdSize === 7;
    if (!isKeen && !random.chance(0.8)) continue;
    const at = random.pick(BAKERIES);
    await world.tap(at, holder, ALL);
    if (random.chance(0.1)) await world.tap(random.pick(BAKERIES), holder, ALL);
    if (random.chance(0.05)) await world.tap(at, holder, more(5));
  }
}

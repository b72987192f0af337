/**
 * An outlet and its money: ten days at a bakery with two terminals, where the authority pays the greater part of the price. One of them is without a network over the end of
 * the first period, two services are taken back (one while it is away), and one is disputed and decided after the first statement is closed.
 */
import { WaslError } from '../../../agent/domain/errors.js';
import { closeStatement, decideDispute, disputeEvent } from '../../../sync/settlement/statement/desk.js';
import type { PolicyDocument } from '../authority.js';
import type { Scenario } from '../scenario.js';
import { only } from '../wishes.js';
import type { World } from '../world.js';

const SITE = 'manakh-bakery';
const [HERE, AWAY] = ['manakh-1', 'manakh-2'] as const;
const LOAF = 1;
const DAYS = 10;
/** Days of the story: the first period ends while the second terminal is away. */
const PERIODS = [
  { from: '2026-10-01', until: '2026-10-05' },
  { from: '2026-10-06', until: '2026-10-10' },
] as const;
const OUTAGE = { from: 3, to: 7 } as const;
const VOIDS: Readonly<Record<number, string>> = { 1: HERE, 4: AWAY };
const CLOSING = [5, 10] as const;
const DECIDED = 8;
const COVERAGE = { plan: 1, class: 1, familyUnit: 12 };
/** Piasters: what a loaf costs to bake, and what the holder pays of it. */
const PRICE = { amount: 125, copayment: { lines: [{ plans: [1], amount: 20 }] } };

/** See the head of this file. */
export const outlet: Scenario = {
  name: 'outlet',
  title: 'An outlet and its money',
  rows: [
    {
      id: 'OS1',
      text: "the outlet's statement equals what the cards say, to the piaster, after an outage, two voids and a dispute",
    },
    {
      id: 'OS2',
      text: 'outlet and authority compare digests: the terminals make the same figures from their own journals',
    },
  ],
  policies: ['egypt-rations'],
  firstDay: '2026-10-01',
  timeZone: 'Africa/Cairo',
  rule,
  live,
};

/** A loaf costs more than its holder pays; the authority pays the bakery the rest. */
function rule(policy: PolicyDocument): PolicyDocument {
  const copy = structuredClone(policy) as {
    programmes: { copyableMaxDay?: number; commodities: { id: string; price?: object }[] }[];
  };
  for (const programme of copy.programmes) {
    programme.copyableMaxDay = 40;
    for (const commodity of programme.commodities) if (commodity.id === 'loaf') commodity.price = PRICE;
  }
  return copy as unknown as PolicyDocument;
}

async function live(world: World): Promise<void> {
  const place = { site: SITE, kind: 'bakery', area: 'port-said', programme: 'rations' };
  for (const name of [HERE, AWAY]) await world.openTerminal(name, place);
  await world.issue(world.people, { coverage: COVERAGE });
  const parts = world.statements();
  let disputed: string | null = null;
  for (let day = 0; day <= DAYS; day += 1) {
    if (day === OUTAGE.from) await world.network([AWAY], 'away');
    if (day === OUTAGE.to) await world.network([AWAY], 'back');
    if (day === CLOSING[0]) {
      disputed = await aService(world);
      await disputeEvent(parts, disputed, { by: 'inspector', reason: 'the holder says that nothing was handed over' });
    }
    if (day === DECIDED && disputed !== null)
      await decideDispute(parts, disputed, { by: 'committee', reason: 'the receipt is signed', verdict: 'pay' });
    for (const [at, period] of PERIODS.entries())
      if (day === CLOSING[at]) await closeStatement(parts, { site: SITE, period, by: 'accountant' });
    if (day < DAYS) await serveDay(world, day);
    await world.sleep();
  }
}

async function serveDay(world: World, day: number): Promise<void> {
  const { random } = world;
  for (const [at, holder] of world.holders.entries()) {
    if (at === 0 && VOIDS[day] !== undefined) {
      const end = await world.takeBack(VOIDS[day], holder, only([LOAF]));
      if (end.name !== 'voided') throw new WaslError('ERR_INTERNAL', `a service was to be taken back: ${end.name}`);
    } else if (random.chance(0.8))
      await world.tap(random.pick([HERE, AWAY]), holder, only([LOAF], random.pick([5, 10, 40])));
  }
}

/** A service of the first day, as the centre has it. */
async function aService(world: World): Promise<string> {
  const { store } = world.statements();
  const [database = ''] = await store.list('wasl-events-');
  const documents = await store.range(database, { from: `${HERE}:`, to: `${HERE}:~`, limit: 100 });
  const service = documents.find(({ type }) => type === 'redemption');
  if (service === undefined) throw new WaslError('ERR_INTERNAL', 'nothing was served that could be disputed');
  return service._id;
}

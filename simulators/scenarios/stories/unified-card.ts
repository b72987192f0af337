/** The unified card: handed out over two months, then activated, tried out before, and rolled out from Port Said over four more governorates by the policy alone. */
import { WaslError } from '../../../agent/domain/errors.js';
import type { PolicyDocument } from '../authority.js';
import type { Holder } from '../cast.js';
import type { Scenario } from '../scenario.js';
import { exactly, only } from '../wishes.js';
import type { World } from '../world.js';

const [LOAF, ACTIVATION, HAND_OVER, TRIED] = [1, 6, 21, 31] as const;
/** Days of the story. */
const TRIAL_UNTIL = 4;
/** Cards are handed out on these days, counted from the first; nothing is activated before they are over. */
const DISTRIBUTION_DAYS = 66;
const ACTIVATION_FROM = 70;
const DAYS = 98;
/** Which governorates each policy opens, and from which day on. */
const PHASES = [
  { from: 0, areas: ['port-said'] },
  { from: 80, areas: ['port-said', 'luxor', 'ismailia'] },
  { from: 89, areas: ['port-said', 'luxor', 'ismailia', 'aswan', 'south-sinai'] },
] as const;

const POST_OFFICES = 25;
const SUPPLY_CENTRES = 5;
const AREAS = PHASES[2].areas;
const WORDS = { ar: 'خدمة', fr: 'service', en: 'service' };

/** See the head of this file. */
export const unifiedCard: Scenario = {
  name: 'unified-card',
  title: "Egypt's unified card, Port Said first",
  rows: [
    {
      id: 'UC2',
      text: 'hand-over at 25 post offices, 5 supply centres, insurance offices and the governorate; each hand-over recorded, to the right person',
    },
    {
      id: 'UC4',
      text: 'a card is inert until activated; activation is a phase of its own after 2–3 months of distribution',
    },
    { id: 'UC5', text: 'trial units run before activation without effect on real entitlements' },
    {
      id: 'UC6',
      text: 'roll-out by governorate through policy alone: Port Said, then Luxor and Ismailia, then Aswan and South Sinai; no terminal is re-installed',
    },
  ],
  policies: ['egypt-rations'],
  firstDay: '2026-10-01',
  timeZone: 'Africa/Cairo',
  rule: (policy) => withCards(policy, ['port-said']),
  live,
};

interface Programme {
  readonly place?: { siteKinds: string[]; areas?: readonly string[] };
  readonly accounts: object[];
  readonly commodities: { readonly id: string; needs?: object[] }[];
  copyableMaxDay?: number;
}

/** The supplies' policy with what the cards themselves need: a hand-over to whoever types the PIN that they made of their letter's, an activation before the first loaf, and a programme on trial. */
function withCards(policy: PolicyDocument, areas: readonly string[]): PolicyDocument {
  const copy = structuredClone(policy) as { programmes: object[] };
  const rations = copy.programmes[0] as Programme | undefined;
  if (rations === undefined) throw new WaslError('ERR_INTERNAL', 'the policy has no programme');
  const common = { title: WORDS, family: 1, schemes: [1], doubtfulLedgerMax: 0 };
  const once = [{ per: 'card', every: 'once', amount: 1 }];
  rations.copyableMaxDay = 40;
  // A ministry that took the rule out has nothing to roll out by.
  if (rations.place !== undefined) rations.place.areas = areas;
  if (rations.commodities.every(({ id }) => id !== 'activation')) {
    rations.place?.siteKinds.push('post-office');
    rations.accounts.push({ id: 'activated', number: 9, kind: 'flag', name: WORDS, max: 1 });
    for (const commodity of rations.commodities) commodity.needs = [{ account: 9, atLeast: 1 }];
    const gives = [{ account: 9, amount: 1 }];
    const activation = { id: 'activation', number: ACTIVATION, name: WORDS, unit: WORDS, quotas: once, gives };
    rations.commodities.push({ ...activation, siteKinds: ['post-office'] } as Programme['commodities'][number]);
    const handOver = { id: 'hand-over', number: HAND_OVER, name: WORDS, unit: WORDS, quotas: once };
    copy.programmes.push({
      ...{ ...common, id: 'cards', number: 2, commodities: [handOver] },
      place: { siteKinds: ['post-office', 'supply-centre', 'insurance-office', 'governorate'] },
      secondFactor: { fromUnits: 1, accepts: ['pin'] },
    });
    const quotas = [{ per: 'member', every: 'day', amount: 5 }];
    const tried = { id: 'tried-loaf', number: TRIED, name: WORDS, unit: WORDS, quotas };
    copy.programmes.push({ ...common, id: 'trial', number: 3, isTrial: true, commodities: [tried] });
  }
  return copy as unknown as PolicyDocument;
}

async function live(world: World): Promise<void> {
  const desks = await openDesks(world);
  const bakeries = await openBakeries(world);
  const holders = await world.issue(world.people, { medium: 'type4', letters: true });
  for (let day = 0; day < DAYS; day += 1) {
    const phase = PHASES.find(({ from }) => from === day && day > 0);
    if (phase !== undefined) await world.rule((policy) => withCards(policy, phase.areas));
    for (const [at, holder] of holders.entries()) {
      const area = AREAS[at % AREAS.length] ?? 'port-said';
      if (day === (at * 5) % DISTRIBUTION_DAYS) await handOver(world, holder, desks[at % desks.length] ?? 'post-1');
      if (day < TRIAL_UNTIL && at % 3 === 0) await world.tap('trial-1', holder, only([TRIED]));
      // Not everybody comes to be activated on the first day.
      if (day >= ACTIVATION_FROM && day % 8 === (ACTIVATION_FROM + (at % 4)) % 8)
        await world.tap(`activation-${area}`, holder, exactly(ACTIVATION, 1));
      if (world.random.chance(day < ACTIVATION_FROM ? 0.02 : 0.6))
        await world.tap(bakeries.get(area) ?? '', holder, only([LOAF], 10));
    }
    await world.sleep();
  }
}

/** The holder types the PIN of their letter, chooses their own, and gets the card with it. Somebody else tries for some, without the letter; some come without it themselves, and some a second time. */
async function handOver(world: World, holder: Holder, desk: string): Promise<void> {
  const { letter = '' } = holder;
  // None of them is easy to guess: they end with no day, month or row.
  const own = `${5_000 + ((holder.person.serial * 37) % 4_000)}94`;
  const wrong = String((Number(letter) + 1) % 1_000_000).padStart(6, '0');
  if (world.random.chance(0.2)) await world.tap(desk, holder, exactly(HAND_OVER, 1));
  if (world.random.chance(0.2)) await world.tap(desk, holder, exactly(HAND_OVER, 1), { pins: { letter: wrong, own } });
  await world.tap(desk, holder, exactly(HAND_OVER, 1), { pins: { letter, own } });
  if (world.random.chance(0.1)) await world.tap(desk, holder, exactly(HAND_OVER, 1), { pins: { letter, own } });
}

async function openDesks(world: World): Promise<string[]> {
  const desks = [
    ...Array.from({ length: POST_OFFICES }, (_, i) => [`post-${i + 1}`, 'post-office'] as const),
    ...Array.from({ length: SUPPLY_CENTRES }, (_, i) => [`supply-${i + 1}`, 'supply-centre'] as const),
    ['insurance-1', 'insurance-office'] as const,
    ['governorate-1', 'governorate'] as const,
  ];
  for (const [name, kind] of desks)
    await world.openTerminal(name, { site: name, kind, area: 'port-said', programme: 'cards' });
  return desks.map(([name]) => name);
}

async function openBakeries(world: World): Promise<ReadonlyMap<string, string>> {
  const bakeries = new Map<string, string>();
  for (const area of AREAS) {
    await world.openTerminal(`bakery-${area}`, { site: `${area}-bakery`, kind: 'bakery', area, programme: 'rations' });
    await world.openTerminal(`activation-${area}`, {
      site: `${area}-post`,
      kind: 'post-office',
      area,
      programme: 'rations',
    });
    bakeries.set(area, `bakery-${area}`);
  }
  await world.openTerminal('trial-1', { site: 'trial-bakery', kind: 'bakery', area: 'port-said', programme: 'trial' });
  return bakeries;
}

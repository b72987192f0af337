/** Dubai: health cards that near their end. Holders pay for the renewal wherever they are; the card is renewed at its next tap, wherever that is. */
import type { PolicyDocument } from '../authority.js';
import type { Holder } from '../cast.js';
import type { Scenario } from '../scenario.js';
import type { Wish } from '../terminal-port.js';
import { exactly } from '../wishes.js';
import type { World } from '../world.js';

const [RENEWAL, VISIT] = [203, 205] as const;
const DAYS = 40;
const RENEWED_FOR_DAYS = 365;
/** Cards end after so many days, and up to as many more. */
const ENDS = { after: 24, spread: 6 } as const;
/** Every so many-th holder does not care to renew. */
const CARELESS = 4;
const WORDS = { ar: 'زيارة', fr: 'visite', en: 'visit' };
const DESKS = ['centre-1', 'centre-2', 'kiosk-1', 'typing-1', 'pharmacy-1'] as const;
const KINDS = {
  centre: 'health-centre',
  kiosk: 'self-service',
  typing: 'typing-centre',
  pharmacy: 'pharmacy',
} as const;

/** See the head of this file. */
export const dubai: Scenario = {
  name: 'dubai',
  title: 'Dubai: health cards',
  rows: [{ id: 'DX5', text: 'renewal without a counter: the card is renewed at its next tap' }],
  policies: ['dubai-cards'],
  people: 24,
  firstDay: '2026-11-01',
  timeZone: 'Asia/Dubai',
  rule,
  live,
};

interface Programme {
  commodities: { readonly id: string; needs?: object[]; price?: { copayment?: object } }[];
  place?: { siteKinds: string[] };
}

/** The renewal and its fee for cards of the ration family, which have no coverage; and a visit, so that cards are tapped. */
function rule(policy: PolicyDocument): PolicyDocument {
  const copy = structuredClone(policy) as { programmes: Programme[] };
  for (const programme of copy.programmes) {
    programme.commodities = programme.commodities.filter(({ id }) => id === 'renewal');
    for (const renewal of programme.commodities) {
      delete renewal.needs;
      delete renewal.price?.copayment;
    }
    for (const name of ['coverage', 'accounts', 'representatives', 'offline']) Reflect.deleteProperty(programme, name);
    Object.assign(programme, { family: 1, schemes: [1] });
    programme.place?.siteKinds.push('pharmacy');
    const visit = { id: 'visit', number: VISIT, name: WORDS, unit: WORDS };
    programme.commodities.push({
      ...visit,
      quotas: [{ per: 'card', every: 'day', amount: 1 }],
    } as Programme['commodities'][number]);
  }
  return copy as unknown as PolicyDocument;
}

async function live(world: World): Promise<void> {
  for (const name of DESKS) {
    const kind = KINDS[name.split('-')[0] as keyof typeof KINDS];
    await world.openTerminal(name, { site: name, kind, area: 'dubai', programme: 'card-services' });
  }
  const holders = await world.issue(world.people, {
    validDays: ({ serial }) => ENDS.after + (serial % ENDS.spread),
  });
  const paid = new Set<Holder>();
  for (let day = 0; day < DAYS; day += 1) {
    const today: Holder[] = [];
    for (const [at, holder] of holders.entries()) {
      if (!world.random.chance(0.35)) continue;
      const desk = world.random.pick(DESKS);
      const reminded = await world.tap(desk, holder, exactly(VISIT, 1));
      const isTold = reminded.name === 'granted' && reminded.remindDays !== undefined;
      if (!isTold || paid.has(holder) || at % CARELESS === 0) continue;
      if ((await world.tap(desk, holder, renewal)).name !== 'granted') continue;
      paid.add(holder);
      today.push(holder);
    }
    await world.sync();
    // The centre has told the authority who paid; the list of the night has their cards.
    await world.renew(today, RENEWED_FOR_DAYS);
    await world.sleep();
  }
}

/** Pays for the renewal. */
const renewal: Wish = exactly(RENEWAL, 1);

/** Port Said's parties: what each may see, and what that comes to, worked out from all events of the centre. Prices and parts stand here once more, apart from any policy. */
import { type Clause, none, quantityOf, row } from './checks.js';
import type { Evidence, JudgedEvent, Row } from './evidence.js';
import type { Verdict } from './verdict.js';
import type { JudgedView } from './views.js';

const [CONTRIBUTIONS, FAMILY, HOSPITAL] = [101, 102, 103] as const;
const INSURED = [CONTRIBUTIONS, FAMILY, HOSPITAL] as readonly number[];
const PRIVATE = 'private-hospital';
const PROVIDERS = ['salam-hospital', 'zohour-hospital', 'manakh-unit'];
const STATE_PAYS = 4;
const SURGERY = 111;
/** Piasters: the price of one, and the holder's part of it by class. */
const PRICES = new Map([
  [101, { gross: 20_000, parts: [5_000, 20_000, 5_000] }],
  [108, { gross: 30_000, parts: [5_000, 5_000, 5_000] }],
  [109, { gross: 120_000, parts: [12_000, 12_000, 12_000] }],
  [111, { gross: 2_500_000, parts: [30_000, 30_000, 30_000] }],
]);

type Redemption = JudgedEvent & { readonly event: Extract<JudgedEvent['event'], { type: 'redemption' }> };

/** PS9: only accredited facilities; insurer, provider and regulator see only what is theirs. */
export function accreditedAndApart(evidence: Evidence): Verdict {
  const views = new Map(evidence.views.map((view) => [view.party, view]));
  const services = evidence.events.filter((one): one is Redemption => one.event.type === 'redemption');
  const treated = services.filter(({ site, event }) => site === PRIVATE && INSURED.includes(event.programme));
  const turnedAway = evidence.events.filter(
    ({ site, event }) => site === PRIVATE && event.type === 'refusal' && event.reason === 'ERR_SITE_NOT_ACCREDITED',
  );
  const open = evidence.views.flatMap(({ party, foreign }) => foreign.map((name) => `${party} reads ${name}`));
  return row('PS9', {
    'a hospital that is not accredited treated nobody, emergencies included': none(treated.map(({ id }) => id)),
    'it refused, for this reason': { holds: turnedAway.length > 0, found: turnedAway.length },
    ...insurer(evidence, services, views.get('health-fund')),
    ...Object.fromEntries(PROVIDERS.flatMap((site) => Object.entries(provider(evidence, site, views.get(site))))),
    ...regulator(evidence, services, views.get('ministry')),
    'the server gives each party its own database alone': {
      holds: open.length === 0 && evidence.views.length > 0,
      found: { parties: evidence.views.length, open },
    },
    'and lets none of them write': none(
      evidence.views.filter(({ couldWrite }) => couldWrite).map(({ party }) => party),
    ),
    'the office of another region sees nothing of it': elsewhere(views.get('luxor')),
  });
}

/** The insurer: its programmes and its plan, at accredited sites, with the sums of the law. */
function insurer(
  evidence: Evidence,
  services: readonly Redemption[],
  view: JudgedView | undefined,
): Record<string, Clause> {
  const coverage = new Map(evidence.cards.map(({ serial, entitlements }) => [serial, entitlements.coverage]));
  const expected = services.filter(
    ({ site, event }) => INSURED.includes(event.programme) && site !== PRIVATE && coverage.get(event.card)?.plan === 1,
  );
  const due = { gross: 0, holder: 0 };
  for (const { event } of expected)
    for (const { commodity, quantity } of event.items) {
      const price = PRICES.get(commodity);
      const level = coverage.get(event.card)?.class ?? 0;
      due.gross += (price?.gross ?? 0) * quantity;
      due.holder += level === STATE_PAYS ? 0 : (price?.parts[level - 1] ?? 0) * quantity;
    }
  const records = view?.records ?? [];
  const sums = { gross: sumOf(records, 'gross'), holder: sumOf(records, 'holder') };
  const held = servicesInCases(evidence);
  const isHeld = ({ time, card, items }: Row): boolean => held.has(keyOf(time, card, items));
  const wrongClass = records.filter(({ card, class: level }) => coverage.get(Number(card))?.class !== level);
  return {
    'the insurer sees exactly the services of its programmes': same(
      records.map(({ time, card, items }) => keyOf(time, card, items)),
      expected.map(({ event }) => keyOf(isoTime(event.time), event.card, event.items)),
    ),
    'with the sums of the law, to the piaster': {
      holds: due.gross > 0 && JSON.stringify(sums) === JSON.stringify(due),
      found: { sums, due },
    },
    'by the class of each member': none(wrongClass.map(({ _id }) => _id)),
    'nothing of a hospital that is not accredited, and all of it is paid but what rests on a slip that was used twice':
      none(
        records
          .filter((one) => one.site === PRIVATE || (one.status === 'payable') === isHeld(one))
          .map(({ _id }) => _id),
      ),
    'operations are among it': {
      holds: records.some(({ items }) => quantityOf(itemsIn(items), SURGERY) > 0),
      found: records.filter(({ items }) => quantityOf(itemsIn(items), SURGERY) > 0).length,
    },
  };
}

/** Services whose money is held back: somebody has to look at the slip first. */
function servicesInCases({ cases, events }: Evidence): ReadonlySet<string> {
  const named = new Set(
    cases.flatMap(({ kind, events: ids }) => (kind === 'slip-twice' ? (ids as readonly string[]) : [])),
  );
  return new Set(
    events.flatMap(({ id, event }) =>
      event.type === 'redemption' && named.has(id) ? [keyOf(isoTime(event.time), event.card, event.items)] : [],
    ),
  );
}

/** A provider: all of its own, and nothing else. */
function provider(evidence: Evidence, site: string, view: JudgedView | undefined): Record<string, Clause> {
  const told = view?.records ?? [];
  const own = evidence.events.filter((one) => one.site === site);
  const served = own.filter(({ event }) => event.type === 'redemption' || event.type === 'roster');
  const refused = own.filter(({ event }) => event.type === 'refusal').map(({ event }) => event.time);
  const strangers = evidence.cards.filter(
    ({ serial }) => !own.some(({ event }) => 'card' in event && event.card === serial),
  );
  const raw = JSON.stringify(told.map(({ gross, holder, purse, owed, ...rest }) => rest));
  return {
    [`${site} sees each of its own services, once`]: same(
      told.filter(({ record }) => record === 'service').flatMap(({ events }) => events as string[]),
      served.map(({ id }) => id),
    ),
    [`${site} sees its refusals`]: {
      holds:
        new Set(told.filter(({ record }) => record === 'refusal').map(({ time }) => time)).size ===
        new Set(refused).size,
      found: refused.length,
    },
    [`${site} sees no other site`]: none(told.filter((one) => one.site !== site).map(({ _id }) => _id)),
    [`${site} sees nobody who was never there`]: none(
      strangers.map(({ serial }) => serial).filter((serial) => new RegExp(`\\b${serial}\\b`).test(raw)),
    ),
  };
}

/** The regulator: everything, and nobody. */
function regulator(
  evidence: Evidence,
  services: readonly Redemption[],
  view: JudgedView | undefined,
): Record<string, Clause> {
  const records = view?.records ?? [];
  const told = records.filter(({ record }) => record === 'service');
  const listed = evidence.events.filter(({ event }) => event.type === 'roster');
  const gross = services.reduce((sum, { event }) => sum + (event.details?.charge.gross ?? 0), 0);
  const raw = JSON.stringify(records.map(({ gross: _, holder: __, owed: ___, purse: ____, ...rest }) => rest));
  const named = evidence.cards.map(({ serial }) => serial).filter((serial) => new RegExp(`\\b${serial}\\b`).test(raw));
  const ids = evidence.events.filter(({ id }) => raw.includes(id));
  const persons = new Set(told.map(({ day, person }) => `${String(day).slice(0, 7)} ${String(person)}`));
  const holders = new Set([
    ...services.map(({ month, event }) => `${month} card ${event.card}`),
    ...listed.flatMap(({ month, event }) => (event.type === 'roster' ? [`${month} person ${event.person}`] : [])),
  ]);
  const breaches = told.filter(({ breach }) => breach === true);
  return {
    'the regulator counts every service, of every site': {
      holds: told.length === services.length + listed.length && told.length > 0,
      found: { told: told.length, services: services.length, listed: listed.length },
    },
    'and has their sums': { holds: sumOf(records, 'gross') === gross, found: { gross } },
    'no serial and no id of an event is in it': none([...named, ...ids.map(({ id }) => id)]),
    'as many persons a month as there were, under names of that month': {
      holds:
        persons.size === holders.size && new Set([...persons].map((one) => one.split(' ')[1])).size === holders.size,
      found: { persons: persons.size, holders: holders.size },
    },
    'it knows of no breach of accreditation': none(breaches.map(({ _id }) => _id)),
  };
}

/** A regional office of another region: nothing happened there. */
function elsewhere(view: JudgedView | undefined): Clause {
  return { holds: view !== undefined && view.records.length === 0, found: view?.records.length ?? 'nothing was read' };
}

/** The same things, each as often. */
function same(found: readonly string[], expected: readonly string[]): Clause {
  const [a, b] = [[...found].sort(), [...expected].sort()];
  const missing = b.filter((one) => !a.includes(one)).slice(0, 3);
  const foreign = a.filter((one) => !b.includes(one)).slice(0, 3);
  return {
    holds: a.length > 0 && JSON.stringify(a) === JSON.stringify(b),
    found: { found: a.length, expected: b.length, missing, foreign },
  };
}

function keyOf(time: unknown, card: unknown, items: unknown): string {
  return `${String(time)} ${String(card)} ${itemsIn(items)
    .map(({ commodity, quantity }) => `${commodity}x${quantity}`)
    .join(' ')}`;
}

function itemsIn(items: unknown): { readonly commodity: number; readonly quantity: number }[] {
  return Array.isArray(items) ? (items as { commodity: number; quantity: number }[]) : [];
}

function sumOf(records: JudgedView['records'], field: string): number {
  return records.reduce((sum, record) => sum + (typeof record[field] === 'number' ? record[field] : 0), 0);
}

function isoTime(timeS: number): string {
  return new Date(timeS * 1000).toISOString();
}

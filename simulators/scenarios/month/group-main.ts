/**
 * Some terminals of the month, in a process of their own, so that a machine's cores are used: the product's tap, journal, lists and uplink, over the real broker. Gets a
 * {@link GroupOrder} as its first message, reports as it goes, and leaves the dumps of its cards and journals in files.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calendarOf, isoDay } from '../../../agent/domain/calendar.js';
import { makeCard, people } from '../../site/population.js';
import { Stream } from '../../world/random.js';
import type { Holder } from '../cast.js';
import { startScenarioTerminal } from '../terminal.js';
import type { ScenarioTerminal } from '../terminal-port.js';
import { only } from '../wishes.js';
import { type GroupOrder, type GroupReport, MONTH, monthAuthority, type PlannedTerminal, terminalsOf } from './plan.js';

const [LOAF, SUGAR, OIL] = [1, 2, 3] as const;
const MS_PER_DAY = 86_400_000;
/** Outlets are open from seven to five; the taps are spread over that. */
const OPEN_MS = 10 * 3_600_000;
const VALID_S = 3_650 * 86_400;
/** Of a thousand: taps that are taken back, and mornings on which a terminal loses its network. */
const VOIDS_PERMILLE = 5;
const OUTAGE_PERMILLE = 60;
const OUTAGE_DAYS_MAX = 3;
/** Taps between two reports. */
const REPORT_EVERY = 500;

interface Desk {
  readonly plan: PlannedTerminal;
  readonly terminal: ScenarioTerminal;
  /** First day on which the network is there again; 0 while it is there. */
  backOn: number;
  served: number;
}

interface Group {
  readonly order: GroupOrder;
  readonly clock: { ms: number; nowMs(): number };
  readonly random: Stream;
  readonly desks: readonly Desk[];
  readonly holders: readonly Holder[];
  readonly counted: { taps: number; services: number; voids: number; refused: number };
}

process.once('message', (order: GroupOrder) => {
  play(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function play(order: GroupOrder): Promise<void> {
  const group = await openGroup(order);
  for (let day = 0; day < order.plan.days; day += 1) await liveDay(group, day);
  for (const desk of group.desks) if (desk.backOn > 0) desk.terminal.connect();
  await Promise.all(group.desks.map(({ terminal }) => terminal.drained()));
  await leaveDumps(group);
  for (const { terminal } of group.desks) await terminal.close();
}

async function openGroup(order: GroupOrder): Promise<Group> {
  const { plan, group, groups, broker } = order;
  const clock = { ms: Date.parse(`${MONTH.firstDay}T05:00:00Z`), nowMs: () => clock.ms };
  const { authority, listed } = monthAuthority(order);
  const lists = authority.publish(clock.ms);
  const desks: Desk[] = [];
  for (const [at, one] of terminalsOf(plan).entries()) {
    const own = listed.get(one.name);
    if (at % groups !== group || own === undefined) continue;
    const random = new Stream(`month ${plan.seed} ${one.name}`);
    const centre = { broker };
    const parts = {
      ...{ listed: own, authority, centre, clock, lists, random },
      ...{ programmes: ['rations'] as const, takesPayments: false },
    };
    const desk = { plan: one, terminal: await startScenarioTerminal(parts), backOn: 0, served: 0 };
    desk.terminal.connect();
    desks.push(desk);
  }
  const holders = await cardsFor(order, { issuer: authority.issuer, nowMs: clock.ms, count: desks.length * plan.taps });
  const counted = { taps: 0, services: 0, voids: 0, refused: 0 };
  return { order, clock, random: new Stream(`month ${plan.seed} group ${group}`), desks, holders, counted };
}

/** As many cards as taps in a day: people go to outlets of their own quarter. */
async function cardsFor(
  { group }: GroupOrder,
  { issuer, nowMs, count }: { issuer: Parameters<typeof makeCard>[0]['issuer']; nowMs: number; count: number },
): Promise<readonly Holder[]> {
  const nowS = Math.floor(nowMs / 1000);
  const day = calendarOf(MONTH.timeZone).dayOf(nowMs);
  const holders: Holder[] = [];
  for (const person of people(count, 100_001 + group * 1_000_000)) {
    const order = { person, issuer, issuedAt: nowS - 60, expiresAt: nowS + VALID_S, day };
    holders.push({ person, coverageClass: null, card: await makeCard(order) });
  }
  return holders;
}

async function liveDay(group: Group, day: number): Promise<void> {
  const { order, clock, random, desks } = group;
  const morningMs = Date.parse(`${MONTH.firstDay}T05:00:00Z`) + day * MS_PER_DAY;
  clock.ms = Math.max(clock.ms, morningMs);
  for (const desk of desks) await changeNetwork(desk, day, random);
  for (let tap = 0; tap < order.plan.taps; tap += 1) {
    clock.ms = morningMs + Math.floor((tap * OPEN_MS) / order.plan.taps);
    for (const desk of desks) {
      await serve(group, desk);
      if (group.counted.taps % REPORT_EVERY === 0) report(group, []);
    }
  }
  await Promise.all(desks.filter(({ backOn }) => backOn === 0).map(({ terminal }) => terminal.drained()));
  const name = isoDay(calendarOf(MONTH.timeZone).dayOf(clock.ms));
  report(
    group,
    desks.map(({ plan, terminal, backOn, served }) => {
      return { day: name, terminal: plan.name, services: served, backlog: terminal.backlog(), online: backOn === 0 };
    }),
  );
  for (const desk of desks) desk.served = 0;
}

async function changeNetwork(desk: Desk, day: number, random: Stream): Promise<void> {
  if (desk.backOn > 0 && day >= desk.backOn) {
    desk.backOn = 0;
    desk.terminal.connect();
  } else if (desk.backOn === 0 && random.fraction() * 1000 < OUTAGE_PERMILLE) {
    desk.backOn = day + 1 + Math.floor(random.fraction() * OUTAGE_DAYS_MAX);
    await desk.terminal.disconnect();
  }
}

async function serve({ random, holders, counted }: Group, desk: Desk): Promise<void> {
  const { card } = random.pick(holders);
  const wish = desk.plan.kind === 'bakery' ? only([LOAF], random.pick([5, 10, 40])) : only([SUGAR, OIL], 1);
  counted.taps += 1;
  const isTakenBack = random.fraction() * 1000 < VOIDS_PERMILLE;
  const end = isTakenBack ? await desk.terminal.takeBack(card, wish) : await desk.terminal.tap(card, wish);
  if (end.name === 'voided') counted.voids += 1;
  else if (end.name === 'granted') {
    counted.services += 1;
    desk.served += 1;
  } else counted.refused += 1;
}

function report({ clock, counted }: Group, figures: GroupReport['figures']): void {
  process.send?.({ nowMs: clock.ms, ...counted, figures } satisfies GroupReport);
}

async function leaveDumps({ order, desks, holders }: Group): Promise<void> {
  const cards = holders.map(({ card }) => JSON.stringify('toJSON' in card ? card.toJSON() : card));
  await writeFile(join(order.folder, `cards-${order.group}.jsonl`), `${cards.join('\n')}\n`);
  for (const { plan, terminal } of desks) {
    const events = (await terminal.events()).map((bytes) => Buffer.from(bytes).toString('base64url'));
    await writeFile(join(order.folder, `journal-${plan.name}.txt`), `${events.join('\n')}\n`);
  }
}

/** A service that does more than hand out: conditions of the desk, accounts, trials; through card, journal and event, cut and taken back. */
import { describe, expect, it } from 'vitest';
import { readSlotImage, standingSequence } from '../../agent/credential/ledger.js';
import { deskFacts } from '../../agent/desk-facts.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { Commodity, Programme } from '../../agent/domain/policy.js';
import { exposureReader } from '../../agent/journal/books/exposure.js';
import { createTap, type TapState } from '../../agent/tap/tap.js';
import type { ListedSite, SiteTrust } from '../../agent/trust/trust.js';
import { ntagLayout, slotPage } from '../../drivers/media/ntag21x.js';
import { openMedium } from '../../drivers/media/open.js';
import { presented } from '../../simulators/card-file.js';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { tornKeepsOld } from '../../simulators/cards/ntag21x-faults.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { freshCard, openDesk, POLICY, type TestDesk, testTrust } from '../support/desk.js';

const WORDS = { ar: 'كلمة', fr: 'mot', en: 'word' };
const POINTS = 1;
const GIFT = 2;
const GOODS = 3;
const BAKERY: ListedSite = { site: 'bakery-1', number: 17, kind: 'bakery', area: 'port-said', accredited: false };
const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;

const commodity = (number: number, more: Partial<Commodity>): Commodity => ({
  ...{ id: `c${number}`, number, name: WORDS, unit: WORDS },
  quotas: [{ per: 'card', every: 'day', amount: 5 }],
  ...more,
});

/** Bread; something that gives ten points a piece; and goods for fifteen points. */
function programme(change: Partial<Programme> = {}): Programme {
  const [bread] = POLICY.programmes;
  if (bread === undefined) throw new Error('the policy has bread');
  return {
    ...bread,
    accounts: [{ id: 'points', number: POINTS, kind: 'amount', name: WORDS, max: 100 }],
    commodities: [
      ...bread.commodities,
      commodity(GIFT, { gives: [{ account: POINTS, amount: 10 }] }),
      commodity(GOODS, { costs: [{ account: POINTS, amount: 15 }] }),
    ],
    voids: { withinSeconds: 3600, perDayMax: 5 },
    ...change,
  };
}

/** A desk that knows its site, as the composition makes it. */
async function desk(change: Partial<Programme> = {}, sites: readonly ListedSite[] = [BAKERY]): Promise<TestDesk> {
  const trust = testTrust({ programmes: [programme(change)] });
  const listed: SiteTrust = {
    site: (name) => sites.find(({ site }) => site === name) ?? null,
    areaOf: (number) => sites.find((one) => one.number === number)?.area ?? null,
    sitesOf: (kind) => sites.filter((one) => one.kind === kind && one.accredited),
  };
  const bench = await openDesk({ trust });
  const knowing = (): void => {
    const { journal, deps } = bench;
    const facts = deskFacts({
      ...{ site: 'bakery-1', trust: { ...trust, ...listed }, journal, time: deps.time, calendar: deps.calendar },
      issuedMs: () => 0,
      exposure: exposureReader(journal, (timeSec) => deps.calendar('Africa/Cairo').dayOf(timeSec * 1000)),
    });
    bench.deps = { ...deps, desk: facts };
    bench.tap = createTap(bench.deps);
  };
  const { start } = bench;
  bench.start = async () => {
    await start();
    knowing();
  };
  knowing();
  return bench;
}

async function take(bench: TestDesk, card: SimulatedNtag21x, number: number, quantity: number): Promise<TapState> {
  const state = await bench.lay(card);
  if (state.name !== 'offer') return state;
  await bench.tap.confirm(state.tapId, [{ commodity: number, quantity }]);
  return bench.tap.state();
}

async function handOver(bench: TestDesk, state: TapState): Promise<void> {
  if (state.name !== 'granted') throw new Error(JSON.stringify([state.name, 'code' in state ? state.code : '']));
  await bench.tap.handover(state.tapId);
}

async function pointsOn(card: SimulatedNtag21x): Promise<number> {
  const session = await openMedium(presented(card), { canWrite: true });
  const slots = (await session.ledgers[0]?.readSlots()) ?? [];
  const [newest] = slots.map((slot) => readSlotImage(slot).record).sort((a, b) => b.sequence - a.sequence);
  return newest?.more?.balances.find(({ account }) => account === POINTS)?.value ?? 0;
}

/** Changes a byte of the newest record, as somebody with a phone can. */
function spoilNewest(card: SimulatedNtag21x): void {
  const layout = ntagLayout('ntag216');
  const image = card.dump();
  const starts = ([0, 1] as const).map((index) => slotPage(layout, index) * 4);
  const sequences = starts.map((start) => standingSequence(image.subarray(start, start + layout.slotPages * 4)) ?? 0);
  const newest = (sequences[0] ?? 0) > (sequences[1] ?? 0) ? 0 : 1;
  const at = (starts[newest] ?? 0) + 20;
  image[at] = (image[at] ?? 0) ^ 0xff;
  card.restoreUserPages(image);
}

async function services(bench: TestDesk): Promise<Extract<WaslEvent, { type: 'redemption' }>[]> {
  const epoch = bench.journal.epochs().at(-1)?.name ?? '';
  const read = await bench.journal.readEvents(epoch, 1, { countMax: 100, bytesMax: 100_000 });
  return read.map(({ bytes }) => decodeEvent(bytes)).filter((event) => event.type === 'redemption');
}

describe('a service with effects', () => {
  it('changes the account on the card, and its event says the new value', async () => {
    const bench = await desk();
    const card = await freshCard();
    await handOver(bench, await take(bench, card, GIFT, 3));
    await handOver(bench, await take(bench, card, GOODS, 2));
    expect(await pointsOn(card)).toBe(0);
    const told = await services(bench);
    expect(told.map(({ details }) => details?.balances)).toEqual([
      [{ account: POINTS, value: 30 }],
      [{ account: POINTS, value: 0 }],
    ]);
    expect(await take(bench, card, GOODS, 1)).toMatchObject({ name: 'refused', code: 'ERR_ACCOUNT_BALANCE' });
    expect(bench.faults).toEqual([]);
  });

  it('says nothing more in its event than before where it only hands out', async () => {
    const bench = await desk();
    await handOver(bench, await take(bench, await freshCard(), 1, 2));
    const [told] = await services(bench);
    expect(told).toBeDefined();
    expect(told === undefined ? true : 'details' in told).toBe(false);
  });

  it('interrupted while it was written, is told whole after a restart', async () => {
    const bench = await desk();
    const card = await freshCard();
    card.tearAt(4, { bits: tornKeepsOld });
    expect(await take(bench, card, GIFT, 2)).toMatchObject({ name: 'unresolved' });
    card.clearFaults();
    await bench.journal.close();
    await bench.start();
    const state = await bench.lay(card);
    expect(state.name).toBe('granted');
    expect(await pointsOn(card)).toBe(20);
    expect((await services(bench)).map(({ details }) => details?.balances)).toEqual([[{ account: POINTS, value: 20 }]]);
  });

  it('taken back after a restart, gives back what it cost', async () => {
    const bench = await desk();
    const card = await freshCard();
    await handOver(bench, await take(bench, card, GIFT, 3));
    const bought = await take(bench, card, GOODS, 1);
    expect(await pointsOn(card)).toBe(15);
    await bench.journal.close();
    await bench.start();
    if (bought.name !== 'granted') throw new Error(bought.name);
    await bench.tap.askBack(bought.tapId);
    await bench.tap.takeBack(bought.tapId, SUPERVISOR);
    expect(await bench.lay(card)).toMatchObject({ name: 'voided' });
    expect(await pointsOn(card)).toBe(30);
  });
});

describe('a slot that somebody spoils after spending points', () => {
  it('gives no points again, at a terminal that has not seen the card', async () => {
    const card = await freshCard();
    const first = await desk();
    await handOver(first, await take(first, card, GIFT, 3));
    await handOver(first, await take(first, card, GOODS, 2));
    spoilNewest(card);
    const second = await desk();
    expect(await take(second, card, GOODS, 1)).toMatchObject({ name: 'refused', code: 'ERR_ACCOUNT_BALANCE' });
    await second.tap.dismiss(tapIdOf(second));
    await handOver(second, await take(second, card, 1, 1));
    expect(await pointsOn(card)).toBe(0);
  });
});

describe('the conditions of a programme', () => {
  it('look at the site as the signed lists describe it', async () => {
    const card = await freshCard();
    const right = await desk({ place: { siteKinds: ['bakery'], areas: ['port-said'] } });
    expect(await right.lay(card)).toMatchObject({ name: 'offer' });
    const elsewhere = await desk({ place: { areas: ['luxor'] } });
    expect(await elsewhere.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_SITE_AREA' });
    const unknown = await desk({ place: { siteKinds: ['bakery'] } }, []);
    expect(await unknown.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_SITE_KIND' });
  });

  it('bound what is served without the centre, over a restart as well', async () => {
    const bench = await desk({ offline: { unitsMax: 7 } });
    const card = await freshCard();
    await handOver(bench, await take(bench, card, 1, 4));
    await bench.journal.close();
    await bench.start();
    expect(await take(bench, card, 1, 4)).toMatchObject({ name: 'refused', code: 'ERR_OFFLINE_LIMIT' });
    await bench.tap.dismiss(tapIdOf(bench));
    await handOver(bench, await take(bench, card, 1, 3));
    expect(await bench.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_OFFLINE_LIMIT' });
    await bench.tap.dismiss(tapIdOf(bench));
    const epoch = bench.journal.epochs().at(-1);
    const mark = { epoch: epoch?.name ?? '', seq: epoch?.lastSeq ?? 0, incarnation: 1, atMs: bench.clock.ms };
    await bench.journal.append([{ kind: 'acknowledged', mark }]);
    expect(await bench.lay(card)).toMatchObject({ name: 'offer' });
  });
});

describe('a programme on trial', () => {
  it('decides and records, and leaves the card as it is', async () => {
    const bench = await desk({ isTrial: true });
    const card = await freshCard();
    const before = card.dump();
    expect(await take(bench, card, 1, 5)).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_TRIAL' });
    expect(card.dump()).toEqual(before);
    const [told] = await services(bench);
    expect(told).toMatchObject({
      ledgerSequence: 0,
      items: [{ commodity: 1, quantity: 5 }],
      details: { isTrial: true },
    });
    expect(bench.journal.state().undispensed.size).toBe(0);
  });
});

function tapIdOf(bench: TestDesk): string {
  const state = bench.tap.state();
  return 'tapId' in state ? state.tapId : '';
}

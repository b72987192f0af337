/** Paying from the purse on a smart card: in the one record of the service, so that whatever is torn or cut, value and goods agree. */
import { describe, expect, it } from 'vitest';
import type { RedemptionEvent } from '../../agent/domain/event.js';
import type { Policy } from '../../agent/domain/policy.js';
import type { TapState } from '../../agent/tap/tap.js';
import { createTap } from '../../agent/tap/tap.js';
import { openTill } from '../../agent/tap/till.js';
import { makeSmartCard, makeTag, type SimulatedCard } from '../../simulators/cards/media.js';
import type { SimulatedType4 } from '../../simulators/cards/type4.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { TEARS } from '../../simulators/world/tears.js';
import {
  DAY,
  firstPerson,
  ISSUER,
  openDesk,
  POLICY,
  type TestDesk,
  type TestTrust,
  testTrust,
} from '../support/desk.js';
import { NOW } from '../support/people.js';
import { storyOf } from '../support/story.js';
import { virtualTime } from '../support/virtual-time.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;
const [LOAF, TOP_UP] = [1, 2];
const [EACH, FIFTY, PURSE] = [20, 5_000, 9];
/** More than the record of any service takes on a smart card. */
const RECORD_BYTES = 400;

/** Bread at a price, and a purse in another programme of the family. */
function policy(): Pick<Policy, 'programmes' | 'currency'> {
  const [bread] = POLICY.programmes;
  const [loaf] = bread?.commodities ?? [];
  if (bread === undefined || loaf === undefined) throw new Error('the test policy has bread');
  const voids = { withinSeconds: 36_000, perDayMax: 20 };
  const topUp = { ...loaf, id: 'top-up', number: TOP_UP, price: { amount: FIFTY }, quotas: [] };
  const account = {
    id: 'purse',
    number: PURSE,
    kind: 'amount',
    name: loaf.name,
    max: 50_000,
    needsProof: true,
  } as const;
  return {
    currency: 'EGP',
    programmes: [
      { ...bread, commodities: [{ ...loaf, price: { amount: EACH } }], purse: PURSE, voids },
      {
        ...{ ...bread, id: 'money', number: 2, accounts: [account], doubtfulLedgerMax: 0, voids },
        commodities: [{ ...topUp, gives: [{ account: PURSE, amount: FIFTY }] }],
      },
    ],
  };
}

/** A desk with a drawer for cash. */
async function deskOf(options: { readonly terminal?: 0 | 1; readonly disk?: MemoryDisk } = {}): Promise<TestDesk> {
  const own = testTrust(policy());
  const issuerKeys: TestTrust['issuerKeys'] = (keyId) =>
    own.issuerKeys(keyId).map((key) => ({ ...key, programmes: [1, 2] }));
  const trust = { ...own, issuerKeys };
  const desk = await openDesk({ ...options, trust, programmes: ['bread', 'money'] });
  withTill(desk);
  return desk;
}

function withTill(desk: TestDesk): void {
  const till = openTill({
    ...{ journal: desk.journal, machine: null, timers: virtualTime(desk.clock.ms).timers, operator: () => 4 },
    ...{ currency: () => 'EGP', nowMs: () => desk.clock.ms, problem: () => undefined },
    fault: (error) => desk.faults.push(error),
  });
  desk.deps = { ...desk.deps, till, operator: () => 4 };
  desk.tap = createTap(desk.deps);
}

async function restart(desk: TestDesk): Promise<void> {
  await desk.journal.close();
  await desk.start();
  withTill(desk);
}

async function buy(
  desk: TestDesk,
  card: SimulatedCard,
  what: { readonly programme?: string; readonly quantity?: number; readonly payment: 'purse' | 'cash' },
): Promise<TapState> {
  const { programme = 'bread', quantity = 4, payment } = what;
  const before = desk.tap.state();
  if (before.name === 'granted') await desk.tap.handover(before.tapId);
  desk.tap.select(programme);
  const offered = await desk.lay(card);
  if (offered.name !== 'offer') return offered;
  const items = [{ commodity: programme === 'bread' ? LOAF : TOP_UP, quantity }];
  await desk.tap.confirm(offered.tapId, items, { payment });
  return desk.tap.state();
}

/** What the card says that it holds, as the next tap reads it. */
async function balance(desk: TestDesk, card: SimulatedCard): Promise<number> {
  const before = desk.tap.state();
  if (before.name === 'granted') await desk.tap.handover(before.tapId);
  if (before.name === 'refused' || before.name === 'voided') await desk.tap.dismiss(before.tapId);
  desk.tap.select('money');
  const offered = await desk.lay(card);
  if (offered.name !== 'offer') throw new Error(JSON.stringify([offered.name, 'code' in offered ? offered.code : '']));
  await desk.tap.cancel(offered.tapId);
  desk.tap.select('bread');
  return offered.offer.balances.find(({ account }) => account === PURSE)?.value ?? 0;
}

async function filled(desk: TestDesk): Promise<SimulatedType4> {
  const card = await makeSmartCard(order);
  expect(await buy(desk, card, { programme: 'money', quantity: 1, payment: 'cash' })).toMatchObject({
    name: 'granted',
  });
  expect(await balance(desk, card)).toBe(FIFTY);
  return card;
}

async function loavesServed(desk: TestDesk): Promise<readonly RedemptionEvent[]> {
  return (await storyOf(desk.journal))
    .filter((event) => event.type === 'redemption')
    .filter((one) => one.programme === 1);
}

async function paymentsAt(desk: TestDesk): Promise<readonly string[]> {
  return (await storyOf(desk.journal)).flatMap((event) =>
    event.type === 'payment' ? [`${event.programme} ${event.method} ${event.state} ${event.amount}`] : [],
  );
}

describe('a price paid from the purse', () => {
  it('comes off the card with the goods, is told in their event, and puts nothing into the drawer', async () => {
    const desk = await deskOf();
    const card = await filled(desk);
    expect(await buy(desk, card, { payment: 'purse' })).toMatchObject({ name: 'granted' });
    expect(await balance(desk, card)).toBe(FIFTY - 4 * EACH);
    expect(await loavesServed(desk)).toMatchObject([
      {
        details: {
          ...{ isFromPurse: true, charge: { gross: 80, holder: 80 } },
          balances: [{ account: PURSE, value: FIFTY - 80 }],
        },
      },
    ]);
    expect(await paymentsAt(desk)).toEqual(['2 cash paid 5000']);
    expect([desk.journal.state().payments.size, desk.faults]).toEqual([0, []]);
  });

  it('may be paid in cash all the same, and then stays on the card', async () => {
    const desk = await deskOf();
    const card = await filled(desk);
    expect(await buy(desk, card, { payment: 'cash' })).toMatchObject({ name: 'granted' });
    expect(await balance(desk, card)).toBe(FIFTY);
    expect((await loavesServed(desk))[0]?.details).not.toHaveProperty('isFromPurse');
    expect(await paymentsAt(desk)).toEqual(['2 cash paid 5000', '1 cash paid 80']);
  });

  it('is paid at one terminal from what was paid in at another', async () => {
    const [first, second] = [await deskOf(), await deskOf({ terminal: 1 })];
    const card = await filled(first);
    expect(await buy(second, card, { quantity: 6, payment: 'purse' })).toMatchObject({ name: 'granted' });
    expect(await buy(first, card, { quantity: 4, payment: 'purse' })).toMatchObject({ name: 'granted' });
    expect(await balance(second, card)).toBe(FIFTY - 10 * EACH);
  });

  it('leads back to the offer where there is not enough, and where the card is a tag; cash is possible', async () => {
    const desk = await deskOf();
    for (const [card, code] of [
      [await makeSmartCard(order), 'ERR_ACCOUNT_BALANCE'],
      [await makeTag('ntag216', { ...order, person: { ...order.person, serial: 77 } }), 'ERR_PAYMENT_METHOD'],
    ] as const) {
      const back = await buy(desk, card, { payment: 'purse' });
      expect(back).toMatchObject({ name: 'offer', claimed: { code } });
      if (back.name !== 'offer') return;
      await desk.tap.confirm(back.tapId, [{ commodity: LOAF, quantity: 4 }], { payment: 'cash' });
      expect(desk.tap.state()).toMatchObject({ name: 'granted' });
    }
    expect(await paymentsAt(desk)).toEqual(['1 cash paid 80', '1 cash paid 80']);
  });

  it('returns to the card when the service is taken back, once, over restarts as well', async () => {
    const desk = await deskOf();
    const card = await filled(desk);
    const bought = await buy(desk, card, { payment: 'purse' });
    if (bought.name !== 'granted') throw new Error(bought.name);
    await restart(desk);
    await desk.tap.askBack(bought.tapId);
    await desk.tap.takeBack(bought.tapId, SUPERVISOR);
    expect(await desk.lay(card)).toMatchObject({ name: 'voided', payment: { method: 'purse', amount: 4 * EACH } });
    await restart(desk);
    expect(await balance(desk, card)).toBe(FIFTY);
    expect(await paymentsAt(desk)).toEqual(['2 cash paid 5000']);
  });
});

describe('a service paid from the purse that is interrupted', () => {
  it('by a card that is torn away at any byte: one service and one payment when it comes back', async () => {
    let torn = 0;
    for (const commit of ['old', 'new'] as const) {
      for (let at = 0; at < RECORD_BYTES; at += 3) {
        const desk = await deskOf();
        const card = await filled(desk);
        card.tearAt(at, { commit });
        const shown = await buy(desk, card, { payment: 'purse' });
        card.clearFaults();
        const isWhole = shown.name === 'granted';
        if (!isWhole) {
          expect(shown, `torn at byte ${at}`).toMatchObject({ name: 'unresolved' });
          expect(await loavesServed(desk)).toEqual([]);
          await restart(desk);
          expect(await desk.lay(card)).toMatchObject({ name: 'granted', items: [{ quantity: 4 }] });
        }
        expect(await loavesServed(desk)).toMatchObject([{ details: { isFromPurse: true } }]);
        expect(await balance(desk, card), `torn at byte ${at}`).toBe(FIFTY - 4 * EACH);
        if (isWhole) break;
        torn += 1;
      }
    }
    expect(torn).toBeGreaterThan(60);
  });

  it('by a power cut at any write or sync: the card holds what was paid in less what the journal says was bought', async () => {
    let cuts = 0;
    for (const tear of TEARS) {
      for (let at = 0; ; at += 1) {
        const disk = new MemoryDisk();
        const desk = await deskOf({ disk });
        const card = await filled(desk);
        let dark = false;
        let from: number | null = null;
        disk.plan = (call) => {
          from ??= call.index;
          dark ||= call.index === from + at;
          return dark ? 'cut' : 'go';
        };
        disk.tear = tear;
        await buy(desk, card, { payment: 'purse' });
        disk.plan = () => 'go';
        if (!dark) break;
        cuts += 1;
        await desk.start();
        withTill(desk);
        const { openIntents } = desk.journal.state();
        if (openIntents.size > 0) expect(await desk.lay(card)).toMatchObject({ name: 'granted' });
        const services = await loavesServed(desk);
        expect(services.length).toBeLessThanOrEqual(1);
        expect(await balance(desk, card), `cut ${at} with ${tear.name}`).toBe(FIFTY - services.length * 4 * EACH);
        expect([desk.journal.state().openIntents.size, desk.faults]).toEqual([0, []]);
      }
    }
    expect(cuts).toBeGreaterThan(TEARS.length * 2);
  });
});

/** Taking a service back: by a supervisor, within limits, before anything was handed over, and safe against every cut. */
import { describe, expect, it } from 'vitest';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { TapState } from '../../agent/tap/tap.js';
import { makeSmartCard, makeTag, presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import { people } from '../../simulators/site/population.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import {
  DAY,
  firstPerson,
  ISSUER,
  openDesk,
  POLICY,
  READS_AND_WRITES,
  type TestDesk,
  testTrust,
} from '../support/desk.js';
import { NOW } from '../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;
const withVoids = (voids = { withinSeconds: 3600, perDayMax: 2 }) =>
  testTrust({ programmes: POLICY.programmes.map((programme) => ({ ...programme, voids })) });

async function lay(desk: TestDesk, card: SimulatedCard): Promise<TapState> {
  await desk.tap.present(presentedCard(card), READS_AND_WRITES);
  return desk.tap.state();
}

async function granted(desk: TestDesk, card: SimulatedCard, loaves: number): Promise<string> {
  await lay(desk, card);
  const state = await desk.take(loaves);
  if (state.name !== 'granted') throw new Error(state.name);
  return state.tapId;
}

async function events(desk: TestDesk): Promise<WaslEvent[]> {
  const epoch = desk.journal.epochs().at(-1)?.name ?? '';
  const read = await desk.journal.readEvents(epoch, 1, { countMax: 100, bytesMax: 100_000 });
  return read.map(({ bytes }) => decodeEvent(bytes));
}

describe.each([
  ['an NTAG216', () => makeTag('ntag216', order)],
  ['a smart card', () => makeSmartCard(order)],
] as const)('a service on %s', (_kind, make) => {
  it('is taken back: the card has its quota again, the journal a void of its own, and nothing is left to hand over', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const card = await make();
    const tapId = await granted(desk, card, 6);
    await desk.tap.takeBack(tapId, SUPERVISOR);
    expect(await lay(desk, card)).toMatchObject({ name: 'voided', items: [{ commodity: 1, quantity: 6 }] });
    expect(desk.journal.state().undispensed.size).toBe(0);
    expect((await events(desk)).at(-1)).toMatchObject({
      type: 'void',
      ledgerSequence: 3,
      voided: 2,
      items: [{ commodity: 1, quantity: 6 }],
      supervisor: 9,
    });
    const state = desk.tap.state();
    if (state.name === 'voided') await desk.tap.dismiss(state.tapId);
    expect(await lay(await openDesk({ terminal: 1 }), card)).toMatchObject({
      offer: { items: [{ available: 10, usedDay: 0 }] },
    });
    await expect(desk.tap.takeBack(tapId, SUPERVISOR)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });
});

describe('a void', () => {
  it('needs a supervisor, rules that allow it, and a grant that nobody handed over', async () => {
    const desk = await openDesk();
    const card = await makeTag('ntag216', order);
    const tapId = await granted(desk, card, 1);
    await expect(desk.tap.takeBack(tapId, { operator: 4, role: 'clerk' })).rejects.toMatchObject({
      code: 'ERR_VOID_ROLE',
    });
    await desk.tap.takeBack(tapId, SUPERVISOR);
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
    const state = desk.tap.state();
    if (state.name === 'refused') await desk.tap.dismiss(state.tapId);
    await desk.tap.handover(tapId);
    await expect(desk.tap.takeBack(tapId, SUPERVISOR)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });

  it('is refused when the service is too old, and when there were too many of them today', async () => {
    const trust = withVoids({ withinSeconds: 60, perDayMax: 1 });
    const desk = await openDesk({ trust });
    const card = await makeTag('ntag216', order);
    const late = await granted(desk, card, 1);
    desk.clock.ms += 61_000;
    await desk.tap.takeBack(late, SUPERVISOR);
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
    for (const expected of ['voided', 'refused']) {
      const tapId = await granted(desk, card, 1);
      await desk.tap.takeBack(tapId, SUPERVISOR);
      expect(await lay(desk, card)).toMatchObject({ name: expected });
    }
  });

  it('of another card does nothing, and is called off', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const [, person = firstPerson()] = people(2);
    const [mine, other] = [await makeTag('ntag216', order), await makeTag('ntag216', { ...order, person })];
    const tapId = await granted(desk, mine, 2);
    await desk.tap.takeBack(tapId, SUPERVISOR);
    await expect(desk.tap.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    const before = other.dump();
    expect(await lay(desk, other)).toMatchObject({ name: 'refused', code: 'ERR_CARD_CHANGED' });
    expect(other.dump()).toEqual(before);
    await desk.tap.handover(tapId);
  });

  it('gives back once, wherever its write is cut, after a restart as well', async () => {
    for (let write = 0; write < 25; write += 3) {
      const trust = withVoids();
      const desk = await openDesk({ trust });
      const card = await makeTag('ntag216', order);
      const tapId = await granted(desk, card, 6);
      await desk.tap.takeBack(tapId, SUPERVISOR);
      card.tearAt(write, { bits: ({ oldBit, newBit, bit }) => (bit % 2 === 0 ? newBit : oldBit) });
      expect(await lay(desk, card), `write ${write}`).toMatchObject({ name: 'unresolved', code: 'ERR_CARD_LOST' });
      await expect(desk.tap.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
      desk.disk.cut();
      const again = await openDesk({ trust, disk: desk.disk });
      expect(await lay(again, card)).toMatchObject({ name: 'voided', items: [{ quantity: 6 }] });
      const told = (await events(again)).filter((event) => event.type === 'void' || event.type === 'unresolved');
      expect(told).toMatchObject([
        { type: 'unresolved', items: [] },
        { type: 'void', voided: 2, ledgerSequence: 3 },
      ]);
      expect(await lay(again, card)).toMatchObject({ offer: { items: [{ available: 10 }] } });
      expect(again.faults).toEqual([]);
    }
  });
});

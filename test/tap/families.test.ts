/** One card, a ledger for each family of programmes; one desk, several programmes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import { markOf } from '../../agent/journal/journal.js';
import type { TapState } from '../../agent/tap/tap.js';
import { appendRecordCommand, selectCommand, WASL_AID } from '../../drivers/media/type4-apdu.js';
import { makeSmartCard, makeTag } from '../../simulators/cards/media.js';
import { SimulatedType4 } from '../../simulators/cards/type4.js';
import { DAY, firstPerson, ISSUER, openDesk, type TestDesk } from '../support/desk.js';
import { BOX, LOAF, trustWithMedicines } from '../support/medicines.js';
import { NOW } from '../support/people.js';

const { ration, health } = LEDGER_FAMILIES;
const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const desk = (terminal: 0 | 1 = 0): Promise<TestDesk> =>
  openDesk({ terminal, trust: trustWithMedicines(), programmes: ['bread', 'medicines'] });

async function serve(at: TestDesk, card: SimulatedType4, programme: string, quantity: number): Promise<TapState> {
  const before = at.tap.state();
  if (before.name === 'granted') await at.tap.handover(before.tapId);
  if (before.name === 'unresolved') await at.tap.dismiss(before.tapId);
  at.tap.select(programme);
  const offered = await at.lay(card);
  if (offered.name !== 'offer') return offered;
  await at.tap.confirm(offered.tapId, [{ commodity: programme === 'bread' ? LOAF : BOX, quantity }]);
  return at.tap.state();
}

function ledger(card: SimulatedType4, family: number): string {
  const { counter, records } = card.ledger(family) ?? { counter: -1, records: [] };
  return JSON.stringify([counter, records.map((record) => Buffer.from(record).toString('hex'))]);
}

/** The card with one member of its file as it was earlier. */
function withOld(card: SimulatedType4, earlier: string, members: readonly ('counter' | 'records' | 'health')[]) {
  const [now, then] = [card.toJSON(), JSON.parse(earlier) as ReturnType<SimulatedType4['toJSON']>];
  return SimulatedType4.fromJSON({ ...now, ...Object.fromEntries(members.map((name) => [name, then[name]])) });
}

describe('a card with a ledger for each family', () => {
  it('is served of each, each counting for itself', async () => {
    const [card, at] = [await makeSmartCard(order), await desk()];
    expect(await serve(at, card, 'bread', 6)).toMatchObject({ name: 'granted' });
    expect(await serve(at, card, 'medicines', 3)).toMatchObject({ name: 'granted' });
    expect(await serve(at, card, 'bread', 5)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
    expect(await serve(at, card, 'medicines', 2)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
    expect([card.ledger(ration)?.counter, card.ledger(health)?.counter]).toEqual([3, 3]);
    const { serial } = firstPerson();
    expect(markOf(at.journal.state(), serial, ration)?.sequence).toBe(2);
    expect(markOf(at.journal.state(), serial, health)?.sequence).toBe(2);
    expect(markOf(at.journal.state(), serial, ration)).not.toEqual(markOf(at.journal.state(), serial, health));
    expect(at.faults).toEqual([]);
  });

  it('never has one ledger changed by a service of the other, whatever is served, torn or restarted in between', async () => {
    const step = fc.record({
      programme: fc.constantFrom('bread', 'medicines'),
      quantity: fc.integer({ min: 1, max: 3 }),
      tear: fc.option(fc.integer({ min: 0, max: 400 })),
      isRestarted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const [card, at] = [await makeSmartCard(order), await desk()];
        for (const { programme, quantity, tear, isRestarted } of steps) {
          const other = programme === 'bread' ? health : ration;
          // What an earlier tear left open is finished first, in whichever ledger it is.
          if (at.journal.state().openIntents.size > 0) await serve(at, card, programme, quantity);
          expect(at.journal.state().openIntents.size).toBe(0);
          const before = ledger(card, other);
          if (tear !== null) card.tearAt(tear, { commit: 'new' });
          await serve(at, card, programme, quantity);
          card.clearFaults();
          expect(ledger(card, other)).toBe(before);
          if (isRestarted) {
            await at.journal.close();
            await at.start();
          }
        }
        expect(at.faults).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('that was torn in one family is served of the other elsewhere', async () => {
    const [card, at, elsewhere] = [await makeSmartCard(order), await desk(), await desk(1)];
    card.tearAt(30, { commit: 'old' });
    expect(await serve(at, card, 'medicines', 2)).toMatchObject({ name: 'unresolved' });
    expect(await serve(elsewhere, card, 'bread', 4)).toMatchObject({ name: 'granted' });
  });

  it('that was torn here has that tap finished first, whichever programme is served now', async () => {
    const [card, at] = [await makeSmartCard(order), await desk()];
    card.tearAt(30, { commit: 'old' });
    expect(await serve(at, card, 'medicines', 2)).toMatchObject({ name: 'unresolved' });
    expect(await serve(at, card, 'bread', 4)).toMatchObject({
      name: 'granted',
      items: [{ commodity: BOX, quantity: 2 }],
    });
    expect(card.ledger(health)?.counter).toBe(3);
    expect(await serve(at, card, 'bread', 4)).toMatchObject({
      name: 'granted',
      items: [{ commodity: LOAF, quantity: 4 }],
    });
    expect(at.journal.state().openIntents.size).toBe(0);
  });

  it.each([
    ['medicines', ['health'], 'bread'],
    ['bread', ['counter', 'records'], 'medicines'],
  ] as const)(
    'of whose %s an old content comes back is refused it, and served the other',
    async (old, members, other) => {
      const [card, at] = [await makeSmartCard(order), await desk()];
      const earlier = JSON.stringify(card);
      expect(await serve(at, card, old, 3)).toMatchObject({ name: 'granted' });
      await at.journal.close();
      await at.start();
      const back = withOld(card, earlier, members);
      expect(await serve(at, back, old, 1)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
      expect(await serve(at, back, other, 1)).toMatchObject({ name: 'granted' });
    },
  );

  it('gains nothing by a record of one family in the file of the other', async () => {
    const [card, at, elsewhere] = [await makeSmartCard(order), await desk(), await desk(1)];
    expect(await serve(at, card, 'bread', 10)).toMatchObject({ name: 'granted' });
    for (const boxes of [1, 1]) expect(await serve(at, card, 'medicines', boxes)).toMatchObject({ name: 'granted' });
    const [stranger = new Uint8Array(0)] = card.ledger(health)?.records ?? [];
    card.powerCycle();
    card.transmit(selectCommand(WASL_AID));
    card.transmit(appendRecordCommand(3, stranger));
    // It is whole, newer, and signed for this card by a trusted terminal; and it is not of this ledger: damage, within the limit for it.
    expect(await serve(elsewhere, card, 'bread', 6)).toMatchObject({ name: 'refused' });
    expect(await elsewhere.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
  });
});

describe('a card with one ledger', () => {
  it('is still served rations where it is a smart card of version 1, and nothing of another family', async () => {
    const card = await makeSmartCard(order, { algorithm: 'EdDSA', pin: null, version: 1 });
    const at = await desk();
    expect(await serve(at, card, 'bread', 4)).toMatchObject({ name: 'granted' });
    expect(await serve(at, card, 'medicines', 1)).toMatchObject({
      name: 'refused',
      code: 'ERR_PROGRAMME_LEDGER_REQUIRED',
    });
    expect(await serve(at, card, 'bread', 6)).toMatchObject({ name: 'granted' });
    expect([card.counter, card.ledger(health)]).toEqual([4, null]);
  });

  it('is refused other families where it is a tag', async () => {
    const [tag, at] = [await makeTag('ntag216', order), await desk()];
    at.tap.select('medicines');
    expect(await at.lay(tag)).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_LEDGER_REQUIRED' });
  });
});

describe('a desk with several programmes', () => {
  it('begins with the first, and withdraws an offer when another is chosen', async () => {
    const [card, at] = [await makeSmartCard(order), await desk()];
    expect(at.tap.programme()).toBe('bread');
    expect(await at.lay(card)).toMatchObject({ name: 'offer', programme: { id: 'bread' } });
    at.tap.select('bread');
    expect(at.tap.state().name).toBe('offer');
    at.tap.select('medicines');
    expect([at.tap.state().name, at.tap.programme()]).toEqual(['idle', 'medicines']);
    expect(await at.lay(card)).toMatchObject({ name: 'offer', programme: { id: 'medicines' } });
  });

  it('does not turn to another while goods are to be handed over or a tap is unresolved, nor to one that it does not serve', async () => {
    const [card, at] = [await makeSmartCard(order), await desk()];
    expect(() => at.tap.select('fuel')).toThrow(expect.objectContaining({ code: 'ERR_PROGRAMME_UNKNOWN' }));
    await serve(at, card, 'bread', 1);
    expect(() => at.tap.select('medicines')).toThrow(expect.objectContaining({ code: 'ERR_TAP_STATE' }));
    card.tearAt(30, { commit: 'old' });
    expect(await serve(at, card, 'bread', 1)).toMatchObject({ name: 'unresolved' });
    expect(() => at.tap.select('medicines')).toThrow(expect.objectContaining({ code: 'ERR_TAP_STATE' }));
    expect(at.tap.programme()).toBe('bread');
  });

  it('takes a service back from the ledger that it was written to, whatever is served now', async () => {
    const [card, at] = [await makeSmartCard(order), await desk()];
    const granted = await serve(at, card, 'medicines', 4);
    if (granted.name !== 'granted') throw new Error('it is served');
    await at.journal.close();
    await at.start();
    expect(at.tap.programme()).toBe('bread');
    const rations = ledger(card, ration);
    await at.tap.askBack(granted.tapId);
    await at.tap.takeBack(granted.tapId, { operator: 9, role: 'supervisor' });
    expect(await at.lay(card)).toMatchObject({ name: 'voided', items: [{ commodity: BOX, quantity: 4 }] });
    expect(ledger(card, ration)).toBe(rations);
    expect(await serve(at, card, 'medicines', 4)).toMatchObject({ name: 'granted' });
  });
});

/** A tap on each medium: what it serves, what it refuses, and what a copy, an old image or a relay comes to. */
import { describe, expect, it } from 'vitest';
import type { TapState } from '../../agent/tap/tap.js';
import { makeQrText, makeSmartCard, makeTag, presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import { RelayedCard, type RelayKind } from '../../simulators/cards/relay.js';
import { SimulatedType4 } from '../../simulators/cards/type4.js';
import { SimulatedApduCard } from '../../simulators/readers/apdu-chip.js';
import { people } from '../../simulators/site/population.js';
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

async function lay(desk: TestDesk, card: SimulatedCard | { readonly text: string }): Promise<TapState> {
  await desk.tap.present(presentedCard(card), READS_AND_WRITES);
  return desk.tap.state();
}

/** Trust under rules for media that can be copied. */
function trustWith(rules: { readonly copyableMaxDay: number }) {
  return testTrust({ programmes: POLICY.programmes.map((programme) => ({ ...programme, ...rules })) });
}

const makers = {
  ntag216: () => makeTag('ntag216', order),
  ntag215: () => makeTag('ntag215', order),
  'type4 with Ed25519': () => makeSmartCard(order),
  'type4 with P-256': () => makeSmartCard(order, { algorithm: 'ES256', pin: null }),
} as const;

describe('a medium with a ledger', () => {
  it.each(Object.entries(makers))(
    '%s is served until its quota is used up, at one terminal and at the other',
    async (_kind, make) => {
      const card = await make();
      const [first, second] = [await openDesk(), await openDesk({ terminal: 1 })];
      expect(await lay(first, card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 10 }] } });
      expect(await first.take(4)).toMatchObject({ name: 'granted' });
      expect(await lay(second, card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 6 }] } });
      expect(await second.take(6)).toMatchObject({ name: 'granted' });
      expect(await lay(first, card)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
      expect([...first.faults, ...second.faults]).toEqual([]);
    },
  );
});

describe('a medium without one', () => {
  it('an NTAG213 and a QR code say who somebody is, and draw nothing', async () => {
    const desk = await openDesk();
    const tag = await lay(desk, await makeTag('ntag213', order));
    expect(tag).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_LEDGER_REQUIRED' });
    expect(tag).toMatchObject({
      credential: { entitlements: { card: firstPerson().serial, layout: 3 }, identity: { fullName: '' } },
    });
    const qr = await lay(desk, { text: makeQrText(order) });
    expect(qr).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_LEDGER_REQUIRED' });
    expect(qr).toMatchObject({ credential: { identity: { fullName: firstPerson().arabic } } });
  });
});

describe('policy', () => {
  it('bounds what a card that can be copied draws in a day, and leaves one that proves itself alone', async () => {
    const trust = trustWith({ copyableMaxDay: 3 });
    const desk = await openDesk({ trust });
    const tag = await makeTag('ntag216', order);
    expect(await lay(desk, tag)).toMatchObject({ offer: { items: [{ available: 3 }] } });
    expect(await desk.take(2)).toMatchObject({ name: 'granted' });
    expect(await lay(desk, tag)).toMatchObject({ offer: { items: [{ available: 1 }] } });
    const other = await openDesk({ trust });
    expect(await lay(other, await makeSmartCard(order))).toMatchObject({ offer: { items: [{ available: 10 }] } });
  });

  it('may refuse copyable media altogether', async () => {
    const desk = await openDesk({ trust: trustWith({ copyableMaxDay: 0 }) });
    expect(await lay(desk, await makeTag('ntag216', order))).toMatchObject({
      name: 'refused',
      code: 'ERR_MEDIUM_PROTECTION',
    });
    expect(await lay(desk, await makeSmartCard(order))).toMatchObject({ name: 'offer' });
  });
});

describe('a smart card', () => {
  it('that is emulated with everything that could be read on it is debited nothing and gets nothing', async () => {
    const card = await makeSmartCard(order);
    const desk = await openDesk();
    await lay(desk, card.emulation(new Uint8Array(32).fill(9)));
    expect(await desk.take(2)).toMatchObject({ name: 'unresolved', code: 'ERR_CARD_PROOF' });
    expect(card.counter).toBe(2);
  });

  it('whose old content is put on an emulation cannot prove it', async () => {
    const card = await makeSmartCard(order);
    const old = SimulatedType4.fromJSON(JSON.parse(JSON.stringify(card))).emulation(new Uint8Array(32).fill(8));
    const [first, second] = [await openDesk(), await openDesk({ terminal: 1 })];
    await lay(first, card);
    expect(await first.take(10)).toMatchObject({ name: 'granted' });
    expect(await lay(first, old)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
    await lay(second, old);
    expect(await second.take(10)).toMatchObject({ name: 'unresolved', code: 'ERR_CARD_PROOF' });
  });

  it.each<RelayKind>(['writes', 'proofs', 'swallow'])(
    'behind a relay that sends its %s elsewhere gets nothing',
    async (kind) => {
      const [, person = firstPerson()] = people(2);
      const mine = await makeSmartCard(order);
      const other = await makeSmartCard({ ...order, person });
      const desk = await openDesk();
      const relay = new RelayedCard(mine, other, kind);
      relay.powerCycle();
      await desk.tap.present(new SimulatedApduCard(relay, null), READS_AND_WRITES);
      const outcome = await desk.take(2);
      expect(outcome).toMatchObject({ name: 'unresolved' });
      expect(['ERR_CARD_PROOF', 'ERR_CARD_WRITE']).toContain(outcome.name === 'unresolved' ? outcome.code : '');
    },
  );

  it('that was cut in the last byte is completed at the next tap without a second record', async () => {
    for (const commit of ['old', 'new'] as const) {
      const card = await makeSmartCard(order);
      const desk = await openDesk();
      const offer = await lay(desk, card);
      if (offer.name !== 'offer') throw new Error('it is served');
      const length = card.records[0]?.length ?? 0;
      card.tearAt(length + 8, { commit });
      await desk.take(3);
      if (desk.tap.state().name === 'granted') throw new Error('the tear comes in the write');
      expect(await lay(desk, card)).toMatchObject({ name: 'granted', items: [{ quantity: 3 }] });
      expect(card.counter).toBe(3);
      expect(await lay(desk, card)).toMatchObject({ offer: { items: [{ available: 7 }] } });
    }
  });

  it('on which somebody appended rubbish is served within the doubt of the policy, once, and in full again the next day', async () => {
    const card = await makeSmartCard(order);
    const desk = await openDesk();
    await lay(desk, card);
    await desk.take(1);
    card.powerCycle();
    card.transmit(Uint8Array.from(Buffer.from('00A4040006F05741534C0100', 'hex')));
    card.transmit(Uint8Array.from(Buffer.from('00E200180400112233', 'hex')));
    const other = await openDesk({ terminal: 1 });
    expect(await lay(other, card)).toMatchObject({ offer: { items: [{ available: 5 }] } });
    expect(await other.take(2)).toMatchObject({ name: 'granted' });
    // What the lost record had used is not known: the day counts as used up, and tomorrow is another one.
    expect(await lay(other, card)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
    other.clock.ms += 86_400_000;
    expect(await lay(other, card)).toMatchObject({ offer: { items: [{ available: 10 }] } });
  });
});

/** Referrals on slips: written where no ledger can take them, carried on paper, used once; through the real journal, cut and taken back. */
import { describe, expect, it } from 'vitest';
import { slipOf } from '../../agent/credential/slip.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import type { DeskState } from '../../agent/tap/person-tap.js';
import { makeQrText, makeSmartCard } from '../../simulators/cards/media.js';
import { people } from '../../simulators/site/population.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { DAY, firstPerson, freshCard, ISSUER } from '../support/desk.js';
import { NOW } from '../support/people.js';
import {
  CLINIC,
  CONSULTATION,
  IMAGING,
  openSlipDesk,
  REFERRAL,
  SALAM,
  type SlipDesk,
  UNIT,
  VISIT,
} from '../support/slip-desk.js';

const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;
const { serial } = firstPerson();
const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };

async function events(bench: SlipDesk): Promise<WaslEvent[]> {
  const epoch = bench.journal.epochs().at(-1)?.name ?? '';
  const read = await bench.journal.readEvents(epoch, 1, { countMax: 500, bytesMax: 500_000 });
  return read.map(({ bytes }) => decodeEvent(bytes)).filter(({ type }) => type !== 'epoch');
}

function tapOf(bench: SlipDesk): string {
  const state = bench.persons.state();
  return 'tapId' in state ? state.tapId : '';
}

/** A referral of the unit on a slip, for the holder of a tag. */
async function refer(
  paper = { for: CONSULTATION as number, site: SALAM as number, quantity: 1 },
): Promise<{ unit: SlipDesk; text: string }> {
  const unit = await openSlipDesk('manakh-unit');
  await unit.present(await freshCard());
  const state = await unit.confirm(REFERRAL, paper);
  expect(state.name).toBe('granted');
  return { unit, text: unit.slip() };
}

/** Brings the slip, then the card, and takes one consultation. */
async function use(desk: SlipDesk, text: string, number: number = CONSULTATION): Promise<DeskState> {
  const state = await desk.present({ text });
  if (state.name !== 'idle') return state;
  const offered = await desk.present(await freshCard());
  if (offered.name !== 'offer') return offered;
  return await desk.confirm(number);
}

describe('a referral for the holder of a tag', () => {
  it('is written on a slip in one frame with its service, which says so, and shown again after a restart', async () => {
    const { unit, text } = await refer();
    const tapId = tapOf(unit);
    const paper = { kind: 0, commodity: CONSULTATION, units: 1, untilDay: DAY + 29, site: SALAM };
    expect(slipOf(text)).toEqual({
      ...{ id: tapId, programme: 102, subject: { card: serial }, papers: [paper], site: UNIT },
      issuedAt: Math.floor(unit.clock.ms / 1000),
    });
    expect(await events(unit)).toMatchObject([
      {
        ...{ type: 'redemption', card: serial, ledgerSequence: 0, programme: 102 },
        details: { slip: tapId, written: [{ commodity: CONSULTATION, left: 1, site: SALAM }] },
      },
    ]);
    await unit.start();
    expect(unit.slip()).toBe(text);
    expect(unit.journal.state().slips.kept.get(tapId)).toMatchObject({ isHandedOver: false, seq: 2 });
    await unit.persons.handover(tapId);
    expect(unit.slip()).toBe('');
    await expect(unit.persons.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    expect(unit.faults).toEqual([]);
  });

  it('is all that is offered to it, and counts for its quota of the day, over a restart as well', async () => {
    const unit = await openSlipDesk('manakh-unit');
    const offered = await unit.present(await freshCard());
    expect(offered).toMatchObject({
      name: 'offer',
      offer: {
        items: [
          { commodity: VISIT, available: 0 },
          { commodity: REFERRAL, available: 2 },
        ],
      },
    });
    await unit.confirm(REFERRAL, { for: CONSULTATION, site: SALAM });
    await unit.persons.handover(tapOf(unit));
    await unit.start();
    expect(await unit.present(await freshCard())).toMatchObject({
      offer: { items: [{ available: 0 }, { commodity: REFERRAL, available: 1, usedDay: 1 }] },
    });
    await unit.confirm(REFERRAL, { for: IMAGING, site: SALAM });
    await unit.persons.handover(tapOf(unit));
    expect(await unit.present(await freshCard())).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
  });

  it('is used at the hospital that was chosen, once, and the event says which slip', async () => {
    const { text } = await refer();
    const hospital = await openSlipDesk('salam-hospital');
    const card = await freshCard();
    expect(await hospital.present(card)).toMatchObject({ name: 'refused', code: 'ERR_PAPER_NEEDED' });
    expect(await hospital.present({ text })).toMatchObject({
      name: 'idle',
      slip: { slip: { subject: { card: serial } } },
    });
    expect(await hospital.present(card)).toMatchObject({
      name: 'offer',
      offer: {
        items: [
          { commodity: CONSULTATION, available: 1 },
          { commodity: IMAGING, available: 0 },
        ],
      },
    });
    expect(await hospital.confirm(CONSULTATION)).toMatchObject({ name: 'granted' });
    const id = slipOf(text)?.id;
    expect((await events(hospital)).at(-1)).toMatchObject({
      ...{ type: 'redemption', card: serial, ledgerSequence: 0 },
      details: { used: [], slips: [{ slip: id, commodity: CONSULTATION, units: 1, of: 1 }] },
    });
    await hospital.persons.handover(tapOf(hospital));
    expect(await hospital.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_USED', slip: { id } });
    await hospital.start();
    expect(await hospital.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_USED' });
    expect((await events(hospital)).at(-1)).toMatchObject({ type: 'refusal', reason: 'ERR_SLIP_USED', card: serial });
  });

  it('is refused at another hospital, and says which one was chosen', async () => {
    const { text } = await refer();
    const other = await openSlipDesk('zohour-hospital');
    expect(await other.present({ text })).toMatchObject({
      ...{ name: 'refused', code: 'ERR_SITE_CHOSEN' },
      slip: { papers: [{ site: SALAM }] },
    });
    expect((await events(other)).at(-1)).toMatchObject({ type: 'refusal', reason: 'ERR_SITE_CHOSEN', card: serial });
  });

  it('is used in part, and what is left of it stays at that terminal', async () => {
    const { text } = await refer({ for: CONSULTATION, site: SALAM, quantity: 2 });
    const hospital = await openSlipDesk('salam-hospital');
    for (const left of [2, 1]) {
      expect(await hospital.present({ text })).toMatchObject({ slip: { papers: [{ left }] } });
      await hospital.present(await freshCard());
      await hospital.confirm(CONSULTATION);
      await hospital.persons.handover(tapOf(hospital));
    }
    expect(await hospital.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_USED' });
  });

  it('does nothing with somebody else’s card, before it or after it', async () => {
    const { text } = await refer();
    const hospital = await openSlipDesk('salam-hospital');
    const [, stranger] = people(2);
    if (stranger === undefined) throw new Error('there are two');
    const card = await makeSmartCard({ ...order, person: stranger });
    await hospital.present({ text });
    expect(await hospital.present(card)).toMatchObject({ name: 'refused', code: 'ERR_SLIP_HOLDER' });
    expect((await events(hospital)).at(-1)).toMatchObject({ reason: 'ERR_SLIP_HOLDER', card: stranger.serial });
    // The slip is to be read again, and its holder served.
    expect(await use(hospital, text)).toMatchObject({ name: 'granted' });
  });

  it('is refused once it has run out, its card is blocked, or nothing in the policy writes such slips any more', async () => {
    const { text } = await refer();
    const hospital = await openSlipDesk('salam-hospital');
    hospital.clock.ms += 30 * 86_400_000 - 1000;
    expect(await hospital.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_EXPIRED' });
    const blocking = await openSlipDesk('salam-hospital');
    blocking.trust.blocked.add(serial);
    expect(await blocking.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_CREDENTIAL_HOTLISTED' });
    const without = CLINIC.map((programme) => ({
      ...programme,
      commodities: programme.commodities.map(({ writes, ...one }) =>
        writes === undefined ? one : { ...one, writes: { ...writes, slip: false } },
      ),
    }));
    const stricter = await openSlipDesk('salam-hospital', { programmes: without });
    expect(await stricter.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_SIGNER' });
  });

  it('is refused where the terminal that wrote it is no longer in the list, or stands at a site that writes none', async () => {
    const { text } = await refer();
    const gone = await openSlipDesk('salam-hospital', { trust: { terminalKeys: () => [] } });
    expect(await gone.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_SIGNER' });
    const hospitals = CLINIC.map((one) => (one.id === 'clinic' ? { ...one, place: { siteKinds: ['hospital'] } } : one));
    const stricter = await openSlipDesk('salam-hospital', { programmes: hospitals });
    expect(await stricter.present({ text })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_SIGNER' });
    const forged = `${text.slice(0, -3)}${text.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    const hospital = await openSlipDesk('salam-hospital');
    const before = (await events(hospital)).length;
    expect(await hospital.present({ text: forged })).toMatchObject({ name: 'refused', code: 'ERR_SLIP_TEXT' });
    // What was not read whole says nothing of anybody.
    expect(await events(hospital)).toHaveLength(before);
  });

  it('is called off while its card is waited for', async () => {
    const { text } = await refer();
    const hospital = await openSlipDesk('salam-hospital');
    const state = await hospital.present({ text });
    if (state.name !== 'idle' || state.slip === undefined) throw new Error('it waits');
    await hospital.persons.cancel(state.slip.tapId);
    expect(await hospital.present(await freshCard())).toMatchObject({ name: 'refused', code: 'ERR_PAPER_NEEDED' });
  });
});

describe('a code on paper in the place of a card', () => {
  it('is referred by slip, and served with it', async () => {
    const unit = await openSlipDesk('manakh-unit');
    const code = { text: makeQrText(order) };
    await unit.present(code);
    expect(await unit.confirm(REFERRAL, { for: CONSULTATION, site: SALAM })).toMatchObject({ name: 'granted' });
    const hospital = await openSlipDesk('salam-hospital');
    await hospital.present({ text: unit.slip() });
    await hospital.present(code);
    expect(await hospital.confirm(CONSULTATION)).toMatchObject({ name: 'granted' });
  });
});

describe('the holder of a smart card', () => {
  const health = LEDGER_FAMILIES.health;

  it('has the referral on the card, and no slip', async () => {
    const unit = await openSlipDesk('manakh-unit');
    const card = await makeSmartCard(order);
    await unit.present(card);
    await unit.confirm(REFERRAL, { for: CONSULTATION, site: SALAM });
    expect(unit.slip()).toBe('');
    expect(card.ledger(health)?.counter).toBe(3);
  });

  it('gets a slip once the card is full of papers, the service being counted on the card; then it is not taken back', async () => {
    const full = CLINIC.map((programme) => ({
      ...programme,
      commodities: programme.commodities.map((one) => ({
        ...one,
        quotas: [{ per: 'card', every: 'day', amount: 50 } as const],
      })),
    }));
    const unit = await openSlipDesk('manakh-unit', { programmes: full });
    const card = await makeSmartCard(order);
    for (let i = 0; i < 12 && unit.slip() === ''; i += 1) {
      const before = unit.persons.state();
      if (before.name === 'granted') await unit.persons.handover(before.tapId);
      await unit.present(card);
      await unit.confirm(REFERRAL, { for: i % 2 === 0 ? CONSULTATION : IMAGING, site: SALAM });
    }
    const text = unit.slip();
    expect(slipOf(text)).toMatchObject({ subject: { card: serial }, papers: [{ units: 1 }] });
    const told = (await events(unit)).at(-1);
    expect(told).toMatchObject({ type: 'redemption', details: { slip: slipOf(text)?.id } });
    expect(told?.type === 'redemption' && told.ledgerSequence).toBe((card.ledger(health)?.counter ?? 0) - 1);
    await unit.persons.askBack(tapOf(unit));
    await unit.persons.takeBack(tapOf(unit), SUPERVISOR);
    expect(await unit.present(card)).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
  });

  it('uses a slip that was brought while the card lies there, and has its units again when that is taken back', async () => {
    const { text } = await refer();
    const hospital = await openSlipDesk('salam-hospital');
    const card = await makeSmartCard(order);
    expect(await hospital.present(card)).toMatchObject({ name: 'refused', code: 'ERR_PAPER_NEEDED' });
    await hospital.present({ text });
    await hospital.present(card);
    expect(await hospital.confirm(CONSULTATION)).toMatchObject({ name: 'granted' });
    expect(hospital.journal.state().slips.used.size).toBe(1);
    const tapId = tapOf(hospital);
    await hospital.start();
    await hospital.persons.askBack(tapId);
    await hospital.persons.takeBack(tapId, SUPERVISOR);
    expect(await hospital.present(card)).toMatchObject({ name: 'voided' });
    expect(hospital.journal.state().slips.used.size).toBe(0);
    await hospital.persons.dismiss(tapOf(hospital));
    expect(await hospital.present({ text })).toMatchObject({ name: 'idle', slip: { papers: [{ left: 1 }] } });
  });

  it('torn while the service was written, is debited once, and the slip with it', async () => {
    const { text } = await refer();
    const hospital = await openSlipDesk('salam-hospital');
    const card = await makeSmartCard(order);
    await hospital.present({ text });
    await hospital.present(card);
    card.tearAt(30, { commit: 'old' });
    expect(await hospital.confirm(CONSULTATION)).toMatchObject({ name: 'unresolved' });
    card.clearFaults();
    expect(hospital.journal.state().slips.used.size).toBe(0);
    await hospital.start();
    expect(await hospital.present(card)).toMatchObject({ name: 'granted' });
    expect([...hospital.journal.state().slips.used.values()]).toEqual([{ units: 1, untilDay: DAY + 29 }]);
    expect((await events(hospital)).at(-1)).toMatchObject({ details: { slips: [{ units: 1, of: 1 }] } });
  });
});

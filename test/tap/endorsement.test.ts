/** Endorsements at a tap: read, written when they wait for the card, and never passed over in silence. */
import { describe, expect, it } from 'vitest';
import { cardKeyId } from '../../agent/credential/card-proof.js';
import { issueEndorsement } from '../../agent/credential/endorsement.js';
import { createTap, type TapState } from '../../agent/tap/tap.js';
import { openMedium } from '../../drivers/media/open.js';
import { makeSmartCard, makeTag, presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import { DAY, firstPerson, ISSUER, openDesk, READS_AND_WRITES, type TestDesk } from '../support/desk.js';
import { NOW } from '../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 1000, expiresAt: NOW - 10, day: DAY };

async function lay(desk: TestDesk, card: SimulatedCard): Promise<TapState> {
  await desk.tap.present(presentedCard(card), READS_AND_WRITES);
  return desk.tap.state();
}

/** The endorsement that renews a card, as the authority would send it. */
async function renewalOf(card: SimulatedCard, changes: { rationScheme?: number } = {}): Promise<Uint8Array> {
  const session = await openMedium(presentedCard(card), { canWrite: true });
  if (session.credential.form !== 'bytes') throw new Error('bytes');
  const uid = 'key' in card ? cardKeyId(card.key) : card.uid;
  return issueEndorsement(
    { number: 1, issuedAt: NOW - 5, expiresAt: NOW + 86_400, changes },
    { credential: session.credential.bytes, owner: { uid, card: firstPerson().serial } },
    ISSUER,
  );
}

/** A desk that the authority has sent an endorsement to. */
async function deskWith(endorsement: Uint8Array | null): Promise<TestDesk> {
  const desk = await openDesk();
  desk.tap = createTap({ ...desk.deps, endorsementFor: () => endorsement });
  return desk;
}

describe.each([
  ['an NTAG216', () => makeTag('ntag216', order)],
  ['a smart card', () => makeSmartCard(order)],
] as const)('%s that has expired', (_kind, make) => {
  it('is refused, and renewed at its next tap when an endorsement waits for it, for every other terminal as well', async () => {
    const card = await make();
    expect(await lay(await openDesk(), card)).toMatchObject({ name: 'refused', code: 'ERR_CREDENTIAL_EXPIRED' });
    const renewal = await renewalOf(card);
    const desk = await deskWith(renewal);
    expect(await lay(desk, card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 10 }] } });
    expect(await desk.take(1)).toMatchObject({ name: 'granted' });
    expect(await lay(await openDesk({ terminal: 1 }), card)).toMatchObject({
      name: 'offer',
      offer: { items: [{ available: 9 }] },
    });
    expect(desk.faults).toEqual([]);
  });

  it('is not written to with an endorsement of another card', async () => {
    const card = await make();
    const wrong = (await renewalOf(card)).with(20, 0);
    expect(await lay(await deskWith(wrong), card)).toMatchObject({ name: 'refused', code: 'ERR_CREDENTIAL_EXPIRED' });
    const session = await openMedium(presentedCard(card), { canWrite: true });
    expect(session.endorsement).toEqual({ state: 'none' });
  });
});

describe('an endorsement that changes an entitlement', () => {
  it('moves the card out of the programme', async () => {
    const card = await makeTag('ntag216', { ...order, expiresAt: NOW + 1000 });
    const desk = await deskWith(await renewalOf(card, { rationScheme: 7 }));
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_NOT_ENTITLED' });
  });
});

describe('an endorsement whose write was cut', () => {
  it('leaves the card as it was issued, in doubt, and is written again at the next tap', async () => {
    const valid = { ...order, expiresAt: NOW + 1000 };
    const pages = (await renewalOf(await makeTag('ntag216', valid))).length / 4;
    for (let write = 0; write < pages; write += 5) {
      const card = await makeTag('ntag216', valid);
      const renewal = await renewalOf(card);
      card.tearAt(write, { bits: ({ bit, oldBit, newBit }) => (bit < 16 ? newBit : oldBit) });
      const desk = await deskWith(renewal);
      expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_CARD_LOST' });
      const state = await lay(await openDesk(), card);
      const available = state.name === 'offer' ? state.offer.items[0]?.available : null;
      // Before the first page with anything in it was written, nothing stands there yet.
      expect([5, 10]).toContain(available);
      expect(await lay(desk, card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 10 }] } });
    }
  });

  it('that somebody spoilt puts the card in doubt, and the centre hears of it', async () => {
    const card = await makeTag('ntag216', { ...order, expiresAt: NOW + 1000 });
    await lay(await deskWith(await renewalOf(card)), card);
    card.powerCycle();
    card.exchange(Uint8Array.of(0xa2, 100, 1, 2, 3, 4));
    const desk = await openDesk();
    expect(await lay(desk, card)).toMatchObject({ offer: { items: [{ available: 5 }] } });
    const before = desk.journal.epochs().at(-1)?.lastSeq ?? 0;
    expect(await desk.take(1)).toMatchObject({ name: 'granted' });
    expect((desk.journal.epochs().at(-1)?.lastSeq ?? 0) - before).toBe(2);
  });
});

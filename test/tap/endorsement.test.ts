/** Endorsements at a tap: written when they wait for the card, known again, and never passed over in silence. */
import { describe, expect, it } from 'vitest';
import { cardKeyId } from '../../agent/credential/card-proof.js';
import { decodeSign1 } from '../../agent/credential/cose.js';
import { credentialName, type EntitlementChanges, issueEndorsement } from '../../agent/credential/endorsement.js';
import type { CardAction } from '../../agent/domain/card-action.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { TapState } from '../../agent/tap/tap.js';
import { ntagLayout } from '../../drivers/media/ntag21x.js';
import { openMedium } from '../../drivers/media/open.js';
import { selectCommand, TYPE4_FILES, updateBinaryCommand, WASL_AID } from '../../drivers/media/type4-apdu.js';
import {
  cardFromJSON,
  makeSmartCard,
  makeTag,
  presentedCard,
  type SimulatedCard,
} from '../../simulators/cards/media.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
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

const SERIAL = firstPerson().serial;
const expired = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 1000, expiresAt: NOW - 10, day: DAY };
const valid = { ...expired, expiresAt: NOW + 1000 };

async function lay(desk: TestDesk, card: SimulatedCard): Promise<TapState> {
  await desk.tap.present(presentedCard(card), READS_AND_WRITES);
  return desk.tap.state();
}

interface Decided {
  readonly number?: number;
  readonly changes?: EntitlementChanges;
  readonly expiresAt?: number | null;
}

/** What the authority's list says of a card. */
async function actionFor(
  card: SimulatedCard,
  decided: Decided = {},
): Promise<CardAction & { endorsement: Uint8Array }> {
  const { number = 1, changes = {}, expiresAt = NOW + 86_400 } = decided;
  const session = await openMedium(presentedCard(card), { canWrite: true });
  if (session.credential.form !== 'bytes') throw new Error('bytes');
  const sign1 = decodeSign1(session.credential.bytes);
  if (!sign1.ok) throw new Error('a COSE_Sign1');
  const uid = 'key' in card ? cardKeyId(card.key) : card.uid;
  const of = { credential: session.credential.bytes, owner: { uid, card: SERIAL } };
  const endorsement = issueEndorsement({ number, issuedAt: NOW - 5, expiresAt, changes }, of, ISSUER);
  return { credential: credentialName(sign1.sign1.payload), number, endorsement };
}

/** A desk whose signed list has this. */
async function deskWith(action: CardAction | null, terminal: 0 | 1 = 0): Promise<TestDesk> {
  const desk = await openDesk({ terminal });
  if (action !== null) desk.trust.actions.set(SERIAL, action);
  return desk;
}

async function eventsOf(desk: TestDesk): Promise<WaslEvent[]> {
  const epoch = desk.journal.epochs().at(-1);
  const events = await desk.journal.readEvents(epoch?.name ?? '', 1, { countMax: 1000, bytesMax: 1_000_000 });
  return events.map(({ bytes }) => decodeEvent(bytes)).filter(({ type }) => type !== 'epoch');
}

/** Somebody with a phone takes the endorsement off a card. */
function wipe(card: SimulatedCard): void {
  card.powerCycle();
  if (card instanceof SimulatedNtag21x) {
    const { credentialPages } = ntagLayout('ntag216');
    for (const page of [0, 1]) card.exchange(Uint8Array.of(0xa2, 4 + credentialPages + page, 0, 0, 0, 0));
    return;
  }
  card.transmit(selectCommand(WASL_AID));
  card.transmit(updateBinaryCommand(TYPE4_FILES.endorsement, 0, new Uint8Array(150)));
}

const KINDS = [
  ['an NTAG216', (order: typeof valid): Promise<SimulatedCard> => makeTag('ntag216', order)],
  ['a smart card', (order: typeof valid): Promise<SimulatedCard> => makeSmartCard(order)],
] as const;

describe.each(KINDS)('%s that has expired', (_kind, make) => {
  it('is refused, and renewed at its next tap when an endorsement waits for it, for every other terminal as well', async () => {
    const card = await make(expired);
    expect(await lay(await openDesk(), card)).toMatchObject({ name: 'refused', code: 'ERR_CREDENTIAL_EXPIRED' });
    const desk = await deskWith(await actionFor(card));
    expect(await lay(desk, card)).toMatchObject({
      name: 'offer',
      offer: { items: [{ available: 10 }] },
      renewal: { number: 1, expiresAt: NOW + 86_400 },
    });
    expect(await desk.take(1)).toMatchObject({ name: 'granted' });
    const other = await lay(await openDesk({ terminal: 1 }), card);
    expect(other).toMatchObject({ name: 'offer', offer: { items: [{ available: 9 }] } });
    expect(other).not.toHaveProperty('renewal');
    expect(desk.faults).toEqual([]);
  });

  it('tells the centre once that the endorsement is on the card', async () => {
    const card = await make(expired);
    const desk = await deskWith(await actionFor(card));
    await lay(desk, card);
    await lay(desk, card);
    const { keys, hotlist, policy } = desk.trust.versions();
    expect(await eventsOf(desk)).toEqual([
      {
        ...{ type: 'endorsed', time: NOW, card: SERIAL, number: 1, shown: 0, known: 0, programme: 1, operator: 0 },
        versions: { keys, hotlist, policy, time: 'set' },
      },
    ]);
    expect(desk.journal.state().endorsing.size).toBe(0);
    expect(desk.journal.state().endorsements.get(SERIAL)).toMatchObject({ number: 1 });
  });

  it('is not written to with an endorsement of another card', async () => {
    const card = await make(expired);
    const action = await actionFor(card);
    const desk = await deskWith({ ...action, endorsement: action.endorsement.with(20, 0) });
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_ENDORSEMENT_OLDER' });
    const session = await openMedium(presentedCard(card), { canWrite: true });
    expect(session.endorsement).toEqual({ state: 'none' });
  });

  it('is not written to while it is blocked', async () => {
    const card = await make(expired);
    const desk = await deskWith(await actionFor(card));
    desk.trust.blocked.add(SERIAL);
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_CREDENTIAL_HOTLISTED' });
    expect((await openMedium(presentedCard(card), { canWrite: true })).endorsement).toEqual({ state: 'none' });
  });
});

describe('an endorsement that changes an entitlement', () => {
  it('moves the card out of the programme', async () => {
    const card = await makeTag('ntag216', valid);
    const desk = await deskWith(await actionFor(card, { changes: { rationScheme: 7 } }));
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_NOT_ENTITLED' });
  });

  it('is in force from the list alone on an NTAG215, which has no room for it, and nothing is written', async () => {
    const card = await makeTag('ntag215', valid);
    const before = card.dump();
    const action = await actionFor(card, { changes: { draws: 1 } });
    const state = await lay(await deskWith(action), card);
    expect(state).toMatchObject({ name: 'offer', offer: { items: [{ available: 5 }] } });
    expect(state).not.toHaveProperty('renewal');
    expect(card.dump()).toEqual(before);
    // Nor is the card held to it once the list has gone on.
    const desk = await deskWith(action);
    await lay(desk, card);
    await desk.take(1);
    desk.trust.actions.clear();
    expect(await lay(desk, card)).toMatchObject({ offer: { items: [{ available: 9 }] } });
  });
});

describe.each(KINDS)('%s whose reducing endorsement was taken off it', (_kind, make) => {
  const reduced = { changes: { draws: 1 } };

  /** A card with the endorsement, served once with it, and then wiped. */
  async function wipedAt(change: Parameters<typeof testTrust>[0] = {}) {
    const card = await make(valid);
    const action = await actionFor(card, reduced);
    const desk = await openDesk({ trust: testTrust(change) });
    desk.trust.actions.set(SERIAL, action);
    expect(await lay(desk, card)).toMatchObject({ offer: { items: [{ available: 5 }] } });
    await desk.take(1);
    wipe(card);
    return { card, action, desk };
  }

  it('gets it back at the next tap, and the centre hears that it was gone', async () => {
    const { card, desk } = await wipedAt();
    expect(await lay(desk, card)).toMatchObject({ offer: { items: [{ available: 4 }] }, renewal: { number: 1 } });
    expect((await eventsOf(desk)).at(-1)).toMatchObject({ type: 'endorsed', number: 1, shown: 0, known: 1 });
  });

  it('is refused where the policy says so', async () => {
    const [bread] = POLICY.programmes;
    if (bread === undefined) throw new Error('bread');
    const { card, desk } = await wipedAt({ programmes: [{ ...bread, olderEndorsement: 'refuse' }] });
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_ENDORSEMENT_OLDER' });
    expect((await eventsOf(desk)).at(-1)).toMatchObject({
      type: 'refusal',
      reason: 'ERR_ENDORSEMENT_OLDER',
      card: SERIAL,
    });
  });

  it('is refused where the endorsement is no longer at hand, over a restart as well', async () => {
    const { card, desk } = await wipedAt();
    desk.trust.actions.clear();
    await desk.journal.close();
    await desk.start();
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_ENDORSEMENT_OLDER' });
  });

  it('is refused at a terminal that never saw it when the list has its number alone', async () => {
    const { card, action } = await wipedAt();
    const desk = await deskWith({ ...action, endorsement: null }, 1);
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_ENDORSEMENT_OLDER' });
  });

  it('is refused as an older one when an earlier, wider one is put back', async () => {
    const card = await make(valid);
    const desk = await deskWith(await actionFor(card));
    await lay(desk, card);
    const wide = JSON.stringify(card);
    desk.trust.actions.set(SERIAL, await actionFor(card, { number: 2, ...reduced }));
    await lay(desk, card);
    await desk.take(1);
    desk.trust.actions.clear();
    const old = cardFromJSON(JSON.parse(wide));
    expect(await lay(desk, old)).toMatchObject({ name: 'refused', code: 'ERR_ENDORSEMENT_OLDER' });
  });

  it('that was issued anew begins anew', async () => {
    const { desk } = await wipedAt();
    const anew = await make({ ...valid, issuedAt: NOW - 500 });
    const state = await lay(desk, anew);
    expect(state).not.toMatchObject({ code: 'ERR_ENDORSEMENT_OLDER' });
  });
});

describe('an endorsement whose write was cut', () => {
  it('in any page leaves credential and card whole, and is written again at the next tap, until the centre was told', async () => {
    const pages = Math.ceil(((await actionFor(await makeTag('ntag216', valid))).endorsement.length + 8) / 4);
    for (let write = 0; write < pages; write += 1) {
      const card = await makeTag('ntag216', valid);
      const action = await actionFor(card);
      card.tearAt(write, { bits: ({ bit, oldBit, newBit }) => (bit < 16 ? newBit : oldBit) });
      const desk = await deskWith(action);
      expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_CARD_LOST' });
      const elsewhere = await lay(await openDesk(), card);
      // Before the first page with anything in it was written, nothing stands there yet.
      expect([5, 10]).toContain(elsewhere.name === 'offer' ? elsewhere.offer.items[0]?.available : elsewhere);
      // The list may have gone on: what was begun is finished all the same.
      desk.trust.actions.clear();
      await desk.journal.close();
      await desk.start();
      expect(desk.journal.state().endorsing.get(SERIAL)?.bytes).toEqual(action.endorsement);
      expect(await lay(desk, card)).toMatchObject({
        name: 'offer',
        offer: { items: [{ available: 10 }] },
        renewal: {},
      });
      expect((await eventsOf(desk)).filter(({ type }) => type === 'endorsed')).toHaveLength(1);
      expect(desk.journal.state().endorsing.size).toBe(0);
    }
  });

  it('over an older one is not told as one that somebody took off', async () => {
    const pages = Math.ceil(((await actionFor(await makeTag('ntag216', valid))).endorsement.length + 8) / 4);
    const shown = new Set<unknown>();
    for (let write = 0; write < pages; write += 1) {
      const card = await makeTag('ntag216', valid);
      const desk = await deskWith(await actionFor(card));
      expect(await lay(desk, card)).toMatchObject({ renewal: { number: 1 } });
      desk.trust.actions.set(SERIAL, await actionFor(card, { number: 2 }));
      card.tearAt(write, { bits: ({ bit, oldBit, newBit }) => (bit < 16 ? newBit : oldBit) });
      expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_CARD_LOST' });
      expect(await lay(desk, card)).toMatchObject({ name: 'offer', renewal: { number: 2 } });
      const told = (await eventsOf(desk)).at(-1);
      if (told?.type !== 'endorsed') throw new Error('endorsed');
      shown.add(told.shown);
      expect(told.known).toBeLessThanOrEqual(told.shown);
    }
    // Some of them left nothing that holds, which is what a wiped card shows.
    expect(shown).toContain(0);
  });

  it('is written again even where it reads as whole: a matching read is not trusted before the journal has it', async () => {
    const card = await makeTag('ntag216', valid);
    const desk = await deskWith(await actionFor(card));
    const append = desk.journal.append.bind(desk.journal);
    let calls = 0;
    Object.assign(desk.journal, {
      append: (entries: Parameters<typeof append>[0]) => {
        calls += 1;
        return calls === 2 ? Promise.reject(new Error('cut')) : append(entries);
      },
    });
    expect(await lay(desk, card)).toMatchObject({ name: 'refused' });
    const written = card.transcript.length;
    expect(await lay(desk, card)).toMatchObject({ name: 'offer', renewal: { number: 1 } });
    expect(card.transcript.length).toBeGreaterThan(written);
    desk.faults.length = 0;
  });

  it('that somebody spoilt puts the card in doubt, and the centre hears of it', async () => {
    const card = await makeTag('ntag216', valid);
    await lay(await deskWith(await actionFor(card)), card);
    card.powerCycle();
    card.exchange(Uint8Array.of(0xa2, 100, 1, 2, 3, 4));
    const desk = await openDesk();
    expect(await lay(desk, card)).toMatchObject({ offer: { items: [{ available: 5 }] } });
    const before = desk.journal.epochs().at(-1)?.lastSeq ?? 0;
    expect(await desk.take(1)).toMatchObject({ name: 'granted' });
    expect((desk.journal.epochs().at(-1)?.lastSeq ?? 0) - before).toBe(2);
  });
});

/** The smart-card medium: what it reads, how it refuses, and what it never does twice. */
import { describe, expect, it } from 'vitest';
import { openMedium } from '../../../drivers/media/open.js';
import { personaliseType4, readType4Key } from '../../../drivers/media/type4.js';
import { selectCommand, WASL_AID } from '../../../drivers/media/type4-apdu.js';
import { verifyPin } from '../../../drivers/media/type4-holder-pin.js';
import { makeSmartCard, presentedCard } from '../../../simulators/cards/media.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { SimulatedApduCard } from '../../../simulators/readers/apdu-chip.js';
import { DAY, firstPerson, ISSUER } from '../../support/desk.js';
import { NOW } from '../../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const open = (card: SimulatedType4, canWrite = true) => openMedium(presentedCard(card), { canWrite });
const blank = (): SimulatedType4 =>
  SimulatedType4.blank({
    uid: Uint8Array.of(8, 1, 2, 3),
    algorithm: 'EdDSA',
    secret: new Uint8Array(32).fill(3),
    pin: null,
  });

describe('opening a smart card', () => {
  it('gives its credential, its two newest records by parity, and a way to have them proven', async () => {
    const card = await makeSmartCard(order);
    const session = await open(card);
    expect(session).toMatchObject({ kind: 'type4', layout: 4, uid: null, endorsement: { state: 'none' } });
    expect(await session.ledgers[0]?.readSlots()).toEqual([card.records[1], card.records[0]]);
    expect(await session.ledgers[0]?.prove?.(new Uint8Array(16))).toMatchObject({ counter: 2 });
  });

  it('has no ledger where the reader cannot write', async () => {
    expect((await open(await makeSmartCard(order), false)).ledgers).toEqual([]);
  });

  it('refuses a card without our applet, one of another version, and one without a credential', async () => {
    const foreign = new SimulatedApduCard({ ...chip(() => Uint8Array.of(0x6a, 0x82)) }, null);
    await expect(openMedium(foreign, { canWrite: true })).rejects.toMatchObject({ code: 'ERR_CARD_UNSUPPORTED' });
    const later = new SimulatedApduCard(
      { ...chip(() => Uint8Array.of(0x6f, 14, 0x85, 12, 3, 1, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0x90, 0)) },
      null,
    );
    await expect(openMedium(later, { canWrite: true })).rejects.toMatchObject({ code: 'ERR_CARD_UNSUPPORTED' });
    await expect(open(blank())).rejects.toMatchObject({ code: 'ERR_CARD_EMPTY' });
  });

  it.each([
    [
      'states files larger than any of ours',
      Uint8Array.of(0x6f, 14, 0x85, 12, 1, 1, 0, 0, 0, 0, 255, 0, 0xff, 0xff, 0, 0, 0x90, 0),
      'ERR_CARD_LAYOUT',
    ],
    ['answers with half a template', Uint8Array.of(0x6f, 14, 0x85, 0x90, 0), 'ERR_CARD_UNSUPPORTED'],
    ['answers with nothing but a status', Uint8Array.of(0x90, 0), 'ERR_CARD_UNSUPPORTED'],
  ] as const)('refuses a card that %s', async (_what, answer, code) => {
    const card = new SimulatedApduCard({ ...chip(() => answer) }, null);
    await expect(openMedium(card, { canWrite: true })).rejects.toMatchObject({ code });
  });

  it('rejects when the card sends less than it said, or another status in the middle', async () => {
    const card = await makeSmartCard(order);
    card.powerCycle();
    card.answerWith(2, 0x6a82);
    await expect(openMedium(new SimulatedApduCard(card, null), { canWrite: true })).rejects.toMatchObject({
      code: 'ERR_CARD_IO',
    });
    card.powerCycle();
    card.loseFieldAfter(2);
    await expect(openMedium(new SimulatedApduCard(card, null), { canWrite: true })).rejects.toMatchObject({
      code: 'ERR_CARD_LOST',
    });
  });
});

describe('writing to a smart card', () => {
  it('appends a record once, however often it is written', async () => {
    const card = await makeSmartCard(order);
    const session = await open(card);
    const image = card.records[1] ?? new Uint8Array(0);
    await session.ledgers[0]?.writeSlot(0, image);
    await session.ledgers[0]?.writeSlot(0, image);
    expect(card.counter).toBe(3);
    expect(await session.ledgers[0]?.prove?.(new Uint8Array(16))).toMatchObject({ counter: 3 });
  });

  it('does not believe a card that counts otherwise than was written, or that does not answer the challenge', async () => {
    const card = await makeSmartCard(order);
    const session = await open(card);
    card.transmit(Uint8Array.of(0x00, 0xe2, 0x00, 0x18, 0x01, 0x00));
    await expect(session.ledgers[0]?.prove?.(new Uint8Array(16))).rejects.toMatchObject({ code: 'ERR_CARD_PROOF' });
    card.answerWith(0, 0x6985);
    await expect(session.ledgers[0]?.prove?.(new Uint8Array(16))).rejects.toMatchObject({ code: 'ERR_CARD_PROOF' });
  });

  it('personalises a card once: the key is read first, and the credential can never be replaced', async () => {
    const card = await makeSmartCard(order);
    const before = JSON.stringify(card);
    card.powerCycle();
    const presented = new SimulatedApduCard(card, null);
    expect(await readType4Key(presented)).toEqual(card.key);
    const content = { credential: Uint8Array.of(1), slots: [Uint8Array.of(1), Uint8Array.of(2)], further: [] } as const;
    await expect(personaliseType4(presented, content)).rejects.toMatchObject({ code: 'ERR_CARD_WRITE' });
    const { credential } = JSON.parse(before) as { readonly credential: string };
    expect(JSON.parse(JSON.stringify(card))).toMatchObject({ credential, isActive: true });
    // A first record on a card in use would give its holder the quota anew.
    expect(JSON.stringify(card)).toBe(before);
  });

  it('finishes a card whose making was cut at any command, with each first record on it once', async () => {
    const content = {
      credential: new Uint8Array(600).fill(7),
      slots: [Uint8Array.of(1), Uint8Array.of(2)],
      further: [],
    } as const;
    const fresh = () =>
      SimulatedType4.blank({
        uid: Uint8Array.of(8, 1, 2, 3),
        algorithm: 'EdDSA',
        secret: new Uint8Array(32).fill(9),
        pin: null,
      });
    const whole = fresh();
    await personaliseType4(new SimulatedApduCard(whole, null), content);
    let cuts = 0;
    for (; ; cuts += 1) {
      const card = fresh();
      card.loseFieldAfter(cuts);
      const isWhole = await personaliseType4(new SimulatedApduCard(card, null), content).then(
        () => true,
        () => false,
      );
      card.clearFaults();
      card.powerCycle();
      await personaliseType4(new SimulatedApduCard(card, null), content);
      expect(JSON.stringify(card), `cut after ${cuts} commands`).toBe(JSON.stringify(whole));
      if (isWhole) break;
    }
    expect(cuts).toBeGreaterThan(5);
  });

  it('has the card check the PIN', async () => {
    const card = await makeSmartCard(order, { algorithm: 'EdDSA', pin: '4711' });
    const presented = presentedCard(card);
    if (presented.kind !== 'apdu') throw new Error('a smart card');
    await presented.transmit(selectCommand(WASL_AID));
    expect(await verifyPin(presented, '0000')).toEqual({ result: 'wrong', triesLeft: 2 });
    expect(await verifyPin(presented, '4711')).toEqual({ result: 'right' });
    for (let i = 0; i < 3; i += 1) await verifyPin(presented, '1');
    expect(await verifyPin(presented, '4711')).toEqual({ result: 'blocked' });
  });
});

/** A card that gives the same answer to everything. */
function chip(answer: () => Uint8Array) {
  return {
    uid: Uint8Array.of(8, 0, 0, 1),
    historicalBytes: new Uint8Array(0),
    powerCycle: () => {},
    powerOff: () => {},
    transmit: answer,
  };
}

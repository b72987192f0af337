/** The holder's PIN as the driver of smart cards offers it. */
import { describe, expect, it } from 'vitest';
import { openMedium } from '../../../drivers/media/open.js';
import { personaliseType4 } from '../../../drivers/media/type4.js';
import { presentedCard } from '../../../simulators/cards/media.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { SimulatedApduCard } from '../../../simulators/readers/apdu-chip.js';

const CONTENT = {
  credential: Uint8Array.of(1, 2, 3),
  slots: [Uint8Array.of(1), Uint8Array.of(2)],
  further: [],
} as const;
const CODE = new Uint8Array(16).fill(7);

function blank(pinCare = true): SimulatedType4 {
  const secret = new Uint8Array(32).fill(3);
  return SimulatedType4.blank({ uid: Uint8Array.of(8, 1, 2, 3), algorithm: 'EdDSA', secret, pin: null, pinCare });
}

const make = (card: SimulatedType4, transportPin: string | null = null) =>
  personaliseType4(new SimulatedApduCard(card, null), { ...CONTENT, pin: { code: CODE, transportPin } });
const open = (card: SimulatedType4, canWrite = true) => openMedium(presentedCard(card), { canWrite });

describe('a card that is made with a code', () => {
  it('has it, and is closed, wherever its making was cut', async () => {
    const whole = blank();
    await make(whole, '580274');
    let cuts = 0;
    for (; ; cuts += 1) {
      const card = blank();
      card.loseFieldAfter(cuts);
      const isWhole = await make(card, '580274').then(
        () => true,
        () => false,
      );
      card.clearFaults();
      card.powerCycle();
      await make(card, '580274');
      expect(JSON.stringify(card), `cut after ${cuts} commands`).toBe(JSON.stringify(whole));
      if (isWhole) break;
    }
    expect(cuts).toBeGreaterThan(6);
  });

  it('is not made at all where the applet takes none', async () => {
    const card = blank(false);
    const before = JSON.stringify(card);
    await expect(make(card)).rejects.toMatchObject({ code: 'ERR_HOLDER_PIN_UNSUPPORTED' });
    expect(JSON.stringify(card)).toBe(before);
  });

  it('takes its first PIN, and is asked for it from then on', async () => {
    const card = blank();
    await make(card);
    const session = await open(card);
    expect(session.verifyPin).toBeUndefined();
    expect(session.holderPin).toMatchObject({ state: 'none', triesLeft: null, codeTriesLeft: 10 });
    expect(await session.holderPin?.set('2580')).toEqual({ result: 'done' });
    const again = await open(card);
    expect(again.holderPin).toMatchObject({ state: 'set', triesLeft: 3 });
    expect(await again.verifyPin?.('2580')).toEqual({ result: 'right' });
    expect(await again.holderPin?.set('7391')).toEqual({ result: 'refused' });
  });

  it('with the PIN of a letter is not asked for it, until the holder has changed it', async () => {
    const card = blank();
    await make(card, '580274');
    const session = await open(card);
    expect(session.verifyPin).toBeUndefined();
    expect(session.holderPin).toMatchObject({ state: 'transport', triesLeft: 3 });
    expect(await session.holderPin?.change('580275', '2580')).toEqual({ result: 'wrong', triesLeft: 2 });
    expect(await session.holderPin?.change('580274', '2580')).toEqual({ result: 'done' });
    expect(await (await open(card)).verifyPin?.('2580')).toEqual({ result: 'right' });
  });

  it('is unblocked by its code alone', async () => {
    const card = blank();
    await make(card);
    const { holderPin } = await open(card);
    await holderPin?.set('2580');
    for (const triesLeft of [2, 1])
      expect(await holderPin?.change('9090', '7391')).toEqual({ result: 'wrong', triesLeft });
    expect(await holderPin?.change('9090', '7391')).toEqual({ result: 'blocked' });
    expect(await holderPin?.unblock(new Uint8Array(16), '7391')).toEqual({ result: 'wrong', triesLeft: 9 });
    expect((await open(card)).holderPin).toMatchObject({ state: 'set', triesLeft: 0, codeTriesLeft: 9 });
    const again = (await open(card)).holderPin;
    expect(await again?.unblock(CODE, '7391')).toEqual({ result: 'done' });
    expect(await (await open(card)).verifyPin?.('7391')).toEqual({ result: 'right' });
  });
});

describe('a PIN that cannot be changed', () => {
  it('is that of a card made without a code, of an older applet, and at a reader that cannot write', async () => {
    const without = blank();
    await personaliseType4(new SimulatedApduCard(without, null), CONTENT);
    expect((await open(without)).holderPin).toBeUndefined();
    const older = blank(false);
    await personaliseType4(new SimulatedApduCard(older, null), CONTENT);
    expect((await open(older)).holderPin).toBeUndefined();
    const made = blank();
    await make(made);
    expect((await open(made, false)).holderPin).toBeUndefined();
  });

  it.each([
    [0x6d00, 'ERR_HOLDER_PIN_UNSUPPORTED'],
    [0x6581, 'ERR_CARD_WRITE'],
  ])('answered with %s is an error of its own', async (status, code) => {
    const card = blank();
    await make(card);
    const { holderPin } = await open(card);
    card.answerWith(0, status);
    await expect(holderPin?.set('2580')).rejects.toMatchObject({ code });
  });
});

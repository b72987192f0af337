/** The holder's PIN at a post, over its whole life: set, changed, forgotten, unblocked; cut at every write and sync, and torn on the card. */
import { describe, expect, it } from 'vitest';
import { cardKeyId } from '../../agent/credential/card-proof.js';
import { letterPin, siteSecret } from '../../agent/credential/pin-codes.js';
import { forwards } from '../../agent/journal/books/read-events.js';
import { openMedium } from '../../drivers/media/open.js';
import { presentedCard } from '../../simulators/cards/media.js';
import type { SimulatedType4 } from '../../simulators/cards/type4.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { firstPerson, POLICY } from '../support/desk.js';
import { PIN_SECRET, PIN_SITE, type PinDesk, pinCard, pinDesk } from './pin-bench.js';

const [FIRST, NEXT, WRONG] = ['2580', '7391', '1357'] as const;
const SUPERVISOR = 2;
const CARD = firstPerson().serial;

const proves = async (card: SimulatedType4, pin: string): Promise<string> =>
  (await (await openMedium(presentedCard(card), { canWrite: true })).verifyPin?.(pin))?.result ?? 'none';

/** A card whose holder has chosen the first PIN. */
async function withPin(): Promise<SimulatedType4> {
  const card = await pinCard();
  await (await openMedium(presentedCard(card), { canWrite: true })).holderPin?.set(FIRST);
  return card;
}

/** The same, blocked by three wrong ones. */
async function blocked(): Promise<SimulatedType4> {
  const card = await withPin();
  for (let tries = 0; tries < 3; tries += 1) await proves(card, WRONG);
  return card;
}

const stages = async (desk: PinDesk): Promise<string[]> =>
  (await desk.told()).map(({ action, stage }) => `${action} ${stage}`);

describe('the first PIN of a card', () => {
  it('is chosen at the post, told before and after, and proves the holder from then on at that very tap', async () => {
    const [bread] = POLICY.programmes;
    const programmes =
      bread === undefined ? [] : [{ ...bread, secondFactor: { fromUnits: 1, accepts: ['pin' as const] } }];
    const desk = await pinDesk({ policy: { programmes } });
    const card = await pinCard();
    expect(await desk.ask(card)).toMatchObject({
      name: 'card-pin',
      pin: { state: 'none', triesLeft: null },
      code: null,
    });
    expect(await desk.with((tap, id) => tap.setPin(id, FIRST))).toMatchObject({ name: 'card-pin-done', action: 'set' });
    expect(await desk.told()).toEqual([
      { card: CARD, action: 'set', stage: 'begun', code: null, operator: 4, supervisor: 0 },
      { card: CARD, action: 'set', stage: 'done', code: null, operator: 4, supervisor: 0 },
    ]);
    const offer = await desk.with((tap, id) => tap.dismiss(id));
    expect(offer).toMatchObject({ name: 'offer', pin: { triesLeft: null } });
    expect(await desk.with((tap, id) => tap.claim(id, {}, FIRST))).toMatchObject({
      name: 'offer',
      claimed: { claims: { factors: ['pin'] }, code: null },
    });
  });

  it.each(['0000', '1234', '123', '123456789', String(CARD).slice(-4)])(
    'is not %s: nothing is asked of the card, nothing is told',
    async (pin) => {
      const desk = await pinDesk();
      const card = await pinCard();
      await desk.ask(card);
      expect(await desk.with((tap, id) => tap.setPin(id, pin))).toMatchObject({
        name: 'card-pin',
        code: 'ERR_HOLDER_PIN_WEAK',
      });
      expect(await desk.told()).toEqual([]);
      expect(await proves(card, pin)).toBe('none');
    },
  );

  it('of a letter is changed for the holder’s own', async () => {
    const desk = await pinDesk();
    const card = await pinCard('letter');
    const owner = { card: CARD, cardKey: cardKeyId(card.key) };
    const letter = letterPin(siteSecret(PIN_SECRET, PIN_SITE), owner, { dateOfBirth: null, id: '' });
    expect(await desk.ask(card)).toMatchObject({ name: 'card-pin', pin: { state: 'transport', triesLeft: 3 } });
    expect(await desk.with((tap, id) => tap.changePin(id, letter, NEXT))).toMatchObject({ name: 'card-pin-done' });
    expect(await proves(card, NEXT)).toBe('right');
  });
});

describe('a PIN', () => {
  it('is changed with the old one, and a wrong old one is counted and told', async () => {
    const desk = await pinDesk({ unblocks: false });
    const card = await withPin();
    await desk.ask(card);
    expect(await desk.with((tap, id) => tap.changePin(id, WRONG, NEXT))).toMatchObject({
      name: 'card-pin',
      pin: { state: 'set', triesLeft: 2 },
      code: 'ERR_HOLDER_PIN',
    });
    expect(await desk.with((tap, id) => tap.changePin(id, FIRST, NEXT))).toMatchObject({ action: 'changed' });
    expect([await proves(card, FIRST), await proves(card, NEXT)]).toEqual(['wrong', 'right']);
    expect(await desk.told()).toMatchObject([
      { stage: 'begun' },
      { stage: 'refused', code: 'ERR_HOLDER_PIN' },
      { stage: 'begun' },
      { stage: 'done' },
    ]);
  });

  it('that is blocked is unblocked once a supervisor has allowed it, for the card that lies there', async () => {
    const desk = await pinDesk();
    const card = await blocked();
    expect(await desk.ask(card)).toMatchObject({ pin: { triesLeft: 0 }, unblocking: 'ask' });
    await expect(desk.with((tap, id) => tap.unblockPin(id, NEXT))).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    expect(await desk.with((tap, id) => tap.denyUnblock(id, 'ERR_PIN'))).toMatchObject({
      unblocking: 'ask',
      code: 'ERR_PIN',
    });
    expect(await desk.with((tap, id) => tap.allowUnblock(id, SUPERVISOR))).toMatchObject({
      unblocking: 'allowed',
      code: null,
    });
    expect(await desk.with((tap, id) => tap.unblockPin(id, '1111'))).toMatchObject({
      unblocking: 'allowed',
      code: 'ERR_HOLDER_PIN_WEAK',
    });
    expect(await desk.with((tap, id) => tap.unblockPin(id, NEXT))).toMatchObject({ action: 'unblocked' });
    expect(await proves(card, NEXT)).toBe('right');
    expect(await desk.told()).toEqual([
      { card: CARD, action: 'unblocked', stage: 'begun', code: null, operator: 4, supervisor: SUPERVISOR },
      { card: CARD, action: 'unblocked', stage: 'done', code: null, operator: 4, supervisor: SUPERVISOR },
    ]);
    // What was allowed was for once.
    await blockAgain(card);
    expect(await desk.ask(card)).toMatchObject({ unblocking: 'ask' });
  });

  it('is not unblocked by what a supervisor allowed for the card before it', async () => {
    const desk = await pinDesk();
    const card = await blocked();
    await desk.ask(card);
    await desk.with((tap, id) => tap.allowUnblock(id, SUPERVISOR));
    expect(await desk.ask(card)).toMatchObject({ unblocking: 'ask' });
  });

  it('cannot be unblocked where the secret is elsewhere, or of a card whose tries are used up', async () => {
    const without = await pinDesk({ unblocks: false });
    const card = await blocked();
    expect(await without.ask(card)).toMatchObject({ unblocking: 'elsewhere' });
    expect(() => without.tap.allowUnblock('', SUPERVISOR)).toThrow(expect.objectContaining({ code: 'ERR_TAP_STATE' }));
    for (let tries = 0; tries < 10; tries += 1)
      await (await openMedium(presentedCard(card), { canWrite: true })).holderPin?.unblock(new Uint8Array(16), NEXT);
    expect(await (await pinDesk()).ask(card)).toMatchObject({ unblocking: 'never' });
  });

  it.each(['without-code', 'older'] as const)('of a card %s can be neither set nor changed', async (how) => {
    const desk = await pinDesk();
    const state = await desk.ask(await pinCard(how));
    expect(state).toMatchObject({ name: 'card-pin-refused', code: 'ERR_HOLDER_PIN_UNSUPPORTED' });
    expect(await desk.with((tap, id) => tap.dismiss(id))).toMatchObject({ name: 'offer' });
    expect(await desk.told()).toEqual([]);
  });

  it('of an emulation hears no code and takes no PIN: it does not prove itself', async () => {
    const desk = await pinDesk();
    const forged = (await blocked()).emulation(new Uint8Array(32).fill(9));
    expect(await desk.ask(forged)).toMatchObject({ name: 'card-pin-refused', code: 'ERR_CARD_PROOF' });
  });

  it('is nobody’s business at a desk that changes none', async () => {
    const desk = await pinDesk({ changesPins: false });
    await desk.lay(await pinCard());
    expect(desk.tap.canOpenPin()).toBe(false);
    await expect(desk.with((tap, id) => tap.openPin(id))).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });
});

async function blockAgain(card: SimulatedType4): Promise<void> {
  for (let tries = 0; tries < 3; tries += 1) await proves(card, WRONG);
}

describe('while a PIN is worked on', () => {
  it('nothing else is done with the card, and cancelling leaves it as it was', async () => {
    const desk = await pinDesk();
    const card = await pinCard();
    await desk.ask(card);
    await expect(desk.with((tap, id) => tap.confirm(id, []))).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await expect(desk.tap.setPin('another', FIRST)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    expect(await desk.with((tap, id) => tap.cancel(id))).toMatchObject({ name: 'offer' });
    expect(await proves(card, FIRST)).toBe('none');
  });

  it('a card that is taken away takes the screen with it', async () => {
    const desk = await pinDesk();
    await desk.ask(await pinCard());
    desk.tap.removed();
    expect(desk.tap.state()).toMatchObject({ name: 'idle' });
  });

  it('a card that leaves before it has answered: nobody knows which PIN counts, and that is told', async () => {
    const desk = await pinDesk();
    const card = await withPin();
    await desk.ask(card);
    // Power goes in the last byte of the transaction, and the new PIN is there.
    card.tearAt(10, { commit: 'new' });
    const state = await desk.with((tap, id) => tap.changePin(id, FIRST, NEXT));
    expect(state).toMatchObject({ name: 'card-pin-refused', isUnknown: true, code: 'ERR_CARD_LOST' });
    expect(await desk.told()).toMatchObject([{ stage: 'begun' }, { stage: 'unknown', code: 'ERR_CARD_LOST' }]);
    card.clearFaults();
    desk.tap.removed();
    expect(desk.tap.state()).toMatchObject({ name: 'card-pin-refused' });
    expect(await proves(card, NEXT)).toBe('right');
  });

  it('the last word stays when the card goes at once', async () => {
    const desk = await pinDesk();
    const card = await pinCard();
    await desk.ask(card);
    const changing = desk.with((tap, id) => tap.setPin(id, FIRST));
    desk.tap.removed();
    expect(await changing).toMatchObject({ name: 'card-pin-done' });
    expect(await desk.with((tap, id) => tap.dismiss(id))).toMatchObject({ name: 'idle' });
  });

  it('a full disk keeps the card from being asked at all', async () => {
    const desk = await pinDesk();
    const card = await pinCard();
    await desk.ask(card);
    desk.disk.plan = ({ operation }) => (operation === 'read' ? 'go' : 'cut');
    const state = await desk.with((tap, id) => tap.setPin(id, FIRST));
    expect(state.name).not.toBe('card-pin-done');
    desk.disk.plan = () => 'go';
    expect(await proves(card, FIRST)).toBe('none');
  });
});

describe('a power cut', () => {
  it('at every write and sync leaves begun behind whatever the card has taken', async () => {
    let cuts = 0;
    for (let at = 0; ; at += 1) {
      const desk = await pinDesk();
      const card = await pinCard();
      await desk.ask(card);
      let left = at;
      let isCut = false;
      desk.disk.plan = ({ operation }) => {
        if (operation === 'read') return 'go';
        left -= 1;
        if (left >= 0) return 'go';
        isCut = true;
        return 'cut';
      };
      await desk.with((tap, id) => tap.setPin(id, FIRST)).catch(() => undefined);
      desk.disk.plan = () => 'go';
      await desk.restart(isCut ? 'cut' : 'stop');
      const isSet = (await proves(card, FIRST)) === 'right';
      const told = await stages(desk);
      // Nothing on the card of which nobody heard.
      if (isSet) expect(told[0], `cut at ${at}`).toBe('set begun');
      // Nothing is told to have been done that was not.
      if (told.includes('set done')) expect(isSet).toBe(true);
      if (!isCut) {
        expect(told).toEqual(['set begun', 'set done']);
        break;
      }
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(2);
  });
});

describe('what is recorded', () => {
  it('has no digit of any PIN in it', async () => {
    const desk = await pinDesk();
    const card = await withPin();
    await desk.ask(card);
    await desk.with((tap, id) => tap.changePin(id, WRONG, NEXT));
    await desk.with((tap, id) => tap.changePin(id, FIRST, NEXT));
    for await (const { bytes } of forwards(desk.journal)) {
      const text = Buffer.from(bytes).toString('latin1');
      for (const pin of [FIRST, NEXT, WRONG]) expect(text).not.toContain(pin);
      expect(decodeEvent(bytes)).toBeDefined();
    }
  });
});

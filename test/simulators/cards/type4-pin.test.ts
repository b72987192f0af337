/** The PIN of a simulated smart card as a machine: whatever is sent and whenever power goes, no try comes back and no PIN is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activateCommand,
  appletStateIn,
  changePinCommand,
  selectCommand,
  splitAnswer,
  TRIES,
  unblockCommand,
  verifyCommand,
  WASL_AID,
  writeCodeCommand,
} from '../../../drivers/media/type4-apdu.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';

const CODE = new Uint8Array(16).fill(7);
const OTHER = new Uint8Array(16).fill(8);
const [FIRST, NEXT, WRONG] = ['2580', '7391', '1357'] as const;

function blank(how: { readonly pinCare?: boolean; readonly pin?: string } = {}): SimulatedType4 {
  const { pin = null, ...rest } = how;
  const secret = new Uint8Array(32).fill(3);
  const card = SimulatedType4.blank({ uid: Uint8Array.of(8, 1, 2, 3), algorithm: 'EdDSA', secret, pin, ...rest });
  select(card);
  return card;
}

function select(card: SimulatedType4): void {
  card.powerCycle();
  card.transmit(selectCommand(WASL_AID));
}

function send(card: SimulatedType4, command: Uint8Array): string {
  const answer = card.transmit(command);
  return answer === null ? 'no power' : splitAnswer(answer).status.toString(16);
}

/** A card as the desk hands it out: with a code, active, and no PIN. */
function handedOut(): SimulatedType4 {
  const card = blank();
  send(card, writeCodeCommand(CODE));
  send(card, activateCommand());
  return card;
}

const stateOf = (card: SimulatedType4) => {
  const { data } = splitAnswer(card.transmit(selectCommand(WASL_AID)) ?? new Uint8Array(0));
  const { pinTries, pin } = appletStateIn(data) ?? {};
  return { pinTries, ...pin };
};

describe('the PIN of a smart card', () => {
  it('is set once by whoever holds a card that has a code and no PIN', () => {
    const card = handedOut();
    expect(stateOf(card)).toEqual({ pinTries: 255, state: 'none', codeTries: 10 });
    expect(send(card, changePinCommand(null, FIRST))).toBe('9000');
    expect(stateOf(card)).toEqual({ pinTries: 3, state: 'set', codeTries: 10 });
    expect(send(card, changePinCommand(null, NEXT))).toBe('6985');
    expect(send(card, verifyCommand(FIRST))).toBe('9000');
  });

  it('is not taken by a card that was made without a code', () => {
    const card = blank();
    send(card, activateCommand());
    expect(stateOf(card)).toMatchObject({ state: 'none', codeTries: null });
    expect(send(card, changePinCommand(null, FIRST))).toBe('6985');
    expect(send(card, unblockCommand(CODE, FIRST))).toBe('6985');
  });

  it('takes no code once the card is active', () => {
    const card = handedOut();
    expect(send(card, writeCodeCommand(OTHER))).toBe('6985');
    expect(send(card, unblockCommand(OTHER, FIRST))).toBe('63c9');
    expect(send(card, unblockCommand(CODE, FIRST))).toBe('9000');
  });

  it('of a letter proves nothing, and becomes the holder’s own by another one alone', () => {
    const card = blank();
    send(card, writeCodeCommand(CODE));
    expect(send(card, changePinCommand(null, FIRST))).toBe('9000');
    send(card, activateCommand());
    expect(stateOf(card)).toMatchObject({ pinTries: 3, state: 'transport' });
    expect(send(card, verifyCommand(FIRST))).toBe('6984');
    expect(send(card, changePinCommand(null, NEXT))).toBe('6985');
    expect(send(card, changePinCommand(FIRST, FIRST))).toBe('6a80');
    expect(send(card, changePinCommand(WRONG, NEXT))).toBe('63c2');
    expect(send(card, changePinCommand(FIRST, NEXT))).toBe('9000');
    expect([send(card, verifyCommand(FIRST)), send(card, verifyCommand(NEXT))]).toEqual(['63c2', '9000']);
  });

  it('is blocked by three wrong ones, of VERIFY and of a change together', () => {
    const card = handedOut();
    send(card, changePinCommand(null, FIRST));
    expect(send(card, verifyCommand(WRONG))).toBe('63c2');
    expect(send(card, changePinCommand(WRONG, NEXT))).toBe('63c1');
    expect(send(card, verifyCommand(WRONG))).toBe('6983');
    expect(send(card, verifyCommand(FIRST))).toBe('6983');
    expect(send(card, changePinCommand(FIRST, NEXT))).toBe('6983');
    expect(send(card, unblockCommand(CODE, NEXT))).toBe('9000');
    expect(stateOf(card)).toEqual({ pinTries: 3, state: 'set', codeTries: 10 });
    expect(send(card, verifyCommand(NEXT))).toBe('9000');
  });

  it('is never unblocked again after ten wrong codes', () => {
    const card = handedOut();
    send(card, changePinCommand(null, FIRST));
    for (let left = 9; left > 0; left -= 1)
      expect(send(card, unblockCommand(OTHER, NEXT))).toBe(`63c${left.toString(16)}`);
    expect(send(card, unblockCommand(OTHER, NEXT))).toBe('6983');
    expect(send(card, unblockCommand(CODE, NEXT))).toBe('6983');
    expect(send(card, verifyCommand(FIRST))).toBe('9000');
  });

  it.each(['123', '123456789', '12a4', ''])('is 4 to 8 digits, and not %j', (pin) => {
    const card = handedOut();
    // Nine digits do not fit: what is sent is cut to eight, which are no digits either.
    const block = new Uint8Array(8).fill(0xff);
    block.set(Buffer.from(pin.length > 8 ? '1234567A' : pin, 'ascii'));
    expect(send(card, Uint8Array.of(0, 0x24, 1, 1, 8, ...block))).toBe('6a80');
    expect(stateOf(card)).toMatchObject({ state: 'none' });
  });

  it('stays what it was on an applet that knows VERIFY alone', () => {
    const card = blank({ pinCare: false, pin: FIRST });
    send(card, activateCommand());
    expect(send(card, changePinCommand(FIRST, NEXT))).toBe('6d00');
    expect(send(card, unblockCommand(CODE, NEXT))).toBe('6d00');
    expect(send(card, verifyCommand(FIRST))).toBe('9000');
  });
});

/** What may be sent, and what a model that knows the PIN thinks of it. */
type Step = {
  readonly do: 'verify' | 'change' | 'set' | 'unblock';
  readonly right: boolean;
  readonly tear: number | null;
  readonly commit: 'old' | 'new';
};

const steps = fc.array(
  fc.record({
    do: fc.constantFrom('verify', 'change', 'set', 'unblock'),
    right: fc.boolean(),
    tear: fc.option(fc.nat(12), { nil: null, freq: 2 }),
    commit: fc.constantFrom('old', 'new'),
  }) satisfies fc.Arbitrary<Step>,
  { maxLength: 40 },
);

/** What the card knows, read from its memory as no terminal can. */
function memoryOf(card: SimulatedType4) {
  const { pin, pinTries, pinCare } = card.toJSON();
  return { pin: pin ?? null, pinTries: pinTries ?? 0, codeTries: pinCare?.codeTries ?? 0 };
}

function commandOf({ do: what, right }: Step, pin: string | null, next: string): Uint8Array {
  const old = right && pin !== null ? pin : WRONG;
  if (what === 'verify') return verifyCommand(old);
  if (what === 'change') return changePinCommand(old, next);
  return what === 'set' ? changePinCommand(null, next) : unblockCommand(right ? CODE : OTHER, next);
}

describe('whatever is sent to a card, and wherever power is lost', () => {
  it('no wrong try is given back, and the PIN is the old one or the new one', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const card = handedOut();
        for (const [at, step] of all.entries()) {
          const before = memoryOf(card);
          const next = `${4000 + at * 7}`;
          if (step.tear !== null) card.tearAt(step.tear, { commit: step.commit });
          const answer = send(card, commandOf(step, before.pin, next));
          card.clearFaults();
          select(card);
          const after = memoryOf(card);
          expect(after.pinTries).toBeLessThanOrEqual(TRIES.pin);
          expect(after.codeTries).toBeLessThanOrEqual(TRIES.unblocking);
          expect([before.pin, next]).toContain(after.pin);
          if (answer === 'no power') {
            // Nobody learnt anything for nothing: a comparison follows a count that stands.
            const isNew = after.pin !== before.pin;
            if (!isNew) expect(after.codeTries).toBeLessThanOrEqual(before.codeTries);
            continue;
          }
          const isWrong = answer.startsWith('63c') || answer === '6983';
          if (!step.right && step.do !== 'set' && before.pin !== null) expect(answer).not.toBe('9000');
          if (isWrong && step.do === 'unblock') expect(after.codeTries).toBe(Math.max(0, before.codeTries - 1));
          if (isWrong && step.do !== 'unblock') expect(after.pinTries).toBe(Math.max(0, before.pinTries - 1));
          if (isWrong) expect(after.pin).toBe(before.pin);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a wrong PIN whose answer was cut off is counted, unless the count itself was', () => {
    for (const commit of ['old', 'new'] as const) {
      const card = handedOut();
      send(card, changePinCommand(null, FIRST));
      card.tearAt(0, { commit });
      expect(send(card, verifyCommand(WRONG))).toBe('no power');
      select(card);
      expect(stateOf(card).pinTries).toBe(commit === 'old' ? 3 : 2);
      // The comparison itself needs no write: a card that is cut after it has counted.
      card.tearAt(1, { commit });
      expect(send(card, verifyCommand(FIRST))).toBe('no power');
      select(card);
      expect(stateOf(card).pinTries).toBe(commit === 'old' ? 2 : 3);
    }
  });
});

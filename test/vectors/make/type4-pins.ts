/** Conversations about the holder's PIN: a card that is made with a code, its first PIN, a change, the unblocking. */
import { openType4, personaliseType4 } from '../../../drivers/media/type4.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { SimulatedApduCard } from '../../../simulators/readers/apdu-chip.js';
import { cardOf, contentFor, type Type4Vector, vector } from './type4.js';
import { PIN_CARE } from './type4-pin-care.js';

const fresh = (): SimulatedType4 => cardOf('EdDSA', { version: 2, pinCare: true });

/** A card as the desk hands it out; with `first` its holder has a PIN already. */
async function made(how: { readonly transportPin: string | null; readonly first?: string }): Promise<SimulatedType4> {
  const chip = fresh();
  const card = new SimulatedApduCard(chip, null);
  const { transportPin, first } = how;
  await personaliseType4(card, { ...contentFor(chip.key).content, pin: { code: PIN_CARE.code, transportPin } });
  if (first !== undefined) await (await openType4(card, { canWrite: true })).holderPin?.set(first);
  return chip;
}

async function blocked(): Promise<SimulatedType4> {
  const chip = await made({ transportPin: null, first: PIN_CARE.first });
  const { holderPin } = await openType4(new SimulatedApduCard(chip, null), { canWrite: true });
  for (let tries = 0; tries < 3; tries += 1) await holderPin?.change('9090', PIN_CARE.next);
  return chip;
}

/** Conversations that end well; what the card answers to a wrong PIN is a result, not an error. */
export async function pinVectors(): Promise<Type4Vector[]> {
  const other = '0909';
  return [
    await vector(
      [
        'pin-make',
        'A card is made with its unblocking code and the PIN of a letter, before anything else is written.',
        'pin-make',
      ],
      { chip: fresh() },
    ),
    await vector(
      ['pin-set', 'The first PIN of a card that has none: CHANGE REFERENCE DATA with the new one alone.', 'pin-set'],
      {
        chip: await made({ transportPin: null }),
      },
    ),
    await vector(['pin-set-again', 'A card that has a PIN takes no first one.', 'pin-set'], {
      chip: await made({ transportPin: null, first: other }),
    }),
    await vector(['pin-change', 'Old and new; all tries are there again.', 'pin-change'], {
      chip: await made({ transportPin: null, first: PIN_CARE.first }),
    }),
    await vector(['pin-change-letter', 'The PIN of a letter becomes the holder’s own.', 'pin-change'], {
      chip: await made({ transportPin: PIN_CARE.letter }),
    }),
    await vector(['pin-change-wrong', 'A wrong old one is counted.', 'pin-change'], {
      chip: await made({ transportPin: null, first: other }),
    }),
    await vector(['pin-unblock', 'A blocked card, its code and a new PIN: RESET RETRY COUNTER.', 'pin-unblock'], {
      chip: await blocked(),
    }),
    await vector(['pin-unblock-wrong', 'The code of another card is counted, and changes nothing.', 'pin-unblock'], {
      chip: await blockedWithOtherCode(),
    }),
  ];
}

async function blockedWithOtherCode(): Promise<SimulatedType4> {
  const chip = fresh();
  const card = new SimulatedApduCard(chip, null);
  const code = new Uint8Array(16).fill(0x11);
  await personaliseType4(card, { ...contentFor(chip.key).content, pin: { code, transportPin: null } });
  await (await openType4(card, { canWrite: true })).holderPin?.set(PIN_CARE.first);
  return chip;
}

/** Those that end with a code. */
export async function refusedPinVectors(): Promise<Type4Vector[]> {
  const CHANGE = 0x24;
  const answering = (status: number) => (command: Uint8Array, answer: Uint8Array) =>
    command[1] === CHANGE ? Uint8Array.of(status >> 8, status & 0xff) : answer;
  return [
    await vector(['pin-older-applet', 'An applet that says nothing of its PIN knows VERIFY alone.', 'pin-change'], {
      chip: cardOfOlderApplet(await made({ transportPin: null, first: PIN_CARE.first })),
    }),
    await vector(['pin-no-command', 'It says that it does, and does not know the instruction.', 'pin-change'], {
      chip: await made({ transportPin: null, first: PIN_CARE.first }),
      change: answering(0x6d00),
    }),
    await vector(['pin-not-written', 'The memory of the card fails: nobody knows which PIN counts.', 'pin-change'], {
      chip: await made({ transportPin: null, first: PIN_CARE.first }),
      change: answering(0x6581),
    }),
    await vector(
      ['pin-make-older-applet', 'A card that takes no code is not made with one: nothing is written.', 'pin-make'],
      {
        chip: cardOf('EdDSA', { version: 2 }),
      },
    ),
  ];
}

function cardOfOlderApplet(chip: SimulatedType4): SimulatedType4 {
  const { pinCare: _, ...older } = chip.toJSON();
  return SimulatedType4.fromJSON(older);
}

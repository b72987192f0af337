/** Conversations with smart cards that end with a code. */
import { personaliseType4 } from '../../../drivers/media/type4.js';
import { selectCommand, WASL_AID } from '../../../drivers/media/type4-apdu.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { SimulatedApduCard } from '../../../simulators/readers/apdu-chip.js';
import { cardOf, contentFor, INTERNAL_AUTHENTICATE, personalised, type Type4Vector, vector } from './type4.js';

const P2_AT = 3;
const RATION_FILE = 3;

const onCommand =
  (instruction: number, answer: (right: Uint8Array) => Uint8Array) =>
  (command: Uint8Array, right: Uint8Array): Uint8Array =>
    command[1] === instruction ? answer(right) : right;
const statusOnly = (status: number) => (): Uint8Array => Uint8Array.of(status >> 8, status & 0xff);
const byteAt =
  (at: number, value: number) =>
  (right: Uint8Array): Uint8Array => {
    const changed = Uint8Array.from(right);
    changed[at] = value;
    return changed;
  };

/** Conversations that end with a code. */
export async function refusedType4(): Promise<Type4Vector[]> {
  const [SELECT, READ, APPEND, RECORD] = [0xa4, 0xb0, 0xe2, 0xb2];
  const select = (name: string, shows: string, answer: (right: Uint8Array) => Uint8Array) =>
    vector([name, shows, 'open'], { change: onCommand(SELECT, answer) });
  const prove = (name: string, shows: string, answer: (right: Uint8Array) => Uint8Array) =>
    vector([name, shows, 'tap'], { change: onCommand(INTERNAL_AUTHENTICATE, answer) });
  const used = await personalised('EdDSA');
  const families = await personalised('EdDSA', { version: 2 });
  const stranger = SimulatedType4.blank({
    uid: used.uid,
    algorithm: 'EdDSA',
    secret: new Uint8Array(32).fill(0x33),
    pin: null,
    pinCare: false,
  });
  // The answer to SELECT: 6F, length, 84 and the name (8 bytes), 85, length, then the state.
  const STATE_AT = 12;
  return [
    await select('no-applet', 'Another card: no application of this name.', statusOnly(0x6a82)),
    await select('no-template', 'SELECT is answered without the template.', statusOnly(0x9000)),
    await select('applet-version-3', 'A later version of the applet.', byteAt(STATE_AT, 3)),
    await vector(['no-credential', 'A card that nobody has personalised.', 'open'], { chip: cardOf('EdDSA') }),
    await select('file-too-long', 'It states a credential of 65,280 bytes and more.', byteAt(STATE_AT + 8, 0xff)),
    await vector(['read-status', 'READ BINARY is refused.', 'open'], { change: onCommand(READ, statusOnly(0x6982)) }),
    await vector(['read-short', 'READ BINARY gives a byte less than there is.', 'open'], {
      change: onCommand(READ, (right) => right.slice(1)),
    }),
    await vector(['record-status', 'READ RECORD ends with a fault of the memory.', 'open'], {
      change: onCommand(RECORD, statusOnly(0x6581)),
    }),
    await vector(['append-status', 'APPEND RECORD is refused: nothing is granted.', 'tap'], {
      change: onCommand(APPEND, statusOnly(0x6a84)),
    }),
    await prove('proof-status', 'The card refuses to prove.', statusOnly(0x6985)),
    await prove('proof-short', 'A signature of 63 bytes.', (right) =>
      Uint8Array.from([...right.slice(0, 67), 0x90, 0x00]),
    ),
    await prove(
      'proof-counter',
      'It counts one more than was written: another terminal wrote in between.',
      byteAt(3, 4),
    ),
    await prove('proof-signature', 'One bit of the signature differs.', (right) =>
      byteAt(40, (right[40] ?? 0) ^ 1)(right),
    ),
    await vector(['emulation', 'Everything that can be read on the card, without its key.', 'tap'], {
      chip: used.emulation(new Uint8Array(32).fill(0x33)),
      key: used.key,
    }),
    await vector(
      [
        'relay',
        'The writes reach a card whose newest record is another: APPEND RECORD is answered and not done.',
        'tap',
      ],
      {
        change: relayTo(await personalised('EdDSA')),
      },
    ),
    await vector(
      [
        'proof-of-other-ledger',
        'The record of health is proved with what the card signs of its rations: the file is under the signature.',
        'tap-health',
      ],
      { chip: families, key: families.key, change: askingAbout(families, RATION_FILE) },
    ),
    await vector(
      [
        'version-1-claimed',
        'A card of version 2 is given out as one of version 1: it signs nothing that does not name a file.',
        'tap',
      ],
      { chip: await personalised('EdDSA', { version: 2 }), change: onCommand(SELECT, byteAt(STATE_AT, 1)) },
    ),
    await vector(['closed', 'A card that is closed takes no other credential, and no first records.', 'personalise'], {
      chip: await personalisedAs(stranger),
    }),
    await vector(['key-short', 'GET DATA gives a key of 31 bytes.', 'personalise'], {
      chip: cardOf('EdDSA'),
      change: onCommand(0xca, (right) => Uint8Array.from([...right.slice(0, -3), 0x90, 0x00])),
    }),
  ];
}

/** Asks the card for the proof of another of its ledgers, whose counter is made to fit. */
function askingAbout(chip: SimulatedType4, file: number): (command: Uint8Array, answer: Uint8Array) => Uint8Array {
  return (command, answer) => {
    if (command[1] !== INTERNAL_AUTHENTICATE) return answer;
    const other = chip.transmit(Uint8Array.from(command).with(P2_AT, file)) ?? new Uint8Array(0);
    return Uint8Array.from([...answer.slice(0, 4), ...other.slice(4)]);
  };
}

/** Proves with another card, which was never written to: its counter is made to fit, its record is not the newest. */
function relayTo(other: SimulatedType4): (command: Uint8Array, answer: Uint8Array) => Uint8Array {
  other.transmit(selectCommand(WASL_AID));
  return (command, answer) => {
    if (command[1] !== INTERNAL_AUTHENTICATE) return answer;
    const proof = other.transmit(command) ?? new Uint8Array(0);
    return Uint8Array.from([...answer.slice(0, 4), ...proof.slice(4)]);
  };
}

/** A card that was closed with a credential that nobody expects now. */
async function personalisedAs(chip: SimulatedType4): Promise<SimulatedType4> {
  const { content } = contentFor(chip.key);
  await personaliseType4(new SimulatedApduCard(chip, null), { ...content, credential: Uint8Array.of(1, 2, 3) });
  return chip;
}

/** The parsers of the drivers: memory of tags, answers of smart cards, serial lines. */
import { verifyCardProof } from '../../agent/credential/card-proof.js';
import { classifySlot, slotBytesUsed } from '../../agent/credential/ledger.js';
import type { IssuerKey } from '../../agent/domain/keys.js';
import { areaBytesUsed, decodeArea } from '../../drivers/media/endorsement-area.js';
import { decodeNdef, locateNdef } from '../../drivers/media/ndef.js';
import { openNtag21x } from '../../drivers/media/ntag21x.js';
import { openType4, personaliseType4, readType4Key } from '../../drivers/media/type4.js';
import { appletStateIn } from '../../drivers/media/type4-apdu.js';
import { verifyPin } from '../../drivers/media/type4-holder-pin.js';
import type { CardSession } from '../../drivers/medium.js';
import { parsePassThrough, parseResponse } from '../../drivers/pcsc/apdu.js';
import { recogniseAtr } from '../../drivers/pcsc/atr.js';
import { type ApduCard, COMMAND_BYTES_MAX, type PageCard } from '../../drivers/reader.js';
import { decodeLine, LINE_BYTES_MAX, LineGuard } from '../../drivers/serial/line-codec.js';
import { decodeLine as decodeHexLine, parseAnswer, parseTag, Twn4Lines } from '../../drivers/serial/twn4-codec.js';
import { ascii, documented, documentedAsync, hex, must, NOW, type Target } from './target.js';

const PAGE = 4;

/** A tag with this memory; beyond its end it refuses, as a real one does. */
function tagOf(memory: Uint8Array): PageCard {
  const pages = Math.floor(memory.length / PAGE);
  return {
    kind: 'pages',
    uid: Uint8Array.of(4, 1, 2, 3, 4, 5, 6),
    readPages: async (first, count) => {
      // The driver of a reader refuses this; what asks for it has a fault of its own.
      must(
        Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count > 0 && first + count <= 256,
        'a page that a card can have',
      );
      const bytes = new Uint8Array(count * PAGE);
      if (first < pages) bytes.set(memory.subarray(first * PAGE, Math.min(pages, first + count) * PAGE));
      return bytes;
    },
    writePage: async () => undefined,
  };
}

/** NDEF and TLV, and whole tags. */
export function ndef(): Target {
  return {
    name: 'ndef-tlv',
    files: ['/drivers/media/', '/agent/credential/ledger'],
    words: [
      '0300',
      '03ff',
      '03ffffff',
      '0103a00c34',
      'fe',
      'fd',
      'd20f',
      'c20f',
      'd28450',
      'e1106d00',
      'e1103e00',
      'e1101200',
    ].map(hex),
    seeds: ({ memories }) => memories,
    run: async (input) => {
      documented(() => {
        const place = locateNdef(input.subarray(0, 12), input.length);
        must(place.offset + place.length <= input.length, 'a message ends inside its area');
      });
      documented(() => void decodeNdef(input));
      await documentedAsync(async () => {
        const session = await openNtag21x(tagOf(input), { canWrite: true });
        for (const ledger of session.ledgers) await ledger.readSlots();
      });
    },
  };
}

/** Ledger slots and the area of an endorsement. */
export function slots(issuerKeys: (keyId: Uint8Array) => readonly IssuerKey[]): Target {
  return {
    name: 'ledger-slot',
    files: ['/agent/credential/ledger', '/drivers/media/endorsement-area'],
    words: ['0100005f', '01000000', '0100ffff', '02000040', '88010000', '48'].map(hex),
    seeds: ({ slots: images }) => images,
    run: (input) => {
      const used = slotBytesUsed(input);
      must(used % PAGE === 0 && used <= 0x1_0010, 'a slot has whole pages');
      for (const index of [0, 1])
        classifySlot(input, {
          owner: { uid: Uint8Array.of(1, 2, 3, 4), card: 1 },
          family: 1,
          index,
          keys: issuerKeys,
          latest: NOW,
        });
      must(areaBytesUsed(input.subarray(0, 8), 136) <= 136, 'an area is within its pages');
      decodeArea(input);
    },
  };
}

const ANSWERS_MAX = 64;

/** Answers of a card: each with a byte for its length before it. */
function answersIn(input: Uint8Array): Uint8Array[] {
  const answers: Uint8Array[] = [];
  for (let at = 0; at < input.length && answers.length < ANSWERS_MAX; ) {
    const length = 2 + (input[at] ?? 0);
    answers.push(Uint8Array.from({ length }, (_, i) => input[at + 1 + i] ?? 0));
    at += 1 + length;
  }
  return answers;
}

/** The answers of a smart card to a whole reading: its state, its credential, its records. */
function tappedCard(credential: Uint8Array, records: readonly Uint8Array[]): Uint8Array {
  const state = [0x6f, 0x0e, 0x85, 0x0c, 1, 1, 0, 0, 0, 2, 0xff, records.length, 0, credential.length, 0, 0];
  return Uint8Array.from([state, credential, ...records].flatMap((answer) => [answer.length, ...answer, 0x90, 0]));
}

/** Answers of PC/SC readers and of smart cards. */
export function apdu(): Target {
  return {
    name: 'apdu',
    files: ['/drivers/pcsc/apdu', '/drivers/pcsc/atr', '/drivers/media/type4'],
    words: [
      '9000',
      '6a82',
      '6982',
      '63c3',
      '6c10',
      'd54300',
      'd54301',
      '3b8f8001804f0ca000000306',
      '3b80',
      '5741534c',
    ].map(hex),
    seeds: ({ bytes, slots: images }) => [
      hex('0b9000'),
      hex('3b8f8001804f0ca000000306030003000000006a'),
      hex('d54300044806119000'),
      hex('6f0e850c01010000000203ff02f00000'),
      ...bytes
        .filter(({ length }) => length >= 100 && length <= 240)
        .slice(0, 3)
        .map((credential) => tappedCard(credential, images.slice(0, 2))),
    ],
    run: async (input) => {
      recogniseAtr(input);
      const response = parseResponse(input);
      if (response !== null) parsePassThrough(response);
      appletStateIn(input);
      const answers = answersIn(input);
      let asked = 0;
      const card: ApduCard = {
        kind: 'apdu',
        uid: null,
        historicalBytes: new Uint8Array(0),
        transmit: async () => {
          asked += 1;
          must(asked <= 512, 'a card is not asked without end');
          return answers[(asked - 1) % Math.max(1, answers.length)] ?? Uint8Array.of(0x6f, 0);
        },
      };
      await documentedAsync(async () => {
        const session = await openType4(card, { canWrite: true });
        for (const ledger of session.ledgers) await ledger.readSlots();
      });
    },
  };
}

/** Whole conversations with a smart card whose answers are the input: opened, made, tapped, proved, asked for its key and a PIN. */
export function type4(): Target {
  return {
    name: 'type4',
    files: ['/drivers/media/type4', '/agent/credential/card-proof'],
    words: ['9000', '6a82', '6a83', '6982', '6983', '63c2', '6581', '6f16', '850c01', '7f49228620', '7f49428640'].map(
      hex,
    ),
    seeds: ({ conversations }) =>
      conversations.map((answers) =>
        Uint8Array.from(answers.flatMap((answer) => [Math.min(255, answer.length - 2), ...answer])),
      ),
    run: async (input) => {
      const [choice = 0, ...rest] = input;
      // Conversations of the vectors begin with a length; a mutation of it chooses another operation.
      const answers = answersIn(choice < OPERATIONS ? Uint8Array.from(rest) : input);
      let asked = 0;
      const card: ApduCard = {
        kind: 'apdu',
        uid: null,
        historicalBytes: new Uint8Array(0),
        transmit: async (command) => {
          asked += 1;
          must(asked <= 512, 'a card is not asked without end');
          must(command.length >= 4 && command.length <= COMMAND_BYTES_MAX, 'a command is a short APDU');
          return answers[(asked - 1) % Math.max(1, answers.length)] ?? Uint8Array.of(0x6f, 0);
        },
      };
      await documentedAsync(() => converse(choice, card));
    },
  };
}

const OPERATIONS = 5;

async function converse(choice: number, card: ApduCard): Promise<void> {
  if (choice === 0) {
    const key = await readType4Key(card);
    must(key.publicKey.length === (key.algorithm === 'EdDSA' ? 32 : 64), 'a key is whole');
    return;
  }
  if (choice === 1) {
    const slots = [Uint8Array.of(1), Uint8Array.of(2)] as const;
    return await personaliseType4(card, {
      credential: Uint8Array.of(1, 2, 3),
      slots,
      further: [{ family: 2, slots }],
      pin: { code: new Uint8Array(16), transportPin: '580274' },
    });
  }
  if (choice === 2) return void (await verifyPin(card, '4711'));
  const session = await openType4(card, { canWrite: true });
  if (choice === 3) return await changePin(session);
  for (const ledger of session.ledgers) {
    await ledger.readSlots();
    await ledger.writeSlot(0, Uint8Array.of(1, 2, 3, 4));
    const proof = await ledger.prove?.(new Uint8Array(16));
    if (proof === undefined) return;
    must(proof.signature.length === 64 && proof.counter >= 0, 'a proof is whole');
    const key = { algorithm: 'EdDSA', publicKey: new Uint8Array(32).fill(9) } as const;
    const about = { challenge: new Uint8Array(16), record: Uint8Array.of(1, 2, 3, 4), family: ledger.family };
    must(!verifyCardProof(key, proof, about), 'nobody signs for a key that nobody has');
  }
}

/** Whatever the card says of its tries, they are numbers that a card can have. */
async function changePin({ holderPin }: CardSession): Promise<void> {
  if (holderPin === undefined) return;
  const answers = [
    await holderPin.set('2580'),
    await holderPin.change('2580', '7391'),
    await holderPin.unblock(new Uint8Array(16), '7391'),
  ];
  for (const answer of answers)
    must(answer.result !== 'wrong' || (answer.triesLeft > 0 && answer.triesLeft < 16), 'tries that are left are told');
}

/** Cuts input into pieces as a port would deliver it: by its own bytes, so that a mutation moves the cuts. */
function piecesOf(input: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const size = 1 + ((input[at] ?? 0) % 48);
    pieces.push(input.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Lines of TWN4 Simple Protocol. */
export function twn4(): Target {
  return {
    name: 'twn4-lines',
    files: ['/drivers/serial/twn4-codec'],
    words: ['\r', '\n', '\r\n', '0001', '00018038', '07', '8038070', 'FF'].map(ascii),
    seeds: () =>
      [
        '0001803807041A2B3C4D5E6F\r',
        '0000\r',
        '01\r\n',
        '000110E1106D00030F\r',
        `${'0'.repeat(700)}\r00\r`,
        '00018020041122\r334455\r',
      ].map(ascii),
    run: (input) => {
      const lines = new Twn4Lines();
      const found: (string | null)[] = [];
      for (const piece of piecesOf(input)) found.push(...lines.push(piece));
      const whole = new Twn4Lines().push(input);
      must(JSON.stringify(found) === JSON.stringify(whole), 'lines do not depend on how they arrive');
      for (const line of whole) {
        const bytes = line === null ? null : decodeHexLine(line);
        const answer = bytes === null ? null : parseAnswer(bytes);
        if (answer?.kind === 'done') parseTag(answer.bytes);
      }
    },
  };
}

/** Lines of scanners and UID readers. */
export function serialLines(): Target {
  return {
    name: 'serial-lines',
    files: ['/drivers/serial/line-codec'],
    words: ['\r', '\n', '\r\n', '\u00ff', '\u00c3', '\u00ed\u00a0\u0080', '\u0000'].map((text) =>
      Uint8Array.from(Buffer.from(text, 'latin1')),
    ),
    seeds: ({ texts }) => [
      ...texts.slice(0, 4).map((text) => ascii(`${text}\r\n`)),
      ascii('04A1B2C3\n'),
      ascii('٠٤\n'),
      ascii('\n\n\r'),
    ],
    run: (input) => {
      const guard = new LineGuard();
      let line: number[] = [];
      for (const piece of piecesOf(input)) {
        for (const byte of guard.feed(piece)) {
          if (byte !== 0x0a) line.push(byte);
          else {
            decodeLine(Uint8Array.from(line));
            line = [];
          }
          must(line.length <= LINE_BYTES_MAX + 1, 'a line is bounded');
        }
      }
    },
  };
}

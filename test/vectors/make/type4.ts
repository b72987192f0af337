/** Smart cards: whole conversations, command by command, as our driver holds them, and those that end with a code. Nothing here is random: challenges and keys are fixed. */
import { CHALLENGE_BYTES, cardKeyId, cardProofMessage, verifyCardProof } from '../../../agent/credential/card-proof.js';
import { decodeSign1 } from '../../../agent/credential/cose.js';
import { issueEndorsement } from '../../../agent/credential/endorsement.js';
import { encodeSlot } from '../../../agent/credential/ledger.js';
import { cardContent } from '../../../agent/credential/personalise.js';
import type { CardKey } from '../../../agent/domain/credential.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { codeOf, WaslError } from '../../../agent/domain/errors.js';
import { LEDGER_FAMILIES } from '../../../agent/domain/ledger.js';
import { openType4, personaliseType4, readType4Key, TYPE4_LAYOUT } from '../../../drivers/media/type4.js';
import { selectCommand, WASL_AID } from '../../../drivers/media/type4-apdu.js';
import { verifyPin } from '../../../drivers/media/type4-holder-pin.js';
import { ledgerOf } from '../../../drivers/medium.js';
import type { ApduCard } from '../../../drivers/reader.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { SimulatedApduCard } from '../../../simulators/readers/apdu-chip.js';
import { claimsOf, issuer } from './credential-tools.js';
import { recordOf } from './ledger-slots.js';
import { p256Sign } from './p256.js';
import { keyNamed, NOW, TODAY } from './support.js';
import { carryOutPin, isPinOperation, PIN_CARE, type PinOperation } from './type4-pin-care.js';

/** What is done with a card. `tap`, `tap-health`: opened, one record appended to that ledger and proved. */
export type Type4Operation = 'personalise' | 'open' | 'tap' | 'tap-health' | 'pin' | 'endorse' | PinOperation;

/** One exchange. */
export interface Exchange {
  readonly command: Uint8Array;
  readonly answer: Uint8Array;
}

/** One vector. */
export interface Type4Vector {
  readonly name: string;
  readonly shows: string;
  readonly operation: Type4Operation;
  readonly exchanges: readonly Exchange[];
  readonly expected: { readonly ok: true; readonly result: object } | { readonly ok: false; readonly code: ErrorCode };
}

/** Challenge of every proof in these vectors. A terminal draws 16 random bytes. */
export const CHALLENGE = Uint8Array.from({ length: CHALLENGE_BYTES }, (_, i) => 0xa0 + i);

/** PIN of the card that has one, and a wrong one. */
export const PIN = { right: '4711', wrong: '4712' } as const;

const SECRETS = { EdDSA: new Uint8Array(32).fill(0x31), ES256: new Uint8Array(32).fill(0x32) } as const;
/** Instruction that asks a card for its proof. */
export const INTERNAL_AUTHENTICATE = 0x88;
const SLOT_BYTES = 512;
const SERIAL = 100_017;

/** The keys of the cards, as the file publishes them. */
export function publishedCardKeys(): Record<string, object> {
  return Object.fromEntries(
    (['EdDSA', 'ES256'] as const).map((algorithm) => {
      const { publicKey } = cardOf(algorithm).key;
      return [
        algorithm,
        { algorithm, secret: SECRETS[algorithm], publicKey, keyId: cardKeyId({ algorithm, publicKey }) },
      ];
    }),
  );
}

/** A card of version 1, which has one ledger, unless `version` says otherwise. */
export function cardOf(
  algorithm: CardKey['algorithm'],
  {
    pin = null,
    version = 1,
    pinCare = false,
  }: { readonly pin?: string | null; readonly version?: 1 | 2; readonly pinCare?: boolean } = {},
): SimulatedType4 {
  const uid = Uint8Array.of(8, 1, 2, 3);
  return SimulatedType4.blank({ uid, algorithm, secret: SECRETS[algorithm], pin, version, pinCare });
}

/** What the desk writes to a card with this key. */
export function contentFor(cardKey: CardKey) {
  const claims = { ...claimsOf({ entitlements: { layout: TYPE4_LAYOUT, uid: null } }), cardKey };
  return { claims, content: cardContent(claims, issuer, { day: TODAY, slotBytes: SLOT_BYTES }) };
}

/** The record that a tap appends: the service after the two first records. */
export function nextRecord(cardKey: CardKey, family: number = LEDGER_FAMILIES.ration): Uint8Array {
  const record = recordOf({ family, sequence: 2, usage: [{ commodity: 1, usedDay: 5, usedMonth: 5 }] });
  const owner = { uid: cardKeyId(cardKey), card: SERIAL };
  return encodeSlot(record, owner, { signer: keyNamed('terminal'), slotBytes: SLOT_BYTES });
}

/** The renewal that is written to a card with this key. */
export function renewalFor(cardKey: CardKey): Uint8Array {
  const { content } = contentFor(cardKey);
  const owner = { uid: cardKeyId(cardKey), card: SERIAL };
  const renewal = { number: 1, issuedAt: NOW, expiresAt: NOW + 86_400 * 700, changes: {} };
  return issueEndorsement(renewal, { credential: content.credential, owner }, issuer);
}

/** Carries an operation out, as a terminal would; resolves to what came of it. `key` is that which the credential names. */
export async function carryOut(operation: Type4Operation, card: ApduCard, key: CardKey): Promise<object> {
  if (operation === 'personalise' || operation === 'pin-make') {
    const found = await readType4Key(card);
    const pin = { code: PIN_CARE.code, transportPin: PIN_CARE.letter };
    const { content } = contentFor(found);
    await personaliseType4(card, operation === 'pin-make' ? { ...content, pin } : content);
    return { key: found };
  }
  if (operation === 'pin') {
    await card.transmit(selectCommand(WASL_AID));
    return { wrong: await verifyPin(card, PIN.wrong), right: await verifyPin(card, PIN.right) };
  }
  if (isPinOperation(operation)) return carryOutPin(operation, card);
  const session = await openType4(card, { canWrite: true });
  const family = operation === 'tap-health' ? LEDGER_FAMILIES.health : LEDGER_FAMILIES.ration;
  const ledger = ledgerOf(session, family);
  if (session.credential.form !== 'bytes' || ledger === null) throw new WaslError('ERR_INTERNAL');
  const slots = await ledger.readSlots();
  const read = { credential: session.credential.bytes, slots, endorsement: session.endorsement };
  if (operation === 'open') return read;
  if (operation === 'endorse') {
    await session.writeEndorsement?.(renewalFor(key));
    return read;
  }
  const record = nextRecord(key, family);
  await ledger.writeSlot(0, record);
  const proof = await ledger.prove?.(CHALLENGE);
  const decoded = decodeSign1(session.credential.bytes);
  if (proof === undefined || !decoded.ok) throw new WaslError('ERR_INTERNAL');
  if (!verifyCardProof(key, proof, { challenge: CHALLENGE, record, family })) throw new WaslError('ERR_CARD_PROOF');
  return { ...read, record, proof };
}

/** A card whose answers are noted; `change` may replace one. */
class Recorded implements ApduCard {
  readonly kind = 'apdu';
  readonly uid = null;
  readonly historicalBytes: Uint8Array;
  readonly exchanges: Exchange[] = [];
  readonly #card: SimulatedApduCard;
  readonly #change: (command: Uint8Array, answer: Uint8Array) => Uint8Array;

  constructor(chip: SimulatedType4, change: (command: Uint8Array, answer: Uint8Array) => Uint8Array) {
    chip.powerCycle();
    this.#card = new SimulatedApduCard(chip, null);
    this.#change = change;
    this.historicalBytes = chip.historicalBytes;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const answer = this.#change(command, await this.#card.transmit(command));
    this.exchanges.push({ command: Uint8Array.from(command), answer });
    return answer;
  }
}

/** What a conversation is held with: a card that is personalised unless given, the key that its credential names, what becomes of its answers. */
export interface Plan {
  readonly chip?: SimulatedType4;
  readonly key?: CardKey;
  readonly change?: (command: Uint8Array, answer: Uint8Array) => Uint8Array;
}

/** Holds a conversation and notes it. */
export async function vector(
  [name, shows, operation]: readonly [string, string, Type4Operation],
  plan: Plan = {},
): Promise<Type4Vector> {
  const chip = plan.chip ?? (await personalised('EdDSA'));
  const card = new Recorded(chip, plan.change ?? ((_command, answer) => answer));
  const expected = await carryOut(operation, card, plan.key ?? chip.key).then(
    (result): Type4Vector['expected'] => ({ ok: true, result }),
    (error: unknown): Type4Vector['expected'] => ({ ok: false, code: codeOf(error) }),
  );
  return { name, shows, operation, exchanges: card.exchanges, expected };
}

/** A card as it leaves the desk. */
export async function personalised(
  algorithm: CardKey['algorithm'],
  how: Parameters<typeof cardOf>[1] = {},
): Promise<SimulatedType4> {
  const chip = cardOf(algorithm, how);
  await personaliseType4(new SimulatedApduCard(chip, null), contentFor(chip.key).content);
  return chip;
}

/** ECDSA with a nonce that is not random, so that the vector is the same at every run. */
const deterministic = (chip: SimulatedType4) => (command: Uint8Array, answer: Uint8Array) => {
  if (command[1] !== INTERNAL_AUTHENTICATE) return answer;
  const message = cardProofMessage({
    challenge: CHALLENGE,
    counter: chip.counter,
    file: null,
    record: chip.records[0] ?? new Uint8Array(0),
  });
  return Uint8Array.from([...answer.slice(0, 4), ...p256Sign(SECRETS.ES256, message), 0x90, 0x00]);
};

/** Conversations that end well. */
export async function validType4(): Promise<Type4Vector[]> {
  const onP256 = await personalised('ES256');
  return [
    await vector(['personalise', 'A new card: its key, two first records, the credential, ACTIVATE.', 'personalise'], {
      chip: cardOf('EdDSA'),
    }),
    await vector(['personalise-p256', 'The same with a card whose key is on P-256.', 'personalise'], {
      chip: cardOf('ES256'),
    }),
    await vector(
      [
        'personalise-again',
        'A card whose making was cut between its two records: the first is not appended again.',
        'personalise',
      ],
      { chip: await cut() },
    ),
    await vector([
      'personalise-done',
      'A card that is closed, with the credential that it is to have: nothing is written.',
      'personalise',
    ]),
    await vector(['open', 'SELECT, READ BINARY, READ RECORD.', 'open']),
    await vector([
      'tap',
      'A service: APPEND RECORD, then INTERNAL AUTHENTICATE over challenge, counter and newest record.',
      'tap',
    ]),
    await vector(['tap-p256', 'The same with ECDSA; the nonce is that of RFC 6979.', 'tap'], {
      chip: onP256,
      change: deterministic(onP256),
    }),
    await vector(['pin', 'A wrong PIN, which the card counts, and the right one.', 'pin'], {
      chip: await personalised('EdDSA', { pin: PIN.right }),
    }),
    await vector(['no-pin', 'A card without a PIN says so.', 'pin']),
    await vector(['endorse', 'A renewal in file 2.', 'endorse']),
    ...(await familyVectors()),
  ];
}

/** A card with a ledger for each family. */
async function familyVectors(): Promise<Type4Vector[]> {
  const fresh = () => personalised('EdDSA', { version: 2 });
  return [
    await vector(
      [
        'families-personalise',
        'A card of version 2: two first records in the file of each family, 3 for rations and 4 for health.',
        'personalise',
      ],
      { chip: cardOf('EdDSA', { version: 2 }) },
    ),
    await vector(['families-open', 'SELECT is answered with 6 bytes more for the ledger of health.', 'open'], {
      chip: await fresh(),
    }),
    await vector(
      [
        'families-tap',
        'A service of rations on it: INTERNAL AUTHENTICATE names file 3, as what is signed does.',
        'tap',
      ],
      { chip: await fresh() },
    ),
    await vector(['families-tap-health', 'A service of health: file 4, whose counter is its own.', 'tap-health'], {
      chip: await fresh(),
    }),
  ];
}

async function cut(): Promise<SimulatedType4> {
  const chip = cardOf('EdDSA');
  // SELECT and one APPEND RECORD, then the field drops.
  chip.loseFieldAfter(2);
  await personaliseType4(new SimulatedApduCard(chip, null), contentFor(chip.key).content).catch(() => undefined);
  chip.clearFaults();
  return chip;
}

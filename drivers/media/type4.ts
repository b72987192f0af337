/**
 * A smart card with the Wasl applet (`docs/formats/card.md`, layout 4): credential and endorsement in files, a ledger for each family in records that
 * the card appends itself and counts, and a key that proves them. Talks ISO/IEC 7816-4 in short APDUs.
 */
import { CHALLENGE_BYTES, HEALTH_RECORDS_FILE, ledgerFileOf } from '../../agent/credential/card-proof.js';
import { sameBytes } from '../../agent/credential/cbor.js';
import { standingSequence } from '../../agent/credential/ledger.js';
import type { CardContent, FirstRecords } from '../../agent/credential/personalise.js';
import { SIGNATURE_BYTES } from '../../agent/credential/signature.js';
import type { CardKey, CardProof } from '../../agent/domain/credential.js';
import { WaslError } from '../../agent/domain/errors.js';
import { ALL_LEDGER_FAMILIES, LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import type { CardSession, EndorsementPlace, LedgerStore, OpenOptions, SlotIndex } from '../medium.js';
import type { ApduCard } from '../reader.js';
import {
  APPLET,
  type AppletLedger,
  type AppletState,
  activateCommand,
  appendRecordCommand,
  appletStateIn,
  CHUNK_BYTES_MAX,
  internalAuthenticateCommand,
  publicKeyCommand,
  RECORD_BYTES_MAX,
  readBinaryCommand,
  readRecordCommand,
  STATUS,
  selectCommand,
  splitAnswer,
  TYPE4_FILES,
  updateBinaryCommand,
  WASL_AID,
} from './type4-apdu.js';
import { AppendedHealthRecords } from './type4-health.js';
import { canProve, holderPinOf, verifyPin, writePinSecrets } from './type4-holder-pin.js';

/** Number of the layout that a credential for a smart card names. */
export const TYPE4_LAYOUT = 4;

const VERSIONS: readonly number[] = Object.values(APPLET);
/** A credential is at most a COSE_Sign1 of 2,048 bytes; an endorsement is far smaller. */
const FILE_BYTES_MAX = 2048;
/** How far back the record is looked for that a damaged newest one may have stood on. */
const RECORDS_BACK_MAX = 4;
const NOTHING = new Uint8Array(0);

/** Opens a smart card and reads its credential. Rejects as {@link OpenMedium} says. */
export async function openType4(card: ApduCard, options: OpenOptions): Promise<CardSession> {
  const state = await selectApplet(card);
  if (state.credentialBytes === 0) throw new WaslError('ERR_CARD_EMPTY');
  const session: CardSession = {
    kind: 'type4',
    layout: TYPE4_LAYOUT,
    uid: null,
    credential: { form: 'bytes', bytes: await readFile(card, TYPE4_FILES.credential, state.credentialBytes) },
    ledgers: options.canWrite ? ledgersOf(card, state) : [],
    ...(options.canWrite ? healthRecordsOf(card, state) : {}),
    endorsement: await readEndorsement(card, state),
    ...(canProve(state) ? { verifyPin: (pin: string) => verifyPin(card, pin) } : {}),
    ...(options.canWrite ? holderPinOf(card, state) : {}),
  };
  return options.canWrite
    ? { ...session, writeEndorsement: (bytes) => writeFile(card, TYPE4_FILES.endorsement, bytes) }
    : session;
}

/** The public key of a smart card, for the credential to name. Rejects with `ERR_CARD_UNSUPPORTED` for a card that is not ours. */
export async function readType4Key(card: ApduCard): Promise<CardKey> {
  const { algorithm } = await selectApplet(card);
  const { data, status } = splitAnswer(await card.transmit(publicKeyCommand()));
  const publicKey = data.slice(5);
  const isWhole = status === STATUS.ok && publicKey.length === (algorithm === 1 ? 32 : 64);
  if (!isWhole || (algorithm !== 1 && algorithm !== 2)) throw new WaslError('ERR_CARD_UNSUPPORTED');
  return { algorithm: algorithm === 1 ? 'EdDSA' : 'ES256', publicKey };
}

/** Families that a smart card has a ledger of: those of version 1 of the applet have rations alone. Rejects with `ERR_CARD_UNSUPPORTED` for a card that is not ours. */
export async function readType4Families(card: ApduCard): Promise<readonly number[]> {
  const { ledgers } = await selectApplet(card);
  return ALL_LEDGER_FAMILIES.filter((family) => ledgers.some(({ file }) => file === ledgerFileOf(family)));
}

/**
 * Writes a credential and the two first records of each ledger that the card has to a new smart card, and closes it for further credentials. One whose making was cut is
 * finished: records that are on it are not appended again. With `content.pin` it also gets its unblocking code, and the PIN of a letter where there is one: `ERR_HOLDER_PIN_UNSUPPORTED` for an
 * applet that takes none, before anything is written. Rejects with `ERR_CARD_WRITE` for a card that was closed before with another credential, upon which nothing was written: a first
 * record appended to a card in use would give its holder the quota anew.
 */
export async function personaliseType4(card: ApduCard, content: CardContent): Promise<void> {
  const { credentialBytes, ledgers, pin } = await selectApplet(card);
  const credential = await readFile(card, TYPE4_FILES.credential, credentialBytes);
  const isWritten = sameBytes(credential, content.credential);
  // Only a card that is still open takes a credential: whether it does is known before anything else is written.
  if (credentialBytes > 0 && !isWritten) await writeFile(card, TYPE4_FILES.credential, content.credential);
  if (!isWritten) await writePinSecrets(card, pin, content.pin);
  const first = [{ family: LEDGER_FAMILIES.ration, slots: content.slots }, ...content.further];
  for (const { family, slots } of isWritten ? [] : first) {
    const ledger = ledgers.find(({ file }) => file === ledgerFileOf(family));
    if (ledger !== undefined) await appendFirst(card, slots, ledger);
  }
  if (credentialBytes === 0) await writeFile(card, TYPE4_FILES.credential, content.credential);
  await expectOk(card, activateCommand());
}

/** The two first records, without those that an attempt that was cut has appended already. */
async function appendFirst(card: ApduCard, slots: FirstRecords['slots'], ledger: AppletLedger): Promise<void> {
  const { file, counter } = ledger;
  const newest = counter === 0 ? NOTHING : splitAnswer(await card.transmit(readRecordCommand(file, 1))).data;
  if (sameBytes(newest, slots[1])) return;
  const missing = sameBytes(newest, slots[0]) ? slots.slice(1) : slots;
  for (const record of missing) await expectOk(card, appendRecordCommand(file, record));
}

/** One for each family that the card says it has a file of. */
function ledgersOf(card: ApduCard, { version, ledgers }: AppletState): AppendedLedger[] {
  return ALL_LEDGER_FAMILIES.flatMap((family) => {
    const ledger = ledgers.find(({ file }) => file === ledgerFileOf(family));
    return ledger === undefined ? [] : [new AppendedLedger(card, { family, version, ledger })];
  });
}

/** Where the card says that it has a file of them. */
function healthRecordsOf(card: ApduCard, { ledgers }: AppletState): Pick<CardSession, 'healthRecords'> {
  const records = ledgers.find(({ file }) => file === HEALTH_RECORDS_FILE);
  const [first] = ledgers;
  return records === undefined || first === undefined
    ? {}
    : { healthRecords: new AppendedHealthRecords(card, { records, first }) };
}

/** A ledger of a card that appends. */
class AppendedLedger implements LedgerStore {
  readonly family: number;
  readonly slotBytes = RECORD_BYTES_MAX;
  readonly #card: ApduCard;
  readonly #file: number;
  /** As proofs name the file. */
  readonly #provenFile: number | null;
  /** What the counter of the file must be now, if nobody else writes to it. */
  #counter: number;

  constructor(
    card: ApduCard,
    of: { readonly family: number; readonly version: number; readonly ledger: AppletLedger },
  ) {
    this.family = of.family;
    this.#card = card;
    this.#file = of.ledger.file;
    this.#provenFile = of.version === APPLET.oneLedger ? null : of.ledger.file;
    this.#counter = of.ledger.counter;
  }

  async readSlots(): Promise<readonly [Uint8Array, Uint8Array]> {
    const newest = await this.#readRecord(1);
    const sequence = standingSequence(newest);
    let other: Uint8Array = NOTHING;
    for (let back = 2; back <= RECORDS_BACK_MAX + 1; back += 1) {
      const record = await this.#readRecord(back);
      if (record.length === 0) break;
      const standing = standingSequence(record);
      if (standing === null || (sequence !== null && standing % 2 === sequence % 2)) continue;
      other = record;
      break;
    }
    const isOdd = sequence === null ? (standingSequence(other) ?? 0) % 2 === 0 : sequence % 2 === 1;
    return isOdd ? [other, newest] : [newest, other];
  }

  /** The newest record, if its place is this slot; what is older cannot be changed. */
  async readSlot(index: SlotIndex): Promise<Uint8Array> {
    const newest = await this.#readRecord(1);
    const sequence = standingSequence(newest);
    return sequence !== null && sequence % 2 === index ? newest : NOTHING;
  }

  /** A record that is the newest already is not appended twice: that the card holds it, it proves itself. */
  async writeSlot(_index: SlotIndex, image: Uint8Array): Promise<void> {
    if (image.length > this.slotBytes) throw new WaslError('ERR_LEDGER_FULL');
    if (sameBytes(await this.#readRecord(1), image)) return;
    await expectOk(this.#card, appendRecordCommand(this.#file, image));
    this.#counter += 1;
  }

  async prove(challenge: Uint8Array): Promise<CardProof> {
    if (challenge.length !== CHALLENGE_BYTES) throw new WaslError('ERR_INTERNAL', 'a challenge has another length');
    const file = this.#provenFile;
    const { data, status } = splitAnswer(await this.#card.transmit(internalAuthenticateCommand(challenge, file)));
    if (status !== STATUS.ok || data.length !== 4 + SIGNATURE_BYTES) throw new WaslError('ERR_CARD_PROOF');
    const counter = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0);
    if (counter !== this.#counter) throw new WaslError('ERR_CARD_PROOF', 'the card counts otherwise than was written');
    return { counter, file, signature: data.slice(4) };
  }

  async #readRecord(number: number): Promise<Uint8Array> {
    const { data, status } = splitAnswer(await this.#card.transmit(readRecordCommand(this.#file, number)));
    if (status === STATUS.noRecord) return NOTHING;
    if (status !== STATUS.ok) throw unexpected('READ RECORD', status);
    return Uint8Array.from(data);
  }
}

async function selectApplet(card: ApduCard): Promise<AppletState> {
  const { data, status } = splitAnswer(await card.transmit(selectCommand(WASL_AID)));
  const state = status === STATUS.ok ? appletStateIn(data) : null;
  if (state === null || !VERSIONS.includes(state.version)) throw new WaslError('ERR_CARD_UNSUPPORTED');
  if (state.credentialBytes > FILE_BYTES_MAX || state.endorsementBytes > FILE_BYTES_MAX)
    throw new WaslError('ERR_CARD_LAYOUT', 'the card states files that are larger than any of ours');
  return state;
}

async function readEndorsement(card: ApduCard, state: AppletState): Promise<EndorsementPlace> {
  if (state.endorsementBytes === 0) return { state: 'none' };
  return { state: 'bytes', bytes: await readFile(card, TYPE4_FILES.endorsement, state.endorsementBytes) };
}

async function readFile(card: ApduCard, file: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; ) {
    const wanted = Math.min(CHUNK_BYTES_MAX, length - offset);
    const { data, status } = splitAnswer(await card.transmit(readBinaryCommand(file, offset, wanted)));
    if (status !== STATUS.ok) throw unexpected('READ BINARY', status);
    if (data.length !== wanted) throw new WaslError('ERR_CARD_IO', 'the card sent less than it said it had');
    bytes.set(data, offset);
    offset += wanted;
  }
  return bytes;
}

async function writeFile(card: ApduCard, file: number, bytes: Uint8Array): Promise<void> {
  if (bytes.length > FILE_BYTES_MAX) throw new WaslError('ERR_CARD_LAYOUT', 'the file is too long for the card');
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES_MAX) {
    await expectOk(card, updateBinaryCommand(file, offset, bytes.subarray(offset, offset + CHUNK_BYTES_MAX)));
  }
}

async function expectOk(card: ApduCard, command: Uint8Array): Promise<void> {
  const { status } = splitAnswer(await card.transmit(command));
  if (status !== STATUS.ok) throw new WaslError('ERR_CARD_WRITE', undefined, { details: { status } });
}

function unexpected(what: string, status: number): WaslError {
  return new WaslError('ERR_CARD_IO', `the card answered ${what} with ${status.toString(16)}`, { details: { status } });
}

/**
 * The Wasl applet on a smart card, as its terminal talks to it: names, numbers and command APDUs. Published in `docs/formats/card.md`.
 * Sources: ISO/IEC 7816-4:2020 §5.1 (APDUs), §5.6 (status words), §7.1 to §7.5 (the commands); NFC Forum Type 4 Tag 1.2 §5 (the NDEF application).
 */

/** Name of the applet: a proprietary identifier (ISO/IEC 7816-4 §8.2.1.2, category F), `WASL` and 1; which version it is of it says when it is selected. */
export const WASL_AID: Uint8Array = Uint8Array.of(0xf0, 0x57, 0x41, 0x53, 0x4c, 0x01);

/** Name of the NDEF application (Type 4 Tag 1.2 §5.1). */
export const NDEF_AID: Uint8Array = Uint8Array.of(0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01);

/** Short identifiers of the files of the applet; those of the ledgers are in `card-proof.ts`. A ledger is a cyclic file: record 1 is the newest. */
export const TYPE4_FILES = { credential: 1, endorsement: 2 } as const;

/** Of the wrapped key to the health records; those stand in the record file that `card-proof.ts` names. */
export const HEALTH_KEY_FILE = 10;

/** Versions of the applet. 1 has the rations' ledger alone; 2 one of each family. */
export const APPLET = { oneLedger: 1, families: 2 } as const;

/** Instruction bytes (ISO/IEC 7816-4 table 5). */
export const INS = {
  verify: 0x20,
  changeReference: 0x24,
  resetRetry: 0x2c,
  activate: 0x44,
  internalAuthenticate: 0x88,
  select: 0xa4,
  readBinary: 0xb0,
  readRecord: 0xb2,
  getData: 0xca,
  updateBinary: 0xd6,
  appendRecord: 0xe2,
} as const;

/** Status words (ISO/IEC 7816-4 table 6). */
export const STATUS = {
  ok: 0x9000,
  wrongLength: 0x6700,
  notAllowed: 0x6982,
  blocked: 0x6983,
  /** A PIN of a letter: it has to be changed before it proves anything. */
  notUsable: 0x6984,
  conditions: 0x6985,
  wrongData: 0x6a80,
  noFile: 0x6a82,
  noRecord: 0x6a83,
  noRoom: 0x6a84,
  wrongParameters: 0x6b00,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  /** And the tries that are left in the last digit. */
  wrongPin: 0x63c0,
} as const;

/** Most that one READ BINARY or UPDATE BINARY moves. */
export const CHUNK_BYTES_MAX = 240;

/** Longest ledger record: Lc has one byte. */
export const RECORD_BYTES_MAX = 255;

/** Number of the holder's PIN for VERIFY. */
export const HOLDER_PIN = 0x01;

/** Number of the unblocking code, which CHANGE REFERENCE DATA writes once, when the card is made. */
export const UNBLOCKING_CODE = 0x02;

/** Bytes of a PIN as it goes over the air: its digits in ASCII, then FF. */
export const PIN_BLOCK_BYTES = 8;

/** Wrong PINs and wrong unblocking codes that the applet takes, one after the other, before it takes no more. */
export const TRIES = { pin: 3, unblocking: 10 } as const;

/** Stands in the state of the applet for the tries of a PIN, or of an unblocking code, that the card does not have. */
export const NO_PIN = 0xff;

/** Whose the PIN of a card is, by its number in the state: nobody's yet, a letter's that is to be changed, or the holder's own. */
export const PIN_STATES = ['none', 'transport', 'set'] as const;

/** What an applet that has the commands for it says of the PIN: tag 86, 2 bytes, more may follow. */
export interface AppletPinState {
  readonly state: (typeof PIN_STATES)[number];
  /** Wrong unblocking codes that are left; null where the card was made without a code. */
  readonly codeTries: number | null;
}

/** A ledger as the applet tells of it. */
export interface AppletLedger {
  /** Short identifier of its file. */
  readonly file: number;
  /** Records that were ever appended to it. Never falls. */
  readonly counter: number;
  /** Records that can be read. */
  readonly records: number;
}

/**
 * What the applet says of itself when it is selected: tag 85 of the answer, 12 bytes, and in version 2 another 6 for each further record file: the ledgers but
 * the rations', and the health records. A file that is not known is passed over.
 */
export interface AppletState {
  /** Version of the applet: see {@link APPLET}. */
  readonly version: number;
  /** 1 Ed25519, 2 ECDSA over P-256 with SHA-256. */
  readonly algorithm: number;
  /** Wrong PINs that are left; 255 where the card has none. */
  readonly pinTries: number;
  readonly credentialBytes: number;
  readonly endorsementBytes: number;
  /** That of the rations first. */
  readonly ledgers: readonly AppletLedger[];
  /** Null for an applet that knows VERIFY alone: its PIN can be neither set nor changed. */
  readonly pin: AppletPinState | null;
}

/** File of the ledger that every version has, and that the first 12 bytes tell of. */
const RATION_FILE = 3;
const STATE_BYTES = 12;
/** file u8, counter u32, records u8. */
const LEDGER_BYTES = 6;

/** Reads the answer to SELECT; null for a card that is not ours. */
export function appletStateIn(answer: Uint8Array): AppletState | null {
  if (answer[0] !== 0x6f || answer[1] !== answer.length - 2) return null;
  const value = valueWithTag(answer, 0x85);
  if (value === null || value.length < STATE_BYTES) return null;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return {
    version: view.getUint8(0),
    algorithm: view.getUint8(1),
    pinTries: view.getUint8(6),
    credentialBytes: view.getUint16(8),
    endorsementBytes: view.getUint16(10),
    ledgers: [
      { file: RATION_FILE, counter: view.getUint32(2), records: view.getUint8(7) },
      ...(view.getUint8(0) === APPLET.oneLedger ? [] : furtherLedgers(view)),
    ],
    pin: pinStateIn(valueWithTag(answer, 0x86)),
  };
}

/** The first value with this tag in the template; null without one. */
function valueWithTag(answer: Uint8Array, tag: number): Uint8Array | null {
  for (let at = 2; at + 2 <= answer.length; at += 2 + (answer[at + 1] ?? 0))
    if (answer[at] === tag) return answer.subarray(at + 2, at + 2 + (answer[at + 1] ?? 0));
  return null;
}

/** A state that is not known is of a later applet: nothing is done to such a PIN here. */
function pinStateIn(value: Uint8Array | null): AppletPinState | null {
  const [number, codeTries] = value ?? [];
  const state = number === undefined ? undefined : PIN_STATES[number];
  if (state === undefined || codeTries === undefined) return null;
  return { state, codeTries: codeTries === NO_PIN ? null : codeTries };
}

function furtherLedgers(view: DataView): AppletLedger[] {
  const count = Math.floor((view.byteLength - STATE_BYTES) / LEDGER_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const at = STATE_BYTES + i * LEDGER_BYTES;
    return { file: view.getUint8(at), counter: view.getUint32(at + 1), records: view.getUint8(at + 5) };
  });
}

/** SELECT an application by its name, first or only occurrence, answer with its template. */
export function selectCommand(aid: Uint8Array): Uint8Array {
  return Uint8Array.of(0x00, INS.select, 0x04, 0x00, aid.length, ...aid, 0x00);
}

/** READ BINARY: at an offset below 256 by short identifier, which makes the file the current one; further on in the current file. */
export function readBinaryCommand(file: number, offset: number, length: number): Uint8Array {
  return offset < 0x100
    ? Uint8Array.of(0x00, INS.readBinary, 0x80 | file, offset, length)
    : Uint8Array.of(0x00, INS.readBinary, offset >> 8, offset & 0xff, length);
}

/** UPDATE BINARY, addressed as {@link readBinaryCommand}. A write at offset 0 empties the file before. */
export function updateBinaryCommand(file: number, offset: number, bytes: Uint8Array): Uint8Array {
  const [p1, p2] = offset < 0x100 ? [0x80 | file, offset] : [offset >> 8, offset & 0xff];
  return Uint8Array.of(0x00, INS.updateBinary, p1, p2, bytes.length, ...bytes);
}

/** READ RECORD of a ledger's file: number 1 is the newest. */
export function readRecordCommand(file: number, number: number): Uint8Array {
  return Uint8Array.of(0x00, INS.readRecord, number, (file << 3) | 0x04, 0x00);
}

/** APPEND RECORD to a ledger's file. */
export function appendRecordCommand(file: number, record: Uint8Array): Uint8Array {
  return Uint8Array.of(0x00, INS.appendRecord, 0x00, file << 3, record.length, ...record);
}

/**
 * INTERNAL AUTHENTICATE with the card's own key over a challenge, about the newest record of a ledger's file; null asks a card of version 1, which has one. The
 * answer: counter of that file (4 bytes), signature (64).
 */
export function internalAuthenticateCommand(challenge: Uint8Array, file: number | null): Uint8Array {
  return Uint8Array.of(0x00, INS.internalAuthenticate, 0x00, file ?? 0x00, challenge.length, ...challenge, 0x00);
}

/** VERIFY the holder's PIN: see {@link pinBlock}. */
export function verifyCommand(pin: string): Uint8Array {
  return Uint8Array.of(0x00, INS.verify, 0x00, HOLDER_PIN, PIN_BLOCK_BYTES, ...pinBlock(pin));
}

/** CHANGE REFERENCE DATA: the old PIN and the new one; `null` for the first one, of a card that has none (ISO/IEC 7816-4 §7.5.7). */
export function changePinCommand(old: string | null, pin: string): Uint8Array {
  const data = old === null ? pinBlock(pin) : Uint8Array.of(...pinBlock(old), ...pinBlock(pin));
  return Uint8Array.of(0x00, INS.changeReference, old === null ? 0x01 : 0x00, HOLDER_PIN, data.length, ...data);
}

/** CHANGE REFERENCE DATA of the unblocking code; until ACTIVATE. */
export function writeCodeCommand(code: Uint8Array): Uint8Array {
  return Uint8Array.of(0x00, INS.changeReference, 0x01, UNBLOCKING_CODE, code.length, ...code);
}

/** RESET RETRY COUNTER: the unblocking code, and the new PIN (ISO/IEC 7816-4 §7.5.10). */
export function unblockCommand(code: Uint8Array, pin: string): Uint8Array {
  const data = Uint8Array.of(...code, ...pinBlock(pin));
  return Uint8Array.of(0x00, INS.resetRetry, 0x00, HOLDER_PIN, data.length, ...data);
}

/** A PIN as a card takes it: its digits in ASCII, padded with FF to 8 bytes. */
export function pinBlock(pin: string): Uint8Array {
  const padded = new Uint8Array(PIN_BLOCK_BYTES).fill(0xff);
  padded.set(new TextEncoder().encode(pin).subarray(0, PIN_BLOCK_BYTES));
  return padded;
}

/** GET DATA: the card's public key (tag 7F49, ISO/IEC 7816-6). */
export function publicKeyCommand(): Uint8Array {
  return Uint8Array.of(0x00, INS.getData, 0x7f, 0x49, 0x00);
}

/** ACTIVATE: from now on the credential can no longer be written. */
export function activateCommand(): Uint8Array {
  return Uint8Array.of(0x00, INS.activate, 0x00, 0x00);
}

/** An answer taken apart: data, and the status word. */
export function splitAnswer(answer: Uint8Array): { readonly data: Uint8Array; readonly status: number } {
  const end = answer.length - 2;
  return { data: answer.subarray(0, end), status: ((answer[end] ?? 0) << 8) | (answer[end + 1] ?? 0) };
}

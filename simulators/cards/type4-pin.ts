/**
 * The holder's PIN on a simulated smart card: VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (ISO/IEC 7816-4 §7.5.6, §7.5.7, §7.5.10; the applet: `docs/formats/card.md`).
 * Every try is counted by a write of its own before anything is compared, and power that is lost after it does not bring the try back.
 *
 * ```
 *   none ── 24 01 (before ACTIVATE: of a letter) ──▶ transport ── 24 00 ──▶ set ── 24 00, 2C ──▶ set
 *     └──── 24 01 (after ACTIVATE, on a card with a code) ──────────────────▲
 * ```
 */
import { createHash } from 'node:crypto';
import { sameBytes } from '../../agent/credential/cbor.js';
import { UNBLOCKING_CODE_BYTES } from '../../agent/credential/pin-codes.js';
import {
  HOLDER_PIN,
  INS,
  PIN_BLOCK_BYTES,
  pinBlock,
  STATUS,
  TRIES,
  UNBLOCKING_CODE,
} from '../../drivers/media/type4-apdu.js';
import { type Command, status } from './apdu-command.js';
import type { Type4State } from './type4-json.js';

/** The memory that a PIN stands in. */
export interface PinMemory {
  state(): Type4State;
  /** Programs so many bytes, the last of which commits; false where power was lost on the way. */
  program(bytes: number, next: Type4State): boolean;
}

/** Cells of a counter of tries, and of a PIN with its state and its tries. */
const [COUNTER_BYTES, PIN_BYTES] = [1, PIN_BLOCK_BYTES + 2];

/** Answers the three commands. What a card that lost its power answers is heard by nobody. */
export function answerPin(memory: PinMemory, command: Command): Uint8Array {
  if (command.ins === INS.verify) return verify(memory, command);
  // An applet from before these commands.
  if (memory.state().pinCare === null) return status(STATUS.unknownInstruction);
  return command.ins === INS.changeReference ? change(memory, command) : reset(memory, command);
}

/** Without data the tries that are left are told. */
function verify(memory: PinMemory, { p1, p2, data }: Command): Uint8Array {
  const { pin, pinTries, pinCare } = memory.state();
  if (p1 !== 0x00 || p2 !== HOLDER_PIN || pin === null) return status(STATUS.noFile);
  if (pinTries === 0) return status(STATUS.blocked);
  if (data.length === 0) return status(STATUS.wrongPin | pinTries);
  if (data.length !== PIN_BLOCK_BYTES) return status(STATUS.wrongLength);
  if (pinCare?.isTransport === true) return status(STATUS.notUsable);
  const refused = tryPin(memory, pin, data);
  if (refused !== null) return refused;
  memory.program(COUNTER_BYTES, { ...memory.state(), pinTries: TRIES.pin });
  return status(STATUS.ok);
}

function change(memory: PinMemory, command: Command): Uint8Array {
  const { p1, p2, data } = command;
  if (p2 === UNBLOCKING_CODE) return writeCode(memory, command);
  if (p2 !== HOLDER_PIN || (p1 !== 0x00 && p1 !== 0x01)) return status(STATUS.wrongParameters);
  const { pin, isActive, pinTries, pinCare } = memory.state();
  if (data.length !== (p1 === 0x01 ? PIN_BLOCK_BYTES : 2 * PIN_BLOCK_BYTES)) return status(STATUS.wrongLength);
  const next = pinIn(data.subarray(-PIN_BLOCK_BYTES));
  if (next === null) return status(STATUS.wrongData);
  if (p1 === 0x01) {
    // A first PIN is taken where somebody with the code could mend it; that of a letter only while the card is made.
    if (pinCare === null || pinCare.code === null || (isActive && pin !== null)) return status(STATUS.conditions);
    return writePin(memory, next, { isTransport: !isActive });
  }
  if (pin === null || !isActive) return status(STATUS.conditions);
  if (pinTries === 0) return status(STATUS.blocked);
  const old = data.subarray(0, PIN_BLOCK_BYTES);
  // The PIN of a letter does not become the holder's own by being written again.
  if (sameBytes(old, data.subarray(PIN_BLOCK_BYTES))) return status(STATUS.wrongData);
  return tryPin(memory, pin, old) ?? writePin(memory, next, { isTransport: false });
}

/** Once, while the card is made. */
function writeCode(memory: PinMemory, { p1, data }: Command): Uint8Array {
  const state = memory.state();
  const { isActive, pinCare } = state;
  if (p1 !== 0x01) return status(STATUS.wrongParameters);
  if (isActive || pinCare === null) return status(STATUS.conditions);
  if (data.length !== UNBLOCKING_CODE_BYTES) return status(STATUS.wrongLength);
  const care = { ...pinCare, code: Uint8Array.from(data), codeTries: TRIES.unblocking };
  memory.program(data.length + COUNTER_BYTES, { ...state, pinCare: care });
  return status(STATUS.ok);
}

function reset(memory: PinMemory, { p1, p2, data }: Command): Uint8Array {
  const state = memory.state();
  const { pinCare, isActive } = state;
  if (p1 !== 0x00 || p2 !== HOLDER_PIN) return status(STATUS.wrongParameters);
  if (pinCare === null || pinCare.code === null || !isActive) return status(STATUS.conditions);
  if (pinCare.codeTries === 0) return status(STATUS.blocked);
  if (data.length !== UNBLOCKING_CODE_BYTES + PIN_BLOCK_BYTES) return status(STATUS.wrongLength);
  const next = pinIn(data.subarray(UNBLOCKING_CODE_BYTES));
  if (next === null) return status(STATUS.wrongData);
  const left = pinCare.codeTries - 1;
  if (!memory.program(COUNTER_BYTES, { ...state, pinCare: { ...pinCare, codeTries: left } })) return status(STATUS.ok);
  if (!sameBytes(hash(pinCare.code), hash(data.subarray(0, UNBLOCKING_CODE_BYTES))))
    return status(left === 0 ? STATUS.blocked : STATUS.wrongPin | left);
  return writePin(memory, next, { isTransport: false, codeTries: TRIES.unblocking });
}

/** Counts the try, then compares. Null when it fits; else, or where power was lost, the answer. */
function tryPin(memory: PinMemory, pin: string, data: Uint8Array): Uint8Array | null {
  const left = memory.state().pinTries - 1;
  if (!memory.program(COUNTER_BYTES, { ...memory.state(), pinTries: left })) return status(STATUS.ok);
  if (sameBytes(hash(pinBlock(pin)), hash(data))) return null;
  return status(left === 0 ? STATUS.blocked : STATUS.wrongPin | left);
}

/** The PIN, whose it is, and all its tries again: in one transaction. */
function writePin(memory: PinMemory, pin: string, care: Partial<NonNullable<Type4State['pinCare']>>): Uint8Array {
  const state = memory.state();
  if (state.pinCare === null) return status(STATUS.conditions);
  memory.program(PIN_BYTES, { ...state, pin, pinTries: TRIES.pin, pinCare: { ...state.pinCare, ...care } });
  return status(STATUS.ok);
}

/** The digits of a block; null for anything but 4 to 8 digits and then FF. */
function pinIn(block: Uint8Array): string | null {
  const text = Buffer.from(block)
    .toString('latin1')
    .replace(/\xff*$/, '');
  return /^\d{4,8}$/.test(text) ? text : null;
}

function hash(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

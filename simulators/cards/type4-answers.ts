/** What a simulated smart card says of itself, and its NDEF application (NFC Forum Type 4 Tag 1.2 §5). */
import { HEALTH_RECORDS_FILE, ledgerFileOf } from '../../agent/credential/card-proof.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import { ndefMessage } from '../../drivers/media/ndef.js';
import { INS, NO_PIN, PIN_STATES, STATUS, WASL_AID } from '../../drivers/media/type4-apdu.js';
import { type Command, slice, status } from './apdu-command.js';
import { ledgerAt, type Type4State } from './type4-json.js';

/** File identifiers of the NDEF application (Type 4 Tag 1.2 §5.1, table 6). */
export const NDEF_FILES = { container: 0xe103, message: 0xe104 } as const;

/** Capability container (Type 4 Tag 1.2 §5.1): mapping version 2.0, the message in file E104 of 2,048 bytes, read by all and written by nobody. */
const CONTAINER = Uint8Array.of(0, 15, 0x20, 0, 0xff, 0, 0xff, 4, 6, 0xe1, 0x04, 0x08, 0x00, 0x00, 0xff);

/** The answer to SELECT: the file control information template of the applet (ISO/IEC 7816-4 §7.4.3, tags 6F, 84, 85 and 86). */
export function templateOf(card: Type4State): Uint8Array {
  const files = [ledgerFileOf(LEDGER_FAMILIES.health) ?? 0, HEALTH_RECORDS_FILE];
  const further = files.flatMap((file) => {
    const ledger = ledgerAt(card, file);
    return ledger === null ? [] : [{ file, ledger }];
  });
  const state = new Uint8Array(12 + 6 * further.length);
  const view = new DataView(state.buffer);
  view.setUint8(0, card.version);
  view.setUint8(1, card.key.algorithm === 'EdDSA' ? 1 : 2);
  view.setUint32(2, card.counter);
  view.setUint8(6, card.pin === null ? NO_PIN : card.pinTries);
  view.setUint8(7, card.records.length);
  view.setUint16(8, card.credential.length);
  view.setUint16(10, card.endorsement.length);
  for (const [at, { file, ledger }] of further.entries()) {
    view.setUint8(12 + 6 * at, file);
    view.setUint32(13 + 6 * at, ledger.counter);
    view.setUint8(17 + 6 * at, ledger.records.length);
  }
  const inner = [0x84, WASL_AID.length, ...WASL_AID, 0x85, state.length, ...state, ...pinTemplate(card)];
  return Uint8Array.of(0x6f, inner.length, ...inner);
}

/** Tag 86, of an applet whose PIN can be changed. */
function pinTemplate({ pin, pinCare }: Type4State): number[] {
  if (pinCare === null) return [];
  const state = pin === null ? 'none' : pinCare.isTransport ? 'transport' : 'set';
  return [0x86, 2, PIN_STATES.indexOf(state), pinCare.code === null ? NO_PIN : pinCare.codeTries];
}

/** A command to the NDEF application, in which `file` is selected, 0 for none. Nothing can be written here (§5.4). */
export function readNdef({ ins, p1, p2, le }: Command, file: number, credential: Uint8Array): Uint8Array {
  if (ins === INS.updateBinary) return status(STATUS.notAllowed);
  if (ins !== INS.readBinary) return status(STATUS.unknownInstruction);
  if (file === 0) return status(STATUS.conditions);
  if (file === NDEF_FILES.container) return slice(CONTAINER, (p1 << 8) | p2, le ?? 0);
  const message = credential.length === 0 ? new Uint8Array(0) : ndefMessage(credential);
  const content = Uint8Array.of(message.length >> 8, message.length & 0xff, ...message);
  return slice(content, (p1 << 8) | p2, le ?? 0);
}

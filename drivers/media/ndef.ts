/** The one NDEF record that carries a credential on a Type 2 tag (NFC Forum NDEF 1.0 §3, Type 2 Tag 1.2 §2.4). */
import { WaslError } from '../../agent/domain/errors.js';

/** Media type of the payload: a CWT (RFC 8392 §9.1). */
export const MEDIA_TYPE = 'application/cwt';
const MEDIA_TYPE_BYTES = new TextEncoder().encode(MEDIA_TYPE);

/** TLV tags of a Type 2 tag (Type 2 Tag 1.2 table 7). */
const TLV = {
  null: 0x00,
  lockControl: 0x01,
  memoryControl: 0x02,
  ndef: 0x03,
  proprietary: 0xfd,
  terminator: 0xfe,
} as const;

/** NDEF record header: message begin and end, TNF 2 (media type); with or without the short-record bit; `bare` is a short one of TNF 5 (unknown). */
const HEADER = { long: 0xc2, short: 0xd2, bare: 0xd5 } as const;
const SHORT_RECORD_BIT = 0x10;

/** Bytes from the start of the data area that {@link locateNdef} needs to see. */
export const NDEF_PROBE_BYTES = 12;

/** Where the NDEF message stands in the data area. */
export interface NdefPlace {
  readonly offset: number;
  readonly length: number;
}

/** The NDEF message of a credential: one record of our media type. */
export function ndefMessage(credential: Uint8Array): Uint8Array {
  const type = MEDIA_TYPE_BYTES;
  const short = credential.length < 256;
  const length = short ? [credential.length] : [0, 0, credential.length >> 8, credential.length & 0xff];
  return Uint8Array.of(short ? HEADER.short : HEADER.long, type.length, ...length, ...type, ...credential);
}

/** The data area's content for a minimal credential of at most 255 bytes: a record of the type "unknown" (NDEF 1.0 §3.2.6), which needs no media type. */
export function encodeBareNdef(credential: Uint8Array): Uint8Array {
  const message = [HEADER.bare, 0, credential.length, ...credential];
  return Uint8Array.from([TLV.ndef, message.length, ...message, TLV.terminator]);
}

/** The data area's content for a credential: NDEF TLV, one record, terminator. */
export function encodeNdef(credential: Uint8Array): Uint8Array {
  const message = ndefMessage(credential);
  const tlvLength = message.length < 255 ? [message.length] : [0xff, message.length >> 8, message.length & 0xff];
  return Uint8Array.from([TLV.ndef, ...tlvLength, ...message, TLV.terminator]);
}

/** Finds the NDEF message from the first {@link NDEF_PROBE_BYTES} of the data area. Throws `ERR_CARD_EMPTY` or `ERR_CARD_LAYOUT`. */
export function locateNdef(start: Uint8Array, dataBytes: number): NdefPlace {
  let position = 0;
  while (position < start.length) {
    const tag = start[position] ?? 0;
    if (tag === TLV.null) {
      position += 1;
      continue;
    }
    if (tag === TLV.terminator) break;
    const first = start[position + 1];
    if (first === undefined) break;
    const wide = first === 0xff;
    const length = wide ? (start[position + 2] ?? 0) * 256 + (start[position + 3] ?? 0) : first;
    const offset = position + (wide ? 4 : 2);
    if (tag === TLV.ndef) {
      if (length === 0) throw new WaslError('ERR_CARD_EMPTY');
      if (offset > start.length || offset + length > dataBytes)
        throw new WaslError('ERR_CARD_LAYOUT', 'the NDEF message is longer than its place');
      return { offset, length };
    }
    if (tag !== TLV.lockControl && tag !== TLV.memoryControl && tag !== TLV.proprietary) break;
    position = offset + length;
  }
  const blank = start.every((byte) => byte === 0);
  throw new WaslError(
    blank ? 'ERR_CARD_EMPTY' : 'ERR_CARD_LAYOUT',
    blank ? undefined : 'no NDEF message where one belongs',
  );
}

/** The minimal credential inside an NDEF message. Throws `ERR_CARD_LAYOUT` for anything but one whole short record of the type "unknown". */
export function decodeBareNdef(message: Uint8Array): Uint8Array {
  if (message[0] !== HEADER.bare || message[1] !== 0 || message[2] !== message.length - 3) {
    throw new WaslError('ERR_CARD_LAYOUT', 'the NDEF message is not one record with a minimal credential');
  }
  return message.subarray(3);
}

/** The credential inside an NDEF message. Throws `ERR_CARD_LAYOUT` for anything but one whole record of our media type. */
export function decodeNdef(message: Uint8Array): Uint8Array {
  const fail = (): never => {
    throw new WaslError('ERR_CARD_LAYOUT', 'the NDEF message is not one record with a CWT');
  };
  const header = message[0] ?? 0;
  const typeLength = message[1] ?? 0;
  if ((header & ~SHORT_RECORD_BIT) !== HEADER.long) return fail();
  const short = (header & SHORT_RECORD_BIT) !== 0;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (message.length < (short ? 3 : 6)) return fail();
  const payloadLength = short ? view.getUint8(2) : view.getUint32(2);
  const typeAt = short ? 3 : 6;
  const payloadAt = typeAt + typeLength;
  if (payloadAt + payloadLength !== message.length) return fail();
  const isOurs =
    typeLength === MEDIA_TYPE_BYTES.length && MEDIA_TYPE_BYTES.every((byte, i) => byte === message[typeAt + i]);
  return isOurs ? message.subarray(payloadAt) : fail();
}

/**
 * The wire format between vsmartcard's virtual reader (vpcd) and a virtual card: two bytes of length, most significant
 * first, then that many bytes. A body of one byte is a command of the reader, any other an APDU. Pure.
 * Source: vsmartcard documentation, "Creating a virtual smart card".
 */
import { WaslError } from '../../agent/domain/errors.js';

/** Longest body taken: an extended APDU and some room. The format could say 65,535, no host here does. */
export const FRAME_BODY_BYTES_MAX = 4_096;

/** What the reader asks of the card. `unknown` is a one-byte command that this version does not have: it gets no answer. */
export type VpcdRequest =
  | { readonly kind: 'power-off' }
  | { readonly kind: 'power-on' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'atr' }
  | { readonly kind: 'unknown'; readonly command: number }
  | { readonly kind: 'apdu'; readonly bytes: Uint8Array };

const COMMANDS: ReadonlyMap<number, VpcdRequest> = new Map([
  [0, { kind: 'power-off' }],
  [1, { kind: 'power-on' }],
  [2, { kind: 'reset' }],
  [4, { kind: 'atr' }],
]);

/** Puts the length before a body. Throws `ERR_READER_LINE` when the body is longer than {@link FRAME_BODY_BYTES_MAX}. */
export function encodeFrame(body: Uint8Array): Uint8Array {
  if (body.length > FRAME_BODY_BYTES_MAX) throw tooLong(body.length);
  return Uint8Array.of(body.length >> 8, body.length & 0xff, ...body);
}

/** What the body of one frame means. */
export function readRequest(body: Uint8Array): VpcdRequest {
  const [command] = body;
  if (body.length !== 1 || command === undefined) return { kind: 'apdu', bytes: body };
  return COMMANDS.get(command) ?? { kind: 'unknown', command };
}

/** Cuts a byte stream into frame bodies, whatever pieces it comes in. Holds at most one frame that is not complete. */
export class FrameDecoder {
  #rest = new Uint8Array(0);

  /**
   * Takes the next piece and returns the bodies that are complete with it, in order.
   * Throws `ERR_READER_LINE` when a length is over {@link FRAME_BODY_BYTES_MAX}: the stream is lost then, close it.
   */
  push(piece: Uint8Array): readonly Uint8Array[] {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    const bodies: Uint8Array[] = [];
    let from = 0;
    for (;;) {
      const high = bytes[from];
      const low = bytes[from + 1];
      if (high === undefined || low === undefined) break;
      const length = (high << 8) | low;
      if (length > FRAME_BODY_BYTES_MAX) throw tooLong(length);
      if (bytes.length < from + 2 + length) break;
      bodies.push(bytes.slice(from + 2, from + 2 + length));
      from += 2 + length;
    }
    this.#rest = bytes.slice(from);
    return bodies;
  }
}

function tooLong(bodyBytes: number): WaslError {
  return new WaslError('ERR_READER_LINE', `a frame of ${bodyBytes} bytes is longer than any APDU`, {
    details: { bodyBytes, bodyBytesMax: FRAME_BODY_BYTES_MAX },
  });
}

/**
 * Framing of a serial line, pure: bytes as they arrive → lines of bounded length → text. A line ends at LF, CR or CRLF;
 * nothing else is stripped. What is not strict UTF-8 (RFC 3629) is refused, never repaired: a repaired character is another text.
 */
import { TEXT_CHARS_MAX } from '../reader.js';

const LF = 0x0a;
const CR = 0x0d;

/** Longest line in bytes: no character (UTF-16 unit) takes more than three bytes of UTF-8. */
export const LINE_BYTES_MAX = 3 * TEXT_CHARS_MAX;

/**
 * Stands in front of a splitter that buffers without bound. Turns every line end into LF, and cuts a line at
 * {@link LINE_BYTES_MAX} + 1 bytes at once, so that {@link decodeLine} reports it; the rest of it is swallowed up to its end.
 * Keeps no bytes itself.
 */
export class LineGuard {
  #lineBytes = 0;
  #isSwallowing = false;

  /** The bytes to hand to the splitter for this chunk: at most one more than the chunk has. */
  feed(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (byte === LF || byte === CR) {
        if (!this.#isSwallowing) out[length++] = LF;
        this.#lineBytes = 0;
        this.#isSwallowing = false;
      } else if (!this.#isSwallowing) {
        out[length++] = byte;
        this.#lineBytes += 1;
        if (this.#lineBytes > LINE_BYTES_MAX) {
          out[length++] = LF;
          this.#isSwallowing = true;
        }
      }
    }
    return out.subarray(0, length);
  }
}

/** What a line turned out to be. `bad` is reported as `ERR_READER_LINE` with this message, which never quotes the line: it may hold personal data. */
export type DecodedLine =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'bad'; readonly message: string };

/** Decodes one line, without its line end. */
export function decodeLine(bytes: Uint8Array): DecodedLine {
  if (bytes.length === 0) return { kind: 'empty' };
  if (bytes.length > LINE_BYTES_MAX) return tooLong();
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return {
      kind: 'bad',
      message: `a line of ${bytes.length} bytes is not UTF-8; check the baud rate and the character set of the scanner`,
    };
  }
  return text.length > TEXT_CHARS_MAX ? tooLong() : { kind: 'text', text };
}

function tooLong(): DecodedLine {
  return {
    kind: 'bad',
    message: `a line is longer than ${TEXT_CHARS_MAX} characters; check that the scanner ends each code with CR or LF`,
  };
}

/**
 * What kinds of reader send lines, and what their lines mean. A new kind is one more entry in {@link LINE_PROFILES}, and its name in the configuration.
 */

/** Names of the kinds. */
export type LineProfileName = 'scanner' | 'wedge';

/** One kind of reader. */
export interface LineProfile {
  /** Speeds to try, the likeliest first, where the configuration names none; a reader on USB works at any. */
  readonly baudRates: readonly number[];
  /** What is passed on of a line, or `null` for one that such a reader does not send: it is reported as `ERR_READER_LINE`. */
  readonly read: (line: string) => string | null;
  /** What to check when a line is refused. */
  readonly hint: string;
}

/**
 * `scanner`: a 2D scanner; its lines are passed on as they are. `wedge`: a reader that was made to type, and sends the UID of a card: hex or decimal digits, in whatever
 * digits and with whatever separators the keyboard layout it imitates makes of them.
 */
export const LINE_PROFILES: Readonly<Record<LineProfileName, LineProfile>> = {
  scanner: {
    baudRates: [9_600, 115_200, 57_600, 38_400, 19_200],
    read: (line) => line,
    hint: '',
  },
  wedge: {
    baudRates: [9_600, 19_200, 38_400, 115_200],
    read: readUid,
    hint: 'the line is not the UID of a card: check the output format of the reader',
  },
};

/** Lines at a wrong speed are noise: after this many in a row the next speed is tried. What comes in meanwhile is lost, so a few bad lines are no reason yet. */
export const BAD_LINES_MAX = 6;

/** First of the ten digits of each kind that an Arabic or Persian keyboard types (Unicode: ARABIC-INDIC and EXTENDED ARABIC-INDIC DIGIT ZERO), and the full-width ones. */
const ZEROS = [0x0660, 0x06f0, 0xff10] as const;

/** UIDs of 4, 7 and 10 bytes in hex (ISO/IEC 14443-3 §6.5.4), and of 4 bytes in decimal: 10 digits, as most such readers are delivered. */
const UID = /^(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}|\d{10})$/;

/** What stands between or around the digits: spaces, the separators of hex dumps, marks of direction, and the frame of some readers (STX, ETX). */
const SEPARATORS = /[\s:.\-\u0002\u0003\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

/** The UID in a line, in upper-case hex or decimal ASCII digits; `null` when the line is none. Total. */
export function readUid(line: string): string | null {
  const digits = asciiDigits(line).replace(SEPARATORS, '').toUpperCase();
  return UID.test(digits) ? digits : null;
}

/** Digits of other scripts as those of ASCII; everything else as it is. */
export function asciiDigits(text: string): string {
  return [...text].map(asciiDigit).join('');
}

function asciiDigit(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const zero = ZEROS.find((first) => code >= first && code <= first + 9);
  return zero === undefined ? character : String(code - zero);
}

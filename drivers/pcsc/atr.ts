/**
 * Recognises what lies on a reader from the ATR that the reader made up for it. Pure.
 * Source: PC/SC specification part 3 §3.1.3.2.3: for a storage card the historical bytes are
 * `80 4F 0C A0 00 00 03 06 SS NN NN 00 00 00 00`, SS the standard and NN NN the name of the card.
 */

/** What an ATR says: a Type 2 card that we read, or something else with a name for people. */
export type AtrKind = { readonly type2: true } | { readonly type2: false; readonly name: string };

/** PC/SC work group's registered application provider, with the tag and length that precede it. */
const STORAGE_CARD_PREFIX = [0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06];

const ISO_14443_A_PART_3 = 0x03;

/**
 * Names of cards that answer the Type 2 commands. NTAG21x has none of its own: readers say Ultralight, Ultralight C or
 * Ultralight EV1, and ACR122U says `FF` and the SAK where it knows no name; a Type 2 card has SAK 00.
 */
const TYPE_2_NAMES = new Set([0x0003, 0x003a, 0x003d, 0xff00]);

const OTHER_NAMES = new Map([
  [0x0001, 'MIFARE Classic 1K'],
  [0x0002, 'MIFARE Classic 4K'],
  [0x0026, 'MIFARE Mini'],
  [0xf004, 'Topaz or Jewel'],
  [0xf011, 'FeliCa 212K'],
  [0xf012, 'FeliCa 424K'],
]);

/** Classifies an ATR. Total: any bytes have an answer. The check byte is not verified: readers in the field get it wrong. */
export function recogniseAtr(atr: Uint8Array): AtrKind {
  const historical = historicalBytes(atr);
  if (historical === null) return { type2: false, name: 'a card that is not contactless, or gave no answer to reset' };
  if (!STORAGE_CARD_PREFIX.every((byte, index) => historical[index] === byte)) {
    return { type2: false, name: 'an ISO 14443-4 card' };
  }
  const standard = historical[8];
  const name = ((historical[9] ?? 0) << 8) | (historical[10] ?? 0);
  if (standard === ISO_14443_A_PART_3 && TYPE_2_NAMES.has(name)) return { type2: true };
  const known = OTHER_NAMES.get(name) ?? `a storage card with the number ${name.toString(16).padStart(4, '0')}`;
  return { type2: false, name: known };
}

/** The historical bytes of a contactless ATR (`3B 8n 80 01 …`), or `null` when it is none. */
function historicalBytes(atr: Uint8Array): Uint8Array | null {
  const [initial, format, interface1, interface2] = atr;
  if (initial !== 0x3b || format === undefined || format >> 4 !== 8 || interface1 !== 0x80 || interface2 !== 0x01)
    return null;
  const historical = atr.slice(4, 4 + (format & 0x0f));
  return historical.length === (format & 0x0f) ? historical : null;
}

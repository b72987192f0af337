/**
 * Recognises what lies on a reader from the ATR that the reader made up for it. Pure.
 * Source: PC/SC specification part 3 §3.1.3.2.3: for a storage card the historical bytes are
 * `80 4F 0C A0 00 00 03 06 SS NN NN 00 00 00 00`, SS the standard and NN NN the name of the card.
 */

/** What an ATR says: a Type 2 card that we read, a card that takes APDUs, or something else with a name for people. */
export type AtrKind =
  | { readonly kind: 'type-2' }
  | { readonly kind: 'iso-dep'; readonly historicalBytes: Uint8Array }
  | { readonly kind: 'other'; readonly name: string };

/** PC/SC work group's registered application provider, with the tag and length that precede it. */
const STORAGE_CARD_PREFIX = [0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06];

/** Prefix, standard, name and four bytes reserved. */
const STORAGE_CARD_BYTES = 15;

const ISO_14443_A_PART_3 = 0x03;

/** Names of cards that answer the Type 2 commands. NTAG21x has none of its own: readers say Ultralight, Ultralight C or Ultralight EV1. */
const TYPE_2_NAMES = new Set([0x0003, 0x003a, 0x003d]);

/**
 * Where an ACR122U knows no name, it says `FF` and the SAK of the card (API §4.2). The bits of a SAK (NXP AN10833 §3.2, ISO/IEC 14443-3 §6.5.3): 00 is a Type 2 card,
 * 20 one that speaks ISO/IEC 14443-4; 08, 10, 18 are MIFARE Classic, also in company of 20.
 */
const NAMELESS = 0xff;
const SAK_ISO_DEP = 0x20;

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
  if (historical === null) return { kind: 'other', name: 'a card that is not contactless, or gave no answer to reset' };
  // The whole prefix: a card of ISO/IEC 14443-4 chooses its historical bytes itself, and may begin them with 4F or 80 4F.
  if (
    historical.length < STORAGE_CARD_BYTES ||
    !STORAGE_CARD_PREFIX.every((byte, index) => historical[index] === byte)
  ) {
    return { kind: 'iso-dep', historicalBytes: historical };
  }
  const standard = historical[8];
  const [high = 0, low = 0] = historical.subarray(9);
  const name = (high << 8) | low;
  if (standard === ISO_14443_A_PART_3) {
    if (TYPE_2_NAMES.has(name) || name === NAMELESS << 8) return { kind: 'type-2' };
    if (high === NAMELESS && (low & SAK_ISO_DEP) !== 0) return { kind: 'iso-dep', historicalBytes: new Uint8Array(0) };
  }
  const known = OTHER_NAMES.get(name) ?? `a storage card with the number ${name.toString(16).padStart(4, '0')}`;
  return { kind: 'other', name: known };
}

/** The historical bytes of a contactless ATR (`3B 8n 80 01 …`), or `null` when it is none. */
function historicalBytes(atr: Uint8Array): Uint8Array | null {
  const [initial, format, interface1, interface2] = atr;
  if (initial !== 0x3b || format === undefined || format >> 4 !== 8 || interface1 !== 0x80 || interface2 !== 0x01)
    return null;
  const historical = atr.slice(4, 4 + (format & 0x0f));
  return historical.length === (format & 0x0f) ? historical : null;
}

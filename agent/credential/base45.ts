/** Base45 (RFC 9285): bytes as the characters of a QR code's alphanumeric mode. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** Encodes bytes as Base45 text. */
export function base45Encode(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const first = bytes[i] ?? 0;
    const second = bytes[i + 1];
    let value = second === undefined ? first : first * 256 + second;
    for (let digit = 0; digit < (second === undefined ? 2 : 3); digit += 1) {
      text += ALPHABET.charAt(value % 45);
      value = Math.floor(value / 45);
    }
  }
  return text;
}

/** Decodes Base45 text; null for a character outside the alphabet, a length that no encoder makes, or a group above its range (RFC 9285 §6). */
export function base45Decode(text: string): Uint8Array | null {
  if (text.length % 3 === 1) return null;
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0));
  let length = 0;
  for (let i = 0; i < text.length; i += 3) {
    const width = Math.min(3, text.length - i);
    let value = 0;
    for (let digit = width - 1; digit >= 0; digit -= 1) {
      const index = ALPHABET.indexOf(text.charAt(i + digit));
      if (index < 0) return null;
      value = value * 45 + index;
    }
    if (value > (width === 3 ? 0xffff : 0xff)) return null;
    if (width === 3) {
      bytes[length] = value >> 8;
      length += 1;
    }
    bytes[length] = value & 0xff;
    length += 1;
  }
  return bytes;
}

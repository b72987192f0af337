/** Control characters, lone surrogates, and every character that only exists to rearrange or hide the text around it. */
const UNSHOWABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]/u;

/**
 * Text as it may be shown and printed: not empty, at most `charsMax` UTF-16 units, and without control or bidirectional-override
 * characters that could rearrange a screen; null for anything else.
 */
export function showableText(value: unknown, charsMax: number): string | null {
  if (typeof value !== 'string' || value.length === 0 || value.length > charsMax) return null;
  return UNSHOWABLE.test(value) ? null : value;
}

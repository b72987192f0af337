/**
 * The ASCII mirror of an NTAG21x: UID and NFC counter as text in place of what the user memory holds, for whoever reads. The memory itself stays as it is.
 * Source: NXP data sheet NTAG213_215_216, Rev. 3.2, section 8.7 (UID mirror 8.7.1, counter mirror 8.7.2, both 8.7.3) and section 8.5.7 (MIRROR, MIRROR_PAGE).
 */
import { type NtagMap, PAGE_BYTES } from './ntag21x-map.js';

/** What is mirrored, from where on. */
export interface NtagMirror {
  readonly uid: boolean;
  readonly counter: boolean;
  /** First byte of the memory that reads as text. */
  readonly firstByte: number;
}

const UID_CHARS = 14;
const COUNTER_CHARS = 6;

/**
 * Reads the configuration page 0: byte 0 is MIRROR (bits 7 and 6 what, bits 5 and 4 the byte in the page), byte 2 MIRROR_PAGE. Null where nothing is mirrored: it is turned
 * off, begins below page 4, or does not end within the user memory (section 8.7: then it is not enabled).
 */
export function mirrorOf(map: NtagMap, cfg0: Uint8Array): NtagMirror | null {
  const [mirror = 0, , page = 0] = cfg0;
  const [uid, counter] = [(mirror & 0x40) !== 0, (mirror & 0x80) !== 0];
  const length = mirrorChars({ uid, counter });
  const firstByte = page * PAGE_BYTES + ((mirror >> 4) & 0x03);
  const isInside = page >= map.userFirst && firstByte + length <= (map.userLast + 1) * PAGE_BYTES;
  return length === 0 || !isInside ? null : { uid, counter, firstByte };
}

/** 14 characters of UID, 6 of the counter, and an x between them where both are there. */
function mirrorChars({ uid, counter }: Pick<NtagMirror, 'uid' | 'counter'>): number {
  return (uid ? UID_CHARS : 0) + (counter ? COUNTER_CHARS : 0) + (uid && counter ? 1 : 0);
}

/**
 * Puts the mirror over the bytes that a reader gets of these pages. `counter` is null where it must not be told: without NFC_CNT_EN, or with NFC_CNT_PWD_PROT
 * and no password (section 8.7.2), its digits then read 00h.
 */
export function mirrorOver(
  bytes: Uint8Array,
  pages: readonly number[],
  what: { readonly mirror: NtagMirror; readonly uid: Uint8Array; readonly counter: number | null },
): void {
  const { mirror, uid, counter } = what;
  const hex = Buffer.from(uid).toString('hex').toUpperCase();
  const digits =
    counter === null ? '\0'.repeat(COUNTER_CHARS) : counter.toString(16).toUpperCase().padStart(COUNTER_CHARS, '0');
  const text = [...(mirror.uid ? [hex] : []), ...(mirror.counter ? [digits] : [])].join('x');
  for (const [index, page] of pages.entries()) {
    for (let byte = 0; byte < PAGE_BYTES; byte += 1) {
      const at = page * PAGE_BYTES + byte - mirror.firstByte;
      if (at >= 0 && at < text.length) bytes[index * PAGE_BYTES + byte] = text.charCodeAt(at);
    }
  }
}

/** The memory of a simulated NTAG21x: pages, lock bits, one-time bits, torn pages. Knows nothing of commands or passwords in use. */
import { type TornBits, TornPage } from './ntag21x-faults.js';
import {
  accessOf,
  CAPABILITY_PAGE,
  isPageLocked,
  mergeDynamicLock,
  mergeOneTime,
  mergeStaticLock,
  type NtagAccess,
  type NtagMap,
  PAGE_BYTES,
  STATIC_LOCK_PAGE,
} from './ntag21x-map.js';

import { mirrorOf, type NtagMirror } from './ntag21x-mirror.js';

/** Bytes of the password acknowledge at the start of its page; the rest of that page can be read. */
export const PACK_BYTES = 2;

/** The memory of one card. Page numbers are checked by the caller. */
export class NtagMemory {
  readonly #map: NtagMap;
  readonly #bytes: Uint8Array;
  readonly #torn = new Map<number, TornPage>();

  /** `bytes` is copied; it has `map.pages` pages. */
  constructor(map: NtagMap, bytes: Uint8Array) {
    this.#map = map;
    this.#bytes = Uint8Array.from(bytes);
  }

  /** True content of a page, as an outside observer sees it; a torn page shows what a read would get now. */
  look(page: number): Uint8Array {
    return this.#torn.get(page)?.look() ?? this.#stored(page);
  }

  /** What a READ gets: the same, but passwords read as zeros (section "Programming of PWD and PACK"), and a weak bit may read differently next time. */
  fetch(page: number): Uint8Array {
    const bytes = this.#torn.get(page)?.read() ?? this.#stored(page);
    if (page === this.#map.pwd) bytes.fill(0);
    if (page === this.#map.pack) bytes.fill(0, 0, PACK_BYTES);
    return bytes;
  }

  /** True content of all pages. */
  dump(): Uint8Array {
    const dump = Uint8Array.from(this.#bytes);
    for (const [page, torn] of this.#torn) dump.set(torn.look(), page * PAGE_BYTES);
    return dump;
  }

  /** What the configuration pages say now. */
  access(): NtagAccess {
    return accessOf(this.look(this.#map.cfg0), this.look(this.#map.cfg1));
  }

  /** What reads as text in place of the memory, or null. */
  mirror(): NtagMirror | null {
    return mirrorOf(this.#map, this.look(this.#map.cfg0));
  }

  /** True when a WRITE to the page is possible as far as memory layout and lock bits go: UID pages and locked pages are not. */
  isWritable(page: number): boolean {
    if (page < STATIC_LOCK_PAGE || page >= this.#map.pages) return false;
    const locks = { staticPage: this.look(STATIC_LOCK_PAGE), dynamicPage: this.look(this.#map.dynamicLock) };
    return !isPageLocked(this.#map, locks, page);
  }

  /** Programs a page. Lock and capability pages only gain bits. */
  store(page: number, written: Uint8Array): void {
    this.#bytes.set(this.#merged(page, written), page * PAGE_BYTES);
    this.#torn.delete(page);
  }

  /**
   * Programs a page but loses power in it. Lock and capability pages are protected against tearing (section 10.4): they
   * hold the old or the new content whole, as `bits` says for their first bit.
   */
  tear(page: number, written: Uint8Array, bits: TornBits): void {
    if (this.#isProtectedFromTearing(page)) {
      if (bits({ page, bit: 0, oldBit: 0, newBit: 1, read: 0 }) === 1) this.store(page, written);
      return;
    }
    this.#torn.set(page, new TornPage(page, { old: this.look(page), written: Uint8Array.from(written) }, bits));
  }

  /** Replaces the user pages by those of `image`, a dump of the same kind of card. */
  restoreUserPages(image: Uint8Array): void {
    const first = this.#map.userFirst * PAGE_BYTES;
    this.#bytes.set(image.subarray(first, (this.#map.userLast + 1) * PAGE_BYTES), first);
    for (let page = this.#map.userFirst; page <= this.#map.userLast; page += 1) this.#torn.delete(page);
  }

  #stored(page: number): Uint8Array {
    return this.#bytes.slice(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  }

  #isProtectedFromTearing(page: number): boolean {
    return page === STATIC_LOCK_PAGE || page === CAPABILITY_PAGE || page === this.#map.dynamicLock;
  }

  #merged(page: number, written: Uint8Array): Uint8Array {
    if (page === STATIC_LOCK_PAGE) return mergeStaticLock(this.#stored(page), written);
    if (page === CAPABILITY_PAGE) return mergeOneTime(this.#stored(page), written);
    if (page === this.#map.dynamicLock) return mergeDynamicLock(this.#map, this.#stored(page), written);
    return written;
  }
}

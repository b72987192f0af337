/**
 * Where everything lies in the memory of an NTAG213, an NTAG215 and an NTAG216, and what its lock bits lock.
 * Source: NXP data sheet NTAG213_215_216, Rev. 3.2; its sections are named at each fact.
 */

/** The chips that are simulated. */
export type NtagKind = 'ntag213' | 'ntag215' | 'ntag216';

/** Bytes of one page (section 8.5). */
export const PAGE_BYTES = 4;
/** Bytes of the UID of an NTAG21x: a double-size UID of ISO/IEC 14443-3 (section 8.5.1). */
export const UID_BYTES = 7;
/** Bytes of the originality signature that `READ_SIG` returns (section 10.8). */
export const SIGNATURE_BYTES = 32;

/** Page addresses and fixed contents of one kind of chip. Page numbers are those of the commands. */
export interface NtagMap {
  readonly kind: NtagKind;
  /** Pages in all: 45, 135 or 231 (section 8.5). */
  readonly pages: number;
  /** First user page, 4 on every chip. */
  readonly userFirst: number;
  /** Last user page: 39 (144 B), 129 (504 B) or 225 (888 B). */
  readonly userLast: number;
  /** Page of the dynamic lock bytes (section 8.5.3). */
  readonly dynamicLock: number;
  /** Pages that one dynamic lock bit locks: 2 on NTAG213, 16 on the others (section 8.5.3). */
  readonly pagesPerLockBit: number;
  /** Configuration page 0: mirror settings and AUTH0 (section 8.5.7). */
  readonly cfg0: number;
  /** Configuration page 1: the ACCESS byte (section 8.5.7). */
  readonly cfg1: number;
  /** Page of the 4-byte password. */
  readonly pwd: number;
  /** Page of the 2-byte password acknowledge. */
  readonly pack: number;
  /** Capability container as delivered (section 8.5.6). */
  readonly capabilityContainer: readonly number[];
  /** First user pages as delivered: an empty NDEF message, on NTAG213 behind a lock control TLV (section 8.5.6). */
  readonly emptyMessage: readonly number[];
  /** Answer to `GET_VERSION` (section 10.1). */
  readonly version: readonly number[];
}

/** The map of each kind. */
export const NTAG_MAPS: Readonly<Record<NtagKind, NtagMap>> = {
  ntag213: {
    kind: 'ntag213',
    pages: 45,
    userFirst: 4,
    userLast: 39,
    dynamicLock: 40,
    pagesPerLockBit: 2,
    cfg0: 41,
    cfg1: 42,
    pwd: 43,
    pack: 44,
    capabilityContainer: [0xe1, 0x10, 0x12, 0x00],
    emptyMessage: [0x01, 0x03, 0xa0, 0x0c, 0x34, 0x03, 0x00, 0xfe],
    version: [0x00, 0x04, 0x04, 0x02, 0x01, 0x00, 0x0f, 0x03],
  },
  ntag215: {
    kind: 'ntag215',
    pages: 135,
    userFirst: 4,
    userLast: 129,
    dynamicLock: 130,
    pagesPerLockBit: 16,
    cfg0: 131,
    cfg1: 132,
    pwd: 133,
    pack: 134,
    capabilityContainer: [0xe1, 0x10, 0x3e, 0x00],
    emptyMessage: [0x03, 0x00, 0xfe, 0x00],
    version: [0x00, 0x04, 0x04, 0x02, 0x01, 0x00, 0x11, 0x03],
  },
  ntag216: {
    kind: 'ntag216',
    pages: 231,
    userFirst: 4,
    userLast: 225,
    dynamicLock: 226,
    pagesPerLockBit: 16,
    cfg0: 227,
    cfg1: 228,
    pwd: 229,
    pack: 230,
    capabilityContainer: [0xe1, 0x10, 0x6d, 0x00],
    emptyMessage: [0x03, 0x00, 0xfe, 0x00],
    version: [0x00, 0x04, 0x04, 0x02, 0x01, 0x00, 0x13, 0x03],
  },
};

/** Page that holds the second check byte, an internal byte and the static lock bytes. */
export const STATIC_LOCK_PAGE = 2;
/** Page of the capability container, whose bits can only ever be set (section 8.5.4). */
export const CAPABILITY_PAGE = 3;
/** First page that the dynamic lock bytes lock; those below have static lock bits. */
const DYNAMIC_FIRST_PAGE = 16;
/** Last byte of the dynamic lock page always reads as this (section 8.5.3). */
const DYNAMIC_LOCK_MARK = 0xbd;
/** Internal byte of page 2, as delivered parts carry it. */
const INTERNAL_BYTE = 0x48;
/** Cascade tag that the first check byte covers (ISO/IEC 14443-3, section 6.5.4). */
const CASCADE_TAG = 0x88;

/** Pages 0, 1 and 2 for a UID of {@link UID_BYTES}: serial number with its two check bytes, internal byte, no lock set (sections 8.5.1 and 8.5.2). */
export function uidPages(uid: Uint8Array): Uint8Array {
  const [sn0 = 0, sn1 = 0, sn2 = 0, sn3 = 0, sn4 = 0, sn5 = 0, sn6 = 0] = uid;
  const bcc0 = CASCADE_TAG ^ sn0 ^ sn1 ^ sn2;
  const bcc1 = sn3 ^ sn4 ^ sn5 ^ sn6;
  return Uint8Array.from([sn0, sn1, sn2, bcc0, sn3, sn4, sn5, sn6, bcc1, INTERNAL_BYTE, 0, 0]);
}

/** The whole memory as delivered (sections 8.5.6 and 8.5.7): an empty NDEF message, no password, nothing locked. */
export function deliveredMemory(map: NtagMap, uid: Uint8Array): Uint8Array {
  const memory = new Uint8Array(map.pages * PAGE_BYTES);
  memory.set(uidPages(uid), 0);
  memory.set(map.capabilityContainer, CAPABILITY_PAGE * PAGE_BYTES);
  memory.set(map.emptyMessage, map.userFirst * PAGE_BYTES);
  memory.set([0x00, 0x00, 0x00, DYNAMIC_LOCK_MARK], map.dynamicLock * PAGE_BYTES);
  memory.set([0x04, 0x00, 0x00, 0xff], map.cfg0 * PAGE_BYTES);
  memory.set([0x00, 0x05, 0x00, 0x00], map.cfg1 * PAGE_BYTES);
  memory.set([0xff, 0xff, 0xff, 0xff], map.pwd * PAGE_BYTES);
  return memory;
}

/** The contents of the two pages that hold lock bits. */
export interface LockBytes {
  /** 4 bytes of page 2. */
  readonly staticPage: Uint8Array;
  /** 4 bytes of the dynamic lock page. */
  readonly dynamicPage: Uint8Array;
}

/** True when a lock bit makes `page` read-only (sections 8.5.2 and 8.5.3). */
export function isPageLocked(map: NtagMap, locks: LockBytes, page: number): boolean {
  if (page >= CAPABILITY_PAGE && page < DYNAMIC_FIRST_PAGE) {
    const bits = (locks.staticPage[2] ?? 0) | ((locks.staticPage[3] ?? 0) << 8);
    return (bits & (1 << page)) !== 0;
  }
  if (page >= DYNAMIC_FIRST_PAGE && page <= map.userLast) {
    const bits = (locks.dynamicPage[0] ?? 0) | ((locks.dynamicPage[1] ?? 0) << 8);
    return (bits & (1 << Math.floor((page - DYNAMIC_FIRST_PAGE) / map.pagesPerLockBit))) !== 0;
  }
  return false;
}

/** Page 2 after a WRITE: only lock bits change, they are only set, and block-locking bits freeze their area (section 8.5.2). */
export function mergeStaticLock(old: Uint8Array, written: Uint8Array): Uint8Array {
  const oldBits = (old[2] ?? 0) | ((old[3] ?? 0) << 8);
  let allowed = 0xffff;
  if (oldBits & 0b001) allowed &= ~0x0008;
  if (oldBits & 0b010) allowed &= ~0x03f0;
  if (oldBits & 0b100) allowed &= ~0xfc00;
  const bits = oldBits | (((written[2] ?? 0) | ((written[3] ?? 0) << 8)) & allowed);
  return Uint8Array.from([old[0] ?? 0, old[1] ?? 0, bits & 0xff, bits >> 8]);
}

/** The dynamic lock page after a WRITE: bits are only set, block-locking bits freeze two lock bits each, reserved bits stay (section 8.5.3). */
export function mergeDynamicLock(map: NtagMap, old: Uint8Array, written: Uint8Array): Uint8Array {
  const lockBits = Math.ceil((map.userLast + 1 - DYNAMIC_FIRST_PAGE) / map.pagesPerLockBit);
  const blockBits = Math.ceil(lockBits / 2);
  const oldBlocks = old[2] ?? 0;
  let allowed = (1 << lockBits) - 1;
  for (let block = 0; block < blockBits; block += 1) {
    if (oldBlocks & (1 << block)) allowed &= ~(0b11 << (2 * block));
  }
  const oldBits = (old[0] ?? 0) | ((old[1] ?? 0) << 8);
  const bits = oldBits | (((written[0] ?? 0) | ((written[1] ?? 0) << 8)) & allowed);
  const blocks = oldBlocks | ((written[2] ?? 0) & ((1 << blockBits) - 1));
  return Uint8Array.from([bits & 0xff, bits >> 8, blocks, DYNAMIC_LOCK_MARK]);
}

/** Page after a WRITE to the capability container: bits are only ever set (section 8.5.4). */
export function mergeOneTime(old: Uint8Array, written: Uint8Array): Uint8Array {
  return old.map((byte, index) => byte | (written[index] ?? 0));
}

/** What the configuration pages say (section 8.5.7). */
export interface NtagAccess {
  /** First page that the password protects. */
  readonly auth0: number;
  /** True: the password is needed for reading too; false: for writing only. */
  readonly protectsReads: boolean;
  /** True: configuration pages 0 and 1 are locked for good, from the next power-up on. */
  readonly configurationLocked: boolean;
  /** True: the NFC counter counts. */
  readonly counterEnabled: boolean;
  /** True: `READ_CNT` needs the password. */
  readonly counterProtected: boolean;
  /** Wrong passwords allowed before PWD_AUTH is refused for good; 0 is no limit. */
  readonly passwordTriesMax: number;
}

/** Reads the configuration out of the contents of pages CFG0 and CFG1. */
export function accessOf(cfg0: Uint8Array, cfg1: Uint8Array): NtagAccess {
  const access = cfg1[0] ?? 0;
  return {
    auth0: cfg0[3] ?? 0xff,
    protectsReads: (access & 0x80) !== 0,
    configurationLocked: (access & 0x40) !== 0,
    counterEnabled: (access & 0x10) !== 0,
    counterProtected: (access & 0x08) !== 0,
    passwordTriesMax: access & 0x07,
  };
}

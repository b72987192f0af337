/**
 * A simulated card as a JSON file that a person can read and edit:
 * `{ "kind": "ntag215", "uid": "04 A1 …", "locks": "00 00", "signature": "…", "counter": 0, "wrongPasswords": 0, "pages": { "3": "E1 10 3E 00", … } }`.
 * UID, check bytes and lock bytes (pages 0 to 2) come from `uid` and `locks`, so no edit can make them disagree; pages not
 * named are zero. Hexadecimal may be in either case and have spaces.
 */
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';
import {
  CAPABILITY_PAGE,
  NTAG_MAPS,
  type NtagKind,
  PAGE_BYTES,
  SIGNATURE_BYTES,
  STATIC_LOCK_PAGE,
  UID_BYTES,
  uidPages,
} from './ntag21x-map.js';

/** Everything that a card remembers without power. */
export interface NtagState {
  readonly kind: NtagKind;
  /** All pages, as `SimulatedNtag21x.dump()` gives them. */
  readonly memory: Uint8Array;
  /** 32 bytes of `READ_SIG`. */
  readonly signature: Uint8Array;
  /** NFC counter, 24 bits. */
  readonly counter: number;
  /** Wrong passwords counted so far. */
  readonly wrongPasswords: number;
}

/** The shape of the JSON; see the head of this file. */
export interface NtagJson {
  readonly kind: NtagKind;
  readonly uid: string;
  readonly locks: string;
  readonly signature: string;
  readonly counter: number;
  readonly wrongPasswords: number;
  readonly pages: Readonly<Record<string, string>>;
}

const LOCKS_OFFSET = STATIC_LOCK_PAGE * PAGE_BYTES + 2;
const LOCK_BYTES = 2;

function hex(bytesWanted: number) {
  return z.string().transform((text, context): Uint8Array => {
    const digits = text.replaceAll(/\s/g, '');
    if (!/^[0-9a-fA-F]*$/.test(digits) || digits.length !== bytesWanted * 2) {
      context.addIssue({
        code: 'custom',
        message: `write ${bytesWanted} bytes as ${bytesWanted * 2} hexadecimal digits, e.g. "${example(bytesWanted)}"`,
      });
      return z.NEVER;
    }
    return Uint8Array.from(Buffer.from(digits, 'hex'));
  });
}

function example(bytes: number): string {
  const shown = Math.min(bytes, UID_BYTES);
  return (
    Array.from({ length: shown }, (_, index) => (0x11 * index).toString(16).padStart(2, '0').toUpperCase()).join(' ') +
    (bytes > shown ? ' …' : '')
  );
}

const stateSchema = z
  .strictObject({
    kind: z.enum(['ntag213', 'ntag215', 'ntag216']),
    uid: hex(UID_BYTES),
    locks: hex(LOCK_BYTES).default(() => new Uint8Array(LOCK_BYTES)),
    signature: hex(SIGNATURE_BYTES).default(() => new Uint8Array(SIGNATURE_BYTES)),
    counter: z.int().min(0).max(0xff_ffff).default(0),
    wrongPasswords: z.int().min(0).max(7).default(0),
    pages: z.record(z.string(), hex(PAGE_BYTES)),
  })
  .superRefine((card, context) => {
    const last = NTAG_MAPS[card.kind].pages - 1;
    for (const key of Object.keys(card.pages)) {
      const page = Number(key);
      if (/^(0|[1-9]\d*)$/.test(key) && page >= CAPABILITY_PAGE && page <= last) continue;
      context.addIssue({
        code: 'custom',
        path: ['pages', key],
        message: `name pages by decimal number, ${CAPABILITY_PAGE} to ${last} on an ${card.kind}; pages 0 to 2 come from "uid" and "locks"`,
      });
    }
  });

/** Reads the JSON form. Throws `ERR_CONFIG` that lists every mistake with its path. */
export function parseNtagState(value: unknown): NtagState {
  const result = stateSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'card'}: ${issue.message}`);
    throw new WaslError('ERR_CONFIG', `this is not a simulated card:\n  ${problems.join('\n  ')}`, {
      cause: result.error,
    });
  }
  const card = result.data;
  const memory = new Uint8Array(NTAG_MAPS[card.kind].pages * PAGE_BYTES);
  memory.set(uidPages(card.uid), 0);
  memory.set(card.locks, LOCKS_OFFSET);
  for (const [page, bytes] of Object.entries(card.pages)) memory.set(bytes, Number(page) * PAGE_BYTES);
  return {
    kind: card.kind,
    memory,
    signature: card.signature,
    counter: card.counter,
    wrongPasswords: card.wrongPasswords,
  };
}

/** The JSON form of a card; pages that are all zero are left out. */
export function describeNtagState(state: NtagState): NtagJson {
  const pages: Record<string, string> = {};
  for (let page = CAPABILITY_PAGE; page * PAGE_BYTES < state.memory.length; page += 1) {
    const bytes = state.memory.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    if (bytes.some((byte) => byte !== 0)) pages[page] = spaced(bytes);
  }
  return {
    kind: state.kind,
    uid: spaced(Uint8Array.of(...state.memory.subarray(0, 3), ...state.memory.subarray(4, 8))),
    locks: spaced(state.memory.subarray(LOCKS_OFFSET, LOCKS_OFFSET + LOCK_BYTES)),
    signature: spaced(state.signature),
    counter: state.counter,
    wrongPasswords: state.wrongPasswords,
    pages,
  };
}

function spaced(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
}

/** The 7 bytes of the UID in a whole memory. */
export function uidIn(memory: Uint8Array): Uint8Array {
  return Uint8Array.of(...memory.subarray(0, 3), ...memory.subarray(4, 8));
}

/** Throws `ERR_CONFIG` unless `bytes` has the expected length; `what` names it. */
export function checkLength(what: string, bytes: Uint8Array, expected: number): void {
  if (bytes.length !== expected)
    throw new WaslError('ERR_CONFIG', `${what} has ${expected} bytes, not ${bytes.length}`);
}

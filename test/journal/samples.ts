/** What the tests of the journal record, and what they open it with. */
import { encodeSlot } from '../../agent/credential/ledger.js';
import { signerFromSeed } from '../../agent/credential/signature.js';
import type { Clock, Randomness } from '../../agent/domain/clock.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { Disk } from '../../agent/journal/disk.js';
import type { IntentStep, JournalEntry, TapStep } from '../../agent/journal/journal.js';
import type { JournalLimits } from '../../agent/journal/limits.js';
import { type JournalOptions, type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';

/** 2026-11-21 12:00 UTC, in the fourth quarter. */
export const NOON_MS = Date.UTC(2026, 10, 21, 12);
/** The terminal whose journal it is. */
export const TERMINAL = 'unit-7';
/** Its journal key. */
export const KEY = new Uint8Array(32).fill(7);
/** Where its journal lies on a disk in memory. */
export const FOLDER = '/data/journal';

const SIGNER = signerFromSeed(new Uint8Array(32).fill(3));
const VERSIONS = { keys: 3, hotlist: 12, policy: 5, time: 'signed' } as const;

/** A clock that tests turn. */
export interface HandClock extends Clock {
  ms: number;
}

/** A clock that stands still until it is set. */
export function handClock(ms = NOON_MS): HandClock {
  const clock = { ms, nowMs: () => clock.ms };
  return clock;
}

/** Bytes that look random and are the same in every run with the same seed (xorshift32). */
export function seededRandom(seed = 1): Randomness {
  let x = seed | 1;
  const next = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
    fraction: () => next() / 2 ** 32,
  };
}

/** Small enough that a test of a few appends goes through rotation and allocation. */
export const SMALL_LIMITS: Partial<JournalLimits> = {
  segmentBytesMax: 8 * 1024,
  allocateBytes: 2048,
  reserveBytes: 1024,
};

/** What a test opens a journal with; `more` differs. Each opening of a disk in memory has randomness of its own. */
export function journalOptions(on: Disk | MemoryDisk, more: Partial<JournalOptions> = {}): JournalOptions {
  const random = seededRandom(on instanceof MemoryDisk ? 2 * on.calls + 1 : 1);
  const disk = on instanceof MemoryDisk ? on.session() : on;
  return { disk, folder: FOLDER, key: KEY, terminal: TERMINAL, clock: handClock(), random, ...more };
}

/** Opens it. */
export function openOn(disk: Disk | MemoryDisk, more: Partial<JournalOptions> = {}): Promise<OpenJournal> {
  return openJournal(journalOptions(disk, more));
}

/** A redemption of loaves by a card, `minutes` after noon. */
export function redemption(card: number, ledgerSequence = 2, minutes = 0): WaslEvent {
  const time = NOON_MS / 1000 + minutes * 60;
  const items = [{ commodity: 1, quantity: 5 }];
  return { type: 'redemption', time, card, ledgerSequence, programme: 1, items, versions: VERSIONS, operator: 4 };
}

/** A refusal, as an entry. */
export function refusal(minutes = 0): JournalEntry {
  const time = NOON_MS / 1000 + minutes * 60;
  return {
    kind: 'event',
    event: { type: 'refusal', time, reason: 'ERR_QUOTA_DAY', card: 4711, programme: 1, versions: VERSIONS },
  };
}

/** The id of the `n`-th tap. */
export function tapId(n: number): string {
  return n.toString(16).padStart(16, '0');
}

/** The intent of the `n`-th tap. */
export function intent(n: number, card = 4711, ledgerSequence = 2): IntentStep {
  const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
  const record = {
    family: 1,
    cause: 'service',
    sequence: ledgerSequence,
    previous: new Uint8Array(8),
    day: 20_778,
    time: NOON_MS / 1000,
    usage: [{ commodity: 1, usedDay: 5, usedMonth: 5 }],
    signer: SIGNER.keyId,
  } as const;
  const slotImage = encodeSlot(record, { uid, card }, { signer: SIGNER, slotBytes: 288 });
  const items = [{ commodity: 1, quantity: 5 }];
  return { step: 'intent', tapId: tapId(n), atMs: NOON_MS, card, uid, ledgerSequence, slotImage, programme: 1, items };
}

/** What was given to a person without a card. */
export const GIFT = {
  ...{ atMs: NOON_MS, roster: 2_722_917_099, person: 12, programme: 401 },
  items: [{ commodity: 401, quantity: 1 }],
} as const;

/** What the `n`-th tap appends for a person without a card. */
export function giftOf(n: number): JournalEntry[] {
  const { atMs, ...who } = GIFT;
  return [
    { kind: 'event', event: { type: 'roster', time: atMs / 1000, ...who, versions: VERSIONS, operator: 4 } },
    { kind: 'given', given: { tapId: tapId(n), ...GIFT } },
  ];
}

/** A step, as an entry. */
export function step(value: TapStep): JournalEntry {
  return { kind: 'step', step: value };
}

/** What a tap appends before it writes to the card. */
export function tapBegin(n: number, card = 4711, ledgerSequence = 2): JournalEntry[] {
  return [step(intent(n, card, ledgerSequence))];
}

/** What it appends when the card holds the record. */
export function tapEnd(n: number, card = 4711, ledgerSequence = 2): JournalEntry[] {
  return [
    step({ step: 'commit', tapId: tapId(n), atMs: NOON_MS }),
    { kind: 'event', event: redemption(card, ledgerSequence) },
  ];
}

/** Events as a busy outlet makes them, and chains of them, from a seed. */
import { createHash } from 'node:crypto';
import { type Signer, signerFromSeed } from '../../agent/credential/signature.js';
import type { Randomness } from '../../agent/domain/clock.js';
import type { RedemptionEvent, WaslEvent } from '../../agent/domain/event.js';
import { type BatchContent, encodeBatch } from '../../sync/protocol/batch.js';
import { bodyHash, bodySalt, epochBase, nextHead } from '../../sync/protocol/chain.js';
import { encodeEvent } from '../../sync/protocol/event-codec.js';
import { type SealKey, sealKeyFromSecret } from '../../sync/protocol/seal.js';

/** 32 bytes that `name` stands for. */
export function seedOf(name: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(`test ${name}`).digest());
}

/** Repeatable randomness (a hash in counter mode). */
export function seededRandom(seed: string): Randomness {
  let counter = 0;
  const bytes = (count: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let have = 0; have < count; have += 32) {
      counter += 1;
      parts.push(createHash('sha256').update(`${seed} ${counter}`).digest());
    }
    return Uint8Array.from(Buffer.concat(parts).subarray(0, count));
  };
  return { bytes, fraction: () => Buffer.from(bytes(4)).readUInt32BE() / 2 ** 32 };
}

/** A whole number from 0 to `below` - 1. */
export function pick(random: Randomness, below: number): number {
  return Math.floor(random.fraction() * below);
}

/** 2026-11-21T06:00:00Z, when the outlets open. */
export const OPENING_S = Date.UTC(2026, 10, 21, 6) / 1000;

/**
 * Redemptions one after the other: seconds apart, cards of ten million, mostly bread and sometimes supplies, one operator a day, lists
 * that change now and then.
 */
export function outletEvents(count: number, seed: string): RedemptionEvent[] {
  const random = seededRandom(seed);
  let time = OPENING_S;
  return Array.from({ length: count }, () => {
    time += 15 + pick(random, 90);
    const bread = { commodity: 1, quantity: 5 * (1 + pick(random, 6)) };
    const supplies = Array.from({ length: 1 + pick(random, 4) }, (_, index) => ({
      commodity: 20 + index,
      quantity: 1 + pick(random, 4),
    }));
    const monthly = random.fraction() < 0.15;
    return {
      type: 'redemption',
      time,
      card: pick(random, 10_000_000),
      ledgerSequence: 1 + pick(random, 600),
      programme: monthly ? 2 : 1,
      items: monthly ? supplies : [bread],
      versions: { keys: 3, hotlist: 412 + (random.fraction() < 0.01 ? 1 : 0), policy: 17, time: 'set' },
      operator: 7,
    };
  });
}

/** Keys of a terminal and a centre, always the same for the same names. */
export const CENTRE_SEAL: SealKey = sealKeyFromSecret(seedOf('centre seal'));
export const CENTRE_ACK: Signer = signerFromSeed(seedOf('centre ack'));

/** The key of a terminal. */
export function terminalSigner(terminal: string): Signer {
  return signerFromSeed(seedOf(`terminal ${terminal}`));
}

/** A chain that can be cut into batches, without a journal. */
export interface TestChain {
  readonly terminal: string;
  readonly epoch: string;
  readonly base: Uint8Array;
  readonly saltKey: Uint8Array;
  /** Canonical bytes; event 1 stands at index 0. */
  readonly events: readonly Uint8Array[];
  headAt(seq: number): Uint8Array;
  content(first: number, last: number): BatchContent;
  batch(first: number, last: number): Uint8Array;
}

/** A whole epoch: its epoch event and then `events`. */
export function testChain(
  terminal: string,
  events: readonly WaslEvent[],
  epoch = '2026q4-abcdefgh',
  previous: { epoch: string; seq: number; head: Uint8Array } | null = null,
): TestChain {
  const opening: WaslEvent = {
    type: 'epoch',
    time: OPENING_S,
    cause: previous === null ? 'first' : 'period',
    previous,
  };
  const bytes = [opening, ...events].map(encodeEvent);
  const base = epochBase({ terminal, epoch, previous });
  const saltKey = seedOf(`salt ${terminal} ${epoch}`);
  const heads = [base];
  bytes.forEach((event, index) => {
    const seq = index + 1;
    heads.push(nextHead(heads[index] ?? base, seq, bodyHash(bodySalt(saltKey, seq), event)));
  });
  const headAt = (seq: number): Uint8Array => {
    const head = heads[seq];
    if (head === undefined) throw new Error(`the chain has no event ${seq}`);
    return head;
  };
  const content = (first: number, last: number): BatchContent => ({
    terminal,
    epoch,
    first,
    last,
    base: headAt(first - 1),
    saltKey,
    events: bytes.slice(first - 1, last),
  });
  const random = seededRandom(`${terminal} ${epoch}`);
  const keys = { signer: terminalSigner(terminal), centrePublicKey: CENTRE_SEAL.publicKey, random };
  const batch = (first: number, last: number): Uint8Array => encodeBatch(content(first, last), keys);
  return { terminal, epoch, base, saltKey, events: bytes, headAt, content, batch };
}

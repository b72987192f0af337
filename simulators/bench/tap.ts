/**
 * `bench tap`: our CPU for a whole tap against the bare signatures and verifications that it cannot do without, in the same run: the
 * credential, the two slots of the ledger, and the new record (three verifications, one signature). Card and disk are pieces of memory, so that no simulator is measured. Ours and bare
 * take turns, and the ratio is the median over the turns: what else the machine does falls on both.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { issueCredential } from '../../agent/credential/issue.js';
import { signerFromSeed } from '../../agent/credential/signature.js';
import type { PageCard } from '../../drivers/reader.js';
import { claimsOf, makeCard, people } from '../site/population.js';
import { BENCH_DAY, BENCH_SEC, type BenchDesk, benchDesk } from './tap-desk.js';
import { benchMedia, type MediaCosts } from './tap-media.js';

/** What was measured. */
export interface TapBench {
  readonly ratios: { readonly cpu: number };
  readonly taps: number;
  /** CPU of a tap, and of the bare cryptography that it needs, in microseconds: medians over the turns. */
  readonly cpuMicroseconds: { readonly tap: number; readonly bare: number };
  readonly media: MediaCosts;
}

/** Different messages that the bare cryptography goes through. */
const MESSAGES = 1024;
/** What a signature of a ledger record covers. */
const RECORD_BYTES = 90;
const TURNS = 15;
/** A terminal runs for weeks: what is measured is a program that has run for some days, its hot code compiled. */
const WARM_UP_TAPS = 2000;
const TAP_EVERY_MS = 10_000;
const READER = { readBlocks: true, writeBlocks: true, text: false, removal: true };

/** Measures `taps` taps after a warm-up. */
export async function benchTap(taps: number): Promise<TapBench> {
  const keys = {
    issuer: signerFromSeed(new Uint8Array(32).fill(1)),
    terminal: signerFromSeed(new Uint8Array(32).fill(2)),
  };
  const [person] = people(1);
  if (person === undefined) throw new Error('there is nobody');
  const order = { person, issuedAt: BENCH_SEC - 60, expiresAt: BENCH_SEC + 1e10 };
  const made = await makeCard({ ...order, issuer: keys.issuer, day: BENCH_DAY });
  const card = new FlatCard(made.uid, made.dump());
  const desk = await benchDesk(keys);
  const bare = bareCryptography(issueCredential(claimsOf(order, made.uid), keys.issuer));
  await serve(desk, card, Math.min(WARM_UP_TAPS, taps));
  bare(Math.min(WARM_UP_TAPS, taps));
  const each = Math.max(1, Math.ceil(taps / TURNS));
  const turns: { readonly ours: number; readonly theirs: number }[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const ours = await cpuOf(() => serve(desk, card, each));
    const theirs = await cpuOf(async () => bare(each));
    turns.push({ ours: ours / each, theirs: theirs / each });
  }
  await desk.close();
  return {
    ratios: { cpu: round(median(turns.map(({ ours, theirs }) => ours / theirs)), 100) },
    taps: each * TURNS,
    cpuMicroseconds: {
      tap: round(median(turns.map(({ ours }) => ours)), 1),
      bare: round(median(turns.map(({ theirs }) => theirs)), 1),
    },
    media: await benchMedia(keys),
  };
}

async function serve({ tap, clock }: BenchDesk, card: FlatCard, taps: number): Promise<void> {
  for (let i = 0; i < taps; i += 1) {
    // The queue of one day: the quota of the bench is one that nobody uses up.
    clock.ms += TAP_EVERY_MS;
    await tap.present(card, READER);
    const offer = tap.state();
    if (offer.name !== 'offer') throw new Error(`tap ${i}: ${JSON.stringify(offer)}`);
    await tap.confirm(offer.tapId, [{ commodity: 1, quantity: 1 }]);
    const granted = tap.state();
    if (granted.name !== 'granted') throw new Error(`tap ${i}: ${JSON.stringify(granted)}`);
    await tap.handover(granted.tapId);
  }
}

/**
 * The peer: what `node:crypto` needs for the signatures of a tap and nothing else, keys imported once. As at a real desk no message comes
 * twice in a row: a loop over one signature runs up to half faster than any tap can, since the processor learns its branches by heart.
 */
function bareCryptography(credential: Uint8Array): (taps: number) => void {
  const issuer = bareKey();
  const terminal = bareKey();
  const credentials = signed(issuer.privateKey, credential);
  const records = signed(terminal.privateKey, credential.subarray(0, RECORD_BYTES));
  let at = 0;
  return (taps) => {
    for (let i = 0; i < taps; i += 1) {
      at = (at + 1) % MESSAGES;
      const [held, older, newer] = [credentials[at], records[at], records[(at + 1) % MESSAGES]];
      if (held === undefined || older === undefined || newer === undefined) throw new Error('they are all there');
      const isGood =
        verify(null, held.message, issuer.publicKey, held.signature) &&
        verify(null, older.message, terminal.publicKey, older.signature) &&
        verify(null, newer.message, terminal.publicKey, newer.signature);
      if (!isGood) throw new Error('it must verify');
      sign(null, newer.message, terminal.privateKey);
    }
  };
}

function bareKey(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const pair = generateKeyPairSync('ed25519');
  const privateKey = createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function signed(key: KeyObject, like: Uint8Array): { readonly message: Uint8Array; readonly signature: Uint8Array }[] {
  return Array.from({ length: MESSAGES }, (_, i) => {
    const message = like.with(0, i & 0xff).with(1, i >> 8);
    return { message, signature: sign(null, message, key) };
  });
}

/** CPU of this process, user and system, in microseconds. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** A card that is nothing but memory. */
class FlatCard implements PageCard {
  readonly kind = 'pages';
  readonly uid: Uint8Array;
  readonly #memory: Uint8Array;

  constructor(uid: Uint8Array, memory: Uint8Array) {
    this.uid = uid;
    this.#memory = Uint8Array.from(memory);
  }

  async readPages(first: number, count: number): Promise<Uint8Array> {
    return this.#memory.slice(first * 4, (first + count) * 4);
  }

  async writePage(page: number, bytes: Uint8Array): Promise<void> {
    this.#memory.set(bytes, page * 4);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}

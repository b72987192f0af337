/**
 * `bench tap`: our CPU for a whole tap against the bare signatures and verifications that it cannot do without, in the same run: the
 * credential, the two slots of the ledger, and the new record. The card is a piece of memory, so that no simulator is measured.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { issueCredential } from '../../agent/credential/issue.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import { calendarOf, calendars } from '../../agent/domain/calendar.js';
import type { Policy } from '../../agent/domain/policy.js';
import { openJournal } from '../../agent/journal/open-journal.js';
import { createTap, type Tap } from '../../agent/tap/tap.js';
import { timeSource } from '../../agent/trust/time.js';
import type { Trust } from '../../agent/trust/trust.js';
import { openMedium } from '../../drivers/media/open.js';
import type { PageCard } from '../../drivers/reader.js';
import { claimsOf, makeCard, people } from '../site/population.js';
import { MemoryDisk } from '../world/memory-disk.js';
import { seeded } from './events.js';

/** What was measured. */
export interface TapBench {
  readonly ratios: { readonly cpu: number };
  readonly taps: number;
  /** CPU of a tap, and of the bare cryptography that it needs, in microseconds. */
  readonly cpuMicroseconds: { readonly tap: number; readonly bare: number };
  readonly media: {
    readonly ntag216: { readonly calls: number; readonly bytesRead: number; readonly pagesWritten: number };
  };
}

const VERIFICATIONS = 3;
const SIGNATURES = 1;
const NOW_SEC = Date.UTC(2026, 10, 21, 9) / 1000;
const READER = { readBlocks: true, writeBlocks: true, text: false, removal: true };

/** Measures `taps` taps after a warm-up. */
export async function benchTap(taps: number): Promise<TapBench> {
  const issuer = signerFromSeed(new Uint8Array(32).fill(1));
  const terminal = signerFromSeed(new Uint8Array(32).fill(2));
  const [person] = people(1);
  if (person === undefined) throw new Error('there is nobody');
  const day = calendarOf('Africa/Cairo').dayOf(NOW_SEC * 1000);
  const order = { person, issuedAt: NOW_SEC - 60, expiresAt: NOW_SEC + 1e10 };
  const made = await makeCard({ ...order, issuer, day });
  const card = new FlatCard(made.uid, made.dump());
  const clock = { ms: NOW_SEC * 1000, nowMs: () => clock.ms };
  const random = seeded(7);
  const journal = await openJournal({
    disk: new MemoryDisk().session(),
    folder: '/journal',
    key: new Uint8Array(32).fill(3),
    terminal: 'bench-1',
    clock,
    random,
  });
  const time = timeSource({ clock, floorMs: () => journal.state().timeFloorMs, signedMs: () => null, builtMs: 0 });
  const tap = createTap({
    journal,
    trust: trustIn(issuer, terminal),
    time,
    random,
    calendar: calendars(),
    fault: (error) => {
      throw error;
    },
    signer: terminal,
    openMedium,
    programme: 'bread',
    operator: 0,
  });
  await serve(tap, card, clock, Math.min(200, taps));
  card.reset();
  const ours = await cpuOf(() => serve(tap, card, clock, taps));
  const bare = await cpuOf(async () => bareCryptography(taps, issueCredential(claimsOf(order, made.uid), issuer)));
  await journal.close();
  return {
    ratios: { cpu: round(ours / bare, 100) },
    taps,
    cpuMicroseconds: { tap: round(ours / taps, 1), bare: round(bare / taps, 1) },
    media: {
      ntag216: {
        calls: round(card.calls / taps, 10),
        bytesRead: round(card.bytesRead / taps, 1),
        pagesWritten: round(card.pagesWritten / taps, 10),
      },
    },
  };
}

async function serve(tap: Tap, card: FlatCard, clock: { ms: number }, taps: number): Promise<void> {
  for (let i = 0; i < taps; i += 1) {
    // A new day for each tap: the quota of one day would end the measurement.
    clock.ms += 86_400_000;
    await tap.present(card, READER);
    const offer = tap.state();
    if (offer.name !== 'offer') throw new Error(`tap ${i}: ${JSON.stringify(offer)}`);
    await tap.confirm(offer.tapId, [{ commodity: 1, quantity: 1 }]);
    const granted = tap.state();
    if (granted.name !== 'granted') throw new Error(`tap ${i}: ${JSON.stringify(granted)}`);
    await tap.handover(granted.tapId);
  }
}

/** The peer: what `node:crypto` needs for the signatures of a tap and nothing else, keys imported once. */
function bareCryptography(taps: number, message: Uint8Array): void {
  const pair = generateKeyPairSync('ed25519');
  const privateKey = createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const publicKey = createPublicKey(privateKey);
  const signature = sign(null, message, privateKey);
  for (let i = 0; i < taps; i += 1) {
    for (let k = 0; k < VERIFICATIONS; k += 1)
      if (!verify(null, message, publicKey, signature)) throw new Error('it must verify');
    for (let k = 0; k < SIGNATURES; k += 1) sign(null, message, privateKey);
  }
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
  calls = 0;
  bytesRead = 0;
  pagesWritten = 0;

  constructor(uid: Uint8Array, memory: Uint8Array) {
    this.uid = uid;
    this.#memory = Uint8Array.from(memory);
  }

  reset(): void {
    this.calls = 0;
    this.bytesRead = 0;
    this.pagesWritten = 0;
  }

  async readPages(first: number, count: number): Promise<Uint8Array> {
    this.calls += 1;
    this.bytesRead += count * 4;
    return this.#memory.slice(first * 4, (first + count) * 4);
  }

  async writePage(page: number, bytes: Uint8Array): Promise<void> {
    this.pagesWritten += 1;
    this.#memory.set(bytes, page * 4);
  }
}

function trustIn(issuer: { publicKey: Uint8Array }, terminal: { publicKey: Uint8Array }): Trust {
  const window = { notBefore: 0, notAfter: 1e11 };
  const issuers = [{ verifier: verifierFromKey(issuer.publicKey), programmes: [1], ...window }];
  const terminals = [{ verifier: verifierFromKey(terminal.publicKey), terminal: 'bench-1', site: 'bench', ...window }];
  const is = (keyId: Uint8Array) => (key: { verifier: { keyId: Uint8Array } }) =>
    Buffer.from(key.verifier.keyId).equals(keyId);
  const words = { ar: 'خبز', fr: 'pain', en: 'bread' };
  const quotas = [{ per: 'member', every: 'day', amount: 5 } as const];
  const commodities = [{ id: 'loaf', number: 1, name: words, unit: words, quotas }];
  const bread = { id: 'bread', number: 1, title: words, family: 1, schemes: [1], commodities, doubtfulLedgerMax: 0 };
  const policy: Policy = { version: 1, name: 'bench', expiresAt: 1e11, timeZone: 'Africa/Cairo', programmes: [bread] };
  return {
    issuerKeys: (keyId) => issuers.filter(is(keyId)),
    terminalKeys: (keyId) => terminals.filter(is(keyId)),
    isHotlisted: () => false,
    policy: () => policy,
    versions: () => ({ keys: 1, terminals: 1, hotlist: 1, policy: 1 }),
  };
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}

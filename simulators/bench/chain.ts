/** Sealed batches of a terminal that has no journal: what a load generator sends. */
import { signerFromSeed } from '../../agent/credential/signature.js';
import type { Randomness } from '../../agent/domain/clock.js';
import type { Signer } from '../../agent/domain/keys.js';
import { eventDocument } from '../../sync/bridge/documents.js';
import type { StoredDocument } from '../../sync/bridge/store.js';
import { encodeBatch, openBatch, readSealedBatch } from '../../sync/protocol/batch.js';
import { epochBase } from '../../sync/protocol/chain.js';
import { encodeEvent } from '../../sync/protocol/event-codec.js';
import type { SealKey } from '../../sync/protocol/seal.js';
import { services } from './events.js';

/** What a terminal sends, and what becomes of it. */
export interface BenchChain {
  readonly terminal: string;
  readonly signer: Signer;
  readonly batches: readonly Uint8Array[];
  /** The documents of all its events, as a bridge writes them. */
  readonly documents: readonly StoredDocument[];
  readonly lastSeq: number;
}

const EPOCH = '2026q4-benchmrk';
const BEGIN_S = Date.UTC(2026, 10, 21, 6) / 1000;

/** An epoch of `events` services after the event that begins it, in batches of `batch`. */
export function benchChain(
  terminal: string,
  size: { readonly events: number; readonly batch: number },
  keys: { readonly seal: SealKey; readonly random: Randomness },
): BenchChain {
  const { seal, random } = keys;
  const signer = signerFromSeed(random.bytes(32));
  const opening = { type: 'epoch', time: BEGIN_S, cause: 'first', previous: null } as const;
  const events = [opening, ...services(size.events, random, BEGIN_S)].map(encodeEvent);
  const saltKey = random.bytes(32);
  const batches: Uint8Array[] = [];
  const documents: StoredDocument[] = [];
  let base = epochBase({ terminal, epoch: EPOCH, previous: null });
  for (let at = 0; at < events.length; at += size.batch) {
    const part = events.slice(at, at + size.batch);
    const range = { terminal, epoch: EPOCH, first: at + 1, last: at + part.length };
    const bytes = encodeBatch(
      { ...range, base, saltKey, events: part },
      { signer, centrePublicKey: seal.publicKey, random },
    );
    batches.push(bytes);
    // Opened as a bridge does, so that the documents are the very same.
    const opened = openBatch(readSealedBatch(bytes), [seal]);
    documents.push(...opened.events.map((event) => eventDocument(opened, event)));
    base = opened.head;
  }
  return { terminal, signer, batches, documents, lastSeq: events.length };
}

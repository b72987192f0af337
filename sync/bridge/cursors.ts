/** How far the centre holds each epoch without a gap: always computed from the documents, so that nothing is acknowledged that is gone. */

import { WaslError } from '../../agent/domain/errors.js';
import { eventId } from '../../agent/domain/event.js';
import { ACK_RANGES_MAX, NO_HEAD, type SeqRange } from '../protocol/ack.js';
import { baseFromFirstEvent } from '../protocol/batch.js';
import { HASH_BYTES, nextHead } from '../protocol/chain.js';
import { SEQ_MAX } from '../protocol/topics.js';
import { bytesOf, eventsDatabase } from './documents.js';
import type { DocumentStore, StoredDocument } from './store.js';

/** What the centre holds of an epoch. */
export interface Position {
  /** Events 1 to `seq` are there; 0 for none. */
  readonly seq: number;
  /**
   * Head of the chain over exactly these events, computed from their hashes: where two histories were mixed it is the head of
   * neither, so each of their terminals sees that its own is not what the centre holds.
   */
  readonly head: Uint8Array;
  readonly missing: readonly SeqRange[];
}

/** Documents read at once, and how often for one answer; a longer stretch is acknowledged in several steps. */
const PAGE = 1_000;
const PAGES_MAX = 200;

/** Epochs remembered; one that was forgotten is read again. */
const EPOCHS_MAX = 10_000;

/** Remembers how far each epoch was read. */
export class Cursors {
  readonly #store: DocumentStore;
  /** In the order of use, oldest first. */
  readonly #known = new Map<string, { seq: number; head: Uint8Array }>();
  #generation = 0;

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** Forgets everything: the documents may have changed under us. */
  clear(): void {
    this.#generation += 1;
    this.#known.clear();
  }

  /** Reads on from where the last call stopped. Rejects with `ERR_DATABASE`. Not to be called again for the same epoch meanwhile. */
  async advance(terminal: string, epoch: string): Promise<Position> {
    const key = `${terminal}:${epoch}`;
    let { seq, head } = this.#known.get(key) ?? { seq: 0, head: NO_HEAD };
    let missing: readonly SeqRange[] = [];
    let from = eventId(terminal, epoch, seq + 1);
    const generation = this.#generation;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const documents = await this.#store.range(eventsDatabase(epoch), {
        from,
        to: eventId(terminal, epoch, SEQ_MAX),
        limit: PAGE,
      });
      const held = documents.filter((document) => document._id.split(':').length === 3);
      const before = seq;
      for (const document of held) {
        if (document.seq !== seq + 1) break;
        head = headAfter(head, document, { terminal, epoch });
        seq += 1;
      }
      const beyond = held.slice(seq - before);
      missing = gapsBefore(beyond, seq);
      const end = documents.at(-1);
      if (beyond.length > 0 || end === undefined || documents.length < PAGE) break;
      // No id stands between this one and itself with the lowest printable character behind it.
      from = `${end._id}!`;
    }
    if (generation === this.#generation) this.#remember(key, { seq, head });
    return { seq, head, missing };
  }

  #remember(key: string, value: { seq: number; head: Uint8Array }): void {
    this.#known.delete(key);
    this.#known.set(key, value);
    const oldest = this.#known.keys().next();
    if (this.#known.size > EPOCHS_MAX && oldest.done === false) this.#known.delete(oldest.value);
  }
}

function headAfter(
  before: Uint8Array,
  document: StoredDocument,
  { terminal, epoch }: { readonly terminal: string; readonly epoch: string },
): Uint8Array {
  const hash = bytesOf(document.bodyHash, HASH_BYTES);
  const seq = Number(document.seq);
  const start = seq === 1 ? baseOf(document, terminal, epoch) : before;
  if (hash === null || start === null)
    throw new WaslError('ERR_DATABASE', `the document ${document._id} is not an event`);
  return nextHead(start, seq, hash);
}

function baseOf(document: StoredDocument, terminal: string, epoch: string): Uint8Array | null {
  if (typeof document.bytes !== 'string') return null;
  return baseFromFirstEvent(terminal, epoch, Uint8Array.from(Buffer.from(document.bytes, 'base64url')));
}

/** The gaps before and between the documents that are held beyond `seq`. */
function gapsBefore(beyond: readonly StoredDocument[], seq: number): SeqRange[] {
  const gaps: SeqRange[] = [];
  let heldUpTo = seq;
  for (const document of beyond) {
    const at = Number(document.seq);
    if (at > heldUpTo + 1) {
      if (gaps.length === ACK_RANGES_MAX) break;
      gaps.push({ first: heldUpTo + 1, last: at - 1 });
    }
    heldUpTo = at;
  }
  return gaps;
}

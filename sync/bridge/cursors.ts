/**
 * How far the centre holds each epoch without a gap: computed from the documents, those that were read and those that this worker has
 * just written, so that nothing is acknowledged that is gone.
 */
import { sameBytes } from '../../agent/credential/cbor.js';
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

/** Events that were just stored, each in its place and as it came. */
export interface StoredRun {
  readonly first: number;
  readonly last: number;
  /** 32 bytes each: heads of the chain before the first and after the last event. */
  readonly base: Uint8Array;
  readonly head: Uint8Array;
}

interface EpochOf {
  readonly terminal: string;
  readonly epoch: string;
}

interface At {
  readonly seq: number;
  readonly head: Uint8Array;
}

const START: At = { seq: 0, head: NO_HEAD };

/** Documents read at once, and how often for one answer; a longer stretch is acknowledged in several steps. */
const PAGE = 1_000;
const PAGES_MAX = 200;

/** Epochs remembered; one that was forgotten is read again. */
const EPOCHS_MAX = 10_000;

/** Remembers how far each epoch was read. */
export class Cursors {
  readonly #store: DocumentStore;
  /** In the order of use, oldest first. */
  readonly #known = new Map<string, At>();
  #generation = 0;

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** Forgets everything: the documents may have changed under us. */
  clear(): void {
    this.#generation += 1;
    this.#known.clear();
  }

  /**
   * Reads on from where the last call stopped. `stored` are runs that this worker has just written, none of whose events found another
   * one in its place: where they fit the chain their documents are not read again. Rejects with `ERR_DATABASE`. Not to be called again
   * for the same epoch meanwhile.
   */
  async advance(terminal: string, epoch: string, stored: readonly StoredRun[] = []): Promise<Position> {
    const of = { terminal, epoch };
    const key = `${terminal}:${epoch}`;
    const generation = this.#generation;
    let at = this.#known.get(key) ?? START;
    for (const run of [...stored].sort((a, b) => a.first - b.first)) {
      // What another worker wrote before it.
      if (run.first > at.seq + 1) ({ at } = await this.#read(of, at, run.first - 1));
      // The base of an epoch was checked with the batch that begins it.
      if (run.first === at.seq + 1 && (at.seq === 0 || sameBytes(at.head, run.base)))
        at = { seq: run.last, head: run.head };
    }
    const { at: end, beyond } = await this.#read(of, at, SEQ_MAX);
    if (generation === this.#generation) this.#remember(key, end);
    return { ...end, missing: gapsBefore(beyond, end.seq) };
  }

  /** Reads documents up to `last` as far as they follow one another; `beyond` are those behind the first gap, of one page. */
  async #read(of: EpochOf, before: At, last: number): Promise<{ at: At; beyond: readonly StoredDocument[] }> {
    let at = before;
    let from = eventId(of.terminal, of.epoch, at.seq + 1);
    const to = eventId(of.terminal, of.epoch, last);
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const limit = Math.min(PAGE, last - at.seq);
      if (limit === 0) break;
      const documents = await this.#store.range(eventsDatabase(of.epoch), { from, to, limit });
      const held = documents.filter((document) => document._id.split(':').length === 3);
      const start = at.seq;
      for (const document of held) {
        if (document.seq !== at.seq + 1) break;
        at = { seq: at.seq + 1, head: headAfter(at.head, document, of) };
      }
      const beyond = held.slice(at.seq - start);
      const end = documents.at(-1);
      if (beyond.length > 0 || end === undefined || documents.length < limit) return { at, beyond };
      // No id stands between this one and itself with the lowest printable character behind it.
      from = `${end._id}!`;
    }
    return { at, beyond: [] };
  }

  #remember(key: string, value: At): void {
    this.#known.delete(key);
    this.#known.set(key, value);
    const oldest = this.#known.keys().next();
    if (this.#known.size > EPOCHS_MAX && oldest.done === false) this.#known.delete(oldest.value);
  }
}

function headAfter(before: Uint8Array, document: StoredDocument, { terminal, epoch }: EpochOf): Uint8Array {
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

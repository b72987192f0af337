/**
 * Goes through the segments of a journal in order, checks that each frame follows from what is before it, and folds it in. Pure.
 *
 *   segment → its statement fits the end of the chain → frames: seq strictly +1, head as computed → folded
 *      └ damaged or missing: remembered, until the next sound frame or statement says which events were in it
 *
 * For an opening the heads are computed at the ends of segments and around damage only: between, each frame is sealed under the key of its
 * segment, at its place, with the head that its writer had computed. Hashing every event again would take longer than all the rest.
 */
import { epochBase } from '../../sync/protocol/chain.js';
import { sameBytes } from '../credential/cbor.js';
import { isWaslError } from '../domain/errors.js';
import type { ChainedEvent } from '../domain/event.js';
import { type DamageReason, type KnownDamage, type MissingEvents, withRange } from './damage.js';
import { decodeContent, type FrameContent } from './entries/entry-codec.js';
import type { EventIndex } from './event-index.js';
import type { Frame } from './segments/frame.js';
import type { SegmentHead, SegmentLink } from './segments/segment-head.js';
import { isGap, type ScannedGap, type SegmentScan } from './segments/segment-scan.js';
import type { SegmentStatement } from './segments/statement.js';
import {
  adoptState,
  type ChainEnd,
  chainEvent,
  currentEpoch,
  type EpochState,
  type FoldedState,
  foldEpoch,
  foldFrame,
} from './state.js';

/** A segment that can be read. */
export interface SegmentRecord {
  readonly segment: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly end: SegmentLink;
  /** Epoch of all its events, and where the chain stands at its end. */
  readonly epoch: string;
  readonly chain: ChainEnd;
}

/** The last segment that was pruned. */
export interface PrunedSegments {
  readonly segment: number;
  readonly end: SegmentLink;
}

/** All that is known of a journal. */
export interface History {
  readonly state: FoldedState;
  readonly index: EventIndex;
  /** By number. */
  readonly segments: Map<number, SegmentRecord>;
  /** Up to which segment everything was pruned; null while nothing was. */
  pruned: PrunedSegments | null;
}

/** A damage while it is not yet known what it cost. */
export interface FoundDamage extends KnownDamage {
  readonly missing: MissingEvents[];
}

/** A segment that was read. */
export interface ReadSegment {
  readonly head: SegmentHead;
  readonly scan: SegmentScan;
  /** Size of its file. */
  readonly fileBytes: number;
  /** True when the history has what is before the scanned part of this segment. */
  readonly resumed: boolean;
}

/** Which heads are computed: that after `each` event, or those at the `ends` of what can be read in one piece. */
export type Hashing = 'each' | 'ends';

/** What a checkpoint knew, for a replay that reads from the beginning all the same. */
export interface Anchor {
  readonly segment: number;
  /** Where in that segment the checkpoint stands. */
  readonly endBytes: number;
  readonly state: FoldedState;
  /** True when what is read does not begin at the beginning, so that the state of the checkpoint is better even where nothing is damaged. */
  readonly adopt: boolean;
}

/**
 * Folds segments into a history, one after another. The history may already hold what a checkpoint knew; or the checkpoint is an
 * anchor: where damage was found before its place, its state is taken over there, since it knew what the damaged frames had held.
 */
export class Replay {
  readonly history: History;
  readonly #hashing: Hashing;
  #anchor: Anchor | null;
  /** The last events that were taken in, while the head after them is not computed. */
  #unhashed: { readonly epoch: EpochState; readonly start: ChainEnd; readonly bodies: readonly Uint8Array[] } | null =
    null;
  readonly #damages: FoundDamage[] = [];
  /** Damage since the last sound place of the chain: what is found missing there was lost in it. */
  #pending: FoundDamage[] = [];

  constructor(history: History, hashing: Hashing, anchor: Anchor | null = null) {
    this.history = history;
    this.#hashing = hashing;
    this.#anchor = anchor;
  }

  /** Takes in a segment and gives the events in it; none unless each is hashed. Throws `ERR_JOURNAL_VERSION` for what a newer version wrote. */
  segment({ head, scan, fileBytes, resumed }: ReadSegment): ChainedEvent[] {
    const { segment, statement, salt } = head;
    this.#passAnchor(segment, 0);
    const epoch = resumed ? currentEpoch(this.history.state) : this.#enter(statement);
    if (epoch === null) {
      this.lost({ segment, fromByte: 0, toByte: fileBytes, reason: 'chain' });
      return [];
    }
    this.#pending = [];
    const events: ChainedEvent[] = [];
    let jump = false;
    for (const part of scan.parts) {
      const before = epoch.lastSeq;
      this.#passAnchor(segment, isGap(part) ? part.fromByte : part.offset);
      const damage: ScannedGap | null = isGap(part) ? part : this.#takeFrame({ epoch, segment, jump, events }, part);
      if (damage !== null) this.lost({ segment, ...damage });
      jump = damage !== null || (jump && epoch.lastSeq === before);
    }
    this.#hash();
    const chain = { seq: epoch.lastSeq, head: epoch.head };
    this.history.segments.set(segment, { segment, salt, end: scan.end, epoch: epoch.name, chain });
    return events;
  }

  /** A stretch of which nothing can be used. */
  lost(damage: KnownDamage): void {
    this.#hash();
    const found = { ...damage, missing: [] };
    this.#damages.push(found);
    this.#pending.push(found);
  }

  /** A damage that costs nothing. */
  note(damage: KnownDamage): void {
    this.#damages.push({ ...damage, missing: [] });
  }

  /** All damage, when there are no more segments. */
  finish(): readonly FoundDamage[] {
    this.#passAnchor(Number.POSITIVE_INFINITY, 0);
    const current = currentEpoch(this.history.state);
    if (current !== null) this.#lose({ epoch: current.name, first: current.lastSeq + 1, last: null });
    this.#pending = [];
    return this.#damages;
  }

  #passAnchor(segment: number, offset: number): void {
    const anchor = this.#anchor;
    if (anchor === null || segment < anchor.segment || (segment === anchor.segment && offset < anchor.endBytes)) return;
    this.#anchor = null;
    if (this.#damages.length === 0 && !anchor.adopt) return;
    this.#hash();
    const { state } = this.history;
    for (const origin of anchor.state.epochs.values()) {
      const epoch = state.epochs.get(origin.name) ?? foldEpoch(state, origin);
      if (epoch.lastSeq < origin.lastSeq) this.#skipTo(epoch, { seq: origin.lastSeq, head: origin.head });
    }
    this.#pending = [];
    adoptState(state, anchor.state);
  }

  /** The epoch of a segment, the chain moved to where its statement says; null when that cannot follow from what is here. */
  #enter(statement: SegmentStatement): EpochState | null {
    const { state } = this.history;
    const known = state.epochs.get(statement.epoch.name);
    if (known === undefined && !this.#mayBegin(statement)) return null;
    const epoch = known ?? foldEpoch(state, statement.epoch);
    if (epoch !== currentEpoch(state) || !this.#reaches(epoch, statement)) return null;
    this.#skipTo(epoch, statement);
    return epoch;
  }

  /** Whether a new epoch may begin here; moves the end of the one before to where the new one links. */
  #mayBegin(statement: SegmentStatement): boolean {
    const current = currentEpoch(this.history.state);
    const behindDamage = this.#pending.length > 0;
    const { name, base, previous } = statement.epoch;
    if (!sameBytes(base, epochBase({ terminal: statement.terminal, epoch: name, previous }))) return false;
    if (statement.seq > 0 && !behindDamage) return false;
    if (previous === null) return current === null;
    if (current?.name === previous.epoch) {
      if (!this.#reaches(current, previous)) return false;
      this.#skipTo(current, previous);
      return true;
    }
    if (!behindDamage || this.history.state.epochs.has(previous.epoch)) return false;
    // At least one epoch is gone as a whole: of the one before it nothing says how far it had come.
    if (current !== null) this.#lose({ epoch: current.name, first: current.lastSeq + 1, last: null });
    if (previous.seq > 0) this.#lose({ epoch: previous.epoch, first: 1, last: previous.seq });
    return true;
  }

  /** Folds a frame and adds its events, or says why it cannot be used. */
  #takeFrame(
    at: {
      readonly epoch: EpochState;
      readonly segment: number;
      readonly jump: boolean;
      readonly events: ChainedEvent[];
    },
    frame: Frame,
  ): ScannedGap | null {
    const { state, index } = this.history;
    const bad = (reason: DamageReason): ScannedGap => ({ fromByte: frame.offset, toByte: frame.end, reason });
    const { epoch } = at;
    const content = readContent(frame.content);
    if (content === null) return bad('content');
    const bodies = content.entries.filter((entry) => entry.kind === 'event');
    const [first] = bodies;
    if (first === undefined) {
      foldFrame(state, epoch, { content, end: { seq: epoch.lastSeq, head: epoch.head } });
      return null;
    }
    if (content.headBefore === null || bodies.some((body, i) => body.seq !== first.seq + i)) return bad('content');
    const start = { seq: first.seq - 1, head: content.headBefore };
    if (!this.#reaches(epoch, start)) return bad('chain');
    this.#skipTo(epoch, start);
    this.#pending = [];
    const end = this.#chain(epoch, { start, bodies: bodies.map((body) => body.bytes) }, at.events);
    foldFrame(state, epoch, { content, end });
    index.note(epoch.name, { seq: first.seq, segment: at.segment, offset: frame.offset }, at.jump);
    return null;
  }

  /** Where the chain stands after events, as far as it is computed now. */
  #chain(
    epoch: EpochState,
    taken: { readonly start: ChainEnd; readonly bodies: readonly Uint8Array[] },
    events: ChainedEvent[],
  ): ChainEnd {
    if (this.#hashing === 'ends') {
      this.#unhashed = { epoch, ...taken };
      return { seq: taken.start.seq + taken.bodies.length, head: taken.start.head };
    }
    let end: ChainEnd = taken.start;
    for (const body of taken.bodies) {
      const event = chainEvent(epoch, end, body);
      events.push(event);
      end = event;
    }
    return end;
  }

  /** Computes the head after the last events, where that was put off. */
  #hash(): void {
    if (this.#unhashed === null) return;
    const { epoch, start, bodies } = this.#unhashed;
    this.#unhashed = null;
    let end: ChainEnd = start;
    for (const body of bodies) end = chainEvent(epoch, end, body);
    epoch.head = end.head;
  }

  /** Whether the chain may go on from there: where it ends, or behind damage anywhere later. */
  #reaches(epoch: EpochState, to: ChainEnd): boolean {
    const here = epoch.lastSeq === to.seq && (this.#unhashed !== null || sameBytes(epoch.head, to.head));
    return here || (this.#pending.length > 0 && to.seq > epoch.lastSeq);
  }

  /** Moves the end of an epoch on; the events between are lost. */
  #skipTo(epoch: EpochState, to: ChainEnd): void {
    const range = { first: epoch.lastSeq + 1, last: to.seq };
    if (range.last >= range.first) {
      epoch.missing = withRange(epoch.missing, range);
      this.#lose({ epoch: epoch.name, ...range });
    }
    epoch.lastSeq = to.seq;
    epoch.head = to.head;
  }

  #lose(missing: MissingEvents): void {
    this.#pending[0]?.missing.push(missing);
  }
}

/** Null for content that makes no sense. Throws `ERR_JOURNAL_VERSION` for that of a newer version. */
function readContent(bytes: Uint8Array): FrameContent | null {
  try {
    return decodeContent(bytes);
  } catch (error) {
    if (isWaslError(error, 'ERR_JOURNAL_DAMAGED')) return null;
    throw error;
  }
}

/**
 * Goes through the segments of a journal in order, checks that each frame follows from what is before it, and folds it in. Pure.
 *
 *   segment → its statement fits the end of the chain → frames: seq strictly +1, head as computed → folded
 *      └ damaged or missing: remembered, until the next sound frame or statement says which events were in it
 */
import { epochBase } from '../../sync/protocol/chain.js';
import { sameBytes } from '../credential/cbor.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { ChainedEvent } from '../domain/event.js';
import { type DamageReason, type KnownDamage, type MissingEvents, withRange } from './damage.js';
import { decodeContent, type FrameContent } from './entry-codec.js';
import type { EpochOrigin } from './epochs.js';
import type { EventIndex } from './event-index.js';
import type { SegmentHead, SegmentLink } from './segment-head.js';
import type { ScannedFrame, SegmentScan } from './segment-scan.js';
import { chainEvent, currentEpoch, type EpochState, type FoldedState, foldEpoch, foldFrame } from './state.js';
import type { SegmentStatement } from './statement.js';

/** A segment that can be read. */
export interface SegmentRecord {
  readonly segment: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly end: SegmentLink;
}

/** All that is known of a journal. */
export interface History {
  readonly state: FoldedState;
  readonly index: EventIndex;
  /** By number. */
  readonly segments: Map<number, SegmentRecord>;
}

/** A damage while it is not yet known what it cost. */
export interface FoundDamage extends KnownDamage {
  readonly missing: MissingEvents[];
}

/** Folds segments into a history, one after another. */
export interface Replay {
  /** Takes in a segment and gives the events in it. `fileBytes`: for the report, should the segment not fit at all. */
  segment(found: { readonly head: SegmentHead; readonly scan: SegmentScan; readonly fileBytes: number }): ChainedEvent[];
  /** A segment of which nothing can be used. */
  lost(damage: KnownDamage): void;
  /** A damage that costs no event by itself. */
  note(damage: KnownDamage): void;
  /** Events of the current epoch up to here were lost: something outside the segments shows that the chain had come so far. */
  advance(to: { readonly epoch: EpochOrigin; readonly seq: number; readonly head: Uint8Array }): void;
  /** All damage so far; what the last one cost is not known when nothing sound followed. */
  damages(): readonly FoundDamage[];
}

/** Starts folding into `history`, which may already hold what a checkpoint knew. Throws `ERR_DATA_FOLDER` for another terminal's journal. */
export function createReplay(history: History, terminal: string | null): Replay {
  const { state } = history;
  const damages: FoundDamage[] = [];
  /** Damage since the last sound place of the chain. */
  let pending: FoundDamage[] = [];

  const add = (damage: KnownDamage): void => {
    const found = { ...damage, missing: [] };
    damages.push(found);
    pending.push(found);
  };
  const settle = (missing: readonly MissingEvents[]): void => {
    pending[0]?.missing.push(...missing);
    pending = [];
  };
  /** Moves the end of an epoch on to `seq`, with everything between lost. */
  const skipTo = (epoch: EpochState, to: { seq: number; head: Uint8Array }): void => {
    const range = { first: epoch.lastSeq + 1, last: to.seq };
    if (range.last >= range.first) {
      epoch.missing = withRange(epoch.missing, range);
      settle([{ epoch: epoch.name, ...range }]);
    }
    epoch.lastSeq = to.seq;
    epoch.head = to.head;
  };
  const reaches = (epoch: EpochState, to: { seq: number; head: Uint8Array }): boolean =>
    (epoch.lastSeq === to.seq && sameBytes(epoch.head, to.head)) || (pending.length > 0 && to.seq > epoch.lastSeq);

  /** The epoch of a segment, with the chain moved to where its statement says; null when that cannot follow from what is here. */
  const enter = (statement: SegmentStatement): EpochState | null => {
    const current = currentEpoch(state);
    const known = state.epochs.get(statement.epoch.name);
    if (known !== undefined) {
      if (known !== current || !reaches(known, statement)) return null;
      skipTo(known, statement);
      return known;
    }
    if (!followsFrom(statement, current)) return null;
    const epoch = foldEpoch(state, statement.epoch);
    skipTo(epoch, statement);
    return epoch;
  };
  /** Whether a new epoch may begin here; moves the end of the one before to where the new one links. */
  const followsFrom = (statement: SegmentStatement, current: EpochState | null): boolean => {
    const { name, base, previous } = statement.epoch;
    if (!sameBytes(base, epochBase({ terminal: statement.terminal, epoch: name, previous }))) return false;
    if (statement.seq === 0 ? !sameBytes(statement.head, base) : pending.length === 0) return false;
    if (previous === null) return current === null || pending.length > 0;
    if (current?.name === previous.epoch) {
      if (!reaches(current, previous)) return false;
      skipTo(current, previous);
      return true;
    }
    if (pending.length === 0 || state.epochs.has(previous.epoch)) return false;
    const open = current === null ? [] : [{ epoch: current.name, first: current.lastSeq + 1, last: null }];
    const between = previous.seq === 0 ? [] : [{ epoch: previous.epoch, first: 1, last: previous.seq }];
    pending[0]?.missing.push(...open, ...between);
    return true;
  };

  const takeFrame = (at: { epoch: EpochState; segment: number; jump: boolean }, frame: ScannedFrame): ChainedEvent[] | DamageReason => {
    const content = readContent(frame.content);
    if (content === null) return 'content';
    const bodies = content.entries.flatMap((entry) => (entry.kind === 'event' ? [entry] : []));
    const [first] = bodies;
    const { epoch } = at;
    if (first === undefined) {
      foldFrame(state, epoch, { content, end: { seq: epoch.lastSeq, head: epoch.head } });
      return [];
    }
    if (content.headBefore === null || bodies.some((body, i) => body.seq !== first.seq + i)) return 'content';
    const start = { seq: first.seq - 1, head: content.headBefore };
    if (!reaches(epoch, start)) return 'chain';
    skipTo(epoch, start);
    settle([]);
    const events: ChainedEvent[] = [];
    for (const body of bodies) events.push(chainEvent(epoch, events.at(-1) ?? start, body.bytes));
    foldFrame(state, epoch, { content, end: events.at(-1) ?? start });
    history.index.note(epoch.name, { seq: first.seq, segment: at.segment, offset: frame.offset }, at.jump);
    return events;
  };

  return {
    segment: ({ head, scan, fileBytes }) => {
      const { segment, statement, salt } = head;
      if (terminal !== null && statement.terminal !== terminal) {
        throw new WaslError('ERR_DATA_FOLDER', 'the data folder belongs to another terminal');
      }
      const epoch = enter(statement);
      if (epoch === null) {
        add({ segment, fromByte: 0, toByte: fileBytes, reason: 'chain' });
        return [];
      }
      if (pending.length > 0 && scan.parts.length > 0) settle([]);
      history.segments.set(segment, { segment, salt, end: scan.end });
      const events: ChainedEvent[] = [];
      let jump = false;
      for (const part of scan.parts) {
        if (part.kind === 'gap') {
          add({ segment, ...part.gap });
          jump = true;
          continue;
        }
        const taken = takeFrame({ epoch, segment, jump }, part.frame);
        if (typeof taken === 'string') {
          add({ segment, fromByte: part.frame.offset, toByte: part.frame.end, reason: taken });
          jump = true;
          continue;
        }
        events.push(...taken);
        if (taken.length > 0) jump = false;
      }
      return events;
    },
    lost: add,
    note: (damage) => damages.push({ ...damage, missing: [] }),
    advance: ({ epoch: origin, ...to }) => {
      const epoch = state.epochs.get(origin.name) ?? foldEpoch(state, origin);
      if (epoch.lastSeq < to.seq) skipTo(epoch, to);
    },
    damages: () => {
      const current = currentEpoch(state);
      for (const damage of pending) {
        if (current === null || damage !== pending[0]) continue;
        damage.missing.push({ epoch: current.name, first: current.lastSeq + 1, last: null });
      }
      pending = [];
      return damages;
    },
  };
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

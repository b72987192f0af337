/**
 * What may be pruned, and what a history is without it. Pure.
 *
 * A segment goes when all events in it, and in those before it, are acknowledged by the newest life of the centre, and past its backup
 * window. Never the newest segment; and never the last event of an epoch that more is said about, so that there is always something
 * to ask the centre with. What the segments came to stays in the state.
 */
import { isPastWindow } from './backup-window.js';
import { countAbove } from './damage.js';
import { createEventIndex } from './event-index.js';
import type { History, SegmentRecord } from './history.js';
import type { SeqRange } from './journal.js';
import { currentEpoch, type EpochState, type FoldedState, newestIncarnation } from './state.js';

/** Epochs that are remembered though nothing of them is here any more: sixteen years of quarters. */
export const PRUNED_EPOCHS_MAX = 64;

/** The last segment that may be pruned together with all before it, or null. */
export function lastPrunable(history: History, backupWindowDays: number): SegmentRecord | null {
  const { state, segments } = history;
  let last: SegmentRecord | null = null;
  let before: SegmentRecord | null = null;
  for (const record of segments.values()) {
    if (before !== null) {
      if (!isSettled(state, before, backupWindowDays)) break;
      if (leavesSomething(state, before)) last = before;
    }
    before = record;
  }
  return last;
}

function isSettled(state: FoldedState, { epoch, chain }: SegmentRecord, backupWindowDays: number): boolean {
  const mark = state.acknowledged.get(epoch);
  const known = state.epochs.get(epoch);
  if (mark === undefined || known === undefined || mark.seq < chain.seq) return false;
  // A centre that was restored is asked about each epoch again, unless there is nothing left to ask with.
  if (mark.incarnation < newestIncarnation(state) && readableAbove(known, 0) > 0) return false;
  return isPastWindow(state.held, { epoch, seq: chain.seq }, backupWindowDays);
}

function leavesSomething(state: FoldedState, { epoch, chain }: SegmentRecord): boolean {
  const known = state.epochs.get(epoch);
  if (known === undefined) return false;
  return readableAbove(known, chain.seq) > 0 || (chain.seq === known.lastSeq && known !== currentEpoch(state));
}

function readableAbove(epoch: EpochState, seq: number): number {
  const from = Math.max(seq, epoch.pruned?.seq ?? 0);
  return epoch.lastSeq - from - countAbove(epoch.missing, from);
}

/** Takes everything up to the end of a segment out of a history, and remembers how far. */
export function prune(history: History, upTo: SegmentRecord): void {
  const { state, index, segments } = history;
  for (const segment of [...segments.keys()]) if (segment <= upTo.segment) segments.delete(segment);
  index.forget(upTo.segment);
  history.pruned = { segment: upTo.segment, end: upTo.end };
  const kept = state.damages.filter((damage) => damage.segment > upTo.segment);
  state.damages.splice(0, state.damages.length, ...kept);
  for (const epoch of state.epochs.values()) {
    const isLast = epoch.name === upTo.epoch;
    epoch.pruned = isLast ? upTo.chain : { seq: epoch.lastSeq, head: epoch.head };
    epoch.missing = rangesAbove(epoch.missing, epoch.pruned.seq);
    if (isLast) break;
  }
  forgetOldest(state);
}

function rangesAbove(ranges: readonly SeqRange[], seq: number): readonly SeqRange[] {
  return ranges
    .filter((range) => range.last > seq)
    .map((range) => ({ ...range, first: Math.max(range.first, seq + 1) }));
}

function forgetOldest(state: FoldedState): void {
  const gone = [...state.epochs.values()].filter((epoch) => epoch.pruned?.seq === epoch.lastSeq);
  for (const { name } of gone) state.held.marks.delete(name);
  for (const { name } of gone.slice(0, Math.max(0, gone.length - PRUNED_EPOCHS_MAX))) {
    state.epochs.delete(name);
    state.acknowledged.delete(name);
  }
}

/** A copy that can be pruned without changing what it was copied from. Maps that pruning leaves alone are shared. */
export function copyHistory({ state, index, segments, pruned }: History): History {
  return {
    state: {
      ...state,
      epochs: new Map([...state.epochs].map(([name, epoch]) => [name, { ...epoch }])),
      acknowledged: new Map(state.acknowledged),
      held: { contact: state.held.contact, marks: new Map(state.held.marks) },
      damages: [...state.damages],
    },
    index: createEventIndex(index.dump()),
    segments: new Map(segments),
    pruned,
  };
}

/**
 * The beginning of a replay of what was not pruned: the chain as it stood where the pruned part ends, and nothing else of the state. The
 * checkpoint that `history` comes from has the rest, as of its own place.
 */
export function historyAtPruned(history: History, empty: History): History {
  for (const epoch of history.state.epochs.values()) {
    if (epoch.pruned === null) break;
    const { seq, head } = epoch.pruned;
    empty.state.epochs.set(epoch.name, { ...epoch, lastSeq: seq, head, missing: [] });
  }
  empty.pruned = history.pruned;
  return empty;
}

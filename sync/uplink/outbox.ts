/** What to send next. The outbox is a cursor on the journal: it holds ranges, never events. */
import { WaslError } from '../../agent/domain/errors.js';
import type { EpochInfo, JournalReader } from '../../agent/journal/journal.js';
import type { SeqRange } from '../protocol/ack.js';
import { BATCH_EVENTS_BYTES_MAX, type BatchContent } from '../protocol/batch.js';
import { newestIncarnation } from './ack-check.js';

/** The epoch whose turn it is. */
export interface Target {
  readonly epoch: EpochInfo;
  /** Newest acknowledged sequence. */
  readonly cursor: number;
  /** True when events can still be added to it. */
  readonly open: boolean;
}

/** What is under way or known to be missing, of the target. */
export interface Outstanding {
  readonly inFlight: readonly SeqRange[];
  /** Runs out of their turn that the centre was seen to hold. */
  readonly held: readonly SeqRange[];
  /** Ranges that the centre says it lacks, or null when it said nothing. */
  readonly missing: readonly SeqRange[] | null;
}

/** Bounds of one batch. */
export interface BatchLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/**
 * The oldest epoch that has something the newest life of the centre has not acknowledged, or null. An epoch that an earlier life
 * acknowledged counts: a restored centre may have lost it.
 */
export function nextTarget(journal: JournalReader): Target | null {
  const epochs = journal.epochs();
  const state = journal.state();
  const incarnation = newestIncarnation(state);
  const newest = epochs.at(-1);
  for (const epoch of epochs) {
    const mark = state.acknowledged.get(epoch.name);
    if (epoch.lastSeq === 0) continue;
    const told = mark !== undefined && mark.seq >= epoch.lastSeq;
    if (told && (mark.incarnation >= incarnation || lastReadable(epoch) === 0)) continue;
    return { epoch, cursor: mark?.seq ?? 0, open: epoch.name === newest?.name };
  }
  return null;
}

/** The run of destroyed events that `seq` is in, or null when the event can be read. */
export function holeAt(epoch: EpochInfo, seq: number): SeqRange | null {
  return epoch.missing?.find((hole) => hole.first <= seq && seq <= hole.last) ?? null;
}

/**
 * The range to send next, or null while the answer to what is under way has to come first. Where the centre named what it lacks, only
 * that is sent until it answers again. What it was seen to hold is left out, unless nothing else is left: then it has to be asked.
 * When all was acknowledged, but by an earlier life of the centre, the last event asks.
 */
export function nextRange(target: Target, outstanding: Outstanding): SeqRange | null {
  const { epoch, cursor } = target;
  const { inFlight, held, missing } = outstanding;
  if (missing !== null && missing.length > 0) {
    const range = firstUncovered(missing, inFlight, epoch.lastSeq);
    if (range !== null || inFlight.length > 0) return beforeHole(epoch, range);
  }
  if (cursor >= epoch.lastSeq) {
    const last = lastReadable(epoch);
    return inFlight.length > 0 ? null : { first: last, last };
  }
  const rest = [{ first: cursor + 1, last: epoch.lastSeq }];
  const range = firstUncovered(rest, [...inFlight, ...held], epoch.lastSeq);
  return beforeHole(epoch, range ?? (inFlight.length > 0 ? null : (rest[0] ?? null)));
}

/** The newest event that can be read; 0 for none. */
function lastReadable(epoch: EpochInfo): number {
  const hole = holeAt(epoch, epoch.lastSeq);
  return hole === null ? epoch.lastSeq : hole.first - 1;
}

/** The part of `range` before the first destroyed event, or null when there is none. */
function beforeHole(epoch: EpochInfo, range: SeqRange | null): SeqRange | null {
  if (range === null) return null;
  const hole = epoch.missing?.find((candidate) => candidate.last >= range.first);
  const last = hole === undefined ? range.last : Math.min(range.last, hole.first - 1);
  return last < range.first ? null : { first: range.first, last };
}

/**
 * Reads as much of `range` as fits one batch. Throws `ERR_JOURNAL_DAMAGED` when the journal no longer has its beginning.
 */
export async function readBatch(
  journal: JournalReader,
  cut: { readonly terminal: string; readonly epoch: EpochInfo; readonly range: SeqRange },
  limits: BatchLimits,
): Promise<BatchContent> {
  const { terminal, epoch, range } = cut;
  const countMax = Math.min(limits.eventsMax, range.last - range.first + 1);
  const bytesMax = Math.min(limits.bytesMax, BATCH_EVENTS_BYTES_MAX);
  const events = await journal.readEvents(epoch.name, range.first, { countMax, bytesMax });
  const base = range.first === 1 ? epoch.base : await journal.headAt(epoch.name, range.first - 1);
  if (base === null || events[0]?.seq !== range.first)
    throw new WaslError('ERR_JOURNAL_DAMAGED', 'an event that the centre lacks is not in the journal', {
      details: { epoch: epoch.name, seq: range.first },
    });
  return {
    terminal,
    epoch: epoch.name,
    first: range.first,
    last: range.first + events.length - 1,
    base,
    saltKey: epoch.saltKey,
    events: events.map((event) => event.bytes),
  };
}

function firstUncovered(missing: readonly SeqRange[], inFlight: readonly SeqRange[], lastSeq: number): SeqRange | null {
  const covered = [...inFlight].sort((a, b) => a.first - b.first);
  for (const gap of missing) {
    let first = gap.first;
    const last = Math.min(gap.last, lastSeq);
    let end = last;
    for (const range of covered) {
      if (range.first <= first && range.last >= first) first = range.last + 1;
      else if (range.first > first) {
        end = Math.min(end, range.first - 1);
        break;
      }
    }
    if (first <= end) return { first, last: end };
  }
  return null;
}

/** From what a caller wants recorded to the content of a frame: checked, numbered and chained. Pure. */
import { encodeEvent } from '../../sync/protocol/event-codec.js';
import { SEQ_MAX } from '../../sync/protocol/topics.js';
import { readSlotImage } from '../credential/ledger.js';
import { WaslError } from '../domain/errors.js';
import type { ChainedEvent, WaslEvent } from '../domain/event.js';
import { encodeContent, type FrameContent, type StoredEntry } from './entries/entry-codec.js';
import type { EpochOrigin } from './epochs.js';
import type { GivenStep, IntentStep, JournalEntry, KeptStep, ShiftStep, TapStep } from './journal.js';
import type { AppendUse } from './limits.js';
import { type ChainEnd, chainEvent, type EpochState, type FoldedState } from './state.js';

/** An entry that was checked as far as it can be by itself. */
export type PreparedEntry =
  | { readonly kind: 'event'; readonly event: WaslEvent; readonly bytes: Uint8Array }
  | Extract<StoredEntry, { readonly kind: 'intent' }>
  | { readonly kind: 'step'; readonly step: Exclude<TapStep, IntentStep> }
  | { readonly kind: 'given'; readonly given: GivenStep }
  | { readonly kind: 'kept'; readonly kept: KeptStep }
  | { readonly kind: 'shift'; readonly shift: ShiftStep }
  | Exclude<StoredEntry, { readonly kind: 'event' | 'intent' | 'commit' | 'step' | 'given' | 'kept' | 'shift' }>;

/** Everything that one append records, prepared. */
export interface PreparedAppend {
  readonly entries: readonly PreparedEntry[];
  readonly timeMs: number;
  readonly intents: number;
  /** Whether it may use the room that is kept back. */
  readonly use: AppendUse;
}

/** The content of a frame, with what follows from it. */
export interface DraftedFrame {
  readonly content: FrameContent;
  readonly bytes: Uint8Array;
  readonly events: readonly ChainedEvent[];
  /** Where the chain stands after it. */
  readonly end: ChainEnd;
}

/**
 * Checks entries by themselves. Throws `ERR_EVENT_FORMAT` for an event that cannot be written, `ERR_LEDGER_DAMAGED` for an intent
 * whose slot image holds no record.
 */
export function prepareAppend(entries: readonly JournalEntry[]): PreparedAppend {
  const prepared = entries.map(prepareEntry);
  return {
    entries: prepared,
    timeMs: entries.reduce((latest, entry) => Math.max(latest, timeOf(entry)), 0),
    intents: prepared.filter((entry) => entry.kind === 'intent').length,
    use: useOf(prepared),
  };
}

function useOf(entries: readonly PreparedEntry[]): AppendUse {
  const kinds = new Set(entries.map((entry) => entry.kind));
  if (kinds.has('step') && [...kinds].every((kind) => isOfTapEnd(kind))) return 'tap-end';
  if (entries.every((entry) => entry.kind === 'payment' && entry.payment.step !== 'paying')) return 'tap-end';
  return [...kinds].every((kind) => kind === 'acknowledged' || kind === 'time-floor') ? 'upkeep' : 'record';
}

function isOfTapEnd(kind: PreparedEntry['kind']): boolean {
  return kind === 'step' || kind === 'event' || kind === 'payment' || kind === 'slip';
}

function prepareEntry(entry: JournalEntry): PreparedEntry {
  if (entry.kind === 'event') return { ...entry, bytes: encodeEvent(entry.event) };
  if (entry.kind !== 'step') return entry;
  const { step } = entry;
  if (step.step !== 'intent') return { kind: 'step', step };
  const { record, hash } = readSlotImage(step.slotImage);
  return { kind: 'intent', step, family: record.family, recordHash: hash };
}

function timeOf(entry: JournalEntry): number {
  switch (entry.kind) {
    case 'event':
      return entry.event.time * 1000;
    case 'step':
      return entry.step.atMs;
    case 'given':
      return entry.given.atMs;
    case 'kept':
      return entry.kept.atMs;
    case 'slip':
      return entry.slip.atMs;
    case 'acknowledged':
      return entry.mark.atMs;
    case 'time-floor':
      return entry.atMs;
    case 'payment':
      return entry.payment.atMs;
    case 'shift':
      return entry.shift.step === 'opened' ? entry.shift.shift.atMs : entry.shift.atMs;
    case 'endorsing':
      return entry.endorsing.atMs;
    case 'health-begun':
      return entry.record.atMs;
    case 'high-water':
    case 'endorsed':
    case 'health-moved':
      return 0;
  }
}

type TapStatus = 'unknown' | 'open' | 'committed' | 'over';

/** Frames that will be written in one flush, each in view of those before it. */
export class Draft {
  readonly #state: FoldedState;
  readonly #epoch: EpochState;
  readonly #openIntentsMax: number;
  #end: ChainEnd;
  #taps = new Map<string, TapStatus>();
  /** Id of the shift that is open. */
  #shift: string | null;
  #opened = 0;

  constructor(state: FoldedState, epoch: EpochState, openIntentsMax: number) {
    this.#state = state;
    this.#epoch = epoch;
    this.#openIntentsMax = openIntentsMax;
    this.#end = { seq: epoch.lastSeq, head: epoch.head };
    this.#shift = state.shift?.id ?? null;
  }

  /**
   * Adds a frame. Throws, having added nothing: `ERR_INTERNAL` for a step that cannot follow from the steps before it, or more than
   * fits one frame; `ERR_ACK_MISMATCH` for an acknowledgement of what is not here; `ERR_JOURNAL_BUSY` for too many open taps.
   */
  add(append: PreparedAppend): DraftedFrame {
    const taps = new Map(this.#taps);
    this.#checkSteps(append, taps);
    const shift = shiftAfter(this.#shift, append.entries);
    if (append.intents > 0 && this.#state.openIntents.size + this.#opened + append.intents > this.#openIntentsMax) {
      throw new WaslError('ERR_JOURNAL_BUSY', 'too many taps are open');
    }
    const frame = draftFrame(this.#epoch, this.#end, append);
    if (frame.end.seq > SEQ_MAX) throw new WaslError('ERR_INTERNAL', 'the epoch is full');
    this.#taps = taps;
    this.#shift = shift;
    this.#opened += append.intents;
    this.#end = frame.end;
    return frame;
  }

  #checkSteps(append: PreparedAppend, taps: Map<string, TapStatus>): void {
    for (const entry of append.entries) {
      if (entry.kind === 'acknowledged') this.#checkMark(entry.mark);
      if (entry.kind === 'intent') {
        if (this.#statusOf(entry.step.tapId, taps) !== 'unknown') throw outOfOrder('intent');
        taps.set(entry.step.tapId, 'open');
      }
      if (entry.kind === 'given' || entry.kind === 'kept') {
        const { tapId } = entry.kind === 'given' ? entry.given : entry.kept;
        if (this.#statusOf(tapId, taps) !== 'unknown') throw outOfOrder(entry.kind);
        taps.set(tapId, 'committed');
      }
      if (entry.kind !== 'step') continue;
      const status = this.#statusOf(entry.step.tapId, taps);
      if (status !== (entry.step.step === 'dispensed' ? 'committed' : 'open')) throw outOfOrder(entry.step.step);
      if (entry.step.step === 'commit') taps.set(entry.step.tapId, 'committed');
      if (entry.step.step === 'closed' || entry.step.step === 'dispensed') taps.set(entry.step.tapId, 'over');
    }
  }

  #checkMark(mark: { readonly epoch: string; readonly seq: number }): void {
    const epoch = mark.epoch === this.#epoch.name ? { lastSeq: this.#end.seq } : this.#state.epochs.get(mark.epoch);
    if (epoch === undefined || mark.seq > epoch.lastSeq) throw new WaslError('ERR_ACK_MISMATCH');
  }

  #statusOf(tapId: string, taps: ReadonlyMap<string, TapStatus>): TapStatus {
    const drafted = taps.get(tapId);
    if (drafted !== undefined) return drafted;
    if (this.#state.openIntents.has(tapId)) return 'open';
    const { undispensed, undispensedGifts, slips } = this.#state;
    const kept = slips.kept.get(tapId);
    if (kept !== undefined) return kept.isHandedOver ? 'over' : 'committed';
    return undispensed.has(tapId) || undispensedGifts.has(tapId) ? 'committed' : 'unknown';
  }
}

/** The content of a frame that goes on from `start`. Throws `ERR_INTERNAL` for a commit without its redemption event, a gift without its roster event, or too much for one frame. */
export function draftFrame(
  epoch: Pick<EpochOrigin, 'name' | 'saltKey'>,
  start: ChainEnd,
  append: Pick<PreparedAppend, 'entries' | 'timeMs'>,
): DraftedFrame {
  const events: ChainedEvent[] = [];
  for (const entry of append.entries) {
    if (entry.kind === 'event') events.push(chainEvent(epoch, events.at(-1) ?? start, entry.bytes));
  }
  const numbered = events.values();
  const entries = append.entries.map((entry): StoredEntry => {
    if (entry.kind === 'event') return { kind: 'event', seq: numbered.next().value?.seq ?? 0, bytes: entry.bytes };
    if (entry.kind === 'given') return { ...entry, seq: placeOf(append.entries, start.seq, ['roster']) };
    if (entry.kind === 'kept') return { ...entry, seq: placeOf(append.entries, start.seq, ['redemption']) };
    if (entry.kind === 'shift')
      return { kind: 'shift', shift: { ...entry.shift, seq: placeOf(append.entries, start.seq, ['shift']) } };
    if (entry.kind !== 'step') return entry;
    const { step } = entry;
    if (step.step !== 'commit') return { kind: 'step', step };
    return {
      kind: 'commit',
      tapId: step.tapId,
      atMs: step.atMs,
      seq: placeOf(append.entries, start.seq, ['redemption', 'void']),
    };
  });
  const content = { timeMs: append.timeMs, headBefore: events.length === 0 ? null : start.head, entries };
  return { content, bytes: encodeContent(content), events, end: events.at(-1) ?? start };
}

/** The sequence that the one event of these types among `entries` will have. */
function placeOf(entries: readonly PreparedEntry[], seqBefore: number, types: readonly WaslEvent['type'][]): number {
  const events = entries.filter((entry) => entry.kind === 'event');
  const places = events.flatMap((entry, i) => (types.includes(entry.event.type) ? [seqBefore + 1 + i] : []));
  const [seq] = places;
  if (seq === undefined || places.length > 1) {
    throw new WaslError(
      'ERR_INTERNAL',
      `what was served is recorded together with its event (${types.join(', ')}), and no other`,
    );
  }
  return seq;
}

/** Which shift is open after these entries. Throws `ERR_INTERNAL` for one that is opened beside another, or closed without being open. */
function shiftAfter(open: string | null, entries: readonly PreparedEntry[]): string | null {
  let now = open;
  for (const entry of entries) {
    if (entry.kind !== 'shift') continue;
    const { shift: step } = entry;
    if (step.step === 'opened' ? now !== null : now !== step.id)
      throw new WaslError('ERR_INTERNAL', `a shift cannot be ${step.step} now`);
    now = step.step === 'opened' ? step.shift.id : null;
  }
  return now;
}

function outOfOrder(step: TapStep['step'] | 'given' | 'kept'): WaslError {
  return new WaslError('ERR_INTERNAL', `the step ${step} cannot follow from what is recorded of its tap`);
}

/** The state of a terminal, folded from what its journal holds. Pure: the same frames give the same state, on whatever disk. */
import { bodyHash, bodySalt, nextHead } from '../../sync/protocol/chain.js';
import { sameBytes } from '../credential/cbor.js';
import type { ChainedEvent } from '../domain/event.js';
import { emptyHeldLog, forgetAbove, type HeldLog, noteContact } from './backup-window.js';
import type { KnownDamage } from './damage.js';
import type { FrameContent, StoredEntry } from './entries/entry-codec.js';
import { foldHealth, type OpenHealthRecords } from './entries/health-entries.js';
import { emptySlips, type FoldedSlips, foldHandedOver, foldKept, foldSlip } from './entries/slip-entries.js';
import type { ChainPlace, EpochOrigin } from './epochs.js';
import type {
  AcknowledgedMark,
  EndorsementMark,
  OpenEndorsement,
  OpenIntent,
  PlacedShift,
  SeqRange,
  TapStep,
  UndispensedGift,
  UndispensedGrant,
} from './journal.js';
import { copyMarks, type Marks, raiseMark } from './marks.js';
import { foldDispensed, foldPayment, foldServed, type OpenPayments } from './payments.js';

/** Grants that are remembered as not handed over, the newest: a reminder for the operator, not a record. */
export const UNDISPENSED_MAX = 4096;

/** Endorsements on their way that are remembered, the newest: the list that they came with has them as well. */
export const ENDORSING_MAX = 4096;

/** An epoch as it stands. */
export interface EpochState extends EpochOrigin {
  lastSeq: number;
  head: Uint8Array;
  /** See `EpochInfo`; empty while the epoch is whole. */
  missing: readonly SeqRange[];
  /** The newest event that was pruned, and the head after it: what is left chains on that. Null while all are here. */
  pruned: ChainEnd | null;
}

/** An open intent with the hash of its record. */
export interface StoredIntent extends OpenIntent {
  readonly recordHash: Uint8Array;
}

/** Everything that is folded. Changed in place by {@link foldFrame} and the functions beside it. */
export interface FoldedState {
  /** Oldest first; the last one is current. */
  readonly epochs: Map<string, EpochState>;
  readonly highWater: Marks;
  readonly endorsements: Map<number, EndorsementMark>;
  readonly endorsing: Map<number, OpenEndorsement>;
  readonly healthRecords: OpenHealthRecords;
  readonly openIntents: Map<string, StoredIntent>;
  readonly undispensed: Map<string, UndispensedGrant>;
  readonly undispensedGifts: Map<string, UndispensedGift>;
  readonly slips: FoldedSlips;
  readonly payments: OpenPayments;
  /** The shift that is open. */
  shift: PlacedShift | null;
  readonly acknowledged: Map<string, AcknowledgedMark>;
  /** Since when, by the centre's own days. */
  readonly held: HeldLog;
  /** Damage that was recorded. */
  readonly damages: KnownDamage[];
  lastContactMs: number | null;
  timeFloorMs: number;
}

/** The state of a journal with nothing in it. */
export function emptyState(): FoldedState {
  return {
    epochs: new Map(),
    highWater: new Map(),
    endorsements: new Map(),
    endorsing: new Map(),
    healthRecords: new Map(),
    openIntents: new Map(),
    undispensed: new Map(),
    undispensedGifts: new Map(),
    slips: emptySlips(),
    payments: new Map(),
    shift: null,
    acknowledged: new Map(),
    held: emptyHeldLog(),
    damages: [],
    lastContactMs: null,
    timeFloorMs: 0,
  };
}

/** Takes over what `from` remembers, its epochs apart. */
export function adoptState(state: FoldedState, from: FoldedState): void {
  copyMarks(state.highWater, from.highWater);
  replaceAll(state.endorsements, from.endorsements);
  replaceAll(state.endorsing, from.endorsing);
  replaceAll(state.healthRecords, from.healthRecords);
  replaceAll(state.openIntents, from.openIntents);
  replaceAll(state.undispensed, from.undispensed);
  replaceAll(state.undispensedGifts, from.undispensedGifts);
  replaceAll(state.slips.written, from.slips.written);
  replaceAll(state.slips.used, from.slips.used);
  replaceAll(state.slips.kept, from.slips.kept);
  replaceAll(state.payments, from.payments);
  state.shift = from.shift;
  replaceAll(state.acknowledged, from.acknowledged);
  replaceAll(state.held.marks, from.held.marks);
  state.held.contact = from.held.contact;
  state.damages.splice(0, state.damages.length, ...from.damages);
  state.lastContactMs = from.lastContactMs;
  state.timeFloorMs = Math.max(state.timeFloorMs, from.timeFloorMs);
}

function replaceAll<K, V>(map: Map<K, V>, from: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
}

/** The newest epoch, or null in an empty journal. */
export function currentEpoch(state: FoldedState): EpochState | null {
  return [...state.epochs.values()].at(-1) ?? null;
}

/** The end of the chain, or null in an empty journal. */
export function chainEnd(state: FoldedState): ChainPlace | null {
  const epoch = currentEpoch(state);
  return epoch === null ? null : { epoch: epoch.name, seq: epoch.lastSeq, head: epoch.head };
}

/** Begins an epoch. */
export function foldEpoch(state: FoldedState, origin: EpochOrigin): EpochState {
  const epoch: EpochState = { ...origin, lastSeq: 0, head: origin.base, missing: [], pruned: null };
  state.epochs.set(origin.name, epoch);
  return epoch;
}

/** The next event of a chain. */
export function chainEvent(
  epoch: Pick<EpochOrigin, 'name' | 'saltKey'>,
  before: { readonly seq: number; readonly head: Uint8Array },
  bytes: Uint8Array,
): ChainedEvent {
  const seq = before.seq + 1;
  const hash = bodyHash(bodySalt(epoch.saltKey, seq), bytes);
  return { epoch: epoch.name, seq, bytes, bodyHash: hash, head: nextHead(before.head, seq, hash) };
}

/** Takes in a frame of `epoch`; `end` is where the chain stands after its events. */
export function foldFrame(
  state: FoldedState,
  epoch: EpochState,
  recorded: { content: FrameContent; end: ChainEnd },
): void {
  const { content, end } = recorded;
  for (const entry of content.entries) foldEntry(state, epoch, entry);
  const signedMs = signedContact(content.entries);
  if (signedMs !== null) noteContact(state.held, signedMs, state.acknowledged);
  epoch.lastSeq = end.seq;
  epoch.head = end.head;
  state.timeFloorMs = Math.max(state.timeFloorMs, content.timeMs);
}

/** When the centre signed the acknowledgement that was recorded in a frame; null when there is none, or no signed time with it. */
function signedContact(entries: readonly StoredEntry[]): number | null {
  if (!entries.some((entry) => entry.kind === 'acknowledged')) return null;
  const times = entries.flatMap((entry) => (entry.kind === 'time-floor' ? [entry.atMs] : []));
  return times.length === 0 ? null : Math.max(...times);
}

/** Where a chain stands, its epoch being known. */
export type ChainEnd = Pick<ChainPlace, 'seq' | 'head'>;

function foldEntry(state: FoldedState, epoch: EpochState, entry: StoredEntry): void {
  switch (entry.kind) {
    case 'event':
      return;
    case 'intent':
      state.openIntents.set(entry.step.tapId, {
        ...{ intent: entry.step, family: entry.family, reported: false, recordHash: entry.recordHash },
      });
      return;
    case 'commit':
      foldCommit(state, { tapId: entry.tapId, epoch: epoch.name, seq: entry.seq });
      return;
    case 'given': {
      const { given, seq } = entry;
      state.undispensedGifts.set(given.tapId, { given, epoch: epoch.name, seq });
      foldServed(state.payments, given.tapId);
      for (const gone of forgetOldest(state.undispensedGifts, UNDISPENSED_MAX)) foldDispensed(state.payments, gone);
      return;
    }
    case 'kept':
      foldKept(state.slips, { kept: entry.kept, epoch: epoch.name, seq: entry.seq, isHandedOver: false });
      return;
    case 'slip':
      foldSlip(state.slips, entry.slip);
      return;
    case 'step':
      foldStep(state, entry.step);
      return;
    case 'payment':
      foldPayment(state.payments, entry.payment);
      return;
    case 'shift':
      state.shift =
        entry.shift.step === 'opened' ? { ...entry.shift.shift, epoch: epoch.name, seq: entry.shift.seq } : null;
      return;
    case 'acknowledged':
      foldAcknowledged(state, entry.mark);
      return;
    case 'time-floor':
      return;
    case 'high-water':
      raiseMark(state.highWater, entry, entry.mark);
      return;
    case 'endorsing':
      foldEndorsing(state, entry.endorsing);
      return;
    case 'endorsed':
      foldEndorsed(state, entry.card, entry.mark);
      return;
    case 'health-begun':
    case 'health-moved':
      foldHealth(state.healthRecords, entry);
      return;
    case 'damage':
      state.damages.push(entry.damage);
      return;
  }
}

/**
 * The mark is raised here and not at the intent: until the commit the card may still hold the record before, and refusing that as an
 * old image would strand its holder. Nothing is lost by waiting: while the intent is open, any image that comes back is written over.
 */
function foldCommit(state: FoldedState, commit: { tapId: string; epoch: string; seq: number }): void {
  const open = state.openIntents.get(commit.tapId);
  // Its intent was in a damaged frame: the grant stands as an event, and there is nothing here to complete.
  if (open === undefined) return;
  const { intent, family, recordHash } = open;
  state.openIntents.delete(commit.tapId);
  state.undispensed.set(commit.tapId, { intent, epoch: commit.epoch, seq: commit.seq });
  foldServed(state.payments, commit.tapId);
  for (const gone of forgetOldest(state.undispensed, UNDISPENSED_MAX)) foldDispensed(state.payments, gone);
  raiseMark(state.highWater, { card: intent.card, family }, { sequence: intent.ledgerSequence, recordHash });
}

function foldStep(state: FoldedState, step: Exclude<TapStep, { step: 'intent' | 'commit' }>): void {
  switch (step.step) {
    case 'dispensed':
      state.undispensed.delete(step.tapId);
      state.undispensedGifts.delete(step.tapId);
      foldHandedOver(state.slips, step.tapId);
      foldDispensed(state.payments, step.tapId);
      return;
    case 'closed':
      state.openIntents.delete(step.tapId);
      return;
    case 'reported': {
      const open = state.openIntents.get(step.tapId);
      if (open !== undefined) state.openIntents.set(step.tapId, { ...open, reported: true });
      return;
    }
  }
}

/** A centre that was restored counts as a new incarnation and may hold less than the one before; within one, nothing is taken back. */
function foldAcknowledged(state: FoldedState, mark: AcknowledgedMark): void {
  state.lastContactMs = Math.max(state.lastContactMs ?? 0, mark.atMs);
  const known = state.acknowledged.get(mark.epoch);
  const older = known !== undefined && known.incarnation > mark.incarnation;
  const lower = known !== undefined && known.incarnation === mark.incarnation && known.seq > mark.seq;
  if (older || lower) return;
  state.acknowledged.set(mark.epoch, mark);
  // Backups that were made between the restore and this moment may lack what is said again only now: the window begins anew.
  const isNewLife = known !== undefined && known.incarnation < mark.incarnation;
  forgetAbove(state.held, mark.epoch, isNewLife ? 0 : mark.seq);
}

/** The newest life of the centre that any acknowledgement has shown; 0 for none. */
export function newestIncarnation(state: Pick<FoldedState, 'acknowledged'>): number {
  let newest = 0;
  for (const mark of state.acknowledged.values()) newest = Math.max(newest, mark.incarnation);
  return newest;
}

function foldEndorsing(state: FoldedState, endorsing: OpenEndorsement): void {
  // Deleted first, so that the order is that of their beginnings.
  state.endorsing.delete(endorsing.card);
  state.endorsing.set(endorsing.card, endorsing);
  forgetOldest(state.endorsing, ENDORSING_MAX);
}

/** What was forgotten. */
function forgetOldest<K>(map: Map<K, unknown>, most: number): readonly K[] {
  const oldest = map.keys().next();
  if (map.size <= most || oldest.done) return [];
  map.delete(oldest.value);
  return [oldest.value];
}

/** A number never falls while the card carries the same credential. */
function foldEndorsed(state: FoldedState, card: number, mark: EndorsementMark): void {
  const known = state.endorsements.get(card);
  const isSame = known !== undefined && sameBytes(known.credential, mark.credential);
  if (!isSame || mark.number > known.number) state.endorsements.set(card, mark);
  const open = state.endorsing.get(card);
  if (open === undefined) return;
  if (open.number <= mark.number || !sameBytes(open.credential, mark.credential)) state.endorsing.delete(card);
}

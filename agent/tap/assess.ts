/** What the two slots of a card mean, given what this terminal remembers of the card. Pure. */
import { readSlotImage } from '../credential/ledger.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { LedgerRecord, Slot } from '../domain/ledger.js';
import type { HighWaterMark, IntentStep } from '../journal/journal.js';

/** Both slots, the terminal's mark for the card, and its own intents on the card that are still open. */
export interface LedgerEvidence {
  readonly slots: readonly [Slot, Slot];
  readonly mark: HighWaterMark | null;
  readonly intents: readonly IntentStep[];
}

/** A record in a slot with its hash. */
export interface StandingRecord {
  readonly record: LedgerRecord;
  readonly hash: Uint8Array;
}

/** The ledger can be built upon. */
export interface ServeableLedger {
  readonly verdict: 'serve';
  /** The newest record: the next one names its hash. */
  readonly newest: StandingRecord;
  /** The record whose counters count: the newest that is trusted. */
  readonly counted: StandingRecord;
  /** Sequence of the next record; its parity names the slot. */
  readonly nextSequence: number;
  /** The newest slot is damaged or untrusted: the policy's cap bounds what is served. */
  readonly doubt: ErrorCode | null;
}

/** What to do with the card. `superseded` lists own intents that another record has overtaken: to be closed as unresolved. */
export type LedgerVerdict = (
  | ServeableLedger
  /** An interrupted tap of ours: write its slot again, whole, and verify. */
  | { readonly verdict: 'resume'; readonly intent: IntentStep }
  | { readonly verdict: 'refuse'; readonly code: ErrorCode }
) & { readonly superseded: readonly IntentStep[] };

/**
 * Judges a card's ledger. The highest sequence counts, trusted or not: there is no silent fall-back to the other slot. Where the newest
 * record may have been destroyed, the next sequence leaves room for it, as far as that one record goes: of
 * two destroyed in a row the second may share its number, and is found at the centre.
 */
export function assessLedger(evidence: LedgerEvidence): LedgerVerdict {
  if (evidence.slots.some((slot) => slot.state === 'newer')) {
    return { verdict: 'refuse', code: 'ERR_LEDGER_VERSION', superseded: [] };
  }
  const superseded: IntentStep[] = [];
  for (const intent of evidence.intents) {
    if (canResume(intent, evidence.slots)) return { verdict: 'resume', intent, superseded };
    superseded.push(intent);
  }
  const refuse = (code: ErrorCode): LedgerVerdict => ({ verdict: 'refuse', code, superseded });
  const standing = evidence.slots.filter(isStanding);
  // Whoever spoils one slot of an ended card has the other one against them.
  if (standing.some(({ record }) => record.cause === 'ended')) return refuse('ERR_LEDGER_ENDED');
  const newest = standing.reduce<(typeof standing)[number] | null>(
    (best, slot) => (best === null || slot.record.sequence > best.record.sequence ? slot : best),
    null,
  );
  const trusted = standing.filter((slot) => slot.state === 'valid');
  const counted = trusted.reduce<(typeof trusted)[number] | null>(
    (best, slot) => (best === null || slot.record.sequence > best.record.sequence ? slot : best),
    null,
  );
  if (newest === null || counted === null) return refuse('ERR_LEDGER_DAMAGED');

  const { mark } = evidence;
  if (mark !== null) {
    if (newest.record.sequence < mark.sequence) return refuse('ERR_LEDGER_OLD_IMAGE');
    const marked = standing.find((slot) => slot.record.sequence === mark.sequence);
    if (marked !== undefined && !sameHash(marked.hash, mark.recordHash)) return refuse('ERR_LEDGER_FORKED');
  }
  const damaged = standing.length < 2;
  const doubt = newest.state === 'untrusted' ? 'ERR_LEDGER_UNTRUSTED' : damaged ? 'ERR_LEDGER_DAMAGED' : null;
  return {
    verdict: 'serve',
    newest,
    counted,
    nextSequence: newest.record.sequence + (damaged ? 3 : 1),
    doubt,
    superseded,
  };
}

/**
 * An intent is resumed while the card still stands where the intent left it: the record that it builds on is in the other slot, or its
 * own record is in its slot, and nothing newer is on the card.
 */
function canResume(intent: IntentStep, slots: readonly [Slot, Slot]): boolean {
  const ours = readSlotImage(intent.slotImage);
  const target = slots[intent.ledgerSequence % 2];
  const other = slots[1 - (intent.ledgerSequence % 2)];
  if (target === undefined || other === undefined) return false;
  if (isStanding(other) && other.record.sequence > intent.ledgerSequence) return false;
  const written = isStanding(target) && sameHash(target.hash, ours.hash);
  if (isStanding(target) && target.record.sequence >= intent.ledgerSequence && !written) return false;
  return written || (isStanding(other) && sameHash(other.hash, ours.record.previous));
}

/** A slot that holds a record, trusted or not. */
function isStanding(slot: Slot): slot is Extract<Slot, { readonly record: LedgerRecord }> {
  return slot.state === 'valid' || slot.state === 'untrusted';
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Second half of a tap, in the order that neither loses a service nor grants it twice, whatever is cut, whenever:
 *
 *   INTENT (fsync) → body pages → commit page → read back → COMMIT + event (fsync) → green → hand-over → DISPENSED
 *
 * Where the write or the check fails the intent stays open: the next tap of the same card writes the whole slot again and then verifies.
 */

import type { LedgerStore, SlotIndex } from '../../drivers/medium.js';
import { sameBytes } from '../credential/cbor.js';
import { encodeSlot } from '../credential/ledger.js';
import type { Decision } from '../domain/decision.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { ChainedEvent, DecisionVersions, TakenItem, WaslEvent } from '../domain/event.js';
import type { IntentStep, JournalEntry } from '../journal/journal.js';
import { applyRation, decideRation, ledgerDay } from '../services/ration/ration.js';
import type { ServeableCard, TapDeps } from './examine.js';

/** How often a slot is written before the tap is left unresolved, while the card stays on the reader. */
const WRITE_ATTEMPTS_MAX = 2;

/** What became of a request. */
export type Served =
  | {
      readonly result: 'granted';
      readonly tapId: string;
      readonly items: readonly TakenItem[];
      readonly event: ChainedEvent;
      readonly atMs: number;
    }
  | { readonly result: 'refused'; readonly code: ErrorCode }
  /** The intent is durable, the card's state is not known. */
  | { readonly result: 'unresolved'; readonly intent: IntentStep; readonly code: ErrorCode };

/** Decides on the request and carries it out. Never rejects. */
export async function serveCard(
  deps: TapDeps,
  card: ServeableCard,
  tap: { tapId: string; request: readonly TakenItem[] },
): Promise<Served> {
  const decision: Decision = decideRation(card.snapshot, tap.request);
  if (decision.outcome === 'refuse') return { result: 'refused', code: decision.reason };
  let intent: IntentStep;
  try {
    intent = intentFor(deps, card, { tapId: tap.tapId, items: decision.items });
    await deps.journal.append([...doubtEntries(deps, card), { kind: 'step', step: intent }]);
  } catch (error) {
    // Nothing was written to the card: it is whole, and so is the holder's quota.
    return { result: 'refused', code: codeOf(error) };
  }
  return completeIntent(deps, { store: card.store, intent, versions: decision.versions });
}

/** Writes the slot of a durable intent, verifies it, and commits. Also how an interrupted tap is resumed: a matching read is never trusted, the slot is written again. */
export async function completeIntent(
  deps: TapDeps,
  at: { readonly store: LedgerStore; readonly intent: IntentStep; readonly versions: DecisionVersions },
): Promise<Served> {
  const { intent } = at;
  const failure = await writeAndVerify(at.store, intent);
  if (failure !== null) return { result: 'unresolved', intent, code: failure };
  const atMs = deps.time.now().ms;
  const event: WaslEvent = {
    type: 'redemption',
    time: Math.floor(atMs / 1000),
    card: intent.card,
    ledgerSequence: intent.ledgerSequence,
    programme: intent.programme,
    items: intent.items,
    versions: at.versions,
    operator: deps.operator,
  };
  try {
    const recorded = await deps.journal.append([
      { kind: 'step', step: { step: 'commit', tapId: intent.tapId, atMs } },
      { kind: 'event', event },
    ]);
    const chained = recorded.at(-1);
    if (chained === undefined) return { result: 'unresolved', intent, code: 'ERR_JOURNAL_IO' };
    return { result: 'granted', tapId: intent.tapId, items: intent.items, event: chained, atMs };
  } catch (error) {
    return { result: 'unresolved', intent, code: codeOf(error) };
  }
}

function intentFor(
  deps: TapDeps,
  card: ServeableCard,
  tap: { tapId: string; items: readonly TakenItem[] },
): IntentStep {
  const { ledger, owner, snapshot } = card;
  const atMs = deps.time.now().ms;
  const record = {
    family: card.programme.family,
    cause: 'service' as const,
    sequence: ledger.nextSequence,
    previous: ledger.newest.hash,
    day: ledgerDay(ledger.counted.record, snapshot.day),
    time: Math.floor(atMs / 1000),
    usage: applyRation(ledger.counted.record, snapshot.day, tap.items),
    signer: deps.signer.keyId,
  };
  return {
    step: 'intent',
    tapId: tap.tapId,
    atMs,
    card: owner.card,
    uid: owner.uid,
    ledgerSequence: record.sequence,
    slotImage: encodeSlot(record, owner, { signer: deps.signer, slotBytes: card.store.slotBytes }),
    programme: card.programme.number,
    items: tap.items,
  };
}

/** What the journal is told before a card with a doubtful ledger is served, and about records that other terminals wrote. */
function doubtEntries(deps: TapDeps, card: ServeableCard): JournalEntry[] {
  const { ledger, owner } = card;
  const entries: JournalEntry[] = [];
  if (ledger.doubt !== null) {
    entries.push({
      kind: 'event',
      event: {
        type: 'unresolved',
        time: Math.floor(deps.time.now().ms / 1000),
        card: owner.card,
        ledgerSequence: ledger.newest.record.sequence,
        programme: card.programme.number,
        items: [],
        reason: ledger.doubt,
      },
    });
  }
  const mark = deps.journal.state().highWater.get(owner.card);
  if (ledger.newest === ledger.counted && (mark === undefined || mark.sequence < ledger.newest.record.sequence)) {
    entries.push({
      kind: 'high-water',
      card: owner.card,
      mark: { sequence: ledger.newest.record.sequence, recordHash: ledger.newest.hash },
    });
  }
  return entries;
}

async function writeAndVerify(store: LedgerStore, intent: IntentStep): Promise<ErrorCode | null> {
  const index: SlotIndex = intent.ledgerSequence % 2 === 0 ? 0 : 1;
  let failure: ErrorCode = 'ERR_CARD_WRITE';
  for (let attempt = 0; attempt < WRITE_ATTEMPTS_MAX; attempt += 1) {
    try {
      await store.writeSlot(index, intent.slotImage);
      const slot = await store.readSlot(index);
      if (sameBytes(slot.subarray(0, intent.slotImage.length), intent.slotImage)) return null;
      failure = 'ERR_CARD_WRITE';
    } catch (error) {
      failure = codeOf(error);
      if (failure === 'ERR_CARD_LOST') return failure;
    }
  }
  return failure;
}

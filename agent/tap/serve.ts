/**
 * Second half of a tap, in the order that neither loses a service nor grants it twice, whatever is cut, whenever:
 *
 *   INTENT (fsync) → body pages → commit page → read back → COMMIT + event (fsync) → green → hand-over → DISPENSED
 *
 * Where the write or the check fails the intent stays open: the next tap of the same card writes the whole slot again and then verifies.
 */

import type { LedgerStore, SlotIndex } from '../../drivers/medium.js';
import { CHALLENGE_BYTES, verifyCardProof } from '../credential/card-proof.js';
import { sameBytes } from '../credential/cbor.js';
import { encodeSlot } from '../credential/ledger.js';
import type { CardKey } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf, isWaslError } from '../domain/errors.js';
import type { ChainedEvent, TakenItem } from '../domain/event.js';
import type { LedgerCause } from '../domain/ledger.js';
import type { PaidFor, PaymentMethod } from '../domain/payment.js';
import { type IntentStep, type JournalEntry, markOf, type TakenBack } from '../journal/journal.js';
import { carryOut } from '../services/apply.js';
import type { LedgerState, ServiceClaims, ServiceGrant, ServiceRequest } from '../services/service.js';
import { namesKnownSites } from './claims.js';
import { type CompletedIntent, redemptionEntries, trialEntries, voidEntries } from './commit.js';
import { seenEntries } from './endorse.js';
import type { CardWithLedger, ServeableCard, TapDeps } from './examine.js';
import type { ConfirmedMore } from './port.js';
import { serviceOf, UNKNOWN_DESK } from './snapshot.js';
import type { Taken } from './till.js';

/** How often a slot is written before the tap is left unresolved, while the card stays on the reader. */
const WRITE_ATTEMPTS_MAX = 2;

/** What became of a request. */
export type Served =
  | {
      /** `voided`: the record on the card gives an earlier service back, and nothing is handed over. */
      readonly result: 'granted' | 'voided';
      readonly intent: IntentStep;
      readonly event: ChainedEvent;
      readonly atMs: number;
    }
  | { readonly result: 'refused'; readonly code: ErrorCode }
  /** The intent is durable, the card's state is not known. */
  | { readonly result: 'unresolved'; readonly intent: IntentStep; readonly code: ErrorCode };

/** What the operator confirmed. */
export interface RequestedService {
  readonly tapId: string;
  readonly request: ServiceRequest;
  /** How the holder pays at the till, where something is to be paid; what is paid from the card stands in the request. */
  readonly payment?: PaymentMethod;
  /** Told when a payment of this amount, in minor units, is waited for, and when that is over. */
  onPaying?(amount: number | null): void;
}

/** What was confirmed, put together with what was claimed before: what is paid from the card is a part of the request, and the till takes the rest. */
export function requestedOf(
  claims: ServiceClaims,
  items: readonly TakenItem[],
  { payment, ...asked }: ConfirmedMore,
): Pick<RequestedService, 'request' | 'payment'> {
  const request = { ...claims, ...asked, items };
  if (payment === 'purse') return { request: { ...request, paysFrom: payment } };
  return payment === undefined ? { request } : { request, payment };
}

const NOTHING_TO_PAY: Taken = { isPaid: true, entries: [] };

/** Takes the holder's part where this desk takes money, and it is not paid from the card; `about`: what it is for. Never rejects. */
export async function takePayment(
  { till, time }: TapDeps,
  about: PaidFor & { readonly programme: number },
  { tap, grant }: { readonly tap: RequestedService; readonly grant: ServiceGrant },
): Promise<Taken> {
  const amount = grant.effects.charge.holder;
  if (till === undefined || amount === 0 || grant.paidFrom !== undefined) return NOTHING_TO_PAY;
  const { tapId, payment: method } = tap;
  if (method === undefined || !till.methods().includes(method)) return { isPaid: false, code: 'ERR_PAYMENT_METHOD' };
  if (method === 'machine') tap.onPaying?.(amount);
  const taken = await till.take({ tapId, atMs: time.now().ms, ...about, method, amount });
  if (method === 'machine') tap.onPaying?.(null);
  return taken;
}

/** Decides on the request and carries it out. Never rejects. */
export async function serveCard(deps: TapDeps, card: ServeableCard, tap: RequestedService): Promise<Served> {
  const decided = fitting(deps, card, tap.request);
  if (decided.outcome === 'refuse') return { result: 'refused', code: decided.reason };
  const { grant, state } = decided;
  if (!namesKnownSites(card.snapshot, tap.request.papers ?? [], deps.desk ?? UNKNOWN_DESK))
    return { result: 'refused', code: 'ERR_PAPER_REQUEST' };
  // The operator may have taken minutes to choose, and a list may have come in meanwhile.
  if (deps.trust.isHotlisted(card.owner.card)) return { result: 'refused', code: 'ERR_CREDENTIAL_HOTLISTED' };
  if (grant.isTrial) return await tryOut(deps, card, grant);
  const about = { card: card.owner.card, ledgerSequence: card.ledger.nextSequence, programme: card.programme.number };
  const taken = await takePayment(deps, about, { tap, grant });
  if (!taken.isPaid) {
    deps.till?.release(tap.tapId);
    return { result: 'refused', code: taken.code };
  }
  let intent: IntentStep;
  try {
    intent = intentFor(deps, card, { tapId: tap.tapId, grant, state });
    await deps.journal.append([...doubtEntries(deps, card), ...taken.entries, { kind: 'step', step: intent }]);
  } catch (error) {
    // Nothing was written to the card: it is whole, and so is the holder's quota.
    if (taken.entries.length > 0) await deps.till?.giveBack(tap.tapId);
    return { result: 'refused', code: codeOf(error) };
  }
  const { store, credential } = card;
  deps.till?.release(tap.tapId);
  return completeIntent(deps, { store, intent, versions: grant.versions, cardKey: credential.cardKey });
}

/** Writes the slot of a durable intent, verifies it, and commits. Also how an interrupted tap is resumed: a matching read is never trusted, the slot is written again. */
export async function completeIntent(deps: TapDeps, at: CompletedIntent): Promise<Served> {
  const { intent } = at;
  const failure = await writeAndVerify(deps, at);
  if (failure !== null) return { result: 'unresolved', intent, code: failure };
  const atMs = deps.time.now().ms;
  const isVoid = intent.takesBack !== undefined;
  try {
    const recorded = await deps.journal.append([
      ...(isVoid ? voidEntries(deps, at, atMs) : redemptionEntries(deps, at, atMs)),
    ]);
    const chained = recorded.at(-1);
    if (chained === undefined) return { result: 'unresolved', intent, code: 'ERR_JOURNAL_IO' };
    return { result: isVoid ? 'voided' : 'granted', intent, event: chained, atMs };
  } catch (error) {
    return { result: 'unresolved', intent, code: codeOf(error) };
  }
}

/** Decides on the request. Where what is written does not fit the card, and may go on a slip, it is decided on as for a ledger that takes no more papers. */
function fitting(deps: TapDeps, card: ServeableCard, request: ServiceRequest): ReturnType<typeof carryOut> {
  const decided = carryOut(card.snapshot, request);
  if (decided.outcome === 'refuse' || decided.grant.effects.written.length === 0) return decided;
  const { items } = decided.grant;
  try {
    ledgerIntent(deps, card, { tapId: '', items, cause: 'service', state: decided.state });
    return decided;
  } catch (error) {
    if (!isWaslError(error, 'ERR_LEDGER_FULL')) throw error;
  }
  const { snapshot } = card;
  const full = carryOut({ ...snapshot, ledger: { ...snapshot.ledger, takes: 'use' } }, request);
  // A paper that may not go on a slip is not written at all: as before, for want of room.
  return full.outcome === 'grant' && full.grant.effects.isOnSlip === true ? full : decided;
}

/** Records what a programme on trial decided: nothing is written to the card, and nothing is handed over. */
async function tryOut(deps: TapDeps, card: ServeableCard, grant: ServiceGrant): Promise<Served> {
  try {
    const entries = trialEntries(deps, { card: card.owner.card, grant }, deps.time.now().ms);
    await deps.journal.append(entries);
    return { result: 'refused', code: 'ERR_PROGRAMME_TRIAL' };
  } catch (error) {
    return { result: 'refused', code: codeOf(error) };
  }
}

/** Makes the intent of a service. Throws `ERR_LEDGER_FULL`. */
function intentFor(
  deps: TapDeps,
  card: ServeableCard,
  { tapId, grant, state }: { readonly tapId: string; readonly grant: ServiceGrant; readonly state: LedgerState },
): IntentStep {
  const service = serviceOf(grant, card.snapshot.day);
  const intent = ledgerIntent(deps, card, { tapId, items: grant.items, cause: 'service', state });
  return service === undefined ? intent : { ...intent, service };
}

/** The intent of the card's next record. Throws `ERR_LEDGER_FULL` when it does not fit. */
export function ledgerIntent(
  deps: TapDeps,
  card: Omit<CardWithLedger, 'result'>,
  tap: {
    readonly tapId: string;
    readonly items: readonly TakenItem[];
    readonly cause: LedgerCause;
    readonly state: LedgerState;
    readonly takesBack?: TakenBack;
  },
): IntentStep {
  const { ledger, owner } = card;
  const { state } = tap;
  const atMs = deps.time.now().ms;
  const record = {
    family: card.store.family,
    cause: tap.cause,
    sequence: ledger.nextSequence,
    previous: ledger.newest.hash,
    day: state.day,
    time: Math.floor(atMs / 1000),
    usage: state.usage,
    more: state.more,
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
    ...(tap.takesBack === undefined ? {} : { takesBack: tap.takesBack }),
  };
}

/** What the journal is told before a card with a doubtful ledger is served, and about records and endorsements that others wrote. */
export function doubtEntries(deps: TapDeps, card: Omit<CardWithLedger, 'result'>): JournalEntry[] {
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
  const { family } = card.store;
  const mark = markOf(deps.journal.state(), owner.card, family);
  if (ledger.newest === ledger.counted && (mark === null || mark.sequence < ledger.newest.record.sequence)) {
    entries.push({
      kind: 'high-water',
      card: owner.card,
      family,
      mark: { sequence: ledger.newest.record.sequence, recordHash: ledger.newest.hash },
    });
  }
  return [...entries, ...seenEntries(deps, card.endorsed)];
}

/** Writes and reads back; where the card has a key, what it proves decides. Null when the record stands on the card. */
async function writeAndVerify(deps: TapDeps, { store, intent, cardKey }: CompletedIntent): Promise<ErrorCode | null> {
  const index: SlotIndex = intent.ledgerSequence % 2 === 0 ? 0 : 1;
  let failure: ErrorCode = 'ERR_CARD_WRITE';
  for (let attempt = 0; attempt < WRITE_ATTEMPTS_MAX; attempt += 1) {
    try {
      await store.writeSlot(index, intent.slotImage);
      const slot = await store.readSlot(index);
      if (sameBytes(slot.subarray(0, intent.slotImage.length), intent.slotImage))
        return (await isProven(deps, store, { cardKey, record: intent.slotImage })) ? null : 'ERR_CARD_PROOF';
      failure = 'ERR_CARD_WRITE';
    } catch (error) {
      failure = codeOf(error);
      if (failure === 'ERR_CARD_LOST' || failure === 'ERR_CARD_PROOF') return failure;
    }
  }
  return failure;
}

/** A card with a key must prove that it holds the record; one without cannot, and policy bounds what it is good for. */
async function isProven(
  deps: TapDeps,
  store: LedgerStore,
  of: { readonly cardKey: CardKey | undefined; readonly record: Uint8Array },
): Promise<boolean> {
  if (store.prove === undefined) return of.cardKey === undefined;
  if (of.cardKey === undefined) return false;
  const challenge = deps.random.bytes(CHALLENGE_BYTES);
  const proof = await store.prove(challenge);
  return verifyCardProof(of.cardKey, proof, { challenge, record: of.record, family: store.family });
}

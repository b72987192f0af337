/** What was granted and is to be handed over, or was taken back, as the page shows it. */
import type { ErrorCode } from '../domain/error-codes.js';
import { eventId, type TakenItem } from '../domain/event.js';
import type { Paid } from '../domain/payment.js';
import type { Policy } from '../domain/policy.js';
import type { PlacedKept, UndispensedGift, UndispensedGrant } from '../journal/journal.js';
import { paidWithGrant, voidTapId } from '../tap/tap.js';
import { endingOf } from './holder-views.js';
import { named } from './names.js';
import type { BackendParts } from './parts.js';
import { listedEnding } from './person-views.js';
import { ANOTHER_CARD, reasonText } from './reason-texts.js';
import { writtenSlip } from './slip-views.js';
import type { HandoverView, HintView, PaymentView, TakenView } from './state.js';

/** Most unconfirmed hand-overs that are shown. */
const PENDING_MAX = 20;

/** Why something did not do; null for nothing. */
export function hintOf(code: ErrorCode | null): HintView | null {
  return code === null ? null : { code, text: code === 'ERR_CARD_CHANGED' ? ANOTHER_CARD : reasonText(code) };
}

/** Hand-overs that nobody has confirmed, oldest first. */
export function pendingOf(parts: BackendParts): HandoverView[] {
  const { undispensed, undispensedGifts, slips } = parts.journal.state();
  const kept = [...slips.kept.values()].filter(({ isHandedOver }) => !isHandedOver);
  const views = [
    ...[...undispensed.values()].slice(-PENDING_MAX).map((grant) => grantView(grant, parts)),
    ...[...undispensedGifts.values()].slice(-PENDING_MAX).map((gift) => giftView(gift, parts)),
    ...kept.slice(-PENDING_MAX).map((one) => keptView(one, parts)),
  ];
  return views.sort((a, b) => a.atMs - b.atMs).slice(-PENDING_MAX);
}

/** One of a person without a card. */
export function giftView(gift: UndispensedGift, parts: BackendParts): HandoverView {
  const { given, epoch, seq } = gift;
  const { tapId, atMs, items } = given;
  const ending = listedEnding(gift, parts.tap.personOf);
  return { ...handoverOf({ tapId, epoch, seq, atMs, items, ending }, parts), isListed: true };
}

/** One of a card. */
export function grantView({ intent, epoch, seq }: UndispensedGrant, parts: BackendParts): HandoverView {
  const { tapId, atMs, card, items } = intent;
  return handoverOf({ tapId, epoch, seq, atMs, ending: endingOf(card), items }, parts);
}

function keptView({ kept, epoch, seq }: PlacedKept, parts: BackendParts): HandoverView {
  const { tapId, atMs, card, items } = kept;
  return handoverOf({ tapId, epoch, seq, atMs, ending: endingOf(card), items }, parts);
}

/** What is to be handed over, with what was paid for it. */
export function handoverOf(
  grant: { tapId: string; epoch: string; seq: number; atMs: number; ending: string; items: readonly TakenItem[] },
  parts: BackendParts,
): HandoverView {
  const { tapId, epoch, seq, atMs, ending, items } = grant;
  const taken = takenOf(items, parts.trust.policy());
  const receipt = eventId(parts.terminal, epoch, seq);
  const payment = paidWithGrant(parts.journal.state(), tapId);
  const paid = payment === undefined ? {} : { paid: paidView(payment, parts.trust.policy()) };
  const rest = { takeBack: takeBackOf(tapId, parts), ...paid, ...writtenSlip(tapId, parts) };
  return { tapId, receipt, atMs, taken, cardEnding: ending, ...rest };
}

/** A sum that was paid, or is to be. */
export function paidView({ method, amount }: Paid, policy: Policy): PaymentView {
  return { method, amount, currency: policy.currency ?? '' };
}

/** Whether there is a key for it; how old a service may be, and how many on a day, is judged when the key is pressed. */
function takeBackOf(tapId: string, { journal, trust, supervisors }: BackendParts): HandoverView['takeBack'] {
  const { undispensed, undispensedGifts, openIntents } = journal.state();
  if (openIntents.has(voidTapId(tapId))) return 'begun';
  const programme = undispensed.get(tapId)?.intent.programme ?? undispensedGifts.get(tapId)?.given.programme;
  const rules = trust.policy().programmes.find(({ number }) => number === programme)?.voids;
  return rules !== undefined && supervisors.here().length > 0 ? 'offered' : 'no';
}

/** Goods in words. */
export function takenOf(items: readonly TakenItem[], policy: Policy): TakenView[] {
  return items.map((item): TakenView => ({ ...named(policy, item.commodity), quantity: item.quantity }));
}

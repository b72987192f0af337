/** The desk, the journal and the link as one value for the kiosk page, and the page's commands back to the desk. */

import type { Offer } from '../domain/decision.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import { eventId, type TakenItem } from '../domain/event.js';
import type { Payment } from '../domain/payment.js';
import type { Policy } from '../domain/policy.js';
import type { UndispensedGift, UndispensedGrant } from '../journal/journal.js';
import type { HealthDeskState } from '../tap/health-tap.js';
import { voidTapId } from '../tap/tap.js';
import { carryOut } from './carry-out.js';
import { healthScreen, recordsKey } from './health-views.js';
import { endingOf, holderOf, identityOf } from './holder-views.js';
import { named, stockView } from './names.js';
import { offerView } from './offer-view.js';
import type { BackendParts } from './parts.js';
import { listedEnding, listedHolder, personView } from './person-views.js';
import { ANOTHER_CARD, reasonText } from './reason-texts.js';
import type {
  HandoverView,
  HintView,
  ItemView,
  KioskBackend,
  PaymentView,
  ProgrammesView,
  Screen,
  StandInView,
  TakenView,
} from './state.js';

/** Most unconfirmed hand-overs that are shown. */
const PENDING_MAX = 20;

/** Makes the backend that the kiosk server serves. */
export function kioskBackend(parts: BackendParts): KioskBackend {
  const { tap, journal, clock } = parts;
  let version = 0;
  /** What the last PIN of a log-in came to. */
  let logInHint: ErrorCode | null = null;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    version += 1;
    for (const listener of listeners) listener();
  };
  tap.subscribe(changed);
  journal.subscribe(changed);
  parts.subscribeBar(changed);
  parts.books.subscribe(changed);
  parts.session.subscribe(() => {
    logInHint = null;
    changed();
  });
  const logIn = async (operator: number, pin: string): Promise<void> => {
    if (tap.state().name !== 'idle') throw new WaslError('ERR_TAP_STATE');
    const verdict = await parts.session.logIn(operator, pin);
    if (verdict.allowed) return;
    logInHint = verdict.code;
    changed();
  };
  return {
    state: () => {
      const { backlog, lastContactMs } = journal.state();
      return {
        version,
        nowMs: clock.nowMs(),
        screen:
          logInScreen(tap.state(), parts, logInHint) ?? booksScreen(tap.state(), parts) ?? screenOf(tap.state(), parts),
        programmes: programmesOf(parts),
        bar: {
          terminal: parts.terminal,
          site: parts.site,
          timeZone: parts.trust.policy().timeZone,
          backlog,
          lastContactMs,
          ...parts.bar(),
        },
      };
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    command: (command) => (command.type === 'log-in' ? logIn(command.operator, command.pin) : carryOut(command, parts)),
    stock: async () => stockView(await parts.stock.book(), parts.trust.policy()),
  };
}

/** Nothing else is shown while nobody is logged in, once what was begun has come to its end. */
function logInScreen(state: HealthDeskState, { session }: BackendParts, hint: ErrorCode | null): Screen | null {
  if (state.name !== 'idle' || !session.isNeeded() || session.current() !== null) return null;
  return { name: 'log-in', operators: session.operators(), hint: hintOf(hint) };
}

/** The books lie over the idle screen alone: a tap that was begun is seen to its end. */
function booksScreen(state: HealthDeskState, { books }: BackendParts): Screen | null {
  return state.name === 'idle' ? books.screen() : null;
}

function programmesOf({ tap, trust, programmes }: BackendParts): ProgrammesView {
  const known = trust.policy().programmes;
  const served = programmes.flatMap((id) => {
    const programme = known.find((one) => one.id === id);
    return programme === undefined ? [] : [{ id, name: programme.title }];
  });
  return { served, selected: tap.programme() };
}

function screenOf(state: HealthDeskState, parts: BackendParts): Screen {
  const policy = parts.trust.policy();
  switch (state.name) {
    case 'idle':
      return {
        name: 'idle',
        pending: pendingOf(parts),
        ...operatorOf(parts),
        ...parts.books.idle(),
        ...(parts.tap.canSearch() ? { canSearch: true } : {}),
        ...(canRepresent(parts) ? { canRepresent: true } : {}),
        ...standInOf(state),
      };
    case 'represent':
      return { name: 'represent', tapId: state.tapId, hint: hintOf(state.code) };
    case 'search': {
      const { name, tapId, typed, found, total } = state;
      return { name, tapId, typed, found: found.map((person) => personView(person, parts.areaOf)), total };
    }
    case 'listed-offer': {
      const { tapId, person, programme, offer } = state;
      const items = offeredItems(offer, policy);
      return { name: 'offer', tapId, programme: programme.title, holder: listedHolder(person), items };
    }
    case 'listed-granted': {
      const { tapId, person, epoch, seq, atMs, items } = state;
      const holder = listedHolder(person);
      const handover = handoverOf({ tapId, epoch, seq, atMs, items, ending: holder.cardEnding }, parts);
      return { name: 'granted', tapId, holder, handover: { ...handover, isListed: true } };
    }
    case 'listed-refused': {
      const { tapId, code, person } = state;
      const holder = person === null ? null : listedHolder(person);
      return { name: 'refused', tapId, code, text: reasonText(code), holder };
    }
    case 'reading':
      return { name: 'reading' };
    case 'writing':
      return { name: 'writing', tapId: state.tapId };
    case 'offer':
      return {
        name: 'offer',
        tapId: state.tapId,
        programme: state.programme.title,
        holder: holderOf(state.credential),
        ...(state.renewal === undefined ? {} : { isRenewed: true }),
        ...(state.standIn === undefined ? {} : { standIn: holderOf(state.standIn.credential) }),
        ...offerView(state, {
          policy,
          supervisors: parts.supervisors.here(),
          desk: parts.desk,
          methods: parts.methods(),
          ...(parts.low === undefined ? {} : { low: parts.low }),
        }),
        ...reminderOf(state),
        ...recordsKey(parts),
      };
    case 'paying': {
      const { tapId, credential, amount, isCancelled } = state;
      const payment = paidView({ method: 'machine', amount }, policy);
      return { name: 'paying', tapId, holder: holderOf(credential), payment, isCancelled };
    }
    case 'granted': {
      const { tapId, epoch, seq, atMs } = state;
      const ending = endingOf(state.credential.entitlements.card);
      const handover = handoverOf({ tapId, epoch, seq, atMs, ending, items: state.items }, parts);
      return { name: 'granted', tapId, holder: holderOf(state.credential), handover, ...reminderOf(state) };
    }
    case 'refused':
      return {
        name: 'refused',
        tapId: state.tapId,
        code: state.code,
        text: reasonText(state.code),
        holder: state.credential === null ? null : holderOf(state.credential),
        ...(state.foreign === undefined ? {} : { identity: identityOf(state.foreign) }),
        ...recordsKey(parts),
      };
    case 'health-reading':
    case 'health-writing':
    case 'health-refused':
    case 'health':
      return healthScreen(state, parts);
    case 'unresolved':
      return { name: 'unresolved', tapId: state.tapId, code: state.code, text: reasonText('ERR_TAP_UNRESOLVED') };
    case 'authorise':
    case 'return': {
      const { name, tapId, code } = state;
      const view = { tapId, handover: grantView(state.grant, parts), hint: hintOf(code) };
      return name === 'return' ? { name, ...view } : { name, ...view, supervisors: parts.supervisors.here() };
    }
    case 'voided': {
      const { tapId, credential, items, payment } = state;
      const paid = payment === undefined ? {} : { paid: paidView(payment, policy) };
      return { name: 'voided', tapId, holder: holderOf(credential), taken: takenOf(items, policy), ...paid };
    }
  }
}

function canRepresent({ tap, trust }: BackendParts): boolean {
  return trust.policy().programmes.find(({ id }) => id === tap.programme())?.representatives !== undefined;
}

function standInOf({ standIn }: Extract<HealthDeskState, { readonly name: 'idle' }>): {
  readonly standIn?: StandInView;
} {
  return standIn === undefined ? {} : { standIn: { tapId: standIn.tapId, holder: holderOf(standIn.credential) } };
}

function operatorOf({ session }: BackendParts): { readonly operator?: string } {
  const operator = session.current();
  return operator === null ? {} : { operator: operator.name };
}

function reminderOf({ remindDays }: { readonly remindDays?: number }): { readonly expiresInDays?: number } {
  return remindDays === undefined ? {} : { expiresInDays: remindDays };
}

function hintOf(code: ErrorCode | null): HintView | null {
  return code === null ? null : { code, text: code === 'ERR_CARD_CHANGED' ? ANOTHER_CARD : reasonText(code) };
}

function offeredItems({ items }: Offer, policy: Policy): ItemView[] {
  return items.map(({ commodity, available, usedDay, quotaDay, usedMonth, quotaMonth }) => ({
    ...named(policy, commodity),
    ...{ available, usedDay, quotaDay: quotaDay ?? 0, usedMonth, quotaMonth: quotaMonth ?? 0 },
  }));
}

function pendingOf(parts: BackendParts): HandoverView[] {
  const { undispensed, undispensedGifts } = parts.journal.state();
  const views = [
    ...[...undispensed.values()].slice(-PENDING_MAX).map((grant) => grantView(grant, parts)),
    ...[...undispensedGifts.values()].slice(-PENDING_MAX).map((gift) => giftView(gift, parts)),
  ];
  return views.sort((a, b) => a.atMs - b.atMs).slice(-PENDING_MAX);
}

function giftView(gift: UndispensedGift, parts: BackendParts): HandoverView {
  const { given, epoch, seq } = gift;
  const { tapId, atMs, items } = given;
  const ending = listedEnding(gift, parts.tap.personOf);
  return { ...handoverOf({ tapId, epoch, seq, atMs, items, ending }, parts), isListed: true };
}

function grantView({ intent, epoch, seq }: UndispensedGrant, parts: BackendParts): HandoverView {
  const { tapId, atMs, card, items } = intent;
  return handoverOf({ tapId, epoch, seq, atMs, ending: endingOf(card), items }, parts);
}

function handoverOf(
  grant: { tapId: string; epoch: string; seq: number; atMs: number; ending: string; items: readonly TakenItem[] },
  parts: BackendParts,
): HandoverView {
  const { tapId, epoch, seq, atMs, ending, items } = grant;
  const taken = takenOf(items, parts.trust.policy());
  const receipt = eventId(parts.terminal, epoch, seq);
  const payment = parts.journal.state().payments.get(tapId);
  const paid = payment === undefined ? {} : { paid: paidView(payment, parts.trust.policy()) };
  return { tapId, receipt, atMs, taken, cardEnding: ending, takeBack: takeBackOf(tapId, parts), ...paid };
}

function paidView({ method, amount }: Pick<Payment, 'method' | 'amount'>, policy: Policy): PaymentView {
  return { method, amount, currency: policy.currency ?? '' };
}

/** Whether there is a key for it; how old a service may be, and how many on a day, is judged when the key is pressed. */
function takeBackOf(tapId: string, { journal, trust, supervisors }: BackendParts): HandoverView['takeBack'] {
  const { undispensed, openIntents } = journal.state();
  if (openIntents.has(voidTapId(tapId))) return 'begun';
  const programme = undispensed.get(tapId)?.intent.programme;
  const rules = trust.policy().programmes.find(({ number }) => number === programme)?.voids;
  return rules !== undefined && supervisors.here().length > 0 ? 'offered' : 'no';
}

function takenOf(items: readonly TakenItem[], policy: Policy): TakenView[] {
  return items.map((item): TakenView => ({ ...named(policy, item.commodity), quantity: item.quantity }));
}

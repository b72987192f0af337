/** The desk, the journal and the link as one value for the kiosk page, and the page's commands back to the desk. */

import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { PinDeskState } from '../tap/pin-tap.js';
import { carryOut } from './carry-out.js';
import { grantView, handoverOf, hintOf, paidView, pendingOf, takenOf } from './handover-views.js';
import { healthScreen, recordsKey } from './health-views.js';
import { endingOf, holderOf, identityOf } from './holder-views.js';
import { listedScreen } from './listed-views.js';
import { stockView } from './names.js';
import { offerParts, offerView } from './offer-view.js';
import type { BackendParts } from './parts.js';
import { pinKey, pinScreen } from './pin-views.js';
import { reasonText } from './reason-texts.js';
import { broughtSlip, refusedSlip } from './slip-views.js';
import type { KioskBackend, ProgrammesView, Screen, StandInView } from './state.js';

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
function logInScreen(state: PinDeskState, { session }: BackendParts, hint: ErrorCode | null): Screen | null {
  if (state.name !== 'idle' || !session.isNeeded() || session.current() !== null) return null;
  return { name: 'log-in', operators: session.operators(), hint: hintOf(hint) };
}

/** The books lie over the idle screen alone: a tap that was begun is seen to its end. */
function booksScreen(state: PinDeskState, { books }: BackendParts): Screen | null {
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

function screenOf(state: PinDeskState, parts: BackendParts): Screen {
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
        ...broughtSlip(state.slip, parts),
      };
    case 'represent':
      return { name: 'represent', tapId: state.tapId, hint: hintOf(state.code) };
    case 'search':
    case 'listed-offer':
    case 'listed-paying':
    case 'listed-granted':
    case 'listed-refused':
    case 'listed-authorise':
    case 'listed-voided':
      return listedScreen(state, parts);
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
        ...offerView(state, offerParts(parts)),
        ...reminderOf(state),
        ...recordsKey(parts),
        ...pinKey(parts),
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
        ...refusedSlip(state.slip, parts),
        ...recordsKey(parts),
        ...pinKey(parts),
      };
    case 'health-reading':
    case 'health-writing':
    case 'health-refused':
    case 'health':
      return healthScreen(state, parts);
    case 'card-pin-reading':
    case 'card-pin-writing':
    case 'card-pin-refused':
    case 'card-pin-done':
    case 'card-pin':
      return pinScreen(state, parts);
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

function standInOf({ standIn }: Extract<PinDeskState, { readonly name: 'idle' }>): {
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

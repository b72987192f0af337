/** The page's commands, carried out at the desk. */
import { WaslError } from '../domain/errors.js';
import { carryOutHealth } from './health-views.js';
import { itemsOf } from './names.js';
import { claimsOf, papersOf } from './offer-view.js';
import type { BackendParts } from './parts.js';
import { carryOutPin } from './pin-views.js';
import type { KioskCommand } from './state.js';

/** Carries a command out. Rejects as `KioskBackend.command` does. */
export async function carryOut(
  command: Exclude<KioskCommand, { readonly type: 'log-in' }>,
  parts: BackendParts,
): Promise<void> {
  const { tap, trust } = parts;
  switch (command.type) {
    case 'log-out':
      if (tap.state().name !== 'idle') throw new WaslError('ERR_TAP_STATE');
      return parts.session.logOut();
    case 'confirm':
      return tap.confirm(command.tapId, itemsOf(command.quantities, trust.policy()), {
        ...papersOf(command.papers ?? [], trust.policy()),
        ...(command.payment === undefined ? {} : { payment: command.payment }),
      });
    case 'claim':
      return claim(command, parts);
    case 'represent':
      needService(parts);
      return tap.represent();
    case 'open-records':
    case 'add-record':
      return carryOutHealth(command, tap);
    case 'card-pin':
    case 'pin-set':
    case 'pin-change':
    case 'pin-allow':
    case 'pin-unblock':
      return carryOutPin(command, parts);
    case 'holder-pin':
      return askHolder(command, parts);
    case 'search':
      needService(parts);
      return tap.search();
    case 'find':
      return tap.find(command.tapId, command.text);
    case 'choose':
      return tap.choose(command.tapId, command.person);
    case 'cancel':
      return tap.cancel(command.tapId);
    case 'handover':
      return tap.handover(command.tapId);
    case 'take-back':
      return tap.askBack(command.tapId);
    case 'select':
      return parts.select(command.programme);
    case 'authorise':
      return authorise(command, parts);
    case 'shift':
    case 'shift-open':
    case 'shift-close':
    case 'goods':
    case 'leave':
    case 'stock':
      return parts.books.carryOut(command);
    case 'dismiss':
      return tap.dismiss(command.tapId);
  }
}

/** What was claimed before stays claimed. */
async function askHolder(
  { tapId, pin }: Extract<KioskCommand, { readonly type: 'holder-pin' }>,
  { tap }: BackendParts,
): Promise<void> {
  const asked = tap.state();
  if (asked.name !== 'offer' || asked.tapId !== tapId) throw new WaslError('ERR_TAP_STATE');
  return tap.claim(tapId, asked.claimed.claims, pin);
}

/** Throws why nobody is served now: there is no shift, or something is counted. */
function needService({ books }: BackendParts): void {
  if (!books.mayServe()) throw new WaslError(books.refusal());
}

async function claim(
  command: Extract<KioskCommand, { readonly type: 'claim' }>,
  { tap, supervisors }: BackendParts,
): Promise<void> {
  const { tapId, supervisor, pin } = command;
  const asked = tap.state();
  const isOffer = asked.name === 'offer' || asked.name === 'listed-offer';
  if (!isOffer || asked.tapId !== tapId) throw new WaslError('ERR_TAP_STATE');
  if (supervisor === undefined) return tap.claim(tapId, claimsOf(command));
  if (pin === undefined) throw new WaslError('ERR_API_REQUEST', 'pin: a supervisor allows nothing without one');
  const verdict = await supervisors.authorise(supervisor, pin);
  return verdict.allowed ? tap.claim(tapId, claimsOf(command)) : tap.deny(tapId, verdict.code);
}

async function authorise(
  { tapId, supervisor, pin }: Extract<KioskCommand, { readonly type: 'authorise' }>,
  { tap, supervisors }: BackendParts,
): Promise<void> {
  const asked = tap.state();
  // Before anything is counted: nobody's tries are used up by a screen that is no more.
  const isAsked = asked.name === 'authorise' || asked.name === 'listed-authorise';
  if (!isAsked || asked.tapId !== tapId) throw new WaslError('ERR_TAP_STATE');
  const verdict = await supervisors.authorise(supervisor, pin);
  if (verdict.allowed) return tap.takeBack(tapId, { operator: supervisor, role: 'supervisor' });
  return tap.deny(tapId, verdict.code);
}

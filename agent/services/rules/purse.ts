/** Paying the holder's part of prices from an account of the card: in the ledger record of the service itself, so that no cut leaves half of a payment. */
import type { Account } from '../../domain/policy.js';
import { accountOf, spendable } from '../entitlement.js';
import { NOTHING, type ServiceRule, when } from '../rule.js';
import type { LedgerState, ServiceRequest, ServiceSnapshot } from '../service.js';
import { balanceOf, withBalance } from '../state.js';
import { chargeAsked } from './money.js';

/** There is a purse to pay from: the programme names an account, and it is on a card that proves itself. Looks where something is to be paid from it. */
export const purse: ServiceRule = {
  per: 'service',
  name: 'purse',
  reason: 'ERR_PAYMENT_METHOD',
  look: ({ snapshot, request }) => {
    if (fromPurse(snapshot, request) === 0) return NOTHING;
    const { kind, isCopyable } = snapshot.medium;
    return when(purseOf(snapshot) !== undefined, { medium: kind, isCopyable });
  },
};

/** The purse holds what is to be paid, after what the items took off it. What a ledger in doubt says counts as nothing. */
export const purseBalance: ServiceRule = {
  per: 'service',
  name: 'purse-balance',
  reason: 'ERR_ACCOUNT_BALANCE',
  look: ({ snapshot, request, served }) => {
    const account = purseOf(snapshot);
    const holder = fromPurse(snapshot, request);
    if (account === undefined || holder === 0) return NOTHING;
    const left = spendable(snapshot, served, account.number);
    return when(holder <= left, { holder, purse: left }).map((finding) => ({ ...finding, of: account.id }));
  },
};

/** The account that this holder may pay from; undefined where the programme names none, nobody has a card, or it could be copied with all that is on it. */
export function purseOf(
  snapshot: Pick<ServiceSnapshot, 'policy' | 'programme' | 'medium' | 'holder'>,
): Account | undefined {
  const { programme, medium, holder } = snapshot;
  if (programme.purse === undefined || medium.isCopyable || holder.card === null) return undefined;
  return accountOf(snapshot, programme.purse);
}

/** What is to be paid from the purse, in minor units; 0 where the holder pays in money, has nothing to pay, or the sum cannot be counted. */
export function fromPurse(snapshot: ServiceSnapshot, request: ServiceRequest): number {
  return request.paysFrom === 'purse' ? (chargeAsked(snapshot, request)?.holder ?? 0) : 0;
}

/** The ledger after the payment. Decides nothing: of what is not there, what is there is taken. */
export function afterPayment(snapshot: ServiceSnapshot, request: ServiceRequest, served: LedgerState): LedgerState {
  const account = purseOf(snapshot);
  const sum = fromPurse(snapshot, request);
  if (account === undefined || sum === 0) return served;
  return withBalance(served, account.number, Math.max(0, balanceOf(served, account.number) - sum));
}

/** Taking a service back: the shop that finds itself out of stock gives the quota back. Pure. */
import type { ErrorCode } from '../../domain/error-codes.js';
import type { TakenItem } from '../../domain/event.js';
import { type LedgerRecord, type LedgerUsage, NOTHING_MORE } from '../../domain/ledger.js';
import type { VoidRules } from '../../domain/policy.js';
import { rollCounters } from '../roll-over.js';
import { withoutCounted } from '../take-back.js';

/** Who wants a service taken back. */
export interface VoidAuthority {
  /** Number of the supervisor in the roster. */
  readonly operator: number;
  readonly role: 'clerk' | 'supervisor';
}

/** What the decision depends on. */
export interface VoidSnapshot {
  /** Absent where the programme allows none. */
  readonly rules: VoidRules | undefined;
  readonly authority: VoidAuthority;
  /** When the service was decided on, and now. */
  readonly servedAtMs: number;
  readonly nowMs: number;
  /** Services taken back at this terminal on this calendar day. */
  readonly voidsToday: number;
}

/** The reason why a service may not be taken back; null when it may. */
export function refuseVoid(snapshot: VoidSnapshot): ErrorCode | null {
  const { rules, authority, servedAtMs, nowMs, voidsToday } = snapshot;
  if (authority.role !== 'supervisor') return 'ERR_VOID_ROLE';
  if (rules === undefined || nowMs - servedAtMs > rules.withinSeconds * 1000) return 'ERR_VOID_LIMIT';
  return voidsToday < rules.perDayMax ? null : 'ERR_VOID_LIMIT';
}

/**
 * The usage that the card's next record states after `items`, served on `servedDay`, were given back. What was used on an earlier day
 * comes off the month alone, and nothing comes off a month that is over. Never below zero. See `takeBack`.
 */
export function applyVoid(
  ledger: LedgerRecord,
  days: { readonly today: number; readonly servedDay: number },
  items: readonly TakenItem[],
): LedgerUsage[] {
  const { day, usage, more = NOTHING_MORE } = ledger;
  const opening = rollCounters({ day, usage, more }, days.today, () => null);
  const state = items.reduce((so, { commodity, quantity }) => {
    const counted = { commodity, day: quantity, ahead: 0, month: quantity, drawn: 0 };
    return withoutCounted(so, counted, { servedDay: days.servedDay, quotaDay: 0 });
  }, opening);
  return [...state.usage];
}

/** Taking a service back: the shop that finds itself out of stock gives the quota back. Pure. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { VoidRules } from '../domain/policy.js';

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

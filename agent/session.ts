/**
 * Who serves at the desk. Where the authority lists operators for a site, nobody is served before one of them has logged in with their PIN, without a network;
 * where it lists none, the desk has no log-in. A session lives in memory: a restart ends it, as do a log-out, the end of the operator's own time, and a whole day.
 */
import type { Clock } from './domain/clock.js';
import type { Operators, Session } from './trust/trust.js';

/** Longest session, ms: whoever forgets to log out does so over night. */
export const SESSION_MS = 14 * 3_600_000;

/** Nobody: of a desk without log-in. */
export const NO_OPERATORS: Operators = {
  present: () => [],
  logIn: () => Promise.resolve({ allowed: false, code: 'ERR_OPERATOR_ROLE' }),
};

/** Opens the desk with nobody logged in. */
export function createSession({ operators, clock }: { readonly operators: Operators; readonly clock: Clock }): Session {
  let open: { readonly number: number; readonly untilMs: number } | null = null;
  const listeners = new Set<() => void>();
  const change = (next: typeof open): void => {
    open = next;
    for (const listener of listeners) listener();
  };
  return {
    isNeeded: () => operators.present().length > 0,
    // A role that the authority changed counts at once, as does that somebody was removed.
    current: () =>
      open === null || clock.nowMs() >= open.untilMs
        ? null
        : (operators.present().find(({ number }) => number === open?.number) ?? null),
    operators: () => operators.present(),
    logIn: async (number, pin) => {
      const verdict = await operators.logIn(number, pin);
      if (verdict.allowed) change({ number, untilMs: clock.nowMs() + SESSION_MS });
      return verdict;
    },
    logOut: () => change(null),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

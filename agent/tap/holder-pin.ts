/**
 * The holder's PIN, which the card itself checks: nothing that a terminal stores or a clerk says stands for it. It proves the holder for the card that lies there, at this tap: a
 * card that was taken away, or a terminal that was switched off, leaves nothing of it.
 */
import type { ErrorCode } from '../domain/error-codes.js';
import type { ServiceClaims } from '../services/service.js';
import type { OfferedCard } from './examine.js';

/** What the card said. `triesLeft`: where it said so. */
export interface PinCheck {
  readonly code: ErrorCode | null;
  readonly triesLeft: number | null;
}

/** The PINs of one desk. */
export interface HolderPins {
  /** Has the card check it. Never rejects: a card that is gone is an answer like the others. */
  check(card: OfferedCard, pin: string): Promise<PinCheck>;
  /** The claims with what the card has confirmed of its holder. */
  withProof(card: OfferedCard, claims: ServiceClaims): ServiceClaims;
}

/** Keeps which cards have confirmed their holder, for as long as they are offered something. */
export function holderPins(codeOf: (error: unknown) => ErrorCode): HolderPins {
  const proven = new WeakSet<OfferedCard>();
  return {
    check: async (card, pin) => {
      const { verifyPin } = card;
      if (verifyPin === null) return { code: 'ERR_FACTOR_NEEDED', triesLeft: null };
      try {
        const answer = await verifyPin(pin);
        if (answer.result === 'right') {
          proven.add(card);
          return { code: null, triesLeft: null };
        }
        // What was right before is not any more: somebody tries on.
        proven.delete(card);
        if (answer.result === 'wrong' && answer.triesLeft > 0)
          return { code: 'ERR_HOLDER_PIN', triesLeft: answer.triesLeft };
        return { code: answer.result === 'none' ? 'ERR_FACTOR_NEEDED' : 'ERR_HOLDER_PIN_BLOCKED', triesLeft: null };
      } catch (error) {
        proven.delete(card);
        return { code: codeOf(error), triesLeft: null };
      }
    },
    withProof: (card, claims) => {
      const others = (claims.factors ?? []).filter((factor) => factor !== 'pin');
      const factors = proven.has(card) ? (['pin', ...others] as const) : others;
      const { factors: _, ...rest } = claims;
      return factors.length === 0 ? rest : { ...rest, factors };
    },
  };
}

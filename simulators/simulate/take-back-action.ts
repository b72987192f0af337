/** What is done to take a service back, made from a seed before anything runs. */
import type { Stream } from '../world/random.js';

/** A service that was granted and not handed over is taken back: the clerk asks, a supervisor allows it, the card is laid down. */
export interface TakeBackAction {
  readonly kind: 'take-back';
  readonly terminal: number;
  /** Which of the grants that wait, as a share of all; the card that is laid down is the one that was served, where it is at hand. */
  readonly grant: number;
  /** PINs that the supervisor mistypes first. */
  readonly wrongPins: number;
  readonly paceMs: number;
  /** Pulls the card away so long after it was laid down; null: it stays. */
  readonly pullAfterMs: number | null;
  /** Somebody thinks better of it before the card comes. */
  readonly cancel: boolean;
  /** Lays the card down again when the tap stays unresolved. */
  readonly retry: boolean;
}

/** A service taken back as clerks and supervisors do it. */
export function takeBackDeed(random: Stream, terminal: number): TakeBackAction {
  return {
    ...{ kind: 'take-back', terminal, grant: random.fraction(), cancel: random.chance(0.1) },
    wrongPins: random.chance(0.2) ? random.between(1, 6) : 0,
    paceMs: random.between(50, 4_000),
    pullAfterMs: random.chance(0.25) ? random.between(1, 500) : null,
    retry: random.chance(0.6),
  };
}

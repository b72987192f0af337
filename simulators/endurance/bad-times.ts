import type { Timers } from '../../agent/domain/clock.js';
import { GOOD_LINK, type LinkConditions, type LinkProxy } from '../link/proxy.js';

/** A link that is bad for a while, several times. */
export interface BadTimes {
  /** The link becomes bad, if it is not. */
  begin(): void;
  /** The link becomes good, if it is not. */
  end(): void;
  /** How often it was cut. */
  cuts(): number;
}

/** What a link is like in bad times: cut whenever it was bad for so long, counted over all bad times together. */
export interface BadTimesParts {
  readonly proxy: LinkProxy;
  readonly conditions: LinkConditions;
  readonly everyMs: number;
  readonly timers: Timers;
}

/** How finely bad time is counted. */
const TICK_MS = 250;

/** A good link, until {@link BadTimes.begin}. */
export function badTimes({ proxy, conditions, everyMs, timers }: BadTimesParts): BadTimes {
  let stopTicking: (() => void) | null = null;
  let badMs = 0;
  let cuts = 0;
  const tick = (): void => {
    badMs += TICK_MS;
    if (badMs >= everyMs * (cuts + 1)) {
      cuts += 1;
      proxy.cut();
    }
    stopTicking = timers.after(TICK_MS, tick);
  };
  return {
    begin: () => {
      if (stopTicking !== null) return;
      proxy.setConditions(conditions);
      stopTicking = timers.after(TICK_MS, tick);
    },
    end: () => {
      stopTicking?.();
      stopTicking = null;
      proxy.setConditions(GOOD_LINK);
    },
    cuts: () => cuts,
  };
}

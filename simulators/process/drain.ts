/** Waiting until the centre has everything that a terminal recorded. */
import { setTimeout as pause } from 'node:timers/promises';
import { WaslError } from '../../agent/domain/errors.js';
import type { UplinkLimits } from '../../sync/uplink/parts.js';
import type { Clerk } from './clerk.js';

/** How long a connection to the broker may take before it is given up, as the terminal has it. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A batch that was lost on the way is sent again after this; that the same happens to it twice more is not to be expected. */
const LOSSES_IN_A_ROW_MAX = 3;
const NOTE_EVERY_MS = 10_000;
const POLL_MS = 100;

/**
 * How long a backlog may stand still without anything being wrong: the terminal waits out the acknowledgement of a batch that a broker
 * or a bridge lost when it died, rests, and connects again.
 */
export function drainStallMs({ ackTimeoutMs, backoff }: Pick<UplinkLimits, 'ackTimeoutMs' | 'backoff'>): number {
  return LOSSES_IN_A_ROW_MAX * (ackTimeoutMs + backoff.maxMs + CONNECT_TIMEOUT_MS);
}

/**
 * Resolves when the backlog is zero, and tells every ten seconds how much is left. Rejects with `ERR_BROKER` and how much it is when it has not
 * become smaller for `stallMs`.
 */
export async function drained(
  clerk: Clerk,
  how: { readonly stallMs: number; readonly note: (text: string) => void },
): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let progressAt = performance.now();
  let notedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { backlog } = (await clerk.state()).bar;
    if (backlog === 0) return;
    const now = performance.now();
    if (backlog < least) {
      least = backlog;
      progressAt = now;
    }
    if (now - progressAt > how.stallMs)
      throw new WaslError('ERR_BROKER', `${backlog} events did not reach the centre in ${how.stallMs / 1000} s`);
    if (now - notedAt > NOTE_EVERY_MS) {
      how.note(
        `${backlog} events are not at the centre yet; waiting, at most ${how.stallMs / 1000} s without progress`,
      );
      notedAt = now;
    }
    await pause(POLL_MS);
  }
}

/** What an uplink is made of, and what it shows. */
import type { Clock, Randomness, Timers } from '../../agent/domain/clock.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import type { WaslError } from '../../agent/domain/errors.js';
import type { Signer, Verifier } from '../../agent/domain/keys.js';
import type { Journal } from '../../agent/journal/journal.js';
import type { BackoffLimits } from '../link/backoff.js';
import type { Link } from '../link/link.js';

/** Bounds and delays of an uplink. */
export interface UplinkLimits {
  readonly batchEventsMax: number;
  readonly inFlightMax: number;
  /** How long a batch that is not full waits for company. */
  readonly lingerMs: number;
  /**
   * How long the broker may take to confirm a batch, and the most that the centre may then take to acknowledge it. Behind a broker
   * that cannot tell whether anybody heard the batch (MQTT 3.1.1) it is given less, learned from how long it took before.
   */
  readonly ackTimeoutMs: number;
  /** What a batch should take on the link: batches shrink when they take longer, and grow again. */
  readonly batchLinkMs: number;
  /** A connection that lasted this long was a good one. */
  readonly steadyMs: number;
  readonly backoff: BackoffLimits;
  /** Runs that may be at the centre ahead of their turn, for urgent events (unresolved taps, alarms) in them; 0 keeps strict order. */
  readonly urgentRunsMax: number;
}

/** Limits for a terminal in the field. */
export const UPLINK_LIMITS: UplinkLimits = {
  batchEventsMax: 200,
  inFlightMax: 4,
  lingerMs: 1_000,
  ackTimeoutMs: 60_000,
  batchLinkMs: 4_000,
  steadyMs: 60_000,
  backoff: { baseMs: 5_000, maxMs: 900_000 },
  urgentRunsMax: 8,
};

/** What an uplink is made of. */
export interface UplinkParts {
  readonly terminal: string;
  readonly journal: Journal;
  readonly link: Link;
  /** The terminal's own key. */
  readonly signer: Signer;
  /** Public keys of the centre: one to seal to, any of several to verify acknowledgements with. */
  readonly centre: { readonly sealPublicKey: Uint8Array; readonly ackVerifiers: readonly Verifier[] };
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly limits: UplinkLimits;
  /** Hears of every problem: refused acknowledgements, time-outs, a broker out of reach. For the log; nothing depends on it. */
  readonly report: (problem: WaslError) => void;
}

/** What the kiosk shows of the connection to the centre. */
export interface UplinkStatus {
  readonly connection: 'online' | 'connecting' | 'offline';
  /** Events recorded and not acknowledged. */
  readonly backlog: number;
  /** When the centre last acknowledged something new, or null. A broker that is reached proves nothing about the centre. */
  readonly lastContactMs: number | null;
  /** The latest time that the centre signed since this uplink was made, ms since 1970, or null. */
  readonly signedMs: number | null;
  /** What went wrong last, or null since the last success. */
  readonly problem: ErrorCode | null;
}

/** What an uplink holds of the journal's events: bounded by the limits, whatever the backlog. */
export interface UplinkLoad {
  /** Batches that are sent and not acknowledged, and the events in them. */
  readonly batches: number;
  readonly events: number;
  /** Bytes of these that the broker has not confirmed, so that they are held in memory. */
  readonly bytes: number;
}

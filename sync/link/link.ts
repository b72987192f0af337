/**
 * The link port: one MQTT connection, as little of it as Wasl needs. Whoever holds a link decides when to connect again; a link never
 * does so by itself and keeps nothing for later.
 */
import type { WaslError } from '../../agent/domain/errors.js';

/** What a session tells its owner. */
export interface LinkHandlers {
  /**
   * A message of at most QoS 1 arrived. While a returned promise is pending nothing else of this session is processed, not even the
   * answers to its own publishes; the message is confirmed to the broker once it resolves. If it rejects, the message is not
   * confirmed and the session closes.
   */
  message(topic: string, payload: Uint8Array): void | Promise<void>;
  /** The session is over, for whatever reason; called exactly once, and nothing is called after it. Null after an orderly `close`. */
  closed(error: WaslError | null): void;
}

/** What a broker said about a message that it confirmed. */
export interface Published {
  /**
   * Whether anybody was there to get it; false when the broker knows that nobody was (MQTT 5 §3.4.2.1, reason 0x10), so that it is gone.
   * Null where the broker has no way to say (MQTT 3.1.1).
   */
  readonly heard: boolean | null;
}

/** An open connection. */
export interface LinkSession {
  /** Whether the broker shares subscriptions among clients (MQTT 5 §4.8.2). */
  readonly sharedSubscriptions: boolean;
  /**
   * Publishes with QoS 1; resolves once the broker confirmed it. Rejects with `ERR_BROKER`, at the latest when the session closes. The broker takes requests of one session in the order of the calls.
   */
  publish(topic: string, payload: Uint8Array): Promise<Published>;
  /** Subscribes with QoS 1. Rejects with `ERR_BROKER`. */
  subscribe(filter: string): Promise<void>;
  /** Says goodbye where that is possible, and closes. Resolves once closed; never rejects. */
  close(): Promise<void>;
}

/** A way to reach a broker. */
export interface Link {
  /** Opens a new, clean session. Rejects with `ERR_BROKER`. */
  connect(handlers: LinkHandlers): Promise<LinkSession>;
}

/**
 * The connections of a worker. Each consumer takes one message at a time and confirms it once the worker is done with it; several of
 * them side by side give the worker batches to write together. Acknowledgements go out over a connection of their own: a consumer
 * that waits for its message to be stored could not process the broker's answer.
 */
import type { Randomness, Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { BackoffLimits } from '../link/backoff.js';
import { Connection } from '../link/connection.js';
import type { Link, LinkSession } from '../link/link.js';
import { BATCH_FILTER, SHARED_BATCH_FILTER } from '../protocol/topics.js';

/** How long the broker may take to confirm an acknowledgement. */
const PUBLISH_TIMEOUT_MS = 30_000;

/**
 * How long an acknowledgement waits for its connection. After a restart of the broker the first batches may be stored before it is
 * back, and a terminal that hears nothing sends all of it again.
 */
const PUBLISHER_WAIT_MS = 10_000;

/** What an intake is made of. */
export interface IntakeParts {
  /** One link for each consumer, with client ids of their own. */
  readonly consumers: readonly Link[];
  readonly publisher: Link;
  readonly receive: (topic: string, payload: Uint8Array) => Promise<void>;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly backoff: BackoffLimits;
  readonly steadyMs: number;
  /** Hears of every connection that failed. */
  readonly report: (problem: WaslError) => void;
}

/** See the head of this file. */
export class Intake {
  readonly #consumers: readonly Connection[];
  readonly #publisher: Connection;
  readonly #timers: Timers;
  readonly #handling = new Set<Promise<void>>();
  /** Told as soon as acknowledgements can go out, or never will. */
  readonly #whenPublishing = new Set<() => void>();
  #stopping = false;

  constructor(parts: IntakeParts) {
    const { timers, random, backoff, steadyMs } = parts;
    this.#timers = timers;
    const changed = (_: unknown, error: WaslError | null): void => {
      if (error !== null && !this.#stopping) parts.report(error);
    };
    this.#publisher = new Connection(
      { link: parts.publisher, timers, random, backoff, steadyMs },
      {
        message: () => {},
        opened: () => Promise.resolve(),
        changed: (state, error) => {
          changed(state, error);
          if (state === 'open' || state === 'stopped') for (const tell of [...this.#whenPublishing]) tell();
        },
      },
    );
    this.#consumers = parts.consumers.map(
      (link, index) =>
        new Connection(
          { link, timers, random, backoff, steadyMs },
          {
            message: (topic, payload) => this.#handle(() => parts.receive(topic, payload)),
            opened: (session) => subscribe(session, index),
            changed,
          },
        ),
    );
  }

  /** True when batches can come in and acknowledgements go out. */
  get connected(): boolean {
    return this.#publisher.session !== null && this.#consumers.some((consumer) => consumer.session !== null);
  }

  /** Begins to connect. */
  start(): void {
    this.#publisher.start();
    for (const consumer of this.#consumers) consumer.start();
  }

  /**
   * Publishes an acknowledgement. Rejects with `ERR_BROKER` when there is no connection and soon none either, or the broker does not
   * confirm it in time: then the connection is given up for another one.
   */
  async publish(topic: string, payload: Uint8Array): Promise<void> {
    if (this.#publisher.session === null && !this.#stopping) await this.#publishing();
    const { session } = this.#publisher;
    if (session === null) throw new WaslError('ERR_BROKER', 'not connected');
    // A confirmation that got lost never comes on this connection: without an end to the wait its terminal would be told nothing again.
    const cancel = this.#timers.after(PUBLISH_TIMEOUT_MS, () => {
      if (this.#publisher.session !== session) return;
      this.#publisher.drop(new WaslError('ERR_BROKER', 'the broker did not confirm an acknowledgement in time'));
    });
    try {
      await session.publish(topic, payload);
    } finally {
      cancel();
    }
  }

  /** Takes no more messages; resolves when those under way are handled. They can still be acknowledged. */
  async stopConsuming(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled([...this.#handling]);
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
  }

  /** Closes everything. */
  async stop(): Promise<void> {
    await this.stopConsuming();
    await this.#publisher.stop();
  }

  /** Resolves when acknowledgements can go out, or will not for a while. */
  #publishing(): Promise<void> {
    return new Promise((resolve) => {
      const tell = (): void => {
        cancel();
        this.#whenPublishing.delete(tell);
        resolve();
      };
      const cancel = this.#timers.after(PUBLISHER_WAIT_MS, tell);
      this.#whenPublishing.add(tell);
    });
  }

  #handle(receive: () => Promise<void>): Promise<void> {
    // Left unconfirmed, a message goes to another worker, or its terminal sends it again.
    if (this.#stopping) return Promise.reject(new WaslError('ERR_BROKER', 'this worker is stopping'));
    const work = receive();
    this.#handling.add(work);
    const done = (): void => {
      this.#handling.delete(work);
    };
    work.then(done, done);
    return work;
  }
}

/** Where the broker cannot share a subscription each consumer would get everything, so only the first one subscribes. */
async function subscribe(session: LinkSession, index: number): Promise<void> {
  if (session.sharedSubscriptions) await session.subscribe(SHARED_BATCH_FILTER);
  else if (index === 0) await session.subscribe(BATCH_FILTER);
}

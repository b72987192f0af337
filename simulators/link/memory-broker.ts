/**
 * A broker in memory: for a simulation in virtual time. It delivers in order and with a delay, forgets all that nobody is there for,
 * and does whatever its owner lets it do to messages: it has no keys, so it can delay, and nothing else.
 */
import type { Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { Link, LinkHandlers, LinkSession, Published } from '../../sync/link/link.js';

/** A message on its way through the broker. */
export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

interface Client {
  readonly name: string;
  readonly handlers: LinkHandlers;
  readonly filters: string[];
  readonly inbox: BrokerMessage[];
  readonly waiting: Set<(error: WaslError) => void>;
  busy: boolean;
  open: boolean;
}

/** Messages that may wait for one client; more are dropped, as brokers do. */
const INBOX_MAX = 1_000;

/** See the head of this file. */
export class MemoryBroker {
  /** What is delivered for each message that is published: nothing, itself, or anything else. Default: itself. */
  tamper: (message: BrokerMessage) => readonly BrokerMessage[] = (message) => [message];
  /** What a publisher is told: `false` leaves it waiting for ever. */
  confirms: (message: BrokerMessage) => boolean = () => true;
  /** How long a message takes, one way. */
  latencyMs: (message: BrokerMessage) => number = () => 5;
  /** Everything that was ever published, in order. */
  readonly published: BrokerMessage[] = [];
  readonly #timers: Timers;
  #clients: Client[] = [];
  #down = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** While down, nobody is connected and nobody gets in. */
  setDown(down: boolean): void {
    this.#down = down;
    if (down) this.cut(() => true);
  }

  /** Breaks the connections of clients. */
  cut(which: (name: string) => boolean): void {
    for (const client of this.#clients.filter(({ name }) => which(name))) this.#end(client, lost());
  }

  /** Puts a message out as if somebody had published it. */
  inject(message: BrokerMessage): void {
    for (const client of this.#receiversOf(message.topic)) this.#enqueue(client, message);
  }

  /** A link for a client of this name. */
  link(name: string): Link {
    return {
      connect: async (handlers) => {
        if (this.#down) throw new WaslError('ERR_BROKER', 'the broker is down');
        const client = { name, handlers, filters: [], inbox: [], waiting: new Set<never>(), busy: false, open: true };
        this.#clients.push(client);
        return this.#session(client);
      },
    };
  }

  #session(client: Client): LinkSession {
    return {
      sharedSubscriptions: true,
      publish: (topic, payload) =>
        new Promise<Published>((resolve, reject) => {
          if (!client.open) return reject(lost());
          client.waiting.add(reject);
          const message = { topic, payload: Uint8Array.from(payload) };
          this.#timers.after(this.latencyMs(message), () => {
            if (!client.open) return;
            this.published.push(message);
            for (const delivered of this.tamper(message)) this.inject(delivered);
            if (!this.confirms(message)) return;
            client.waiting.delete(reject);
            resolve({ heard: true });
          });
        }),
      subscribe: async (filter) => {
        if (!client.open) throw lost();
        client.filters.push(filter);
      },
      close: async () => this.#end(client, null),
    };
  }

  /** Whoever subscribed, and of each group that shares a subscription the one with the least to do. */
  #receiversOf(topic: string): Client[] {
    const receivers = new Set<Client>();
    const groups = new Map<string, Client>();
    for (const client of this.#clients) {
      for (const filter of client.filters) {
        const shared = /^\$share\/[^/]+\//.exec(filter)?.[0] ?? '';
        if (!matches(filter.slice(shared.length), topic)) continue;
        const member = groups.get(shared);
        if (shared === '') receivers.add(client);
        else if (member === undefined || loadOf(client) < loadOf(member)) groups.set(shared, client);
      }
    }
    return [...receivers, ...groups.values()];
  }

  #enqueue(client: Client, message: BrokerMessage): void {
    if (client.inbox.length >= INBOX_MAX) return;
    this.#timers.after(this.latencyMs(message), () => {
      if (!client.open) return;
      client.inbox.push(message);
      void this.#deliver(client);
    });
  }

  async #deliver(client: Client): Promise<void> {
    if (client.busy) return;
    client.busy = true;
    for (let message = client.inbox.shift(); message !== undefined && client.open; message = client.inbox.shift()) {
      try {
        await client.handlers.message(message.topic, message.payload);
      } catch {
        this.#end(client, lost());
      }
    }
    client.busy = false;
  }

  #end(client: Client, error: WaslError | null): void {
    if (!client.open) return;
    client.open = false;
    this.#clients = this.#clients.filter((other) => other !== client);
    for (const reject of client.waiting) reject(error ?? lost());
    client.handlers.closed(error);
  }
}

function loadOf(client: Client): number {
  return client.inbox.length + (client.busy ? 1 : 0);
}

function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const parts = topic.split('/');
  return wanted.length === parts.length && wanted.every((part, index) => part === '+' || part === parts[index]);
}

function lost(): WaslError {
  return new WaslError('ERR_BROKER', 'the connection was lost');
}

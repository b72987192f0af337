/** The link on MQTT.js: MQTT 5, or 3.1.1 where the broker has no 5. */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { Link, LinkHandlers, LinkSession, Published } from './link.js';
import { packetGuard } from './packet-guard.js';

/** How to reach and convince a broker. */
export interface MqttLinkOptions {
  /** `mqtt://host:port` or `mqtts://host:port`, without credentials in it. */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM texts. The broker's certificate is always checked, against `ca` where given. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
  /** A dead connection is noticed after one and a half of these. */
  readonly keepaliveS: number;
  readonly connectTimeoutMs: number;
  /** How long an orderly close may take before the connection is cut. */
  readonly closeTimeoutMs: number;
  /** Largest packet that is taken from the broker. */
  readonly packetBytesMax: number;
  /** Whether to replace a repeated topic by a number (MQTT 5 §3.3.2.3.4): saves its length in each publish after the first. */
  readonly topicAlias: boolean;
}

/** CONNACK codes for a protocol version that the broker does not have: of 3.1.1 (Table 3.1) and of 5 (§3.2.2.2). */
const VERSION_REFUSED = [0x01, 0x84];

/** PUBACK reason "no matching subscribers" (MQTT 5 §3.4.2.1). */
const NO_SUBSCRIBERS = 0x10;

/** A link over MQTT. After a broker refused MQTT 5 once, this link asks it for 3.1.1 directly. */
export function createMqttLink(options: MqttLinkOptions, timers: Timers): Link {
  let version: 4 | 5 = 5;
  return {
    async connect(handlers) {
      try {
        return await openSession(options, { version, handlers, timers });
      } catch (error) {
        if (version === 4 || !isWaslError(error) || !VERSION_REFUSED.includes(Number(error.details.reasonCode)))
          throw error;
        version = 4;
        return openSession(options, { version, handlers, timers });
      }
    },
  };
}

interface SessionParts {
  readonly version: 4 | 5;
  readonly handlers: LinkHandlers;
  readonly timers: Timers;
}

function openSession(options: MqttLinkOptions, parts: SessionParts): Promise<LinkSession> {
  const client = connect(options.url, clientOptions(options, parts.version));
  const session = new MqttSession(client, options, parts);
  return session.opened();
}

function clientOptions(options: MqttLinkOptions, version: 4 | 5): IClientOptions {
  const { username, password, tls } = options;
  return {
    ...tls,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    rejectUnauthorized: true,
    clientId: options.clientId,
    protocolVersion: version,
    clean: true,
    keepalive: options.keepaliveS,
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    autoAssignTopicAlias: version === 5 && options.topicAlias,
    ...(version === 5 ? { properties: { maximumPacketSize: options.packetBytesMax } } : {}),
  };
}

class MqttSession implements LinkSession {
  readonly #client: MqttClient;
  readonly #options: MqttLinkOptions;
  readonly #handlers: LinkHandlers;
  readonly #timers: Timers;
  /** Rejects what still waits: MQTT.js forgets the callbacks of publishes when a connection breaks. */
  readonly #waiting = new Set<(error: WaslError) => void>();
  readonly #whenClosed: (() => void)[] = [];
  /** Packet identifiers of messages that nobody was there for, until their publish hears of it: MQTT.js keeps the reason to itself. */
  readonly #unheard = new Set<number>();
  #state: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #failure: WaslError | null = null;
  #shared = false;

  constructor(client: MqttClient, options: MqttLinkOptions, parts: SessionParts) {
    this.#client = client;
    this.#options = options;
    this.#handlers = parts.handlers;
    this.#timers = parts.timers;
    // Stays for ever: an error that MQTT.js reports late must not end the process.
    client.on('error', (error) => this.#fail(brokerError(error)));
    client.on('close', () => this.#finish());
    client.on('disconnect', (packet) =>
      this.#fail(brokerError(new Error(`the broker said goodbye (${packet.reasonCode})`))),
    );
    client.on('packetreceive', (packet) => {
      if (packet.cmd !== 'puback' || packet.reasonCode !== NO_SUBSCRIBERS || packet.messageId === undefined) return;
      // One that answers nothing would stay for ever.
      if (this.#unheard.size < this.#waiting.size) this.#unheard.add(packet.messageId);
    });
    client.handleMessage = (packet, done) => {
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
      this.#deliver(packet.topic, payload, done);
    };
    this.#guardPackets();
  }

  get sharedSubscriptions(): boolean {
    return this.#shared;
  }

  opened(): Promise<LinkSession> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#client.once('connect', (packet) => {
        this.#waiting.delete(reject);
        if (this.#state !== 'opening') return;
        this.#state = 'open';
        const { options } = this.#client;
        this.#shared = options.protocolVersion === 5 && packet.properties?.sharedSubscriptionAvailable !== false;
        resolve(this);
      });
    });
  }

  async publish(topic: string, payload: Uint8Array): Promise<Published> {
    let unheard = false;
    await this.#request((done) =>
      this.#client.publish(topic, Buffer.from(payload), { qos: 1 }, (error, packet) => {
        unheard = this.#unheard.delete(packet?.messageId ?? -1);
        done(error);
      }),
    );
    return { heard: this.#client.options.protocolVersion === 5 ? !unheard : null };
  }

  subscribe(filter: string): Promise<void> {
    return this.#request((done) => this.#client.subscribe(filter, { qos: 1 }, (error) => done(error)));
  }

  close(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenClosed.push(resolve);
      if (this.#state === 'closing') return;
      this.#state = 'closing';
      // Anything unanswered would keep an orderly end waiting for ever.
      const orderly = this.#waiting.size === 0 && this.#client.connected;
      this.#client.end(!orderly);
      this.#whenClosed.push(this.#timers.after(this.#options.closeTimeoutMs, () => this.#client.stream.destroy()));
      if (this.#client.stream.destroyed) this.#finish();
    });
  }

  #request(send: (done: (error?: Error | null) => void) => void): Promise<void> {
    if (this.#state !== 'open') return Promise.reject(new WaslError('ERR_BROKER', 'the connection is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      send((error) => {
        this.#waiting.delete(reject);
        if (error) reject(brokerError(error));
        else resolve();
      });
    });
  }

  #deliver(topic: string, payload: Uint8Array, done: (error?: Error) => void): void {
    if (this.#state !== 'open') return;
    let pending: void | Promise<void>;
    try {
      pending = this.#handlers.message(topic, payload);
    } catch (error) {
      this.#fail(brokerError(error));
      return;
    }
    if (!(pending instanceof Promise)) {
      done();
      return;
    }
    pending.then(
      () => {
        if (this.#state === 'open') done();
      },
      // Without a confirmation the message would fill the broker's window for ever; a new session starts with an empty one.
      (error) => this.#fail(brokerError(error)),
    );
  }

  #guardPackets(): void {
    const guard = packetGuard(this.#options.packetBytesMax);
    const { stream } = this.#client;
    stream.on('data', (chunk: Uint8Array) => {
      try {
        guard.watch(chunk);
      } catch (error) {
        this.#fail(brokerError(error));
      }
    });
  }

  #fail(error: WaslError): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'closing') this.#failure ??= error;
    this.#client.end(true);
    this.#client.stream.destroy();
    if (this.#state === 'opening') this.#finish();
  }

  #finish(): void {
    if (this.#state === 'closed') return;
    const before = this.#state;
    this.#state = 'closed';
    const error = before === 'closing' ? null : (this.#failure ?? brokerError(new Error('the connection was lost')));
    this.#client.end(true);
    const reason = error ?? new WaslError('ERR_BROKER', 'the connection was closed');
    for (const reject of [...this.#waiting]) reject(reason);
    this.#waiting.clear();
    for (const resolve of this.#whenClosed.splice(0)) resolve();
    // A session that never opened is reported by the rejection of `connect` alone.
    if (before !== 'opening') this.#handlers.closed(error);
  }
}

function brokerError(cause: unknown): WaslError {
  if (isWaslError(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const reasonCode = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return new WaslError('ERR_BROKER', message === '' ? undefined : message, { cause, details: { reasonCode } });
}

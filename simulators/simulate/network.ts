/** The network and the broker between terminals and centre, with all that goes wrong with them and all that an evil broker tries. */
import { createHash } from 'node:crypto';
import type { Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { Link, LinkHandlers, LinkSession } from '../../sync/link/link.js';
import { encodeAck, NO_HEAD } from '../../sync/protocol/ack.js';
import { encodeBatch, readSealedBatch } from '../../sync/protocol/batch.js';
import { ackTopic, batchTopic } from '../../sync/protocol/topics.js';
import { type BrokerMessage, MemoryBroker } from '../link/memory-broker.js';
import type { Life } from '../world/life.js';
import type { Stream } from '../world/random.js';
import type { LinkAction } from './actions.js';
import type { FaultKind } from './faults.js';
import type { Kit } from './kit.js';
import { sumOf, type Trace } from './trace.js';

/** What a network is made of. */
export interface NetworkParts {
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly random: Stream;
  readonly trace: Trace;
  readonly kit: Kit;
  readonly terminals: readonly string[];
  readonly fault: (kind: FaultKind) => void;
}

/** Genuine messages that a broker remembers to replay. */
const REMEMBERED_MAX = 64;
/** What a throttled line carries. */
const THROTTLED_BITS_PER_MS = 8;

type LinkFault = LinkAction['fault'];

interface Rule {
  readonly fault: LinkFault;
  readonly target: number;
  readonly rate: number;
  readonly untilMs: number;
}

/** See the head of this file. */
export class Network {
  readonly broker: MemoryBroker;
  /** Who published a message, by the hash of its payload. */
  readonly senders = new Map<string, string>();
  readonly #parts: NetworkParts;
  readonly #remembered: BrokerMessage[] = [];
  /** Newest epoch of each terminal, as anybody on the line can see. */
  readonly #epochs = new Map<string, { readonly epoch: string; readonly last: number }>();
  #rules: Rule[] = [];

  constructor(parts: NetworkParts) {
    this.#parts = parts;
    this.broker = new MemoryBroker(parts.timers);
    this.broker.latencyMs = (message) => this.#latencyMs(message);
    this.broker.tamper = (message) => this.#tamper(message);
    this.broker.confirms = (message) => !this.#hits('withhold', message, 'broker.withhold');
  }

  /** The link of a process. A second client of a name takes the connection over from the first one (MQTT 5 §3.1.4). */
  link(client: string, place: number, owner: { readonly life: Life; readonly machine: string | null }): Link {
    const { trace } = this.#parts;
    const inner = this.broker.link(client);
    return {
      connect: async (handlers) => {
        if (!owner.life.alive) return new Promise(() => {});
        if (this.#isCutOff(place)) {
          throw new WaslError('ERR_BROKER', 'the network is down');
        }
        this.broker.cut((name) => name === client);
        const session = await inner.connect(this.#watched(client, handlers));
        trace.detail(`link ${client} open`);
        return this.#sessionOf(session, owner.machine);
      },
    };
  }

  /** Begins a fault that lasts a while. */
  begin(action: LinkAction): void {
    const rule = { ...action, untilMs: this.#parts.nowMs() + action.forMs };
    this.#rules.push(rule);
    if (action.fault === 'partition') {
      this.#cutOff(action.target);
      return;
    }
    if (action.fault === 'replay' || action.fault === 'forge-ack' || action.fault === 'forge-batch')
      this.#strikeLater(rule, 5);
  }

  /** Ends all that goes wrong. */
  heal(): void {
    this.#rules = [];
    this.broker.setDown(false);
  }

  #watched(client: string, handlers: LinkHandlers): LinkHandlers {
    const { trace } = this.#parts;
    return {
      message: (topic, payload) => {
        trace.detail(`deliver ${client} ${topic} ${sumOf(payload)}`);
        return handlers.message(topic, payload);
      },
      closed: (error) => {
        trace.detail(`link ${client} closed ${error?.code ?? ''}`);
        handlers.closed(error);
      },
    };
  }

  #sessionOf(session: LinkSession, machine: string | null): LinkSession {
    return {
      ...session,
      publish: (topic, payload) => {
        this.#parts.trace.detail(`publish ${topic} ${sumOf(payload)}`);
        if (machine !== null) this.senders.set(nameOf(payload), machine);
        this.#remember({ topic, payload: Uint8Array.from(payload) });
        return session.publish(topic, payload);
      },
    };
  }

  #remember(message: BrokerMessage): void {
    this.#remembered.push(message);
    if (this.#remembered.length > REMEMBERED_MAX) this.#remembered.shift();
    if (!message.topic.endsWith('/up')) return;
    const { terminal, epoch, last } = readSealedBatch(message.payload);
    this.#epochs.set(terminal, { epoch, last });
  }

  #active(): readonly Rule[] {
    const nowMs = this.#parts.nowMs();
    this.#rules = this.#rules.filter((rule) => rule.untilMs > nowMs);
    return this.#rules;
  }

  #concerns(rule: Rule, topic: string): boolean {
    const name = this.#parts.terminals[rule.target];
    return name === undefined || topic.includes(`/${name}/`);
  }

  #hits(fault: LinkFault, { topic }: BrokerMessage, kind: FaultKind): boolean {
    const rule = this.#active().find((one) => one.fault === fault && this.#concerns(one, topic));
    if (rule === undefined || !this.#parts.random.chance(rule.rate)) return false;
    this.#parts.fault(kind);
    return true;
  }

  #latencyMs(message: BrokerMessage): number {
    const { random } = this.#parts;
    let latencyMs = 15 + random.below(30);
    if (this.#hits('delay', message, 'link.delay')) latencyMs += random.below(40_000);
    if (this.#hits('throttle', message, 'link.throttle'))
      latencyMs += 600 + (message.payload.length * 8) / THROTTLED_BITS_PER_MS;
    return latencyMs;
  }

  #tamper(message: BrokerMessage): readonly BrokerMessage[] {
    if (this.#hits('drop', message, 'link.drop')) return [];
    if (this.#hits('duplicate', message, 'link.duplicate')) return [message, message];
    const isAck = message.topic.endsWith('/ack');
    if (isAck && this.#hits('alter-ack', message, 'broker.alter-ack')) return [this.#altered(message)];
    if (!isAck && this.#hits('alter-batch', message, 'broker.alter-batch')) return [this.#altered(message)];
    if (this.#hits('misroute', message, 'broker.misroute')) {
      const other = this.#parts.random.pick(this.#parts.terminals);
      return [{ ...message, topic: isAck ? ackTopic(other) : batchTopic(other) }, message];
    }
    return [message];
  }

  #altered({ topic, payload }: BrokerMessage): BrokerMessage {
    const { random } = this.#parts;
    const bytes = Uint8Array.from(payload);
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return { topic, payload: bytes };
  }

  /** Puts something out that nobody has sent, now and then, while a rule lasts. */
  #strikeLater(rule: Rule, left: number): void {
    const { timers, random } = this.#parts;
    timers.after(random.between(100, 120_000), () => {
      if (left === 0 || !this.#active().includes(rule)) return;
      this.#strike(rule);
      this.#strikeLater(rule, left - 1);
    });
  }

  #strike(rule: Rule): void {
    const { random, fault, trace } = this.#parts;
    if (rule.fault === 'replay') {
      if (this.#remembered.length === 0) return;
      const message = random.pick(this.#remembered);
      fault('broker.replay');
      trace.note(`the broker replays ${message.topic} ${sumOf(message.payload)}`);
      this.broker.inject(message);
      return;
    }
    const [terminal, seen] = random.pick([...this.#epochs, ['', null] as const]);
    if (seen === null) return;
    const forged = rule.fault === 'forge-ack' ? this.#forgedAck(terminal, seen) : this.#forgedBatch(terminal, seen);
    fault(rule.fault === 'forge-ack' ? 'broker.forge-ack' : 'broker.forge-batch');
    trace.note(`the broker forges ${forged.topic} ${sumOf(forged.payload)}`);
    this.broker.inject(forged);
  }

  /** It says that all is there, in a later life of the centre and a later year, under a key that nobody trusts. */
  #forgedAck(terminal: string, { epoch, last }: { epoch: string; last: number }): BrokerMessage {
    const { kit, random, nowMs } = this.#parts;
    const incarnation = 2_000_000_000 + random.below(1_000);
    const time = 2_000_000_000 + Math.floor(nowMs() / 1000);
    const ack = { terminal, epoch, seq: last + random.below(3), head: NO_HEAD, incarnation, time, missing: [] };
    return { topic: ackTopic(terminal), payload: encodeAck(ack, kit.attacker) };
  }

  /** It goes on where the terminal stands, sealed to the centre as anybody can, signed by somebody else. */
  #forgedBatch(terminal: string, { epoch, last }: { epoch: string; last: number }): BrokerMessage {
    const { kit, random } = this.#parts;
    const content = {
      ...{ terminal, epoch, first: last + 1, last: last + 1, base: random.bytes(32), saltKey: random.bytes(32) },
      events: [Uint8Array.of(0x82, 0x01, 0x02)],
    };
    const keys = { signer: kit.attacker, centrePublicKey: kit.centre.seal.publicKey, random };
    return { topic: batchTopic(terminal), payload: encodeBatch(content, keys) };
  }

  #isCutOff(place: number): boolean {
    return this.#active().some((rule) => rule.fault === 'partition' && (rule.target === place || rule.target > 4));
  }

  #cutOff(target: number): void {
    this.#parts.fault('link.partition');
    const { terminals } = this.#parts;
    this.broker.cut(
      (name) =>
        target > 4 || name === `wasl-${terminals[target]}` || name.startsWith(`bridge-${target - terminals.length}-`),
    );
  }
}

/** The name of a payload in {@link Network.senders}. */
export function nameOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('base64');
}

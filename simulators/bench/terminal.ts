/** A terminal to measure: its uplink as the agent composes it, over real MQTT, with a journal in memory that already holds events. */
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import type { RedemptionEvent } from '../../agent/domain/event.js';
import type { Signer } from '../../agent/domain/keys.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { systemClock, systemRandom, systemTimers } from '../../agent/system.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import type { UplinkLimits } from '../../sync/uplink/parts.js';
import { Uplink } from '../../sync/uplink/uplink.js';
import { MemoryDisk } from '../world/memory-disk.js';
import type { BenchBroker, BenchCouch, BenchKeys } from './centre.js';

/** A terminal that does not send yet. */
export interface BenchTerminal {
  readonly name: string;
  readonly journal: OpenJournal;
  readonly uplink: Uplink;
  close(): Promise<void>;
}

/** Which terminal, and whom it talks to. */
export interface BenchTerminalParts {
  readonly name: string;
  readonly signer: Signer;
  readonly brokerUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly sealPublicKey: Uint8Array;
  readonly ackPublicKey: Uint8Array;
  readonly limits: UplinkLimits;
}

/** Events recorded in one frame. */
const FRAME_EVENTS = 100;

/** Composes a terminal that is enrolled. */
export async function openBenchTerminal(parts: BenchTerminalParts): Promise<BenchTerminal> {
  const { name, username, password } = parts;
  const journal = await openJournal({
    disk: new MemoryDisk().session(),
    folder: '/journal',
    key: systemRandom.bytes(32),
    terminal: name,
    clock: systemClock,
    random: systemRandom,
  });
  const uplink = new Uplink({
    terminal: name,
    journal,
    link: createMqttLink(
      {
        url: parts.brokerUrl,
        clientId: `wasl-${name}`,
        ...(username === null ? {} : { username }),
        ...(password === null ? {} : { password }),
        ...{ keepaliveS: 60, connectTimeoutMs: 30_000, closeTimeoutMs: 2_000, packetBytesMax: 4_096, topicAlias: true },
      },
      systemTimers,
    ),
    signer: parts.signer,
    centre: { sealPublicKey: parts.sealPublicKey, ackVerifiers: [verifierFromKey(parts.ackPublicKey)] },
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    limits: parts.limits,
    report: () => undefined,
  });
  const close = async (): Promise<void> => {
    await uplink.stop();
    await journal.close();
  };
  return { name, journal, uplink, close };
}

/** Records services in the journal of a terminal. */
export async function recordServices(journal: OpenJournal, events: readonly RedemptionEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += FRAME_EVENTS)
    await journal.append(events.slice(at, at + FRAME_EVENTS).map((event) => ({ kind: 'event', event })));
}

/** Enrols a terminal of a random name whose link leads to `port`, and records `events` in its journal. */
export async function startBenchTerminal(
  events: readonly RedemptionEvent[],
  centre: {
    readonly couch: BenchCouch;
    readonly broker: BenchBroker;
    readonly keys: BenchKeys;
    readonly port: number;
    readonly limits: UplinkLimits;
  },
): Promise<BenchTerminal> {
  const { couch, broker, keys, port, limits } = centre;
  const signer = signerFromSeed(systemRandom.bytes(32));
  const name = `bench-${Buffer.from(systemRandom.bytes(4)).toString('hex')}`;
  await enrolTerminal(couch.store, { terminal: name, site: 'bench', publicKey: signer.publicKey });
  const terminal = await openBenchTerminal({
    name,
    signer,
    brokerUrl: `mqtt://127.0.0.1:${port}`,
    username: broker.username,
    password: broker.password,
    sealPublicKey: keys.seal.publicKey,
    ackPublicKey: keys.ack.publicKey,
    limits,
  });
  await recordServices(terminal.journal, events);
  return terminal;
}

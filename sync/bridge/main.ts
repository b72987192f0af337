/** Composes a bridge worker from its configuration: what `wasl bridge run` runs. */
import { signerFromSeed } from '../../agent/credential/signature.js';
import type { Clock, Randomness, Timers } from '../../agent/domain/clock.js';
import { codeOf } from '../../agent/domain/errors.js';
import type { Log } from '../../agent/domain/log.js';
import type { Link } from '../link/link.js';
import { createMqttLink } from '../link/mqtt-link.js';
import { BATCH_BYTES_MAX } from '../protocol/batch.js';
import { sealKeyFromSecret } from '../protocol/seal.js';
import { type BridgeConfig, type BridgeConfigInput, checkBridgeConfig } from './config.js';
import { createCouchStore } from './couch-store.js';
import { createCounters } from './counters.js';
import { type BridgeHealth, type HealthPage, serveHealth } from './health.js';
import { Intake } from './intake.js';
import { atMost } from './retry.js';
import type { DocumentStore } from './store.js';
import { BridgeWorker, WORKER_LIMITS, type WorkerLimits } from './worker.js';

/** What must not stand in a configuration file. */
export interface BridgeSecrets {
  /** X25519 secrets, 32 bytes each, newest first. */
  readonly sealSecretKeys: readonly Uint8Array[];
  /** Ed25519 seed, 32 bytes: signs acknowledgements. */
  readonly ackSeed: Uint8Array;
  readonly couchPassword: string;
  readonly brokerPassword?: string;
  /** PEM texts for `mqtts`. */
  readonly brokerTls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** What a bridge needs from the machine. */
export interface BridgeDeps {
  readonly secrets: BridgeSecrets;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly log: Log;
  /** Other limits than those of a centre, for tests. */
  readonly limits?: Partial<WorkerLimits>;
}

/** A running bridge worker. */
export interface RunningBridge {
  health(): BridgeHealth;
  /** Port of the health page, or null without one. */
  readonly healthPort: number | null;
  /** Takes nothing more, lets what is under way be stored and acknowledged, and closes. Resolves within about ten seconds. */
  stop(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
const DRAIN_TIMEOUT_MS = 5_000;
const STEADY_MS = 30_000;

/** What the broker may send besides the payload of a batch: topic and properties. */
const PACKET_OVERHEAD_BYTES = 1_024;

/** Starts a worker. Rejects with `ERR_CONFIG`, `ERR_SECRET` or `ERR_PORT_IN_USE`; broker and database may come later. */
export async function runBridge(input: BridgeConfigInput, deps: BridgeDeps): Promise<RunningBridge> {
  const config = checkBridgeConfig(input);
  const { secrets, clock, timers, random, log } = deps;
  const counters = createCounters();
  const report = (problem: unknown): void =>
    log.warn({ code: codeOf(problem), detail: problem instanceof Error ? problem.message : '' }, 'bridge');
  const worker: BridgeWorker = new BridgeWorker({
    store: storeFor(config, deps),
    sealKeys: secrets.sealSecretKeys.map(sealKeyFromSecret),
    signer: signerFromSeed(secrets.ackSeed),
    publish: (topic, payload) => intake.publish(topic, payload),
    clock,
    timers,
    random,
    counters,
    limits: { ...WORKER_LIMITS, ...deps.limits },
    report,
  });
  const suffix = Buffer.from(random.bytes(4)).toString('hex');
  const linkOf = (role: string): Link => linkTo(`${config.name}-${role}-${suffix}`, { config, secrets, timers });
  const intake: Intake = new Intake({
    consumers: Array.from({ length: config.consumers }, (_, index) => linkOf(`in${index}`)),
    publisher: linkOf('out'),
    receive: (topic, payload) => worker.receive(topic, payload),
    timers,
    random,
    backoff: config.backoff,
    steadyMs: STEADY_MS,
    report,
  });
  const health = (): BridgeHealth => ({ connected: intake.connected, counters: { ...counters } });
  const page = config.healthPort === undefined ? null : await serveHealth(config.healthPort, health);
  intake.start();
  return { health, healthPort: page?.port ?? null, stop: () => stopAll({ intake, worker, page, timers }) };
}

function storeFor({ couch }: BridgeConfig, { secrets, log }: BridgeDeps): DocumentStore {
  const url = new URL(couch.url);
  url.username = encodeURIComponent(couch.username);
  url.password = encodeURIComponent(secrets.couchPassword);
  return createCouchStore({
    url: url.href,
    requestTimeoutMs: couch.requestTimeoutMs,
    role: couch.role,
    unpartitioned: () => log.info({}, 'the database server has no partitions; reading one terminal is slower'),
  });
}

function linkTo(
  clientId: string,
  parts: {
    readonly config: BridgeConfig;
    readonly secrets: BridgeSecrets;
    readonly timers: Timers;
  },
): Link {
  const { broker } = parts.config;
  const { brokerPassword, brokerTls } = parts.secrets;
  return createMqttLink(
    {
      url: broker.url,
      clientId,
      ...(broker.username === undefined ? {} : { username: broker.username }),
      ...(brokerPassword === undefined ? {} : { password: brokerPassword }),
      ...(brokerTls === undefined ? {} : { tls: brokerTls }),
      keepaliveS: broker.keepaliveS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      packetBytesMax: BATCH_BYTES_MAX + PACKET_OVERHEAD_BYTES,
      topicAlias: false,
    },
    parts.timers,
  );
}

interface Stoppable {
  readonly intake: Intake;
  readonly worker: BridgeWorker;
  readonly page: HealthPage | null;
  readonly timers: Timers;
}

async function stopAll({ intake, worker, page, timers }: Stoppable): Promise<void> {
  await atMost(
    DRAIN_TIMEOUT_MS,
    intake.stopConsuming().then(() => worker.drained()),
    timers,
  );
  await intake.stop();
  worker.close();
  await page?.close();
}

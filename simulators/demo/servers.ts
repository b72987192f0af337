/** Broker and database of a demonstration: embedded ones in processes of their own, or those that somebody already runs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { systemTimers } from '../../agent/system.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import type { SiteServers } from './files.js';
import type { Processes, Running } from './processes.js';

/** The servers, and the broker's bad hour. */
export interface DemoServers {
  readonly settings: Omit<SiteServers, 'terminalBrokerUrl'>;
  readonly brokerPort: number;
  readonly description: string;
  /** Kills the broker where it is ours; a foreign one is left alone, and only the terminal's link to it is cut. */
  breakBroker(): Promise<void>;
  mendBroker(): Promise<void>;
}

const central = (file: string): string => fileURLToPath(new URL(`../central/${file}`, import.meta.url));

/** Starts what was not given. What was given is asked first: rejects with `ERR_USAGE`, `ERR_BROKER` or `ERR_DATABASE` when it cannot be used, before anything is started. */
export async function startServers(options: {
  readonly folder: string;
  readonly mqtt: string | null;
  readonly couch: string | null;
  readonly processes: Processes;
}): Promise<DemoServers> {
  const { folder, processes } = options;
  const given = {
    broker: options.mqtt === null ? null : foreignBroker(options.mqtt),
    couch: options.couch === null ? null : foreignCouch(options.couch),
  };
  if (given.broker !== null) await askBroker(given.broker);
  if (given.couch !== null) await askCouch(given.couch);
  const broker = given.broker ?? (await embeddedBroker(folder, processes));
  const couch = given.couch ?? (await embeddedCouch(folder, processes));
  return {
    settings: {
      bridgeBrokerUrl: `mqtt://127.0.0.1:${broker.port}`,
      brokerUsername: broker.username,
      brokerPassword: broker.password,
      couchUrl: couch.url,
      couchUsername: couch.username,
      couchPassword: couch.password,
    },
    brokerPort: broker.port,
    description: `${options.mqtt === null ? 'embedded broker' : 'your broker'}, ${options.couch === null ? 'embedded database' : 'your database'}, each in a process of its own`,
    breakBroker: broker.break,
    mendBroker: broker.mend,
  };
}

interface DemoBroker {
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly break: () => Promise<void>;
  readonly mend: () => Promise<void>;
}

const ASK_TIMEOUT_MS = 5_000;

const nothing = async (): Promise<void> => undefined;

async function embeddedBroker(folder: string, processes: Processes): Promise<DemoBroker> {
  const passwordFile = join(folder, 'broker-password');
  const start = (port: number): Promise<Running> =>
    processes.start({
      name: 'the broker',
      command: process.execPath,
      args: [central('broker-main.js'), '--port', String(port), '--username', 'wasl', '--password-file', passwordFile],
      ready: (line) => line.includes('"ready":"broker"'),
    });
  await writeFile(passwordFile, 'demo-broker\n', { mode: 0o600 });
  let running: Running | null = await start(0);
  const { port } = JSON.parse(running.readyLine) as { port: number };
  return {
    port,
    username: 'wasl',
    password: 'demo-broker',
    break: async () => {
      await running?.kill();
      running = null;
    },
    mend: async () => {
      running ??= await start(port);
    },
  };
}

function foreignBroker(text: string): DemoBroker {
  const url = parse(text, ['mqtt:'], '--mqtt');
  if (url.hostname !== '127.0.0.1' && url.hostname !== 'localhost') {
    throw new WaslError(
      'ERR_USAGE',
      '--mqtt takes a broker on this machine (127.0.0.1): the bytes to it are counted by a proxy',
    );
  }
  const { username, password } = url;
  return {
    port: Number(url.port === '' ? 1883 : url.port),
    username: username === '' ? null : decodeURIComponent(username),
    password: password === '' ? null : decodeURIComponent(password),
    break: nothing,
    mend: nothing,
  };
}

interface DemoCouch {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

async function embeddedCouch(folder: string, processes: Processes): Promise<DemoCouch> {
  const running = await processes.start({
    name: 'the database',
    command: process.execPath,
    args: [central('couch-main.js'), '--data', join(folder, 'couch')],
    ready: (line) => line.includes('"ready":"couch"'),
  });
  const { url, username, password } = JSON.parse(running.readyLine) as {
    url: string;
    username: string;
    password: string;
  };
  return { url, username, password };
}

function foreignCouch(text: string): DemoCouch {
  const url = parse(text, ['http:', 'https:'], '--couch');
  const { username, password } = url;
  if (username === '' || password === '')
    throw new WaslError('ERR_USAGE', '--couch takes a URL with user and password');
  return {
    url: url.origin,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

/** Opens a session with somebody's broker, and closes it again. */
async function askBroker({ port, username, password }: DemoBroker): Promise<void> {
  const link = createMqttLink(
    {
      url: `mqtt://127.0.0.1:${port}`,
      clientId: 'wasl-demo-check',
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      keepaliveS: 30,
      connectTimeoutMs: ASK_TIMEOUT_MS,
      closeTimeoutMs: 1_000,
      packetBytesMax: 1_024,
      topicAlias: false,
    },
    systemTimers,
  );
  try {
    const session = await link.connect({ message: () => undefined, closed: () => undefined });
    await session.close();
  } catch (cause) {
    const why = isWaslError(cause) ? cause.message : String(cause);
    throw new WaslError('ERR_BROKER', `the broker of --mqtt on 127.0.0.1:${port} cannot be used: ${why}`, { cause });
  }
}

/** Asks somebody's database server for its databases, as whoever the URL names. */
async function askCouch({ url, username, password }: DemoCouch): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
  const answer = await fetch(`${url}/_all_dbs`, { headers: { authorization }, signal }).catch((cause: unknown) => {
    throw new WaslError('ERR_DATABASE', `the database of --couch at ${url} does not answer`, { cause });
  });
  if (!answer.ok)
    throw new WaslError(
      'ERR_DATABASE',
      `the database of --couch at ${url} refuses ${username} (status ${answer.status})`,
    );
}

function parse(text: string, protocols: readonly string[], option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !protocols.includes(url.protocol))
    throw new WaslError('ERR_USAGE', `${option} takes a URL that begins with ${protocols.join(' or ')}//`);
  return url;
}

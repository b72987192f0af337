/** Broker and database of a demonstration: embedded ones in processes of their own, or those that somebody already runs. */
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { systemTimers } from '../../agent/system.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { type OwnBroker, startOwnBroker } from '../process/broker.js';
import { type DatabaseAccess, startOwnDatabase } from '../process/database.js';
import type { Processes } from '../process/processes.js';
import type { SiteServers } from '../process/site-files.js';

/** The servers, and the broker's bad hour. */
export interface DemoServers {
  readonly settings: Omit<SiteServers, 'terminalBrokerUrl'>;
  readonly brokerPort: number;
  readonly description: string;
  /** Kills the broker where it is ours; a foreign one is left alone, and only the terminal's link to it is cut. */
  breakBroker(): Promise<void>;
  mendBroker(): Promise<void>;
}

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
  const broker = given.broker ?? (await startOwnBroker(folder, processes));
  const couch = given.couch ?? (await startOwnDatabase(folder, processes));
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
    breakBroker: broker.kill,
    mendBroker: broker.start,
  };
}

const ASK_TIMEOUT_MS = 5_000;

const nothing = async (): Promise<void> => undefined;

function foreignBroker(text: string): OwnBroker {
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
    kill: nothing,
    start: nothing,
  };
}

function foreignCouch(text: string): DatabaseAccess {
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
async function askBroker({ port, username, password }: OwnBroker): Promise<void> {
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
async function askCouch({ url, username, password }: DatabaseAccess): Promise<void> {
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

/** Broker and database of a demonstration: embedded ones in processes of their own, or those that somebody already runs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WaslError } from '../../agent/domain/errors.js';
import type { SiteServers } from './files.js';
import { type Running, startProcess } from './processes.js';

/** The servers, and the broker's bad hour. */
export interface DemoServers {
  readonly settings: Omit<SiteServers, 'terminalBrokerUrl'>;
  readonly brokerPort: number;
  readonly description: string;
  /** Kills the broker where it is ours; a foreign one is left alone, and only the terminal's link to it is cut. */
  breakBroker(): Promise<void>;
  mendBroker(): Promise<void>;
  close(): Promise<void>;
}

const central = (file: string): string => fileURLToPath(new URL(`../central/${file}`, import.meta.url));

/** Starts what was not given. */
export async function startServers(options: {
  folder: string;
  mqtt: string | null;
  couch: string | null;
}): Promise<DemoServers> {
  const broker = options.mqtt === null ? await embeddedBroker(options.folder) : foreignBroker(options.mqtt);
  const couch = options.couch === null ? await embeddedCouch(options.folder) : foreignCouch(options.couch);
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
    close: async () => {
      await broker.close();
      await couch.close();
    },
  };
}

interface DemoBroker {
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly break: () => Promise<void>;
  readonly mend: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

async function embeddedBroker(folder: string): Promise<DemoBroker> {
  const passwordFile = join(folder, 'broker-password');
  const start = (port: number): Promise<Running> =>
    startProcess({
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
    close: async () => running?.stop(),
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
    close: nothing,
  };
}

interface DemoCouch {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly close: () => Promise<void>;
}

async function embeddedCouch(folder: string): Promise<DemoCouch> {
  const running = await startProcess({
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
  return { url, username, password, close: running.stop };
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
    close: nothing,
  };
}

function parse(text: string, protocols: readonly string[], option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !protocols.includes(url.protocol))
    throw new WaslError('ERR_USAGE', `${option} takes a URL that begins with ${protocols.join(' or ')}//`);
  return url;
}

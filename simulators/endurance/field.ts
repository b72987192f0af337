/** Everything that runs: terminal, link, broker, two bridge workers and database, each in a process of its own, and the ways to kill it and bring it back. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calendarOf } from '../../agent/domain/calendar.js';
import { systemClock, systemRandom, systemTimers } from '../../agent/system.js';
import { startMosquitto } from '../central/mosquitto.js';
import { GOOD_LINK, type LinkProxy, startLinkProxy } from '../link/proxy.js';
import { type OwnBroker, startOwnBroker } from '../process/broker.js';
import { sitDown } from '../process/clerk.js';
import { CLI, runCli } from '../process/cli.js';
import type { DatabaseAccess } from '../process/database.js';
import type { Processes, Running } from '../process/processes.js';
import { layOutSite, type SiteFiles } from '../process/site-files.js';
import { makeCard, people } from '../site/population.js';
import { type Agent, createAgent, type Seat } from './agent.js';
import type { CounterCard } from './counter.js';
import { type Database, foreignDatabase, ownDatabase, registerCommand } from './database.js';
import { type Desk, setUpDesk } from './desk.js';
import type { Victim } from './plan.js';

/** How the field is laid out. */
export interface FieldOptions {
  readonly folder: string;
  readonly broker: 'embedded' | 'mosquitto';
  /** A database of somebody else's, or null for an embedded one. */
  readonly couch: DatabaseAccess | null;
  readonly cards: number;
  readonly processes: Processes;
  /** What has to be closed at the end, in reverse order. */
  readonly closers: (() => Promise<void>)[];
}

/** The field. */
export interface Field {
  readonly site: SiteFiles;
  readonly agent: Agent;
  readonly desk: Desk;
  readonly cards: readonly CounterCard[];
  readonly proxy: LinkProxy;
  readonly database: Database;
  /** Kills all of these at once. */
  kill(victims: readonly Victim[]): Promise<void>;
  /** Starts them again, all at once. */
  start(victims: readonly Victim[]): Promise<void>;
  /** Keeps a copy of what the database holds; one of ours must not run. */
  copy(): Promise<void>;
  /** See {@link Database.restore}. */
  restore(ago: number): Promise<void>;
}

const STAND_IN = fileURLToPath(new URL('../site/terminal-main.js', import.meta.url));
const YEAR_SEC = 366 * 86_400;
const FIRST_SERIAL = 200_001;

/** Lays everything out and starts it, but for the terminal, whose first life the caller begins. */
export async function layOutField(options: FieldOptions): Promise<Field> {
  const { folder, processes, closers } = options;
  await mkdir(join(folder, 'data'));
  const broker = await theBroker(options);
  const database =
    options.couch === null ? await ownDatabase(folder, processes) : await foreignDatabase(options.couch, folder);
  const proxy = await startLinkProxy(broker.port, GOOD_LINK, systemTimers);
  closers.push(() => proxy.close());
  const desk = await setUpDesk();
  closers.push(async () => desk.clear());
  const terminal = `endurance-${Buffer.from(systemRandom.bytes(4)).toString('hex')}`;
  const site = await layOutSite(folder, { terminal });
  await site.configure(
    {
      terminalBrokerUrl: `mqtt://127.0.0.1:${proxy.port}`,
      bridgeBrokerUrl: `mqtt://127.0.0.1:${broker.port}`,
      brokerUsername: broker.username,
      brokerPassword: broker.password,
      couchUrl: database.url,
      couchUsername: database.username,
      couchPassword: database.password,
    },
    [],
  );
  const operator = { bridgeConfig: site.bridgeConfig, authorityFolder: site.authority.folder };
  await runCli(registerCommand(operator));
  const agent = createAgent(() => beginLife({ site, desk, processes, folder }));
  const mortals: Readonly<Record<Victim, Mortal>> = {
    agent,
    'bridge-1': bridgeWorker('bridge-1', { site, processes, folder }),
    'bridge-2': bridgeWorker('bridge-2', { site, processes, folder }),
    broker,
    database,
  };
  const all = async (victims: readonly Victim[], what: keyof Mortal): Promise<void> => {
    await Promise.all(victims.map((victim) => mortals[victim][what]()));
  };
  return {
    site,
    agent,
    desk,
    proxy,
    database,
    cards: await makeCards(options.cards, site),
    kill: (victims) => all(victims, 'kill'),
    start: (victims) => all(victims, 'start'),
    copy: () => database.copy(operator),
    restore: (ago) => database.restore(ago, operator),
  };
}

/** What can be killed and started again. */
interface Mortal {
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function theBroker({ broker, folder, processes, closers }: FieldOptions): Promise<OwnBroker> {
  if (broker === 'embedded') return startOwnBroker(folder, processes);
  // Every packet, without what is in it: after a failure one sees who fell silent.
  const mosquitto = await startMosquitto([`log_dest file ${join(folder, 'broker.log')}`, 'log_type all']);
  closers.push(() => mosquitto.close());
  return { port: mosquitto.port, username: null, password: null, kill: mosquitto.kill, start: mosquitto.restart };
}

interface Place {
  readonly site: SiteFiles;
  readonly processes: Processes;
  readonly folder: string;
}

function bridgeWorker(name: string, { site, processes, folder }: Place): Mortal {
  let running: Running | null = null;
  return {
    kill: async () => {
      await running?.kill();
      running = null;
    },
    start: async () => {
      running ??= await processes.start({
        name: `the worker ${name}`,
        command: process.execPath,
        args: [CLI, 'bridge', 'run', '--config', site.bridgeConfig],
        ready: (line) => line.includes('bridge ready'),
        logFile: join(folder, `${name}.log`),
      });
    },
  };
}

async function beginLife({ site, desk, processes, folder }: Place & { readonly desk: Desk }): Promise<Seat> {
  const running = await processes.start({
    name: 'the terminal',
    command: process.execPath,
    args: [STAND_IN, '--config', site.terminalConfig, ...desk.ports.flatMap((port) => ['--vpcd-port', String(port)])],
    ready: (line) => line.includes('"kioskUrl"'),
    logFile: join(folder, 'terminal.log'),
  });
  const { kioskUrl } = JSON.parse(running.readyLine) as { kioskUrl: string };
  return { clerk: await sitDown(kioskUrl), kill: running.kill, stop: running.stop };
}

async function makeCards(count: number, site: SiteFiles): Promise<CounterCard[]> {
  const nowSec = Math.floor(systemClock.nowMs() / 1000);
  const issuer = await site.authority.issuer();
  const day = calendarOf('Africa/Cairo').dayOf(nowSec * 1000);
  const cards: CounterCard[] = [];
  for (const person of people(count, FIRST_SERIAL)) {
    const times = { issuedAt: nowSec - 7200, expiresAt: nowSec + 5 * YEAR_SEC };
    const card = await makeCard({ person, issuer, day, ...times });
    cards.push({ serial: person.serial, card, before: card.dump() });
  }
  return cards;
}

/** A site for tests over real brokers: terminals with journals on this machine's disk, bridges, and an auditor who trusts none of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { Signer } from '../../agent/domain/keys.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { auditCentre } from '../../simulators/central/audit.js';
import { startBroker } from '../../simulators/central/broker.js';
import type { RunningBridge } from '../../sync/bridge/main.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { UPLINK_LIMITS, type UplinkLimits } from '../../sync/uplink/parts.js';
import { Uplink } from '../../sync/uplink/uplink.js';
import { type CouchAccess, startTestBridge, startTestCouch, type TestCouch } from '../support/central.js';
import { CENTRE_ACK, CENTRE_SEAL, outletEvents, seedOf, terminalSigner } from '../support/sync-events.js';
import { eventually, systemClock, systemRandom, systemTimers } from '../support/system.js';

/** Key of every journal here. */
export const JOURNAL_KEY = seedOf('journal key');

/** A broker of either kind. */
export interface TestBroker {
  readonly url: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** Loses everything that it had and comes back. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The broker that `npm start` brings. */
export async function embeddedBroker(): Promise<TestBroker> {
  let broker = await startBroker({ port: 0 });
  const { url, port, username, password } = broker;
  return {
    url,
    port,
    username,
    password,
    restart: async () => {
      await broker.close();
      broker = await startBroker({ port, username, password });
    },
    close: () => broker.close(),
  };
}

/** A terminal of a test. */
export interface SiteTerminal {
  readonly name: string;
  readonly journal: OpenJournal;
  readonly uplink: Uplink;
  serve(count: number): Promise<void>;
  acknowledged(): Promise<void>;
}

/** After outages in a row both sides wait up to half a minute before they try again. */
const ACKNOWLEDGED_TIMEOUT_MS = 120_000;

/** What the auditor finds of some terminals. */
export interface Audited {
  readonly problems: readonly string[];
  readonly gaps: readonly object[];
  /** As {@link servicesOf} lists them. */
  readonly services: readonly string[];
}

/** A database server, and everything that a test starts around it. */
export interface TestSite {
  readonly couch: TestCouch;
  /** Closed with the rest, in the reverse order of their beginning. */
  later(close: () => Promise<void>): void;
  /** A terminal of its own; `port` is where its link leads to. */
  terminal(broker: TestBroker, port: number, limits?: Partial<UplinkLimits>): Promise<SiteTerminal>;
  bridge(broker: TestBroker, database?: CouchAccess): Promise<RunningBridge>;
  audited(terminals: readonly SiteTerminal[]): Promise<Audited>;
  /** Closes what one test started. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the database server of a site. */
export async function startSite(): Promise<TestSite> {
  const couch = await startTestCouch();
  const toClose: (() => Promise<void>)[] = [];
  let names = 0;
  const later = (close: () => Promise<void>): void => {
    toClose.push(close);
  };
  const clear = async (): Promise<void> => {
    for (const close of toClose.splice(0).reverse()) await close();
  };
  return {
    couch,
    later,
    clear,
    terminal: async (broker, port, limits = {}) => {
      names += 1;
      const name = `outlet-${names}`;
      const { publicKey } = terminalSigner(name);
      await enrolTerminal(couch.store, { terminal: name, site: 'port-said-3', publicKey });
      const folder = await mkdtemp(join(tmpdir(), 'wasl-e2e-'));
      const terminal = await openTerminal(name, { folder, broker, port, limits });
      later(async () => {
        await terminal.uplink.stop();
        await terminal.journal.close();
        await rm(folder, { recursive: true, force: true });
      });
      return terminal;
    },
    bridge: async (broker, database = couch) => {
      const bridge = await startTestBridge(broker, database);
      later(() => bridge.stop());
      await eventually('the bridge is connected', () => bridge.health().connected);
      return bridge;
    },
    audited: (terminals) => audited(couch, terminals),
    close: async () => {
      await clear();
      await couch.close();
    },
  };
}

/** What a terminal of a test runs on. */
export interface TerminalParts {
  /** With its journal in it. */
  readonly folder: string;
  readonly broker: TestBroker;
  /** Where it reaches the broker: its own port, or that of a proxy. */
  readonly port: number;
  readonly clientId: string;
  readonly signer: Signer;
  readonly limits: Partial<UplinkLimits>;
}

/** Opens the journal of a terminal and starts an uplink on it. */
export async function startTerminal(
  name: string,
  { folder, broker, port, clientId, signer, limits }: TerminalParts,
): Promise<{ readonly journal: OpenJournal; readonly uplink: Uplink }> {
  const journal = await openJournal({
    disk: nodeDisk(),
    folder: join(folder, 'journal'),
    key: JOURNAL_KEY,
    terminal: name,
    clock: systemClock,
    random: systemRandom,
  });
  const { username, password } = broker;
  const link = createMqttLink(
    {
      url: `mqtt://127.0.0.1:${port}`,
      clientId,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      keepaliveS: 60,
      connectTimeoutMs: 5_000,
      closeTimeoutMs: 1_000,
      packetBytesMax: 4_096,
      topicAlias: true,
    },
    systemTimers,
  );
  const uplink = new Uplink({
    terminal: name,
    journal,
    link,
    signer,
    centre: { sealPublicKey: CENTRE_SEAL.publicKey, ackVerifiers: [verifierFromKey(CENTRE_ACK.publicKey)] },
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    limits: { ...UPLINK_LIMITS, lingerMs: 50, ackTimeoutMs: 1_500, backoff: { baseMs: 100, maxMs: 500 }, ...limits },
    report: () => {},
  });
  uplink.start();
  return { journal, uplink };
}

async function openTerminal(name: string, parts: Omit<TerminalParts, 'clientId' | 'signer'>): Promise<SiteTerminal> {
  const { journal, uplink } = await startTerminal(name, { ...parts, clientId: name, signer: terminalSigner(name) });
  let served = 0;
  return {
    name,
    journal,
    uplink,
    serve: async (count) => {
      const events = outletEvents(served + count, `day of ${name}`).slice(served);
      served += count;
      await journal.append(events.map((event) => ({ kind: 'event', event })));
    },
    acknowledged: () =>
      eventually(`${name} is acknowledged`, () => journal.state().backlog === 0, ACKNOWLEDGED_TIMEOUT_MS),
  };
}

async function audited(couch: TestCouch, terminals: readonly SiteTerminal[]): Promise<Audited> {
  const report = await auditCentre(couch);
  const own = (terminal: string): boolean => terminals.some(({ name }) => name === terminal);
  return {
    problems: report.problems.filter((text) => terminals.some(({ name }) => text.includes(`${name}:`))),
    gaps: report.gaps.filter(({ terminal }) => own(terminal)),
    services: report.services
      .filter(({ terminal }) => own(terminal))
      .map(({ terminal, card, ledgerSequence, items }) => JSON.stringify([terminal, card, ledgerSequence, items]))
      .sort(),
  };
}

/** The services of terminals that served `count` each, as the auditor should find them. */
export function servicesOf(terminals: readonly SiteTerminal[], count: number): string[] {
  const services = terminals.flatMap(({ name }) =>
    outletEvents(count, `day of ${name}`).map(({ card, ledgerSequence, items }) =>
      JSON.stringify([name, card, ledgerSequence, items]),
    ),
  );
  return services.sort();
}

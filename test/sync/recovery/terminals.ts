/** Terminals on real folders, brokers and databases, which are copied, die, come back and are given new keys. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signer } from '../../../agent/domain/keys.js';
import type { OpenJournal } from '../../../agent/journal/open-journal.js';
import { auditCentre } from '../../../simulators/central/audit.js';
import { enrolTerminal } from '../../../sync/bridge/registry.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import type { Uplink } from '../../../sync/uplink/uplink.js';
import type { TestCouch } from '../../support/central.js';
import { outletEvents, terminalSigner } from '../../support/sync-events.js';
import { eventually } from '../../support/system.js';
import { startTerminal, type TestBroker, type TestSite } from '../site.js';

/** Real processes on a busy machine. */
export const PATIENCE_MS = 60_000;

/** A machine that has the identity `name`. */
export interface Machine {
  readonly name: string;
  readonly folder: string;
  readonly journal: OpenJournal;
  readonly uplink: Uplink;
  /** Services of the day called `day`, in order; each machine has a day of its own. */
  serve(count: number): Promise<void>;
  acknowledged(): Promise<void>;
  /** Switches it off. Its disk stays. */
  stop(): Promise<void>;
  /** What it served, as {@link servedAt} lists it. */
  served(): string[];
}

/** How a machine is started. */
export interface MachineOptions {
  readonly site: TestSite;
  readonly broker: TestBroker;
  readonly name: string;
  /** What is served on it: tells machines of one name apart. */
  readonly day: string;
  readonly folder?: string;
  readonly signer?: Signer;
}

/** A folder for a machine's disk, removed with the site. */
export async function diskFolder(site: TestSite): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-machine-'));
  site.later(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An image of a disk: to be taken while nothing runs on it. */
export async function imageOf(site: TestSite, folder: string): Promise<string> {
  const image = await diskFolder(site);
  await cp(folder, image, { recursive: true });
  return image;
}

/** Registers a terminal. */
export async function enrol(couch: TestCouch, name: string, signer: Signer = terminalSigner(name)): Promise<void> {
  await enrolTerminal(couch.store, { terminal: name, site: 'port-said-3', publicKey: signer.publicKey });
}

/** Starts a machine on its disk. All machines of one name share the broker's client id, as they would in the field. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { site, broker, name, day } = options;
  const folder = options.folder ?? (await diskFolder(site));
  const { journal, uplink } = await startTerminal(name, {
    folder,
    broker,
    port: broker.port,
    clientId: `wasl-${name}`,
    signer: options.signer ?? terminalSigner(name),
    limits: { backoff: { baseMs: 100, maxMs: 1_000 }, batchEventsMax: 20 },
  });
  let count = 0;
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await uplink.stop();
    await journal.close();
  };
  site.later(stop);
  return {
    name,
    folder,
    journal,
    uplink,
    stop,
    serve: async (more) => {
      const events = outletEvents(count + more, `day ${day}`).slice(count);
      count += more;
      await journal.append(events.map((event) => ({ kind: 'event', event })));
    },
    acknowledged: () => eventually(`${day} is acknowledged`, () => journal.state().backlog === 0, PATIENCE_MS),
    served: () => servedOn(name, day, count),
  };
}

/** The first `count` services of a day at a terminal, as {@link servedAt} lists them. */
export function servedOn(name: string, day: string, count: number): string[] {
  return outletEvents(count, `day ${day}`)
    .map(({ card, ledgerSequence, time }) => JSON.stringify([name, card, ledgerSequence, time]))
    .sort();
}

/** What the centre holds of one terminal, told by the documents and by the auditor. */
export interface AtCentre {
  /** Different services, second events included: each once, whatever the number of places it was told in. */
  readonly services: readonly string[];
  /** The same of events in their places only, as often as they stand there. */
  readonly placed: readonly string[];
  readonly problems: readonly string[];
  readonly gaps: readonly object[];
  /** Kinds of the cases, each once. */
  readonly cases: readonly string[];
}

/** Reads what the centre holds of `name`. */
export async function atCentre(couch: TestCouch, name: string): Promise<AtCentre> {
  const databases = await couch.store.list('wasl-events-');
  const documents = (await Promise.all(databases.map((database) => couch.all(database)))).flat();
  const services = documents.flatMap((document) => {
    if (document.terminal !== name || typeof document.bytes !== 'string') return [];
    const event = decodeEvent(Buffer.from(document.bytes, 'base64url'));
    if (event.type !== 'redemption') return [];
    const key = JSON.stringify([name, event.card, event.ledgerSequence, event.time]);
    return [{ key, placed: String(document._id).split(':').length === 3 }];
  });
  const report = await auditCentre(couch);
  const cases = (await couch.all('wasl-cases')).filter(({ _id }) => String(_id).includes(`:${name}:`));
  return {
    services: [...new Set(services.map(({ key }) => key))].sort(),
    placed: services.flatMap(({ key, placed }) => (placed ? [key] : [])).sort(),
    problems: report.problems.filter((text) => text.includes(`${name}:`)),
    gaps: report.gaps.filter(({ terminal }) => terminal === name),
    cases: [...new Set(cases.map(({ kind }) => String(kind)))].sort(),
  };
}

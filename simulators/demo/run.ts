/** Runs the demonstration: sets the site up, lives the day, drains, and lets separate code count what became of it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { signerFromSeed } from '../../agent/credential/signature.js';
import { calendarOf } from '../../agent/domain/calendar.js';
import { systemClock, systemRandom, systemTimers } from '../../agent/system.js';
import { auditCentre } from '../central/audit.js';
import { GOOD_LINK, startLinkProxy } from '../link/proxy.js';
import { type DemoCards, makeDemoCards } from './cards.js';
import { type Clerk, sitDown } from './clerk.js';
import { carryOut, type DayParts, killInTheMiddle, newDayLog, serveOnce } from './day.js';
import { type Desk, setUpDesk } from './desk.js';
import { layOutSite, type SiteFiles } from './files.js';
import { planDay } from './plan.js';
import { type Running, startProcess } from './processes.js';
import { type DemoServers, startServers } from './servers.js';
import { newestSequence, servicesOf, type TrueService } from './truth.js';

/** What the demonstration is to do. */
export interface DemoOptions {
  readonly taps: number;
  readonly cards: number;
  /** A broker and a database to use instead of the embedded ones. */
  readonly mqtt: string | null;
  readonly couch: string | null;
  readonly keep: boolean;
  readonly note: (text: string) => void;
}

/** The report, as `--json` prints it. */
export interface DemoResult {
  readonly ok: boolean;
  readonly taps: number;
  /** Services that the cards themselves show. */
  readonly granted: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Taps by reader. */
  readonly readers: Readonly<Record<string, number>>;
  readonly transport: string;
  readonly centre: string;
  /** Events in the terminal's journal and at the centre. */
  readonly journalled: number;
  readonly central: number;
  /** Every body hash, chain and batch signature at the centre was recomputed and is right. */
  readonly chainVerified: boolean;
  /** Services that a card shows and the centre does not have. */
  readonly lost: number;
  /** Services that the centre has more than once, or that no card shows. */
  readonly duplicated: number;
  /** All MQTT bytes of the terminal, both ways, over the services. */
  readonly bytesPerEvent: number;
  readonly powerCuts: number;
  readonly tapsWithoutBroker: number;
  readonly seconds: number;
  /** What did not go as planned. */
  readonly surprises: readonly string[];
}

const TERMINAL = 'demo-1';
const TAPS_WITHOUT_BROKER = 60;
const DRAIN_TIMEOUT_MS = 60_000;
const CLI = fileURLToPath(new URL('../../agent/cli/main.js', import.meta.url));
const STAND_IN = fileURLToPath(new URL('../site/terminal-main.js', import.meta.url));

/** Runs it. Everything that was started is ended, whatever happens. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const begun = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'wasl-demo-'));
  const closers: (() => Promise<void>)[] = [];
  try {
    const result = await live(options, folder, closers);
    return { ...result, seconds: Math.round((performance.now() - begun) / 100) / 10 };
  } finally {
    for (const close of closers.reverse()) await close().catch(() => undefined);
    if (options.keep) options.note(`The folder of the site is ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

async function live(options: DemoOptions, folder: string, closers: (() => Promise<void>)[]): Promise<DemoResult> {
  const { note } = options;
  await mkdir(join(folder, 'data'));
  const desk = await setUpDesk(note);
  closers.push(() => desk.close());
  const servers = await startServers({ folder, mqtt: options.mqtt, couch: options.couch });
  closers.push(() => servers.close());
  const proxy = await startLinkProxy(servers.brokerPort, GOOD_LINK, systemTimers);
  closers.push(() => proxy.close());

  const site = await layOutSite(folder, { terminal: TERMINAL });
  const cards = await makeCards(options, site);
  await site.authority.block(cards.blockedSerial);
  await site.republish();
  await site.configure({ ...servers.settings, terminalBrokerUrl: `mqtt://127.0.0.1:${proxy.port}` }, desk.settings);
  await runCli(['bridge', 'register', '--config', site.bridgeConfig, '--authority', site.authority.folder]);
  const bridge = await startProcess({
    name: 'the bridge',
    command: process.execPath,
    args: [CLI, 'bridge', 'run', '--config', site.bridgeConfig],
    ready: (line) => line.includes('bridge ready'),
  });
  closers.push(() => bridge.stop());
  let terminal = await startTerminalProcess(site, desk);
  closers.push(() => terminal.running.stop());

  const log = newDayLog();
  const parts: DayParts = { desk, cards, log };
  let clerk = await sitDown(terminal.url);
  await clerk.until((state) => state.bar.readers.every((reader) => reader.ready));
  note(`The terminal serves at ${terminal.url}. The day begins: ${options.taps} taps from ${options.cards} cards.`);

  await serveOnce(parts, clerk, { demo: cards.bad['used-up'], quantity: 'all' });
  await serveOnce(parts, clerk, { demo: cards.bad['older-image'], quantity: 1 });
  const plan = planDay(options.taps - 3, options.cards);
  const third = Math.floor(plan.length / 3);
  const away = { from: third, to: Math.min(plan.length, third + TAPS_WITHOUT_BROKER) };
  for (const [i, tap] of plan.entries()) {
    if (i === Math.floor(third / 2)) {
      note('Power cut between INTENT and COMMIT.');
      const [demo] = cards.good;
      if (demo !== undefined) {
        clerk = await killInTheMiddle(parts, clerk, {
          demo,
          kill: () => terminal.running.kill(),
          restart: async () => {
            terminal = await startTerminalProcess(site, desk);
            const again = await sitDown(terminal.url);
            await again.until((state) => state.bar.readers.every((reader) => reader.ready));
            return again;
          },
        });
      }
    }
    if (i === away.from) {
      note(`The broker goes away for ${away.to - away.from} taps.`);
      proxy.setDown(true);
      await servers.breakBroker();
    }
    if (i === away.to) {
      note('The broker is back.');
      await servers.mendBroker();
      proxy.setDown(false);
    }
    await carryOut(parts, clerk, tap);
    if (i % 20 === 19) note(`${log.taps} taps, ${log.granted} served`);
  }
  if (away.to === plan.length) {
    await servers.mendBroker();
    proxy.setDown(false);
  }
  note('The day is over; waiting until the centre has everything.');
  await clerk.until((state) => state.bar.backlog === 0, DRAIN_TIMEOUT_MS);
  await pause(200);
  const bytes = proxy.count();
  await terminal.running.stop();
  return report({
    options,
    site,
    desk,
    servers,
    cards,
    log,
    clerk,
    bytes: bytes.up + bytes.down,
    tapsAway: away.to - away.from,
  });
}

async function makeCards(options: DemoOptions, site: SiteFiles): Promise<DemoCards> {
  const nowSec = Math.floor(systemClock.nowMs() / 1000);
  return makeDemoCards(options.cards, {
    issuer: await site.authority.issuer(),
    stranger: signerFromSeed(systemRandom.bytes(32)),
    nowSec,
    day: calendarOf('Africa/Cairo').dayOf(nowSec * 1000),
  });
}

async function startTerminalProcess(site: SiteFiles, desk: Desk): Promise<{ running: Running; url: string }> {
  const args =
    desk.vpcdPort === null
      ? [CLI, 'terminal', 'run', '--config', site.terminalConfig]
      : [STAND_IN, '--config', site.terminalConfig, '--vpcd-port', String(desk.vpcdPort)];
  const running = await startProcess({
    name: 'the terminal',
    command: process.execPath,
    args,
    environment: desk.environment,
    ready: (line) => line.includes('"kioskUrl"'),
  });
  const { kioskUrl } = JSON.parse(running.readyLine) as { kioskUrl: string };
  return { running, url: kioskUrl };
}

interface Reportable {
  readonly options: DemoOptions;
  readonly site: SiteFiles;
  readonly desk: Desk;
  readonly servers: DemoServers;
  readonly cards: DemoCards;
  readonly log: ReturnType<typeof newDayLog>;
  readonly clerk: Clerk;
  readonly bytes: number;
  readonly tapsAway: number;
}

async function report({ site, desk, servers, cards, log, bytes, tapsAway }: Reportable): Promise<DemoResult> {
  const everyCard = [...cards.good, cards.bad['used-up'], cards.bad['older-image']];
  const truth = everyCard.flatMap(({ person, card, before }) => servicesOf(person.serial, card, before));
  const surprises = [...log.surprises];
  for (const { person, card } of cards.good) {
    // Two records are written at issue: the newest sequence says how often the card was served.
    const served = truth.filter((service) => service.card === person.serial).length;
    if (newestSequence(card) !== served + 1)
      surprises.push(`a card shows ${newestSequence(card) - 1} services, its log ${served}`);
  }
  const audit = await auditCentre({
    url: servers.settings.couchUrl,
    username: servers.settings.couchUsername,
    password: servers.settings.couchPassword,
  });
  const verified = JSON.parse(await runCli(['journal', 'verify', '--config', site.terminalConfig, '--json'])) as {
    ok: boolean;
    events: number;
  };
  const { lost, duplicated } = compare(truth, audit.services);
  const good = lost === 0 && duplicated === 0 && audit.chainVerified && verified.ok && verified.events === audit.events;
  return {
    ok: good && surprises.length === 0,
    taps: log.taps,
    granted: truth.length,
    refused: log.refused,
    readers: log.readers,
    transport: desk.transport,
    centre: servers.description,
    journalled: verified.events,
    central: audit.events,
    chainVerified: audit.chainVerified && verified.ok,
    lost,
    duplicated,
    bytesPerEvent: Math.round((bytes / Math.max(1, truth.length)) * 10) / 10,
    powerCuts: 1,
    tapsWithoutBroker: tapsAway,
    seconds: 0,
    surprises: [...surprises, ...audit.problems.map(String)],
  };
}

/** Compares what the cards show with what the centre has. */
function compare(
  truth: readonly TrueService[],
  central: readonly { readonly card: number; readonly ledgerSequence: number }[],
): { lost: number; duplicated: number } {
  const expected = new Set(truth.map(({ card, sequence }) => `${card}/${sequence}`));
  const seen = new Set<string>();
  let duplicated = 0;
  for (const { card, ledgerSequence } of central) {
    const key = `${card}/${ledgerSequence}`;
    if (seen.has(key) || !expected.has(key)) duplicated += 1;
    seen.add(key);
  }
  return { lost: [...expected].filter((key) => !seen.has(key)).length, duplicated };
}

async function runCli(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** Runs the demonstration: sets the site up, lives the day, drains, and lets separate code count what became of it. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { signerFromSeed } from '../../agent/credential/signature.js';
import { calendarOf } from '../../agent/domain/calendar.js';
import { systemClock, systemRandom, systemTimers } from '../../agent/system.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { type AuditReport, auditCentre } from '../central/audit.js';
import { GOOD_LINK, type LinkProxy, startLinkProxy } from '../link/proxy.js';
import { type Clerk, sitDown } from '../process/clerk.js';
import { CLI, runCli } from '../process/cli.js';
import { drained, drainStallMs } from '../process/drain.js';
import { createProcesses, type Processes, type Running } from '../process/processes.js';
import { layOutSite, SITE_BACKOFF, type SiteFiles } from '../process/site-files.js';
import { type DemoCards, makeDemoCards } from './cards.js';
import { carryOut, type DayParts, killInTheMiddle, newDayLog, serveOnce } from './day.js';
import { type Desk, setUpDesk } from './desk.js';
import { planDay } from './plan.js';
import { accessOf, type DemoResult, report } from './report.js';
import { type DemoServers, startServers } from './servers.js';

/** What the demonstration is to do. */
export interface DemoOptions {
  readonly taps: number;
  readonly cards: number;
  /** A broker and a database to use instead of the embedded ones. */
  readonly mqtt: string | null;
  readonly couch: string | null;
  readonly keep: boolean;
  readonly note: (text: string) => void;
  /** Ends the day early: everything that was started is ended, and the run rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

const TAPS_WITHOUT_BROKER = 60;
const STAND_IN = fileURLToPath(new URL('../site/terminal-main.js', import.meta.url));

/** Runs it. Everything that was started is ended, whatever happens. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const begun = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'wasl-demo-'));
  const closers: (() => Promise<void>)[] = [];
  const processes = createProcesses();
  try {
    // Not left in the middle: what it starts is known to nobody else.
    const desk = await setUpDesk(options.note);
    closers.push(() => desk.close());
    const result = await Promise.race([live(options, { folder, desk, processes, closers }), aborted(options.signal)]);
    return { ...result, seconds: Math.round((performance.now() - begun) / 100) / 10 };
  } finally {
    await processes.stopAll();
    for (const close of closers.reverse()) await close().catch(() => undefined);
    if (options.keep) options.note(`The folder of the site is ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Where a day takes place. */
interface Stage {
  readonly folder: string;
  readonly desk: Desk;
  readonly processes: Processes;
  readonly closers: (() => Promise<void>)[];
}

async function live(options: DemoOptions, stage: Stage): Promise<DemoResult> {
  const { note } = options;
  const open = await openSite(options, stage);
  const log = newDayLog();
  const day = { desk: stage.desk, cards: open.cards, log };
  note(
    `The terminal serves at ${open.terminal.url}. The day begins: ${options.taps} taps from ${options.cards} cards.`,
  );
  const tapsAway = await liveTheDay(options, open, day);
  note('The day is over; waiting until the centre has everything.');
  await drained(open.terminal.clerk, { stallMs: drainStallMs({ ...UPLINK_LIMITS, backoff: SITE_BACKOFF }), note });
  await pause(200);
  const bytes = open.proxy.count();
  await open.terminal.running.stop();
  const { servers, before, site } = open;
  const { terminalConfig } = site;
  return report({ ...day, servers, before, terminalConfig, bytes: bytes.up + bytes.down, tapsAway });
}

/** A site with everything running. */
interface OpenSite {
  readonly servers: DemoServers;
  readonly before: AuditReport;
  readonly proxy: LinkProxy;
  readonly site: SiteFiles;
  readonly cards: DemoCards;
  /** The terminal as it runs now. */
  terminal: RunningTerminal;
  restartTerminal(): Promise<RunningTerminal>;
}

interface RunningTerminal {
  readonly running: Running;
  readonly url: string;
  readonly clerk: Clerk;
}

async function openSite(options: DemoOptions, stage: Stage): Promise<OpenSite> {
  const { folder, desk, processes, closers } = stage;
  await mkdir(join(folder, 'data'));
  const servers = await startServers({ folder, mqtt: options.mqtt, couch: options.couch, processes });
  const before = await auditCentre(accessOf(servers));
  const proxy = await startLinkProxy(servers.brokerPort, GOOD_LINK, systemTimers);
  closers.push(() => proxy.close());

  // A name of its own, so that a second day on the same database is not taken for a part of the first.
  const site = await layOutSite(folder, { terminal: `demo-${Buffer.from(systemRandom.bytes(4)).toString('hex')}` });
  const cards = await makeCards(options, site);
  await site.authority.block(cards.blockedSerial);
  await site.republish();
  await site.configure({ ...servers.settings, terminalBrokerUrl: `mqtt://127.0.0.1:${proxy.port}` }, desk.settings);
  await runCli(['bridge', 'register', '--config', site.bridgeConfig, '--authority', site.authority.folder]);
  await processes.start({
    name: 'the bridge',
    command: process.execPath,
    args: [CLI, 'bridge', 'run', '--config', site.bridgeConfig],
    ready: (line) => line.includes('bridge ready'),
  });
  const restartTerminal = (): Promise<RunningTerminal> => startTerminalProcess(site, stage);
  return { servers, before, proxy, site, cards, terminal: await restartTerminal(), restartTerminal };
}

/** Carries out the plan, with a power cut early on and the broker away in the middle. Resolves to the taps for which it was away. */
async function liveTheDay(options: DemoOptions, open: OpenSite, day: DayParts): Promise<number> {
  const { servers, proxy, cards } = open;
  const { note } = options;
  await serveOnce(day, open.terminal.clerk, { demo: cards.bad['used-up'], quantity: 'all' });
  await serveOnce(day, open.terminal.clerk, { demo: cards.bad['older-image'], quantity: 1 });
  const plan = planDay(options.taps - 3, options.cards);
  const third = Math.floor(plan.length / 3);
  const away = { from: third, to: Math.min(plan.length, third + TAPS_WITHOUT_BROKER) };
  const mend = async (): Promise<void> => {
    note('The broker is back.');
    await servers.mendBroker();
    proxy.setDown(false);
  };
  for (const [i, tap] of plan.entries()) {
    if (i === Math.floor(third / 2)) {
      note('Power cut between INTENT and COMMIT.');
      await cutThePower(open, day);
    }
    if (i === away.from) {
      note(`The broker goes away for ${away.to - away.from} taps.`);
      proxy.setDown(true);
      await servers.breakBroker();
    }
    if (i === away.to) await mend();
    await carryOut(day, open.terminal.clerk, tap);
    if (i % 20 === 19) note(`${day.log.taps} taps, ${day.log.granted} served`);
  }
  if (away.to === plan.length) await mend();
  return away.to - away.from;
}

async function cutThePower(open: OpenSite, day: DayParts): Promise<void> {
  const [demo] = day.cards.good;
  if (demo === undefined) return;
  const { terminal } = open;
  await killInTheMiddle(day, terminal.clerk, {
    demo,
    kill: () => terminal.running.kill(),
    restart: async () => {
      open.terminal = await open.restartTerminal();
      return open.terminal.clerk;
    },
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

/** Starts the terminal, and resolves when its readers are ready and the clerk sits at its screen. */
async function startTerminalProcess(site: SiteFiles, { desk, processes }: Stage): Promise<RunningTerminal> {
  const args =
    desk.vpcdPort === null
      ? [CLI, 'terminal', 'run', '--config', site.terminalConfig]
      : [STAND_IN, '--config', site.terminalConfig, '--vpcd-port', String(desk.vpcdPort)];
  const running = await processes.start({
    name: 'the terminal',
    command: process.execPath,
    args,
    environment: desk.environment,
    ready: (line) => line.includes('"kioskUrl"'),
  });
  const { kioskUrl } = JSON.parse(running.readyLine) as { kioskUrl: string };
  const clerk = await sitDown(kioskUrl);
  await clerk.until((state) => state.bar.readers.every((reader) => reader.ready));
  return { running, url: kioskUrl, clerk };
}

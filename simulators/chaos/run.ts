/**
 * Rounds of misfortune for the readers of one terminal, which runs as a process of its own as it would in the field, with a real pcscd and no hook for
 * this in it. In each round a tap is hit by one mishap from outside, the world is made well again, and the same card is tapped once more: how long that
 * takes is the time to recover. At the end cards, screens and journal are held against each other.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { calendarOf } from '../../agent/domain/calendar.js';
import { systemClock } from '../../agent/system.js';
import { between, chanceOf } from '../endurance/chance.js';
import type { CounterCard } from '../endurance/counter.js';
import { type Clerk, sitDown } from '../process/clerk.js';
import { CLI } from '../process/cli.js';
import { freePort } from '../process/ports.js';
import type { Processes, Running } from '../process/processes.js';
import { layOutSite, type SiteFiles } from '../process/site-files.js';
import { makeCard, people } from '../site/population.js';
import { beginningOf, isStillRunning, mappedFiles } from './children.js';
import { type CounterLog, carryTap, handOverPending, newCounterLog } from './counter.js';
import { type Desk, setUpDesk } from './desk.js';
import { type Mishap, mend, mendsItself, planRounds, type RoundPlan, strike } from './mishaps.js';
import { type ChaosResult, type RecoveryTime, report } from './report.js';

/** What is to be done. */
export interface ChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Everything is kept in here. */
  readonly folder: string;
  readonly processes: Processes;
  readonly closers: (() => Promise<void>)[];
  readonly note: (text: string) => void;
}

const YEAR_SEC = 366 * 86_400;
const FIRST_SERIAL = 300_001;
/** A card is tapped twice in its round: enough cards to stay below the quota of the day. */
const CARDS_MIN = 10;
const NOTE_EVERY = 8;
/** Readers come back after several steps; whoever waits longer than this is not served any more. */
const READY_TIMEOUT_MS = 60_000;
/** A card that lies on a reader for this long, with all well, and is not noticed: the reader is deaf. */
const DEAF_MS = 30_000;
const PROBLEMS_MAX = 20;

interface Terminal {
  readonly running: Running;
  readonly clerk: Clerk;
  /** Its process, as it was found first. */
  readonly since: string;
}

interface Stage {
  readonly desk: Desk;
  readonly terminal: Terminal;
  readonly log: CounterLog;
  readonly problems: string[];
}

/** Runs it. Rejects with `ERR_READER_UNAVAILABLE` where no pcscd can run, and when the terminal serves nobody any more. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { rounds, seed, folder, processes, closers, note } = options;
  const begun = performance.now();
  await mkdir(join(folder, 'data'));
  const desk = await setUpDesk();
  closers.push(() => desk.close());
  const site = await layOutTerminal(folder, desk);
  const cards = await makeCards(Math.max(CARDS_MIN, rounds), site);
  const terminal = await startTerminal(site, desk, { processes, folder });
  const stage: Stage = { desk, terminal, log: newCounterLog(), problems: [] };
  const times: RecoveryTime[] = [];
  const chance = chanceOf(seed, 'counter');
  for (const [index, plan] of planRounds(rounds, chanceOf(seed, 'plan')).entries()) {
    const card = cards[index % cards.length];
    if (card === undefined || stage.problems.length >= PROBLEMS_MAX) break;
    times.push({ mishap: plan.mishap, ms: await liveRound(stage, plan, { card, quantity: between(chance, 1, 2) }) });
    if (index % NOTE_EVERY === NOTE_EVERY - 1)
      note(`${index + 1} of ${rounds} rounds; ${stage.log.taps} taps, ${stage.log.shown.size} served`);
  }
  const agentRestarts = isStillRunning(terminal.running.pid, terminal.since) ? 0 : 1;
  checkProcess(stage);
  await terminal.running.stop();
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  return report({ rounds, seed, log: stage.log, problems: stage.problems, times, cards, site, agentRestarts, seconds });
}

/** One round; resolves to the time to recover. */
async function liveRound(
  stage: Stage,
  plan: RoundPlan,
  what: { readonly card: CounterCard; readonly quantity: number },
): Promise<number> {
  const { desk, terminal, log } = stage;
  const { clerk } = terminal;
  const affliction = new Affliction(stage, plan);
  const { moment } = plan;
  if (moment.at === 'read' || moment.at === 'write') desk.at(moment.at, moment.count, () => affliction.begin());
  if (moment.at === 'idle') affliction.begin();
  await desk.lay(what.card.card);
  const laidAt = performance.now();
  const end = await carryTap({
    clerk,
    log,
    quantity: what.quantity,
    onOffer: async () => {
      if (moment.at !== 'offer') return;
      affliction.begin();
      await pause(50);
    },
    onNoticed: () => undefined,
    isOver: () =>
      affliction.hasBegun
        ? affliction.isOver && affliction.wellForMs() > READY_TIMEOUT_MS / 6
        : performance.now() - laidAt > DEAF_MS,
  });
  if (end === 'unnoticed' && !affliction.hasBegun)
    stage.problems.push(`card ${what.card.serial} lay there for ${DEAF_MS / 1000} s, and nothing noticed it`);
  // A moment that never came, because the tap ended before: it comes now.
  affliction.begin();
  await affliction.over();
  desk.clear();
  await clerk.screen(['idle']);
  return tapAgain(stage, affliction, what.card);
}

/** The same card once more, with all well: it settles whatever was left open, and shows that the readers are back. */
async function tapAgain(stage: Stage, affliction: Affliction, card: CounterCard): Promise<number> {
  const { desk, terminal, log, problems } = stage;
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    let noticedMs: number | null = null;
    let withoutScreen = false;
    // A reader that is not back yet does not see the card: it is laid down again, as a person would.
    const timer = setTimeout(() => {
      withoutScreen = true;
    }, 5_000);
    await desk.lay(card.card);
    const end = await carryTap({
      clerk: terminal.clerk,
      log,
      quantity: 1,
      onOffer: async () => undefined,
      onNoticed: () => {
        noticedMs = affliction.wellForMs();
      },
      isOver: () => withoutScreen,
    });
    clearTimeout(timer);
    desk.clear();
    await terminal.clerk.screen(['idle']);
    await handOverPending(terminal.clerk, log);
    if (end === 'granted' && noticedMs !== null) return noticedMs;
    if (performance.now() > deadline) {
      problems.push(`after "${affliction.mishap}" card ${card.serial} is not served any more: ${end}`);
      return affliction.wellForMs();
    }
  }
}

/** One mishap: begins once, ends by itself or is mended after its time. */
class Affliction {
  readonly mishap: Mishap;
  readonly #stage: Stage;
  readonly #plan: RoundPlan;
  #course: Promise<void> | null = null;
  #wellSince: number | null = null;

  constructor(stage: Stage, plan: RoundPlan) {
    this.mishap = plan.mishap;
    this.#stage = stage;
    this.#plan = plan;
  }

  /** True once the world is well again. */
  get isOver(): boolean {
    return this.#wellSince !== null;
  }

  /** True once it has struck. */
  get hasBegun(): boolean {
    return this.#course !== null;
  }

  begin(): void {
    this.#course ??= this.#run();
  }

  /** Resolves when the world is well again. Rejects when it could not be made so. */
  async over(): Promise<void> {
    await this.#course;
  }

  wellForMs(): number {
    return this.#wellSince === null ? 0 : performance.now() - this.#wellSince;
  }

  async #run(): Promise<void> {
    const { desk, terminal } = this.#stage;
    const begun = performance.now();
    await strike(this.mishap, desk, terminal.running.pid);
    if (mendsItself(this.mishap)) {
      this.#wellSince = begun;
      return;
    }
    await pause(this.#plan.lastsMs);
    await mend(this.mishap, desk);
    this.#wellSince = performance.now();
  }
}

async function layOutTerminal(folder: string, desk: Desk): Promise<SiteFiles> {
  const site = await layOutSite(folder, { terminal: 'chaos-1' });
  // Nobody listens there: the terminal is without a network, which is no reason for anything here.
  const nowhere = `mqtt://127.0.0.1:${await freePort()}`;
  const servers = { terminalBrokerUrl: nowhere, bridgeBrokerUrl: nowhere, brokerUsername: null, brokerPassword: null };
  const couch = { couchUrl: 'http://127.0.0.1:1', couchUsername: 'nobody', couchPassword: 'nothing' };
  const readers = desk.pcscd.readers.map(({ name }) => ({ type: 'pcsc', match: name }) as const);
  await site.configure({ ...servers, ...couch }, readers);
  return site;
}

async function makeCards(count: number, site: SiteFiles): Promise<CounterCard[]> {
  const nowSec = Math.floor(systemClock.nowMs() / 1000);
  const issuer = await site.authority.issuer();
  const day = calendarOf('Africa/Cairo').dayOf(nowSec * 1000);
  const times = { issuedAt: nowSec - 7200, expiresAt: nowSec + 5 * YEAR_SEC };
  const cards: CounterCard[] = [];
  for (const person of people(count, FIRST_SERIAL)) {
    const card = await makeCard({ person, issuer, day, ...times });
    cards.push({ serial: person.serial, card, before: card.dump() });
  }
  return cards;
}

async function startTerminal(
  site: SiteFiles,
  desk: Desk,
  { processes, folder }: Pick<ChaosOptions, 'processes' | 'folder'>,
): Promise<Terminal> {
  const running = await processes.start({
    name: 'the terminal',
    command: process.execPath,
    args: [CLI, 'terminal', 'run', '--config', site.terminalConfig],
    environment: desk.pcscd.env,
    ready: (line) => line.includes('"kioskUrl"'),
    logFile: join(folder, 'terminal.log'),
  });
  const { kioskUrl } = JSON.parse(running.readyLine) as { kioskUrl: string };
  const clerk = await sitDown(kioskUrl);
  await clerk.until((state) => state.bar.readers.every((reader) => reader.ready));
  return { running, clerk, since: beginningOf(running.pid) };
}

function checkProcess({ terminal, problems }: Stage): void {
  const native = mappedFiles(terminal.running.pid).filter((path) => /pcsc|serialport/.test(path));
  if (native.length > 0) problems.push(`the terminal has a native driver in its own process: ${native.join(', ')}`);
}

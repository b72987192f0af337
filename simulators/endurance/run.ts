/** The loop: round after round somebody is killed while cards are served, sent and stored; then all heals, and is counted. */
import { setTimeout as pause } from 'node:timers/promises';
import { systemTimers } from '../../agent/system.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { GOOD_LINK, type LinkConditions } from '../link/proxy.js';
import type { DatabaseAccess } from '../process/database.js';
import { drained, drainStallMs } from '../process/drain.js';
import type { Processes } from '../process/processes.js';
import { SITE_BACKOFF } from '../process/site-files.js';
import { badTimes } from './bad-times.js';
import { chanceOf } from './chance.js';
import { Counter } from './counter.js';
import { lacks } from './database.js';
import { type Ending, end } from './ending.js';
import { type Field, layOutField } from './field.js';
import { planRounds, type Round, type Victim } from './plan.js';

/** What is to be done. */
export interface EnduranceOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly broker: 'embedded' | 'mosquitto';
  /** A database of somebody else's, or null for an embedded one. */
  readonly couch: DatabaseAccess | null;
  /** Everything is kept in here. */
  readonly folder: string;
  readonly processes: Processes;
  readonly closers: (() => Promise<void>)[];
  readonly note: (text: string) => void;
}

/** The report, as `--json` prints it. */
export interface EnduranceResult extends Ending {
  readonly ok: boolean;
  readonly rounds: number;
  /** Kills of processes; both workers killed at once are two. */
  readonly kills: Readonly<Record<'agent' | 'bridge' | 'broker' | 'database', number>>;
  /** Times that the link was cut, besides what the kills did to it. */
  readonly cuts: number;
  /** Times that the database came back as an older copy. */
  readonly restores: number;
  readonly taps: number;
  /** Services that were cut by a kill and completed by a later life of the terminal. */
  readonly resumed: number;
  readonly seconds: number;
  readonly seed: number;
  readonly broker: string;
  /** What this run says nothing about. */
  readonly notExercised: readonly string[];
}

/** A link as in the field: 40 kbit/s and a round trip of 600 ms, cut every 20 s. */
const BAD_LINK: LinkConditions = { kbitPerS: 40, latencyMs: 300 };
const CUT_EVERY_MS = 20_000;
/** Each round ends when this many were served after it. */
const GRANTS_A_ROUND = 3;
const SERVED_TIMEOUT_MS = 120_000;
/** When nobody writes to a card for this long, who was to die at a write dies all the same. */
const WRITE_TIMEOUT_MS = 5_000;
/** Enough for each holder to stay below the quota of the day, most of the time. */
const CARDS_A_ROUND = 2;
const CARDS_MIN = 40;

/** Runs it. Rejects when somebody could not be started again or nobody was served any more. */
export async function runEndurance(options: EnduranceOptions): Promise<EnduranceResult> {
  const { seed, note } = options;
  const begun = performance.now();
  const field = await layOutField({
    ...options,
    cards: Math.max(CARDS_MIN, CARDS_A_ROUND * options.rounds),
  });
  await firstCopy(field);
  await field.start(['bridge-1', 'bridge-2', 'agent']);
  const counter = new Counter({ ...field, chance: chanceOf(seed, 'counter') });
  const deeds: Deeds = { kills: { agent: 0, bridge: 0, broker: 0, database: 0 }, restores: 0 };
  const times = badTimes({ proxy: field.proxy, conditions: BAD_LINK, everyMs: CUT_EVERY_MS, timers: systemTimers });
  options.closers.push(async () => times.end());
  const possible = { broker: true, database: field.database.isOurs };
  counter.open();
  for (const round of planRounds(options.rounds, seed, possible)) {
    if (round.link === 'bad') times.begin();
    else times.end();
    await liveRound({ field, counter, deeds, round });
    const { taps, shown } = counter.log;
    const { bar } = await (await field.agent.seat()).clerk.state();
    const what = `${round.victims.join(', ')} killed${round.restore === null ? '' : ', database restored'}`;
    note(
      `round ${round.number} of ${options.rounds}: ${what} (${round.link} link); ${taps} taps, ${shown.size} served, ${bar.backlog} to send, ${secondsSince(begun)} s`,
    );
  }
  times.end();
  field.proxy.setConditions(GOOD_LINK);
  await counter.close();
  await counter.finish();
  note('All is well again; waiting until the centre has everything.');
  const stallMs = drainStallMs({ ...UPLINK_LIMITS, backoff: SITE_BACKOFF });
  await drained((await field.agent.seat()).clerk, { stallMs, note });
  await field.agent.stop();
  const ending = await end(field, counter.log);
  const ok = ending.lost === 0 && ending.duplicated === 0 && ending.problems.length === 0;
  const unseen = notExercised(options, await lacks(field.database));
  if (ok) await field.database.tidy();
  return {
    ok,
    rounds: options.rounds,
    ...deeds,
    cuts: times.cuts(),
    taps: counter.log.taps,
    resumed: counter.log.resumed,
    ...ending,
    seconds: secondsSince(begun),
    seed,
    broker: options.broker,
    notExercised: unseen,
  };
}

interface Deeds {
  readonly kills: { agent: number; bridge: number; broker: number; database: number };
  restores: number;
}

/** There is something to go back to from the first round on. */
async function firstCopy(field: Field): Promise<void> {
  await field.kill(['database']);
  await field.copy();
  await field.start(['database']);
}

interface RoundParts {
  readonly field: Field;
  readonly counter: Counter;
  readonly deeds: Deeds;
  readonly round: Round;
}

/** One round: the moment comes, the victims die, are dead for a while, and come back; then a few more cards are served. */
async function liveRound({ field, counter, deeds, round }: RoundParts): Promise<void> {
  await killAtItsMoment(field, round);
  for (const victim of round.victims) deeds.kills[kindOf(victim)] += 1;
  await pause(round.deadMs);
  let revived = round.victims;
  if (round.restore !== null) {
    await field.restore(round.restore.ago);
    deeds.restores += 1;
    revived = round.victims.filter((victim) => victim !== 'database');
  } else if (round.copy) await field.copy();
  await field.start(revived);
  await counter.granted(GRANTS_A_ROUND, SERVED_TIMEOUT_MS);
}

async function killAtItsMoment(field: Field, { moment, victims }: Round): Promise<void> {
  if ('afterMs' in moment) {
    await pause(moment.afterMs);
    return field.kill(victims);
  }
  await new Promise<void>((resolve, reject) => {
    let done = false;
    const kill = (): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      field.kill(victims).then(resolve, reject);
    };
    const callOff = field.desk.atWrite(moment.atWrite, kill);
    const timer = setTimeout(() => {
      callOff();
      kill();
    }, WRITE_TIMEOUT_MS);
  });
}

function kindOf(victim: Victim): keyof Deeds['kills'] {
  return victim === 'bridge-1' || victim === 'bridge-2' ? 'bridge' : victim;
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 100) / 10;
}

function notExercised({ broker, couch }: EnduranceOptions, lacking: readonly string[]): string[] {
  return [
    ...(broker === 'embedded'
      ? ['Mosquitto, and with it MQTT 5 and shared subscriptions: each worker got every batch']
      : []),
    couch === null
      ? 'CouchDB itself: a server that speaks its protocol stood in for it'
      : 'deaths of the database, which is not ours to kill',
    ...lacking,
    'pcscd and its native module: cards reached the driver for PC/SC over a socket',
    'cuts of the power: what a killed process had written stays with the operating system, synced or not',
  ];
}

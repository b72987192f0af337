/** The end of a chaos run: everything is read that could bear witness, and judged. */

import { servicesOf } from '../demo/truth.js';
import type { CounterCard } from '../endurance/counter.js';
import { runCli } from '../process/cli.js';
import type { SiteFiles } from '../process/site-files.js';
import type { CounterLog } from './counter.js';
import type { Mishap } from './mishaps.js';
import { grantsInJournal, judge } from './verdict.js';

/** How long one recovery took. */
export interface RecoveryTime {
  readonly mishap: Mishap;
  readonly ms: number;
}

/** A spread of times, in milliseconds. */
export interface Spread {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** The report, as `--json` prints it. */
export interface ChaosResult {
  readonly ok: boolean;
  readonly rounds: number;
  readonly roundsByKind: Readonly<Record<string, number>>;
  readonly taps: number;
  /** Taps by how they ended on the screen. */
  readonly ends: CounterLog['ends'];
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Services that the cards show. */
  readonly granted: number;
  /** Services that a card or a screen shows and the journal does not have. */
  readonly lost: number;
  /** Services that the journal has and no card shows. */
  readonly halfGranted: number;
  /** Services that the journal has twice. */
  readonly doubled: number;
  readonly agentRestarts: number;
  /** From the moment the world is well again to the next card on the screen. */
  readonly recovery: Spread;
  readonly recoveryByKind: Readonly<Record<string, Spread>>;
  readonly seconds: number;
  readonly seed: number;
  readonly problems: readonly string[];
}

/** What the report is made from; the terminal must have stopped. */
export interface Findings {
  /** Rounds that were asked for. */
  readonly rounds: number;
  readonly seed: number;
  readonly log: CounterLog;
  readonly problems: readonly string[];
  readonly times: readonly RecoveryTime[];
  readonly cards: readonly CounterCard[];
  readonly site: SiteFiles;
  readonly agentRestarts: number;
  readonly seconds: number;
}

/** Reads and judges. */
export async function report(found: Findings): Promise<ChaosResult> {
  const { log, times, site } = found;
  const truth = found.cards.flatMap(({ serial, card, before }) => servicesOf(serial, card, before));
  const journal = await grantsInJournal(site.terminalConfig);
  const verdict = judge({ cards: truth, shown: [...log.shown.values()], journal });
  const verified = JSON.parse(await runCli(['journal', 'verify', '--config', site.terminalConfig, '--json'])) as {
    ok: boolean;
    openIntents: number;
    undispensed: number;
  };
  const problems = [
    ...found.problems,
    ...verdict.problems,
    ...unless(verified.ok, 'the journal is damaged'),
    ...unless(verified.openIntents === 0, `${verified.openIntents} taps were never finished`),
    ...unless(verified.undispensed === 0, `${verified.undispensed} hand-overs were never confirmed`),
    ...unless(times.length === found.rounds, `only ${times.length} rounds were lived`),
    ...unless(found.agentRestarts === 0, 'the terminal ended and was started again'),
  ];
  const byKind = groupsOf(times);
  return {
    ok: problems.length === 0,
    rounds: times.length,
    roundsByKind: Object.fromEntries([...byKind].map(([mishap, those]) => [mishap, those.length])),
    taps: log.taps,
    ends: log.ends,
    refused: log.refused,
    granted: truth.length,
    lost: verdict.lost,
    halfGranted: verdict.halfGranted,
    doubled: verdict.doubled,
    agentRestarts: found.agentRestarts,
    recovery: spreadOf(times.map(({ ms }) => ms)),
    recoveryByKind: Object.fromEntries([...byKind].map(([mishap, those]) => [mishap, spreadOf(those)])),
    seconds: found.seconds,
    seed: found.seed,
    problems,
  };
}

/** Median, 95th percentile (nearest rank) and maximum; zeros for none. */
export function spreadOf(timesMs: readonly number[]): Spread {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

function groupsOf(times: readonly RecoveryTime[]): ReadonlyMap<Mishap, readonly number[]> {
  const groups = new Map<Mishap, number[]>();
  for (const { mishap, ms } of times) groups.set(mishap, [...(groups.get(mishap) ?? []), ms]);
  return groups;
}

function unless(isSo: boolean, problem: string): string[] {
  return isSo ? [] : [problem];
}

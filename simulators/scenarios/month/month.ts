/** Lives a month at full size: a centre, groups of terminals in processes of their own, and a judge who compares three sums. */
import { fork } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WaslError } from '../../../agent/domain/errors.js';
import type { Stage } from '../../process/program.js';
import { askJudge } from '../ask-judge.js';
import type { PolicyDocument } from '../authority.js';
import type { DayFigures } from '../cast.js';
import { startCentre } from '../centre.js';
import type { MonthOrder, MonthVerdict } from '../judge/month-main.js';
import {
  type GroupOrder,
  type GroupReport,
  MONTH,
  type MonthPlan,
  monthAuthority,
  monthPolicy,
  terminalsOf,
} from './plan.js';

const GROUP = fileURLToPath(new URL('./group-main.js', import.meta.url));
const JUDGE = fileURLToPath(new URL('../judge/month-main.js', import.meta.url));
const POLICY = new URL('../../../../docs/samples/egypt-rations.policy.json', import.meta.url);

/** How far it has come. */
export interface MonthProgress {
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

/** What became of it. Times in seconds of real time. */
export interface MonthResult {
  readonly ok: boolean;
  readonly terminals: number;
  readonly days: number;
  readonly taps: number;
  readonly services: number;
  readonly voids: number;
  readonly refused: number;
  readonly seconds: { readonly lived: number; readonly judged: number };
  readonly verdict: MonthVerdict;
}

/** A month that was lived, with what a plot of it shows. */
export interface LivedMonth {
  readonly result: MonthResult;
  readonly figures: readonly DayFigures[];
}

/** Runs it. Rejects with `ERR_INTERNAL` where one of its processes ends before it is done. */
export async function runMonth(
  plan: MonthPlan,
  { stage, progress }: { readonly stage: Stage; readonly progress: (at: MonthProgress) => void },
): Promise<LivedMonth> {
  const begunMs = performance.now();
  const policy = monthPolicy(JSON.parse(await readFile(POLICY, 'utf8')) as PolicyDocument);
  const { authority, listed } = monthAuthority({ plan, policy });
  const groups = Math.min(plan.terminals, Math.max(1, availableParallelism()));
  // The centre's time is that of the slowest group: what it signs is late for the others, and never early.
  const clocks = new Map<number, number>();
  const startMs = Date.parse(`${MONTH.firstDay}T05:00:00Z`);
  const clock = { nowMs: () => (clocks.size < groups ? startMs : Math.min(...clocks.values())) };
  const centre = await startCentre({ folder: stage.folder, processes: stage.processes, authority, clock });
  stage.closers.push(() => centre.close());
  for (const terminal of listed.values()) await centre.register(terminal);
  const folder = join(stage.folder, 'dumps');
  await mkdir(folder);
  const { port, username, password } = centre.broker;
  const reports = new Map<number, GroupReport>();
  const figures: DayFigures[] = [];
  const total = plan.terminals * plan.taps * plan.days;
  const sum = (of: (report: GroupReport) => number): number =>
    [...reports.values()].reduce((all, one) => all + of(one), 0);
  await Promise.all(
    Array.from({ length: groups }, (_, group) => {
      const order: GroupOrder = { plan, policy, group, groups, broker: { port, username, password }, folder };
      return playGroup(order, stage, (report) => {
        reports.set(group, report);
        clocks.set(group, report.nowMs);
        figures.push(...report.figures);
        progress({ done: sum((one) => one.taps), total, what: 'taps' });
      });
    }),
  );
  const livedMs = performance.now();
  progress({ done: total, total, what: 'taps; the judge adds up' });
  const { url, username: user, password: secret } = centre.couch;
  const verdict = await askJudge<MonthOrder, MonthVerdict>(JUDGE, {
    terminals: terminalsOf(plan).map(({ name }) => name),
    cards: Array.from({ length: groups }, (_, group) => join(folder, `cards-${group}.jsonl`)),
    journals: folder,
    couch: { url, username: user, password: secret },
  });
  const seconds = { lived: tenths(livedMs - begunMs), judged: tenths(performance.now() - livedMs) };
  const { terminals, days } = plan;
  const counts = {
    taps: sum((one) => one.taps),
    services: sum((one) => one.services),
    voids: sum((one) => one.voids),
    refused: sum((one) => one.refused),
  };
  return { result: { ok: verdict.ok, terminals, days, ...counts, seconds, verdict }, figures: inOrder(figures) };
}

/** Plays a group to its end. */
function playGroup(order: GroupOrder, stage: Stage, hear: (report: GroupReport) => void): Promise<void> {
  const child = fork(GROUP, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  stage.closers.push(async () => {
    child.kill('SIGKILL');
  });
  child.on('message', (report: GroupReport) => hear(report));
  child.send(order);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new WaslError('ERR_INTERNAL', `terminals of group ${order.group} ended early, with code ${code}`));
    });
  });
}

function inOrder(figures: readonly DayFigures[]): readonly DayFigures[] {
  const key = ({ day, terminal }: DayFigures): string => `${day} ${terminal}`;
  return [...figures].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function tenths(ms: number): number {
  return Math.round(ms / 100) / 10;
}

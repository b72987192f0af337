/**
 * Known defects, planted one at a time in a copy of the program: the simulation is worth what it finds of them. Each copy runs in a
 * process of its own, bounded in time and memory, first through the worlds that should show it, then through more.
 *
 *   caught: an invariant broke    crash: the copy fell over or hung, which an invariant did not see    escaped: nothing did
 */
import { execFile } from 'node:child_process';
import { WaslError } from '../../agent/domain/errors.js';
import { ALL_MUTANTS } from './mutants/all.js';
import { type Copies, makeCopies, repositoryRoot } from './mutants/copies.js';
import type { HuntResult } from './mutants/hunt-main.js';
import type { Mutant } from './mutants/mutant.js';

/** What to run. */
export interface MutantsOptions {
  /** Names; default: all. */
  readonly only?: readonly string[];
  /** Most seeds for each mutant; a few are tried first. */
  readonly seedsMax?: number;
  /** Runs the unchanged program as well. Default: yes. */
  readonly control?: boolean;
  /** Copies that run at the same time. */
  readonly atOnce?: number;
  readonly onProgress?: (line: string) => void;
  /** Milliseconds since any fixed moment; for the report alone. */
  readonly nowMs: () => number;
}

/** What became of one mutant. */
export interface MutantReport {
  readonly name: string;
  readonly defect: string;
  readonly file: string;
  readonly caught: boolean;
  /** Numbers of the invariants that broke; `crash` for a copy that fell over or hung; null for one that nothing saw. */
  readonly by: readonly number[] | 'crash' | null;
  readonly message: string | null;
  /** The seed that showed it; null where an exhaustive run did, or nothing. */
  readonly seed: number | null;
  /** What was run until then, e.g. `exhaustive: 213 sittings`, `seeds: 4`. */
  readonly after: string;
  readonly seconds: number;
}

/** What became of all. */
export interface MutantsReport {
  readonly mutants: readonly MutantReport[];
  readonly caught: number;
  /** The unchanged program: nothing may break in it. Null when it was not asked for. */
  readonly control: { readonly violations: number; readonly after: string; readonly message: string | null } | null;
  /** True when every mutant was caught by an invariant and the control was clean. */
  readonly ok: boolean;
  readonly seconds: number;
}

interface Stage {
  readonly name: 'exhaustive' | 'seeds';
  readonly args: readonly string[];
}

interface Hunted {
  readonly by: MutantReport['by'];
  readonly message: string | null;
  readonly seed: number | null;
  readonly after: string;
}

const SEEDS_FIRST = 50;
const SEEDS_MAX = 400;
const STAGE_TIMEOUT_MS = 600_000;
const HEAP_MB_MAX = 768;
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
const AT_ONCE = 2;

/** Runs the mutants. Rejects with `ERR_CONFIG` for an unknown name or a mutant that does not fit the sources any more. */
export async function runMutants(options: MutantsOptions): Promise<MutantsReport> {
  const startedMs = options.nowMs();
  const chosen = choose(options.only);
  const copies = await makeCopies(repositoryRoot());
  try {
    const waiting: (Mutant | null)[] = [...chosen, ...(options.control === false ? [] : [null])];
    const mutants: MutantReport[] = [];
    let control: MutantsReport['control'] = null;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const report = await runOne(copies, next, options);
        if (next !== null) mutants.push(report);
        else control = { violations: report.by === null ? 0 : 1, after: report.after, message: report.message };
        options.onProgress?.(lineFor(report));
      }
    };
    await Promise.all(Array.from({ length: options.atOnce ?? AT_ONCE }, work));
    const caught = mutants.filter((report) => report.caught).length;
    const clean = control === null || (control as { readonly violations: number }).violations === 0;
    const ok = caught === chosen.length && clean;
    return { mutants: inOrder(mutants, chosen), caught, control, ok, seconds: since(startedMs, options) };
  } finally {
    await copies.remove();
  }
}

function choose(only: readonly string[] | undefined): readonly Mutant[] {
  if (only === undefined || only.length === 0) return ALL_MUTANTS;
  const unknown = only.filter((name) => !ALL_MUTANTS.some((mutant) => mutant.name === name));
  if (unknown.length > 0) {
    const names = ALL_MUTANTS.map((mutant) => mutant.name).join(', ');
    throw new WaslError('ERR_USAGE', `no mutant is called ${unknown.join(' or ')}; there are ${names}`);
  }
  return ALL_MUTANTS.filter((mutant) => only.includes(mutant.name));
}

function inOrder(reports: readonly MutantReport[], chosen: readonly Mutant[]): MutantReport[] {
  return chosen.flatMap(({ name }) => reports.filter((report) => report.name === name));
}

async function runOne(copies: Copies, mutant: Mutant | null, options: MutantsOptions): Promise<MutantReport> {
  const startedMs = options.nowMs();
  const program = await copies.make(mutant);
  const { name, defect, file } = mutant ?? { name: 'control', defect: 'no defect at all', file: '' };
  const tried: string[] = [];
  let hunted: Hunted = { by: null, message: null, seed: null, after: '' };
  for (const stage of stagesFor(mutant, options)) {
    hunted = await hunt(program, stage);
    tried.push(hunted.after);
    if (hunted.by !== null) break;
  }
  const { by, message, seed } = hunted;
  const caught = by !== null && by !== 'crash';
  return { name, defect, file, caught, by, message, seed, after: tried.join(', '), seconds: since(startedMs, options) };
}

/** Where to look, from what is quick to what is thorough. */
function stagesFor(mutant: Mutant | null, { seedsMax = SEEDS_MAX }: MutantsOptions): Stage[] {
  const few = Math.min(SEEDS_FIRST, seedsMax);
  const exhaustive: Stage = { name: 'exhaustive', args: ['--exhaustive'] };
  const seeds: Stage = { name: 'seeds', args: ['--seeds', String(few)] };
  const more: Stage = { name: 'seeds', args: ['--from', String(few + 1), '--seeds', String(seedsMax - few)] };
  const [first, second] = mutant?.first === 'seeds' ? [seeds, exhaustive] : [exhaustive, seeds];
  // The unchanged program need not run longer than a mutant that is found late.
  if (mutant === null) return [exhaustive, seeds];
  return [...(few > 0 ? [first, second] : [exhaustive]), ...(seedsMax > few ? [more] : [])];
}

async function hunt(program: string, stage: Stage): Promise<Hunted> {
  const args = [`--max-old-space-size=${HEAP_MB_MAX}`, program, ...stage.args];
  return new Promise((resolve) => {
    const limits = { timeout: STAGE_TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES_MAX } as const;
    execFile(process.execPath, args, limits, (error, stdout, stderr) => {
      const result = resultIn(stdout);
      if (result === null) {
        const why = error?.killed === true ? `no end within ${STAGE_TIMEOUT_MS / 1000} s` : lastLines(stderr);
        resolve({ by: 'crash', message: why, seed: null, after: `${stage.name}: crashed` });
        return;
      }
      const unit = stage.name === 'seeds' ? `seeds: ${result.runs}` : `exhaustive: ${result.runs} sittings`;
      const { by, message, seed } = result;
      resolve({ by: by.length === 0 ? null : by, message, seed, after: unit });
    });
  });
}

function resultIn(stdout: string): HuntResult | null {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as HuntResult;
  } catch {
    return null;
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(0, 6).join(' | ').slice(0, 600);
}

function lineFor({ name, by, after, seconds, message }: MutantReport): string {
  const verdict = by === null ? 'nothing broke' : by === 'crash' ? 'CRASHED' : `invariant ${by.join(', ')}`;
  return `${name}: ${verdict} (${after}; ${seconds} s)${message === null ? '' : `: ${message.slice(0, 200)}`}`;
}

function since(startedMs: number, { nowMs }: MutantsOptions): number {
  return Math.round((nowMs() - startedMs) / 100) / 10;
}

/** `npm run chaos`, as it is built: a terminal in its own process, a real pcscd, and one mishap of each kind. Prints what it found in one line. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { MISHAPS, planRounds } from '../../../simulators/chaos/mishaps.js';
import { type ChaosResult, spreadOf } from '../../../simulators/chaos/report.js';
import { judge } from '../../../simulators/chaos/verdict.js';
import { chanceOf } from '../../../simulators/endurance/chance.js';
import { describeWithPcscd } from '../../drivers/pcsc/virtual-reader.js';

const MAIN = fileURLToPath(new URL('../../../dist/simulators/chaos/main.js', import.meta.url));
const describeReal = await describeWithPcscd('usb');

function run(
  args: readonly string[],
): Promise<{ readonly status: number | string; readonly lines: string[]; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({
        status: error === null ? 0 : (error.code ?? 'killed'),
        lines: stdout.trim().split('\n'),
        said: stderr,
      });
    });
  });
}

describeReal('a terminal whose readers fail in every way', () => {
  beforeAll(() => {
    if (!existsSync(MAIN)) throw new Error('dist/ is not built: npm run build');
  });

  it('loses no tap, half grants none, and goes on by itself', { timeout: 10 * 60_000 }, async () => {
    const rounds = MISHAPS.length;
    const { status, lines, said } = await run(['--rounds', String(rounds), '--json']);
    expect({ status, lines: lines.length }, said).toEqual({ status: 0, lines: 1 });
    process.stderr.write(`chaos: ${lines[0]}\n`);
    const result = JSON.parse(lines[0] ?? '') as ChaosResult;
    expect(result).toMatchObject({
      ok: true,
      rounds,
      lost: 0,
      halfGranted: 0,
      doubled: 0,
      agentRestarts: 0,
      problems: [],
    });
    expect(result.roundsByKind).toEqual(Object.fromEntries(MISHAPS.map((mishap) => [mishap, 1])));
    expect(result.granted).toBeGreaterThanOrEqual(rounds);
  });

  it('is told what is wrong with its command line', async () => {
    const { status, said } = await run(['--rounds', 'many']);
    expect(status).not.toBe(0);
    expect(said).toContain('--rounds takes a whole number');
  });
});

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and has every kind as often as every other', () => {
    const plan = planRounds(80, chanceOf(3, 'plan'));
    expect(plan).toEqual(planRounds(80, chanceOf(3, 'plan')));
    expect(plan).not.toEqual(planRounds(80, chanceOf(4, 'plan')));
    for (const mishap of MISHAPS) expect(plan.filter((round) => round.mishap === mishap)).toHaveLength(10);
    expect(new Set(plan.map(({ moment }) => moment.at))).toEqual(new Set(['idle', 'offer', 'read', 'write']));
  });
});

describe('the verdict over a chaos run', () => {
  const card = { card: 7, sequence: 3 };
  const grant = { id: 'chaos-1:1:9', card: 7, ledgerSequence: 3, quantity: 2 };
  const shown = { receipt: 'chaos-1:1:9', quantity: 2 };

  it('finds nothing where card, screen and journal agree', () => {
    expect(judge({ cards: [card], shown: [shown], journal: [grant] })).toEqual({
      lost: 0,
      halfGranted: 0,
      doubled: 0,
      problems: [],
    });
  });

  it('finds what only a card shows, what only a screen shows, what only the journal has, and what it has twice', () => {
    expect(judge({ cards: [card], shown: [], journal: [] })).toMatchObject({ lost: 1, halfGranted: 0 });
    expect(judge({ cards: [card], shown: [{ ...shown, quantity: 1 }], journal: [grant] })).toMatchObject({ lost: 1 });
    expect(judge({ cards: [], shown: [], journal: [grant] })).toMatchObject({ lost: 0, halfGranted: 1 });
    expect(judge({ cards: [card], shown: [shown], journal: [grant, { ...grant, id: 'chaos-1:1:10' }] })).toMatchObject({
      doubled: 1,
    });
  });

  it('tells times by nearest rank', () => {
    expect(spreadOf([])).toEqual({ medianMs: 0, p95Ms: 0, maxMs: 0 });
    expect(spreadOf(Array.from({ length: 100 }, (_, index) => 100 - index))).toEqual({
      medianMs: 50,
      p95Ms: 95,
      maxMs: 100,
    });
  });
});

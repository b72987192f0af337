/** Real processes, killed again and again: `npm run endurance`, as it is built. Prints what it found in one line. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnduranceResult } from '../../simulators/endurance/run.js';
import { COUCH_TURN_MS, startTestCouch } from '../support/central.js';
import { hasMosquitto } from '../support/mosquitto.js';

const MAIN = fileURLToPath(new URL('../../dist/simulators/endurance/main.js', import.meta.url));
const withMosquitto = hasMosquitto();

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error('dist/ is not built: npm run build');
});

interface Finished {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? 'killed'), stdout, stderr });
    });
  });
}

async function endure(args: readonly string[]): Promise<EnduranceResult> {
  const { status, stdout, stderr } = await run([...args, '--json']);
  const lines = stdout.trim().split('\n');
  // Progress, the seed and the folder: with a failure they say where to look.
  expect({ status, lines: lines.length }, stderr).toEqual({ status: 0, lines: 1 });
  process.stderr.write(`endurance: ${lines[0]}\n`);
  return JSON.parse(lines[0] ?? '') as EnduranceResult;
}

function expectWhole(result: EnduranceResult, rounds: number): void {
  expect(result).toMatchObject({
    ok: true,
    rounds,
    lost: 0,
    duplicated: 0,
    unresolved: 0,
    cases: 0,
    chainVerified: true,
    problems: [],
  });
  expect(result.journalled).toBe(result.central);
  expect(result.granted).toBeGreaterThanOrEqual(3 * rounds);
  expect(result.restores).toBe(rounds / 10);
  expect(result.notExercised.length).toBeGreaterThan(0);
}

describe('a site whose processes are killed again and again', () => {
  test('loses nothing and doubles nothing in fifty rounds', { timeout: 20 * 60_000 }, async () => {
    const result = await endure(['--rounds', '50', '--broker', withMosquitto ? 'mosquitto' : 'embedded']);
    expectWhole(result, 50);
    expect(result.kills).toEqual({ agent: 25, bridge: 30, broker: 15, database: 15 });
    expect(result.cuts).toBeGreaterThan(0);
    expect(result.resumed).toBeGreaterThan(0);
  });

  test('nor in ten with the embedded broker and a database that is restored with the commands for operators', {
    timeout: 10 * 60_000 + COUCH_TURN_MS,
  }, async () => {
    const couch = await startTestCouch();
    try {
      const url = new URL(couch.url);
      url.username = couch.username;
      url.password = encodeURIComponent(couch.password);
      const result = await endure(['--rounds', '10', '--broker', 'embedded', '--couch', url.href]);
      expectWhole(result, 10);
      expect(result.kills).toEqual({ agent: 5, bridge: 7, broker: 3, database: 0 });
    } finally {
      await couch.close();
    }
  });
});

describe('the command', () => {
  test.each([
    ['--rounds', '0'],
    ['--rounds', 'many'],
    ['--seed', '-1'],
    ['--broker', 'pigeon'],
    ['--couch', 'http://127.0.0.1:5984'],
    ['--speed', '9'],
  ])('refuses %s %s, and says what is wrong with it', { timeout: 60_000 }, async (option, value) => {
    const { status, stdout, stderr } = await run([`${option}=${value}`, '--json']);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'ERR_USAGE' } });
    expect(stderr).toContain(option);
  });

  test('tells how it is used', { timeout: 60_000 }, async () => {
    const { status, stdout } = await run(['--help']);
    expect(status).toBe(0);
    for (const option of ['--rounds', '--seed', '--broker', '--couch', '--json', '--keep'])
      expect(stdout).toContain(option);
  });
});

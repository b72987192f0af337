/** `wasl stock`: of a terminal that stands still, through its journal, and of one that runs, over its kiosk with a supervisor's PIN. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProcesses, type Running } from '../../../simulators/process/processes.js';
import { authority, deskFolder } from '../card/bench.js';

const POLICY = join(import.meta.dirname, '../../../docs/samples/egypt-rations.policy.json');
const WASL = fileURLToPath(new URL('../../../dist/agent/cli/main.js', import.meta.url));
const TIMEOUT_MS = 180_000;

const processes = createProcesses();
let desk: Awaited<ReturnType<typeof deskFolder>>;
let config: string;
let pin: string;

/** Runs `wasl`; resolves to its one JSON object. */
async function wasl(words: readonly string[], input = ''): Promise<Record<string, unknown> & { stock: Line[] }> {
  const child = spawn(process.execPath, [WASL, ...words, '--json'], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(input);
  return JSON.parse(await text(child.stdout)) as Record<string, unknown> & { stock: Line[] };
}

interface Line {
  readonly commodity: string;
  readonly onHand: number | null;
  readonly adjusted: number;
  readonly lastCount: object | null;
}

const stock = (command: string, words: readonly string[] = [], input = '') =>
  wasl(['stock', command, ...words, '--config', config], input);
const onHand = ({ stock: lines }: { readonly stock: readonly Line[] }) =>
  Object.fromEntries(lines.map(({ commodity, onHand: units }) => [commodity, units]));

const run = (): Promise<Running> =>
  processes.start({
    name: 'the terminal',
    command: process.execPath,
    args: [WASL, 'terminal', 'run', '--config', config],
    ready: (line) => line.includes('terminal ready'),
  });

beforeAll(async () => {
  desk = await deskFolder();
  const folder = join(desk.folder, 'authority');
  await authority('init', folder);
  const secrets = join(desk.folder, 'secrets');
  const { publicKey } = (await wasl(['terminal', 'keygen', '--secrets', secrets])) as unknown as { publicKey: string };
  await authority('site', folder, 'grocer-1', '--number', '9', '--kind', 'grocer', '--area', 'port-said');
  await authority('enrol', folder, '--terminal', 't-0001', '--site', 'grocer-1', '--key', publicKey);
  const who = ['--number', '3', '--name', 'Huda Wasfi', '--site', 'grocer-1'];
  pin = String((await authority('supervisor', folder, ...who)).json.pin);
  await authority('publish', folder, '--policy', POLICY);
  const { register } = (await authority('show', folder)).json as { register: Record<string, string> };
  config = join(desk.folder, 'terminal.json');
  const port = await freePort();
  await writeFile(
    config,
    JSON.stringify({
      ...{ terminal: 't-0001', site: 'grocer-1', programme: 'rations', dataFolder: 'data', secretsFolder: 'secrets' },
      trust: { folder: 'authority/lists', authorityKey: register.authorityKey },
      centre: { url: 'mqtt://127.0.0.1:9', sealKey: '11'.repeat(32), ackKey: register.authorityKey },
      kiosk: { port },
    }),
  );
}, TIMEOUT_MS);
afterAll(async () => {
  await processes.stopAll();
  await desk.remove();
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

describe('wasl stock', () => {
  test('begins no journal where there is none', { timeout: TIMEOUT_MS }, async () => {
    expect(await stock('show')).toMatchObject({ ok: false, error: { code: 'ERR_DATA_FOLDER' } });
  });

  test('records what a supervisor answers for at a terminal that runs, and the owner at one that stands still', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const terminal = await run();
    const first = await stock(
      'deliver',
      ['oil=24', 'sugar=50', '--note', 'إذن 144/2026', '--supervisor', '3'],
      `${pin}\n`,
    );
    expect(first).toMatchObject({ ok: true, kind: 'delivery' });
    expect(onHand(first)).toEqual({ oil: 24, sugar: 50 });

    const wrong = await stock('write-off', ['oil=1', '--supervisor', '3'], '000000000000\n');
    expect(wrong).toMatchObject({ ok: false, error: { code: 'ERR_PIN' } });
    expect(await stock('deliver', ['oil=1'])).toMatchObject({ ok: false, error: { code: 'ERR_USAGE' } });
    const unknown = await stock('deliver', ['flour=1', '--supervisor', '3'], `${pin}\n`);
    expect(unknown).toMatchObject({ ok: false, error: { code: 'ERR_QUANTITY' } });
    expect(onHand(await stock('show'))).toEqual({ oil: 24, sugar: 50 });
    await terminal.stop();

    const counted = await stock('count', ['oil=22', '--note', 'sheet 7']);
    expect(counted.stock).toMatchObject([
      { commodity: 'oil', onHand: 22, adjusted: -2, lastCount: { counted: 22, believed: 24 } },
    ]);
    expect(onHand(await stock('write-off', ['oil=2']))).toEqual({ oil: 20 });
    expect(onHand(await stock('show'))).toEqual({ oil: 20, sugar: 50 });
    expect(await stock('write-off', ['oil=0'])).toMatchObject({ ok: false, error: { code: 'ERR_QUANTITY' } });
    expect(await stock('deliver', ['oil'])).toMatchObject({ ok: false, error: { code: 'ERR_USAGE' } });

    // What was recorded is an event like any other: it is in the chain, and there again after a start.
    expect(await wasl(['journal', 'verify', '--config', config])).toMatchObject({ ok: true, events: 4 });
    const again = await run();
    expect(onHand(await stock('show'))).toEqual({ oil: 20, sugar: 50 });
    await again.stop();
  });
});

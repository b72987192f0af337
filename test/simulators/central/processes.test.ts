import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMqttLink } from '../../../sync/link/mqtt-link.js';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';
import { systemTimers } from '../../support/system.js';

let programs: CompiledPrograms;
let folder: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  programs = await compilePrograms(['simulators/central/broker-main.ts', 'simulators/central/couch-main.ts']);
  folder = await mkdtemp(join(tmpdir(), 'wasl-central-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await programs?.remove();
  await rm(folder, { recursive: true, force: true });
});

interface Ready {
  readonly url: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
}

function run(name: string, ...args: string[]): ChildProcess {
  const program = join(programs.folder, 'simulators/central', `${name}.js`);
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  running.push(child);
  return child;
}

/** Starts a program and reads the one line that it prints when it is ready. */
async function start(name: string, ...args: string[]): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = run(name, ...args);
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`${name} ended before it was ready`);
    }),
  ])) as [string];
  return { child, ready: JSON.parse(line) as Ready };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<unknown> {
  const ended = once(child, 'exit');
  child.kill(signal);
  return (await ended)[0];
}

function ask(ready: Ready, password: string, path: string, init: RequestInit = {}): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${ready.username}:${password}`).toString('base64')}`;
  return fetch(`${ready.url}${path}`, { ...init, headers: { authorization, 'content-type': 'application/json' } });
}

describe('the embedded database as a process', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('goes on after %s where it stopped', async (signal) => {
    const data = join(folder, `data-${signal}`);
    const passwordFile = join(folder, `password-${signal}`);
    const args = ['--data', data, '--password-file', passwordFile];
    const first = await start('couch-main', ...args);
    const password = (await readFile(passwordFile, 'utf8')).trim();
    expect(password.length).toBeGreaterThanOrEqual(20);
    expect((await stat(passwordFile)).mode & 0o077).toBe(0);
    expect(first.ready.password).toBeUndefined();
    await ask(first.ready, password, '/wasl-cases', { method: 'PUT' });
    await ask(first.ready, password, '/wasl-cases/one', { method: 'PUT', body: '{"kind":"a case"}' });
    const code = await end(first.child, signal);
    if (signal !== 'SIGKILL') expect(code).toBe(0);

    const second = await start('couch-main', ...args);
    const found = await ask(second.ready, password, '/wasl-cases/one');
    expect(await found.json()).toMatchObject({ _id: 'one', kind: 'a case' });
    await end(second.child, 'SIGTERM');
  });

  it('lets nobody in without the password, and survives the attempt', async () => {
    const { child, ready } = await start('couch-main', '--data', join(folder, 'guarded'));
    const password = ready.password ?? '';
    for (const path of ['/', '/_all_dbs', '/_users', '/_config']) {
      expect((await fetch(`${ready.url}${path}`)).status).toBe(401);
      expect((await ask(ready, `${password}x`, path)).status).toBe(401);
    }
    expect((await fetch(`${ready.url}/a-database`, { method: 'PUT' })).status).toBe(401);
    expect((await ask(ready, password, '/_all_dbs')).status).toBe(200);
    expect(await end(child, 'SIGTERM')).toBe(0);
  });

  it('says so and ends when its folder is in use', async () => {
    const data = join(folder, 'in-use');
    await start('couch-main', '--data', data);
    const second = run('couch-main', '--data', data);
    let said = '';
    second.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(second, 'exit');
    expect(code).toBe(1);
    expect(said).toBe(`another server is using ${data}\n`);
  });

  it('says so and ends when its port is taken, or its arguments make no sense', async () => {
    const { ready } = await start('couch-main', '--data', join(folder, 'port'));
    const clashing = run('couch-main', '--data', join(folder, 'port-2'), '--port', String(ready.port));
    expect((await once(clashing, 'exit'))[0]).toBe(1);
    for (const args of [[], ['--data', join(folder, 'x'), '--port', '99999999']]) {
      const child = run('couch-main', ...args);
      expect((await once(child, 'exit'))[0]).toBe(1);
    }
  });
});

describe('the embedded broker as a process', () => {
  const connect = (ready: Ready, password: string) =>
    createMqttLink(
      {
        url: ready.url,
        clientId: 'test',
        username: ready.username,
        password,
        keepaliveS: 60,
        connectTimeoutMs: 3_000,
        closeTimeoutMs: 1_000,
        packetBytesMax: 1_000,
        topicAlias: false,
      },
      systemTimers,
    ).connect({ message: () => {}, closed: () => {} });

  it('takes its password from a file, keeps its port over a restart, and lets nobody else in', async () => {
    const file = join(folder, 'broker-password');
    const first = await start('broker-main', '--username', 'wasl', '--password-file', file);
    const password = (await readFile(file, 'utf8')).trim();
    const session = await connect(first.ready, password);
    await expect(connect(first.ready, 'wrong')).rejects.toMatchObject({ code: 'ERR_BROKER' });
    await session.close();
    expect(await end(first.child, 'SIGTERM')).toBe(0);
    const port = String(first.ready.port);
    const second = await start('broker-main', '--port', port, '--username', 'wasl', '--password-file', file);
    expect(second.ready.port).toBe(first.ready.port);
    await (await connect(second.ready, password)).close();
    expect(await end(second.child, 'SIGINT')).toBe(0);
  });
});

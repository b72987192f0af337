/** A Docker engine for tests: one that runs here already, else one of our own, started for as long as the test lasts. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './system.js';

/** An engine that answers. */
export interface DockerEngine {
  /** Its socket. */
  readonly socket: string;
  /** True when it was started for this test: it has no images but those that are imported, and ends with it. */
  readonly own: boolean;
  stop(): Promise<void>;
}

const SYSTEM_SOCKET = '/var/run/docker.sock';
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Finds or starts an engine. Null, after a line that says why, where none is to be had; one that is not installed is an error under CI. One
 * that the kernel or a sandbox keeps from starting is not: nothing that could be installed would help.
 */
export async function dockerEngine(): Promise<DockerEngine | null> {
  if (await answers(SYSTEM_SOCKET)) return { socket: SYSTEM_SOCKET, own: false, stop: async () => {} };
  const why = process.getuid?.() !== 0 ? 'only root can start one' : hasDockerd() ? null : 'apt-get install docker.io';
  if (why === null) return startEngine().catch(refused);
  if (process.env.CI !== undefined) throw new Error(`no Docker engine runs here: ${why}`);
  process.stderr.write(`skipped: tests in containers need a Docker engine (${why})\n`);
  return null;
}

function refused(error: unknown): null {
  process.stderr.write(`skipped: tests in containers, because ${String(error)}\n`);
  return null;
}

/** Loopback of this machine is all the network that its containers get: no bridge, no change of the firewall. */
async function startEngine(): Promise<DockerEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-docker-'));
  const socket = join(folder, 'docker.sock');
  const where = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'run'), '-p', join(folder, 'pid')];
  const engine = spawn('dockerd', [...where, '-H', `unix://${socket}`, '--bridge=none', '--iptables=false'], {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  engine.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-2_000);
  });
  const stop = async (): Promise<void> => {
    await ended(engine);
    // The engine leaves the network namespace of its containers mounted.
    spawnSync('umount', ['--lazy', join(folder, 'run', 'netns', 'default')], { stdio: 'ignore' });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      'the Docker engine answers',
      async () => {
        if (engine.exitCode !== null) throw new Error('it has ended');
        return answers(socket);
      },
      START_TIMEOUT_MS,
    );
  } catch (error) {
    await stop();
    throw new Error(`the Docker engine does not start: ${said}`, { cause: error });
  }
  return { socket, own: true, stop };
}

/**
 * An image that holds one program of this machine and the libraries it is linked with: what stands in where no image can be pulled.
 * It is imported under `name`.
 */
export function importProgram(engine: DockerEngine, program: string, name: string): void {
  const linked = execFileSync('ldd', [program], { encoding: 'utf8' });
  const libraries = [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? '');
  const archive = execFileSync('tar', ['--create', '--dereference', '--file=-', program, ...libraries], {
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  execFileSync('docker', ['-H', `unix://${engine.socket}`, 'import', '-', name], {
    input: archive,
    env: { ...process.env, PATH },
  });
}

/** Kills a container and starts it again. (The restart of testcontainers waits for a line that the log may have had before.) */
export function killAndStart(engine: DockerEngine, container: string): void {
  for (const verb of ['kill', 'start'])
    execFileSync('docker', ['-H', `unix://${engine.socket}`, verb, container], {
      env: { ...process.env, PATH },
      stdio: 'ignore',
    });
}

function hasDockerd(): boolean {
  return PATH.split(':').some((folder) => existsSync(join(folder, 'dockerd')));
}

/** Whether an engine listens there (Docker Engine API, `GET /_ping`). */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** A real Mosquitto of our own, on a free loopback port: never the one of the system. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WaslError } from '../../agent/domain/errors.js';
import { freePort } from '../process/ports.js';

const START_TIMEOUT_MS = 10_000;

/** A running broker. */
export interface RunningMosquitto {
  readonly port: number;
  readonly url: string;
  /** Stops it as a power cut would, and starts it again on the same port. It keeps nothing. */
  restart(): Promise<void>;
  /** Ends it as a power cut would; `restart` brings it back. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Whether Mosquitto is installed (Debian: mosquitto). */
export function hasMosquitto(): boolean {
  return spawnSync('mosquitto', ['-h']).error === undefined;
}

/** Starts a broker. `settings` are further lines of its configuration. */
export async function startMosquitto(settings: readonly string[] = []): Promise<RunningMosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  // Started by root it would otherwise become a user that may not read its own configuration here.
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  const base = [`listener ${port} 127.0.0.1`, 'persistence false', 'allow_anonymous true', ...user];
  await writeFile(config, `${[...base, ...settings].join('\n')}\n`);
  let process_ = await spawnBroker(config, port);
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => process_.once('exit', resolve));
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    process_.kill('SIGKILL');
    await ended;
  };
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    kill,
    restart: async () => {
      await kill();
      process_ = await spawnBroker(config, port);
    },
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function spawnBroker(config: string, port: number): Promise<ChildProcess> {
  const child = spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
  for (let waitedMs = 0; !(await listens(port)); waitedMs += 20) {
    if (waitedMs > START_TIMEOUT_MS) throw new WaslError('ERR_BROKER', 'Mosquitto did not begin to listen');
    await pause(20);
  }
  return child;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

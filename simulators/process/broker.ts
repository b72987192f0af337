/** The embedded broker in a process of its own, to be killed and brought back. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.js';
import type { Processes, Running } from './processes.js';

/** A broker that is ours to kill. */
export interface OwnBroker {
  /** The same each time. */
  readonly port: number;
  /** Null where anybody may connect. */
  readonly username: string | null;
  readonly password: string | null;
  /** Kills it as a power cut would; it keeps nothing. */
  kill(): Promise<void>;
  /** Starts it again, unless it runs. */
  start(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../central/broker-main.js', import.meta.url));
const USERNAME = 'wasl';
const PASSWORD = 'for-this-site';

/** Starts the embedded broker; its password goes into a file in `folder`. Rejects as {@link Processes.start}. */
export async function startOwnBroker(folder: string, processes: Processes): Promise<OwnBroker> {
  const passwordFile = join(folder, 'broker-password');
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  const port = await freePort();
  const start = (): Promise<Running> =>
    processes.start({
      name: 'the broker',
      command: process.execPath,
      args: [MAIN, '--port', String(port), '--username', USERNAME, '--password-file', passwordFile],
      ready: (line) => line.includes('"ready":"broker"'),
    });
  let running: Running | null = await start();
  return {
    port,
    username: USERNAME,
    password: PASSWORD,
    kill: async () => {
      await running?.kill();
      running = null;
    },
    start: async () => {
      running ??= await start();
    },
  };
}

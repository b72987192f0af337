/** The embedded database server in a process of its own, to be killed, copied, put back to an older copy and brought back. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { passwordIn } from '../central/process.js';
import { freePort } from './ports.js';
import type { Processes, Running } from './processes.js';

/** Where a database server is, and who may use it. */
export interface DatabaseAccess {
  /** Without credentials. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** A database server that is ours to kill. Address and password are the same each time. */
export interface OwnDatabase extends DatabaseAccess {
  /** Kills it as a power cut would, but for what the operating system holds in its memory. */
  kill(): Promise<void>;
  /** Starts it again, unless it runs. */
  start(): Promise<void>;
  /** Copies its files to `to`; only while it does not run. */
  copyTo(to: string): Promise<void>;
  /** Puts the files of a copy in place of its own; only while it does not run. */
  putBack(from: string): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../central/couch-main.js', import.meta.url));

/** Starts the embedded database server with its files in a folder in `folder`. Rejects as {@link Processes.start}. */
export async function startOwnDatabase(folder: string, processes: Processes): Promise<OwnDatabase> {
  const data = join(folder, 'couch');
  const passwordFile = join(folder, 'couch-password');
  const password = await passwordIn(passwordFile);
  const port = await freePort();
  const start = (): Promise<Running> =>
    processes.start({
      name: 'the database',
      command: process.execPath,
      args: [MAIN, '--port', String(port), '--data', data, '--password-file', passwordFile],
      ready: (line) => line.includes('"ready":"couch"'),
    });
  let running: Running | null = await start();
  const { url, username } = JSON.parse(running.readyLine) as { url: string; username: string };
  return {
    url,
    username,
    password,
    kill: async () => {
      await running?.kill();
      running = null;
    },
    start: async () => {
      running ??= await start();
    },
    copyTo: (to) => cp(data, to, { recursive: true }),
    putBack: async (from) => {
      await rm(data, { recursive: true, force: true });
      await cp(from, data, { recursive: true });
    },
  };
}

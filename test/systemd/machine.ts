/** Runs `machine.sh`: a second systemd on this machine, for the length of one script. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../repository/repository.js';

const MACHINE_TIMEOUT_MS = 90_000;

/** A machine that has run, and what its script left behind. */
export interface Machine {
  /** One file that the script wrote to /mnt. */
  read(name: string): Promise<string>;
  /** A file that `systemctl show` wrote there, as name → value. */
  properties(name: string): Promise<Readonly<Record<string, string>>>;
  dispose(): Promise<void>;
}

/**
 * Runs a script of this folder in a machine whose /usr/bin/wasl is the file that `prepare` names; `prepare` may put files
 * into the folder that is /mnt inside. Rejects when the machine does not end by itself, with what the script printed.
 */
export async function runMachine(script: string, prepare: (shared: string) => Promise<string>): Promise<Machine> {
  const shared = await mkdtemp(join(tmpdir(), 'wasl-machine-'));
  const dispose = () => rm(shared, { recursive: true, force: true });
  const read = (name: string) => readFile(join(shared, name), 'utf8');
  try {
    const wasl = await prepare(shared);
    const args = [join(import.meta.dirname, 'machine.sh'), ROOT, wasl, join(import.meta.dirname, script), shared];
    await promisify(execFile)('bash', args, { timeout: MACHINE_TIMEOUT_MS });
  } catch (cause) {
    const printed = await read('trial.log').catch(() => 'nothing: it never started');
    await dispose();
    throw new Error(`the machine failed; its script printed:\n${printed}`, { cause });
  }
  const properties = async (name: string) => {
    const lines = (await read(name)).trim().split('\n');
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  };
  return { read, properties, dispose };
}

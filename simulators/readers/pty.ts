/** A real serial line without hardware: two pseudo-terminals that socat joins. The driver opens one, the test is the scanner at the other. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const START_TIMEOUT_MS = 10_000;

/** A serial cable between the test and the driver. */
export interface PtyCable {
  /** Device file for the driver. Exists only while plugged in. */
  readonly devicePath: string;
  /** Sends bytes from the scanner's end; resolves when the kernel has them all. */
  send(bytes: Uint8Array): Promise<void>;
  /** Hears what the driver sends to the device's end, until the cable is unplugged; again after each {@link plug}. One listener. */
  listen(listener: (bytes: Uint8Array) => void): void;
  /** Takes one byte at the driver's end, once it is there: so that a test knows what was sent has arrived. Not while a driver has the device open. */
  takeByte(): Promise<number>;
  /** Ends socat: the device vanishes under the driver, as when a USB plug is pulled. */
  unplug(): Promise<void>;
  /** Starts socat again with the same device file. */
  plug(): Promise<void>;
  /** Unplugs and deletes everything. */
  dispose(): Promise<void>;
}

/** True when socat is installed (Debian: socat). */
export function hasSocat(): boolean {
  return spawnSync('socat', ['-V']).error === undefined;
}

interface Joint {
  readonly socat: ChildProcess;
  /** The scanner's end; writes go here. */
  readonly scanner: FileHandle;
  /** Held open so that socat does not end when the driver closes its end, as a real device would not. */
  readonly device: FileHandle;
}

/** A cable, plugged in. */
export async function openPtyCable(): Promise<PtyCable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wasl-pty-'));
  const devicePath = path.join(folder, 'device');
  const scannerPath = path.join(folder, 'scanner');
  let listener: ((bytes: Uint8Array) => void) | null = null;
  let joint: Joint | null = await join(devicePath, scannerPath);
  const unplug = async () => {
    const old = joint;
    joint = null;
    if (old !== null) await part(old);
  };
  return {
    devicePath,
    async send(bytes) {
      if (joint === null) throw new Error('the cable is unplugged');
      await joint.scanner.writeFile(bytes);
    },
    listen(hear) {
      listener = hear;
      if (joint !== null) void hearAll(joint, hear);
    },
    async takeByte() {
      if (joint === null) throw new Error('the cable is unplugged');
      const { buffer } = await joint.device.read(Buffer.alloc(1), 0, 1, null);
      return buffer.readUInt8();
    },
    unplug,
    async plug() {
      if (joint !== null) return;
      joint = await join(devicePath, scannerPath);
      if (listener !== null) void hearAll(joint, listener);
    },
    async dispose() {
      await unplug();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Until the other end is gone. */
async function hearAll({ scanner }: Joint, hear: (bytes: Uint8Array) => void): Promise<void> {
  const buffer = Buffer.alloc(4_096);
  try {
    for (;;) {
      const { bytesRead } = await scanner.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      hear(Uint8Array.from(buffer.subarray(0, bytesRead)));
    }
  } catch {
    // A pseudo-terminal whose other end is gone answers with an input/output error.
  }
}

async function join(devicePath: string, scannerPath: string): Promise<Joint> {
  const ends = [devicePath, scannerPath].map((link) => `PTY,link=${link},rawer,mode=600`);
  const socat = spawn('socat', ['-d', '-d', ...ends], { stdio: ['ignore', 'ignore', 'pipe'] });
  await untilJoined(socat);
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  return { socat, scanner: await open(scannerPath, flags), device: await open(devicePath, flags) };
}

/** socat says on its error output when both ends exist. */
async function untilJoined(socat: ChildProcess): Promise<void> {
  if (socat.stderr === null) throw new Error('socat has no error output');
  const timer = setTimeout(() => socat.kill(), START_TIMEOUT_MS);
  const said: string[] = [];
  for await (const line of createInterface({ input: socat.stderr })) {
    said.push(line);
    if (!line.includes('starting data transfer loop')) continue;
    clearTimeout(timer);
    socat.stderr.resume();
    return;
  }
  clearTimeout(timer);
  throw new Error(`socat did not start: ${said.join('; ')}`);
}

async function part(joint: Joint): Promise<void> {
  const { socat } = joint;
  if (socat.exitCode === null && socat.signalCode === null) {
    const exited = once(socat, 'exit');
    socat.kill('SIGTERM');
    await exited;
  }
  await joint.scanner.close();
  await joint.device.close();
}

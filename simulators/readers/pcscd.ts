/**
 * A private, real pcscd with virtual readers: for tests, demonstrations and measurements. It does not touch a pcscd of the
 * system, nor readers on USB. Programs reach it through {@link PrivatePcscd.env}.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, WaslError } from '../../agent/domain/errors.js';
import { loadNfcPcsc } from '../../drivers/pcsc/nfc-pcsc.js';
import { probePcscd } from '../../drivers/pcsc/probe.js';
import { cornerScript, hasProgram, isReadable, isRoot, missingForNamespaces, namespaceCommand } from './netns.js';
import { layOutUsbBus, missingForUsbBus, plugIn, pullOut, TELL_UDEV, type UsbReader, usbBusScript } from './usb-bus.js';
import { VPCD_PORT } from './vpcd.js';

const PCSCD = '/usr/sbin/pcscd';
const VPCD_LIBRARY = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const USB_DRIVERS = '/usr/lib/pcsc/drivers';

/** Virtual readers that one stanza of vpcd makes, on ports that follow each other. */
const SLOTS_PER_STANZA = 2;
const STANZAS_MAX = 8;
/** Port of the first slot of the first reader on USB: four digits that are a vendor's number as well. */
const USB_PORT = 9_001;
const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5_000;
const COMPLAINT_CHARS_MAX = 1_000;

/** Settings of {@link startPrivatePcscd}. */
export interface PrivatePcscdOptions {
  /** Friendly names, no two the same; each gives two readers. Default `['Virtual PCD']`. Names of real readers are good for trying what a driver makes of them. */
  readonly names?: readonly string[];
  /** False leaves TCP's delayed acknowledgements on: 44 ms instead of 1 ms an exchange. Default true. */
  readonly quickAck?: boolean;
  /**
   * How the readers hang on this machine. `serial`, the default: by `reader.conf`, for as long as the daemon runs. `usb`: on a USB bus of its own (`usb-bus.ts`),
   * from which they can be pulled; needs a C compiler.
   */
  readonly attached?: 'serial' | 'usb';
}

/** A virtual reader: its name in PC/SC, and where a `VpcdSlot` puts cards on it. */
export interface VirtualReader {
  readonly name: string;
  readonly address: NetConnectOpts;
}

/** What to do to the daemon, as the world does: it crashes, is stopped by the system, hangs, goes on. */
export type Mishap = 'KILL' | 'TERM' | 'STOP' | 'CONT';

/** A running private pcscd. */
export interface PrivatePcscd {
  /** Where it listens. */
  readonly socketPath: string;
  /** Variables that send a PC/SC client to it. libpcsclite reads them once, at its first use in a process. */
  readonly env: { readonly PCSCLITE_CSOCK_NAME: string };
  readonly readers: readonly [VirtualReader, VirtualReader, ...VirtualReader[]];
  /** Sends a signal; after `KILL` and `TERM` resolves when the daemon has ended. */
  signal(mishap: Mishap): Promise<void>;
  /** Starts it again after `KILL` or `TERM`; resolves when it answers. */
  start(): Promise<void>;
  /**
   * Pulls the readers with this friendly name (see {@link PrivatePcscdOptions.names}) out of the machine, with the cards on them, as a USB plug is pulled: pcscd runs on, learns
   * of it from udev and drops them within a second. Rejects with `ERR_READER_UNSUPPORTED` where they are not attached by USB: pcscd never drops others.
   */
  unplug(name: string): Promise<void>;
  /** Puts them back, in the same way. */
  plug(name: string): Promise<void>;
  /** Ends everything and removes its folder. */
  stop(): Promise<void>;
}

/** What is missing for a private pcscd with virtual readers, one sentence each; empty when it can run here. */
export function missingForPcscd(attached: 'serial' | 'usb' = 'serial'): readonly string[] {
  const missing: string[] = attached === 'usb' ? [...missingForUsbBus()] : [];
  if (!isReadable(PCSCD)) missing.push('pcscd is not installed (Debian: pcscd)');
  if (!isReadable(VPCD_LIBRARY)) missing.push('the virtual reader vpcd is not installed (Debian: vsmartcard-vpcd)');
  if (!hasProgram('socat')) missing.push('socat is not installed (Debian: socat)');
  return [...missing, ...missingForNamespaces()];
}

/** As {@link missingForPcscd}, and the native module that our own driver needs to use it. */
export async function missingForPcscDriver(attached: 'serial' | 'usb' = 'serial'): Promise<readonly string[]> {
  const native = await loadNfcPcsc()().then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : codeOf(error)],
  );
  return [...missingForPcscd(attached), ...native];
}

/** Starts one. Rejects with `ERR_READER_UNAVAILABLE` and the reasons when it cannot ({@link missingForPcscd}). */
export async function startPrivatePcscd(options: PrivatePcscdOptions = {}): Promise<PrivatePcscd> {
  const names = options.names ?? ['Virtual PCD'];
  if (names.length === 0 || names.length > STANZAS_MAX || new Set(names).size < names.length) {
    throw new WaslError('ERR_CONFIG', `a private pcscd has 1 to ${STANZAS_MAX} names of readers, no two the same`);
  }
  if (names.some((name) => !/^[\w .()-]{1,60}$/.test(name))) {
    throw new WaslError('ERR_CONFIG', 'a name of a reader has 1 to 60 letters, digits, spaces and -_.()');
  }
  const attached = options.attached ?? 'serial';
  const missing = missingForPcscd(attached);
  if (missing.length > 0) throw new WaslError('ERR_READER_UNAVAILABLE', missing.join('; '));
  // Not the system's temporary folder: the path of a Unix socket has at most 107 bytes.
  const folder = mkdtempSync('/tmp/wasl-pcscd-');
  const corner: Corner = { folder, names, attached };
  try {
    writeFolder(corner);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const world = new World(folder, worldScript(corner, options.quickAck ?? true));
  try {
    await world.start();
  } catch (error) {
    await world.stop();
    throw error;
  }
  const [first, second, ...others] = names.flatMap((name, stanza) => readersOf(folder, name, stanza));
  if (first === undefined || second === undefined) throw new WaslError('ERR_INTERNAL');
  return {
    socketPath: world.socketPath,
    env: { PCSCLITE_CSOCK_NAME: world.socketPath },
    readers: [first, second, ...others],
    signal: (mishap) => world.tell(`signal ${mishap}`),
    start: () => world.start(),
    unplug: async (name) => world.tell(`udev ${pullOut(folder, usbReaderOf(corner, name))}`),
    plug: async (name) => world.tell(`udev ${plugIn(folder, usbReaderOf(corner, name))}`),
    stop: () => world.stop(),
  };
}

/** What a private pcscd is made of. */
interface Corner {
  readonly folder: string;
  readonly names: readonly string[];
  readonly attached: 'serial' | 'usb';
}

function portOf({ attached }: Corner, stanza: number): number {
  return (attached === 'usb' ? USB_PORT : VPCD_PORT) + stanza * SLOTS_PER_STANZA;
}

function usbReaderOf(corner: Corner, name: string): UsbReader {
  const stanza = corner.names.indexOf(name);
  if (stanza < 0) throw new WaslError('ERR_CONFIG', `there is no reader with the name ${name}`);
  if (corner.attached !== 'usb')
    throw new WaslError('ERR_READER_UNSUPPORTED', 'pcscd never drops a reader of reader.conf: attach it by USB');
  return { name, port: portOf(corner, stanza) };
}

function readersOf(folder: string, name: string, stanza: number): VirtualReader[] {
  return Array.from({ length: SLOTS_PER_STANZA }, (_, slot) => ({
    // pcscd numbers readers of the same name, then their slots.
    name: `${name} 00 0${slot}`,
    address: { path: socketOf(folder, stanza * SLOTS_PER_STANZA + slot) },
  }));
}

function socketOf(folder: string, slot: number): string {
  return join(folder, `slot-${slot}.sock`);
}

/** The daemon's configuration, one file for each name, and one copy of the driver for each: a driver that is loaded twice serves the first stanza only. */
function writeFolder(corner: Corner): void {
  const { folder, names } = corner;
  for (const part of ['run', 'conf', 'lib']) mkdirSync(join(folder, part));
  if (corner.attached === 'usb') {
    const readers = names.map((name, stanza): UsbReader => ({ name, port: portOf(corner, stanza) }));
    layOutUsbBus(folder, readers, VPCD_LIBRARY);
    return;
  }
  for (const [stanza, name] of names.entries()) {
    copyFileSync(VPCD_LIBRARY, libraryFile(folder, stanza));
    const port = portOf(corner, stanza);
    const lines = [
      `FRIENDLYNAME "${name}"`,
      `DEVICENAME /dev/null:${port}`,
      `LIBPATH ${libraryFile(folder, stanza)}`,
      `CHANNELID ${port}`,
    ];
    writeFileSync(join(folder, 'conf', `reader-${stanza}`), `${lines.join('\n')}\n`);
  }
}

function libraryFile(folder: string, stanza: number): string {
  return join(folder, 'lib', `vpcd-${stanza}.so`);
}

/** What the first process of the corner runs: it obeys the lines it reads, and ends at the end of its input. */
function worldScript(corner: Corner, quickAck: boolean): string {
  const { folder, names, attached } = corner;
  const help = spawnSync(PCSCD, ['--help'], { encoding: 'utf8', timeout: 5_000 });
  // Newer daemons ask polkit, which does not live in the corner.
  const polkit = `${help.stdout}${help.stderr}`.includes('--disable-polkit') ? ' --disable-polkit' : '';
  const slots = Array.from({ length: names.length * SLOTS_PER_STANZA }, (_, slot) => slot);
  return [
    'set -e',
    ...cornerScript(join(folder, 'run'), quickAck),
    // No driver for real readers: a reader on USB is not ours to take.
    ...(attached === 'usb' ? usbBusScript(folder, USB_DRIVERS) : [`mount -t tmpfs none '${USB_DRIVERS}'`]),
    ...slots.map(
      (slot) =>
        `socat 'UNIX-LISTEN:${socketOf(folder, slot)},fork' 'TCP:127.0.0.1:${portOf(corner, 0) + slot}' 2>/dev/null &`,
    ),
    'set +e',
    'daemon=',
    'while read -r word argument; do',
    '  case "$word" in',
    `    start) rm -rf /run/pcscd; ${PCSCD} --foreground --config '${join(folder, 'conf')}'${polkit} >&2 & daemon=$! ;;`,
    '    signal) kill -s "$argument" "$daemon"',
    '      case "$argument" in KILL|TERM) wait "$daemon" ;; esac ;;',
    `    udev) ${TELL_UDEV} ;;`,
    '  esac',
    '  echo done',
    'done',
    `rm -rf '${folder}'`,
  ].join('\n');
}

/** The process that holds the corner, and the lines to it. */
class World {
  readonly socketPath: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #complaint = '';

  constructor(folder: string, script: string) {
    this.#folder = folder;
    this.socketPath = join(folder, 'run', 'pcscd', 'pcscd.comm');
    const [program, ...rest] = namespaceCommand(isRoot());
    // A process group of its own: Ctrl-C is for us, and what it makes us do still needs the daemon.
    this.#process = spawn(program, [...rest, 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const { stdin, stdout, stderr } = this.#process;
    if (stdin === null || stdout === null || stderr === null) throw new WaslError('ERR_INTERNAL');
    stdin.on('error', () => undefined);
    stderr.on('data', (piece) => {
      this.#complaint = `${this.#complaint}${piece}`.slice(-COMPLAINT_CHARS_MAX);
    });
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.#ended = once(this.#process, 'close').catch(() => undefined);
  }

  /** Sends one line and waits until it was obeyed. */
  async tell(line: string): Promise<void> {
    this.#process.stdin?.write(`${line}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) {
      throw new WaslError('ERR_READER_UNAVAILABLE', `the private pcscd has ended: ${this.#complaint.trim()}`);
    }
  }

  async start(): Promise<void> {
    await this.tell('start');
    const until = performance.now() + START_TIMEOUT_MS;
    while ((await probePcscd(this.socketPath)) !== 'answers') {
      if (performance.now() > until) throw new WaslError('ERR_READER_UNAVAILABLE', 'the private pcscd does not answer');
      await pause(10);
    }
  }

  async stop(): Promise<void> {
    this.#process.stdin?.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(timer);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** `wasl sim reader` and `wasl sim scanner` as processes, with our own drivers as the programs that an integrator would connect to them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadPcscApart } from '../../drivers/pcsc/apart.js';
import { PcscReader } from '../../drivers/pcsc/reader.js';
import type { PageCard, Reader } from '../../drivers/reader.js';
import { SerialLineReader } from '../../drivers/serial/line-reader.js';
import { loadOpenSerial } from '../../drivers/serial/serial-port.js';
import { Twn4Reader } from '../../drivers/serial/twn4-reader.js';
import { forkWorker } from '../../drivers/supervised/spawn.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { EventRecorder } from '../compliance/reader-bench.js';
import { describeWithPcscd } from '../drivers/pcsc/virtual-reader.js';
import { type CompiledPrograms, compilePrograms } from '../support/compiled.js';
import { needsSocat } from '../support/needs-socat.js';
import { systemTimers } from '../support/system.js';

const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));
const TIMEOUT_MS = 60_000;
const describeReal = await describeWithPcscd();

describe.skipIf(!needsSocat())('simulated devices for integrators', () => {
  let compiled: CompiledPrograms;
  let folder: string;
  const running: ChildProcess[] = [];
  const readers: Reader[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasl-sim-'));
    compiled = await compilePrograms(['agent/cli/main.ts', 'simulators/commands.ts', 'drivers/pcsc/apart-main.ts']);
    // The command reads its version from the package above the compiled folder.
    await symlink(PACKAGE, join(folder, 'package.json'));
    await symlink(compiled.folder, join(folder, 'dist'));
  });

  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.stop();
    for (const child of running.splice(0)) await stop(child);
  });

  afterAll(async () => {
    await compiled.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
  }

  async function sim(...args: string[]): Promise<{ child: ChildProcess; ready: Record<string, string> }> {
    const program = join(folder, 'dist/agent/cli/main.js');
    const symlinks = ['--preserve-symlinks', '--preserve-symlinks-main'];
    const child = spawn(process.execPath, [...symlinks, program, 'sim', ...args, '--json'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    running.push(child);
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const [line] = (await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error('it ended without a word'))),
    ])) as [string];
    const ready = JSON.parse(line) as Record<string, string> & { readonly error?: { readonly message: string } };
    if (ready.error !== undefined) throw new Error(ready.error.message);
    return { child, ready };
  }

  async function cardFile(): Promise<{ file: string; chip: SimulatedNtag21x }> {
    const chip = SimulatedNtag21x.blank('ntag216', Uint8Array.of(0x04, 0x9d, 0x31, 0xa2, 0x5c, 0x6e, 0x80));
    const file = join(folder, 'card.json');
    await writeFile(file, JSON.stringify(chip.toJSON()));
    return { file, chip };
  }

  async function cardOn(reader: Reader): Promise<{ card: PageCard; seen: EventRecorder }> {
    readers.push(reader);
    const seen = new EventRecorder(TIMEOUT_MS);
    await reader.start(seen.listener);
    const { card } = await seen.until('presented');
    if (card.kind !== 'pages') throw new Error('not a card with pages');
    return { card, seen };
  }

  async function pageIn(file: string, page: number): Promise<Uint8Array> {
    return SimulatedNtag21x.fromJSON(JSON.parse(await readFile(file, 'utf8'))).readPage(page);
  }

  describeReal('behind a real pcscd', () => {
    it('a reader holds the card of a file, takes it away when told to, and saves what was written', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const { file, chip } = await cardFile();
      const { child, ready } = await sim('reader', file, '--private');
      const socketPath = ready.PCSCLITE_CSOCK_NAME ?? '';
      process.env.PCSCLITE_CSOCK_NAME = socketPath;
      const spawnWorker = forkWorker(join(compiled.folder, 'drivers/pcsc/apart-main.js'));
      const load = loadPcscApart({ timers: systemTimers, spawn: spawnWorker, socketPath });
      const { card, seen } = await cardOn(new PcscReader({ load, timers: systemTimers }));
      expect(card.uid).toEqual(chip.uid);
      await card.writePage(9, Uint8Array.of(1, 2, 3, 4));
      child.stdin?.write('remove\n');
      await seen.until('removed');
      child.stdin?.write('present\n');
      await seen.until('presented');
      for (const reader of readers.splice(0)) await reader.stop();
      await stop(child);
      expect(await pageIn(file, 9)).toEqual(Uint8Array.of(1, 2, 3, 4));
    });
  });

  it('a TWN4 holds the card of a file', { timeout: TIMEOUT_MS }, async () => {
    const { file, chip } = await cardFile();
    const { child, ready } = await sim('reader', file, '--twn4');
    const path = ready.device ?? '';
    const { card } = await cardOn(new Twn4Reader({ path, timers: systemTimers, loadOpen: loadOpenSerial }));
    expect(card.uid).toEqual(chip.uid);
    await card.writePage(9, Uint8Array.of(5, 6, 7, 8));
    for (const reader of readers.splice(0)) await reader.stop();
    await stop(child);
    expect(await pageIn(file, 9)).toEqual(Uint8Array.of(5, 6, 7, 8));
  });

  it('a scanner sends each line of its input', { timeout: TIMEOUT_MS }, async () => {
    const { child, ready } = await sim('scanner');
    const reader = new SerialLineReader({ path: ready.device ?? '' });
    readers.push(reader);
    const seen = new EventRecorder(TIMEOUT_MS);
    await reader.start(seen.listener);
    await seen.until('ready');
    child.stdin?.write('NCFOXN%TS3DH وصل\n');
    expect((await seen.until('presented')).card).toEqual({ kind: 'text', text: 'NCFOXN%TS3DH وصل' });
  });

  it('says what is wrong with what it was given', { timeout: TIMEOUT_MS }, async () => {
    await expect(sim('reader', join(folder, 'no-such-card.json'))).rejects.toThrow(/no-such-card/);
    const { file } = await cardFile();
    await expect(sim('reader', file, '--private', '--twn4')).rejects.toThrow(/--at, --private and --twn4/);
  });
});

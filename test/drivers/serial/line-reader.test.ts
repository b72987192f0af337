import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadOpenSerialApart } from '../../../drivers/serial/apart.js';
import { SerialLineReader } from '../../../drivers/serial/line-reader.js';
import { forkWorker } from '../../../drivers/supervised/spawn.js';
import { childrenOf } from '../../../simulators/chaos/children.js';
import { openPtyCable, type PtyCable } from '../../../simulators/readers/pty.js';
import { describeReader } from '../../compliance/reader.js';
import { EventRecorder } from '../../compliance/reader-bench.js';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';
import { needsSocat } from '../../support/needs-socat.js';
import { systemTimers } from '../../support/system.js';

const utf8 = new TextEncoder();
const NOBODY_UID = 65_534;
const RETRY = { retryFirstMs: 5, retryMaxMs: 40 };

describe.skipIf(!needsSocat())('the serial line reader on a real pseudo-terminal', () => {
  describeReader('serial line over a pty pair', {
    capabilities: { readBlocks: false, writeBlocks: false, text: true, removal: false },
    async create() {
      const cable = await openPtyCable();
      return {
        reader: new SerialLineReader({ path: cable.devicePath, ...RETRY }),
        rig: {
          present: () => {},
          remove: () => {},
          presentText: (text) => cable.send(utf8.encode(`${text}\r\n`)),
          sendBytes: (bytes) => cable.send(bytes),
          unplug: () => cable.unplug(),
          plug: () => cable.plug(),
        },
        dispose: () => cable.dispose(),
      };
    },
  });

  describe('with its native module in another process', () => {
    let compiled: CompiledPrograms;

    beforeAll(async () => {
      compiled = await compilePrograms(['drivers/serial/apart-main.ts']);
    });

    afterAll(() => compiled.remove());

    function apart(cable: PtyCable): SerialLineReader {
      const spawn = forkWorker(path.join(compiled.folder, 'drivers/serial/apart-main.js'));
      const limits = { helloTimeoutMs: 60_000 };
      const loadOpen = loadOpenSerialApart({ timers: systemTimers, spawn, limits });
      return new SerialLineReader({ path: cable.devicePath, ...RETRY, loadOpen });
    }

    describeReader('serial line over a pty pair, native module apart', {
      capabilities: { readBlocks: false, writeBlocks: false, text: true, removal: false },
      eventTimeoutMs: 60_000,
      async create() {
        const cable = await openPtyCable();
        return {
          reader: apart(cable),
          rig: {
            present: () => {},
            remove: () => {},
            presentText: (text) => cable.send(utf8.encode(`${text}\r\n`)),
            sendBytes: (bytes) => cable.send(bytes),
            unplug: () => cable.unplug(),
            plug: () => cable.plug(),
          },
          dispose: () => cable.dispose(),
        };
      },
    });

    it.each(['SIGKILL', 'SIGSTOP'] as const)('comes back by itself after %s', { timeout: 90_000 }, async (signal) => {
      const cable = await openPtyCable();
      open.cable = cable;
      const reader = apart(cable);
      open.readers.push(reader);
      const seen = new EventRecorder(60_000);
      await reader.start(seen.listener);
      await seen.expect('ready');
      const [pid] = childrenOf(process.pid, 'serial/apart-main');
      if (pid === undefined) throw new Error('there is no process');
      process.kill(pid, signal);
      expect((await seen.expect('unavailable')).message).toContain('it is started again');
      await seen.expect('ready');
      await cable.send(utf8.encode('after\n'));
      expect((await seen.expect('presented')).card).toEqual({ kind: 'text', text: 'after' });
    });
  });

  const open: { cable?: PtyCable; readers: SerialLineReader[] } = { readers: [] };
  afterEach(async () => {
    for (const reader of open.readers.splice(0)) await reader.stop();
    await open.cable?.dispose();
  });

  async function started(options: { readonly baudRate?: number } = {}) {
    const cable = open.cable ?? (await openPtyCable());
    open.cable = cable;
    const reader = new SerialLineReader({ path: cable.devicePath, ...RETRY, ...options });
    open.readers.push(reader);
    const seen = new EventRecorder(5000);
    await reader.start(seen.listener);
    return { cable, reader, seen };
  }

  it('throws away what was scanned before it was started', async () => {
    open.cable = await openPtyCable();
    await open.cable.send(utf8.encode('xscanned too early\n'));
    expect(await open.cable.takeByte()).toBe(0x78);
    const { cable, seen } = await started();
    await seen.expect('ready');
    await cable.send(utf8.encode('in time\n'));
    expect((await seen.expect('presented')).card).toEqual({ kind: 'text', text: 'in time' });
  });

  it('forgets half a line when the device is pulled, and does not glue it to the next', async () => {
    open.cable = await openPtyCable();
    const { cable, seen } = await started();
    await seen.expect('ready');
    await cable.send(utf8.encode('whole\nhalf a li'));
    await seen.expect('presented');
    await cable.unplug();
    await seen.expect('unavailable');
    await cable.plug();
    await seen.expect('ready');
    await cable.send(utf8.encode('ne\n'));
    expect((await seen.expect('presented')).card).toEqual({ kind: 'text', text: 'ne' });
  });

  it('says which device is missing, once however often it looks for it', async () => {
    open.cable = await openPtyCable();
    await open.cable.unplug();
    const { cable, seen } = await started();
    const { message } = await seen.expect('unavailable');
    expect(message).toContain(cable.devicePath);
    await cable.plug();
    await seen.expect('ready');
  });

  it('says so when another program has the device, and takes over when that one lets go', async () => {
    open.cable = await openPtyCable();
    const first = await started();
    await first.seen.expect('ready');
    const second = await started();
    expect((await second.seen.expect('unavailable')).message).toContain('another program');
    await first.reader.stop();
    await second.seen.expect('ready');
  });

  it('names the group to join when it may not open the device, and goes on once it may', async () => {
    open.cable = await openPtyCable();
    const { devicePath } = open.cable;
    await chmod(path.dirname(devicePath), 0o755);
    await chmod(devicePath, 0o000);
    const isRoot = process.geteuid?.() === 0;
    try {
      if (isRoot) process.seteuid?.(NOBODY_UID);
      const { seen } = await started();
      expect((await seen.expect('unavailable')).message).toMatch(/permission.*"dialout"/);
      if (isRoot) process.seteuid?.(0);
      await chmod(devicePath, 0o600);
      await seen.expect('ready');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('opens the device at another speed', async () => {
    open.cable = await openPtyCable();
    const { cable, seen } = await started({ baudRate: 115_200 });
    await seen.expect('ready');
    await cable.send(utf8.encode('fast\n'));
    await seen.expect('presented');
  });
});

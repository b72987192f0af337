import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportHangUp, type UnixPort } from '../../../drivers/serial/hang-up.js';
import { openPtyCable } from '../../../simulators/readers/pty.js';
import { needsSocat } from '../../support/needs-socat.js';

/** A port over a real descriptor, with a poller that only counts and answers when told to. */
function portOver(handle: FileHandle) {
  const waiting: Array<(error: Error | null) => void> = [];
  const port = {
    isOpen: true,
    fd: handle.fd,
    poller: { once: (_event: 'readable', done: (error: Error | null) => void) => waiting.push(done) },
    read: () => Promise.reject(new Error('not replaced')),
  } satisfies UnixPort;
  reportHangUp(port);
  return { port: port as { -readonly [K in keyof UnixPort]: UnixPort[K] }, waiting };
}

describe.skipIf(!needsSocat())('reading from a port', () => {
  let folder: string;
  let handle: FileHandle | null = null;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wasl-hang-up-'));
  });
  afterEach(async () => {
    await handle?.close();
    handle = null;
    await rm(folder, { recursive: true, force: true });
  });

  async function onQuietLine(
    show: (line: ReturnType<typeof portOver>, send: (text: string) => Promise<void>) => Promise<void>,
  ) {
    const cable = await openPtyCable();
    try {
      handle = await open(cable.devicePath, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      await show(portOver(handle), (text) => cable.send(Buffer.from(text)));
    } finally {
      await cable.dispose();
    }
  }

  it('rejects at an end of file in place of reading again for ever', async () => {
    handle = await open('/dev/null', 'r');
    const { port } = portOver(handle);
    await expect(port.read(Buffer.alloc(8), 0, 8)).rejects.toThrow('hung up');
  });

  it('rejects on a terminal whose other end is gone', async () => {
    const cable = await openPtyCable();
    handle = await open(cable.devicePath, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    const { port } = portOver(handle);
    await cable.dispose();
    const failure = await port.read(Buffer.alloc(8), 0, 8).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toHaveProperty('canceled');
  });

  it('waits for the poller where nothing has come yet, and reads into the part of the buffer that was asked for', async () => {
    await onQuietLine(async ({ port, waiting }, send) => {
      const buffer = Buffer.alloc(10, 0x2e);
      const reading = port.read(buffer, 2, 5);
      while (waiting.length === 0) await new Promise(setImmediate);
      await send('abc');
      let answered = 0;
      let result: { bytesRead: number } | null = null;
      void reading.then((done) => {
        result = done;
      });
      // socat needs a moment; a poller that wakes the reader too early makes it ask again.
      while (result === null) {
        for (; answered < waiting.length; answered += 1) waiting[answered]?.(null);
        await new Promise(setImmediate);
      }
      expect(buffer.toString('latin1')).toMatch(/^\.\.a/);
      expect(buffer.subarray(7).toString('latin1')).toBe('...');
    });
  });

  it('never touches the poller of a port that was closed while it read', async () => {
    await onQuietLine(async ({ port, waiting }) => {
      const reading = port.read(Buffer.alloc(8), 0, 8);
      port.isOpen = false;
      await expect(reading).rejects.toMatchObject({ canceled: true });
      expect(waiting).toEqual([]);
    });
  });

  it('passes on what the poller reports', async () => {
    await onQuietLine(async ({ port, waiting }) => {
      const reading = port.read(Buffer.alloc(8), 0, 8);
      while (waiting.length === 0) await new Promise(setImmediate);
      waiting[0]?.(new Error('bad file descriptor'));
      await expect(reading).rejects.toThrow('bad file descriptor');
    });
  });
});

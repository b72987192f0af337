import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadNfcPcsc } from '../../../drivers/pcsc/nfc-pcsc.js';
import { PCSCD_SOCKET_PATH, pcscdSocketPath, probePcscd } from '../../../drivers/pcsc/probe.js';

describe('asking whether pcscd is there', () => {
  let folder: string;
  let path: string;
  let server: Server | null;

  beforeEach(() => {
    folder = mkdtempSync('/tmp/wasl-probe-');
    path = join(folder, 'pcscd.comm');
    server = null;
  });

  afterEach(async () => {
    await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
    rmSync(folder, { recursive: true, force: true });
  });

  async function serve(whenAsked: (socket: Socket, bytes: Uint8Array) => void): Promise<void> {
    const listening = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => whenAsked(socket, bytes));
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(path, resolve));
  }

  it('finds nobody where nobody serves the socket', async () => {
    expect(await probePcscd(path)).toBe('absent');
  });

  it('greets as a client of its protocol does, and takes any answer for one', async () => {
    let asked: number[] = [];
    await serve((socket, bytes) => {
      asked = Array.from(new Uint32Array(Uint8Array.from(bytes).buffer));
      socket.write(Uint8Array.of(0));
    });
    expect(await probePcscd(path)).toBe('answers');
    expect(asked).toEqual([12, 0x11, 4, 4, 0]);
  });

  it('finds one that hangs, and gives up on it after a second', async () => {
    await serve(() => undefined);
    expect(await probePcscd(path)).toBe('silent');
  });

  it('finds one that hangs up without a word, as pcscd does on a user whom polkit does not allow', async () => {
    await serve((socket) => socket.end());
    expect(await probePcscd(path)).toBe('refuses');
  });

  it('asks where libpcsclite of this process would', () => {
    expect(pcscdSocketPath({})).toBe(PCSCD_SOCKET_PATH);
    expect(pcscdSocketPath({ PCSCLITE_CSOCK_NAME: '' })).toBe(PCSCD_SOCKET_PATH);
    expect(pcscdSocketPath({ PCSCLITE_CSOCK_NAME: path })).toBe(path);
  });

  it('is done before the native module is used, whose constructor would block', async () => {
    const service = await loadNfcPcsc({ socketPath: path })();
    await expect(service.open(() => undefined)).rejects.toMatchObject({ code: 'ERR_READER_UNAVAILABLE' });
  });
});

describe('the native module', () => {
  afterEach(() => {
    vi.doUnmock('nfc-pcsc');
  });

  it('that is not there is said, with what to install', async () => {
    vi.doMock('nfc-pcsc', () => {
      throw new Error('Could not locate the bindings file');
    });
    const failure = await loadNfcPcsc()().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ERR_READER_UNAVAILABLE' });
    expect(failure instanceof Error && failure.message).toMatch(/libpcsclite-dev.*npm rebuild @pokusew\/pcsclite/);
  });
});

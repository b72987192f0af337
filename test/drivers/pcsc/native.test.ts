import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PcscEvent } from '../../../drivers/pcsc/native.js';
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

describe('a reader that the native module has closed', () => {
  const NAME = 'Virtual PCD 00 00';

  /** A reader of pcsclite as far as its end goes: `says` is what its thread still says when it is closed. */
  class ClosingReader extends EventEmitter {
    readonly name = NAME;
    readonly #says: () => void;

    constructor(says: (reader: EventEmitter) => void) {
      super();
      this.#says = () => says(this);
    }

    close(): void {
      this.#says();
    }
  }

  async function sessionWith() {
    const nfc = new EventEmitter();
    vi.doMock('nfc-pcsc', () => ({
      NFC: class {
        constructor() {
          // biome-ignore lint/correctness/noConstructorReturn: the session gets this very instance
          return Object.assign(nfc, { close: () => undefined });
        }
      },
    }));
    const folder = mkdtempSync('/tmp/wasl-native-');
    const path = join(folder, 'pcscd.comm');
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(Uint8Array.of(0)));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const told: PcscEvent[] = [];
    const service = await loadNfcPcsc({ socketPath: path })();
    await service.open((event) => told.push(event));
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
    /** As pcsclite and nfc-pcsc do with a reader that came into the list. */
    const attach = (native: ClosingReader): void => {
      const reader = Object.assign(new EventEmitter(), { reader: native });
      native.on('_end', () => reader.emit('end'));
      nfc.emit('reader', reader);
    };
    const types = (): string[] => told.splice(0).map(({ type }) => type);
    return { attach, types };
  }

  afterEach(() => {
    vi.doUnmock('nfc-pcsc');
  });

  it('is told as detached once, although its thread ended without a word', async () => {
    const { attach, types } = await sessionWith();
    const native = new ClosingReader(() => undefined);
    attach(native);
    native.close();
    expect(types()).toEqual(['attached']);
    await turns(3);
    expect(types()).toEqual(['detached']);
  });

  it('is told as detached once, when its thread says so itself in the next turn', async () => {
    const { attach, types } = await sessionWith();
    const native = new ClosingReader((reader) => setImmediate(() => reader.emit('_end')));
    attach(native);
    native.close();
    await turns(4);
    expect(types()).toEqual(['attached', 'detached']);
  });

  it('does not take the next reader of its name along, should its end be told late', async () => {
    const { attach, types } = await sessionWith();
    const old = new ClosingReader(() => undefined);
    attach(old);
    attach(new ClosingReader(() => undefined));
    old.emit('_end');
    expect(types()).toEqual(['attached', 'attached']);
  });
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

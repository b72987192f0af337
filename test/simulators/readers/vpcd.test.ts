import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { INSERT_TIMEOUT_MS, type VirtualCard, VpcdSlot } from '../../../simulators/readers/vpcd.js';
import {
  encodeFrame,
  FRAME_BODY_BYTES_MAX,
  FrameDecoder,
  readRequest,
} from '../../../simulators/readers/vpcd-frames.js';
import { ManualTimers } from '../../drivers/pcsc/manual-timers.js';
import { systemTimers } from '../../drivers/pcsc/virtual-reader.js';

describe('the frames of vpcd', () => {
  it('are a length of two bytes, most significant first, and the body', () => {
    expect(Array.from(encodeFrame(Uint8Array.of(7, 8, 9)))).toEqual([0, 3, 7, 8, 9]);
    expect(Array.from(encodeFrame(new Uint8Array(0x0102)).subarray(0, 2))).toEqual([1, 2]);
    expect(Array.from(encodeFrame(new Uint8Array(0)))).toEqual([0, 0]);
  });

  it('come out as they went in, whatever pieces the stream is cut into', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 50 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(encodeFrame));
        const decoder = new FrameDecoder();
        const received: Uint8Array[] = [];
        let from = 0;
        for (let index = 0; from < stream.length; index += 1) {
          const size = index < cuts.length ? (cuts[index] ?? 0) : stream.length;
          received.push(...decoder.push(stream.subarray(from, from + size)));
          from += size;
        }
        return (
          received.length === sent.length &&
          received.every((body, index) => Buffer.compare(body, sent[index] ?? body) === 0)
        );
      }),
    );
  });

  it('are refused when they are longer than any APDU, before the body is waited for', () => {
    const decoder = new FrameDecoder();
    const length = FRAME_BODY_BYTES_MAX + 1;
    expect(() => decoder.push(Uint8Array.of(length >> 8, length & 0xff))).toThrow(
      expect.objectContaining({ code: 'ERR_READER_LINE' }),
    );
    expect(() => encodeFrame(new Uint8Array(length))).toThrow(expect.objectContaining({ code: 'ERR_READER_LINE' }));
  });

  it('of any bytes decode to bodies or are refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (stream) => {
        try {
          return new FrameDecoder().push(stream).every((body) => body.length <= FRAME_BODY_BYTES_MAX);
        } catch (error) {
          return codeOf(error) === 'ERR_READER_LINE';
        }
      }),
    );
  });

  it('of one byte are commands of the reader, all others APDUs', () => {
    const kinds = [0, 1, 2, 3, 4].map((command) => readRequest(Uint8Array.of(command)).kind);
    expect(kinds).toEqual(['power-off', 'power-on', 'reset', 'unknown', 'atr']);
    expect(readRequest(Uint8Array.of(1, 2))).toEqual({ kind: 'apdu', bytes: Uint8Array.of(1, 2) });
    expect(readRequest(new Uint8Array(0)).kind).toBe('apdu');
  });
});

describe('a slot of a virtual reader', () => {
  let folder: string;
  let path: string;
  let server: Server;
  let connections: Socket[];
  let slot: VpcdSlot;

  beforeEach(async () => {
    folder = mkdtempSync('/tmp/wasl-vpcd-');
    path = join(folder, 'slot.sock');
    connections = [];
    server = createServer((socket) => {
      connections.push(socket);
      socket.on('error', () => undefined);
      socket.write(Uint8Array.of(0, 1, 1, 0, 1, 4));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    slot = new VpcdSlot({ path }, systemTimers);
  });

  afterEach(async () => {
    slot.remove();
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  /** A card that writes down what happens to it. */
  function diary(transmit: VirtualCard['transmit'] = (apdu) => apdu) {
    const events: string[] = [];
    const card: VirtualCard = {
      atr: Uint8Array.of(0x3b, 0x00),
      powerOn: () => events.push('on'),
      powerOff: () => events.push('off'),
      transmit,
    };
    return { card, events };
  }

  function received(socket: Socket | undefined, byteCount: number): Promise<number[]> {
    return new Promise((resolve, reject) => {
      const bytes: number[] = [];
      if (socket === undefined) reject(new Error('no such connection'));
      socket?.on('data', (piece) => {
        bytes.push(...piece);
        if (bytes.length >= byteCount) resolve(bytes);
      });
    });
  }

  it('powers the card, tells its ATR, and passes APDUs on in order, one at a time', async () => {
    let running = 0;
    const { card, events } = diary(async (apdu) => {
      running += 1;
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${running} at once`);
      running -= 1;
      return Uint8Array.of(apdu.length, 0x90, 0x00);
    });
    await slot.insert(card);
    const bytes = received(connections[0], 4 + 5 + 5);
    connections[0]?.write(Uint8Array.of(0, 2, 9, 9, 0, 3, 8, 8, 8));
    expect(await bytes).toEqual([0, 2, 0x3b, 0, 0, 3, 2, 0x90, 0, 0, 3, 3, 0x90, 0]);
    expect(events).toEqual(['on', '1 at once', '1 at once']);
  });

  it('closes the connection when the card is taken away, which takes its power', async () => {
    const { card, events } = diary();
    await slot.insert(card);
    const closed = new Promise((resolve) => connections[0]?.once('close', resolve));
    slot.remove();
    await closed;
    expect(events.at(-1)).toBe('off');
  });

  it('closes the connection when the card fails, or the reader sends nonsense, and comes back', async () => {
    const { card } = diary(() => {
      throw new Error('out of the field');
    });
    await slot.insert(card);
    for (const nonsense of [Uint8Array.of(0, 2, 9, 9), Uint8Array.of(0xff, 0xff)]) {
      const next = new Promise((resolve) => server.once('connection', resolve));
      connections.at(-1)?.write(nonsense);
      await next;
    }
    expect(connections).toHaveLength(3);
  });

  it('hangs up on a peer that asks on and on without waiting for an answer', async () => {
    await slot.insert(diary(() => new Promise(() => undefined)).card);
    const closed = new Promise((resolve) => connections[0]?.once('close', resolve));
    connections[0]?.resume();
    for (let request = 0; request < 100; request += 1) connections[0]?.write(Uint8Array.of(0, 2, 9, 9));
    await closed;
  });

  it('keeps the reader empty for a moment between two cards', async () => {
    await slot.insert(diary().card);
    const began = performance.now();
    await slot.insert(diary().card);
    expect(performance.now() - began).toBeGreaterThan(400);
    expect(connections).toHaveLength(2);
  });

  it('gives up a card that no reader takes within its time, and one that is removed before', async () => {
    const timers = new ManualTimers();
    const nowhere = new VpcdSlot({ path: join(folder, 'nobody.sock') }, timers);
    const late = nowhere.insert(diary().card).catch(codeOf);
    await timers.pass(INSERT_TIMEOUT_MS);
    expect(await late).toBe('ERR_READER_UNAVAILABLE');
    const early = nowhere.insert(diary().card).catch(codeOf);
    nowhere.remove();
    expect(await early).toBe('ERR_READER_UNAVAILABLE');
  });
});

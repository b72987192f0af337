/** A broker that means harm costs a connection, and neither memory nor the process. */
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { WaslError } from '../../../agent/domain/errors.js';
import { createMqttLink } from '../../../sync/link/mqtt-link.js';
import { packetGuard } from '../../../sync/link/packet-guard.js';
import { eventually, systemTimers } from '../../support/system.js';

describe('a broker that means harm', () => {
  let server: Server | null = null;
  afterEach(() => server?.close());

  /** Accepts anything and then sends `after`. */
  async function hostile(after: Uint8Array): Promise<string> {
    server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        // CONNACK of MQTT 5: accepted, no properties.
        socket.write(Uint8Array.of(0x20, 3, 0, 0, 0));
        setTimeout(() => socket.write(after), 30);
      });
    });
    const port = await new Promise<number>((resolve) => {
      server?.listen(0, '127.0.0.1', () => {
        const address = server?.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    return `mqtt://127.0.0.1:${port}`;
  }

  it.each([
    ['announces a packet of 200 MB', Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x60, 0, 1)],
    ['sends a length that has no end', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['sends what is not MQTT', Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
  ])('and %s loses the connection, not the process', async (_, after) => {
    const closed: (WaslError | null)[] = [];
    const link = createMqttLink(
      {
        url: await hostile(after),
        clientId: 'test',
        keepaliveS: 60,
        connectTimeoutMs: 3_000,
        closeTimeoutMs: 1_000,
        packetBytesMax: 100_000,
        topicAlias: true,
      },
      systemTimers,
    );
    await link.connect({ message: () => {}, closed: (error) => closed.push(error) });
    await eventually('closed', () => closed.length === 1);
    expect(closed[0]?.code).toBe('ERR_BROKER');
  });

  it('is not listened to beyond the limit, however its packets are cut', () => {
    const packets = [Uint8Array.of(0x40, 2, 0, 1), Uint8Array.of(0x30, 0xc8, 0x01, ...new Uint8Array(200))];
    const stream = Buffer.concat([...packets, ...packets]);
    for (const size of [1, 2, 3, 7, 100]) {
      const guard = packetGuard(200);
      for (let at = 0; at < stream.length; at += size) guard.watch(stream.subarray(at, at + size));
      expect(() => guard.watch(Uint8Array.of(0x30, 0xc9, 0x01))).toThrow(
        expect.objectContaining({ code: 'ERR_BROKER' }),
      );
    }
  });
});

/** The TWN4 driver on a real pseudo-terminal, with a simulated TWN4 at the other end; its codec with any bytes; its speeds in virtual time. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import type { ReaderEvent } from '../../../drivers/reader.js';
import { loadOpenSerialApart } from '../../../drivers/serial/apart.js';
import { loadOpenSerial, type OpenSerial, type SerialHandlers } from '../../../drivers/serial/serial-port.js';
import { decodeLine, encodeLine, parseAnswer, parseTag, Twn4Lines } from '../../../drivers/serial/twn4-codec.js';
import { TWN4_LIMITS, Twn4Reader } from '../../../drivers/serial/twn4-reader.js';
import { forkWorker } from '../../../drivers/supervised/spawn.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { openPtyCable } from '../../../simulators/readers/pty.js';
import { SimulatedTwn4 } from '../../../simulators/readers/twn4.js';
import { describeReader } from '../../compliance/reader.js';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';
import { needsSocat } from '../../support/needs-socat.js';
import { systemTimers } from '../../support/system.js';
import { ManualTimers, settled } from '../pcsc/manual-timers.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe.skipIf(!needsSocat())('the TWN4 driver on a real pseudo-terminal', () => {
  let compiled: CompiledPrograms;

  beforeAll(async () => {
    compiled = await compilePrograms(['drivers/serial/apart-main.ts']);
  });

  afterAll(() => compiled.remove());

  const apart = (): Promise<OpenSerial> => {
    const spawn = forkWorker(join(compiled.folder, 'drivers/serial/apart-main.js'));
    return loadOpenSerialApart({ timers: systemTimers, spawn, limits: { helloTimeoutMs: 60_000 } })();
  };

  for (const [how, loadOpen] of [
    ['native module in this process', loadOpenSerial],
    ['native module apart', apart],
  ] as const) {
    describeReader(`twn4 over a pty pair, ${how}`, {
      capabilities: { readBlocks: true, writeBlocks: true, text: false, removal: true, signals: true },
      eventTimeoutMs: 60_000,
      async create() {
        const cable = await openPtyCable();
        const device = new SimulatedTwn4();
        cable.listen((chunk) => {
          const answer = device.feed(chunk);
          if (answer.length > 0) void cable.send(answer).catch(() => undefined);
        });
        const limits = { pollMs: 20, retryMinMs: 5, retryMaxMs: 40 };
        return {
          reader: new Twn4Reader({ path: cable.devicePath, timers: systemTimers, loadOpen: () => loadOpen(), limits }),
          rig: {
            present: (card) => device.present(card),
            remove: () => device.remove(),
            presentText: () => undefined,
            sendBytes: (chunk) => cable.send(chunk),
            unplug: async () => {
              device.remove();
              await cable.unplug();
            },
            plug: () => cable.plug(),
          },
          dispose: () => cable.dispose(),
        };
      },
    });
  }
});

describe('a line of the Simple Protocol', () => {
  it('is what the manual of the protocol prints', () => {
    expect(Buffer.from(encodeLine(bytes('050010'))).toString()).toBe('050010\r');
    expect(parseAnswer(bytes('0000'))).toEqual({ kind: 'done', result: false, bytes: bytes('') });
    expect(parseAnswer(bytes('01'))).toEqual({ kind: 'refused', error: 1 });
    const found = parseAnswer(bytes('0001803807045a1700030d41'));
    expect(found?.kind === 'done' && parseTag(found.bytes)).toEqual({ type: 0x80, uid: bytes('045a1700030d41') });
  });

  it('with lengths that do not fit is no tag', () => {
    for (const wrong of ['', '80', '8038', '803807045a17', '803807045a1700030d4100', '802007045a1700030d41', '80ff20'])
      expect(parseTag(bytes(wrong)), wrong).toBeNull();
  });

  it('comes whole out of any pieces, and the next one after one that was too long', () => {
    const lines = new Twn4Lines();
    expect([
      ...lines.push(Buffer.from('00')),
      ...lines.push(Buffer.from('01\r0')),
      ...lines.push(Buffer.from('0\r\n\r')),
    ]).toEqual(['0001', '00']);
    for (let part = 0; part < 50; part += 1) expect(lines.push(Buffer.from('0'.repeat(1000)))).toEqual([]);
    expect(lines.push(Buffer.from('\rAB\r'))).toEqual([null, 'AB']);
  });

  it('has a meaning, or none, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 800 }), (any) => {
        for (const line of new Twn4Lines().push(any)) {
          const decoded = line === null ? null : decodeLine(line);
          const answer = decoded === null ? null : parseAnswer(decoded);
          if (answer?.kind === 'done') parseTag(answer.bytes);
        }
        expect(hex(decodeLine(hex(any)) ?? new Uint8Array(0))).toBe(hex(any));
      }),
    );
  });
});

describe('a TWN4, in virtual time', () => {
  async function bench(answersAt: number, noise = false) {
    const timers = new ManualTimers();
    const tried: number[] = [];
    const events: ReaderEvent[] = [];
    const device = new SimulatedTwn4();
    const open: OpenSerial = async ({ baudRate }) => {
      tried.push(baudRate);
      let handlers: SerialHandlers | null = null;
      return {
        listen: (given) => {
          handlers = given;
        },
        write: async (sent) => {
          if (baudRate === answersAt) handlers?.onData(device.feed(sent));
          else if (noise) handlers?.onData(Uint8Array.of(0xf8, 0x80, 0x0d));
        },
        close: async () => undefined,
      };
    };
    const reader = new Twn4Reader({ path: '/dev/ttyUSB9', timers, loadOpen: async () => open });
    // Resolves when the first speed has been tried, which takes time that only the test lets pass.
    void reader.start((event) => events.push(event));
    await settled();
    return { timers, tried, events, reader, device };
  }

  it.each([false, true])(
    'has its speed found by trying the others when one brings no answer (noise: %s)',
    async (noise) => {
      const { timers, tried, events, reader } = await bench(57_600, noise);
      await timers.pass(10_000);
      expect(tried).toEqual([9_600, 115_200, 57_600]);
      expect(events.map(({ type }) => type)).toEqual(['unavailable', 'ready']);
      await reader.stop();
      expect(timers.pending).toBe(0);
    },
  );

  it('is asked for again when the reader falls silent', async () => {
    const { timers, tried, events, reader, device } = await bench(9_600);
    await timers.pass(TWN4_LIMITS.pollMs * 5);
    expect(events.map(({ type }) => type)).toEqual(['ready']);
    device.feed = () => new Uint8Array(0);
    await timers.pass(TWN4_LIMITS.timeoutMs + TWN4_LIMITS.pollMs);
    await settled();
    expect(events.map(({ type }) => type)).toEqual(['ready', 'unavailable']);
    expect(tried).toEqual([9_600]);
    await reader.stop();
  });

  it('does not let a card that was swapped between two looks pass for the first', async () => {
    const { timers, events, reader, device } = await bench(9_600);
    device.present(SimulatedNtag21x.blank('ntag216', bytes('045a1700030d41')));
    await timers.pass(TWN4_LIMITS.pollMs);
    const first = events.at(-1);
    if (first?.type !== 'presented' || first.card.kind !== 'pages') throw new Error('no card was presented');
    const other = SimulatedNtag21x.blank('ntag216', bytes('045a1700030d42'));
    device.present(other);
    expect(await first.card.writePage(9, Uint8Array.of(1, 2, 3, 4)).catch(codeOf)).toBe('ERR_CARD_LOST');
    expect(other.transcript).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['ready', 'presented', 'removed', 'presented']);
    await reader.stop();
  });

  it('beeps when it is asked to', async () => {
    const { device, reader } = await bench(9_600);
    await reader.signal('refused');
    expect(device.beeps).toBe(1);
    await reader.stop();
  });
});

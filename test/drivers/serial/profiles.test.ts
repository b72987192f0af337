/** Kinds of line readers: UIDs as wedges type them, and the search for the speed of a line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReaderEvent } from '../../../drivers/reader.js';
import { SerialLineReader, type SerialLineReaderOptions } from '../../../drivers/serial/line-reader.js';
import { asciiDigits, BAD_LINES_MAX, LINE_PROFILES, readUid } from '../../../drivers/serial/profiles.js';
import type { OpenSerial, SerialHandlers } from '../../../drivers/serial/serial-port.js';
import { openPtyCable } from '../../../simulators/readers/pty.js';
import { EventRecorder } from '../../compliance/reader-bench.js';
import { needsSocat } from '../../support/needs-socat.js';
import { settled } from '../pcsc/manual-timers.js';

const utf8 = new TextEncoder();

describe('a UID as a keyboard wedge types it', () => {
  it.each([
    ['04a1b2c3d4e5f6', '04A1B2C3D4E5F6'],
    ['  04:A1:B2:C3:D4:E5:F6  ', '04A1B2C3D4E5F6'],
    ['\u000204 A1 B2 C3\u0003', '04A1B2C3'],
    ['0123456789', '0123456789'],
    ['٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['۰۴A۱B۲C۳', '04A1B2C3'],
    ['\u200f٠٤a١b٢c٣\u200f', '04A1B2C3'],
    ['０４A１B２C３', '04A1B2C3'],
  ])('%j is %s', (line, uid) => {
    expect(readUid(line)).toBe(uid);
  });

  it.each(['', '04A1B2C', '04A1B2C3D', 'NCFOXN%TS3DH', '04A1B2G3', '012345678', '०१२३४५६७८९', '04A1B2C3;DROP'])(
    '%j is none',
    (line) => {
      expect(readUid(line)).toBeNull();
    },
  );

  it('is nothing but ASCII digits of hex, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        const uid = readUid(line);
        return uid === null || /^[0-9A-F]+$/.test(uid);
      }),
    );
  });

  it('keeps everything else of a text as it is', () => {
    expect(asciiDigits('وصل ١٢٣ é 9')).toBe('وصل 123 é 9');
  });
});

describe('the speed of a line', () => {
  async function bench(options: Partial<SerialLineReaderOptions> = {}) {
    const speeds: number[] = [];
    const ports: SerialHandlers[] = [];
    const events: ReaderEvent[] = [];
    const open: OpenSerial = async ({ baudRate }) => {
      speeds.push(baudRate);
      return { listen: (handlers) => ports.push(handlers), write: async () => {}, close: async () => {} };
    };
    const reader = new SerialLineReader({ path: '/dev/scanner', loadOpen: async () => open, ...options });
    await reader.start((event) => events.push(event));
    const send = async (bytes: Uint8Array) => {
      ports.at(-1)?.onData(bytes);
      await settled();
    };
    return { speeds, events, reader, send };
  }

  const NOISE = Uint8Array.of(0xf8, 0x80, 0x0d);

  it('is changed after some lines of noise, and kept once a line is readable', async () => {
    const { speeds, events, reader, send } = await bench();
    for (let line = 0; line < BAD_LINES_MAX + 2; line += 1) await send(NOISE);
    expect(speeds).toEqual(LINE_PROFILES.scanner.baudRates.slice(0, 2));
    await send(utf8.encode('readable\r'));
    for (let line = 0; line < BAD_LINES_MAX - 1; line += 1) await send(NOISE);
    expect(speeds).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'ready')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'presented')).toHaveLength(1);
    await reader.stop();
  });

  it('is not changed for codes that are too long', async () => {
    const { speeds, reader, send } = await bench();
    for (let line = 0; line < 2 * BAD_LINES_MAX; line += 1) await send(utf8.encode(`${'9'.repeat(5_000)}\r`));
    expect(speeds).toHaveLength(1);
    await reader.stop();
  });

  it('is left alone where the configuration names it', async () => {
    const { speeds, reader, send } = await bench({ baudRate: 19_200 });
    for (let line = 0; line < 3 * BAD_LINES_MAX; line += 1) await send(NOISE);
    expect(speeds).toEqual([19_200]);
    await reader.stop();
  });
});

describe.skipIf(!needsSocat())('a wedge on a real pseudo-terminal', () => {
  it('presents UIDs in ASCII digits, and reports what is none', async () => {
    const cable = await openPtyCable();
    const reader = new SerialLineReader({ path: cable.devicePath, profile: 'wedge' });
    try {
      const seen = new EventRecorder(60_000);
      await reader.start(seen.listener);
      await seen.expect('ready');
      await cable.send(utf8.encode('٠٤A١B٢C٣\r\n'));
      expect((await seen.expect('presented')).card).toEqual({ kind: 'text', text: '04A1B2C3' });
      await cable.send(utf8.encode('good morning\r\n'));
      expect((await seen.expect('error')).code).toBe('ERR_READER_LINE');
    } finally {
      await reader.stop();
      await cable.dispose();
    }
  });
});

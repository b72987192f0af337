import { describe, expect, it } from 'vitest';
import { WaslError } from '../../../agent/domain/errors.js';
import type { ReaderEvent } from '../../../drivers/reader.js';
import { SerialLineReader, type SerialLineReaderOptions } from '../../../drivers/serial/line-reader.js';
import {
  explainOpenError,
  loadOpenSerial,
  type OpenSerial,
  type SerialHandlers,
} from '../../../drivers/serial/serial-port.js';

/** Timers that fire only when told to; keeps the delays that were asked for. */
class ManualTimers {
  readonly delaysMs: number[] = [];
  readonly #pending = new Map<number, () => void>();

  setTimeout(run: () => void, delayMs: number): number {
    const id = this.delaysMs.push(delayMs);
    this.#pending.set(id, run);
    return id;
  }

  clearTimeout(id: unknown): void {
    this.#pending.delete(Number(id));
  }

  get waiting(): number {
    return this.#pending.size;
  }

  /** Fires what waits, and lets everything that follows from it settle. */
  async fire(): Promise<void> {
    const due = [...this.#pending];
    for (const [id, run] of due) {
      this.#pending.delete(id);
      run();
    }
    await new Promise(setImmediate);
  }
}

/** A reader whose port opens as the script says; the last entry repeats. */
async function scripted(script: ReadonlyArray<'opens' | string>, options: Partial<SerialLineReaderOptions> = {}) {
  const timers = new ManualTimers();
  const ports: SerialHandlers[] = [];
  let closed = 0;
  let attempt = 0;
  const open: OpenSerial = async () => {
    const step = script[Math.min(attempt, script.length - 1)] ?? 'opens';
    attempt += 1;
    if (step !== 'opens') throw new WaslError('ERR_READER_UNAVAILABLE', step);
    return {
      listen: (handlers) => ports.push(handlers),
      write: async () => {},
      close: async () => {
        closed += 1;
      },
    };
  };
  const reader = new SerialLineReader({ path: '/dev/scanner', loadOpen: async () => open, timers, ...options });
  const events: ReaderEvent[] = [];
  await reader.start((event) => events.push(event));
  return { reader, timers, ports, events, closed: () => closed, attempts: () => attempt };
}

describe('looking for the device again', () => {
  it('waits twice as long each time, up to ten seconds, and reports one reason once', async () => {
    const { timers, events, reader } = await scripted(['gone']);
    for (let round = 0; round < 8; round += 1) await timers.fire();
    expect(timers.delaysMs).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
    expect(events).toEqual([{ type: 'unavailable', code: 'ERR_READER_UNAVAILABLE', message: 'gone' }]);
    await reader.stop();
  });

  it('reports again when the reason changes', async () => {
    const { timers, events, reader } = await scripted(['gone', 'gone', 'forbidden', 'opens']);
    for (let round = 0; round < 3; round += 1) await timers.fire();
    expect(events.map((event) => ('message' in event ? event.message : event.type))).toEqual([
      'gone',
      'forbidden',
      'ready',
    ]);
    await reader.stop();
  });

  it('starts over with a short wait after the device was open', async () => {
    const { timers, ports, reader } = await scripted(['gone', 'gone', 'opens', 'gone']);
    await timers.fire();
    await timers.fire();
    ports[0]?.onLost('pulled');
    expect(timers.delaysMs).toEqual([250, 500, 250]);
    await reader.stop();
  });

  it('leaves no timer and tries no more once it is stopped', async () => {
    const { timers, reader, attempts } = await scripted(['gone']);
    await reader.stop();
    expect(timers.waiting).toBe(0);
    await timers.fire();
    expect(attempts()).toBe(1);
  });

  it('can be stopped by its listener from within "unavailable"', async () => {
    const timers = new ManualTimers();
    const open: OpenSerial = async () => {
      throw new WaslError('ERR_READER_UNAVAILABLE', 'gone');
    };
    const reader = new SerialLineReader({ path: '/dev/scanner', loadOpen: async () => open, timers });
    let stopped: Promise<void> | undefined;
    await reader.start(() => {
      stopped = reader.stop();
    });
    await stopped;
    expect(timers.waiting).toBe(0);
  });

  it('closes the port when it is stopped, and hears no late bytes', async () => {
    const { reader, ports, events, closed } = await scripted(['opens']);
    await reader.stop();
    expect(closed()).toBe(1);
    ports[0]?.onData(Buffer.from('late\n'));
    await new Promise(setImmediate);
    expect(events).toEqual([{ type: 'ready' }]);
  });

  it('does not wait for ever for a port that never closes', async () => {
    const timers = new ManualTimers();
    const open: OpenSerial = async () => ({
      listen: () => {},
      write: async () => {},
      close: () => new Promise(() => {}),
    });
    const reader = new SerialLineReader({ path: '/dev/scanner', loadOpen: async () => open, timers });
    await reader.start(() => {});
    const stopping = reader.stop();
    await timers.fire();
    await stopping;
    expect(timers.delaysMs).toEqual([2000]);
  });
});

describe('the native part', () => {
  it('is missing: start rejects with ERR_READER_UNAVAILABLE and says what to install', async () => {
    const load = () => loadOpenSerial(() => Promise.reject(new Error('No native build was found')));
    const reader = new SerialLineReader({ path: '/dev/scanner', loadOpen: load });
    const events: ReaderEvent[] = [];
    const start = reader.start((event) => events.push(event));
    await expect(start).rejects.toMatchObject({
      code: 'ERR_READER_UNAVAILABLE',
      message: expect.stringContaining('npm install serialport'),
    });
    expect(events).toEqual([]);
    await reader.stop();
  });

  it('is really there in this installation', async () => {
    expect(typeof (await loadOpenSerial())).toBe('function');
  });
});

describe('explaining why a port cannot be opened', () => {
  it.each([
    ['Error: Permission denied, cannot open /dev/x', 'dialout'],
    ['Error: No such file or directory, cannot open /dev/x', 'is not there'],
    ['Error Resource temporarily unavailable Cannot lock port', 'another program'],
    ['Error: Inappropriate ioctl for device setting custom baud rate', 'Inappropriate ioctl'],
  ])('%s', (message, expected) => {
    const text = explainOpenError('/dev/x', new Error(message));
    expect(text).toContain(expected);
    expect(text).toContain('/dev/x');
  });
});

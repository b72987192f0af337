import { describe, expect, it } from 'vitest';
import { codeOf, WaslError } from '../../../agent/domain/errors.js';
import type { PcscEvent } from '../../../drivers/pcsc/native.js';
import { PCSC_LIMITS, PcscReader, type PcscReaderOptions } from '../../../drivers/pcsc/reader.js';
import type { ReaderEvent } from '../../../drivers/reader.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { CARD_NAME, storageCardAtr, Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import { ManualTimers, settled } from './manual-timers.js';
import { MemoryPcsc } from './memory-pcsc.js';

const FIRST = 'Virtual PCD 00 00';
const SECOND = 'Virtual PCD 00 01';

function card(serial = 1): Type2OnReader {
  return new Type2OnReader(SimulatedNtag21x.blank('ntag216', Uint8Array.of(4, 1, 2, 3, 4, 5, serial)));
}

function bench(options: Partial<PcscReaderOptions> = {}) {
  const timers = new ManualTimers();
  const service = new MemoryPcsc();
  const events: ReaderEvent[] = [];
  const reader = new PcscReader({ load: async () => service, timers, ...options });
  const start = () => reader.start((event) => events.push(event));
  /** What was told since the last look: types, with the code of what went wrong. */
  const told = () => events.splice(0).map((event) => ('code' in event ? `${event.type} ${event.code}` : event.type));
  return { timers, service, events, reader, start, told };
}

describe('which reader is ours', () => {
  it('is the first seen, until it is unplugged; then the next', async () => {
    const { service, start, told } = bench();
    service.plug(FIRST);
    service.plug(SECOND);
    await start();
    service.lay(SECOND, card());
    await settled();
    expect(told()).toEqual(['ready']);
    service.pull(FIRST);
    expect(told()).toEqual(['ready']);
    service.lift(SECOND);
    service.lay(SECOND, card(2));
    await settled();
    expect(told()).toEqual(['presented']);
  });

  it('is never a slot for a security module', async () => {
    const { timers, service, start, told } = bench();
    service.plug('ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00');
    await start();
    await timers.pass(PCSC_LIMITS.settleMs);
    expect(told()).toEqual(['unavailable ERR_READER_UNAVAILABLE']);
    service.plug('ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00');
    expect(told()).toEqual(['ready']);
  });

  it.each([
    [{ name: SECOND }, `pcsc:${SECOND}`],
    [{ prefix: 'Other' }, 'pcsc:Other*'],
  ])('is the one that %j says, and no other', async (match, name) => {
    const { timers, service, reader, start, told } = bench({ match });
    expect(reader.name).toBe(name);
    service.plug(FIRST);
    await start();
    await timers.pass(PCSC_LIMITS.settleMs);
    expect(told()).toEqual(['unavailable ERR_READER_UNAVAILABLE']);
    service.plug('name' in match ? match.name : `${match.prefix} 00 00`);
    expect(told()).toEqual(['ready']);
  });
});

describe('a reader that is missing', () => {
  const { settleMs, relookMinMs, relookMaxMs } = PCSC_LIMITS;

  it('is looked for in a new session, for the service may have told of it when nobody listened', async () => {
    const { timers, service, start, told } = bench({ match: { name: FIRST } });
    service.plug(FIRST);
    await start();
    service.pull(FIRST);
    service.plugUnnoticed(FIRST);
    expect(told()).toEqual(['ready', 'unavailable ERR_READER_UNAVAILABLE']);
    await timers.pass(relookMinMs);
    expect(told()).toEqual(['ready']);
    service.lay(FIRST, card());
    await settled();
    expect(told()).toEqual(['presented']);
    expect(service.openNow).toBe(1);
  });

  it('is looked for ever more seldom, and reported once', async () => {
    const { timers, service, start, told } = bench({ match: { name: FIRST } });
    service.plug(SECOND);
    await start();
    await timers.pass(settleMs);
    expect(told()).toEqual(['unavailable ERR_READER_UNAVAILABLE']);
    const pauses: number[] = [];
    for (let pause = relookMinMs; pauses.length < 8; pause = Math.min(pause * 2, relookMaxMs)) {
      await timers.pass(pause - 1);
      expect(service.opened).toBe(1 + pauses.length);
      await timers.pass(1);
      expect(service.opened).toBe(2 + pauses.length);
      await timers.pass(settleMs);
      pauses.push(pause);
    }
    expect(pauses.at(-1)).toBe(relookMaxMs);
    expect(told()).toEqual([]);
    service.plug(FIRST);
    expect(told()).toEqual(['ready']);
    service.pull(FIRST);
    service.plugUnnoticed(FIRST);
    await timers.pass(relookMinMs);
    expect(told()).toEqual(['unavailable ERR_READER_UNAVAILABLE', 'ready']);
  });

  it('is not looked for after the end', async () => {
    const { timers, service, reader, start } = bench({ match: { name: FIRST } });
    await start();
    await timers.pass(settleMs);
    await reader.stop();
    await timers.pass(relookMaxMs * 2);
    expect([service.opened, service.openNow]).toEqual([1, 0]);
  });
});

describe('a card that we do not read', () => {
  it('is reported, not passed over, and its leaving is not', async () => {
    const { service, start, told } = bench();
    service.plug(FIRST);
    await start();
    const classic = SimulatedNtag21x.blank('ntag216', Uint8Array.of(4, 1, 2, 3, 4, 5, 6));
    service.lay(FIRST, new Type2OnReader(classic, {}, storageCardAtr(CARD_NAME.mifareClassic1k)));
    await settled();
    service.lift(FIRST);
    expect(told()).toEqual(['ready', 'error ERR_CARD_UNSUPPORTED']);
    expect(service.commands).toEqual([]);
  });

  it('is reported when it does not answer to reset, or cannot be talked to', async () => {
    const { timers, service, start, told } = bench();
    service.plug(FIRST);
    await start();
    service.tell({ type: 'mute', reader: FIRST });
    service.mood = { returnCode: 0x80100016 };
    service.lay(FIRST, card());
    await timers.pass(2 * PCSC_LIMITS.removalGraceMs);
    expect(told()).toEqual(['ready', 'error ERR_CARD_IO', 'error ERR_CARD_IO']);
  });

  it('is presented after all when only its first answer failed', async () => {
    const { timers, service, start, told } = bench();
    service.plug(FIRST);
    await start();
    service.mood = { returnCode: 0x80100016 };
    service.lay(FIRST, card());
    await timers.pass(1);
    service.mood = 'well';
    await timers.pass(PCSC_LIMITS.removalGraceMs);
    expect(told()).toEqual(['ready', 'presented']);
  });
});

describe('a card that another program resets', () => {
  it('is removed and presented anew, and the old one stays lost', async () => {
    const { service, events, start, told } = bench();
    service.plug(FIRST);
    await start();
    service.lay(FIRST, card());
    await settled();
    const shown = events.at(-1);
    if (shown?.type !== 'presented' || shown.card.kind !== 'pages') throw new Error('not presented');
    told();
    service.mood = { returnCode: 0x80100068 };
    const reading = shown.card.readPages(4, 1).catch((error: unknown) => codeOf(error));
    service.mood = 'well';
    expect(await reading).toBe('ERR_CARD_LOST');
    await settled();
    expect(told()).toEqual(['removed', 'presented']);
    expect(await shown.card.readPages(4, 1).catch((error: unknown) => codeOf(error))).toBe('ERR_CARD_LOST');
  });
});

describe('a card that is lost before it was presented', () => {
  it('is looked for again while the service says that it lies there, a few times', async () => {
    const { service, start, told } = bench();
    service.plug(FIRST);
    await start();
    service.mood = { returnCode: 0x80100068 };
    service.lay(FIRST, card());
    service.mood = 'well';
    await settled();
    expect(told()).toEqual(['ready', 'presented']);
    service.lift(FIRST);
    service.mood = { returnCode: 0x80100068 };
    service.lay(FIRST, card(2));
    await settled();
    service.mood = 'well';
    await settled();
    expect(told()).toEqual(['removed']);
    service.lift(FIRST);
    service.lay(FIRST, card(3));
    await settled();
    expect(told()).toEqual(['presented']);
  });
});

describe('the PC/SC service', () => {
  it('is not heard through a session that has ended', async () => {
    const listeners: ((event: PcscEvent) => void)[] = [];
    const service = new MemoryPcsc();
    const { timers, start, told } = bench({
      load: async () => ({
        open: (listener) => {
          listeners.push(listener);
          return service.open(listener);
        },
      }),
    });
    service.plug(FIRST);
    await start();
    service.die();
    service.up = true;
    await timers.pass(PCSC_LIMITS.retryMinMs);
    told();
    const [old] = listeners;
    for (const type of ['detached', 'mute', 'empty'] as const) old?.({ type, reader: FIRST });
    old?.({ type: 'failed', message: 'late' });
    expect(told()).toEqual([]);
    expect(listeners).toHaveLength(2);
  });

  it('that is down is reported once, and tried again with pauses that double up to a limit', async () => {
    const { timers, service, start, told } = bench();
    service.up = false;
    service.plug(FIRST);
    await start();
    const attemptsAt: number[] = [];
    for (let second = 0; second < 60; second += 1) {
      await timers.pass(1_000);
      attemptsAt.push(service.attempts);
    }
    // 250 + 500 + … + 8,000 ms, then every 10 s: the first and 6 more within 15.75 s, and 4 after that.
    expect(attemptsAt.at(15)).toBe(7);
    expect(attemptsAt.at(-1)).toBe(11);
    expect(told()).toEqual(['unavailable ERR_READER_UNAVAILABLE']);
    service.up = true;
    await timers.pass(PCSC_LIMITS.retryMaxMs);
    expect(told()).toEqual(['ready']);
  });

  it('that dies takes the card with it; a new session is opened and the old one closed', async () => {
    const { timers, service, start, told } = bench();
    service.plug(FIRST);
    await start();
    service.lay(FIRST, card());
    await settled();
    service.die();
    expect(told()).toEqual(['ready', 'presented', 'removed', 'unavailable ERR_READER_UNAVAILABLE']);
    service.up = true;
    await timers.pass(PCSC_LIMITS.retryMinMs);
    expect(told()).toEqual(['ready', 'presented']);
    expect([service.opened, service.openNow]).toEqual([2, 1]);
  });

  it('whose native part is missing is said at start, which can be tried again', async () => {
    let missing = true;
    const service = new MemoryPcsc();
    service.plug(FIRST);
    const { start, told } = bench({
      load: async () => {
        if (missing) throw new WaslError('ERR_READER_UNAVAILABLE', 'not built');
        return service;
      },
    });
    await expect(start()).rejects.toMatchObject({ code: 'ERR_READER_UNAVAILABLE' });
    missing = false;
    await start();
    expect(told()).toEqual(['ready']);
  });

  it('leaves no timer and no session behind when the reader is stopped, in whatever state', async () => {
    for (const state of ['down', 'no reader', 'card'] as const) {
      const { timers, service, reader, start } = bench();
      service.up = state !== 'down';
      if (state === 'card') service.plug(FIRST);
      await start();
      if (state === 'card') service.lay(FIRST, card());
      await settled();
      await reader.stop();
      await settled();
      expect([state, timers.pending, service.openNow]).toEqual([state, 0, 0]);
    }
  });
});

describe('lights and buzzer', () => {
  async function shown(name: string) {
    const { service, reader, start } = bench();
    service.plug(name);
    await start();
    await reader.signal('granted');
    service.lay(name, card());
    await settled();
    service.commands.length = 0;
    for (const signal of ['granted', 'refused', 'attention'] as const) await reader.signal(signal);
    return service.commands;
  }

  it('of an ACR122U are used while a card lies on it, each signal in its own way', async () => {
    const commands = await shown('ACS ACR122U PICC Interface 00 00');
    expect(commands).toEqual(['ff00400e0401000101', 'ff00405d0401010201', 'ff00400d0403000101']);
  });

  it('are asked of no other reader: the same bytes might mean something else there', async () => {
    expect(await shown('HID OMNIKEY 5022 CL 00 00')).toEqual([]);
  });
});

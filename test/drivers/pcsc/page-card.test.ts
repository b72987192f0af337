import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { PcscReader } from '../../../drivers/pcsc/reader.js';
import type { PageCard, ReaderEvent } from '../../../drivers/reader.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { type ReaderQuirks, Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import { ManualTimers, settled } from './manual-timers.js';
import { MemoryPcsc } from './memory-pcsc.js';

const READER = 'ACS ACR122U PICC Interface 00 00';
const USER_PAGES = 222;

function ntag216(serial = 1): SimulatedNtag21x {
  const card = SimulatedNtag21x.blank('ntag216', Uint8Array.of(0x04, 1, 2, 3, 4, 5, serial));
  const image = card.dump();
  for (let index = 16; index < 904; index += 1) image[index] = (index * 7 + serial) & 0xff;
  card.restoreUserPages(image);
  return card;
}

/** A started driver with one reader, and the means to lay cards on it. */
async function bench() {
  const timers = new ManualTimers();
  const service = new MemoryPcsc();
  service.plug(READER);
  const events: ReaderEvent[] = [];
  const reader = new PcscReader({ load: async () => service, timers });
  await reader.start((event) => events.push(event));
  const lay = async (chip: SimulatedNtag21x, quirks: ReaderQuirks = {}): Promise<PageCard> => {
    service.lay(READER, new Type2OnReader(chip, quirks));
    await settled();
    service.commands.length = 0;
    const last = events.at(-1);
    if (last?.type !== 'presented' || last.card.kind !== 'pages') throw new Error(`not presented: ${last?.type}`);
    return last.card;
  };
  return { timers, service, events, reader, lay };
}

/** The rejection code of a call that may need time to pass. */
async function codeAfter(timers: ManualTimers, spanMs: number, call: Promise<unknown>): Promise<unknown> {
  const outcome = call.then(
    () => 'resolved',
    (error: unknown) => codeOf(error),
  );
  await timers.pass(spanMs);
  return outcome;
}

const userBytes = (card: SimulatedNtag21x) => card.dump().slice(16, 904);

describe('reading all 888 bytes', () => {
  it('takes one question and four FAST_READs the first time, four the next', async () => {
    const { service, lay } = await bench();
    const chip = ntag216();
    const card = await lay(chip);
    expect(await card.readPages(4, USER_PAGES)).toEqual(userBytes(chip));
    expect(service.commands.map((command) => command.slice(10))).toEqual([
      'd44260',
      'd4423a043f',
      'd4423a407b',
      'd4423a7cb7',
      'd4423ab8e1',
    ]);
    await card.readPages(4, USER_PAGES);
    expect(service.commands).toHaveLength(9);
  });

  it('takes 56 reads where the reader passes nothing through, which it is asked once for all cards', async () => {
    const { service, lay } = await bench();
    for (const [serial, refusals] of [
      [1, 1],
      [2, 0],
    ] as const) {
      const chip = ntag216(serial);
      const card = await lay(chip, { passesThrough: false });
      expect(await card.readPages(4, USER_PAGES)).toEqual(userBytes(chip));
      expect(service.commands.filter((command) => command.startsWith('ff00'))).toHaveLength(refusals);
      expect(service.commands.filter((command) => command.startsWith('ffb0'))).toHaveLength(56);
      service.lift(READER);
    }
  });

  it('asks for no byte beyond the last page wanted', async () => {
    const { service, lay } = await bench();
    const card = await lay(ntag216(), { passesThrough: false });
    await card.readPages(4, 1);
    await card.readPages(10, 6);
    expect(service.commands.filter((command) => command.startsWith('ffb0'))).toEqual([
      'ffb0000404',
      'ffb0000a10',
      'ffb0000e08',
    ]);
  });

  it('asks for 16 bytes and keeps what is wanted where the reader gives no fewer', async () => {
    const { service, lay } = await bench();
    const chip = ntag216();
    const card = await lay(chip, { readsShort: false });
    expect(await card.readPages(4, 1)).toEqual(chip.readPage(4));
    expect(await card.readPages(5, 1)).toEqual(chip.readPage(5));
    expect(service.commands).toEqual(['ffb0000404', 'ffb0000410', 'ffb0000510']);
  });
});

describe('a pass-through that fails', () => {
  it('on a card without GET_VERSION costs that card its speed and no other', async () => {
    const { timers, service, lay } = await bench();
    const old = ntag216(1);
    const deaf = await lay(old, { selectsAgain: false });
    old.disturbFrameAt(0);
    const reading = deaf.readPages(4, USER_PAGES);
    await timers.pass(0);
    expect(await reading).toEqual(userBytes(old));
    expect(service.commands.filter((command) => command.startsWith('ff000000')).length).toBe(1);
    service.lift(READER);
    const card = await lay(ntag216(2));
    await card.readPages(4, USER_PAGES);
    expect(service.commands).toHaveLength(5);
  });

  it('in the middle is read again in small bites, from a card that had to be woken', async () => {
    const { timers, service, lay } = await bench();
    const chip = ntag216();
    const card = await lay(chip, { selectsAgain: false });
    chip.disturbFrameAt(2);
    const reading = card.readPages(4, USER_PAGES);
    await timers.pass(0);
    expect(await reading).toEqual(userBytes(chip));
    expect(service.commands.filter((command) => command.startsWith('ffb0')).length).toBe(42);
  });

  it('without any status word is a refusal when the same card still answers', async () => {
    const { timers, service, lay } = await bench();
    const chip = ntag216();
    const card = await lay(chip);
    service.mood = { returnCode: 0x80100016 };
    const reading = card.readPages(4, USER_PAGES);
    await timers.pass(1);
    service.mood = 'well';
    await timers.pass(600);
    expect(await reading).toEqual(userBytes(chip));
    expect(service.commands.filter((command) => command.startsWith('ff000000'))).toEqual([]);
  });

  it('because the card left is ERR_CARD_LOST, and the next card is read fast', async () => {
    const { timers, service, lay } = await bench();
    const chip = ntag216();
    const card = await lay(chip);
    service.lift(READER, false);
    const reading = codeAfter(timers, 0, card.readPages(4, USER_PAGES));
    expect(await reading).toBe('ERR_CARD_LOST');
    service.tell({ type: 'empty', reader: READER });
    const next = await lay(ntag216(2));
    await next.readPages(4, USER_PAGES);
    expect(service.commands).toHaveLength(5);
  });
});

describe('a call that cannot succeed', () => {
  it('is ERR_CARD_TIMEOUT after two seconds when the reader hangs, and the card is usable when it goes on', async () => {
    const { timers, service, lay } = await bench();
    const chip = ntag216();
    const card = await lay(chip);
    service.mood = 'hangs';
    let ended = false;
    const reading = card.readPages(4, 1).finally(() => {
      ended = true;
    });
    const outcome = codeAfter(timers, 0, reading);
    await timers.pass(1_999);
    expect(ended).toBe(false);
    await timers.pass(1);
    expect(await outcome).toBe('ERR_CARD_TIMEOUT');
    service.release();
    await settled();
    expect(await card.readPages(4, 1)).toEqual(chip.readPage(4));
  });

  it('never sends a write later than it was given up', async () => {
    const { timers, service, lay } = await bench();
    const chip = ntag216();
    const card = await lay(chip);
    service.mood = 'hangs';
    const reading = codeAfter(timers, 0, card.readPages(4, 1));
    const writing = codeAfter(timers, 2_000, card.writePage(9, Uint8Array.of(9, 9, 9, 9)));
    expect(await Promise.all([reading, writing])).toEqual(['ERR_CARD_TIMEOUT', 'ERR_CARD_TIMEOUT']);
    service.release();
    await settled();
    expect(chip.transcript).toEqual([]);
  });

  it('of many slow exchanges ends after ten seconds', async () => {
    const { timers, service, lay } = await bench();
    const card = await lay(ntag216(), { passesThrough: false });
    service.mood = 'hangs';
    const outcome = codeAfter(timers, 0, card.readPages(4, USER_PAGES));
    for (let exchange = 0; exchange < 7; exchange += 1) {
      await timers.pass(1_500);
      service.release();
      service.mood = 'hangs';
      await settled();
    }
    expect(await outcome).toBe('ERR_CARD_TIMEOUT');
    expect(service.commands.length).toBeLessThan(10);
  });

  it('is ERR_CARD_LOST when the card goes while it runs, at once', async () => {
    const { service, lay } = await bench();
    const card = await lay(ntag216());
    service.mood = 'hangs';
    const reading = card.readPages(4, USER_PAGES).catch((error: unknown) => codeOf(error));
    await settled();
    service.lift(READER);
    expect(await reading).toBe('ERR_CARD_LOST');
  });

  it('is ERR_CARD_LOST when the news of the removal comes within the grace, ERR_CARD_IO when none comes', async () => {
    const { timers, service, lay } = await bench();
    const first = await lay(ntag216(1));
    service.mood = { returnCode: 0x80100016 };
    const lost = first.writePage(9, Uint8Array.of(1, 2, 3, 4)).catch((error: unknown) => codeOf(error));
    await timers.pass(599);
    service.lift(READER);
    expect(await lost).toBe('ERR_CARD_LOST');
    service.mood = 'well';
    const second = await lay(ntag216(2));
    service.mood = { returnCode: 0x80100016 };
    expect(await codeAfter(timers, 600, second.writePage(9, Uint8Array.of(1, 2, 3, 4)))).toBe('ERR_CARD_IO');
  });

  it('is ERR_CARD_LOST when another card took the place unnoticed, and that one is presented', async () => {
    const { timers, service, events, lay } = await bench();
    const card = await lay(ntag216(1));
    const other = ntag216(2);
    other.powerOff();
    service.swapUnnoticed(READER, new Type2OnReader(other));
    expect(await codeAfter(timers, 0, card.readPages(4, 1))).toBe('ERR_CARD_LOST');
    await settled();
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['removed', 'presented']);
    const last = events.at(-1);
    expect(last?.type === 'presented' && last.card.kind === 'pages' && last.card.uid).toEqual(other.uid);
  });
});

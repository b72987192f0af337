import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { loadNfcPcsc } from '../../../drivers/pcsc/nfc-pcsc.js';
import { PcscReader } from '../../../drivers/pcsc/reader.js';
import type { PageCard } from '../../../drivers/reader.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { CARD_NAME, storageCardAtr, Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import { type PrivatePcscd, startPrivatePcscd } from '../../../simulators/readers/pcscd.js';
import { VpcdSlot } from '../../../simulators/readers/vpcd.js';
import { EventRecorder } from '../../compliance/reader-bench.js';
import { describeWithPcscd, systemTimers } from './virtual-reader.js';

const describeReal = await describeWithPcscd('usb');
const USER_PAGES = 222;

function ntag216(): SimulatedNtag21x {
  const card = SimulatedNtag21x.blank('ntag216', Uint8Array.of(0x04, 0x9d, 0x31, 0xa2, 0x5c, 0x6e, 0x80));
  const image = card.dump();
  for (let index = 16; index < 904; index += 1) image[index] = (index * 11) & 0xff;
  card.restoreUserPages(image);
  return card;
}

describeReal('the PC/SC driver and a real pcscd', () => {
  let pcscd: PrivatePcscd;
  let slot: VpcdSlot;
  let reader: PcscReader;
  let seen: EventRecorder;

  beforeAll(async () => {
    pcscd = await startPrivatePcscd({ attached: 'usb' });
    process.env.PCSCLITE_CSOCK_NAME = pcscd.socketPath;
    slot = new VpcdSlot(pcscd.readers[0].address, systemTimers);
    reader = new PcscReader({
      load: loadNfcPcsc(),
      timers: systemTimers,
      match: { prefix: 'Virtual PCD' },
      limits: { retryMaxMs: 250 },
    });
  });

  afterEach(async () => {
    await reader.stop();
    slot.remove();
  });

  afterAll(async () => {
    await pcscd.stop();
  });

  async function presented(chip: SimulatedNtag21x, front = new Type2OnReader(chip)): Promise<PageCard> {
    seen = new EventRecorder(10_000);
    await reader.start(seen.listener);
    await slot.insert(front);
    return nextCard();
  }

  async function nextCard(): Promise<PageCard> {
    const { card } = await seen.until('presented');
    if (card.kind !== 'pages') throw new Error('not a card with pages');
    return card;
  }

  it.each([
    [true, 5],
    [false, 57],
  ])(
    'reads all 888 bytes; pass-through %s makes it %i exchanges, one of them a question',
    async (passesThrough, exchanges) => {
      const chip = ntag216();
      const front = new Type2OnReader(chip, { passesThrough });
      const card = await presented(chip, front);
      const before = front.exchanges;
      expect(await card.readPages(4, USER_PAGES)).toEqual(chip.dump().slice(16, 904));
      expect(front.exchanges - before).toBe(exchanges);
    },
  );

  it.each(['KILL', 'TERM'] as const)(
    'come together again after %s, with the card that still lies there',
    async (mishap) => {
      const chip = ntag216();
      const before = await presented(chip);
      await pcscd.signal(mishap);
      await seen.expect('removed');
      await seen.expect('unavailable');
      expect(await before.readPages(4, 1).catch(codeOf)).toBe('ERR_CARD_LOST');
      await pcscd.start();
      await seen.expect('ready');
      const after = await nextCard();
      expect(await after.readPages(4, 20)).toEqual(chip.dump().slice(16, 96));
    },
  );

  it('lose a card that is taken away in the middle of an exchange', async () => {
    const chip = ntag216();
    let asked: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const front = new Type2OnReader(chip);
    const stuck = { atr: front.atr, powerOn: () => front.powerOn(), powerOff: () => front.powerOff() };
    const transmit = (apdu: Uint8Array): Uint8Array | Promise<Uint8Array> => {
      if (apdu[1] !== 0xb0) return front.transmit(apdu);
      asked();
      return new Promise(() => undefined);
    };
    seen = new EventRecorder(10_000);
    await reader.start(seen.listener);
    await slot.insert({ ...stuck, transmit });
    const card = await nextCard();
    const reading = card.readPages(4, 1).catch(codeOf);
    await reached;
    slot.remove();
    expect(await reading).toBe('ERR_CARD_LOST');
  });

  it('come back after the reader was pulled out and put back, while pcscd runs on', {
    timeout: 60_000,
  }, async () => {
    const chip = ntag216();
    const before = await presented(chip);
    await pcscd.unplug('Virtual PCD');
    await seen.expect('removed');
    expect(await before.readPages(4, 1).catch(codeOf)).toBe('ERR_CARD_LOST');
    for (;;) if ((await seen.until('unavailable')).message.includes('is attached')) break;
    await pcscd.plug('Virtual PCD');
    await seen.until('ready');
    expect(await (await nextCard()).readPages(4, 20)).toEqual(chip.dump().slice(16, 96));
  });

  it('report a card of another kind', async () => {
    seen = new EventRecorder(10_000);
    await reader.start(seen.listener);
    await slot.insert(new Type2OnReader(ntag216(), {}, storageCardAtr(CARD_NAME.mifareClassic1k)));
    await seen.expect('ready');
    const { code, message } = await seen.expect('error');
    expect([code, message]).toEqual(['ERR_CARD_UNSUPPORTED', 'this reader holds MIFARE Classic 1K']);
  });
});

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { loadNfcPcsc } from '../../../drivers/pcsc/nfc-pcsc.js';
import { PcscReader } from '../../../drivers/pcsc/reader.js';
import type { PageCard } from '../../../drivers/reader.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import { type PrivatePcscd, startPrivatePcscd } from '../../../simulators/readers/pcscd.js';
import { VpcdSlot } from '../../../simulators/readers/vpcd.js';
import { EventRecorder } from '../../compliance/reader-bench.js';
import { describeWithPcscd, systemTimers } from './virtual-reader.js';

const describeReal = await describeWithPcscd();
const TIMEOUT_MS = 300;

describeReal('the PC/SC driver and a pcscd that hangs', () => {
  let pcscd: PrivatePcscd;
  let slot: VpcdSlot;
  let reader: PcscReader;
  let seen: EventRecorder;

  beforeAll(async () => {
    pcscd = await startPrivatePcscd();
    process.env.PCSCLITE_CSOCK_NAME = pcscd.socketPath;
    slot = new VpcdSlot(pcscd.readers[0].address, systemTimers);
    reader = new PcscReader({ load: loadNfcPcsc(), timers: systemTimers, limits: { timeoutMs: TIMEOUT_MS } });
  });

  afterEach(async () => {
    await reader.stop();
    slot.remove();
    // Native objects of this test may be collected in the next one, and then say good-bye to the daemon: to one that hangs, for ever.
    await pcscd.signal('KILL');
    await pcscd.start();
  });

  afterAll(async () => {
    await pcscd.stop();
  });

  async function presented(chip: SimulatedNtag21x): Promise<PageCard> {
    seen = new EventRecorder(10_000);
    await reader.start(seen.listener);
    await slot.insert(new Type2OnReader(chip));
    const { card } = await seen.until('presented');
    if (card.kind !== 'pages') throw new Error('not a card with pages');
    return card;
  }

  function ntag216(): SimulatedNtag21x {
    return SimulatedNtag21x.blank('ntag216', Uint8Array.of(0x04, 0x9d, 0x31, 0xa2, 0x5c, 0x6e, 0x80));
  }

  it('part for as long as the daemon hangs: calls time out, nothing blocks, then the same card goes on', async () => {
    const chip = ntag216();
    const card = await presented(chip);
    await pcscd.signal('STOP');
    expect(await card.readPages(4, 4).catch(codeOf)).toBe('ERR_CARD_TIMEOUT');
    expect(await card.writePage(9, Uint8Array.of(1, 2, 3, 4)).catch(codeOf)).toBe('ERR_CARD_TIMEOUT');
    await pcscd.signal('CONT');
    expect(await card.readPages(9, 1)).toEqual(chip.readPage(9));
    expect(chip.transcript).toEqual([]);
  });

  it('are not opened while the daemon hangs, and are when it goes on', async () => {
    await pcscd.signal('STOP');
    seen = new EventRecorder(10_000);
    await reader.start(seen.listener);
    const { message } = await seen.expect('unavailable');
    expect(message).toContain('hangs');
    await pcscd.signal('CONT');
    await seen.until('ready');
  });

  it('can be parted for good while the daemon hangs', async () => {
    await presented(ntag216());
    await pcscd.signal('STOP');
    const events = seen.events.length;
    await reader.stop();
    await pcscd.signal('CONT');
    expect(seen.events.slice(events)).toEqual([]);
  });
});

/** What the suite for all readers leaves open for the sample driver: its deadlines, and devices that are no such reader. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemTimers } from '../../agent/system.js';
import { blankCard, EventRecorder } from '../compliance/reader-bench.js';
import { NetworkReader, type NetworkReaderLimits } from './sample-driver.js';
import { SimulatedBox } from './simulated-box.js';

const PATIENT_MS = 60_000;

describe('the sample driver, against a reader that fails', () => {
  let box: SimulatedBox;
  let reader: NetworkReader | null = null;

  beforeEach(async () => {
    box = new SimulatedBox();
    await box.plug();
  });

  afterEach(async () => {
    await reader?.stop();
    await box.unplug();
  });

  async function started(limits: Partial<NetworkReaderLimits>): Promise<EventRecorder> {
    reader = new NetworkReader({ host: '127.0.0.1', port: box.port, timers: systemTimers, retryMinMs: 5, ...limits });
    const seen = new EventRecorder(PATIENT_MS);
    await reader.start(seen.listener);
    return seen;
  }

  it('gives up on a command at its deadline, takes no late answer for another, and connects again', async () => {
    const seen = await started({ timeoutMs: 300, pingMs: PATIENT_MS });
    await seen.until('ready');
    box.present(blankCard('ntag216', 1));
    const { card } = await seen.expect('presented');
    if (card.kind !== 'pages') throw new Error('this is no card with pages');
    box.faults.isSilent = true;
    const reading = [card.readPages(4, 4), card.writePage(5, new Uint8Array(4))];
    const [read, written] = await Promise.allSettled(reading);
    expect(read).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CARD_TIMEOUT' } });
    expect(written).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CARD_LOST' } });
    await seen.expect('removed');
    await seen.expect('unavailable');
    box.faults.isSilent = false;
    await seen.until('ready');
    const again = await seen.until('presented');
    expect(again.card.kind === 'pages' && (await again.card.readPages(4, 1))).toHaveLength(4);
  });

  it('notices that nobody answers any more, although nothing was asked of a card', async () => {
    box.faults.isSilent = true;
    const seen = await started({ timeoutMs: 300, pingMs: 5 });
    expect((await seen.until('unavailable')).code).toBe('ERR_READER_UNAVAILABLE');
  });

  it.each([
    ['greets otherwise', 'HTTP/1.1 400 Bad Request\r\n'],
    ['presents a card before it greets', '+04517A2C916E01\r\n'],
    ['sends a line without an end', 'C'.repeat(81)],
    ['answers before it was asked', 'CARDS 1\r\n=00\r\n'],
    ['tells a UID of a length that there is not', 'CARDS 1\r\n+0451\r\n'],
    ['does not greet at all', ''],
  ])('is unavailable at a device that %s, and presents nothing', async (_, greeting) => {
    box.faults.greeting = greeting;
    const seen = await started({ timeoutMs: 300 });
    expect((await seen.until('unavailable')).code).toBe('ERR_READER_UNAVAILABLE');
    expect(seen.events.filter(({ type }) => type === 'presented')).toEqual([]);
  });

  it('calls an answer of the wrong length ERR_CARD_IO', async () => {
    const seen = await started({ timeoutMs: PATIENT_MS, pingMs: PATIENT_MS });
    await seen.until('ready');
    box.present(blankCard('ntag216', 1));
    const { card } = await seen.expect('presented');
    if (card.kind !== 'pages') throw new Error('this is no card with pages');
    box.faults.isSilent = true;
    const reading = card.readPages(4, 4);
    box.say('=0011\r\n');
    await expect(reading).rejects.toMatchObject({ code: 'ERR_CARD_IO' });
  });
});

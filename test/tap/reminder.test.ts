/** A card that nears its end: the holder is told by the policy's days, and the event says so, also when the tap was cut. */
import { describe, expect, it } from 'vitest';
import type { WaslEvent } from '../../agent/domain/event.js';
import { tornKeepsOld } from '../../simulators/cards/ntag21x-faults.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { freshCard, openDesk, type TestDesk, testTrust } from '../support/desk.js';
import { NOW } from '../support/people.js';

const S_PER_DAY = 86_400;

async function redemptions(bench: TestDesk): Promise<Extract<WaslEvent, { type: 'redemption' }>[]> {
  const epoch = bench.journal.epochs().at(-1)?.name ?? '';
  const read = await bench.journal.readEvents(epoch, 1, { countMax: 100, bytesMax: 100_000 });
  return read.map(({ bytes }) => decodeEvent(bytes)).filter((event) => event.type === 'redemption');
}

describe('a card that nears its end', () => {
  it.each([
    [31, undefined],
    [30, 30],
    [1, 1],
  ])('%s days before it: the offer, the green screen and the event tell %s', async (days, told) => {
    const bench = await openDesk({ trust: testTrust({ remindDays: 30 }) });
    const card = await freshCard({ expiresAt: NOW + days * S_PER_DAY });
    const offered = await bench.lay(card);
    expect(offered).toMatchObject({ name: 'offer' });
    expect('remindDays' in offered ? offered.remindDays : undefined).toBe(told);
    const granted = await bench.take(3);
    expect(granted).toMatchObject({ name: 'granted' });
    expect('remindDays' in granted ? granted.remindDays : undefined).toBe(told);
    const [event] = await redemptions(bench);
    expect(event?.details?.isReminded).toBe(told === undefined ? undefined : true);
  });

  it('is told of by the event of a tap that was cut and finished after a restart', async () => {
    const bench = await openDesk({ trust: testTrust({ remindDays: 30 }) });
    const card = await freshCard({ expiresAt: NOW + 12 * S_PER_DAY });
    await bench.lay(card);
    card.tearAt(3, { bits: tornKeepsOld });
    expect((await bench.take(3)).name).toBe('unresolved');
    card.clearFaults();
    await bench.journal.close();
    await bench.start();
    expect(await bench.lay(card)).toMatchObject({ name: 'granted', remindDays: 12 });
    expect((await redemptions(bench)).map(({ details }) => details?.isReminded)).toEqual([true]);
  });
});

/** What the uplink does when the broker is there and the centre is not, and how long it waits where the broker cannot tell. */
import { describe, expect, it } from 'vitest';
import type { Link, Published } from '../../../sync/link/link.js';
import { readSealedBatch } from '../../../sync/protocol/batch.js';
import { ackTopic, batchTopic } from '../../../sync/protocol/topics.js';
import type { UplinkLimits } from '../../../sync/uplink/parts.js';
import { virtualTime } from '../../support/virtual-time.js';
import {
  servicesAt,
  servicesOf,
  startCentre,
  startTerminal,
  TERMINAL,
  type TestCentre,
  untilAcknowledged,
} from './bench.js';

const sentBy = ({ broker }: TestCentre): { first: number; last: number }[] =>
  broker.published.filter(({ topic }) => topic === batchTopic(TERMINAL)).map(({ payload }) => readSealedBatch(payload));

/** A link whose broker says `told` about each message. */
function saying(told: () => Published): (link: Link) => Link {
  return (link) => ({
    connect: async (handlers) => {
      const session = await link.connect(handlers);
      const publish = async (topic: string, payload: Uint8Array) => {
        const said = told();
        await session.publish(topic, payload);
        return said;
      };
      return { ...session, publish };
    },
  });
}

/** As that to a broker of MQTT 5, which tells that nobody is subscribed. */
const telling = (isThere: () => boolean): ((link: Link) => Link) => saying(() => ({ heard: isThere() }));

/** A world behind a broker of MQTT 3.1.1. */
async function startMuteWorld(limits: Partial<UplinkLimits>) {
  const time = virtualTime();
  const centre = await startCentre(time);
  await time.settle();
  const terminal = await startTerminal(time, centre.broker, { limits, link: saying(() => ({ heard: null })) });
  return { time, centre, terminal };
}

describe('a batch that nobody heard', () => {
  it('is sent again after a short rest, however long an acknowledgement may take', async () => {
    const time = virtualTime();
    const centre = await startCentre(time);
    await centre.stopBridge();
    let there = false;
    const terminal = await startTerminal(time, centre.broker, {
      limits: { ackTimeoutMs: 600_000 },
      link: telling(() => there),
    });
    await terminal.serve(20);
    await time.advance(2_000);
    expect(terminal.uplink.status()).toMatchObject({ connection: 'online', backlog: 21, problem: 'ERR_BROKER' });
    centre.startBridge();
    there = true;
    // The first rest is five seconds at most.
    expect(await untilAcknowledged(time, [terminal])).toBeLessThan(10_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 20));
    expect(terminal.uplink.status().problem).toBeNull();
  });

  it('is followed by one batch at a time, ever more rarely, while nobody is there', async () => {
    const time = virtualTime();
    const centre = await startCentre(time);
    await centre.stopBridge();
    const terminal = await startTerminal(time, centre.broker, { link: telling(() => false) });
    await terminal.serve(2_000);
    await time.advance(4 * 3_600_000);
    const attempts = sentBy(centre);
    // Those of the first window, then one for each rest.
    expect(attempts.length).toBeGreaterThan(10);
    expect(attempts.length).toBeLessThan(80);
    expect(attempts.slice(4).every(({ first }) => first === 1)).toBe(true);
    expect(terminal.uplink.load().batches).toBeLessThanOrEqual(1);
  });
});

describe('a batch that was heard', () => {
  it('is given all the time there is, so that a busy centre does not get busier', async () => {
    const time = virtualTime();
    const centre = await startCentre(time);
    const terminal = await startTerminal(time, centre.broker, {
      limits: { ackTimeoutMs: 60_000, backoff: { baseMs: 1, maxMs: 1 } },
      link: telling(() => true),
    });
    await untilAcknowledged(time, [terminal]);
    centre.broker.tamper = (message) => (message.topic === ackTopic(TERMINAL) ? [] : [message]);
    await terminal.serve(3);
    const before = sentBy(centre).length;
    await time.advance(55_000);
    expect(sentBy(centre)).toHaveLength(before + 1);
    await time.advance(10_000);
    expect(sentBy(centre)).toHaveLength(before + 2);
  });
});

describe('a broker that cannot tell', () => {
  it('costs ten seconds instead of a minute once the centre is known to be quick', async () => {
    const { time, centre, terminal } = await startMuteWorld({ ackTimeoutMs: 60_000 });
    await untilAcknowledged(time, [terminal]);
    await centre.stopBridge();
    await terminal.serve(3);
    await time.advance(2_000);
    expect(terminal.uplink.load()).toMatchObject({ batches: 1, events: 3, bytes: 0 });
    centre.startBridge();
    expect(await untilAcknowledged(time, [terminal])).toBeLessThan(20_000);
  });

  it('costs longer each time the centre stays silent, up to what is allowed', async () => {
    const { time, centre, terminal } = await startMuteWorld({
      ackTimeoutMs: 60_000,
      backoff: { baseMs: 1, maxMs: 1 },
    });
    await untilAcknowledged(time, [terminal]);
    centre.broker.tamper = (message) => (message.topic === ackTopic(TERMINAL) ? [] : [message]);
    await terminal.serve(3);
    const sentAtMs: number[] = [];
    for (let seen = sentBy(centre).length; time.elapsedMs() < 400_000; ) {
      await time.advance(500);
      if (sentBy(centre).length > seen) sentAtMs.push(time.elapsedMs());
      seen = sentBy(centre).length;
    }
    const waits = sentAtMs.slice(1).map((atMs, index) => Math.round((atMs - (sentAtMs[index] ?? 0)) / 1_000));
    expect(waits.slice(0, 5)).toEqual([10, 20, 40, 60, 60]);
  });
});

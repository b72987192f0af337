/** A terminal whose broker is there and whose bridge is not, over real brokers: after a restart terminals are often back first. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UplinkLimits } from '../../../sync/uplink/parts.js';
import { COUCH_TURN_MS } from '../../support/central.js';
import { hasMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { eventually } from '../../support/system.js';
import { embeddedBroker, servicesOf, startSite, type TestBroker, type TestSite } from '../site.js';

let site: TestSite;
beforeAll(async () => {
  site = await startSite();
}, COUCH_TURN_MS);
afterEach(() => site.clear());
afterAll(() => site?.close());

vi.setConfig({ testTimeout: 240_000 });

async function isHeardOnceTheBridgeIsBack(broker: TestBroker, limits: Partial<UplinkLimits>): Promise<void> {
  const terminal = await site.terminal(broker, broker.port, limits);
  const bridge = await site.bridge(broker);
  await terminal.acknowledged();
  await bridge.stop();
  await terminal.serve(40);
  await eventually(
    'it knows that it is not heard, and stays connected',
    () => terminal.uplink.status().problem === 'ERR_BROKER' && terminal.uplink.status().connection === 'online',
    60_000,
  );
  expect(terminal.journal.state().backlog).toBe(40);
  await site.bridge(broker);
  await terminal.acknowledged();
  expect(terminal.uplink.status().problem).toBeNull();
  expect(await site.audited([terminal])).toEqual({ problems: [], gaps: [], services: servicesOf([terminal], 40) });
}

describe('behind the embedded broker, which cannot tell', () => {
  it('a terminal finds out by silence, and sends again', async () => {
    const broker = await embeddedBroker();
    site.later(() => broker.close());
    await isHeardOnceTheBridgeIsBack(broker, { ackTimeoutMs: 2_000 });
  });
});

describe.runIf(hasMosquitto())('behind Mosquitto, which tells', () => {
  it('a terminal sends again long before it would have given up waiting', async () => {
    const broker = await startMosquitto();
    site.later(() => broker.close());
    await isHeardOnceTheBridgeIsBack(broker, { ackTimeoutMs: 3_600_000 });
  });

  it('so does one that is back before the bridge after the broker died', async () => {
    const broker = await startMosquitto();
    site.later(() => broker.close());
    const bridge = await site.bridge(broker);
    const terminal = await site.terminal(broker, broker.port, { ackTimeoutMs: 3_600_000 });
    await terminal.acknowledged();
    await broker.kill();
    await bridge.stop();
    await terminal.serve(40);
    await broker.restart();
    await eventually('it is back', () => terminal.uplink.status().connection === 'online', 60_000);
    await site.bridge(broker);
    await terminal.acknowledged();
    expect(await site.audited([terminal])).toEqual({ problems: [], gaps: [], services: servicesOf([terminal], 40) });
  });
});

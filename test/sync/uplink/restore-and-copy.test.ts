/** A centre that was put back while two machines used one identity. Found by the simulation. */
import { expect, it } from 'vitest';
import { beginIncarnation } from '../../../sync/bridge/registry.js';
import { servicesAt, servicesOf, startTerminal, startWorld, untilAcknowledged } from './bench.js';

it('what an earlier life of the centre acknowledged is said again when a copy has taken its place meanwhile', async () => {
  const { time, centre, terminal } = await startWorld();
  await terminal.serve(10);
  await untilAcknowledged(time, [terminal]);
  const image = terminal.disk.clone();
  const backup = centre.store.backup();
  await terminal.serve(5);
  await untilAcknowledged(time, [terminal]);
  await terminal.uplink.stop();

  await centre.stopBridge();
  centre.store.restore(backup);
  await beginIncarnation(centre.store, time.clock);
  centre.startBridge();
  const copy = await startTerminal(time, centre.broker, { disk: image, seed: 'copy' });
  await copy.serve(7);
  await untilAcknowledged(time, [copy]);

  terminal.uplink.start();
  await terminal.serve(1);
  await untilAcknowledged(time, [terminal]);
  const all = new Set([...servicesOf('terminal', 16), ...servicesOf('copy', 7)]);
  expect(servicesAt(centre.store)).toEqual(all);
});

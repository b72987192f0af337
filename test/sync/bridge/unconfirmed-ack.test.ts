/** A broker that loses its confirmation of an acknowledgement. Found by the simulation. */
import { expect, it } from 'vitest';
import { servicesAt, servicesOf, startWorld, untilAcknowledged } from '../uplink/bench.js';

it('keeps a terminal waiting for a while, and not for ever', async () => {
  const { time, centre, terminal } = await startWorld();
  await untilAcknowledged(time, [terminal]);
  centre.broker.confirms = ({ topic }) => !topic.endsWith('/ack');
  await terminal.serve(1);
  await time.advance(5_000);
  centre.broker.confirms = () => true;
  await terminal.serve(1);
  await untilAcknowledged(time, [terminal], 600_000);
  expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 2));
});

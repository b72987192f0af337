/** What is said again in a new epoch, and that it is said once, whatever is cut whenever. */
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { servicesAt, servicesOf, startTerminal, startWorld, type TestTerminal, untilAcknowledged } from './bench.js';

const HOUR = 3_600_000;

const union = (...sets: readonly Set<string>[]): Set<string> => new Set(sets.flatMap((set) => [...set]));

describe('a new epoch after a mismatch', () => {
  /** A terminal whose disk was put back, with `unsent` events that the centre does not have; its links are down. */
  async function forked(unsent: number) {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(30);
    await untilAcknowledged(time, [terminal]);
    const image = terminal.disk.clone();
    await terminal.serve(40);
    await untilAcknowledged(time, [terminal]);
    await terminal.crash();
    centre.broker.setDown(true);
    const restored = await startTerminal(time, centre.broker, { disk: image, seed: 'restored' });
    await restored.serve(unsent);
    return { time, centre, restored };
  }

  it('says each event again exactly once, even when the power is cut at any moment of it', async () => {
    // Measured once without a cut, then cut at every call that changes the disk.
    const calm = await forked(250);
    const before = calm.restored.disk.calls;
    const changes: number[] = [];
    calm.restored.disk.plan = ({ index, operation }) => {
      if (operation !== 'read') changes.push(index - before);
      return 'go';
    };
    calm.centre.broker.setDown(false);
    await untilAcknowledged(calm.time, [calm.restored], HOUR);
    expect(changes.length).toBeGreaterThan(5);

    for (const cutAt of changes) {
      const { time, centre, restored } = await forked(250);
      const { disk } = restored;
      const start = disk.calls;
      disk.plan = ({ index }) => (index === start + cutAt ? 'cut' : 'go');
      centre.broker.setDown(false);
      await time.advance(20 * 60_000);
      await restored.uplink.stop();
      disk.plan = () => 'go';
      const again = await startTerminal(time, centre.broker, { disk, seed: 'after the cut' });
      await untilAcknowledged(time, [again], HOUR);
      expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 70), servicesOf('restored', 250)));
      const said = await everyServiceOf(again);
      expect(said.length, `cut at call ${cutAt}`).toBe(new Set(said).size);
    }
  }, 120_000);

  /** Services in the epochs that the centre did not refuse: all but the first. */
  async function everyServiceOf({ journal }: TestTerminal): Promise<string[]> {
    const found: string[] = [];
    for (const epoch of journal.epochs().slice(1)) {
      let events = await journal.readEvents(epoch.name, 1, { countMax: 1_000, bytesMax: 1_000_000 });
      while (events.length > 0) {
        for (const { bytes } of events) {
          const event = decodeEvent(bytes);
          if (event.type === 'redemption') found.push(`${event.card}/${event.ledgerSequence}/${event.time}`);
        }
        const next = (events.at(-1)?.seq ?? 0) + 1;
        events = await journal.readEvents(epoch.name, next, { countMax: 1_000, bytesMax: 1_000_000 });
      }
    }
    return found;
  }

  it('waits while the disk is full, and goes on when there is room', async () => {
    const { time, centre, restored } = await forked(50);
    restored.disk.plan = ({ operation }) => (operation === 'write' ? 'ENOSPC' : 'go');
    centre.broker.setDown(false);
    await time.advance(HOUR);
    expect(restored.journal.state().backlog).toBeGreaterThan(0);
    restored.disk.plan = () => 'go';
    await untilAcknowledged(time, [restored], HOUR);
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 70), servicesOf('restored', 50)));
  });
});

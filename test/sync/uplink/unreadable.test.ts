/** Events that the disk no longer gives back, though the journal counted on them when it was opened. Found by the simulation. */
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { servicesAt, servicesOf, startWorld, untilAcknowledged } from './bench.js';

const HOUR = 3_600_000;

/** Spoils a byte in the frame of the `n`-th service: each was recorded by itself, in order, and all of them are about as long. */
function spoil(disk: Awaited<ReturnType<typeof startWorld>>['terminal']['disk'], place: number): void {
  const [segment = ''] = disk.files().filter((path) => path.endsWith('.seg'));
  const bytes = disk.peek(segment);
  const used = bytes.findLastIndex((byte) => byte !== 0);
  disk.spoil(segment, Math.floor(1_024 + (used - 1_024) * place), 0xff);
}

describe('an event that has become unreadable while the terminal runs', () => {
  it('does not keep the others from the centre: what can be read of its epoch goes on in a new one', async () => {
    const { time, centre, terminal } = await startWorld();
    await untilAcknowledged(time, [terminal]);
    centre.broker.setDown(true);
    for (let index = 0; index < 12; index += 1) await terminal.serve(1);
    spoil(terminal.disk, 0.5);
    centre.broker.setDown(false);
    await untilAcknowledged(time, [terminal], HOUR);
    const there = servicesAt(centre.store);
    const all = servicesOf('terminal', 12);
    expect([...there].every((service) => all.has(service))).toBe(true);
    expect(there.size).toBe(11);
    expect(terminal.problems.map(codeOf)).toContain('ERR_JOURNAL_DAMAGED');
    expect(terminal.journal.epochs()).toHaveLength(2);
  });

  it('costs nothing more when it was the last one that the centre has: nothing can be chained on it any more', async () => {
    const { time, centre, terminal } = await startWorld();
    for (let index = 0; index < 6; index += 1) await terminal.serve(1);
    await untilAcknowledged(time, [terminal]);
    spoil(terminal.disk, 0.97);
    await terminal.serve(3);
    await untilAcknowledged(time, [terminal], HOUR);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 9));
  });
});

/** Shifts over a journal: real taps at a desk, restarts, and a power cut at every write and sync of the disk. */
import { describe, expect, test } from 'vitest';
import { journalShifts } from '../../../agent/journal/books/shift.js';
import { journalStock } from '../../../agent/journal/books/stock.js';
import type { ShiftRules } from '../../../agent/services/shift.js';
import type { SimulatedCard } from '../../../simulators/cards/media.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { freshCard, openDesk, type TestDesk } from '../../support/desk.js';
import { seededRandom } from '../samples.js';

const RULES: ShiftRules = { isRequired: false, takesCash: true, cashDifferenceMax: 0, stockDifferenceMax: 0 };

const shiftsAt = (desk: TestDesk, rules = RULES) =>
  journalShifts({ journal: desk.journal, random: seededRandom(5), rules, nowMs: () => desk.clock.ms });

const count = (counted: number) => ({
  ...{ counted, stock: [], closedBy: 4, supervisor: 0 },
  reason: 'none' as const,
});

async function serve(desk: TestDesk, card: SimulatedCard, loaves: number): Promise<void> {
  await desk.lay(card);
  const granted = await desk.take(loaves);
  if (granted.name !== 'granted') throw new Error(granted.name);
  await desk.tap.handover(granted.tapId);
  desk.tap.removed();
}

async function eventsOf({ journal }: TestDesk) {
  const events = [];
  for (const { name } of journal.epochs())
    for (const { bytes } of await journal.readEvents(name, 1, { countMax: 1_000, bytesMax: 1_000_000 }))
      events.push(decodeEvent(bytes));
  return events;
}

describe('a shift', () => {
  test('is what stands between its two events, over a restart', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await serve(desk, card, 3);
    const { id } = await shiftsAt(desk).open({ operator: 4, float: 20_000 });
    await serve(desk, card, 2);
    await desk.journal.close();
    await desk.start();
    desk.clock.ms += 3_600_000;
    await serve(desk, card, 1);
    const shifts = shiftsAt(desk);
    expect(shifts.current()).toMatchObject({ id, operator: 4, float: 20_000 });
    expect((await shifts.running()).tally).toMatchObject({ services: 2, goods: [{ commodity: 1, out: 3, back: 0 }] });
    const closed = await shifts.close(id, count(20_000));
    expect((await eventsOf(desk)).at(-1)).toEqual(closed);
    expect(closed).toMatchObject({ phase: 'closed', shift: id, closedBy: 4, tally: { services: 2 } });
    expect(shifts.current()).toBeNull();
    await expect(shifts.running()).rejects.toMatchObject({ code: 'ERR_SHIFT_NONE' });
  });

  test('is one at a time, and fits the desk', async () => {
    const desk = await openDesk();
    const shifts = shiftsAt(desk);
    const [first, second] = await Promise.allSettled([
      shifts.open({ operator: 4, float: 0 }),
      shifts.open({ operator: 5, float: 0 }),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'ERR_SHIFT_OPEN' } });
    await expect(shifts.close('00'.repeat(8), count(0))).rejects.toMatchObject({ code: 'ERR_SHIFT_NONE' });
    const noMoney = shiftsAt(await openDesk(), { ...RULES, takesCash: false });
    await expect(noMoney.open({ operator: 4, float: 5 })).rejects.toMatchObject({ code: 'ERR_QUANTITY' });
    await expect(noMoney.open({ operator: 4, float: null })).resolves.toMatchObject({ float: null });
  });

  test('stays open while what is missing has nobody to answer for it, and records the count with the closing', async () => {
    const desk = await openDesk();
    const stock = journalStock({ journal: desk.journal, nowMs: () => desk.clock.ms });
    await stock.record({
      kind: 'delivery',
      items: [{ commodity: 1, quantity: 50 }],
      reference: null,
      operator: 2,
    });
    const shifts = shiftsAt(desk);
    const { id } = await shifts.open({ operator: 4, float: 1_000 });
    await serve(desk, await freshCard(), 4);
    const counted = { ...count(1_000), stock: [{ commodity: 1, quantity: 45 }] };
    await expect(shifts.close(id, counted)).rejects.toMatchObject({ code: 'ERR_SHIFT_DIFFERENCE' });
    expect(shifts.current()).not.toBeNull();
    await shifts.close(id, { ...counted, supervisor: 2, reason: 'loss' });
    const [goods, closed] = (await eventsOf(desk)).slice(-2);
    expect(goods).toMatchObject({ type: 'stock', kind: 'count', operator: 2, items: [{ quantity: 45, before: 46 }] });
    expect(closed).toMatchObject({ type: 'shift', supervisor: 2, reason: 'loss' });
    expect(await stock.book()).toMatchObject([{ commodity: 1, onHand: 45 }]);
  });

  test('is open or closed after a power cut at any call of the disk, never half of it', async () => {
    const outcomes = new Set<string>();
    for (let cut = 0, isOver = false; !isOver; cut += 1) {
      const desk = await openDesk();
      const { id } = await shiftsAt(desk).open({ operator: 4, float: 1_000 });
      await serve(desk, await freshCard(), 2);
      const before = desk.disk.calls;
      desk.disk.plan = ({ index, operation }) => (operation !== 'read' && index === before + cut ? 'cut' : 'go');
      const lost = { ...count(1_000), stock: [{ commodity: 1, quantity: 0 }], supervisor: 2, reason: 'loss' } as const;
      const ended = await Promise.allSettled([shiftsAt(desk).close(id, lost)]);
      isOver = ended[0].status === 'fulfilled';
      desk.disk.plan = () => 'go';
      if (isOver) await desk.journal.close();
      await desk.start();
      const { shift } = desk.journal.state();
      const types = (await eventsOf(desk))
        .map(({ type }) => type)
        .filter((type) => type === 'shift' || type === 'stock');
      expect(types).toEqual(shift === null ? ['shift', 'stock', 'shift'] : ['shift']);
      if (isOver) expect(shift).toBeNull();
      outcomes.add(shift === null ? 'closed' : 'open');
      if (shift === null) continue;
      expect((await shiftsAt(desk).running()).tally).toMatchObject({ services: 1, isWhole: true });
      await shiftsAt(desk).close(id, count(1_000));
      expect(desk.journal.state().shift).toBeNull();
    }
    expect([...outcomes].sort()).toEqual(['closed', 'open']);
  });
});

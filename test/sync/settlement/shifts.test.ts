/** Shifts at the centre: what is listed, and which count is a case. */
import { describe, expect, it } from 'vitest';
import type { ShiftClosedEvent, ShiftOpenedEvent } from '../../../agent/domain/shift.js';
import { listShifts } from '../../../sync/settlement/shifts.js';
import { type Bench, chainOf, documentsOf, MORNING_S, startBench } from './bench.js';

const SHIFT = '0011223344556677';
const NOTHING = { paid: 0, returned: 0, held: 0 };
const opened: ShiftOpenedEvent = {
  ...{ type: 'shift', phase: 'opened', time: MORNING_S, shift: SHIFT, operator: 4, float: 1_000 },
};

function closed(change: Partial<ShiftClosedEvent> = {}): ShiftClosedEvent {
  return {
    ...{ type: 'shift', phase: 'closed', time: MORNING_S + 3_600, shift: SHIFT, operator: 4, float: 1_000 },
    ...{ openedAt: MORNING_S, closedBy: 4, supervisor: 0, counted: 1_500, reason: 'none' },
    tally: {
      ...{ services: 3, voids: 0, goods: [], isWhole: true },
      takings: { cash: { ...NOTHING, paid: 500 }, machine: NOTHING },
    },
    ...change,
  };
}

async function centreWith(...events: readonly (ShiftOpenedEvent | ShiftClosedEvent)[]): Promise<Bench> {
  const bench = startBench();
  for (const document of documentsOf(chainOf('outlet-1', events))) {
    await bench.put(document);
    await bench.time.advance(3_000);
  }
  await bench.settled();
  return bench;
}

const caseIds = async (bench: Bench) =>
  (await bench.cases()).filter(({ _id }) => _id.startsWith('shift:')).map(({ _id }) => _id);

describe('a shift at the centre', () => {
  it('is listed while it is open, and with its sums once it is closed', async () => {
    const open = await centreWith(opened);
    expect(await listShifts(open.store, { isOpen: true }, 10)).toMatchObject({
      shifts: [
        { terminal: 'outlet-1', shift: SHIFT, operator: 4, openedAt: MORNING_S, closed: null, difference: null },
      ],
      more: false,
    });
    await open.stop();
    const bench = await centreWith(opened, closed());
    expect(await listShifts(bench.store, { isOpen: true }, 10)).toMatchObject({ shifts: [] });
    expect(await listShifts(bench.store, { isOff: true }, 10)).toMatchObject({ shifts: [] });
    expect(await listShifts(bench.store, { terminal: 'outlet-1' }, 10)).toMatchObject({
      shifts: [{ expected: 1_500, difference: 0, closed: { tally: { services: 3 } }, cases: [] }],
    });
    expect(await caseIds(bench)).toEqual([]);
    await bench.stop();
  });

  it('is a case where nobody could say why its count was off, and only then', async () => {
    const explained = await centreWith(opened, closed({ counted: 900, supervisor: 2, reason: 'change' }));
    expect(await caseIds(explained)).toEqual([]);
    expect(await listShifts(explained.store, { isOff: true }, 10)).toMatchObject({ shifts: [{ difference: -600 }] });
    await explained.stop();
    const bench = await centreWith(opened, closed({ counted: 900, supervisor: 2, reason: 'unexplained' }));
    const [found] = (await bench.cases()).filter(({ _id }) => _id === `shift:outlet-1:${SHIFT}`);
    expect(found).toMatchObject({
      ...{ kind: 'shift', status: 'open', cause: 'terminal', subject: { terminal: 'outlet-1', shift: SHIFT } },
      reason: expect.stringMatching(/operator 4 at outlet-1 .* 600 minor units missing .* supervisor 2/),
    });
    expect(await listShifts(bench.store, {}, 10)).toMatchObject({
      shifts: [{ cases: [`shift:outlet-1:${SHIFT}`], difference: -600 }],
    });
    await bench.stop();
  });
});

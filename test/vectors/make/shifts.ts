/** A shift, from its beginning to its end. */
import type { WaslEvent } from '../../../agent/domain/event.js';

const SHIFT = '8899aabbccddeeff';

/** Each with what it shows. */
export function shiftEvents(now: number): [string, WaslEvent][] {
  const opened = { type: 'shift', shift: SHIFT, operator: 4, float: 20_000 } as const;
  return [
    ['A shift begins with 200 pounds in the drawer.', { ...opened, phase: 'opened', time: now + 100 }],
    [
      'It ends: 5 pounds are missing from the drawer, and a supervisor answers for it.',
      {
        ...{ ...opened, phase: 'closed', time: now + 200, openedAt: now + 100, closedBy: 4, supervisor: 2 },
        tally: {
          ...{ services: 14, voids: 1, isWhole: true },
          takings: {
            cash: { paid: 6_500, returned: 500, held: 1_500 },
            machine: { paid: 3_000, returned: 0, held: 0 },
          },
          goods: [
            { commodity: 1, out: 140, back: 10 },
            { commodity: 3, out: 6, back: 0 },
          ],
        },
        ...{ counted: 27_000, reason: 'change' },
      },
    ],
    [
      'The end of a shift of another operator at a desk that takes no money; a part of its events is gone.',
      {
        ...{ ...opened, phase: 'closed', time: now + 300, openedAt: now + 100, closedBy: 5, supervisor: 2 },
        float: null,
        tally: {
          ...{ services: 0, voids: 0, goods: [], isWhole: false },
          takings: { cash: { paid: 0, returned: 0, held: 0 }, machine: { paid: 0, returned: 0, held: 0 } },
        },
        ...{ counted: null, reason: 'none' },
      },
    ],
  ];
}

/** A shift at a terminal, from the two events that tell of it. */
import { judgeShift } from '../cases/shift.js';
import { sorted } from '../documents.js';
import type { Evidence } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { shiftId, shiftSchema } from '../shift-document.js';
import { projection } from './projection.js';

/** Ids of the documents of shifts that an event concerns. */
export function shiftsOf({ terminal, event }: Evidence): string[] {
  return event?.type === 'shift' ? [shiftId(terminal, event.shift)] : [];
}

/** The projection. */
export const shiftProjection = projection({
  prefix: 'shift:',
  schema: shiftSchema,
  empty: ([terminal = '', shift = '']) => ({ terminal, shift, events: {}, cases: [] }),
  merge: (before, evidence) => {
    const events = { ...before.events };
    for (const { id, event } of evidence) {
      if (event?.type !== 'shift') continue;
      const { type: _, shift: __, ...told } = event;
      events[id] = shiftSchema.shape.events.valueType.parse(told);
    }
    return { ...before, events: sorted(events, DOCUMENT_LIMITS.shiftEventsMax) };
  },
  clear: (before) => ({ ...before, events: {} }),
  judge: judgeShift,
});

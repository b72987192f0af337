/** The document of a shift in settlement's own database. */
import { z } from 'zod';
import { SHIFT_REASONS } from '../../agent/domain/shift.js';

/** The document of a shift. */
export function shiftId(terminal: string, shift: string): string {
  return `shift:${terminal}:${shift}`;
}

const takings = z.object({ paid: z.int(), returned: z.int(), held: z.int() });
const opened = z.object({
  phase: z.literal('opened'),
  time: z.int(),
  /** Number of whose shift it is. */
  operator: z.int(),
  float: z.int().nullable(),
});
const closed = z.object({
  ...opened.shape,
  phase: z.literal('closed'),
  openedAt: z.int(),
  closedBy: z.int(),
  supervisor: z.int(),
  tally: z.object({
    services: z.int(),
    voids: z.int(),
    takings: z.object({ cash: takings, machine: takings }),
    goods: z.array(z.object({ commodity: z.int(), out: z.int(), back: z.int() })),
    isWhole: z.boolean(),
  }),
  counted: z.int().nullable(),
  reason: z.enum(SHIFT_REASONS),
});

/** {@link shiftId}: what was told of it, by the ids of the events. */
export const shiftSchema = z.object({
  terminal: z.string(),
  shift: z.string(),
  events: z.record(z.string(), z.discriminatedUnion('phase', [opened, closed])),
  /** Ids of the cases that it ever gave rise to. */
  cases: z.array(z.string()),
});
/** See {@link shiftSchema}. */
export type ShiftDocument = z.infer<typeof shiftSchema>;
/** One event of it. */
export type ShiftRecord = ShiftDocument['events'][string];

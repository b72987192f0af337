/** The shifts of all terminals, as supervisors ask for them. Every call rejects with `ERR_DATABASE`. */
import { cashDifference, expectedCash } from '../../agent/domain/shift.js';
import type { DocumentStore } from '../bridge/store.js';
import { documentsFrom } from './desk.js';
import { readBack, SETTLEMENT_DATABASE } from './documents.js';
import { type ShiftRecord, shiftSchema } from './shift-document.js';

/** A shift, as far as the centre has heard of it. */
export interface CentreShift {
  readonly terminal: string;
  /** 16 hex digits. */
  readonly shift: string;
  /** Seconds since 1970. */
  readonly openedAt: number;
  /** Number of whose shift it is; 0 where the site has no log-in. */
  readonly operator: number;
  /** What was told of its end; null while it is open, or the end is on its way. */
  readonly closed: Extract<ShiftRecord, { readonly phase: 'closed' }> | null;
  /** Minor units: what the drawer should have held, and by how much the count was off. Null while it is open; expected also at a desk that takes no money. */
  readonly expected: number | null;
  readonly difference: number | null;
  /** Ids of its cases and of its events. */
  readonly cases: readonly string[];
  readonly events: readonly string[];
}

/** Which shifts to list; what is left out does not matter. */
export interface ShiftFilter {
  readonly terminal?: string;
  /** Only those that are open. */
  readonly isOpen?: boolean;
  /** Only those whose count was off, or that somebody had to answer for. */
  readonly isOff?: boolean;
}

/** The shifts that fit, the newest first, at most `max` of them; and whether there are more. */
export async function listShifts(
  store: DocumentStore,
  filter: ShiftFilter,
  max: number,
): Promise<{ readonly shifts: readonly CentreShift[]; readonly more: boolean }> {
  const found: CentreShift[] = [];
  const prefix = filter.terminal === undefined ? 'shift:' : `shift:${filter.terminal}:`;
  for await (const document of documentsFrom(store, SETTLEMENT_DATABASE, prefix)) {
    const shift = shiftOf(readBack(shiftSchema, document));
    if (shift !== null && fits(shift, filter)) found.push(shift);
  }
  found.sort((a, b) => b.openedAt - a.openedAt || (a.shift < b.shift ? -1 : 1));
  return { shifts: found.slice(0, max), more: found.length > max };
}

function shiftOf({ terminal, shift, events, cases }: ReturnType<typeof shiftSchema.parse>): CentreShift | null {
  const told = Object.values(events);
  const closed = told.find((one) => one.phase === 'closed') ?? null;
  const opened = told.find(({ phase }) => phase === 'opened') ?? closed;
  if (opened === null) return null;
  const openedAt = closed?.openedAt ?? opened.time;
  const sums =
    closed === null
      ? { expected: null, difference: null }
      : { expected: expectedCash(closed.float, closed.tally), difference: cashDifference(closed) };
  return { terminal, shift, openedAt, operator: opened.operator, closed, ...sums, cases, events: Object.keys(events) };
}

function fits({ closed, difference }: CentreShift, { isOpen, isOff }: ShiftFilter): boolean {
  if (isOpen === true && closed !== null) return false;
  return isOff !== true || (closed !== null && (difference !== 0 || closed.reason !== 'none'));
}

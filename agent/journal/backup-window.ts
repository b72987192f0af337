/**
 * How long the centre has held what it acknowledged, in **centre days**: days of a calendar that only the centre's signed time moves. Pure.
 *
 *   signed acknowledgement → its date (UTC) → so many days after the last one, but never more than a week at a time
 *
 * The system's clock has no say in it. And since one stretch without word counts for a week at most, a clock that jumped a year ahead,
 * even the centre's own, is worth one week: the window passes only by acknowledgements that keep coming.
 */
import type { AcknowledgedMark } from './journal.js';

const DAY_MS = 86_400_000;

/** What a stretch between two acknowledgements counts for at most, in centre days. */
export const STRETCH_DAYS_MAX = 7;

/** Centre days for which it is remembered when something was first acknowledged: longer than any backup window. */
export const HELD_DAYS_MAX = 400;

/** On centre day `day` the centre held all events of an epoch up to `seq`. */
export interface HeldMark {
  readonly seq: number;
  readonly day: number;
}

/** What {@link noteContact} keeps. */
export interface HeldLog {
  /** The last signed acknowledgement: its date in days since 1970 (UTC), and which centre day that was, the first being 0. Null before it. */
  contact: { readonly date: number; readonly day: number } | null;
  /** By epoch, ascending in both fields; one for each centre day at most. */
  readonly marks: Map<string, readonly HeldMark[]>;
}

/** Nothing heard of yet. */
export function emptyHeldLog(): HeldLog {
  return { contact: null, marks: new Map() };
}

/** Takes note of an acknowledgement that the centre signed at `signedMs`, and of all that is acknowledged as of it. */
export function noteContact(
  log: HeldLog,
  signedMs: number,
  acknowledged: ReadonlyMap<string, Pick<AcknowledgedMark, 'seq'>>,
): void {
  const date = Math.floor(signedMs / DAY_MS);
  const { contact } = log;
  // A clock that went back counts for nothing, and from there on goes forward like any other.
  const passed = contact === null ? 0 : Math.min(Math.max(date - contact.date, 0), STRETCH_DAYS_MAX);
  const day = (contact?.day ?? 0) + passed;
  log.contact = { date, day };
  for (const [epoch, { seq }] of acknowledged) {
    const marks = log.marks.get(epoch) ?? [];
    const last = marks.at(-1);
    if (last !== undefined && last.seq >= seq) continue;
    const before = last?.day === day ? marks.slice(0, -1) : marks;
    log.marks.set(epoch, withoutOldest([...before, { seq, day }], day));
  }
}

/** The centre was restored and holds of an epoch only what is up to `seq`. */
export function forgetAbove(log: HeldLog, epoch: string, seq: number): void {
  const marks = log.marks.get(epoch);
  if (marks === undefined || (marks.at(-1)?.seq ?? 0) <= seq) return;
  log.marks.set(
    epoch,
    marks.filter((mark) => mark.seq <= seq),
  );
}

/** True when the centre has held event `seq` of `epoch` for more than `windowDays` centre days. */
export function isPastWindow(
  log: HeldLog,
  event: { readonly epoch: string; readonly seq: number },
  windowDays: number,
): boolean {
  const held = log.marks.get(event.epoch)?.find((mark) => mark.seq >= event.seq);
  return held !== undefined && log.contact !== null && log.contact.day - held.day > windowDays;
}

/** Of what is older than anybody asks for, the newest is enough: it only makes events look younger. */
function withoutOldest(marks: readonly HeldMark[], day: number): readonly HeldMark[] {
  const kept = marks.findIndex((_mark, i) => i === marks.length - 1 || day - (marks[i + 1]?.day ?? 0) <= HELD_DAYS_MAX);
  return kept <= 0 ? marks : marks.slice(kept);
}

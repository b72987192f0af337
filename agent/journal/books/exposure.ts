/**
 * What a terminal has served that the centre has not acknowledged, what was claimed today, and who collected for others this month: read from the journal, each event once. Bounded by the journal:
 * only events that count are kept.
 */
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { monthOfDay } from '../../domain/calendar.js';
import type { EpochInfo, JournalReader } from '../journal.js';

/** Services since the last contact, exemptions of today, and who collected for others this month. */
export interface Exposure {
  readonly units: number;
  readonly services: number;
  readonly exemptionsToday: readonly { readonly exemption: number; readonly count: number }[];
  /** By the card of who collected. */
  readonly representedThisMonth: readonly { readonly card: number; readonly count: number }[];
}

/** Events that are read at a time. */
const PAGE = { countMax: 256, bytesMax: 65_536 };
/** How many events before the newest are looked at for what was claimed today and who collected this month, when the process begins. */
const BACK_MAX = 5_000;

interface Served {
  readonly epoch: string;
  readonly seq: number;
  readonly programme: number;
  readonly units: number;
  readonly exemption: number;
  /** Card of whoever collected; 0 for nobody. */
  readonly representative: number;
  readonly day: number;
}

/** Answers for a programme on a calendar day of the site; each call reads what was recorded since the last. Rejects with `ERR_JOURNAL_*`. */
export type ExposureReader = (programme: number, on: { readonly day: number }) => Promise<Exposure>;

/** Makes the reader of a journal. `dayOf`: the site's calendar day of a time in seconds. */
export function exposureReader(journal: JournalReader, dayOf: (timeSec: number) => number): ExposureReader {
  const readUpTo = new Map<string, number>();
  let served: Served[] = [];
  const readOn = async (epoch: EpochInfo): Promise<void> => {
    const { name, lastSeq, pruned = 0 } = epoch;
    const acknowledged = journal.state().acknowledged.get(name)?.seq ?? 0;
    const before = readUpTo.get(name) ?? Math.max(pruned, Math.min(acknowledged, lastSeq - BACK_MAX));
    for (let next = before + 1; next <= lastSeq; ) {
      const hole = epoch.missing?.find(({ first, last }) => first <= next && next <= last);
      const events = hole === undefined ? await journal.readEvents(name, next, PAGE) : [];
      for (const { seq, bytes } of events) {
        const event = decodeKnownEvent(bytes);
        if (event?.type !== 'redemption' && event?.type !== 'roster') continue;
        if (event.details?.isTrial === true) continue;
        const units = event.items.reduce((sum, { quantity }) => sum + quantity, 0);
        const { exemption = 0, representative = 0 } = event.details ?? {};
        const who = { exemption, representative, day: dayOf(event.time) };
        served.push({ epoch: name, seq, programme: event.programme, units, ...who });
      }
      const newest = hole?.last ?? events.at(-1)?.seq;
      if (newest === undefined) break;
      next = newest + 1;
      readUpTo.set(name, newest);
    }
  };
  let last: Promise<void> = Promise.resolve();
  return async (programme, { day }) => {
    const own = last.then(async () => {
      for (const epoch of journal.epochs()) await readOn(epoch);
    });
    // One after the other: two at once would read the same events.
    last = own.catch(() => undefined);
    await own;
    const { acknowledged } = journal.state();
    const month = monthOfDay(day);
    const isOfMonth = (one: Served): boolean => one.representative !== 0 && monthOfDay(one.day) === month;
    const open = { units: 0, services: 0 };
    const claimed = new Map<number, number>();
    const collected = new Map<number, number>();
    const kept: Served[] = [];
    // In one pass, with the epoch looked up when it changes: at a busy desk thousands stand here, and this is asked at every tap.
    let of = { epoch: '', seq: 0 };
    for (const one of served) {
      if (one.epoch !== of.epoch) of = { epoch: one.epoch, seq: acknowledged.get(one.epoch)?.seq ?? 0 };
      const isOpen = one.seq > of.seq;
      if (isOpen && one.programme === programme) {
        open.units += one.units;
        open.services += 1;
      }
      if (one.day === day) count(claimed, one.exemption);
      if (isOfMonth(one)) count(collected, one.representative);
      if (isOpen || one.day >= day || isOfMonth(one)) kept.push(one);
    }
    served = kept;
    return {
      ...open,
      exemptionsToday: [...claimed].map(([exemption, times]) => ({ exemption, count: times })),
      representedThisMonth: [...collected].map(([card, times]) => ({ card, count: times })),
    };
  };
}

/** Counts a number once more; zeros stand for none. */
function count(counts: Map<number, number>, number: number): void {
  if (number !== 0) counts.set(number, (counts.get(number) ?? 0) + 1);
}

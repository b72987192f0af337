/**
 * What a person without a card has had at this terminal: the ledger that stands on the card of others, folded from the events of the journal.
 * Pure: the same events give the same ledger, on whatever disk.
 */
import { monthOfDay } from '../domain/calendar.js';
import type { RosterEvent, RosterVoidEvent, ServiceDetails } from '../domain/event.js';
import type { LedgerBalance, LedgerPaper } from '../domain/ledger.js';
import type { LedgerFacts } from '../services/service.js';

/** Use of one commodity as of the day of the record. */
export interface PersonUsage {
  readonly commodity: number;
  readonly usedDay: number;
  readonly usedMonth: number;
  readonly usedYear: number;
  readonly usedEver: number;
}

/** Everything that counts for one person. */
export interface PersonRecord {
  /** The site's calendar day of the newest service, in days since 1970-01-01. */
  readonly day: number;
  /** How many services were recorded, trials and what was taken back included. */
  readonly services: number;
  /** Time of the newest service, or of its taking back, in seconds since 1970, and a checksum of its event. */
  readonly newest: { readonly time: number; readonly check: number };
  readonly usage: readonly PersonUsage[];
  readonly balances: readonly LedgerBalance[];
  readonly papers: readonly LedgerPaper[];
}

/** A person who was never served here. */
export const NEVER_SERVED: PersonRecord = {
  day: 0,
  services: 0,
  newest: { time: 0, check: 0 },
  usage: [],
  balances: [],
  papers: [],
};

/**
 * The record after a service. `day` is that of the event by the site's calendar: a clock that was set back opens no quota again. An event that the
 * journal says again in a new epoch, byte for byte, counts once: time in the journal never goes back, so it is not newer than the newest one,
 * and `check`, the checksum of its bytes, tells it from another one of the same second.
 */
export function foldService(
  before: PersonRecord,
  event: RosterEvent,
  at: { readonly day: number; readonly check: number },
): PersonRecord {
  if (isSaidAgain(before, event, at)) return before;
  const services = before.services + 1;
  const newest = { time: event.time, check: at.check };
  // A trial is recorded, and counts for nothing.
  if (event.details?.isTrial === true) return { ...before, services, newest };
  const day = Math.max(before.day, at.day);
  const usage = new Map(before.usage.map((one) => [one.commodity, rolledTo(one, before.day, day)]));
  for (const { commodity, quantity } of event.items) {
    const used = usage.get(commodity) ?? { commodity, usedDay: 0, usedMonth: 0, usedYear: 0, usedEver: 0 };
    usage.set(commodity, {
      commodity,
      usedDay: used.usedDay + quantity,
      usedMonth: used.usedMonth + quantity,
      usedYear: used.usedYear + quantity,
      usedEver: used.usedEver + quantity,
    });
  }
  const ascending = [...usage.values()].sort((a, b) => a.commodity - b.commodity);
  const { balances, papers } = afterDetails(before, event.details);
  return { day, services, newest, usage: ascending, balances, papers };
}

/**
 * The record after a service was taken back; `servedDay`: of that service. Its units come off what they were counted for, as far as that is not over yet. Said again, it counts
 * once, like a service.
 */
export function foldVoid(
  before: PersonRecord,
  event: RosterVoidEvent,
  at: { readonly day: number; readonly check: number; readonly servedDay: number },
): PersonRecord {
  if (isSaidAgain(before, event, at)) return before;
  const { servedDay } = at;
  const day = Math.max(before.day, at.day);
  const back = new Map(event.items.map(({ commodity, quantity }) => [commodity, quantity]));
  const less = (used: number, units: number, isCounted: boolean): number => Math.max(0, used - (isCounted ? units : 0));
  const usage = before.usage.map((one): PersonUsage => {
    const units = back.get(one.commodity) ?? 0;
    const used = rolledTo(one, before.day, day);
    return {
      commodity: one.commodity,
      usedDay: less(used.usedDay, units, servedDay === day),
      usedMonth: less(used.usedMonth, units, monthOfDay(servedDay) === monthOfDay(day)),
      usedYear: less(used.usedYear, units, yearOf(servedDay) === yearOf(day)),
      usedEver: less(used.usedEver, units, true),
    };
  });
  const newest = { time: event.time, check: at.check };
  const { balances, papers } = afterDetails(before, event.details);
  return { day, services: before.services + 1, newest, usage, balances, papers };
}

/** Whether an event was counted already: see {@link foldService}. */
function isSaidAgain(
  { newest, services }: PersonRecord,
  { time }: { readonly time: number },
  { check }: { readonly check: number },
): boolean {
  return time < newest.time || (time === newest.time && check === newest.check && services > 0);
}

/** The record as the rules look at it; `isDoubtful` where this terminal may have lost services. */
export function factsOf(record: PersonRecord, isDoubtful: boolean): LedgerFacts {
  const { day, services, usage, balances, papers } = record;
  return {
    day,
    usage: usage.map(({ commodity, usedDay, usedMonth }) => ({ commodity, usedDay, usedMonth })),
    more: {
      tallies: usage.map(({ commodity, usedYear, usedEver }) => ({ commodity, usedYear, usedEver, ahead: 0 })),
      balances,
      papers,
    },
    nextSequence: services + 1,
    isDoubtful,
  };
}

/** How many units of a commodity a person has had here, ever. */
export function servedEver({ more }: LedgerFacts, commodity: number): number {
  return more.tallies.find((one) => one.commodity === commodity)?.usedEver ?? 0;
}

function rolledTo(usage: PersonUsage, from: number, to: number): PersonUsage {
  const [fromMonth, toMonth] = [monthOfDay(from), monthOfDay(to)];
  return {
    ...usage,
    usedDay: from === to ? usage.usedDay : 0,
    usedMonth: fromMonth === toMonth ? usage.usedMonth : 0,
    usedYear: yearOf(from) === yearOf(to) ? usage.usedYear : 0,
  };
}

function yearOf(day: number): number {
  return Math.floor(monthOfDay(day) / 12);
}

function afterDetails(
  before: PersonRecord,
  details: ServiceDetails | undefined,
): Pick<PersonRecord, 'balances' | 'papers'> {
  if (details === undefined) return before;
  const balances = new Map([...before.balances, ...details.balances].map((one) => [one.account, one]));
  const units = new Map(details.used.map((one) => [one.paper, one.units]));
  const papers = before.papers
    .map((paper) => ({ ...paper, left: paper.left - (units.get(paper.number) ?? 0) }))
    .filter(({ left }) => left > 0);
  // What stands on a slip is in the person's hand.
  const written = details.slip === undefined ? details.written : [];
  return { balances: [...balances.values()], papers: [...papers, ...written] };
}

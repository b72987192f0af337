/** What was served and taken back on a calendar day of the site. */
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { eventMark } from '../../credential/hash.js';
import type { SiteCalendar } from '../../domain/calendar.js';
import type { JournalReader } from '../journal.js';
import type { RecordStore } from '../record-store.js';
import { backwards } from './read-events.js';

/** Most records that are looked at: what a store gives at once, and more than most terminals serve in a day. */
const RECORDS_MAX = 1000;

/** Types of events that it takes. */
const COUNTED: readonly string[] = ['redemption', 'void', 'roster', 'roster-void'];

/**
 * How many services the record shows for the site's calendar day at `nowMs`, without those of the day that were taken back on it; at most 1000.
 * Rejects with `ERR_RECORD_STORE`.
 */
export async function servedOn(store: RecordStore, calendar: SiteCalendar, nowMs: number): Promise<number> {
  const today = calendar.dayOf(nowMs);
  const records = await store.recent(RECORDS_MAX);
  const served = new Set<string>();
  const back: string[] = [];
  for (const { type, time, event } of records) {
    if (calendar.dayOf(time * 1000) !== today || !COUNTED.includes(type)) continue;
    const told = decodeKnownEvent(event.bytes);
    // A service that stands in two epochs is one service.
    if (told?.type === 'redemption') served.add(recordKey(told, told.ledgerSequence));
    else if (told?.type === 'roster') served.add(eventMark(event.bytes));
    else if (told?.type === 'roster-void') back.push(told.voided);
    else if (told?.type === 'void') back.push(recordKey(told, told.voided));
  }
  for (const service of back) served.delete(service);
  return served.size;
}

/**
 * How many services the journal shows as taken back on the site's calendar day `day`, whatever was restarted since: the void events of that day, and the
 * voids of that day that were begun and not finished, which may still be. Reads backwards as far as that day goes. Rejects with `ERR_JOURNAL_*`.
 */
export async function voidsOn(journal: JournalReader, calendar: SiteCalendar, day: number): Promise<number> {
  const voids = new Set<string>();
  for (const { intent } of journal.state().openIntents.values()) {
    if (intent.takesBack === undefined || calendar.dayOf(intent.atMs) !== day) continue;
    voids.add(recordKey(intent, intent.ledgerSequence));
  }
  for await (const { bytes } of backwards(journal)) {
    const event = decodeKnownEvent(bytes);
    if (event === null) continue;
    // Recorded times never fall, so nothing before this is of the day.
    if (calendar.dayOf(event.time * 1000) < day) break;
    if (calendar.dayOf(event.time * 1000) !== day) continue;
    if (event.type === 'void') voids.add(recordKey(event, event.ledgerSequence));
    if (event.type === 'roster-void') voids.add(event.voided);
  }
  return voids.size;
}

/** What names a record of a card: each family of programmes counts for itself, so a number alone does not. */
function recordKey(of: { readonly card: number; readonly programme: number }, ledgerSequence: number): string {
  return `${of.card}/${of.programme}/${ledgerSequence}`;
}

import type { SiteCalendar } from '../domain/calendar.js';
import type { RecordStore } from './record-store.js';

/** Most records that are looked at: what a store gives at once, and more than most terminals serve in a day. */
const RECORDS_MAX = 1000;

/** How many services the record shows for the site's calendar day at `nowMs`; at most 1000. Rejects with `ERR_RECORD_STORE`. */
export async function servedOn(store: RecordStore, calendar: SiteCalendar, nowMs: number): Promise<number> {
  const today = calendar.dayOf(nowMs);
  const records = await store.recent(RECORDS_MAX);
  return records.filter(({ type, time }) => type === 'redemption' && calendar.dayOf(time * 1000) === today).length;
}

/** Names that lead back to nothing without the key: of documents, and of persons. Each party has its own, so that two of them cannot lay their data side by side. */
import { createHash, createHmac } from 'node:crypto';
import type { Entry } from '../statement/figures.js';
import type { Party } from './parties.js';

/** Hex digits of a name: 128 bits. */
const NAME_CHARS = 32;
/** The last second of the year 9999: what is later is a broken clock, and stands on that day. */
const TIME_MAX_S = 253_402_300_799;

/** Makes the names of one party. */
export interface Names {
  /** Id of the document about something that happened at a time in seconds since 1970: in the order of days (UTC), and otherwise of nothing. */
  document(mark: string, timeS: number): string;
  /** A person, in the period that the site's calendar day (`YYYY-MM-DD`) lies in. */
  person(who: Entry['who'], day: string): string;
}

/** The names of a party, from the key of the centre (32 bytes). HMAC-SHA-256 (RFC 2104). */
export function namesFor(key: Uint8Array, party: Party): Names {
  const made = (...parts: readonly string[]): string =>
    createHmac('sha256', key)
      .update(JSON.stringify(['wasl/view/1', party.party, ...parts]))
      .digest('hex')
      .slice(0, NAME_CHARS);
  const length = party.kind === 'regulator' ? party.period : 'month';
  return {
    document: (mark, timeS) => `${utcDay(timeS)}:${made('document', mark)}`,
    person: (who, day) => made('person', periodOf(day, length), JSON.stringify(who)),
  };
}

/** Changes with the key, and says nothing of it. */
export function keyMark(key: Uint8Array): string {
  return createHash('sha256').update('wasl/view-key/1\n').update(key).digest('hex');
}

function utcDay(timeS: number): string {
  return new Date(Math.min(timeS, TIME_MAX_S) * 1000).toISOString().slice(0, 10);
}

/** `2026`, `2026q4` or `2026-11` of a day. */
function periodOf(day: string, length: 'month' | 'quarter' | 'year'): string {
  if (length === 'month') return day.slice(0, 7);
  if (length === 'year') return day.slice(0, 4);
  return `${day.slice(0, 4)}q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
}

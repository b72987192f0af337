/**
 * The ledger of persons without a card, at one terminal: served once means that this says so before the second service.
 *
 *   journal (the truth) ─ events of rosters, from where the file ends ─▶ records in memory ─ from time to time ─▶ file, sealed
 *
 * What was recorded counts at once: every question first takes in what the journal has. The file is there because the journal is pruned:
 * it is written long before an event can be (a day at the least after it was acknowledged).
 */
import { crc32 } from 'node:zlib';
import { decodeKnownEvent } from '../../sync/protocol/event-codec.js';
import type { SiteCalendar } from '../domain/calendar.js';
import type { Clock } from '../domain/clock.js';
import { isWaslError } from '../domain/errors.js';
import type { EpochInfo, JournalReader } from '../journal/journal.js';
import type { LedgerFacts } from '../services/service.js';
import { factsOf, foldService, foldVoid, NEVER_SERVED, type PersonRecord } from './person-record.js';
import { personKey, readServed, SERVED_MAX, type ServedPlace, writeServed } from './served-file.js';

/** Ledgers of persons without a card. */
export interface PersonLedger {
  /**
   * What counts for a person of a roster, by their numbers; everything that the journal has is counted. `isDoubtful` where services may have
   * been lost: then the programme's `doubtfulLedgerMax` bounds what is served. Never rejects.
   */
  factsOf(roster: number, person: number): Promise<LedgerFacts>;
  /** Time of the newest event about a person that was counted, in seconds since 1970; 0 for none. */
  newestOf(roster: number, person: number): number;
  /** Persons of a roster who were served here at least once, as far as the journal was read. */
  countOf(roster: number): number;
  /** Stops following the journal, and writes the file. Never rejects. */
  close(): Promise<void>;
}

/** What a ledger of persons works with. */
export interface PersonLedgerParts {
  readonly journal: JournalReader;
  readonly place: ServedPlace;
  /** Of the site, by the policy in force. */
  readonly calendar: () => SiteCalendar;
  readonly clock: Clock;
  /** True when this terminal accepted a roster before: then a file that is not there was lost. */
  readonly hadRosters: boolean;
}

const READ = { countMax: 500, bytesMax: 128 * 1024 };
/** The file is written when so many services are not in it, or anything has waited so long to be: well within the least backup window, a day. */
const UNSAVED_MAX = 256;
const UNSAVED_MS_MAX = 6 * 3_600_000;

/** Opens the ledger: the file, then what the journal has besides. Rejects with the fault of the disk. */
export async function openPersonLedger(parts: PersonLedgerParts): Promise<PersonLedger> {
  const ledger = new JournalPersonLedger(parts);
  await ledger.open();
  return ledger;
}

class JournalPersonLedger implements PersonLedger {
  readonly #parts: PersonLedgerParts;
  #records = new Map<string, PersonRecord>();
  #position = new Map<string, number>();
  #isDoubtful = false;
  /** True while the journal cannot be read. */
  #isUnread = false;
  /** Services that the file does not have, and since when it has not all that was read. */
  #unsaved = 0;
  #unsavedSinceMs: number | null = null;
  #last: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => undefined;

  constructor(parts: PersonLedgerParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const { place, journal, hadRosters } = this.#parts;
    await place.disk.makeFolder(place.folder);
    const file = await readServed(place);
    if (file === 'none' || file === 'damaged') {
      const isGone = journal.epochs().some(({ pruned = 0 }) => pruned > 0);
      this.#isDoubtful = isGone && (hadRosters || file === 'damaged');
      for (const { name, pruned = 0 } of journal.epochs()) this.#position.set(name, pruned);
    } else {
      this.#records = new Map(file.records);
      this.#position = new Map(file.position);
      this.#isDoubtful = file.isDoubtful;
    }
    await this.#takeIn();
    await this.#save();
    this.#unsubscribe = journal.subscribe(() => void this.#next());
  }

  async factsOf(roster: number, person: number): Promise<LedgerFacts> {
    await this.#next();
    const record = this.#records.get(personKey(roster, person)) ?? NEVER_SERVED;
    return factsOf(record, this.#isDoubtful || this.#isUnread);
  }

  newestOf(roster: number, person: number): number {
    return this.#records.get(personKey(roster, person))?.newest.time ?? 0;
  }

  countOf(roster: number): number {
    const prefix = personKey(roster, 0).slice(0, -1);
    return [...this.#records.keys()].filter((key) => key.startsWith(prefix)).length;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#next();
    await this.#save().catch(() => undefined);
  }

  /** One after the other: each question sees what was recorded before it. */
  #next(): Promise<void> {
    this.#last = this.#last.then(async () => {
      await this.#takeIn();
      const nowMs = this.#parts.clock.nowMs();
      const waitedMs = Math.abs(nowMs - (this.#unsavedSinceMs ?? nowMs));
      const isDue = this.#unsaved >= UNSAVED_MAX || waitedMs >= UNSAVED_MS_MAX;
      // It is tried again at the next append: the journal has all of it meanwhile.
      if (isDue) await this.#save().catch(() => undefined);
    });
    return this.#last;
  }

  async #takeIn(): Promise<void> {
    try {
      for (const epoch of this.#parts.journal.epochs()) await this.#takeInEpoch(epoch);
      this.#isUnread = false;
    } catch (error) {
      if (!isWaslError(error)) throw error;
      this.#isUnread = true;
    }
  }

  async #takeInEpoch({ name, lastSeq }: EpochInfo): Promise<void> {
    const { journal } = this.#parts;
    let done = this.#position.get(name) ?? 0;
    while (done < lastSeq) {
      const epoch = journal.epochs().find((one) => one.name === name);
      const next = epoch === undefined ? lastSeq + 1 : nextThere(epoch, done);
      // What is skipped is lost, for counting as well.
      if (next > done + 1) this.#isDoubtful = true;
      if (next > lastSeq) break;
      const events = await journal.readEvents(name, next, READ);
      if (events.length === 0) break;
      for (const { bytes, seq } of events) {
        this.#fold(bytes);
        this.#unsavedSinceMs ??= this.#parts.clock.nowMs();
        done = seq;
        this.#position.set(name, seq);
      }
    }
  }

  #fold(bytes: Uint8Array): void {
    const event = decodeKnownEvent(bytes);
    if (event?.type !== 'roster' && event?.type !== 'roster-void') return;
    const key = personKey(event.roster, event.person);
    const before = this.#records.get(key);
    if (before === undefined && this.#records.size >= SERVED_MAX) {
      this.#isDoubtful = true;
      return;
    }
    const calendar = this.#parts.calendar();
    const at = { day: calendar.dayOf(event.time * 1000), check: crc32(bytes) };
    const record = before ?? NEVER_SERVED;
    const after =
      event.type === 'roster'
        ? foldService(record, event, at)
        : foldVoid(record, event, { ...at, servedDay: calendar.dayOf(event.servedAt * 1000) });
    this.#records.set(key, after);
    this.#unsaved += 1;
  }

  async #save(): Promise<void> {
    const here = new Set(this.#parts.journal.epochs().map(({ name }) => name));
    const position = new Map([...this.#position].filter(([name]) => here.has(name)));
    await writeServed(this.#parts.place, { position, isDoubtful: this.#isDoubtful, records: this.#records });
    this.#unsaved = 0;
    this.#unsavedSinceMs = null;
  }
}

/** The first sequence after `seq` that neither damage has destroyed nor pruning removed. */
function nextThere({ pruned = 0, missing = [] }: EpochInfo, seq: number): number {
  const next = Math.max(seq, pruned) + 1;
  const range = missing.find(({ first, last }) => first <= next && next <= last);
  return range === undefined ? next : range.last + 1;
}

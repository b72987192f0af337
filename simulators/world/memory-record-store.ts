/** A record store in memory, for tests and the simulation. */
import { WaslError } from '../../agent/domain/errors.js';
import { periodOf } from '../../agent/domain/event.js';
import type { EventRecord, RecordStore } from '../../agent/journal/record-store.js';

/** A record store that keeps to the port and to nothing beyond it. Set `failing` to have every call fail. */
export class MemoryRecordStore implements RecordStore {
  failing = false;
  /** In the order in which they came. */
  #records = new Map<string, EventRecord>();
  #closed = false;

  async put(records: readonly EventRecord[]): Promise<void> {
    this.#check();
    for (const record of records) if (!this.#records.has(record.id)) this.#records.set(record.id, record);
  }

  async recent(limit: number): Promise<readonly EventRecord[]> {
    this.#check();
    return this.#newest(() => true).slice(0, limit);
  }

  async byCard(pseudonym: string, limit: number): Promise<readonly EventRecord[]> {
    this.#check();
    return this.#newest((record) => record.card === pseudonym).slice(0, limit);
  }

  async lastSeq(terminal: string, epoch: string): Promise<number> {
    this.#check();
    return this.#of(terminal, epoch).reduce((last, record) => Math.max(last, record.event.seq), 0);
  }

  async countOf(terminal: string, epoch: string): Promise<number> {
    this.#check();
    return this.#of(terminal, epoch).length;
  }

  async count(): Promise<number> {
    this.#check();
    return this.#records.size;
  }

  async clear(): Promise<void> {
    this.#check();
    this.#records = new Map();
  }

  async dropPeriod(period: string): Promise<void> {
    this.#check();
    for (const [id, { event }] of this.#records) if (periodOf(event.epoch) === period) this.#records.delete(id);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Loses one record behind the back of whoever uses the store. */
  lose(id: string): void {
    this.#records.delete(id);
  }

  #of(terminal: string, epoch: string): EventRecord[] {
    return [...this.#records.values()].filter((record) => record.id.startsWith(`${terminal}:${epoch}:`));
  }

  /** Newest period first, in it the epoch that came last, in it the highest sequence. */
  #newest(wanted: (record: EventRecord) => boolean): EventRecord[] {
    const records = [...this.#records.values()];
    const epochs = [...new Set(records.map((record) => record.event.epoch))];
    const rank = ({ event }: EventRecord): readonly [string, number, number] => [
      periodOf(event.epoch),
      epochs.indexOf(event.epoch),
      event.seq,
    ];
    return records.filter(wanted).sort((a, b) => compare(rank(b), rank(a)));
  }

  #check(): void {
    if (this.#closed || this.failing) throw new WaslError('ERR_RECORD_STORE');
  }
}

function compare(a: readonly [string, number, number], b: readonly [string, number, number]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] - b[1] || a[2] - b[2];
}

/**
 * The record store on PouchDB. One database for each calendar period, in a process of its own; what is in them, by id:
 *
 *   terminal:epoch:seq             a record, sealed but for type, time and pseudonym
 *   ~card:pseudonym:order:seq      that there is a record of this card, for {@link RecordStore.byCard}
 *   ~epochs                        the epochs of this period in the order in which they came: their names do not sort by time
 *
 * A database that fails twice is set aside, and an empty one takes its place: the journal fills it again (`record-projector.ts`).
 */
import type { KeyObject } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Randomness, Timers } from '../../domain/clock.js';
import { WaslError } from '../../domain/errors.js';
import { periodOf } from '../../domain/event.js';
import type { EventRecord, RecordStore } from '../record-store.js';
import { DocError, type RecordDoc, type RecordDocs } from './record-docs.js';
import { processDocs } from './record-process.js';
import { openRecord, placeOf, recordKey, sealRecord } from './record-seal.js';

/** Records that one question gives at most. */
export const RECORDS_MAX = 1000;

const EPOCHS_ID = '~epochs';
const PERIOD = /^20[2-9][0-9]q[1-4]$/;
const QUARANTINE = 'quarantine';
/** Databases that are kept after they were set aside. */
const SET_ASIDE_MAX = 3;
/** Another process may still hold the databases: that of a terminal that was killed a moment ago. */
const BUSY_ATTEMPTS_MAX = 20;
const BUSY_DELAY_MS = 250;
/** Sorts after every character of an id. */
const LAST = '\uffff';

/** What a store is opened with. */
export interface PouchStoreOptions {
  /** Absolute. Made if it is not there. */
  readonly folder: string;
  /** The journal key, 32 bytes. */
  readonly key: Uint8Array;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly timers: Timers;
  /** Called when a database was set aside: what it held is no longer stored. */
  readonly onLost?: (period: string, reason: string) => void;
  /** The databases in the folder; in a process of their own unless given. The store closes them. */
  readonly docs?: RecordDocs;
}

/** Opens the store. Rejects with `ERR_RECORD_STORE` when its folder cannot be used. Databases are opened by the first call that needs them. */
export async function openPouchStore(options: PouchStoreOptions): Promise<RecordStore> {
  const { folder, timers } = options;
  try {
    await mkdir(join(folder, QUARANTINE), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new WaslError('ERR_RECORD_STORE', undefined, { cause });
  }
  return new PouchStore(options, options.docs ?? processDocs({ folder, timers }));
}

class PouchStore implements RecordStore {
  readonly #options: PouchStoreOptions;
  readonly #docs: RecordDocs;
  readonly #key: KeyObject;
  /** By period: `terminal:epoch`, oldest first. What is not in here has not been read yet. */
  readonly #orders = new Map<string, string[]>();
  /** One thing at a time: what is set aside must not be in use. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: PouchStoreOptions, docs: RecordDocs) {
    this.#options = options;
    this.#docs = docs;
    this.#key = recordKey(options.key);
  }

  put(records: readonly EventRecord[]): Promise<void> {
    return this.#inTurn(async () => {
      const periods = new Set(records.map((record) => periodOf(record.event.epoch)));
      for (const period of periods) {
        const here = records.filter((record) => periodOf(record.event.epoch) === period);
        await this.#within(period, () => this.#putInto(period, here));
      }
    });
  }

  recent(limit: number): Promise<readonly EventRecord[]> {
    return this.#collect(limit, async (period, wanted) => {
      const found: EventRecord[] = [];
      for (const name of [...(await this.#order(period))].reverse()) {
        if (found.length >= wanted) break;
        const range = { ...within(`${name}:`), descending: true, limit: wanted - found.length };
        for (const doc of await this.#docs.range(period, range)) found.push(this.#open(doc));
      }
      return found;
    });
  }

  byCard(pseudonym: string, limit: number): Promise<readonly EventRecord[]> {
    return this.#collect(limit, async (period, wanted) => {
      const order = await this.#order(period);
      const range = { ...within(`~card:${pseudonym}:`), descending: true, limit: wanted };
      const ids = (await this.#docs.range(period, range)).map(({ id }) => {
        const [, , place = '', seq = ''] = id.split(':');
        return `${order[Number(place)] ?? ''}:${seq}`;
      });
      const docs = ids.length === 0 ? [] : await this.#docs.get(period, ids);
      return docs.flatMap((doc) => (doc === null ? [] : [this.#open(doc)]));
    });
  }

  lastSeq(terminal: string, epoch: string): Promise<number> {
    const period = periodOf(epoch);
    return this.#inTurn(() =>
      this.#within(period, async () => {
        const range = { ...within(`${terminal}:${epoch}:`), descending: true, limit: 1 };
        const [newest] = await this.#docs.range(period, range);
        return newest === undefined ? 0 : this.#open(newest).event.seq;
      }),
    );
  }

  countOf(terminal: string, epoch: string): Promise<number> {
    const period = periodOf(epoch);
    return this.#inTurn(() => this.#within(period, () => this.#docs.count(period, within(`${terminal}:${epoch}:`))));
  }

  count(): Promise<number> {
    return this.#inTurn(async () => {
      let count = 0;
      for (const period of await this.#periods()) {
        // Ids of records begin with the name of a terminal, so with a letter or a digit, and those of anything else with a tilde.
        count += await this.#within(period, () => this.#docs.count(period, { first: '0', last: '~' }));
      }
      return count;
    });
  }

  clear(): Promise<void> {
    return this.#inTurn(async () => {
      for (const period of await this.#periods()) await this.#setAside(period);
    });
  }

  dropPeriod(period: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!(await this.#periods()).includes(period)) return;
      this.#orders.delete(period);
      await this.#docs.restart();
      await rm(join(this.#options.folder, period), { recursive: true, force: true });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#inTurn(() => this.#docs.close());
    this.#closed = true;
  }

  async #putInto(period: string, records: readonly EventRecord[]): Promise<void> {
    const order = await this.#order(period);
    const names = new Set(records.map((record) => nameOf(record)));
    const added = [...names].filter((name) => !order.includes(name));
    if (added.length > 0) {
      const longer = [...order, ...added];
      await this.#docs.replace(period, { id: EPOCHS_ID, names: longer.join(' ') });
      this.#orders.set(period, longer);
    }
    const known = this.#orders.get(period) ?? order;
    const cards = records.flatMap((record): RecordDoc[] => {
      const { card, event } = record;
      if (card === null) return [];
      const place = String(known.indexOf(nameOf(record))).padStart(4, '0');
      return [{ id: `~card:${card}:${place}:${String(event.seq).padStart(8, '0')}` }];
    });
    const sealed = records.map((record) => sealRecord(this.#key, record, this.#options.random));
    await this.#docs.put(period, [...cards, ...sealed]);
  }

  async #order(period: string): Promise<readonly string[]> {
    const known = this.#orders.get(period);
    if (known !== undefined) return known;
    const [doc] = await this.#docs.get(period, [EPOCHS_ID]);
    const names = typeof doc?.names === 'string' ? doc.names.split(' ') : [];
    this.#orders.set(period, names);
    return names;
  }

  /** Records of one period after another, newest first. */
  #collect(
    limit: number,
    read: (period: string, wanted: number) => Promise<readonly EventRecord[]>,
  ): Promise<readonly EventRecord[]> {
    return this.#inTurn(async () => {
      const wanted = Math.min(limit, RECORDS_MAX);
      const found: EventRecord[] = [];
      for (const period of [...(await this.#periods())].reverse()) {
        if (found.length >= wanted) break;
        found.push(...(await this.#within(period, () => read(period, wanted - found.length))));
      }
      return found;
    });
  }

  #open(doc: RecordDoc): EventRecord {
    const record = openRecord(this.#key, doc);
    if (record === null) throw new DocError('damaged', 'a record does not open');
    return record;
  }

  async #periods(): Promise<readonly string[]> {
    const names = await readdir(this.#options.folder);
    return names.filter((name) => PERIOD.test(name)).sort();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (this.#closed) throw new WaslError('ERR_RECORD_STORE', 'the record store is closed');
      try {
        return await work();
      } catch (cause) {
        throw cause instanceof WaslError ? cause : new WaslError('ERR_RECORD_STORE', undefined, { cause });
      }
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Works with one database: after a first failure in a new process, after a second one no more. */
  async #within<T>(period: string, work: () => Promise<T>): Promise<T> {
    let failures = 0;
    for (let busy = 0; ; ) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DocError) || error.fault === 'full') throw error;
        this.#orders.delete(period);
        if (error.fault === 'busy') {
          busy += 1;
          if (busy >= BUSY_ATTEMPTS_MAX) throw error;
          await this.#wait(BUSY_DELAY_MS);
          continue;
        }
        failures += 1;
        await this.#docs.restart();
        if (failures < 2) continue;
        await this.#setAside(period);
        this.#options.onLost?.(period, error.message);
        throw error;
      }
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.timers.after(delayMs, resolve));
  }

  /** Moves a database out of the way. Those that were moved longest ago are removed. */
  async #setAside(period: string): Promise<void> {
    const { folder, clock } = this.#options;
    this.#orders.delete(period);
    await this.#docs.restart();
    const aside = join(folder, QUARANTINE);
    const stamp = new Date(clock.nowMs()).toISOString().replace(/[^0-9]/g, '');
    const taken = new Set(await readdir(aside));
    let number = 0;
    while (taken.has(`${stamp}-${number}-${period}`)) number += 1;
    try {
      await rename(join(folder, period), join(aside, `${stamp}-${number}-${period}`));
    } catch (error) {
      // Somebody else has removed it: it is out of the way.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    const names = (await readdir(aside)).sort();
    for (const name of names.slice(0, Math.max(0, names.length - SET_ASIDE_MAX))) {
      await rm(join(aside, name), { recursive: true, force: true });
    }
  }
}

function nameOf(record: EventRecord): string {
  const place = placeOf(record.id);
  if (place === null) throw new WaslError('ERR_INTERNAL', 'the id of a record is terminal:epoch:seq');
  return `${place.terminal}:${place.epoch}`;
}

function within(prefix: string): { first: string; last: string } {
  return { first: prefix, last: `${prefix}${LAST}` };
}

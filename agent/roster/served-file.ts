/**
 * What persons have had, as it was when the file was written, and up to where in the journal: the journal is pruned in time, "once" is not.
 * Sealed like the rosters themselves.
 */
import type { KeyObject } from 'node:crypto';
import { type Fields, fieldsOf } from '../../sync/protocol/fields.js';
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import type { Randomness } from '../domain/clock.js';
import { isWaslError } from '../domain/errors.js';
import type { LedgerBalance, LedgerPaper } from '../domain/ledger.js';
import { type Disk, readWhole, replaceFile } from '../journal/disk.js';
import { NONCE_BYTES, openBytes, SEAL_TAG_BYTES, sealBytes } from '../journal/keys.js';
import type { PersonRecord, PersonUsage } from './person-record.js';

/** Name of the file. */
export const SERVED_NAME = 'served';

/** Most persons that are remembered at a time: of all rosters of a terminal. */
export const SERVED_MAX = 400_000;

/** Everything that the file holds. */
export interface Served {
  /** By name of the epoch, the newest event that is in it. */
  readonly position: ReadonlyMap<string, number>;
  /** True when services may be missing: events were lost before they could be counted. */
  readonly isDoubtful: boolean;
  /** By {@link personKey}. */
  readonly records: ReadonlyMap<string, PersonRecord>;
}

/** Where it lies, and what it is sealed with: `KEY_LABELS.served`, from the journal's key. */
export interface ServedPlace {
  readonly disk: Disk;
  readonly folder: string;
  readonly key: KeyObject;
  readonly random: Randomness;
}

const FORMAT_VERSION = 1;
const BYTES_MAX = 64 * 1024 * 1024;
const LIMITS = { bytesMax: BYTES_MAX, depthMax: 4, itemsMax: 32 * SERVED_MAX };
const EPOCH_CHARS_MAX = 40;
const PARTS_MAX = 64;
const BOUND = encodeCbor([FORMAT_VERSION, SERVED_NAME]);

/** Names a person of a roster: both numbers. */
export function personKey(roster: number, person: number): string {
  return `${roster}:${person}`;
}

/** What the file holds. `none`: there is no file. `damaged`: it is not as it was written. Rejects with the fault of the disk. */
export async function readServed({ disk, folder, key }: ServedPlace): Promise<Served | 'none' | 'damaged'> {
  const most = BYTES_MAX + NONCE_BYTES + SEAL_TAG_BYTES;
  const bytes = await readWhole(disk, `${folder}/${SERVED_NAME}`, most);
  if (bytes === null) return 'none';
  if (bytes.length < NONCE_BYTES) return 'damaged';
  const content = openBytes({ key, nonce: bytes.subarray(0, NONCE_BYTES), bound: BOUND }, bytes.subarray(NONCE_BYTES));
  const decoded = content === null ? null : decodeCbor(content, LIMITS);
  if (decoded?.ok !== true) return 'damaged';
  try {
    return served(fieldsOf(decoded.value, 'ERR_RECORD_STORE'));
  } catch (error) {
    if (isWaslError(error)) return 'damaged';
    throw error;
  }
}

/** Replaces the file. After any cut there is the old one or the new one, whole. Rejects with the fault of the disk. */
export async function writeServed({ disk, folder, key, random }: ServedPlace, content: Served): Promise<void> {
  const position = [...content.position].flat();
  const records = [...content.records].map(([name, record]) => rowOf(name, record));
  const plain = encodeCbor([FORMAT_VERSION, content.isDoubtful ? 1 : 0, position, records]);
  const nonce = random.bytes(NONCE_BYTES);
  const sealed = sealBytes({ key, nonce, bound: BOUND }, plain);
  await replaceFile(disk, { folder, name: SERVED_NAME }, Buffer.concat([nonce, sealed]));
}

function rowOf(name: string, { day, services, newest, usage, balances, papers }: PersonRecord): unknown[] {
  const [roster, person] = name.split(':').map(Number);
  return [
    roster,
    person,
    day,
    services,
    newest.time,
    newest.check,
    usage.flatMap((one) => [one.commodity, one.usedDay, one.usedMonth, one.usedYear, one.usedEver]),
    balances.flatMap((one) => [one.account, one.value]),
    papers.flatMap((one) => [one.kind, one.number, one.commodity, one.left, one.untilDay, one.site]),
  ];
}

function served(fields: Fields): Served | 'damaged' {
  if (fields.uint() !== FORMAT_VERSION) return 'damaged';
  const isDoubtful = fields.uint() === 1;
  const position = new Map<string, number>();
  const places = fields.array();
  while (places.left() > 0) position.set(places.text(EPOCH_CHARS_MAX), places.uint());
  const records = new Map<string, PersonRecord>();
  const rows = fields.array();
  while (rows.left() > 0) {
    const row = rows.array();
    const name = personKey(row.uint(), row.uint());
    const [day, services] = [row.uint(), row.uint()];
    const newest = { time: row.uint(), check: row.uint() };
    const usage = all(row, (part): PersonUsage => {
      const [commodity, usedDay, usedMonth] = [part.uint(), part.uint(), part.uint()];
      return { commodity, usedDay, usedMonth, usedYear: part.uint(), usedEver: part.uint() };
    });
    const balances = all(row, (part): LedgerBalance => ({ account: part.uint(), value: part.uint() }));
    const papers = all(row, (part): LedgerPaper => {
      const [kind, number, commodity] = [part.uint(), part.uint(), part.uint()];
      return { kind, number, commodity, left: part.uint(), untilDay: part.uint(), site: part.uint() };
    });
    row.end();
    records.set(name, { day, services, newest, usage, balances, papers });
  }
  fields.end();
  return { position, isDoubtful, records };
}

function all<T>(row: Fields, read: (part: Fields) => T): readonly T[] {
  const part = row.array();
  const found: T[] = [];
  while (part.left() > 0 && found.length < PARTS_MAX) found.push(read(part));
  part.end();
  return found;
}

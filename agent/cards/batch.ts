/**
 * A batch of cards from a table: each row once, whatever happens in between.
 *
 *   all rows checked ─▶ for each row that is not done: begin (durable) ─▶ make ─▶ finish (durable)
 *                                                        └─ fails: the row is reported with its line, the others go on
 */
import { hash } from 'node:crypto';
import type { ErrorCode } from '../domain/error-codes.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { BatchJournal } from './batch-journal.js';
import type { CsvRow } from './csv.js';
import { type CardOrder, orderOfRow } from './order.js';

/** A row that was not made into a card, and why. */
export interface RowFailure {
  readonly line: number;
  /** Serial, where the row has a sound one. */
  readonly card: number | null;
  readonly code: ErrorCode;
  readonly message: string;
}

/** A row that can be made. */
export interface BatchRow {
  readonly line: number;
  readonly order: CardOrder;
  /** Hash of the order: 16 hex digits. */
  readonly hash: string;
}

/** What a batch came to. */
export interface BatchResult {
  readonly rows: number;
  /** Made in this run. */
  readonly made: number;
  /** Made by earlier runs, and not again. */
  readonly already: number;
  readonly failures: readonly RowFailure[];
}

/** How a batch makes its cards. */
export interface BatchMaker {
  /** Before anything durable: which card is there, e.g. the UID of the tag on the reader; null for a code on paper. */
  present(row: BatchRow): Promise<string | null>;
  /** Makes the card and reads it back. Resolves to what had to be left out of it. */
  make(row: BatchRow): Promise<readonly string[]>;
  /** Called after each row. */
  progress(done: number, total: number): void;
  /** True when the operator wants to stop after this row. */
  stopped(): boolean;
}

/**
 * Checks all rows: those that can be made, and the mistakes of the others. A serial that stands twice is a mistake in each later row. `check` throws what
 * else is wrong with an order, with a message that begins with `from`.
 */
export function checkRows(
  rows: readonly CsvRow[],
  check: (order: CardOrder, from: string) => void = () => undefined,
): {
  readonly sound: readonly BatchRow[];
  readonly failures: readonly RowFailure[];
} {
  const sound: BatchRow[] = [];
  const failures: RowFailure[] = [];
  const seen = new Map<number, number>();
  for (const { line, cells, fault } of rows) {
    try {
      if (fault !== null) throw new WaslError('ERR_ORDER', `line ${line} ${fault}`);
      const order = orderOfRow(cells, `line ${line}`);
      const before = seen.get(order.card);
      if (before !== undefined)
        throw new WaslError('ERR_ORDER', `line ${line}: the serial ${order.card} stands in line ${before} too`);
      check(order, `line ${line}`);
      seen.set(order.card, line);
      sound.push({ line, order, hash: hash('sha256', JSON.stringify(order)).slice(0, 16) });
    } catch (error) {
      failures.push(failureOf(error, { line, card: null }));
    }
  }
  return { sound, failures };
}

/** Makes what is not made yet. Rejects only when the journal cannot be written: then nothing more may be made. */
export async function runBatch(
  rows: readonly BatchRow[],
  journal: BatchJournal,
  maker: BatchMaker,
): Promise<BatchResult> {
  const failures: RowFailure[] = [];
  let [made, already, done] = [0, 0, 0];
  for (const row of rows) {
    if (maker.stopped()) break;
    const { card } = row.order;
    const entry = journal.entries.get(card);
    if (entry?.state === 'done' && entry.order === row.hash) already += 1;
    else {
      const uid = await attempt(row, failures, async () => {
        refuseChanged(row, entry);
        return await presentSame(row, journal, maker);
      });
      if (uid !== undefined) {
        await journal.begin(card, row.hash, uid);
        const leftOut = await attempt(row, failures, () => maker.make(row));
        if (leftOut !== undefined) {
          await journal.finish(card, { order: row.hash, uid, leftOut });
          made += 1;
        }
      }
    }
    done += 1;
    maker.progress(done, rows.length);
  }
  return { rows: rows.length, made, already, failures };
}

function refuseChanged(row: BatchRow, entry: { readonly order: string; readonly state: string } | undefined): void {
  if (entry === undefined || entry.order === row.hash) return;
  throw new WaslError(
    'ERR_ORDER',
    `line ${row.line}: the serial ${row.order.card} was ${entry.state} with other data; a changed card is a new serial, or an endorsement`,
  );
}

/** A card that was begun may carry the credential already: only that very card is written again. */
async function presentSame(row: BatchRow, journal: BatchJournal, maker: BatchMaker): Promise<string | null> {
  const uid = await maker.present(row);
  const begun = journal.entries.get(row.order.card);
  if (begun?.state === 'begun' && begun.uid !== uid)
    throw new WaslError(
      'ERR_CARD_CHANGED',
      `line ${row.line}: the card ${begun.uid ?? ''} may already carry the serial ${row.order.card}; lay that one on the reader, or destroy it and give the person a new serial`,
    );
  if (uid === null) return null;
  const other = [...journal.entries].find(([serial, entry]) => entry.uid === uid && serial !== row.order.card);
  if (other !== undefined)
    throw new WaslError(
      'ERR_CARD_CHANGED',
      `line ${row.line}: the card on the reader is serial ${other[0]} of this batch; take it away first`,
    );
  return uid;
}

async function attempt<T>(row: BatchRow, failures: RowFailure[], run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    failures.push(failureOf(error, { line: row.line, card: row.order.card }));
    return undefined;
  }
}

function failureOf(error: unknown, at: { readonly line: number; readonly card: number | null }): RowFailure {
  if (!isWaslError(error)) throw error;
  return { ...at, code: error.code, message: error.message };
}

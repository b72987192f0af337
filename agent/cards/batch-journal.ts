/**
 * What became of the rows of a batch, so that it goes on where it stopped and makes no card twice. A file of JSON lines, each flushed before
 * the next step, beside the cards:
 *
 *   {"format":1,"issuedAt":…,"issuer":"…"}                    once: the time and key of every card of this batch
 *   {"begun":4711,"order":"…","uid":"…"}                      before a card is written: it may carry this credential from now on
 *   {"done":4711,"order":"…","uid":"…","leftOut":[…]}         when it was read back
 *
 * `order` is a hash of the row: a row that was changed after its card was made is a mistake, not a second card.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { WaslError } from '../domain/errors.js';
import { fileError } from '../files.js';

const hash = z.string().regex(/^[0-9a-f]{16}$/);
const uid = z
  .string()
  .regex(/^[0-9a-f]*$/)
  .max(64)
  .nullable();
const headSchema = z.strictObject({ format: z.literal(1), issuedAt: z.int().min(0), issuer: z.string() });
const entrySchema = z.union([
  z.strictObject({ begun: z.int().min(0), order: hash, uid }),
  z.strictObject({ done: z.int().min(0), order: hash, uid, leftOut: z.array(z.string()) }),
]);

/** The first line of a batch's journal. */
export type BatchHead = Pick<z.infer<typeof headSchema>, 'issuedAt' | 'issuer'>;

/** What is known of one serial. */
export interface BatchEntry {
  readonly state: 'begun' | 'done';
  readonly order: string;
  readonly uid: string | null;
}

/** A batch's journal, opened. */
export interface BatchJournal {
  readonly head: BatchHead;
  /** By serial. */
  readonly entries: ReadonlyMap<number, BatchEntry>;
  /** Resolves when the line is on the disk. */
  begin(card: number, order: string, uid: string | null): Promise<void>;
  finish(
    card: number,
    made: { readonly order: string; readonly uid: string | null; readonly leftOut: readonly string[] },
  ): Promise<void>;
  close(): Promise<void>;
}

const JOURNAL_BYTES_MAX = 512 * 1024 * 1024;

/**
 * Opens the journal of a batch, or begins one with this head. Rejects with `ERR_ORDER_JOURNAL` when it was begun with another issuer key or is
 * damaged anywhere but in its last line, which a cut may have torn, and `ERR_DATA_FILE`.
 */
export async function openBatchJournal(path: string, fresh: BatchHead): Promise<BatchJournal> {
  const text = await textOf(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const { head, entries } = read(
    whole.split('\n').filter((line) => line !== ''),
    path,
  );
  if (head !== null && head.issuer !== fresh.issuer)
    throw new WaslError(
      'ERR_ORDER_JOURNAL',
      `${path} was begun with the issuer key ${head.issuer}: go on with that one, or name another folder`,
    );
  const file = await open(path, 'a').catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
  // A torn last line was never promised to anybody.
  if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
  const append = appender(file);
  const known = new Map(entries);
  if (head === null) await append({ format: 1, ...fresh });
  return {
    head: head ?? fresh,
    entries: known,
    begin: async (card, order, begunUid) => {
      await append({ begun: card, order, uid: begunUid });
      known.set(card, { state: 'begun', order, uid: begunUid });
    },
    finish: async (card, { order, uid: doneUid, leftOut }) => {
      await append({ done: card, order, uid: doneUid, leftOut });
      known.set(card, { state: 'done', order, uid: doneUid });
    },
    close: () => file.close(),
  };
}

function appender(file: FileHandle): (value: object) => Promise<void> {
  return async (value) => {
    await file.appendFile(`${JSON.stringify(value)}\n`);
    await file.datasync();
  };
}

async function textOf(path: string): Promise<string> {
  try {
    const text = await readFile(path);
    if (text.length > JOURNAL_BYTES_MAX) throw new WaslError('ERR_ORDER_JOURNAL', `${path} is too large`);
    return text.toString('utf8');
  } catch (cause) {
    if (cause instanceof WaslError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw fileError('ERR_DATA_FILE', path, cause);
  }
}

function read(lines: readonly string[], path: string): { head: BatchHead | null; entries: Map<number, BatchEntry> } {
  const entries = new Map<number, BatchEntry>();
  let head: BatchHead | null = null;
  for (const [at, line] of lines.entries()) {
    const value = jsonIn(line);
    if (at === 0) {
      const parsed = headSchema.safeParse(value);
      if (!parsed.success) throw damaged(path, 1);
      head = { issuedAt: parsed.data.issuedAt, issuer: parsed.data.issuer };
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) throw damaged(path, at + 1);
    const { data } = parsed;
    const serial = 'done' in data ? data.done : data.begun;
    entries.set(serial, { state: 'done' in data ? 'done' : 'begun', order: data.order, uid: data.uid });
  }
  return { head, entries };
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

function damaged(path: string, line: number): WaslError {
  return new WaslError(
    'ERR_ORDER_JOURNAL',
    `${path} is damaged at line ${line}: it says which cards were made, so look before you go on`,
  );
}

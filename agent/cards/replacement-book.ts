/**
 * What became of each replacement, so that it goes on where it stopped and no card is replaced twice. A file of JSON lines, each flushed before the next step:
 *
 *   {"planned":100017,"card":100044,"order":"…","cause":"in-hand",…}   what is to be carried on, before anything is written
 *   {"ended":100017,"previous":{"1":"…"}}                              the old card is over, or was lost
 *   {"begun":100017,"uid":"…"}                                         before the new card is written: it may carry the serial from now on
 *   {"done":100017}                                                    it was read back, the centre is told, the old serial is blocked
 *
 *   planned ──▶ ended ◀─▶ begun ──▶ done        (ended again: the new medium had no room, and nothing was written to it)
 *      ▲          │         │
 *      └ read     └─────────┴── planned anew with another serial: what was begun is blocked, the balances stay
 *        anew
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { WaslError } from '../domain/errors.js';
import { REPLACEMENT_CAUSES } from '../domain/event.js';
import { fileError } from '../files.js';

const uint = z.int().min(0);
const hex = z.string().regex(/^([0-9a-f]{2})+$/);

const ledgerSchema = z.strictObject({
  family: uint,
  /** Sequence of the newest record that is carried on. */
  closing: uint,
  day: uint,
  usage: z.array(z.strictObject({ commodity: uint, usedDay: uint, usedMonth: uint })),
  more: z.strictObject({
    tallies: z.array(z.strictObject({ commodity: uint, usedYear: uint, usedEver: uint, ahead: uint })),
    balances: z.array(z.strictObject({ account: uint, value: uint })),
    papers: z.array(
      z.strictObject({ kind: uint, number: uint, commodity: uint, left: uint, untilDay: uint, site: uint }),
    ),
  }),
});

/** A ledger that is carried on. */
export type CarriedLedger = z.infer<typeof ledgerSchema>;

const plannedSchema = z.strictObject({
  planned: uint,
  /** Serial of the new card, and the hash of its order. */
  card: uint,
  order: z.string().regex(/^[0-9a-f]{16}$/),
  cause: z.enum(REPLACEMENT_CAUSES),
  /** Time of all that is signed and told, in seconds since 1970. */
  at: uint,
  /** Since when the holder has had such a card. */
  heldSince: uint,
  ledgers: z.array(ledgerSchema),
});
const lineSchema = z.union([
  plannedSchema,
  z.strictObject({ ended: uint, previous: z.record(z.string().regex(/^\d+$/), hex) }),
  z.strictObject({ begun: uint, uid: hex }),
  z.strictObject({ done: uint }),
]);
type Line = z.infer<typeof lineSchema>;

/** What is planned, without the serial of the old card. */
export type ReplacementPlan = Omit<z.infer<typeof plannedSchema>, 'planned'>;

/** What is known of the replacement of one card. */
export interface ReplacementEntry {
  readonly state: 'planned' | 'ended' | 'begun' | 'done';
  readonly plan: ReplacementPlan;
  /** Hash of the record that ended each ledger, by family; empty where the card was lost. */
  readonly previous: ReadonlyMap<number, Uint8Array>;
  /** Identity of the new card that was begun; null for none. */
  readonly uid: string | null;
  /** Serials of new cards that were begun and given up: they are blocked. */
  readonly discarded: readonly number[];
}

/** The book. Each step resolves when it cannot be lost any more. */
export interface ReplacementBook {
  /** Of an old card; null for one that nobody began to replace. */
  entry(card: number): ReplacementEntry | null;
  /** The old card in whose place a serial is made, or was to be; null for none. */
  placeOf(card: number): number | null;
  plan(card: number, plan: ReplacementPlan): Promise<void>;
  end(card: number, previous: ReadonlyMap<number, Uint8Array>): Promise<void>;
  begin(card: number, uid: string): Promise<void>;
  finish(card: number): Promise<void>;
}

const FORMAT = '{"format":1}';
const BOOK_BYTES_MAX = 512 * 1024 * 1024;

/** A book that hands each line to `append`. */
export function replacementBook(append: (line: string) => Promise<void>): ReplacementBook {
  return bookOf(new Map(), append);
}

function bookOf(entries: Map<number, ReplacementEntry>, append: (line: string) => Promise<void>): ReplacementBook {
  const note = async (line: Line): Promise<void> => {
    await append(JSON.stringify(line));
    take(entries, line);
  };
  return {
    entry: (card) => entries.get(card) ?? null,
    placeOf: (card) => {
      for (const [old, { plan, discarded }] of entries) if (plan.card === card || discarded.includes(card)) return old;
      return null;
    },
    plan: (card, plan) => note({ planned: card, ...plan }),
    end: (card, previous) => note({ ended: card, previous: hexes(previous) }),
    begin: (card, uid) => note({ begun: card, uid }),
    finish: (card) => note({ done: card }),
  };
}

function hexes(previous: ReadonlyMap<number, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...previous].map(([family, hash]) => [String(family), Buffer.from(hash).toString('hex')]));
}

/** Takes a line into what is known. False for one that fits nothing before it. */
function take(entries: Map<number, ReplacementEntry>, line: Line): boolean {
  if ('planned' in line) {
    const { planned, ...plan } = line;
    const before = entries.get(planned);
    const given = before?.state === 'begun' && before.plan.card !== plan.card ? [before.plan.card] : [];
    const discarded = [...(before?.discarded ?? []), ...given];
    entries.set(planned, { state: 'planned', plan, previous: new Map(), uid: null, discarded });
    return true;
  }
  const card = 'ended' in line ? line.ended : 'begun' in line ? line.begun : line.done;
  const before = entries.get(card);
  if (before === undefined) return false;
  if ('ended' in line) {
    const previous = new Map(
      Object.entries(line.previous).map(([family, hash]) => [
        Number(family),
        Uint8Array.from(Buffer.from(hash, 'hex')),
      ]),
    );
    entries.set(card, { ...before, state: 'ended', previous });
  } else if ('begun' in line) entries.set(card, { ...before, state: 'begun', uid: line.uid });
  else entries.set(card, { ...before, state: 'done' });
  return true;
}

/** A book in a file. Opened by one process at a time. */
export interface OpenReplacementBook extends ReplacementBook {
  close(): Promise<void>;
}

/** Opens a book, or begins one. Rejects with `ERR_ORDER_JOURNAL` for one that is damaged anywhere but in its last line, which a cut may have torn, and `ERR_DATA_FILE`. */
export async function openReplacementBook(path: string): Promise<OpenReplacementBook> {
  const text = await textOf(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries = new Map<number, ReplacementEntry>();
  for (const [at, line] of whole.split('\n').slice(0, -1).entries()) {
    if (at === 0 && line === FORMAT) continue;
    const parsed = lineSchema.safeParse(jsonIn(line));
    if (at === 0 || !parsed.success || !take(entries, parsed.data))
      throw new WaslError(
        'ERR_ORDER_JOURNAL',
        `${path} is damaged at line ${at + 1}: it says which cards were replaced`,
      );
  }
  const file = await open(path, 'a', 0o600).catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
  // A torn last line was never promised to anybody.
  if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
  if (whole === '') await appendLine(file, FORMAT);
  return { ...bookOf(entries, (line) => appendLine(file, line)), close: () => file.close() };
}

async function appendLine(file: FileHandle, line: string): Promise<void> {
  await file.appendFile(`${line}\n`);
  await file.datasync();
}

async function textOf(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > BOOK_BYTES_MAX) throw new WaslError('ERR_ORDER_JOURNAL', `${path} is too large`);
    return bytes.toString('utf8');
  } catch (cause) {
    if (cause instanceof WaslError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw fileError('ERR_DATA_FILE', path, cause);
  }
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

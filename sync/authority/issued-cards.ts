/**
 * The cards that were issued with the authority's own key, so that one can be endorsed without being there: a file of JSON lines in its folder,
 * `cards.jsonl`. Nothing in it names a person.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { RECORD_HASH_BYTES } from '../../agent/credential/ledger.js';
import type { Openings } from '../../agent/credential/personalise.js';
import { WaslError } from '../../agent/domain/errors.js';

/** Name of the file. */
export const ISSUED_NAME = 'cards.jsonl';

const uint = z.int().min(0);
const rows = <T extends z.ZodRawShape>(shape: T) => z.array(z.strictObject(shape));

/** What a ledger was issued with. */
const openingSchema = z.strictObject({
  family: uint,
  day: uint,
  firstSequence: uint,
  usage: rows({ commodity: uint, usedDay: uint, usedMonth: uint }),
  more: z.strictObject({
    tallies: rows({ commodity: uint, usedYear: uint, usedEver: uint, ahead: uint }),
    balances: rows({ account: uint, value: uint }),
    papers: rows({ kind: uint, number: uint, commodity: uint, left: uint, untilDay: uint, site: uint }),
  }),
});

const issuedSchema = z.strictObject({
  card: z.int().min(0),
  owner: z.string().regex(/^([0-9a-f]{2}){4,10}$/),
  credential: z.string().regex(/^[0-9a-f]{16}$/),
  issuedAt: z.int().min(0),
  expiresAt: z.int().min(0),
  householdSize: z.int().min(1),
  draws: z.int().min(1),
  /** Absent where nothing was used. */
  openings: z.array(openingSchema).exactOptional(),
});

/**
 * A credential on a card. `owner`: UID, or id of the key of a smart card, in hex; `credential`: its name in hex; times in seconds since 1970. Of a serial
 * that was issued again the last line counts.
 */
export type IssuedCard = z.infer<typeof issuedSchema>;

/** Openings as the file has them; nothing where there are none. */
export function issuedOpenings(openings: Openings): Pick<IssuedCard, 'openings'> {
  if (openings.size === 0) return {};
  return {
    openings: [...openings].map(([family, { day, firstSequence, usage, more }]) => {
      const { tallies, balances, papers } = more;
      const stated = { tallies: [...tallies], balances: [...balances], papers: [...papers] };
      return { family, day, firstSequence, usage: [...usage], more: stated };
    }),
  };
}

/** The other way round. */
export function openingsIssued({ openings = [] }: Pick<IssuedCard, 'openings'>): Openings {
  const previous = new Uint8Array(RECORD_HASH_BYTES);
  return new Map(openings.map(({ family, ...stated }) => [family, { ...stated, previous }]));
}

/** Adds a card. Resolves when it is on the disk. Rejects with `ERR_DATA_FILE`. */
export async function rememberIssued(folder: string, card: IssuedCard): Promise<void> {
  const path = join(folder, ISSUED_NAME);
  try {
    const file = await open(path, 'a', 0o600);
    try {
      await file.appendFile(`${JSON.stringify(card)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new WaslError('ERR_DATA_FILE', `${path} cannot be written: the card could not be endorsed later`, { cause });
  }
}

/** The cards with these serials, as far as they are known. A line that a cut has torn is passed over. Rejects with `ERR_DATA_FILE`. */
export async function issuedCards(
  folder: string,
  serials: ReadonlySet<number>,
): Promise<ReadonlyMap<number, IssuedCard>> {
  const path = join(folder, ISSUED_NAME);
  const found = new Map<number, IssuedCard>();
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      const parsed = issuedSchema.safeParse(jsonIn(line));
      if (parsed.success && serials.has(parsed.data.card)) found.set(parsed.data.card, parsed.data);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return found;
    throw new WaslError('ERR_DATA_FILE', `${path} cannot be read`, { cause });
  }
  return found;
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

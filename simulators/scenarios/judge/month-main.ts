/**
 * The judge of a month, a process of its own: adds up what was handed out three times, from the dumps of the cards, from the terminals' own journals and from the documents of the
 * centre, each read by itself, and compares. Of Wasl it uses the published formats alone.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { readSlotImage } from '../../../agent/credential/ledger.js';
import { openMedium } from '../../../drivers/media/open.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { cardFromJson, presented } from '../../card-file.js';

/** What the judge is given. */
export interface MonthOrder {
  readonly terminals: readonly string[];
  /** Files with the dump of a card on each line. */
  readonly cards: readonly string[];
  /** Folder with a file `journal-TERMINAL.txt` for each terminal, an event's canonical bytes on each line. */
  readonly journals: string;
  readonly couch: { readonly url: string; readonly username: string; readonly password: string };
}

/** Units by commodity. */
export type Sums = Readonly<Record<string, number>>;

/** What the judge says. */
export interface MonthVerdict {
  readonly ok: boolean;
  /** Handed out and not taken back, by commodity. */
  readonly units: { readonly cards: Sums; readonly journals: Sums; readonly centre: Sums };
  readonly cards: number;
  readonly events: { readonly journals: number; readonly centre: number };
  /** What does not agree, in words. */
  readonly problems: readonly string[];
}

const PAGE = 2_000;

/** What a source says of one terminal. */
interface Told {
  readonly units: Map<number, number>;
  /** Hashes of all events, so that two sources can be compared event by event. */
  readonly hashes: string[];
}

const order = JSON.parse(await text(process.stdin)) as MonthOrder;
process.stdout.write(`${JSON.stringify(await judge(order))}\n`);

async function judge({ terminals, cards, journals, couch }: MonthOrder): Promise<MonthVerdict> {
  const onCards = await sumOfCards(cards);
  const own = new Map<string, Told>();
  for (const name of terminals) own.set(name, await toldByJournal(join(journals, `journal-${name}.txt`)));
  const centre = await toldByCentre(couch);
  const units = { cards: sumsOf([onCards.units]), journals: all(own), centre: all(centre) };
  const problems: string[] = [];
  for (const [name, told] of own)
    if (digestOf(told) !== digestOf(centre.get(name)))
      problems.push(`the centre and ${name} do not hold the same events`);
  for (const name of centre.keys())
    if (!own.has(name)) problems.push(`the centre has events of ${name}, which is no terminal`);
  for (const [one, other] of [
    ['cards', 'journals'],
    ['journals', 'centre'],
  ] as const)
    if (JSON.stringify(units[one]) !== JSON.stringify(units[other]))
      problems.push(`${one} and ${other} do not come to the same`);
  if (Object.values(units.cards).every((sum) => sum === 0)) problems.push('nothing was handed out');
  const count = (from: ReadonlyMap<string, Told>): number =>
    [...from.values()].reduce((sum, { hashes }) => sum + hashes.length, 0);
  const events = { journals: count(own), centre: count(centre) };
  return { ok: problems.length === 0, units, cards: onCards.count, events, problems };
}

/** What the newest record of each ledger of a card says was used in its month. */
async function sumOfCards(
  files: readonly string[],
): Promise<{ readonly units: Map<number, number>; readonly count: number }> {
  const units = new Map<number, number>();
  let count = 0;
  for (const file of files) {
    for await (const line of linesOf(file)) {
      const session = await openMedium(presented(cardFromJson(JSON.parse(line))), { canWrite: true });
      for (const store of session.ledgers) {
        const records = (await store.readSlots()).map((slot) => readSlotImage(slot).record);
        const newest = records.sort((a, b) => b.sequence - a.sequence)[0];
        for (const { commodity, usedMonth } of newest?.usage ?? []) add(units, commodity, usedMonth);
      }
      count += 1;
    }
  }
  return { units, count };
}

async function toldByJournal(file: string): Promise<Told> {
  const told: Told = { units: new Map(), hashes: [] };
  for await (const line of linesOf(file)) take(told, line);
  return told;
}

/** All documents of events, page by page, by terminal. */
async function toldByCentre({ url, username, password }: MonthOrder['couch']): Promise<ReadonlyMap<string, Told>> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { headers: { authorization } });
    if (!response.ok) throw new Error(`${path} was answered with status ${response.status}`);
    return response.json();
  };
  const told = new Map<string, Told>();
  const databases = ((await ask('/_all_dbs')) as string[]).filter((name) => name.startsWith('wasl-events-'));
  for (const database of databases) {
    for (let from = ''; ; ) {
      const query = `include_docs=true&limit=${PAGE}&startkey=${encodeURIComponent(JSON.stringify(from))}`;
      const page = (await ask(`/${database}/_all_docs?${query}`)) as {
        rows: { id: string; doc: { terminal?: string; bytes?: string } }[];
      };
      for (const { doc } of page.rows) {
        if (doc.terminal === undefined || doc.bytes === undefined) continue;
        const known = told.get(doc.terminal) ?? { units: new Map(), hashes: [] };
        told.set(doc.terminal, known);
        take(known, doc.bytes);
      }
      const last = page.rows.at(-1);
      if (last === undefined || page.rows.length < PAGE) break;
      from = `${last.id}!`;
    }
  }
  return told;
}

function take({ units, hashes }: Told, bytesText: string): void {
  const bytes = Buffer.from(bytesText, 'base64url');
  hashes.push(createHash('sha256').update(bytes).digest('base64url'));
  const event = decodeEvent(bytes);
  if (event.type === 'unresolved') throw new Error('a tap stayed unresolved in a month without torn cards');
  if (event.type === 'redemption') for (const { commodity, quantity } of event.items) add(units, commodity, quantity);
  if (event.type === 'void') for (const { commodity, quantity } of event.items) add(units, commodity, -quantity);
}

function digestOf(told: Told | undefined): string {
  return createHash('sha256')
    .update([...(told?.hashes ?? [])].sort().join('\n'))
    .digest('hex');
}

function all(told: ReadonlyMap<string, Told>): Sums {
  return sumsOf([...told.values()].map(({ units }) => units));
}

/** Commodities of which nothing was handed out in the end are left out. */
function sumsOf(parts: readonly ReadonlyMap<number, number>[]): Sums {
  const sums = new Map<number, number>();
  for (const part of parts) for (const [commodity, units] of part) add(sums, commodity, units);
  const kept = [...sums].filter(([, units]) => units !== 0).sort(([a], [b]) => a - b);
  return Object.fromEntries(kept.map(([commodity, units]) => [String(commodity), units]));
}

function add(units: Map<number, number>, commodity: number, quantity: number): void {
  units.set(commodity, (units.get(commodity) ?? 0) + quantity);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY }))
    if (line !== '') yield line;
}

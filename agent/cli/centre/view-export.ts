/** What a party sees, as a table. */
import type { DocumentStore } from '../../../sync/bridge/store.js';
import { recordsOf, type ViewRecord } from '../../../sync/settlement/views/desk.js';
import type { Party, PartyKind } from '../../../sync/settlement/views/parties.js';
import { csvLine } from '../shared/csv-text.js';
import type { TextTarget } from '../shared/text-target.js';

const COMMON = [
  'record',
  'day',
  'programme',
  'items',
  'site',
  'gross',
  'holder',
  'purse',
  'owed',
  'status',
  'why',
] as const;

/** Columns by kind of party; `items` is `commodity x quantity`, several apart by spaces. Sums are minor units. */
const COLUMNS: Readonly<Record<PartyKind, readonly string[]>> = {
  provider: [...COMMON, 'reference', 'time', 'terminal', 'events', 'card', 'roster', 'person', 'operator', 'reason'],
  insurer: [...COMMON, 'time', 'siteKind', 'card', 'roster', 'person', 'plan', 'class', 'exemption'],
  regulator: [
    ...[...COMMON, 'area', 'siteKind', 'accredited', 'breach', 'person', 'exemption', 'reason'],
    ...['case', 'cause', 'opened', 'sites'],
  ],
};

/** Characters that are gathered before they are written. */
const PIECE_CHARS = 64 * 1024;

/** Writes the table; resolves to its rows without the head. Rejects with `ERR_DATABASE` or as the target does. */
export async function writeViewTable(store: DocumentStore, party: Party, target: TextTarget): Promise<number> {
  const columns = COLUMNS[party.kind];
  let count = 0;
  let text = csvLine(columns);
  for await (const record of recordsOf(store, party)) {
    count += 1;
    text += csvLine(columns.map((column) => cellOf(record, column)));
    if (text.length < PIECE_CHARS) continue;
    await target.write(text);
    text = '';
  }
  await target.write(text);
  return count;
}

function cellOf(record: ViewRecord, column: string): string | number | boolean | null {
  if (column === 'items')
    return record.items?.map(({ commodity, quantity }) => `${commodity}x${quantity}`).join(' ') ?? null;
  const value = record[column];
  if (Array.isArray(value)) return value.map(String).join(' ');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/**
 * An auditor of the centre that trusts nothing of Wasl: it reads CouchDB with plain `fetch` and recomputes hashes, chains and
 * signatures from the published formats (`docs/formats/event.cddl`, `sync.cddl`) with its own few lines. It shares no code with what
 * wrote the documents. Holds all of them in memory: for demonstrations, tests and samples.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';

/** The server, and a user who may read all of its databases. */
export interface AuditAccess {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** A service that the centre can prove. */
export interface AuditedService {
  readonly terminal: string;
  readonly epoch: string;
  readonly seq: number;
  readonly card: number;
  readonly ledgerSequence: number;
  readonly items: readonly { readonly commodity: number; readonly quantity: number }[];
}

/** What was found. */
export interface AuditReport {
  /** Events in their places. */
  readonly events: number;
  readonly terminals: number;
  /** True when every hash, every chain and every signature was recomputed and fits, and no event is missing. */
  readonly chainVerified: boolean;
  /** Sequences that are missing below one that is there. */
  readonly gaps: readonly {
    readonly terminal: string;
    readonly epoch: string;
    readonly first: number;
    readonly last: number;
  }[];
  /** Everything that does not fit, one sentence each. */
  readonly problems: readonly string[];
  /** In the order of terminal, epoch and sequence. */
  readonly services: readonly AuditedService[];
  /**
   * Events that no signature of their terminal covers, but the record of an import does: they stood in the journal of a dead terminal,
   * as far as one trusts the centre.
   */
  readonly imported: number;
}

type Row = Readonly<Record<string, unknown>>;

interface Found {
  readonly problems: string[];
  readonly gaps: { terminal: string; epoch: string; first: number; last: number }[];
  readonly services: AuditedService[];
  /** Head after each sequence of each epoch, and the bases at 0; by `terminal:epoch:seq`. */
  readonly heads: Map<string, string>;
}

/** Audits everything that the server holds. Rejects when it cannot be read. */
export async function auditCentre(access: AuditAccess): Promise<AuditReport> {
  const names = (await ask(access, '/_all_dbs')) as string[];
  const read = async (prefix: string): Promise<Row[]> => {
    const pages = await Promise.all(
      names.filter((name) => name.startsWith(prefix)).map((name) => readAll(access, name)),
    );
    return pages.flat();
  };
  const events = await read('wasl-events-');
  const headers = await read('wasl-batches-');
  const keys = keysOf(await read('wasl-registry'));
  const found: Found = { problems: [], gaps: [], services: [], heads: new Map() };

  const placed = events.filter((row) => idOf(row).split(':').length === 3);
  for (const row of events.filter((candidate) => !placed.includes(candidate)))
    found.problems.push(`two events claim one place: ${idOf(row)}`);
  const chains = groupByEpoch(placed);
  for (const chain of chains) checkChain(chain, found);
  for (const chain of chains) checkLink(chain, found);
  const imports = await read('wasl-imports');
  const imported = checkSignatures({ placed, headers, keys, imports }, found);
  return {
    events: placed.length,
    terminals: new Set(placed.map((row) => row.terminal)).size,
    chainVerified: found.problems.length === 0 && found.gaps.length === 0,
    gaps: found.gaps,
    problems: found.problems,
    services: found.services,
    imported,
  };
}

async function ask({ url, username, password }: AuditAccess, path: string): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${url}${path}`, { headers: { authorization } });
  if (!response.ok) throw new Error(`${path} was answered with status ${response.status}`);
  return response.json();
}

async function readAll(access: AuditAccess, database: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let from = ''; ; ) {
    const query = `include_docs=true&limit=1000&startkey=${encodeURIComponent(JSON.stringify(from))}`;
    const page = (await ask(access, `/${database}/_all_docs?${query}`)) as { rows: { id: string; doc: Row }[] };
    rows.push(...page.rows.map((row) => row.doc));
    const last = page.rows.at(-1);
    if (last === undefined || page.rows.length < 1000) return rows.filter((row) => !idOf(row).startsWith('_'));
    from = `${last.id}!`;
  }
}

/** Public keys that each terminal has or had, as hex. */
function keysOf(registry: readonly Row[]): Map<string, string[]> {
  return new Map(
    registry.map((row) => {
      const former = Array.isArray(row.formerKeys) ? row.formerKeys.map(String) : [];
      return [idOf(row), [String(row.publicKey), ...former]];
    }),
  );
}

function groupByEpoch(placed: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of placed) {
    const key = `${row.terminal}:${row.epoch}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const sorted = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, rows]) => rows.sort((a, b) => Number(a.seq) - Number(b.seq)));
}

/** Recomputes every body hash and the chain of one epoch. */
function checkChain(chain: readonly Row[], found: Found): void {
  let head: string | null = null;
  let before = 0;
  for (const row of chain) {
    const { terminal, epoch, seq } = placeOf(row);
    if (idOf(row) !== `${terminal}:${epoch}:${String(seq).padStart(8, '0')}`)
      found.problems.push(`${idOf(row)} is not the id of its content`);
    if (seq !== before + 1) {
      found.gaps.push({ terminal, epoch, first: before + 1, last: seq - 1 });
      head = null;
    }
    const event = checkBody(row, found);
    if (seq === 1) head = event === null ? null : baseOf(terminal, epoch, event);
    if (seq === 1 && head !== null) found.heads.set(`${terminal}:${epoch}:0`, head);
    // Behind a gap the chain is taken up again at the head that the document claims.
    const expected: string =
      head === null ? String(row.head) : hashOf('wasl/chain/1', raw(head), seq, raw(row.bodyHash));
    if (row.head !== expected) found.problems.push(`${idOf(row)} does not follow from the event before it`);
    head = expected;
    found.heads.set(`${terminal}:${epoch}:${seq}`, head);
    before = seq;
  }
}

/** The event in a document, or null; checks its hash and its projection, and notes a service. */
function checkBody(row: Row, found: Found): readonly unknown[] | null {
  // Erased by law: its hash stays in the chain.
  if (row.bytes === undefined) return null;
  const bytes = raw(row.bytes);
  if (hashOf('wasl/body/1', raw(row.salt), bytes) !== row.bodyHash)
    found.problems.push(`${idOf(row)} does not have the body that was hashed`);
  const event: unknown = decode(bytes);
  if (!Array.isArray(event)) {
    found.problems.push(`${idOf(row)} is not an event`);
    return null;
  }
  const [version, type, time, card, ledgerSequence, , items] = event;
  if (row.timeS !== undefined && row.timeS !== time)
    found.problems.push(`${idOf(row)} shows another time than it holds`);
  if (version !== 1 || type !== 2) return event;
  const service: AuditedService = {
    ...placeOf(row),
    card: Number(card),
    ledgerSequence: Number(ledgerSequence),
    items: pairs(items as number[]),
  };
  const shown = { card: row.card, ledgerSequence: row.ledgerSequence, items: row.items };
  const held = { card: service.card, ledgerSequence: service.ledgerSequence, items: service.items };
  if (JSON.stringify(shown) !== JSON.stringify(held))
    found.problems.push(`${idOf(row)} shows another service than it holds`);
  found.services.push(service);
  return event;
}

function pairs(flat: readonly number[]): { commodity: number; quantity: number }[] {
  return flat.flatMap((commodity, index) =>
    index % 2 === 0 ? [{ commodity, quantity: flat[index + 1] ?? Number.NaN }] : [],
  );
}

/** The hash that event 1 chains on, from event 1 itself: `[1, 1, time, cause, previous]`. */
function baseOf(terminal: string, epoch: string, event: readonly unknown[]): string {
  const [, type, , , previous] = event;
  return hashOf('wasl/epoch/1', terminal, epoch, type === 1 ? previous : null);
}

/** Where an epoch says that it follows another one, that one must be there, up to that place, with that head. */
function checkLink(chain: readonly Row[], found: Found): void {
  const [row] = chain;
  if (row === undefined || row.seq !== 1 || row.bytes === undefined) return;
  const event: unknown = decode(raw(row.bytes));
  const previous: unknown = Array.isArray(event) ? event[4] : null;
  if (!Array.isArray(previous)) return;
  const [epoch, seq, head] = previous as [string, number, Uint8Array];
  const held = found.heads.get(`${row.terminal}:${epoch}:${seq}`);
  if (held === undefined) found.problems.push(`${idOf(row)} follows ${epoch}:${seq}, which is not there`);
  else if (held !== text(head))
    found.problems.push(`${idOf(row)} follows another ${epoch}:${seq} than the one that is there`);
}

interface Signed {
  readonly placed: readonly Row[];
  readonly headers: readonly Row[];
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly imports: readonly Row[];
}

/**
 * Verifies every batch, and that each event is in one whose signature covers the very chain that is there, or else in the record of an
 * import. Gives the number of the latter.
 */
function checkSignatures({ placed, headers, keys, imports }: Signed, found: Found): number {
  const proved = new Set<string>();
  for (const header of headers) {
    const { terminal, epoch, first, last, base, head } = header;
    const key = String(header.publicKey);
    if (!(keys.get(String(terminal)) ?? []).includes(key)) {
      found.problems.push(`batch ${idOf(header)} was signed with a key that ${terminal} does not have`);
      continue;
    }
    const payload = cbor([terminal, epoch, first, last, raw(base), raw(head)]);
    const signed = cbor(['Signature1', cbor(new Map([[1, -8]])), cbor(['wasl/batch/1']), payload]);
    if (!verify(null, signed, ed25519(key), raw(header.signature))) {
      found.problems.push(`batch ${idOf(header)} does not have a valid signature`);
      continue;
    }
    const covers =
      found.heads.get(`${terminal}:${epoch}:${Number(first) - 1}`) === base &&
      found.heads.get(`${terminal}:${epoch}:${last}`) === head;
    if (covers) for (let seq = Number(first); seq <= Number(last); seq += 1) proved.add(`${terminal}:${epoch}:${seq}`);
  }
  const recorded = importedPlaces(imports, found);
  let imported = 0;
  for (const row of placed) {
    const { terminal, epoch, seq } = placeOf(row);
    const place = `${terminal}:${epoch}:${seq}`;
    if (proved.has(place)) continue;
    if (recorded.has(place)) imported += 1;
    else found.problems.push(`${idOf(row)} is in no signed batch`);
  }
  return imported;
}

/** Places that the record of an import names with the very chain that is there. */
function importedPlaces(imports: readonly Row[], found: Found): Set<string> {
  const places = new Set<string>();
  for (const row of imports) {
    for (const range of Array.isArray(row.ranges) ? (row.ranges as Row[]) : []) {
      const { epoch, first, last, base, head } = range;
      const epochOf = `${row.terminal}:${epoch}`;
      const begins = base === null || found.heads.get(`${epochOf}:${Number(first) - 1}`) === base;
      if (!begins || found.heads.get(`${epochOf}:${last}`) !== head) continue;
      for (let seq = Number(first); seq <= Number(last); seq += 1) places.add(`${epochOf}:${seq}`);
    }
  }
  return places;
}

function placeOf(row: Row): { terminal: string; epoch: string; seq: number } {
  return { terminal: String(row.terminal), epoch: String(row.epoch), seq: Number(row.seq) };
}

function idOf(row: Row): string {
  return String(row._id);
}

function raw(value: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(String(value), 'base64url'));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function cbor(value: unknown): Uint8Array {
  return encode(value, rfc8949EncodeOptions);
}

function hashOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(cbor(parts)).digest('base64url');
}

function ed25519(publicKeyHex: string): ReturnType<typeof createPublicKey> {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKeyHex, 'hex')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

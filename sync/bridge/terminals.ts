/**
 * The document of a terminal in the registry: its key, the keys it had, what opens its journal when it is dead, and which of its epochs
 * are closed. People maintain it through commands, so it is read, changed and put; events never are.
 */
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';
import { type Closing, DATABASES } from './documents.js';
import type { DocumentStore, StoredDocument } from './store.js';

/** Former keys and escrows of one terminal that are kept: more than it is ever provisioned anew. */
const FORMER_MAX = 32;

/** Attempts to change a document that another command changes at the same time. */
const CHANGE_ATTEMPTS_MAX = 4;

const hexKey = z.string().regex(/^[0-9a-f]{64}$/);
const closureSchema = z.looseObject({
  key: hexKey.nullable(),
  import: z.string(),
  epochs: z.array(z.looseObject({ epoch: z.string(), seq: z.int().min(0), head: z.string() })),
});
const terminalSchema = z.looseObject({
  publicKey: hexKey,
  site: z.string(),
  formerKeys: z.array(hexKey).optional(),
  escrows: z.array(z.string()).optional(),
  closures: z.array(closureSchema).optional(),
});

/** Where a closed epoch ends. */
export interface ClosedEpoch {
  readonly epoch: string;
  /** The last event that its terminal's journal held. */
  readonly seq: number;
  /** Head of the chain after it, base64url. */
  readonly head: string;
}

/** A terminal that was declared dead: its journal was read at the centre, and nothing more is expected of it. */
export interface Closure {
  /** Its public key, hex: an epoch under this key that is not listed was begun after its death. Null when the key is not known. */
  readonly key: string | null;
  /** Id of the import's record. */
  readonly import: string;
  readonly epochs: readonly ClosedEpoch[];
}

/** What the centre knows of a terminal. */
export interface TerminalRecord {
  readonly site: string;
  /** Hex. */
  readonly publicKey: string;
  /** Keys that it signed with before, hex, oldest first: what they signed stays proved. */
  readonly formerKeys: readonly string[];
  /** Journal keys, each sealed to the centre, base64url, newest first. */
  readonly escrows: readonly string[];
  readonly closures: readonly Closure[];
}

/** The record in a document of the registry, or null when there is none in it. */
export function terminalOf(document: StoredDocument | null | undefined): TerminalRecord | null {
  const parsed = terminalSchema.safeParse(document);
  if (!parsed.success) return null;
  const { site, publicKey, formerKeys = [], escrows = [], closures = [] } = parsed.data;
  return { site, publicKey, formerKeys, escrows, closures };
}

/** A terminal as it is registered, or null. Rejects with `ERR_DATABASE`. */
export async function readTerminal(store: DocumentStore, terminal: string): Promise<TerminalRecord | null> {
  const [document] = await store.read(DATABASES.registry, [terminal]);
  return terminalOf(document);
}

/**
 * Changes the record of a terminal as it is at that moment. Fields that are not known here stay; `change` may be called again.
 * Rejects with `ERR_DATABASE`.
 */
export async function changeTerminal(
  store: DocumentStore,
  terminal: string,
  change: (before: TerminalRecord | null) => TerminalRecord,
): Promise<void> {
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS_MAX; attempt += 1) {
    const [document] = await store.read(DATABASES.registry, [terminal]);
    const before = terminalOf(document);
    const after = change(before);
    if (before !== null && JSON.stringify(after) === JSON.stringify(before)) return;
    const revision = document?._rev ?? null;
    const next = { ...document, ...fieldsOf(after), _id: terminal };
    const [outcome] = await store.replace(DATABASES.registry, [{ document: next, revision }]);
    if (outcome === 'stored') return;
  }
  throw new WaslError('ERR_DATABASE', `the record of ${terminal} keeps being changed by somebody else`);
}

/** The record with a key, a site and whatever escrows are new; a key that it had before becomes a former one. */
export function enrolled(
  before: TerminalRecord | null,
  now: {
    readonly site: string;
    readonly publicKey: string;
    readonly formerKeys: readonly string[];
    readonly escrows: readonly string[];
  },
): TerminalRecord {
  const { site, publicKey } = now;
  const had = [...(before?.formerKeys ?? []), ...now.formerKeys, ...(before === null ? [] : [before.publicKey])];
  const formerKeys = [...new Set(had)].filter((key) => key !== publicKey).slice(-FORMER_MAX);
  const known = before?.escrows ?? [];
  const fresh = now.escrows.filter((escrow) => !known.includes(escrow)).reverse();
  const escrows = [...fresh, ...known].slice(0, FORMER_MAX);
  return { site, publicKey, formerKeys, escrows, closures: before?.closures ?? [] };
}

/** The record with a closure. One that a longer journal of the same terminal made before stays the longer one. */
export function closed(before: TerminalRecord, closure: Closure): TerminalRecord {
  const same = before.closures.find(({ key }) => key === closure.key);
  if (same === undefined) return { ...before, closures: [...before.closures, closure].slice(-FORMER_MAX) };
  const epochs = new Map(same.epochs.map((epoch) => [epoch.epoch, epoch]));
  for (const epoch of closure.epochs)
    if ((epochs.get(epoch.epoch)?.seq ?? -1) < epoch.seq) epochs.set(epoch.epoch, epoch);
  const grown = JSON.stringify([...epochs.values()]) !== JSON.stringify(same.epochs);
  const merged = grown ? { ...closure, epochs: [...epochs.values()] } : same;
  return { ...before, closures: before.closures.map((other) => (other === same ? merged : other)) };
}

/**
 * Where an epoch was closed, for a batch signed with `publicKey` (hex): its end, sequence 0 for one that a dead terminal began, or null
 * for an epoch that nobody closed.
 */
export function closingOf(closures: readonly Closure[], epoch: string, publicKey: string): Closing | null {
  for (const closure of closures) {
    const found = closure.epochs.find((candidate) => candidate.epoch === epoch);
    if (found !== undefined) return { seq: found.seq, head: found.head, import: closure.import };
  }
  const dead = closures.find(({ key }) => key === publicKey);
  return dead === undefined ? null : { seq: 0, head: null, import: dead.import };
}

function fieldsOf({ site, publicKey, formerKeys, escrows, closures }: TerminalRecord): object {
  return {
    site,
    publicKey,
    ...(formerKeys.length === 0 ? {} : { formerKeys }),
    ...(escrows.length === 0 ? {} : { escrows }),
    ...(closures.length === 0 ? {} : { closures }),
  };
}

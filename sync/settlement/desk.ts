/** What a supervisor asks of settlement's documents, and the one thing that a supervisor changes in them. Every call rejects with `ERR_DATABASE`. */
import { z } from 'zod';
import type { Clock } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { DATABASES } from '../bridge/documents.js';
import type { DocumentStore, StoredDocument } from '../bridge/store.js';
import { type CaseDocument, decided, isCaseId, readCase } from './cases/case.js';
import { endorsedSchema, readBack, SETTLEMENT_DATABASE, type UsageDocument, usageSchema } from './documents.js';
import { eventsDatabaseOf, terminalOf } from './evidence.js';
import { distinctServices } from './projections/distinct.js';

/** Which cases to list; what is left out does not matter. */
export interface CaseFilter {
  readonly kind?: string;
  readonly status?: string;
  readonly card?: number;
  readonly terminal?: string;
}

/** Cases, and whether there are more than were asked for. */
export interface CaseList {
  /** The newest first. */
  readonly cases: readonly CaseDocument[];
  readonly more: boolean;
}

/** One case with what it rests on. */
export interface CaseFile {
  readonly case: CaseDocument;
  /** The events that show it, as the centre holds them; null for one that it holds no more. */
  readonly events: readonly { readonly id: string; readonly document: StoredDocument | null }[];
}

/** What a card drew in a month. */
export interface CardUsage extends Pick<UsageDocument, 'programme' | 'month' | 'drawn'> {
  /** Different services in the month. */
  readonly services: number;
}

const PAGE = 500;
const ATTEMPTS_MAX = 8;

/** The cases that fit, at most `max` of them. */
export async function listCases(store: DocumentStore, filter: CaseFilter, max: number): Promise<CaseList> {
  const found: CaseDocument[] = [];
  for await (const document of documentsFrom(
    store,
    DATABASES.cases,
    filter.kind === undefined ? '' : `${filter.kind}:`,
  )) {
    if (!isCaseId(document._id)) continue;
    const one = readCase(document);
    if (fits(one, filter)) found.push(one);
  }
  found.sort((a, b) => (a.noticedAt === b.noticedAt ? compare(a._id, b._id) : compare(b.noticedAt, a.noticedAt)));
  return { cases: found.slice(0, max), more: found.length > max };
}

/** What the bridge and imports have set down beside the cases: a second event in one place, a closed epoch that goes on, a dead journal. */
export interface CentreNote {
  readonly id: string;
  readonly kind: string;
  readonly terminal: string;
  /** In plain words, where whoever wrote it had any. */
  readonly reason: string | null;
  readonly document: StoredDocument;
}

/** The notes of a terminal, or of all, in the order of their kinds; at most `max` of them. */
export async function listNotes(
  store: DocumentStore,
  terminal: string | null,
  max: number,
): Promise<{ readonly notes: readonly CentreNote[]; readonly more: boolean }> {
  const notes: CentreNote[] = [];
  for await (const document of documentsFrom(store, DATABASES.cases, '')) {
    if (isCaseId(document._id) || document._id.startsWith('_')) continue;
    const note = noteOf(document);
    if (terminal !== null && note.terminal !== terminal) continue;
    if (notes.length === max) return { notes, more: true };
    notes.push(note);
  }
  return { notes, more: false };
}

const NOTE_WORDS: Readonly<Record<string, string>> = {
  equivocation: 'Two different events claim one place in the chain: the terminal was copied or put back.',
  'closed-epoch': 'A terminal whose journal was read at the centre as that of a dead one goes on sending.',
};

function noteOf(document: StoredDocument): CentreNote {
  const [kind = ''] = document._id.split(':');
  const subject = z.object({ terminal: z.string() }).safeParse(document.subject);
  const terminal = subject.success ? subject.data.terminal : String(document.terminal ?? '');
  const reason = typeof document.reason === 'string' ? document.reason : (NOTE_WORDS[kind] ?? null);
  return { id: document._id, kind, terminal, reason, document };
}

/** One case. Rejects with `ERR_USAGE` when there is none with this id. */
export async function showCase(store: DocumentStore, id: string): Promise<CaseFile> {
  const { content } = await caseAt(store, id);
  const byDatabase = new Map<string, string[]>();
  for (const event of content.events) {
    const database = eventsDatabaseOf(event);
    byDatabase.set(database, [...(byDatabase.get(database) ?? []), event]);
  }
  const documents = new Map<string, StoredDocument | null>();
  for (const [database, ids] of byDatabase) {
    const found = await store.read(database, ids);
    for (const [index, event] of ids.entries()) documents.set(event, found[index] ?? null);
  }
  return {
    case: content,
    events: content.events.map((event) => ({ id: event, document: documents.get(event) ?? null })),
  };
}

/**
 * Closes a case by a person's decision, which stays whatever comes after. Rejects with `ERR_USAGE` when there is no such case, or when it
 * was closed by a person and nothing came to it since.
 */
export async function closeCase(
  store: DocumentStore,
  id: string,
  decision: { readonly by: string; readonly reason: string; readonly clock: Clock },
): Promise<CaseDocument> {
  const { by, reason, clock } = decision;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const { content, revision } = await caseAt(store, id);
    const next = decided(content, { by, reason, iso: new Date(clock.nowMs()).toISOString() });
    const [outcome] = await store.replace(DATABASES.cases, [{ document: { ...next }, revision }]);
    if (outcome === 'stored') return next;
  }
  throw new WaslError('ERR_DATABASE', `${id} keeps being changed by somebody else`);
}

/** What a card drew, the newest month first; empty for a card that never drew anything. */
export async function usageOf(store: DocumentStore, card: number): Promise<readonly CardUsage[]> {
  const usage: CardUsage[] = [];
  for await (const document of documentsFrom(store, SETTLEMENT_DATABASE, `usage:${card}:`)) {
    const { programme, month, drawn, events } = readBack(usageSchema, document);
    const services = distinctServices({ events }).length;
    if (Object.keys(events).length > 0) usage.push({ programme, month, drawn, services });
  }
  return usage.sort((a, b) => compare(b.month, a.month) || a.programme - b.programme);
}

/** An endorsement that a terminal wrote to a card. */
export interface EndorsedCardNumber {
  readonly card: number;
  readonly number: number;
  /** When it was last written, by the terminal's clock, in seconds since 1970. */
  readonly writtenS: number;
}

/** The endorsements that were written to cards since a time in seconds since 1970: by card, each number once. */
export async function* writtenEndorsements(
  store: DocumentStore,
  sinceS: number,
): AsyncGenerator<EndorsedCardNumber, void, undefined> {
  for await (const document of documentsFrom(store, SETTLEMENT_DATABASE, 'endorsed:')) {
    const { card, events } = readBack(endorsedSchema, document);
    const newest = new Map<number, number>();
    for (const { number, time } of Object.values(events)) newest.set(number, Math.max(time, newest.get(number) ?? 0));
    for (const [number, writtenS] of [...newest].sort(([a], [b]) => a - b)) {
      if (writtenS >= sinceS) yield { card, number, writtenS };
    }
  }
}

async function caseAt(
  store: DocumentStore,
  id: string,
): Promise<{ readonly content: CaseDocument; readonly revision: string | null }> {
  const [document] = isCaseId(id) ? await store.read(DATABASES.cases, [id]) : [];
  if (document === null || document === undefined) {
    throw new WaslError('ERR_USAGE', `there is no case ${id}; "wasl centre cases list --all" lists them`);
  }
  return { content: readCase(document), revision: document._rev ?? null };
}

/** Documents whose ids begin with `prefix`, in the order of their ids; none where the database is not there. */
export async function* documentsFrom(
  store: DocumentStore,
  database: string,
  prefix: string,
): AsyncGenerator<StoredDocument> {
  for (let from = prefix; ; ) {
    const page = await store.range(database, { from, to: `${prefix}~`, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    // No id stands between this one and itself with the lowest printable character behind it.
    from = `${last._id}!`;
  }
}

function fits(one: CaseDocument, { kind, status, card, terminal }: CaseFilter): boolean {
  if (kind !== undefined && one.kind !== kind) return false;
  if (status !== undefined && one.status !== status) return false;
  if (card !== undefined && one.subject.card !== card) return false;
  return (
    terminal === undefined || one.subject.terminal === terminal || one.events.some((id) => terminalOf(id) === terminal)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Events as settlement reads them from the documents of the bridge. The canonical bytes count, never their projection. */
import { z } from 'zod';
import { eventId, type WaslEvent } from '../../agent/domain/event.js';
import { DATABASES, textOf } from '../bridge/documents.js';
import type { StoredDocument } from '../bridge/store.js';
import { decodeEvent } from '../protocol/event-codec.js';
import { isEpochName, isTerminalName, SEQ_MAX } from '../protocol/topics.js';

/** Databases whose names begin so hold events, one for each period. */
export const EVENTS_PREFIX = 'wasl-events-';

/** An event in its place. */
export interface Evidence {
  /** Id of its document. */
  readonly id: string;
  readonly terminal: string;
  readonly epoch: string;
  readonly seq: number;
  /** True when the place holds another event, and this one is kept beside it. */
  readonly rival: boolean;
  /** Head of the chain after it, base64url. */
  readonly head: string;
  /** Null when this version cannot read it, or its body was erased by law: then only its place counts. */
  readonly event: WaslEvent | null;
  /** Where its epoch was closed although more came: from a case of the bridge, and then all that this says. Else null. */
  readonly closedAt: number | null;
}

const place = {
  terminal: z.string().refine(isTerminalName),
  epoch: z.string().refine(isEpochName),
  seq: z.int().min(1).max(SEQ_MAX),
};
const eventSchema = z.looseObject({ _id: z.string(), ...place, head: z.string(), bytes: z.string().optional() });
const equivocationSchema = z.looseObject({
  kind: z.literal('equivocation'),
  ...place,
  events: z.array(z.looseObject({ id: z.string(), head: z.string().optional() })).length(2),
});
const closedSchema = z.looseObject({
  kind: z.literal('closed-epoch'),
  terminal: place.terminal,
  epoch: place.epoch,
  closed: z.looseObject({ seq: z.int().min(0).max(SEQ_MAX) }),
});
const RIVAL_ID = /^:[0-9a-f]{16}$/;

/** The event of a document, or null for a document that is none. */
export function evidenceOf(document: StoredDocument): Evidence | null {
  const parsed = eventSchema.safeParse(document);
  if (!parsed.success) return null;
  const { _id, terminal, epoch, seq, head, bytes } = parsed.data;
  const own = eventId(terminal, epoch, seq);
  const rival = _id.startsWith(own) && RIVAL_ID.test(_id.slice(own.length));
  if (_id !== own && !rival) return null;
  return {
    id: _id,
    terminal,
    epoch,
    seq,
    rival,
    head,
    event: bytes === undefined ? null : eventIn(bytes),
    closedAt: null,
  };
}

/** What a case of the bridge says: of a second event in one place, or of events in an epoch that was closed. Null for any other document. */
export function bridgeEvidenceOf(document: StoredDocument): Evidence | null {
  const closed = closedSchema.safeParse(document);
  if (closed.success) {
    const { terminal, epoch, closed: at } = closed.data;
    const none = { seq: at.seq, rival: true, head: '', event: null };
    return { id: document._id, terminal, epoch, ...none, closedAt: at.seq };
  }
  const parsed = equivocationSchema.safeParse(document);
  if (!parsed.success) return null;
  const { terminal, epoch, seq, events } = parsed.data;
  const second = events[1];
  if (second === undefined || !second.id.startsWith(`${eventId(terminal, epoch, seq)}:`)) return null;
  return { id: second.id, terminal, epoch, seq, rival: true, head: second.head ?? '', event: null, closedAt: null };
}

/** What a document of this database says, or null. */
export function evidenceIn(database: string, document: StoredDocument): Evidence | null {
  return database === DATABASES.cases ? bridgeEvidenceOf(document) : evidenceOf(document);
}

/** The database that holds the document of an event. */
export function eventsDatabaseOf(id: string): string {
  return `${EVENTS_PREFIX}${(id.split(':')[1] ?? '').slice(0, 6)}`;
}

/** The terminal that an event's id names. */
export function terminalOf(id: string): string {
  return id.split(':')[0] ?? '';
}

/** Whether it tells of a service that was only tried out: it changed no entitlement, and no record of a card names it. */
export function isTrial(event: Evidence['event']): boolean {
  return (event?.type === 'redemption' || event?.type === 'roster') && event.details?.isTrial === true;
}

/** What tells two events apart, whatever place they stand in: who said it, and everything that it says. */
export function contentOf(terminal: string, content: object): string {
  return JSON.stringify([terminal, content]);
}

/** The head of an event that began an epoch names, as documents write it. */
export function headText(head: Uint8Array): string {
  return textOf(head);
}

function eventIn(bytes: string): WaslEvent | null {
  try {
    return decodeEvent(Uint8Array.from(Buffer.from(bytes, 'base64url')));
  } catch {
    return null;
  }
}

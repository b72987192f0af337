/**
 * Cases: what does not add up, for a supervisor to look at.
 *
 *                  the events show it            later events heal it
 *   (nothing) ───────────────────────▶ open ◀───────────────────────▶ closed by events
 *                                        │   the healing is undone        │
 *                                        └──────── a person closes ───────┴──▶ closed by that person, for good
 *
 * What a person decided stays decided: later events change the evidence that the case shows, never the decision. Whether they did is told by
 * comparing the evidence with what it was when the person decided.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { WaslError } from '../../../agent/domain/errors.js';
import { DATABASES } from '../../bridge/documents.js';
import type { StoredDocument } from '../../bridge/store.js';
import { DOCUMENT_LIMITS } from '../limits.js';

/** What a case can be about. `exposure` is no fault of anybody: it is noted, not opened. */
export const CASE_KINDS = [
  'over-draw',
  'two-places',
  'forked-chain',
  'gap',
  'hotlisted',
  'exposure',
  'clock',
  'unresolved',
  'void',
  'endorsement',
  'roster-twice',
  'slip-twice',
  'replaced',
  'shift',
  'representative',
] as const;

/** One of {@link CASE_KINDS}. */
export type CaseKind = (typeof CASE_KINDS)[number];

/** Where the cause is likely to be found: the terminal (or who works it), the card (or who holds it), a copy of either, a clock, or a person without a card. */
export const LIKELY_CAUSES = ['terminal', 'card', 'clone', 'clock', 'person'] as const;

/** One of {@link LIKELY_CAUSES}. */
export type LikelyCause = (typeof LIKELY_CAUSES)[number];

const subjectSchema = z.object({
  card: z.int().optional(),
  ledgerSequence: z.int().optional(),
  programme: z.int().optional(),
  commodity: z.int().optional(),
  /** `2026-11-21`, or `2026-11` for a whole month. */
  period: z.string().optional(),
  terminal: z.string().optional(),
  epoch: z.string().optional(),
  /** Number of the endorsement that was gone. */
  endorsement: z.int().optional(),
  /** Number of a roster, and of a person in it. */
  roster: z.int().optional(),
  person: z.int().optional(),
  /** Id of a slip, 16 hex digits. */
  slip: z.string().optional(),
  /** 16 hex digits. */
  shift: z.string().optional(),
});

/** What a case is about, as far as it applies. */
export type CaseSubject = z.infer<typeof subjectSchema>;

/** Later events that heal a case. */
export interface Healing {
  /** What happened, in words. */
  readonly what: string;
  /** Ids of the events that show it. */
  readonly events: readonly string[];
}

/** What the events show. */
export interface Finding {
  readonly kind: CaseKind;
  readonly cause: LikelyCause;
  /** One or two sentences for a supervisor. */
  readonly reason: string;
  readonly subject: CaseSubject;
  /** Ids of the events that show it. */
  readonly events: readonly string[];
  readonly healed: Healing | null;
}

/** What a look at a projection says of a case: what it shows, or only that what it showed before is healed. */
export type Verdict = Finding | { readonly kind: null; readonly healed: Healing };

/** Verdicts by the id of the case. */
export type Verdicts = ReadonlyMap<string, Verdict>;

const caseSchema = z.object({
  kind: z.enum(CASE_KINDS),
  status: z.enum(['open', 'closed', 'noted']),
  cause: z.enum(LIKELY_CAUSES),
  reason: z.string(),
  subject: subjectSchema,
  /** At most `caseEventsMax`, the lowest ids first. */
  events: z.array(z.string()),
  /** How many events there are in all. */
  eventCount: z.int(),
  /** When settlement first saw it, ISO 8601. */
  noticedAt: z.string(),
  /** How later events healed it. */
  healed: z.object({ at: z.string(), what: z.string(), events: z.array(z.string()) }).nullable(),
  /** What a person decided. `evidence` is {@link evidenceMark} of the case as that person saw it. */
  decision: z.object({ by: z.string(), at: z.string(), reason: z.string(), evidence: z.string() }).nullable(),
});

/** A case as it is stored. */
export type CaseContent = z.infer<typeof caseSchema>;
/** A case with its id. */
export type CaseDocument = CaseContent & { readonly _id: string };

/** True for the id of a case that settlement keeps; the bridge's own notes on contradicting events stand beside them. */
export function isCaseId(id: string): boolean {
  return CASE_KINDS.some((kind) => id.startsWith(`${kind}:`));
}

/** Reads a case back. Throws `ERR_DATABASE` for a document that is none. */
export function readCase(document: StoredDocument): CaseDocument {
  const parsed = caseSchema.safeParse(document);
  if (parsed.success) return { _id: document._id, ...parsed.data };
  throw new WaslError('ERR_DATABASE', `the document ${document._id} of ${DATABASES.cases} is not a case`, {
    cause: parsed.error,
  });
}

/** Changes with the evidence of a case, and with nothing else. */
export function evidenceMark({
  events,
  eventCount,
  cause,
}: Pick<CaseContent, 'events' | 'eventCount' | 'cause'>): string {
  return createHash('sha256')
    .update(JSON.stringify([events, eventCount, cause]))
    .digest('hex')
    .slice(0, 16);
}

/** True when events came after a person's decision that this person did not see. */
export function changedSinceDecision(content: CaseContent): boolean {
  return content.decision !== null && content.decision.evidence !== evidenceMark(content);
}

/** The case as it is after a new look: null where there is none and none is needed. `verdict` null: nothing shows it any more. */
export function nextCase(
  id: string,
  before: CaseDocument | null,
  now: { readonly verdict: Verdict | null; readonly iso: string },
): CaseDocument | null {
  const { verdict, iso } = now;
  if (verdict === null || verdict.kind === null) {
    if (before === null) return null;
    const healing = verdict?.healed ?? { what: 'The events that the centre holds no longer show it.', events: [] };
    return { ...before, status: statusOf(before, healing), healed: healedAt(before, healing, iso) };
  }
  const events = [...new Set(verdict.events)].sort();
  return {
    _id: id,
    kind: verdict.kind,
    status: statusOf({ kind: verdict.kind, decision: before?.decision ?? null }, verdict.healed),
    cause: verdict.cause,
    reason: verdict.reason,
    subject: verdict.subject,
    events: events.slice(0, DOCUMENT_LIMITS.caseEventsMax),
    eventCount: events.length,
    noticedAt: before?.noticedAt ?? iso,
    healed: healedAt(before, verdict.healed, iso),
    decision: before?.decision ?? null,
  };
}

/** The case with a person's decision on it. The first one stands: throws `ERR_USAGE` where there is one already. */
export function decided(
  before: CaseDocument,
  decision: { readonly by: string; readonly reason: string; readonly iso: string },
): CaseDocument {
  if (before.decision !== null && !changedSinceDecision(before)) {
    const { by, at } = before.decision;
    throw new WaslError('ERR_USAGE', `${before._id} was closed by ${by} at ${at}, and nothing came to it since`);
  }
  const { by, reason, iso } = decision;
  return { ...before, status: 'closed', decision: { by, at: iso, reason, evidence: evidenceMark(before) } };
}

function statusOf(
  { kind, decision }: Pick<CaseContent, 'kind' | 'decision'>,
  healing: Healing | null,
): CaseContent['status'] {
  if (decision !== null || healing !== null) return 'closed';
  return kind === 'exposure' ? 'noted' : 'open';
}

/** The healing with the time when it was first seen: seen again, it is the same one. */
function healedAt(before: CaseDocument | null, healing: Healing | null, iso: string): CaseContent['healed'] {
  if (healing === null) return null;
  const events = [...healing.events].sort().slice(0, DOCUMENT_LIMITS.caseEventsMax);
  return { at: before?.healed?.at ?? iso, what: healing.what, events };
}

/**
 * The statements of outlets at the centre: worked out from the events, closed for good, disputed and decided. Documents of a database of their own, which are only
 * ever created, but for the decision of a dispute. Every call rejects with `ERR_DATABASE`.
 */
import { z } from 'zod';
import { isoDay } from '../../../agent/domain/calendar.js';
import type { Clock } from '../../../agent/domain/clock.js';
import { WaslError } from '../../../agent/domain/errors.js';
import { DATABASES } from '../../bridge/documents.js';
import type { DocumentStore } from '../../bridge/store.js';
import { terminalOf as recordOf } from '../../bridge/terminals.js';
import { documentsFrom } from '../desk.js';
import { EVENTS_PREFIX, eventsDatabaseOf, evidenceOf, terminalOf } from '../evidence.js';
import { dayOfTime, type SettlementRules } from '../rules.js';
import { type Dispute, disputeId, readDispute, STATEMENTS_DATABASE } from './dispute.js';
import { markOf, type OutletEvent } from './figures.js';
import { type Accreditation, holder, holdingCases } from './holds.js';
import { digestOfStatement, makeStatement, type Period, type StatementBody, settledBy } from './statement.js';

/** A closed statement. */
export interface ClosedStatement extends StatementBody {
  /** 1 for the outlet's first. */
  readonly number: number;
  /** Digest of the one before; null for the first. */
  readonly previous: string | null;
  /** The cut-off: what the centre got later is late. ISO 8601. */
  readonly closedAt: string;
  readonly by: string;
  /** Of everything above. */
  readonly digest: string;
}

/** What statements are worked out from. */
export interface StatementParts {
  readonly store: DocumentStore;
  readonly rules: SettlementRules;
  readonly clock: Clock;
  /** Absent: accreditation is left to the terminals. */
  readonly accreditation?: Accreditation;
}

/** Who does it, and why. */
export interface Act {
  readonly by: string;
  readonly reason: string;
}

const ATTEMPTS_MAX = 4;
const closedSchema = z.looseObject({ number: z.int(), from: z.string(), until: z.string(), digest: z.string() });

/** Works a statement out, as it would be closed now. Rejects with `ERR_USAGE` for a period that does not follow the last closed one, or a site without terminals. */
export async function draftStatement(parts: StatementParts, site: string, period: Period): Promise<StatementBody> {
  return (await draft(parts, site, period)).body;
}

/** Closes a statement: from now on it stands as it is. Rejects like {@link draftStatement}, and for a period that is not over. */
export async function closeStatement(
  parts: StatementParts,
  order: { readonly site: string; readonly period: Period; readonly by: string },
): Promise<ClosedStatement> {
  const { store, rules, clock } = parts;
  const { site, period, by } = order;
  const today = isoDay(dayOfTime(Math.floor(clock.nowMs() / 1000), rules));
  if (period.until >= today)
    throw new WaslError('ERR_USAGE', `the period is over when ${period.until} is: close it then`);
  await store.ensure(STATEMENTS_DATABASE, { partitioned: false });
  const { body, before } = await draft(parts, site, period);
  const number = (before?.number ?? 0) + 1;
  const closedAt = new Date(clock.nowMs()).toISOString();
  const content = { ...body, number, previous: before?.digest ?? null, closedAt, by };
  const closed: ClosedStatement = { ...content, digest: digestOfStatement(content) };
  const [outcome] = await store.create(STATEMENTS_DATABASE, [
    { _id: statementId(site, number), kind: 'statement', ...closed },
  ]);
  if (outcome === 'created') return closed;
  throw new WaslError(
    'ERR_DATABASE',
    `statement ${number} of ${site} was closed by somebody else at the same time: look at it first`,
  );
}

/** The closed statements of an outlet, oldest first. Rejects with `ERR_DATABASE` also for one that is not what was closed. */
export async function closedStatements(store: DocumentStore, site: string): Promise<readonly ClosedStatement[]> {
  const found: ClosedStatement[] = [];
  for await (const document of documentsFrom(store, STATEMENTS_DATABASE, `statement:${site}:`)) {
    const { _id, _rev, kind: _kind, digest, ...content } = document;
    const previous = found.at(-1)?.digest ?? null;
    const isSound = closedSchema.safeParse(document).success && digestOfStatement(content) === digest;
    if (!isSound || content.previous !== previous)
      throw new WaslError('ERR_DATABASE', `${_id} is not as it was closed: its digest does not fit`);
    found.push({ ...content, digest } as unknown as ClosedStatement);
  }
  return found;
}

/** Disputes a service, by the id of its event: it is in no statement until somebody decides. Rejects with `ERR_USAGE` for what is no service of the site, or is disputed already. */
export async function disputeEvent(parts: StatementParts, event: string, act: Act): Promise<Dispute> {
  const { store, clock } = parts;
  const [document] = await store.read(eventsDatabaseOf(event), [event]);
  const kind = document === null || document === undefined ? null : (evidenceOf(document)?.event?.type ?? null);
  if (kind !== 'redemption' && kind !== 'roster')
    throw new WaslError('ERR_USAGE', `${event} is no service that the centre holds`);
  const site = await siteOf(store, terminalOf(event));
  for (const { number, covered } of await closedStatements(store, site))
    if (settledBy(covered)(event))
      throw new WaslError('ERR_USAGE', `${event} stands in statement ${number} of ${site}, which is closed`);
  const at = new Date(clock.nowMs()).toISOString();
  const dispute: Dispute = { site, event, ...act, at, decision: null };
  await store.ensure(STATEMENTS_DATABASE, { partitioned: false });
  const [outcome] = await store.create(STATEMENTS_DATABASE, [
    { _id: disputeId(site, event), kind: 'dispute', ...dispute },
  ]);
  if (outcome === 'conflict') throw new WaslError('ERR_USAGE', `${event} is disputed already`);
  if (outcome !== 'created')
    throw new WaslError('ERR_DATABASE', `whether ${event} is disputed is not known: try again`);
  return dispute;
}

/** Decides a dispute, once. Rejects with `ERR_USAGE` where there is none, or it is decided. */
export async function decideDispute(
  { store, clock }: StatementParts,
  event: string,
  act: Act & { readonly verdict: 'pay' | 'refuse' },
): Promise<Dispute> {
  const id = disputeId(await siteOf(store, terminalOf(event)), event);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const [document] = await store.read(STATEMENTS_DATABASE, [id]);
    if (document === null || document === undefined) throw new WaslError('ERR_USAGE', `${event} is not disputed`);
    const dispute = readDispute(document);
    if (dispute.decision !== null) throw new WaslError('ERR_USAGE', `${event} was decided by ${dispute.decision.by}`);
    const { verdict, by, reason } = act;
    const decision = { verdict, by, at: new Date(clock.nowMs()).toISOString(), reason };
    const next = { ...document, decision };
    const [outcome] = await store.replace(STATEMENTS_DATABASE, [{ document: next, revision: document._rev ?? null }]);
    if (outcome === 'stored') return { ...dispute, decision };
  }
  throw new WaslError('ERR_DATABASE', `the dispute of ${event} keeps being changed by somebody else`);
}

/** The disputes of an outlet, by event. */
export async function disputesOf(store: DocumentStore, site: string): Promise<readonly Dispute[]> {
  const found: Dispute[] = [];
  for await (const document of documentsFrom(store, STATEMENTS_DATABASE, `dispute:${site}:`))
    found.push(readDispute(document));
  return found;
}

async function draft(parts: StatementParts, site: string, period: Period) {
  const { store, rules } = parts;
  if (period.from > period.until) throw new WaslError('ERR_USAGE', 'a period begins before it ends');
  const closed = await closedStatements(store, site);
  const before = closed.at(-1);
  if (before !== undefined && period.from !== dayAfter(before.until))
    throw new WaslError(
      'ERR_USAGE',
      `statement ${before.number} of ${site} ends on ${before.until}: the next begins on the day after`,
    );
  const events = await outletEvents(parts, site);
  const times = new Map(events.map(({ mark, event }) => [mark, event.time]));
  const holdOf = holder({
    disputes: await disputesOf(store, site),
    cases: await holdingCases(store),
    ...(parts.accreditation === undefined ? {} : { accreditation: parts.accreditation }),
    siteOf: () => site,
    timeOf: ({ mark }) => times.get(mark) ?? 0,
  });
  const covered = closed.flatMap((one) => one.covered);
  const body = makeStatement({
    ...{ site, ...period, events, holdOf },
    currency: rules.newestPolicy()?.currency ?? null,
    earlier: closed[0] === undefined ? null : { covered, from: closed[0].from },
    policyOf: (version) => rules.policy(version),
  });
  return { body, before };
}

/** Everything that the centre holds of the site's terminals. */
async function outletEvents({ store, rules }: StatementParts, site: string): Promise<readonly OutletEvent[]> {
  const terminals: string[] = [];
  for await (const document of documentsFrom(store, DATABASES.registry, ''))
    if (recordOf(document)?.site === site) terminals.push(document._id);
  if (terminals.length === 0) throw new WaslError('ERR_USAGE', `no terminal is enrolled at ${site}`);
  const events: OutletEvent[] = [];
  for (const database of await store.list(EVENTS_PREFIX)) {
    for (const terminal of terminals) {
      for await (const document of documentsFrom(store, database, `${terminal}:`)) {
        const { id, event } = evidenceOf(document) ?? { id: '', event: null };
        if (event === null || typeof document.bytes !== 'string') continue;
        const mark = markOf(terminal, Buffer.from(document.bytes, 'base64url'));
        events.push({ id, terminal, mark, day: isoDay(dayOfTime(event.time, rules)), event });
      }
    }
  }
  return events;
}

async function siteOf(store: DocumentStore, terminal: string): Promise<string> {
  const [document] = await store.read(DATABASES.registry, [terminal]);
  const record = recordOf(document);
  if (record === null) throw new WaslError('ERR_USAGE', `no terminal ${terminal} is enrolled`);
  return record.site;
}

function statementId(site: string, number: number): string {
  return `statement:${site}:${String(number).padStart(6, '0')}`;
}

/** The day after, `YYYY-MM-DD`. */
function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/**
 * An outlet and its money. The prices stand here once more, apart from any policy; what a statement must come to is worked out from the cards alone, and
 * the digests from the journals, after the published format and with nothing of what makes statements.
 */
import { createHash } from 'node:crypto';
import { calendarOf, isoDay } from '../../../agent/domain/calendar.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { type Clause, none, row } from './checks.js';
import type { Evidence, Row } from './evidence.js';
import type { Verdict } from './verdict.js';

const LOAF = 1;
/** Piasters a loaf: all of it, and the holder's part. */
const PRICE = { gross: 125, holder: 20 } as const;
const CAIRO = 'Africa/Cairo';

/** Judges the rows of the scenario. */
export function judgeOutlet(evidence: Evidence): readonly Verdict[] {
  return [money(evidence), digests(evidence)];
}

/** OS1: what is due over all statements is the authority's part of every loaf that the cards say was taken. */
function money(evidence: Evidence): Verdict {
  const { statements, cards } = evidence;
  const loaves = cards.reduce(
    (sum, { ledger }) => sum + (ledger?.usage.find((use) => use.commodity === LOAF)?.usedMonth ?? 0),
    0,
  );
  const owed = loaves * (PRICE.gross - PRICE.holder);
  const due = sum(statements, ({ due: one }) => one);
  const part = (name: 'gross' | 'holder'): number =>
    sum(statements, (one) => totals(one)[name]) + sum(statements, (one) => totals(one.late)[name]);
  const [first, second] = statements;
  const voids = sum(statements, (one) => totals(one).voids) + sum(statements, (one) => totals(one.late).voids);
  const late = totals(second?.late).services;
  const disputed = (Array.isArray(first?.heldBack) ? first.heldBack : []) as Row[];
  return row('OS1', {
    'the statements come to what the cards say, to the piaster': equal(due, owed),
    'gross price': equal(part('gross'), loaves * PRICE.gross),
    'what the holders paid': equal(part('holder'), loaves * PRICE.holder),
    'two voids are in them': equal(voids, 2),
    'services of the outage came late, into the second': { holds: typeof late === 'number' && late > 1, found: late },
    'the disputed service waited for its decision': {
      holds: disputed.length === 1 && disputed[0]?.why === 'dispute',
      found: disputed,
    },
    'nothing waits any more': none((Array.isArray(second?.heldBack) ? second.heldBack : []) as Row[]),
    'the second names the first': equal(second?.previous, first?.digest),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}

/** OS2: the digests beside the terminals' names are those of their journals. */
function digests({ statements, journals }: Evidence): Verdict {
  const clauses: Record<string, Clause> = {};
  const last = statements.at(-1);
  for (const { terminal, events } of journals) {
    const parts = (Array.isArray(last?.terminals) ? last.terminals : []) as Row[];
    const told = parts.find((one) => one.terminal === terminal)?.digest;
    clauses[`${terminal} comes to the same digest`] = equal(told, digestOf(terminal, events, last));
  }
  return row('OS2', { 'two terminals': equal(journals.length, 2), ...clauses });
}

/** As published in docs/formats/settlement.md. */
function digestOf(terminal: string, events: readonly Uint8Array[], period: Row | undefined): string {
  const calendar = calendarOf(CAIRO);
  const marks = new Set<string>();
  for (const bytes of events) {
    const event = decodeEvent(bytes);
    const day = isoDay(calendar.dayOf(event.time * 1000));
    if (event.type !== 'redemption' && event.type !== 'void') continue;
    if (day < String(period?.from) || day > String(period?.until)) continue;
    marks.add(createHash('sha256').update(`wasl/entry/1 ${terminal}\n`).update(bytes).digest('hex').slice(0, 32));
  }
  const lines = [...marks].sort().map((mark) => `${mark}\n`);
  return createHash('sha256')
    .update(`wasl/statement/1\n${lines.join('')}`)
    .digest('hex');
}

function totals(part: unknown): Row {
  return ((part as Row | undefined)?.totals ?? {}) as Row;
}

function sum(statements: readonly Row[], of: (statement: Row) => unknown): number {
  return statements.reduce((total, one) => total + Number(of(one) ?? Number.NaN), 0);
}

function equal(found: unknown, expected: unknown): Clause {
  return { holds: found === expected && found !== undefined, found: { found, expected } };
}

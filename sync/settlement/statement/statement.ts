/**
 * An outlet's statement for a period, worked out from what the centre holds. Pure. Each entry stands in one closed statement at most:
 *
 *   day in the period ──▶ its lines          day before it, and in no statement yet ──▶ "late", in its own part
 *   in an open dispute or case ──▶ held back, with why, until somebody decides        decided against ──▶ refused, for good
 *
 * A closed statement says which events it has taken in, so that whatever comes later is told from what was there.
 */
import { createHash } from 'node:crypto';
import { canonicalText } from '../documents.js';
import { digestOf, dueOf, type Entry, entriesOf, type OutletEvent, type Totals, totalsOf } from './figures.js';
import { type AccountLine, accountLinesOf, linesOf, type PolicyOf, type StatementLine } from './lines.js';

/** Days of a statement, `YYYY-MM-DD`, both included. */
export interface Period {
  readonly from: string;
  readonly until: string;
}

/** Runs of events of one epoch, as `[first, last]`, ascending and apart from each other. */
export interface CoveredEpoch {
  readonly terminal: string;
  readonly epoch: string;
  readonly runs: readonly (readonly [number, number])[];
}

/** Why an entry is held back: by whom or by what. */
export interface Hold {
  readonly why: 'dispute' | 'case' | 'refused' | 'service-missing' | 'not-accredited';
  /** Id of the dispute or case; of a void whose service the centre does not hold yet, the id of its own event; `site:SITE` of one that was not accredited. */
  readonly reference: string;
}

/** An entry that is not paid, or not yet. */
export interface HeldEntry extends Hold {
  readonly events: readonly string[];
  readonly day: string;
  readonly gross: number;
  readonly holder: number;
  /** As in `Totals`. */
  readonly purse: number;
}

/** What one terminal recorded in the period, whatever became of it since: the same figures as `wasl statement own` at that terminal. */
export interface TerminalPart extends Totals {
  readonly terminal: string;
  readonly digest: string;
}

/** Events that the centre does not hold although it holds later ones. */
export interface MissingEvents {
  readonly terminal: string;
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
}

/** Everything that a statement says but for its number and who closed it. */
export interface StatementBody extends Period {
  readonly site: string;
  readonly currency: string | null;
  readonly lines: readonly StatementLine[];
  readonly totals: Totals;
  /** Of earlier days, that came after their statement was closed or were decided since. */
  readonly late: { readonly lines: readonly StatementLine[]; readonly totals: Totals };
  readonly accounts: readonly AccountLine[];
  /** What is paid by this statement, of the period and late: what is owed, and what holders paid from their cards. */
  readonly due: number;
  readonly heldBack: readonly HeldEntry[];
  readonly refused: readonly HeldEntry[];
  readonly terminals: readonly TerminalPart[];
  readonly missing: readonly MissingEvents[];
  readonly covered: readonly CoveredEpoch[];
}

/** What a statement is worked out from. */
export interface StatementInput extends Period {
  readonly site: string;
  readonly currency: string | null;
  /** Everything that the centre holds of the outlet's terminals, in any order. */
  readonly events: readonly OutletEvent[];
  /** What earlier statements took in, and the first day of the first of them; null for an outlet without any. */
  readonly earlier: { readonly covered: readonly CoveredEpoch[]; readonly from: string } | null;
  /** Why an entry is not paid; null for one that is. */
  readonly holdOf: (entry: Entry) => Hold | null;
  readonly policyOf: PolicyOf;
}

/** The statement. */
export function makeStatement(input: StatementInput): StatementBody {
  const { site, from, until, currency, events, policyOf } = input;
  const entries = entriesOf(events);
  const settled = settledBy(input.earlier?.covered ?? []);
  const first = input.earlier?.from ?? from;
  const open = entries.filter(({ day, events: ids }) => day >= first && day <= until && !ids.some(settled));
  const holds = holdsOf(open, input.holdOf);
  const paid = open.filter(({ mark }) => !holds.has(mark));
  const current = paid.filter(({ day }) => day >= from);
  const late = paid.filter(({ day }) => day < from);
  const held = (isRefused: boolean): HeldEntry[] =>
    open.flatMap(({ mark, events: ids, day, gross, holder, purse }) => {
      const hold = holds.get(mark);
      if (hold === undefined || (hold.why === 'refused') !== isRefused) return [];
      return [{ ...hold, events: ids, day, gross, holder, purse }];
    });
  const heldBack = held(false);
  const totals = totalsOf(current);
  const lateTotals = totalsOf(late);
  return {
    ...{ site, from, until, currency },
    lines: linesOf(current, policyOf),
    totals,
    late: { lines: linesOf(late, policyOf), totals: lateTotals },
    accounts: accountLinesOf(paid, policyOf),
    due: dueOf(totals) + dueOf(lateTotals),
    heldBack,
    refused: held(true),
    terminals: terminalParts(entries.filter(({ day }) => day >= from && day <= until)),
    missing: missingIn(events),
    covered: coverageOf(
      events.filter(({ day }) => day <= until),
      new Set(heldBack.flatMap(({ events: ids }) => ids)),
    ),
  };
}

/** What each terminal recorded, by name. */
export function terminalParts(entries: readonly Entry[]): readonly TerminalPart[] {
  const names = [...new Set(entries.map(({ terminal }) => terminal))].sort();
  return names.map((terminal) => {
    const own = entries.filter((entry) => entry.terminal === terminal);
    return { terminal, ...totalsOf(own), digest: digestOf(own) };
  });
}

/** 64 hex digits over everything that a closed statement says: the next one names them, so that none can be changed unnoticed. */
export function digestOfStatement(content: object): string {
  return createHash('sha256')
    .update(`wasl/statement-document/1\n${canonicalText(content)}`)
    .digest('hex');
}

/** Holds of entries by their marks. A void goes with the service that it takes back: both are paid, or neither is. */
export function holdsOf(entries: readonly Entry[], holdOf: StatementInput['holdOf']): ReadonlyMap<string, Hold> {
  const holds = new Map<string, Hold>();
  for (const entry of entries) {
    const { kind, mark, takesBack, events } = entry;
    // What it takes back is not known before its service is: paid now, the service would be paid in full when it comes.
    const isEarly = kind === 'void' && takesBack === null;
    const hold = isEarly ? ({ why: 'service-missing', reference: events[0] ?? '' } as const) : holdOf(entry);
    if (hold !== null) holds.set(mark, hold);
  }
  for (const { mark, takesBack } of entries) {
    if (takesBack === null) continue;
    const hold = holds.get(takesBack) ?? holds.get(mark);
    if (hold === undefined) continue;
    holds.set(mark, hold);
    if (entries.some((entry) => entry.mark === takesBack)) holds.set(takesBack, hold);
  }
  return holds;
}

/** Whether an event stands in one of the statements that took these in. */
export function settledBy(covered: readonly CoveredEpoch[]): (id: string) => boolean {
  const runs = new Map<string, CoveredEpoch['runs'][number][]>();
  for (const { terminal, epoch, runs: more } of covered) {
    const key = `${terminal}:${epoch}`;
    runs.set(key, [...(runs.get(key) ?? []), ...more]);
  }
  return (id) => {
    const { epoch, seq } = placeIn(id);
    return (runs.get(epoch) ?? []).some(([first, last]) => first <= seq && seq <= last);
  };
}

function coverageOf(events: readonly OutletEvent[], without: ReadonlySet<string>): readonly CoveredEpoch[] {
  const byEpoch = seqsByEpoch(events.filter(({ id }) => !without.has(id)));
  return byEpoch.map(({ terminal, epoch, seqs }) => ({ terminal, epoch, runs: runsOf(seqs) }));
}

function missingIn(events: readonly OutletEvent[]): readonly MissingEvents[] {
  return seqsByEpoch(events).flatMap(({ terminal, epoch, seqs }) => {
    const runs = runsOf(seqs);
    return runs.flatMap(([first], at) => {
      const before = runs[at - 1]?.[1] ?? 0;
      return first > before + 1 ? [{ terminal, epoch, first: before + 1, last: first - 1 }] : [];
    });
  });
}

function seqsByEpoch(events: readonly OutletEvent[]) {
  const found = new Map<string, { readonly terminal: string; readonly epoch: string; readonly seqs: number[] }>();
  for (const { id, terminal } of events) {
    const { epoch, seq } = placeIn(id);
    const known = found.get(epoch) ?? { terminal, epoch: epoch.slice(terminal.length + 1), seqs: [] };
    known.seqs.push(seq);
    found.set(epoch, known);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function runsOf(seqs: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const seq of [...new Set(seqs)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else runs.push([seq, seq]);
  }
  return runs;
}

/** `terminal:epoch` and the place in it. A second event in one place names its hash behind that: it is covered with the first. */
function placeIn(id: string): { readonly epoch: string; readonly seq: number } {
  const [terminal = '', epoch = '', seq = '0'] = id.split(':');
  return { epoch: `${terminal}:${epoch}`, seq: Number(seq) };
}

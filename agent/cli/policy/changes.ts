/** What changes between two versions of a policy, in sentences, and which of it is dangerous for cards that are in use. */
import type { Language } from '../../domain/texts.js';
import type { DraftPolicy } from '../../trust/policy/schema.js';
import { type Statement, statementsOf } from './statements.js';

/** One change. */
export interface PolicyChange {
  /** Programme and commodity that it is about, e.g. `rations.loaf`; empty for the policy as a whole. */
  readonly about: string;
  readonly kind: 'added' | 'removed' | 'raised' | 'lowered' | 'changed';
  /** Sentence of the rule before and after; null where there was or is none. */
  readonly before: string | null;
  readonly after: string | null;
  /** Why cards in use would suffer; null where they do not. */
  readonly danger: string | null;
}

interface Owned extends Statement {
  readonly about: string;
}

/** All changes: first what is dangerous beyond single rules, then rule by rule in the order of the document. */
export function changesBetween(before: DraftPolicy, after: DraftPolicy, language: Language): PolicyChange[] {
  const rules = ruleChanges(ownedBy(before, language), ownedBy(after, language));
  const told = new Set(rules.map(({ about, member }) => `${about} ${member}`));
  const dangers = dangersBetween(before, after);
  const silent = memberChanges(before, after).filter(({ about, member }) => !told.has(`${about} ${member}`));
  return [...dangers, ...[...rules, ...silent].map(({ member: _member, ...change }) => change)];
}

function ownedBy(policy: DraftPolicy, language: Language): Owned[] {
  return statementsOf(policy, language).flatMap(({ programme, statements, commodities }) => [
    ...statements.map((one) => ({ ...one, about: programme.id })),
    ...commodities.flatMap(({ commodity, statements: rules }) =>
      rules.map((one) => ({ ...one, about: `${programme.id}.${commodity.id}` })),
    ),
  ]);
}

/** A change and the member of its programme or commodity that it is in. */
interface MemberChange extends PolicyChange {
  readonly member: string;
}

/** Members that differ in what no sentence says (months that are carried over, names, days of reminding): told as they stand, so that nothing changes in silence. */
function memberChanges(before: DraftPolicy, after: DraftPolicy): MemberChange[] {
  const now = new Map(partsOf(after));
  const changes: MemberChange[] = [];
  for (const [about, part] of partsOf(before)) {
    const next = now.get(about);
    if (next === undefined) continue;
    for (const member of new Set([...Object.keys(part), ...Object.keys(next)])) {
      const text = (of: object): string | null => {
        const value: unknown = Reflect.get(of, member);
        return value === undefined ? null : `${member}: ${JSON.stringify(value)}`;
      };
      const [was, is] = [text(part), text(next)];
      if (was !== is) changes.push({ about, member, kind: 'changed', before: was, after: is, danger: null });
    }
  }
  return changes;
}

/** The policy, its programmes and its commodities, each without those below it. */
function partsOf({ programmes, $schema: _forEditors, ...head }: DraftPolicy): (readonly [string, object])[] {
  return [
    ['', head],
    ...programmes.flatMap(({ commodities, ...rest }) => [
      [rest.id, rest] as const,
      ...commodities.map((one) => [`${rest.id}.${one.id}`, one] as const),
    ]),
  ];
}

/** The member of a programme or commodity that a statement stands in: of `programmes.0.commodities.1.quotas.0` it is `quotas`. */
function memberOf({ path }: Statement): string {
  return path.replace(/^programmes\.\d+\.(commodities\.\d+\.)?/, '').split('.')[0] ?? '';
}

function ruleChanges(before: readonly Owned[], after: readonly Owned[]): MemberChange[] {
  const old = new Map(before.map((one) => [one.key, one]));
  const now = new Map(after.map((one) => [one.key, one]));
  const owners = { before: new Set(before.map((one) => one.about)), after: new Set(after.map((one) => one.about)) };
  const changes: MemberChange[] = [];
  for (const [key, one] of old) {
    const member = memberOf(one);
    const next = now.get(key);
    if (next?.text === one.text) continue;
    if (next === undefined) {
      // A quota that goes with its commodity frees nobody; without a line of it the quota itself counts.
      const frees = one.rule.startsWith('quota-') && owners.after.has(one.about) && !one.path.includes('.lines.');
      const danger = frees ? 'a quota is gone: whoever was held back by it no longer is' : null;
      changes.push({ about: one.about, member, kind: 'removed', before: one.text, after: null, danger });
      continue;
    }
    const kind = directionOf(one.value, next.value);
    changes.push({ about: one.about, member, kind, before: one.text, after: next.text, danger: null });
  }
  for (const [key, one] of now) {
    if (old.has(key)) continue;
    changes.push({
      about: one.about,
      member: memberOf(one),
      kind: 'added',
      before: null,
      after: one.text,
      danger: null,
    });
  }
  return changes;
}

function directionOf(before: number | null, after: number | null): PolicyChange['kind'] {
  if (before === null || after === null || before === after) return 'changed';
  return after > before ? 'raised' : 'lowered';
}

interface Numbered {
  readonly about: string;
  readonly id: string;
  readonly number: number;
  readonly what: string;
  /** What must stay as it is, and why. */
  readonly fixed: readonly (readonly [member: string, value: string, why: string])[];
}

function numberedIn({ programmes }: DraftPolicy): Numbered[] {
  return programmes.flatMap((programme): Numbered[] => [
    {
      about: programme.id,
      id: programme.id,
      number: programme.number,
      what: 'programme',
      fixed: [['family', String(programme.family), 'what cards have used stands on another ledger']],
    },
    ...programme.commodities.map((one) => ({
      about: `${programme.id}.${one.id}`,
      id: one.id,
      number: one.number,
      what: 'commodity',
      fixed: [
        [
          'unit',
          typeof one.unit.en === 'string' ? one.unit.en : one.unit.en.other,
          'what cards have used was counted in another unit',
        ] as const,
      ],
    })),
    ...(programme.accounts ?? []).map((one) => ({
      about: `${programme.id}.${one.id}`,
      id: one.id,
      number: one.number,
      what: 'account',
      fixed: [['kind', one.kind, 'what cards keep would be read as something else'] as const],
    })),
    ...(programme.exemptions ?? []).map((one) => ({
      about: `${programme.id}.${one.id}`,
      id: one.id,
      number: one.number,
      what: 'exemption',
      fixed: [],
    })),
  ]);
}

/** Numbers that come to stand for something else, kinds that change, accounts that go. */
function dangersBetween(before: DraftPolicy, after: DraftPolicy): PolicyChange[] {
  const dangers: PolicyChange[] = [];
  const tell = (about: string, [was, now]: readonly [string | null, string | null], danger: string): void => {
    dangers.push({ about, kind: now === null ? 'removed' : 'changed', before: was, after: now, danger });
  };
  const now = numberedIn(after);
  for (const old of numberedIn(before)) {
    const { what, id, number } = old;
    const sameNumber = now.find((one) => one.what === what && one.number === number);
    const same = now.find((one) => one.what === what && one.about === old.about);
    if (sameNumber !== undefined && sameNumber.id !== id) {
      const why = `cards and events know number ${number} as ${what} ${id}`;
      tell(old.about, [`${what} ${number}: ${id}`, `${what} ${number}: ${sameNumber.id}`], why);
    }
    if (same !== undefined && same.number !== number) {
      const why = 'cards count it by its old number, and begin anew';
      tell(old.about, [`${what} ${id}: number ${number}`, `${what} ${id}: number ${same.number}`], why);
    }
    if (same === undefined && sameNumber === undefined && what === 'account') {
      tell(old.about, [`account ${id}`, null], 'what cards keep in it can no longer be used');
    }
    for (const [member, value, why] of same?.number === number ? old.fixed : []) {
      const next = same?.fixed.find(([name]) => name === member)?.[1];
      if (next !== undefined && next !== value) tell(old.about, [`${member}: ${value}`, `${member}: ${next}`], why);
    }
  }
  if (before.timeZone !== after.timeZone) {
    tell(
      '',
      [before.timeZone, after.timeZone],
      'days and months begin at another hour: what was used today may count for yesterday',
    );
  }
  if (before.currency !== after.currency) {
    tell('', [before.currency ?? null, after.currency ?? null], 'sums that cards keep were in the other currency');
  }
  return dangers;
}

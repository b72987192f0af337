/** A policy with a rule less: what a scenario's rows are worth shows when the rule behind them is gone. */
import { WaslError } from '../../agent/domain/errors.js';
import type { PolicyDocument } from './authority.js';

type Part = Record<string, unknown>;

/** Rules that are those of every programme. */
const OF_ALL = ['remindDays'];

/** Who may open health records. */
const HEALTH_ROLES = 'healthRecords.roles';

/** Most that anything can be: what a quota is set to that a commodity cannot do without. */
const UNBOUNDED = 1_000_000;

/**
 * The policy without these rules. A rule is named by its place: programme, commodity where it is one's, and what it is called there, as in
 * `bread.loaf.quota-day` (a quota, by its period), `bread.loaf.carryOver`, `visits.place`, `visits.place.accredited`; a rule of the whole policy by its name alone (`remindDays`), the roles of health records as `healthRecords.roles`. What
 * needs no paper any more is written none for. Throws `ERR_USAGE` for a rule that it does not have.
 */
export function policyWithout(policy: PolicyDocument, rules: readonly string[]): PolicyDocument {
  const copy = structuredClone(policy) as Part;
  for (const rule of rules) takeOut(copy, rule);
  return copy;
}

function takeOut(policy: Part, rule: string): void {
  if (rule === HEALTH_ROLES) {
    takeOutRoles(policy);
    return;
  }
  if (OF_ALL.includes(rule) && Reflect.has(policy, rule)) {
    Reflect.deleteProperty(policy, rule);
    return;
  }
  const [programmeId = '', ...path] = rule.split('.');
  const programme = partCalled(policy.programmes, programmeId);
  const name = path.at(-1) ?? '';
  const holder = path.length === 2 ? partOf(programme, path[0] ?? '') : programme;
  const quota = /^quota-(day|month|year|once)$/.exec(name)?.[1];
  const found = holder !== undefined && (quota === undefined ? name in holder : loosen(holder, quota));
  if (!found) throw new WaslError('ERR_USAGE', `the policy has no rule ${rule}`);
  if (name === 'schemes') holder.schemes = [];
  else if (quota === undefined) Reflect.deleteProperty(holder, name);
  if (name === 'consumes') writeNone(policy, holder.number);
}

/** Whoever serves may then do what any role may: at its kind of site. */
function takeOutRoles({ healthRecords }: Part): void {
  const { rules = [] } = (healthRecords ?? {}) as { rules?: Part[] };
  if (rules.length === 0) throw new WaslError('ERR_USAGE', `the policy has no rule ${HEALTH_ROLES}`);
  for (const rule of rules) Reflect.deleteProperty(rule, 'roles');
}

function writeNone(policy: Part, commodity: unknown): void {
  const programmes = (Array.isArray(policy.programmes) ? policy.programmes : []) as { commodities: Part[] }[];
  for (const one of programmes.flatMap(({ commodities }) => commodities)) {
    const { writes } = one as { writes?: { for: unknown[] } };
    if (writes === undefined) continue;
    writes.for = writes.for.filter((number) => number !== commodity);
    if (writes.for.length === 0) Reflect.deleteProperty(one, 'writes');
  }
}

/** The commodity of a programme with this id, or else the group of its rules with this name. */
function partOf(programme: Part | undefined, name: string): Part | undefined {
  const group = programme?.[name];
  const isGroup = typeof group === 'object' && group !== null && !Array.isArray(group);
  return partCalled(programme?.commodities, name) ?? (isGroup ? (group as Part) : undefined);
}

/** A commodity must have a quota, so a period's are made so wide that they bind nobody. */
function loosen(commodity: Part, period: string): boolean {
  const quotas = (Array.isArray(commodity.quotas) ? commodity.quotas : []) as Part[];
  const mine = quotas.filter(({ every }) => every === period);
  for (const quota of mine) quota.amount = UNBOUNDED;
  return mine.length > 0;
}

function partCalled(parts: unknown, id: string): Part | undefined {
  return Array.isArray(parts) ? (parts as Part[]).find((part) => part.id === id) : undefined;
}

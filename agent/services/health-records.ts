/** Who may open and write which health records, and where: the rules of the policy. Pure. */
import type { ErrorCode } from '../domain/error-codes.js';
import { HEALTH_KINDS, type HealthKind, type HealthRecordRule } from '../domain/health-record.js';
import type { Policy } from '../domain/policy.js';

/** Who stands at the desk, and where that is. */
export interface HealthPlace {
  readonly siteKind: string;
  readonly isAccredited: boolean;
  /** Empty for nobody. */
  readonly role: string;
}

/** What may be done at a desk. */
export type HealthAccess =
  | { readonly read: readonly HealthKind[]; readonly write: readonly HealthKind[] }
  | { readonly refused: ErrorCode };

/** The kinds that may be read and written: those of all rules that hold. Refused where none does: for the site, or else for the role. */
export function healthAccess(policy: Pick<Policy, 'healthRecords'>, at: HealthPlace): HealthAccess {
  const rules = policy.healthRecords?.rules ?? [];
  const here = rules.filter((rule) => at.isAccredited && isThere(rule, at.siteKind));
  if (here.length === 0) return { refused: 'ERR_HEALTH_SITE' };
  const mine = here.filter(({ roles }) => at.role !== '' && (roles === undefined || roles.includes(at.role)));
  if (mine.length === 0) return { refused: 'ERR_HEALTH_ROLE' };
  const of = (kinds: (rule: HealthRecordRule) => readonly HealthKind[]): HealthKind[] =>
    HEALTH_KINDS.filter((kind) => mine.some((rule) => kinds(rule).includes(kind)));
  return { read: of(({ read }) => read), write: of(({ write }) => write) };
}

/** Whether records of a kind (null: of any) are written at sites of this kind: what one must have been signed at to be believed. */
export function mayBeWrittenAt(
  policy: Pick<Policy, 'healthRecords'>,
  siteKind: string,
  kind: HealthKind | null,
): boolean {
  const rules = policy.healthRecords?.rules ?? [];
  return rules.some((rule) => isThere(rule, siteKind) && (kind === null || rule.write.includes(kind)));
}

function isThere({ siteKinds }: HealthRecordRule, siteKind: string): boolean {
  return siteKinds === undefined || siteKinds.includes(siteKind);
}

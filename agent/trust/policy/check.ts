/** A policy, checked as a whole: shape, references, rules, and what is allowed but rarely meant. Every mistake is reported at once. */
import { z } from 'zod';
import { adviseOn } from './advice.js';
import { read } from './issues.js';
import { comparePaths, type PolicyProblem, pathText, told } from './problem.js';
import { checkReferences } from './references.js';
import { checkRules } from './rules.js';
import { type DraftPolicy, draftShape, type SignedPolicy, signedShape } from './schema.js';

/** What a check found. */
export interface PolicyCheck<T> {
  /** The policy when it has no mistakes. */
  readonly policy: T | null;
  /** Mistakes: with any of them a policy is neither signed nor taken in. By their place in the document. */
  readonly problems: readonly PolicyProblem[];
  /** What is allowed and rarely meant. By their place in the document. */
  readonly warnings: readonly PolicyProblem[];
}

/** Most mistakes that are reported: whoever has more begins with the first. */
const PROBLEMS_MAX = 500;

/** Checks a policy as an analyst writes it, without the head that the authority puts on. */
export function checkDraft(value: unknown): PolicyCheck<DraftPolicy> {
  const found = check(draftShape, value);
  return { ...found, problems: found.problems.map(aboutHead) };
}

/** The head is no slip of spelling: it is there in every policy that was signed. */
function aboutHead(problem: PolicyProblem): PolicyProblem {
  const [member, ...more] = problem.path;
  if (more.length > 0 || !HEAD.includes(String(member))) return problem;
  return {
    ...problem,
    message: 'belongs to a policy that is signed',
    remedy: 'remove it: the authority gives version and dates when it signs',
  };
}

const HEAD: readonly string[] = ['version', 'issuedAt', 'expires'];

function check<T extends DraftPolicy>(schema: z.ZodType<T>, value: unknown): PolicyCheck<T> {
  const { whole, known, problems } = read(schema, value);
  const found = [...problems];
  const warnings: PolicyProblem[] = [];
  if (known !== null) {
    checkReferences(known, (problem) => found.push(problem));
    checkRules(known, (problem) => found.push(problem));
    adviseOn(known, (problem) => warnings.push(problem));
  }
  return { policy: found.length === 0 ? whole : null, problems: sorted(found), warnings: sorted(warnings) };
}

function sorted(problems: readonly PolicyProblem[]): PolicyProblem[] {
  return problems.toSorted((a, b) => comparePaths(a.path, b.path)).slice(0, PROBLEMS_MAX);
}

/** `policy`: the rules that are served under, as they were signed. Fails with all mistakes, each with its remedy. */
export const policySchema: z.ZodType<SignedPolicy> = z.unknown().transform((value, context) => {
  const { policy, problems } = check(signedShape, value);
  for (const { path, message, remedy } of problems) {
    context.issues.push({ code: 'custom', input: undefined, path: [...path], message: told(message, remedy) });
  }
  return policy ?? z.NEVER;
});

/** Problems as lines for people: `path: what is wrong → what to do`. */
export function problemLines(problems: readonly PolicyProblem[]): string[] {
  return problems.map(({ path, message, remedy }) => `  ${pathText(path)}: ${told(message, remedy)}`);
}

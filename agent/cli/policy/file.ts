import { WaslError } from '../../domain/errors.js';
import { readJsonFile } from '../../files.js';
import { checkDraft, problemLines } from '../../trust/policy/check.js';
import type { PolicyProblem } from '../../trust/policy/problem.js';
import type { DraftPolicy } from '../../trust/policy/schema.js';

/** The mistakes of a policy as an error: `ERR_POLICY`, all of them in its message, each with its path and what to do. */
export function policyError(file: string, problems: readonly PolicyProblem[]): WaslError {
  const count = `${problems.length} mistake${problems.length === 1 ? '' : 's'}`;
  return new WaslError('ERR_POLICY', `${file} has ${count}:\n${problemLines(problems).join('\n')}`, {
    details: { mistakes: problems.length },
  });
}

/** Reads and checks a policy as an analyst writes it. Rejects with `ERR_CONFIG` for what is no JSON, `ERR_POLICY` for one with mistakes. */
export async function readPolicyFile(file: string): Promise<DraftPolicy> {
  const { policy, problems } = checkDraft(await readJsonFile(file));
  if (policy === null) throw policyError(file, problems);
  return policy;
}

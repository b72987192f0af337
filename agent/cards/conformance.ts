/** Checks that a card, a reader or a code does what Wasl relies on: one after the other, each with its name, what came of it, and why. */

import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf, WaslError } from '../domain/errors.js';

/** What came of one check. `skip`: the thing has no such part, or may not be asked. */
export interface CheckResult {
  readonly name: string;
  readonly status: 'pass' | 'fail' | 'skip';
  /** Code of what failed, or null. */
  readonly code: ErrorCode | null;
  /** What was seen, or why it failed or was left out. */
  readonly detail: string;
}

/** The report of one run. */
export interface ConformanceReport {
  readonly ok: boolean;
  readonly subject: string;
  readonly checks: readonly CheckResult[];
}

/** One check: resolves to what was seen. {@link leftOut} in it makes it a skip, anything thrown a failure. */
export interface Check {
  readonly name: string;
  run(): Promise<string>;
}

class LeftOut extends Error {}

/** Says that a check does not apply, and why. */
export function leftOut(why: string): never {
  throw new LeftOut(why);
}

/** Throws `code` with the reason unless `holds`. */
export function expectThat(holds: boolean, code: ErrorCode, why: string): void {
  if (!holds) throw new WaslError(code, why);
}

/** Runs the checks in order. After a failure the rest is left out: what comes later builds on it. */
export async function runChecks(subject: string, checks: readonly Check[]): Promise<ConformanceReport> {
  const results: CheckResult[] = [];
  for (const { name, run } of checks) {
    const failed = results.find(({ status }) => status === 'fail');
    if (failed !== undefined) {
      results.push({ name, status: 'skip', code: null, detail: `not tried: "${failed.name}" failed` });
      continue;
    }
    results.push(await result(name, run));
  }
  return { ok: results.every(({ status }) => status !== 'fail'), subject, checks: results };
}

async function result(name: string, run: () => Promise<string>): Promise<CheckResult> {
  try {
    return { name, status: 'pass', code: null, detail: await run() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    if (error instanceof LeftOut) return { name, status: 'skip', code: null, detail };
    return { name, status: 'fail', code: codeOf(error), detail };
  }
}

/** Policies in files, for the tests of their checks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** Policies with one mistake each. */
export const BROKEN = 'test/trust/policies/broken';
/** Policies that are published. */
export const SAMPLES = 'docs/samples';

/** Names of the policies in a folder of the repository, without their ending. */
export function policiesIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.policy.json'));
  return names.map((name) => name.replace('.policy.json', '')).sort();
}

/** The path of a policy. */
export function policyFile(folder: string, name: string): string {
  return join(ROOT, folder, `${name}.policy.json`);
}

/** A policy as parsed JSON. */
export function policyIn(folder: string, name: string): object {
  return JSON.parse(readFileSync(policyFile(folder, name), 'utf8')) as object;
}

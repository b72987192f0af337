import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { runStep, tailOf } from './process.mjs';
import { say, sayBlock } from './say.mjs';

const CHECK_TIMEOUT_MS = 5 * 60_000;

/**
 * One check: `args` are for Node.
 * @typedef {object} Check
 * @property {string} name
 * @property {readonly string[]} args
 */

/** @returns {readonly Check[]} */
function checks() {
  const tsc = 'node_modules/typescript/bin/tsc';
  const projects = ['tsconfig.json', 'agent/kiosk/web/tsconfig.json', 'scripts/tsconfig.json'];
  return [
    { name: 'format and lint', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'] },
    ...projects
      .filter((project) => existsSync(join(ROOT, project)))
      .map((project) => ({ name: `types (${project})`, args: [tsc, '--noEmit', '-p', project] })),
    {
      name: 'import rules',
      args: [
        'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
        '--config',
        '.dependency-cruiser.cjs',
        ...CRUISED,
      ],
    },
    { name: 'unused code', args: ['node_modules/knip/bin/knip.js', '--no-progress'] },
  ];
}

/** The folders that the import rules speak of. */
const CRUISED = ['agent', 'drivers', 'sync', 'simulators', 'test', 'scripts'];

/**
 * Runs all checks, each to its end, and shows the output of those that fail.
 * @returns {Promise<readonly string[]>} names of the checks that failed
 */
export async function runChecks() {
  /** @type {string[]} */
  const failed = [];
  for (const { name, args } of checks()) {
    const log = `check-${name.replaceAll(/[^a-z]+/g, '-')}.log`;
    const outcome = await runStep(process.execPath, args, { cwd: ROOT, log, timeoutMs: CHECK_TIMEOUT_MS });
    const seconds = (outcome.durationMs / 1000).toFixed(1);
    say(`check: ${name}: ${outcome.ok ? 'ok' : 'failed'} (${seconds} s)`);
    if (outcome.ok) continue;
    failed.push(name);
    sayBlock(tailOf(outcome.log));
  }
  return failed;
}

/**
 * `npm test [-- argument …]`: everything, from a fresh clone: set-up, build, checks, tests with coverage. Arguments go
 * to vitest (`npm test -- drivers`); then only what they choose is tested, without checks and coverage. The last line
 * on stdout is `N passed, N failed` or `N passed, N failed, N skipped`; the exit code says the same.
 */
import { readFileSync, rmSync } from 'node:fs';
import { build } from './lib/build.mjs';
import { runChecks } from './lib/checks.mjs';
import { PACKAGES_TO_TEST } from './lib/debian.mjs';
import { logFile, ROOT } from './lib/paths.mjs';
import { runStep } from './lib/process.mjs';
import { say, sayFailure } from './lib/say.mjs';
import { setUp } from './lib/set-up.mjs';
import { tally, tallyLine } from './lib/tally.mjs';

/** When a run that hangs is ended. On two cores of its own, with an empty cache, everything takes less than half of it. */
const BUDGET_MS = 50 * 60_000;

/**
 * Runs vitest and reads its report.
 * @param {readonly string[]} args
 * @param {number} failures how many steps before it failed
 */
async function runVitest(args, failures) {
  const reportFile = logFile('vitest.json');
  rmSync(reportFile, { force: true });
  const whole = args.length === 0;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const command = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...reporters,
    ...(whole ? ['--coverage', '--coverage.reportOnFailure'] : []),
    ...args,
  ];
  const timeoutMs = Math.max(1, BUDGET_MS - performance.now());
  const outcome = await runStep(process.execPath, command, { cwd: ROOT, timeoutMs });
  if (outcome.timedOut) say(`the tests were ended: the whole run may take ${BUDGET_MS / 60_000} minutes`);
  return tally(readReport(reportFile), outcome.ok, failures);
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {readonly string[]} args */
async function test(args) {
  let failures = 0;
  try {
    await setUp(PACKAGES_TO_TEST);
  } catch (error) {
    sayFailure(error);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  try {
    await build();
  } catch (error) {
    // The tests run from the sources: what else is wrong is worth knowing at once.
    sayFailure(error);
    failures += 1;
  }
  if (args.length === 0) failures += (await runChecks()).length;
  else say('tests chosen by arguments: the checks are left out (npm run check)');
  return runVitest(args, failures);
}

const counts = await test(process.argv.slice(2));
process.stdout.write(`${tallyLine(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;

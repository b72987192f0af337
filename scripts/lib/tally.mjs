/**
 * What vitest's JSON reporter writes, as far as it is read here.
 * @typedef {object} Report
 * @property {boolean} success
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {readonly { name: string, status: string, assertionResults: readonly { status: string }[] }[]} testResults
 */

/**
 * How a whole run ended.
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * Counts a run. Besides failed tests these count as one failure each: a file that failed without any of its tests
 * failing (it did not load, or a hook threw), a run that failed without anything in it failing (an unhandled error),
 * a run that left no report (it was ended, or crashed), a run without a single test that ran, and each of `failures`.
 * @param {Report | null} report `null` when there is none
 * @param {boolean} exitedWell whether vitest's exit code was 0
 * @param {number} failures how many steps before the tests failed
 * @returns {Tally}
 */
export function tally(report, exitedWell, failures) {
  if (report === null) return { passed: 0, failed: failures + 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const passed = report.numPassedTests;
  let failed = report.numFailedTests + brokenFiles;
  if (failed === 0 && (!exitedWell || !report.success || passed === 0)) failed = 1;
  return { passed, failed: failed + failures, skipped: report.numPendingTests + report.numTodoTests };
}

/** The tally as the one line that ends a run, e.g. `12 passed, 0 failed, 3 skipped`. @param {Tally} counts */
export function tallyLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Reports of the simulation for people. */
import type { Output } from '../../agent/cli/shared/output.js';
import type { CampaignReport } from './campaign.js';
import type { SeedReport } from './run-seed.js';

/** What each invariant says, in a few words. */
export const INVARIANT_NAMES: Readonly<Record<number, string>> = {
  1: 'no grant without a durable COMMIT before it',
  2: 'one grant for each sequence of a card',
  3: 'every debit has an intent, and none is forgotten',
  4: 'sequences strictly +1 within an epoch',
  5: 'the chain is unbroken, across epochs too',
  6: 'what was reported durable stays',
  7: 'acknowledged means held by the centre',
  8: 'the centre holds the set of valid events',
  9: 'same place, other bytes: both kept, and a case',
  10: 'pruned means acknowledged; no state is pruned',
  11: 'a restored centre gets back what it lost',
  12: 'versions of lists never fall',
  13: 'lists apply whole or not at all',
  14: 'a card in the applied hotlist is not served',
  15: 'the time floor never falls, and nobody pushes it',
  16: 'limits of a day hold: quota of a card, voids of a terminal',
  17: 'PIN attempts within their limit',
  18: 'a torn tail is cut off, damage is told',
  19: 'a broker without keys can delay, and nothing else',
  20: 'after healing, no backlog within the bound',
  21: 'nothing grows beyond its bound',
  22: 'the same seed gives the same trace',
};

/** Shows what a campaign came to. */
export function showReport(report: CampaignReport, output: Output): void {
  const { line } = output;
  line(
    `${report.seeds} seeds, ${report.taps} taps, ${report.events} events, ${report.steps} steps, ${report.seedsPerSecond} seeds/s`,
  );
  line('');
  for (const [number, checks] of Object.entries(report.invariants)) {
    const count = report.notYet[number] === undefined ? String(checks).padStart(10) : '   not yet';
    line(`${number.padStart(2)} ${count}  ${INVARIANT_NAMES[Number(number)] ?? ''}`);
  }
  line('');
  for (const [kind, count] of Object.entries(report.faults)) line(`${String(count).padStart(13)}  ${kind}`);
  for (const [number, why] of Object.entries(report.notYet)) line(`invariant ${number} is not checked: ${why}`);
  line('');
  for (const failure of report.failures) {
    line(`seed ${failure.seed} (${failure.mode}) breaks invariant ${failure.invariant}: ${failure.message}`);
    for (const text of failure.trace) line(`  ${text}`);
    line(`  ${failure.replay}`);
    line('');
  }
  line(report.violations === 0 ? 'Everything that was promised held.' : `${report.violations} violations`);
}

/** Shows one seed, with what happened. */
export function showSeed(report: SeedReport, { line }: Output): void {
  for (const text of report.trace) line(text);
  line('');
  line(`seed ${report.seed} (${report.mode}): ${report.taps} taps, ${report.events} events, ${report.steps} steps`);
  line(`trace ${report.traceHash}`);
  for (const { invariant, message } of report.violations) line(`invariant ${invariant}: ${message}`);
  if (report.violations.length === 0) line('Everything that was promised held.');
}

import { Command } from 'commander';
import type { JournalDamage } from '../../journal/damage.js';
import { type VerifyReport, verifyJournal } from '../../journal/verify.js';
import { counted } from '../shared/counted.js';
import { type Output, processOutput } from '../shared/output.js';
import { hex, journalSource, readingProgress, usageOf } from './source.js';

/** `wasl journal verify`: exit status 0 for a sound journal, 1 for a damaged one. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check every byte: checksums, seals, sequence, hash chain; changes nothing')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; json?: boolean }) => {
      const output = processOutput(options.json === true);
      const from = await journalSource(options.config);
      const progress = readingProgress(await usageOf(from));
      const report = await verifyJournal({ ...from, onProgress: (step) => progress.show(step) }).finally(() =>
        progress.clear(),
      );
      tell(report, output);
      output.result(asJson(report));
      if (!report.sound) process.exitCode = 1;
    });
}

function tell(report: VerifyReport, output: Output): void {
  const { sound, events, segments, bytes, backlog, openIntents, undispensed, tornBytes, damages } = report;
  output.line(
    `${sound ? 'Sound' : 'DAMAGED'}: ${counted(events, 'event')} in ${counted(segments, 'segment')}, ${bytes} bytes.`,
  );
  for (const { name, lastSeq, head, pruned } of report.epochs) {
    const gone = pruned === undefined ? '' : `, 1 to ${pruned} pruned`;
    output.line(`  epoch ${name}: ${lastSeq} events${gone}, head ${hex(head).slice(0, 16)}…`);
  }
  output.line(
    `  not acknowledged by the centre: ${backlog}; open intents: ${openIntents}; hand-overs not confirmed: ${undispensed}`,
  );
  if (report.prunedSegments > 0)
    output.line(
      `  segments 1 to ${report.prunedSegments} were pruned: the centre has their events, the checkpoint what they came to`,
    );
  for (const name of report.basesLost)
    output.line(`  the file ${name} is spoilt; the next start writes it anew from the other copies`);
  if (tornBytes > 0)
    output.line(`  ${tornBytes} bytes of a write that a power cut tore; nothing of them had been promised`);
  for (const damage of damages) output.line(`  damage: ${wordsFor(damage)}`);
}

function wordsFor(damage: JournalDamage): string {
  const lost = damage.missing.map(({ epoch, first, last }) => `${epoch} ${first} to ${last ?? 'its end'}`).join(', ');
  const events = lost === '' ? 'no event is known to be lost' : `events lost: ${lost}`;
  if (damage.reason === 'state')
    return `earlier segments are gone, and every checkpoint that remembered them: which cards were seen last is not known; ${events}`;
  const place = damage.toByte === damage.fromByte ? '' : `, bytes ${damage.fromByte} to ${damage.toByte}`;
  const known = damage.known ? '; the terminal has answered it with a new epoch' : '';
  return `segment ${damage.segment}${place} (${damage.reason}): ${events}${known}`;
}

function asJson(report: VerifyReport): object {
  const { sound, events, segments, bytes, backlog, openIntents, undispensed, tornBytes, damages } = report;
  const epochs = report.epochs.map(({ name, lastSeq, head, pruned }) => ({
    name,
    lastSeq,
    head: hex(head),
    ...(pruned === undefined ? {} : { pruned }),
  }));
  const { prunedSegments, basesLost } = report;
  return {
    ok: sound,
    ...{ events, segments, bytes, epochs, backlog, openIntents, undispensed, tornBytes, damages },
    ...{ prunedSegments, basesLost },
  };
}

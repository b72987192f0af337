/** `npm run matrix`: every tear of every medium, with attackers. Ends with 1 when anything was granted twice or lost in silence. */
import { processOutput, reportFailure } from '../../agent/cli/shared/output.js';
import { WaslError } from '../../agent/domain/errors.js';
import { parseWithArguments } from '../command-line.js';
import { runMatrix } from './matrix.js';
import { MATRIX_MEDIA, type MatrixMedium } from './media.js';

const HELP = `npm run matrix -- [options]

  Tears a service, and the write of an endorsement, in every byte that it writes, with every way in which weak bits fall, spoils the newest slot or puts an old
  image back, and taps again at the same and at another terminal. Everything but card, disk and reader is the product.

  --medium NAME  one of ${MATRIX_MEDIA.join(', ')} (default: all)
  --every N      tear every N-th byte only (default 1: all)
  --json         print one JSON object as the last line of standard output
  --help         this text
`;

const OPTIONS = {
  medium: { type: 'string' },
  every: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const output = processOutput(process.argv.includes('--json'));
  try {
    const { values } = parseWithArguments(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const everyByte = Number(values.every);
    if (!Number.isInteger(everyByte) || everyByte < 1)
      throw new WaslError('ERR_USAGE', '--every takes a number from 1');
    const { medium } = values;
    if (medium !== undefined && !isMedium(medium))
      throw new WaslError('ERR_USAGE', `--medium takes one of ${MATRIX_MEDIA.join(', ')}`);
    const media = medium === undefined ? MATRIX_MEDIA : [medium];
    const report = await runMatrix({ media, everyByte, onProgress: (line) => output.note(line) });
    const { cases, doubleGrants, silentLosses, faults, cap, failures, endorsements } = report;
    output.line(`cases                  ${cases}`);
    output.line(`double grants          ${doubleGrants} (cap in loaves: ${JSON.stringify(cap)})`);
    output.line(`silent losses          ${silentLosses}`);
    for (const [name, { worst }] of Object.entries(report.media))
      output.line(`${name.padEnd(22)} most granted: ${JSON.stringify(worst)}`);
    for (const [name, { worst }] of Object.entries(endorsements))
      output.line(`${`${name}, endorsed`.padEnd(22)} most granted: ${JSON.stringify(worst)}`);
    for (const failure of failures) output.line(`  ${failure}`);
    const ok = doubleGrants + silentLosses + faults === 0;
    output.result({ ok, ...report });
    return ok ? 0 : 1;
  } catch (error) {
    return reportFailure(error, output);
  }
}

function isMedium(name: string): name is MatrixMedium {
  return MATRIX_MEDIA.some((medium) => medium === name);
}

process.exitCode = await main();

/** `npm run chaos`: readers that are unplugged, hang, crash and come back under a terminal at work, and what became of every tap. */
import { randomInt } from 'node:crypto';
import { parseCommandLine, wholeNumber } from '../command-line.js';
import { onStage, runProgram, tellResult } from '../process/program.js';
import { runChaos } from './run.js';

const HELP = `npm run chaos -- [options]

A terminal in a process of its own, as it would run in the field, with a real pcscd and virtual readers, while cards are tapped. In each round one thing
happens from outside, at a moment of its own, often in the middle of a write: a reader is unplugged or hangs, pcscd is killed, restarted or hangs, the
process of the driver is killed or hangs, the card is pulled. Then the same card is tapped again. At the end every service is looked for on
the cards, on the screens and in the journal. The exit code is 1 when one is lost, half granted or doubled, or the terminal itself ended.

Needs Debian's pcscd, vsmartcard-vpcd, socat, gcc and perl-base, and root or user namespaces: pcscd runs in a corner of its own and touches no reader of this
machine. A reader is unplugged for pcscd too, which runs on: docs/integrators/readers.md, "Pulling the plug".

  --rounds N     rounds (default 100)
  --seed N       what happens when (default: random, and printed)
  --keep         keep the folder and print where it is; after a failure it is always kept
  --json         print one JSON object as the last line of standard output
  --help         this text
`;

const OPTIONS = {
  rounds: { type: 'string', default: '100' },
  seed: { type: 'string' },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const SEED_MAX = 2 ** 31 - 1;
const ROUNDS_MAX = 10_000;
function chaos(): Promise<number> {
  return runProgram(async (output, signal) => {
    const { values } = parseCommandLine(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const rounds = wholeNumber('rounds', values.rounds, { least: 1, most: ROUNDS_MAX });
    const seed = wholeNumber('seed', values.seed ?? String(randomInt(1, SEED_MAX)), { least: 1, most: SEED_MAX });
    output.note(`Seed ${seed}; ${rounds} rounds.`);
    const kept = (folder: string): void =>
      output.note(`The journal and what the terminal said are kept in ${folder} (seed ${seed})`);
    const result = await onStage({ name: 'chaos', keep: values.keep, signal, kept }, (stage) =>
      runChaos({ rounds, seed, note: output.note, ...stage }),
    );
    tellResult(result, output);
    return result.ok ? 0 : 1;
  });
}

process.exitCode = await chaos();
// What was cut short may still wait for something that never comes.
process.exit();

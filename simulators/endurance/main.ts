/** `npm run endurance`: real processes, killed again and again, and what became of every service. */
import { randomInt } from 'node:crypto';
import { WaslError } from '../../agent/domain/errors.js';
import { hasMosquitto } from '../central/mosquitto.js';
import { parseCommandLine, wholeNumber } from '../command-line.js';
import type { DatabaseAccess } from '../process/database.js';
import { onStage, runProgram, tellResult } from '../process/program.js';
import { runEndurance } from './run.js';

const HELP = `npm run endurance -- [options]

Rounds of misfortune for a whole site in real processes: in each of them the terminal, a bridge worker, the broker, the database, or several
of these are killed while cards are served, sent and stored, and are started again. Some rounds are on a bad link (40 kbit/s, 600 ms, cut every
20 s); in some the database comes back as an older copy. At the end every service is looked for on the cards, on the screens, in the journal and
at the centre. The exit code is 1 when one is lost or doubled.

  --rounds N                     rounds (default 50)
  --seed N                       who dies when (default: random, and printed)
  --broker embedded|mosquitto    default: mosquitto where it is installed (Debian: mosquitto)
  --couch URL                    an empty database server of your own, http://user:password@host:port; it is not killed, but emptied and
                                 restored from backups (default: an embedded one)
  --keep                         keep the folder of the site and print where it is; after a failure it is always kept
  --json                         print one JSON object as the last line of standard output
  --help                         this text
`;

const OPTIONS = {
  rounds: { type: 'string', default: '50' },
  seed: { type: 'string' },
  broker: { type: 'string' },
  couch: { type: 'string' },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const SEED_MAX = 2 ** 31 - 1;
const ROUNDS_MAX = 100_000;
function endurance(): Promise<number> {
  return runProgram(async (output, signal) => {
    const { values } = parseCommandLine(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const order = {
      rounds: wholeNumber('rounds', values.rounds, { least: 1, most: ROUNDS_MAX }),
      seed: wholeNumber('seed', values.seed ?? String(randomInt(1, SEED_MAX)), { least: 1, most: SEED_MAX }),
      broker: brokerOf(values.broker),
      couch: values.couch === undefined ? null : couchOf(values.couch),
    };
    output.note(`Seed ${order.seed}; ${order.rounds} rounds with ${order.broker} as the broker.`);
    const kept = (folder: string): void =>
      output.note(`Journal, database and what the processes said are kept in ${folder} (seed ${order.seed})`);
    const result = await onStage({ name: 'endurance', keep: values.keep, signal, kept }, (stage) =>
      runEndurance({ ...order, note: output.note, ...stage }),
    );
    tellResult(result, output);
    return result.ok ? 0 : 1;
  });
}

function brokerOf(text: string | undefined): 'embedded' | 'mosquitto' {
  if (text === undefined) return hasMosquitto() ? 'mosquitto' : 'embedded';
  if (text === 'mosquitto' && !hasMosquitto())
    throw new WaslError(
      'ERR_USAGE',
      'mosquitto is not installed (apt-get install mosquitto); or use --broker embedded',
    );
  if (text === 'mosquitto' || text === 'embedded') return text;
  throw new WaslError('ERR_USAGE', '--broker takes embedded or mosquitto');
}

function couchOf(text: string): DatabaseAccess {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username === '' || url.password === '')
    throw new WaslError('ERR_USAGE', '--couch takes a URL with user and password: http://user:password@host:port');
  const { origin, username, password } = url;
  return { url: origin, username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

process.exitCode = await endurance();
// What was cut short may still wait for something that never comes.
process.exit();

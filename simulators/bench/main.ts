/** `npm run bench`: what Wasl costs, as ratios against a peer in the same run. */
import { processOutput, reportFailure } from '../../agent/cli/shared/output.js';
import { WaslError } from '../../agent/domain/errors.js';
import { PERSONS_MAX } from '../../agent/roster/roster.js';
import { parseWithArguments, wholeNumber } from '../command-line.js';
import { benchBacklog } from './backlog.js';
import { benchDecide } from './decide.js';
import { benchFleet } from './fleet.js';
import { benchIngest } from './ingest.js';
import { benchJournal } from './journal.js';
import { benchRoster } from './roster.js';
import { benchTap } from './tap.js';
import { benchWire } from './wire.js';

const HELP = `npm run bench -- NAME [options]

  tap     our CPU for a whole tap, against the bare Ed25519 operations that it needs; exchanges and bytes on each medium
          --taps N (default 6000)
  wire    a day's events over a bad link, against PouchDB replication to the same server
          --events N (default 1000)  --kbit N (default 40)  --latency MS (round trip, default 600)  --repeat N (default 3)
  ingest  bridge workers from broker to database, against bare _bulk_docs of the same documents on the same server
          --events N (default 20000)
  fleet   terminals that all come back behind a broker that restarts: what is lost, how long it takes, how much memory
          --terminals N (default 300)  --events N (each, default 50)
  backlog one terminal with an alarm behind a backlog on a bad link: when the alarm is there, when all is, how much memory it takes
          --events N (default 20000)  --kbit N (default 40)  --latency MS (default 600); node --expose-gc measures the heap
  journal what a durable record costs on this disk, against a bare fdatasync; and how long opening takes
          --appends N (default 1000)  --size N (events to recover, default 100000)  --folder FOLDER (default: for temporary files)
  decide  a decision on a service, under the smallest and the largest policy, against copying its snapshot as JSON
          --decisions N (default 20000)
  roster  a list of persons: import, look-ups by name against a bare linear scan, memory
          --persons N (default 23034)  --questions N (default 2000); node --expose-gc measures the memory of the process

  wire, ingest, fleet and backlog take the CouchDB that COUCHDB_URL names, when it is set and holds no databases of Wasl.

  --json  print one JSON object as the last line of standard output
  --help  this text
`;

const OPTIONS = {
  taps: { type: 'string', default: '6000' },
  events: { type: 'string' },
  repeat: { type: 'string', default: '3' },
  terminals: { type: 'string', default: '300' },
  kbit: { type: 'string', default: '40' },
  latency: { type: 'string', default: '600' },
  appends: { type: 'string', default: '1000' },
  size: { type: 'string', default: '100000' },
  decisions: { type: 'string', default: '20000' },
  folder: { type: 'string' },
  persons: { type: 'string', default: '23034' },
  questions: { type: 'string', default: '2000' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const output = processOutput(process.argv.includes('--json'));
  try {
    const { values, positionals } = parseWithArguments(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const [name, ...rest] = positionals;
    const bench = rest.length > 0 ? undefined : benches(values, output.note)[name ?? ''];
    if (bench === undefined)
      throw new WaslError(
        'ERR_USAGE',
        'name one benchmark: tap, wire, ingest, fleet, backlog, journal, decide or roster; add --help for what is possible',
      );
    const result = await bench();
    for (const [field, value] of Object.entries(result))
      output.line(`${field.padEnd(22)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
    output.result({ ok: true, ...result });
    return 0;
  } catch (error) {
    return reportFailure(error, output);
  }
}

type Values = ReturnType<typeof parseWithArguments<typeof OPTIONS>>['values'];

function benches(values: Values, note: (text: string) => void): Readonly<Record<string, () => Promise<object>>> {
  const { folder } = values;
  const link = () => ({ kbitPerS: atLeastOne('kbit', values.kbit), latencyMs: atLeastOne('latency', values.latency) });
  const events = (byDefault: number): number => atLeastOne('events', values.events ?? String(byDefault));
  return {
    tap: () => benchTap(atLeastOne('taps', values.taps)),
    wire: () =>
      benchWire({
        events: events(1_000),
        ...link(),
        repeat: atLeastOne('repeat', values.repeat),
        note,
      }),
    ingest: () => benchIngest({ events: events(20_000), note }),
    fleet: () => benchFleet({ terminals: atLeastOne('terminals', values.terminals), events: events(50), note }),
    backlog: () => benchBacklog({ events: events(20_000), ...link(), note }),
    journal: () =>
      benchJournal({
        appends: atLeastOne('appends', values.appends),
        events: atLeastOne('size', values.size),
        ...(folder === undefined ? {} : { folder }),
      }),
    decide: async () => benchDecide(atLeastOne('decisions', values.decisions)),
    roster: () =>
      benchRoster({
        persons: wholeNumber('persons', values.persons, { least: 1, most: PERSONS_MAX }),
        questions: atLeastOne('questions', values.questions),
      }),
  };
}

const COUNT_MAX = 10_000_000;

function atLeastOne(name: string, text: string): number {
  return wholeNumber(name, text, { least: 1, most: COUNT_MAX });
}

process.exitCode = await main();
// The embedded database leaves timers behind.
process.exit();

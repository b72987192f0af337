/** `npm run fuzz -- --seconds N --json`: every parser that bytes from outside reach first, guided by what V8 says was executed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { processOutput, reportFailure } from '../../agent/cli/shared/output.js';
import { progressBar, progressLine } from '../../agent/cli/shared/progress.js';
import { WaslError } from '../../agent/domain/errors.js';
import { parseCommandLine } from '../command-line.js';
import { INPUT_BYTES_MAX } from './mutate.js';
import type { FuzzOrder, FuzzResult } from './worker-main.js';

const USAGE = `npm run fuzz -- [--seconds N] [--parser NAME] [--seed N] [--keep] [--json]

  --seconds N      for all parsers together (default 80)
  --parser NAME    one of them alone
  --seed N         the choices to make (default 1)
  --keep           write inputs that opened something new into the corpus
  --json           print one JSON object
  --vectors DIR    where the vectors are (default docs/vectors)
  --corpus DIR     where the corpus is (default simulators/fuzz/corpus)`;

/** The parsers, in the order of the report. */
const PARSERS = [
  'qr-text',
  'cbor',
  'cose',
  'endorsement',
  'slip',
  'health-record',
  'ndef-tlv',
  'ledger-slot',
  'apdu',
  'type4',
  'twn4-lines',
  'serial-lines',
] as const;

/** One input that takes this long has hung; on any machine a run takes milliseconds. */
const HANG_MS = 20_000;
const LOOK_EVERY_MS = 500;
/** A thread that does not even start or end in this time beyond its own has hung too. */
const GRACE_MS = 60_000;

const CORPUS_INPUTS_MAX = 150;
const CORPUS_INPUT_BYTES_MAX = 1024;

interface Settings {
  readonly seconds: number;
  readonly seed: number;
  readonly vectors: string;
  readonly corpus: string;
  readonly parsers: readonly string[];
  readonly keep: boolean;
}

interface ParserReport extends Omit<FuzzResult, 'corpus'> {
  readonly parser: string;
  readonly corpus: number;
  readonly hangs: readonly { readonly input: string }[];
}

function settings(): { readonly settings: Settings; readonly json: boolean } {
  const { values } = parseCommandLine({
    seconds: { type: 'string', default: '80' },
    parser: { type: 'string' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    vectors: { type: 'string', default: 'docs/vectors' },
    corpus: { type: 'string', default: 'simulators/fuzz/corpus' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
  if (!(seconds > 0 && seconds <= 86_400)) throw new WaslError('ERR_USAGE', '--seconds takes a number up to 86400');
  if (!Number.isSafeInteger(seed) || seed < 0) throw new WaslError('ERR_USAGE', '--seed takes a whole number');
  const { parser, vectors, corpus, keep, json } = values;
  if (parser !== undefined && !PARSERS.some((name) => name === parser))
    throw new WaslError('ERR_USAGE', `--parser takes one of: ${PARSERS.join(', ')}`);
  return {
    settings: { seconds, seed, vectors, corpus, parsers: parser === undefined ? PARSERS : [parser], keep },
    json,
  };
}

async function fuzzOne(parser: string, given: Settings): Promise<ParserReport> {
  const forMs = (given.seconds * 1000) / given.parsers.length;
  const shared = new SharedArrayBuffer(8 + INPUT_BYTES_MAX);
  const order: FuzzOrder = {
    target: parser,
    seed: given.seed,
    forMs,
    vectors: given.vectors,
    corpus: readCorpus(given.corpus, parser),
    shared,
  };
  const worker = new Worker(new URL('./worker-main.js', import.meta.url), { workerData: order });
  const result = await watched(worker, shared, forMs + GRACE_MS);
  if ('hung' in result)
    return {
      parser,
      executions: result.executions,
      places: 0,
      slowestMs: HANG_MS,
      corpus: 0,
      crashes: [],
      hangs: [{ input: result.hung }],
    };
  if (given.keep) keepCorpus(given.corpus, parser, result.corpus);
  const { corpus, ...rest } = result;
  return { parser, ...rest, corpus: corpus.length, hangs: [] };
}

/** The thread's answer, or the input that it hangs on. A thread that dies is a crash with its own message. */
function watched(
  worker: Worker,
  shared: SharedArrayBuffer,
  limitMs: number,
): Promise<FuzzResult | { readonly hung: string; readonly executions: number }> {
  const runs = new Int32Array(shared, 0, 1);
  return new Promise((resolve) => {
    let last = { run: -1, sinceMs: performance.now() };
    const beganMs = performance.now();
    const look = setInterval(() => {
      const run = Atomics.load(runs, 0);
      const nowMs = performance.now();
      if (run !== last.run) last = { run, sinceMs: nowMs };
      const isStuck = run > 0 && nowMs - last.sinceMs > HANG_MS;
      if (!isStuck && nowMs - beganMs < limitMs) return;
      end();
      void worker.terminate();
      resolve({ hung: inputIn(shared), executions: run });
    }, LOOK_EVERY_MS);
    const end = (): void => clearInterval(look);
    worker.on('message', (result: FuzzResult) => {
      end();
      resolve(result);
    });
    worker.on('error', (error: Error) => {
      end();
      const crash = { input: inputIn(shared), message: error.message };
      resolve({ executions: Atomics.load(runs, 0), places: 0, slowestMs: 0, corpus: [], crashes: [crash] });
    });
  });
}

function inputIn(shared: SharedArrayBuffer): string {
  const length = new DataView(shared).getUint32(4);
  return Buffer.from(new Uint8Array(shared, 8, length)).toString('hex');
}

/** One input a line, in hex. */
function readCorpus(folder: string, parser: string): readonly string[] {
  const path = join(folder, `${parser}.txt`);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => /^([0-9a-f]{2})+$/.test(line));
}

/** The corpus is small: it is there to begin well, not to remember everything. The inputs that opened most stand first. */
function keepCorpus(folder: string, parser: string, inputs: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const small = inputs.filter((input) => input.length > 0 && input.length <= 2 * CORPUS_INPUT_BYTES_MAX);
  writeFileSync(join(folder, `${parser}.txt`), `${[...new Set(small)].slice(-CORPUS_INPUTS_MAX).join('\n')}\n`);
}

async function main(): Promise<number> {
  const asked = settings();
  const output = processOutput(asked.json);
  const line = progressLine(process.stderr);
  const reports: ParserReport[] = [];
  for (const parser of asked.settings.parsers) {
    line.show(`${progressBar(reports.length, asked.settings.parsers.length)} ${parser}`);
    reports.push(await fuzzOne(parser, asked.settings));
  }
  line.clear();
  output.line('parser        executions   places  corpus  slowest  crashes  hangs');
  for (const one of reports) {
    const figures = [
      String(one.executions).padStart(10),
      String(one.places).padStart(8),
      String(one.corpus).padStart(7),
      `${one.slowestMs} ms`.padStart(8),
      String(one.crashes.length).padStart(8),
      String(one.hangs.length).padStart(6),
    ];
    output.line(`${one.parser.padEnd(13)} ${figures.join(' ')}`);
    for (const crash of one.crashes) output.line(`  CRASH ${crash.message}\n        ${crash.input}`);
    for (const hang of one.hangs) output.line(`  HANG  ${hang.input}`);
  }
  const sum = (count: (one: ParserReport) => number): number => reports.reduce((all, one) => all + count(one), 0);
  const [executions, crashes, hangs] = [
    sum((one) => one.executions),
    sum((one) => one.crashes.length),
    sum((one) => one.hangs.length),
  ];
  const ok = crashes === 0 && hangs === 0;
  output.line(`${executions} executions, ${crashes} crashes, ${hangs} hangs.`);
  output.result({ ok, seed: asked.settings.seed, executions, crashes, hangs, parsers: reports });
  return ok ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = reportFailure(error, processOutput(process.argv.includes('--json')));
}

import { Command } from 'commander';
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { WaslError } from '../../domain/errors.js';
import { eventId } from '../../domain/event.js';
import { exportProven, type ProvenEvent, type VerifyOptions, type VerifyReport } from '../../journal/verify.js';
import { processOutput } from '../shared/output.js';
import { fileTarget, isBrokenPipe, streamTarget, type TextTarget } from '../shared/text-target.js';
import type { RecordSource } from './record.js';
import { hex, journalSource, readingProgress, usageOf } from './source.js';

const HELP = `
One line for each event, oldest first: a CloudEvent 1.0 in JSON. "data" has the canonical bytes (base64url), and what proves them: the
hash of the body is SHA-256 over the CBOR ["wasl/body/1", salt, bytes], the head that over ["wasl/chain/1", previousHead, seq, bodyHash].
The bytes name cards: keep the file as you would keep the cards' list. A damaged journal is exported as far as it can be read, and
the exit status is 1.`;

/** Bytes that are gathered before they are written. */
const PIECE_BYTES = 64 * 1024;

interface Options {
  readonly config: string;
  readonly out?: string;
  readonly epoch?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

interface Selection {
  readonly epoch: string | null;
  readonly from: number;
  readonly to: number;
}

/** `wasl journal export`: the events as JSON Lines. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write the events as JSON Lines, each with the proof of its place in the chain')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--out <file>', 'write to a file, which appears when it is complete (default: standard output)')
    .option('--epoch <name>', 'only this epoch; "wasl journal verify" lists them')
    .option('--from <seq>', 'from this sequence on, in each epoch', '1')
    .option('--to <seq>', 'up to this sequence, in each epoch')
    .option('--json', 'with --out: print one JSON object about the export')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      if (options.json === true && options.out === undefined)
        throw new WaslError('ERR_USAGE', '--json needs --out: without it the events themselves are on standard output');
      const selection = selectionOf(options);
      const from = await journalSource(options.config);
      const usage = await usageOf(from);
      const progress = readingProgress(usage);
      const target = options.out === undefined ? streamTarget(process.stdout) : await fileTarget(options.out);
      try {
        const written = await writeEvents(
          { source: from, selection, target },
          { onProgress: (step) => progress.show(step) },
        );
        checkEpoch(selection, written.report);
        await target.finish();
        progress.clear();
        say(options, written);
      } catch (error) {
        progress.clear();
        await target.abandon();
        // Whoever read the pipe has what they wanted.
        if (!isBrokenPipe(error)) throw error;
      }
    });
}

interface Written {
  readonly count: number;
  readonly report: VerifyReport;
}

function say(options: Options, { count, report }: Written): void {
  const output = processOutput(options.json === true);
  const { sound, prunedSegments, damages } = report;
  if (!sound) {
    output.note('ERR_JOURNAL_DAMAGED: what could be read was exported; "wasl journal verify" says what is missing');
    process.exitCode = 1;
  }
  if (options.out === undefined) return;
  const pruned = report.epochs.flatMap((epoch) =>
    epoch.pruned === undefined ? [] : [{ epoch: epoch.name, upTo: epoch.pruned }],
  );
  output.line(`${count} events in ${options.out}.`);
  for (const { epoch, upTo } of pruned)
    output.line(`  events 1 to ${upTo} of ${epoch} are not here any more: the centre has them`);
  output.result({ ok: sound, count, file: options.out, prunedSegments, pruned, damages: damages.length });
}

function selectionOf(options: Options): Selection {
  const from = wholeNumber('--from', options.from ?? '1');
  const to = options.to === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--to', options.to);
  if (to < from) throw new WaslError('ERR_USAGE', '--to is before --from');
  return { epoch: options.epoch ?? null, from, to };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new WaslError('ERR_USAGE', `${name} takes a sequence, a whole number from 1`);
  return value;
}

function checkEpoch({ epoch }: Selection, report: VerifyReport): void {
  const names = report.epochs.map(({ name }) => name);
  if (epoch === null || names.includes(epoch)) return;
  throw new WaslError('ERR_USAGE', `there is no epoch ${epoch} in this journal; it has ${names.join(', ')}`);
}

async function writeEvents(
  to: { readonly source: RecordSource; readonly selection: Selection; readonly target: TextTarget },
  progress: Pick<VerifyOptions, 'onProgress'>,
): Promise<Written> {
  const { epoch, from, to: last } = to.selection;
  let report: VerifyReport | null = null;
  const onEnd = (ended: VerifyReport): void => {
    report = ended;
  };
  let count = 0;
  let lines: string[] = [];
  let waiting = 0;
  const flush = async (): Promise<void> => {
    await to.target.write(lines.join(''));
    lines = [];
    waiting = 0;
  };
  for await (const proven of exportProven({ ...to.source, ...progress, onEnd })) {
    const { event } = proven;
    if ((epoch !== null && event.epoch !== epoch) || event.seq < from || event.seq > last) continue;
    const line = `${JSON.stringify(cloudEvent(proven, to.source.terminal))}\n`;
    lines.push(line);
    count += 1;
    waiting += line.length;
    if (waiting >= PIECE_BYTES) await flush();
  }
  await flush();
  if (report === null) throw new WaslError('ERR_INTERNAL', 'the journal was not read to its end');
  return { count, report };
}

/** CloudEvents 1.0, JSON format. An event of a newer version of this software has a type that says so, and no time: its bytes are opaque here. */
function cloudEvent({ event, origin, salt, previousHead }: ProvenEvent, terminal: string): object {
  const read = decodeKnownEvent(event.bytes);
  return {
    specversion: '1.0',
    id: eventId(terminal, event.epoch, event.seq),
    source: `urn:wasl:terminal:${terminal}`,
    type: `wasl.${read?.type ?? 'unknown'}`,
    ...(read === null ? {} : { time: new Date(read.time * 1000).toISOString() }),
    datacontenttype: 'application/json',
    data: {
      epoch: event.epoch,
      seq: event.seq,
      bytes: Buffer.from(event.bytes).toString('base64url'),
      salt: hex(salt),
      bodyHash: hex(event.bodyHash),
      previousHead: previousHead === null ? null : hex(previousHead),
      head: hex(event.head),
      ...(event.seq === 1 ? { epochCause: origin.cause } : {}),
    },
  };
}

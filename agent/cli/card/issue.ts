import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseBalances } from '../../cards/balances.js';
import { type BatchMaker, type BatchRow, checkRows, type RowFailure, runBatch } from '../../cards/batch.js';
import { type BatchHead, type BatchJournal, openBatchJournal } from '../../cards/batch-journal.js';
import { parseCsv } from '../../cards/csv.js';
import { type CardOrder, COLUMNS, claimsOf, parseOrder } from '../../cards/order.js';
import { type PrintedCard, type PrintLayout, printCards } from '../../cards/print.js';
import { hexOf } from '../../cards/report.js';
import { issueCredential, qrText } from '../../credential/issue.js';
import { WaslError } from '../../domain/errors.js';
import type { Signer } from '../../domain/keys.js';
import { fileError, makeFolder, readJsonFile } from '../../files.js';
import { type Output, processOutput } from '../shared/output.js';
import { progressBar, progressLine } from '../shared/progress.js';
import { readTable } from '../shared/table-file.js';
import { type OpeningsOf, openingLines, openingsReport, openingsUnder } from './balances.js';
import { dayOf, issuerFrom, noteIssued, nowSeconds } from './issuer.js';
import { makeCard } from './medium.js';
import { placeOptions } from './options.js';
import { type PinOptions, type PinsOf, pinOptions, pinsFor } from './pin-options.js';
import { type PlaceOptions, withCard } from './place.js';
import { writeCode } from './qr.js';
import { beginOnReader, type SeriesOptions } from './series.js';

interface IssueOptions extends PlaceOptions, PinOptions {
  readonly issuer: string;
  readonly order?: string;
  readonly csv?: string;
  readonly balances?: string;
  readonly policy?: string;
  readonly out?: string;
  readonly picture: 'png' | 'svg' | 'txt';
  readonly pdf?: string;
  readonly sheet: PrintLayout;
  readonly title: string;
  readonly titleArabic: string;
  readonly json?: boolean;
}

/** `wasl card issue`: one card from JSON, or a batch from a table that goes on where it stopped. */
export function issueCardCommand(): Command {
  const command = new Command('issue')
    .description('make cards: one from JSON (--order), or a batch from a table (--csv) with QR codes and a PDF')
    .requiredOption('--issuer <folder or file>', "an authority's folder, or a file with the issuer's private seed")
    .option('--order <json>', 'one person; see docs/integrators/personalisation.md')
    .option('--csv <file>', 'a table of persons, one card each')
    .option(
      '--balances <json>',
      'what the card of --order begins with: counters, accounts and papers of an older system',
    )
    .option('--policy <file>', 'the policy that balances are named and checked by')
    .option('--out <folder>', 'where the batch keeps its codes and its journal')
    .option('--picture <kind>', 'png, svg or txt: how the codes of a batch are written', pictureKind, 'png')
    .option('--pdf <file>', 'also a PDF to print, of all rows that are done')
    .option('--sheet <kind>', 'card: a page each with bleed; a4: ten on a sheet', sheetKind, 'card')
    .option('--title <text>', 'heading of a printed card', 'Ration card')
    .option('--title-arabic <text>', 'the same in Arabic', 'بطاقة التموين');
  return placeOptions(pinOptions(command))
    .option('--json', 'print one JSON object')
    .action(async (options: IssueOptions) => {
      const output = processOutput(options.json === true);
      const issuer = await issuerFrom(options.issuer);
      if ((options.order === undefined) === (options.csv === undefined))
        throw new WaslError('ERR_USAGE', 'say what to make: --order FILE for one card, or --csv FILE for a batch');
      if (options.balances !== undefined && options.order === undefined)
        throw new WaslError('ERR_USAGE', '--balances goes with --order; a table has them in its column "balances"');
      if (options.pin !== 'none' && options.csv !== undefined && options.reader === undefined)
        throw new WaslError('ERR_USAGE', 'a code on paper has no PIN: --pin goes with cards on a --reader');
      const [openings, pins] = [
        await openingsUnder(options.policy, dayOf(nowSeconds())),
        await pinsFor(options.issuer, options),
      ];
      if (options.order !== undefined) await issueOne(options, { issuer, openings, pins }, output);
      else await issueBatch(options, { issuer, openings, pins }, output);
    });
}

/** Who signs, and what cards begin with. */
interface Desk {
  readonly issuer: Signer;
  readonly openings: OpeningsOf;
  /** Null where no card gets a PIN. */
  readonly pins: PinsOf | null;
}

async function issueOne(
  options: IssueOptions,
  { issuer, openings: openingsOf, pins }: Desk,
  output: Output,
): Promise<void> {
  const file = options.order ?? '';
  const { balances: from } = options;
  const given = from === undefined ? {} : { balances: parseBalances(await readJsonFile(from), from) };
  const order = { ...parseOrder(await readJsonFile(file), file), ...given };
  const issuedAt = nowSeconds();
  const openings = openingsOf(order, from ?? file);
  const issuing = { issuer, issuedAt, day: dayOf(issuedAt), openings, ...pinOf(pins) };
  const made = await withCard(options, ({ card }) => makeCard(card, order, issuing));
  await noteIssued(options.issuer, order, { ...made, issuedAt, openings });
  output.line(
    `Card ${order.card} is on the ${made.kind}: ${made.credentialBytes} bytes${made.uid === null ? '' : `, UID ${made.uid}`}.`,
  );
  if (made.leftOut.length > 0) output.line(`  No room for: ${made.leftOut.join(', ')}.`);
  for (const line of openingLines(openings)) output.line(line);
  output.result({ ok: true, card: order.card, ...made, openings: openingsReport(openings) });
}

async function issueBatch(options: IssueOptions, { issuer, openings, pins }: Desk, output: Output): Promise<void> {
  const { csv = '', out } = options;
  if (out === undefined)
    throw new WaslError('ERR_USAGE', 'a batch needs --out FOLDER: its journal says which cards were made');
  const table = await readTable(csv);
  const checked = checkRows(parseCsv(table, Object.keys(COLUMNS)), (order, from) => {
    if (openings(order, from).size > 0 && options.reader === undefined)
      throw new WaslError(
        'ERR_ORDER_BALANCES',
        `${from}: a code on paper keeps no balances: issue a card on a --reader`,
      );
  });
  await makeFolder(out);
  const journal = await openBatchJournal(join(out, 'batch.journal'), {
    issuedAt: nowSeconds(),
    issuer: hexOf(issuer.keyId),
  });
  const stop = stopOnSignal();
  const line = progressLine(process.stderr);
  const failures: RowFailure[] = [...checked.failures];
  const making: Making = { options, out, issuer, head: journal.head };
  let onReader: Awaited<ReturnType<typeof beginOnReader>> | null = null;
  try {
    if (options.reader !== undefined) {
      const { reader, wait } = options;
      const { issuedAt } = journal.head;
      const on = { issuer, issuedAt, day: dayOf(issuedAt), openings, ...pinOf(pins) };
      const made: SeriesOptions['made'] = (order, card) =>
        noteIssued(options.issuer, order, { ...card, issuedAt, openings: openings(order, `card ${order.card}`) });
      onReader = await beginOnReader({ reader, waitMs: wait * 1000, begunBefore: begunIn(journal), on, made }, output);
    }
    const maker: BatchMaker = {
      ...(onReader ?? paperMaker(making)),
      progress: (done, total) => line.show(`${progressBar(done, total)} ${done} of ${total}`),
      stopped: stop.asked,
    };
    const result = await runBatch(checked.sound, journal, maker);
    line.clear();
    failures.push(...result.failures);
    const finished = checked.sound.filter(({ order }) => journal.entries.get(order.card)?.state === 'done');
    if (options.pdf !== undefined) await writePdf(options.pdf, finished, making);
    report(
      {
        ...result,
        failures,
        left: checked.sound.length - finished.length,
        rows: checked.sound.length + checked.failures.length,
      },
      output,
    );
  } finally {
    line.clear();
    stop.end();
    await onReader?.close();
    await journal.close();
  }
}

function pinOf(pins: PinsOf | null): { readonly pinFor?: PinsOf } {
  return pins === null ? {} : { pinFor: pins };
}

interface Making {
  readonly options: IssueOptions;
  readonly out: string;
  readonly issuer: Signer;
  readonly head: BatchHead;
}

/** The code of an order: the same in every run of a batch, since its time of issue is in the journal. */
function codeOf(order: CardOrder, { issuer, head }: Making): string {
  return qrText(issueCredential(claimsOf(order, { layout: 0, uid: null }, head.issuedAt), issuer));
}

function paperMaker(making: Making): Pick<BatchMaker, 'present' | 'make'> {
  return {
    present: async () => null,
    make: async ({ order }) => {
      await writeCode(join(making.out, `${order.card}.${making.options.picture}`), codeOf(order, making));
      return [];
    },
  };
}

/** Serials whose card an earlier run began and did not finish: only these are written over. */
function begunIn(journal: BatchJournal): ReadonlySet<number> {
  return new Set([...journal.entries].filter(([, { state }]) => state === 'begun').map(([serial]) => serial));
}

async function writePdf(path: string, rows: readonly BatchRow[], making: Making): Promise<void> {
  const { options, head } = making;
  const cards = rows.map(({ order }): PrintedCard => {
    const { identity } = order;
    return {
      title: { latin: options.title, arabic: options.titleArabic },
      serial: String(order.card),
      name: identity.fullName,
      secondName: identity.secondName?.text ?? null,
      id: identity.id,
      expires: new Date(order.expires * 1000).toISOString().slice(0, 10),
      qr: codeOf(order, making),
    };
  });
  const pdf = await printCards(cards, options.sheet, new Date(head.issuedAt * 1000));
  await writeFile(path, pdf, { flush: true }).catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
}

interface BatchReport {
  readonly rows: number;
  readonly made: number;
  readonly already: number;
  /** Sound rows that are not made yet. */
  readonly left: number;
  readonly failures: readonly RowFailure[];
}

function report(result: BatchReport, output: Output): void {
  const { rows, made, already, left, failures } = result;
  output.line(
    `${rows} rows: ${made} made now, ${already} made before, ${left} still to make, ${failures.length} with a mistake.`,
  );
  for (const { code, message } of failures) output.line(`  ${code}: ${message}`);
  if (left > 0) output.line('Run the same command again to go on; what is made is not made twice.');
  output.result({ ok: failures.length === 0 && left === 0, rows, made, already, left, failures });
  if (failures.length > 0 || left > 0) process.exitCode = 1;
}

/** Ctrl-C ends a batch after the row that it is at. */
function stopOnSignal(): { readonly asked: () => boolean; end(): void } {
  let asked = false;
  const hear = (): void => {
    asked = true;
  };
  process.once('SIGINT', hear).once('SIGTERM', hear);
  return {
    asked: () => asked,
    end: () => void process.off('SIGINT', hear).off('SIGTERM', hear),
  };
}

function pictureKind(text: string): 'png' | 'svg' | 'txt' {
  if (text === 'png' || text === 'svg' || text === 'txt') return text;
  throw new WaslError('ERR_USAGE', '--picture takes png, svg or txt');
}

function sheetKind(text: string): PrintLayout {
  if (text === 'card' || text === 'a4') return text;
  throw new WaslError('ERR_USAGE', '--sheet takes card or a4');
}

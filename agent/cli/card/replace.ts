import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { parseOrder } from '../../cards/order.js';
import { type Replaced, type ReplacementDesk, replaceInHand, replaceLost } from '../../cards/replace.js';
import { openReplacementBook, type ReplacementBook } from '../../cards/replacement-book.js';
import { WaslError } from '../../domain/errors.js';
import type { Signer } from '../../domain/keys.js';
import { readJsonFile } from '../../files.js';
import { type Output, processOutput } from '../shared/output.js';
import { openingLines, openingsReport } from './balances.js';
import { dayOf, issuerFrom, noteIssued } from './issuer.js';
import { identityOf, type MadeCard, makeCard } from './medium.js';
import { placeOptions, positive } from './options.js';
import { type PinOptions, type PinsOf, pinOptions, pinsFor } from './pin-options.js';
import type { CardInHand } from './place.js';
import {
  blockAt,
  bookPath,
  cardToEnd,
  type DeskTerminal,
  lostCard,
  openDeskTerminal,
  openTwoPlaces,
  type TwoPlaces,
  type TwoPlacesOptions,
} from './replace-parts.js';

interface ReplaceOptions extends TwoPlacesOptions, PinOptions {
  readonly issuer: string;
  readonly order: string;
  readonly config: string;
  readonly centre?: string;
  readonly json?: boolean;
}

/** `wasl card replace`: a card in the place of another one, with what that had come to. */
export function replaceCardCommand(): Command {
  const command = new Command('replace')
    .description('make a card in the place of another one, with its balances; the old one is ended, or was lost')
    .requiredOption(
      '--issuer <folder>',
      "an authority's folder: its book of replacements and its blocked cards are there",
    )
    .requiredOption('--order <json>', 'the new card: the same person with a new serial')
    .requiredOption(
      '--config <file>',
      "configuration of the desk's own terminal, which is stopped: its journal tells the centre",
    )
    .option('--lost <serial>', 'the old card is not there: its balances are those that the centre knows', positive)
    .option('--centre <file>', 'with --lost: configuration of settlement');
  return placeOptions(pinOptions(command))
    .option('--new-card <file>', 'file of the new card, beside --card for the old one')
    .option('--json', 'print one JSON object')
    .action(async (options: ReplaceOptions) => {
      const output = processOutput(options.json === true);
      if (!(await stat(options.issuer)).isDirectory())
        throw new WaslError('ERR_USAGE', '--issuer takes the folder of an authority: the old serial is blocked there');
      if ((options.lost === undefined) !== (options.centre === undefined))
        throw new WaslError('ERR_USAGE', '--lost SERIAL and --centre FILE go together');
      tell(await replace(options, output), output);
    });
}

async function replace(options: ReplaceOptions, output: Output): Promise<Replaced<MadeCard>> {
  const { issuer: folder, lost, centre } = options;
  const order = parseOrder(await readJsonFile(options.order), options.order);
  const issuer = await issuerFrom(folder);
  const pins = await pinsFor(folder, options);
  const known = lost === undefined ? null : await lostCard(lost, { folder, settlement: centre ?? '', order });
  // What is opened is closed again, whatever comes after it.
  const closers: (() => Promise<void>)[] = [];
  try {
    const places = await openTwoPlaces(options, output);
    closers.unshift(() => places.close());
    const terminal = await openDeskTerminal(options.config);
    closers.unshift(() => terminal.journal.close());
    const book = await openReplacementBook(bookPath(folder));
    closers.unshift(() => book.close());
    const desk = deskOf({ folder, book, terminal, places, issuer, pins });
    return known === null
      ? await replaceInHand(desk, cardToEnd(places, { desk: terminal, issuer }), order)
      : await replaceLost(desk, known, order);
  } finally {
    for (const close of closers) await close();
  }
}

interface DeskParts {
  readonly folder: string;
  readonly book: ReplacementBook;
  readonly terminal: DeskTerminal;
  readonly places: TwoPlaces;
  readonly issuer: Signer;
  readonly pins: PinsOf | null;
}

function deskOf({ folder, book, terminal, places, issuer, pins }: DeskParts): ReplacementDesk<MadeCard> {
  let fresh: CardInHand | null = null;
  return {
    ...{ book, operator: 0 },
    now: () => terminal.now(),
    presentNew: async () => {
      fresh = await places.fresh();
      if (!fresh.canWrite) throw new WaslError('ERR_READER_UNSUPPORTED', `${fresh.where} cannot write to cards`);
      return await identityOf(fresh.card);
    },
    makeNew: async (order, { openings, issuedAt, again }) => {
      if (fresh === null) throw new WaslError('ERR_INTERNAL', 'no card was presented');
      const issuing = { issuer, issuedAt, day: dayOf(issuedAt), openings, again };
      const made = await makeCard(fresh.card, order, pins === null ? issuing : { ...issuing, pinFor: pins });
      await noteIssued(folder, order, { ...made, issuedAt });
      return made;
    },
    record: async (events) => {
      await terminal.journal.append(events.map((event) => ({ kind: 'event', event })));
    },
    block: (serial) => blockAt(folder, serial),
  };
}

function tell({ replaces, plan, openings, made }: Replaced<MadeCard>, output: Output): void {
  const { card, cause } = plan;
  output.line(`Card ${card} is on the ${made.kind}, in the place of card ${replaces}.`);
  if (made.leftOut.length > 0) output.line(`  No room for: ${made.leftOut.join(', ')}.`);
  for (const line of openingLines(openings)) output.line(line);
  output.line(
    cause === 'in-hand'
      ? `Card ${replaces} is ended: no terminal serves it. Its serial is blocked from the next lists on (wasl authority publish).`
      : `Card ${replaces} is blocked: publish the lists now (wasl authority publish); until they have come it can be served.`,
  );
  output.line('The centre hears of it when the terminal of this desk runs again.');
  output.result({ ok: true, card, replaces, cause, ...made, openings: openingsReport(openings) });
}

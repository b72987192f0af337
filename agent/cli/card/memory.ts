import { Command } from 'commander';
import { hexOf } from '../../cards/report.js';
import { WaslError } from '../../domain/errors.js';
import { processOutput } from '../shared/output.js';
import { dumpCard, wipeCard } from './medium.js';
import { placeOptions } from './options.js';
import { type PlaceOptions, withCard } from './place.js';

/** `wasl card dump`: the memory as it is, nothing verified. */
export function dumpCardCommand(): Command {
  return placeOptions(new Command('dump').description('show the memory of a card, page by page; verifies nothing'))
    .option('--json', 'print one JSON object')
    .action(async (options: PlaceOptions & { readonly json?: boolean }) => {
      const output = processOutput(options.json === true);
      const { kind, lines } = await withCard(options, async ({ card }) => ({
        kind: card.kind,
        lines: await dumpCard(card),
      }));
      for (const { place, bytes } of lines) output.line(`${place.padEnd(12)} ${spaced(bytes)}   ${printable(bytes)}`);
      output.result({ ok: true, kind, memory: lines.map(({ place, bytes }) => ({ place, bytes: hexOf(bytes) })) });
    });
}

/** `wasl card wipe`: makes a tag blank. */
export function wipeCardCommand(): Command {
  return placeOptions(new Command('wipe').description('make a tag blank: credential, endorsement and ledger are gone'))
    .option('--yes', 'I mean this card')
    .option('--json', 'print one JSON object')
    .action(async (options: PlaceOptions & { readonly yes?: boolean; readonly json?: boolean }) => {
      if (options.yes !== true)
        throw new WaslError('ERR_USAGE', 'this cannot be undone: add --yes when the right card lies on the reader');
      const output = processOutput(options.json === true);
      const pages = await withCard(options, async ({ card }) => await wipeCard(card));
      output.line(`Wiped: ${pages} pages.`);
      output.result({ ok: true, pages });
    });
}

function spaced(bytes: Uint8Array): string {
  return (hexOf(bytes).match(/../g) ?? []).join(' ');
}

function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

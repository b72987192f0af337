import { access } from 'node:fs/promises';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type Output, processOutput } from '../agent/cli/shared/output.js';
import { isWaslError, WaslError } from '../agent/domain/errors.js';
import { openMedium } from '../drivers/media/open.js';
import type { SlotIndex } from '../drivers/medium.js';
import {
  blankCard,
  CARD_KINDS,
  type CardKind,
  openCardFile,
  presented,
  type SimulatedCard,
  saveCard,
} from './card-file.js';
import { SimulatedNtag21x } from './cards/ntag21x.js';

interface CardOptions {
  readonly kind?: CardKind;
  readonly uid?: Uint8Array;
  readonly text?: string;
  readonly garble?: SlotIndex;
  readonly cloneTo?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `wasl sim card FILE`: makes a simulated card, shows it, or does to it what a thief or an accident would. */
export function simulatedCardCommand(): Command {
  return new Command('card')
    .description('make or edit a simulated card: a file of JSON that the card commands take with --card')
    .addArgument(new Argument('<file>', 'the card; made blank with --kind, else shown'))
    .addOption(new Option('--kind <kind>', 'make a blank card of this kind').choices(CARD_KINDS))
    .option('--uid <hex>', 'UID of the new card, 7 bytes (default: random)', uid)
    .option('--text <qr>', 'what a code on paper says (--kind qr)')
    .option('--garble <slot>', 'spoil ledger slot A or B, as a phone could', slot)
    .option('--clone-to <file>', 'copy the card, UID and all')
    .option('--force', 'make a new card in the place of one that is there')
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: CardOptions) => {
      const output = processOutput(options.json === true);
      const simulated =
        options.kind === undefined ? (await openCardFile(file)).simulated : await made(file, options.kind, options);
      if (options.garble !== undefined) await garble(simulated, options.garble);
      if (options.cloneTo !== undefined) await saveCard(options.cloneTo, simulated);
      if (options.kind !== undefined || options.garble !== undefined) await saveCard(file, simulated);
      await tell(file, simulated, output);
    });
}

async function made(file: string, kind: CardKind, options: CardOptions): Promise<SimulatedCard> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere && options.force !== true)
    throw new WaslError('ERR_USAGE', `${file} is there already; --force makes a new card in its place`);
  if (options.text !== undefined && kind !== 'qr') throw new WaslError('ERR_USAGE', '--text is for --kind qr alone');
  return kind === 'qr' ? { kind, text: options.text ?? '' } : blankCard(kind, options.uid);
}

/** Turns the bits of the slot's second page round: no check fits any more. */
async function garble(card: SimulatedCard, index: SlotIndex): Promise<void> {
  if (!(card instanceof SimulatedNtag21x))
    throw new WaslError('ERR_USAGE', 'only a tag has slots that anybody can write to');
  const session = await openMedium(presented(card), { canWrite: true });
  const [ledger] = session.ledgers;
  if (ledger === undefined) throw new WaslError('ERR_USAGE', 'this kind of tag has no room for a ledger');
  const image = Uint8Array.from(await ledger.readSlot(index), (byte, at) => (at < 4 ? byte ^ 0xff : byte));
  await ledger.writeSlot(index, image);
}

async function tell(file: string, card: SimulatedCard, output: Output): Promise<void> {
  const state = await openMedium(presented(card), { canWrite: true }).then(
    ({ credential }) =>
      `carries a credential of ${credential.form === 'bytes' ? `${credential.bytes.length} bytes` : `${credential.text.length} characters`}`,
    (error: unknown) => {
      if (isWaslError(error, 'ERR_CARD_EMPTY')) return 'is blank';
      if (isWaslError(error)) return `cannot be read: ${error.code}`;
      throw error;
    },
  );
  const hex = 'uid' in card ? Buffer.from(card.uid).toString('hex') : null;
  output.line(`${file}: ${card.kind}${hex === null ? '' : `, UID ${hex}`}, ${state}.`);
  output.result({ ok: true, file, kind: card.kind, uid: hex, state });
}

function uid(text: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2}){7}$/.test(text)) throw new InvalidArgumentError('a UID is 14 hex digits.');
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

function slot(text: string): SlotIndex {
  if (text === 'A' || text === 'a') return 0;
  if (text === 'B' || text === 'b') return 1;
  throw new InvalidArgumentError('a slot is A or B.');
}

/** `wasl card pin …`: the PIN of a holder at the card office, on a reader and without a screen. */
import { Command } from 'commander';
import { openMedium } from '../../../drivers/media/open.js';
import { readTerminalConfig } from '../../config.js';
import { decodeClaims } from '../../credential/cwt.js';
import { siteSecret } from '../../credential/pin-codes.js';
import type { Credential } from '../../domain/credential.js';
import { WaslError } from '../../domain/errors.js';
import { systemRandom } from '../../system.js';
import { openCard } from '../../tap/open-card.js';
import { changePin, type PinDeps, type PinWish } from '../../tap/pin-card.js';
import { readPinKey } from '../authority/pin-key.js';
import { processOutput } from '../shared/output.js';
import { nowSeconds } from './issuer.js';
import { placeOptions } from './options.js';
import { askHolderPins } from './pin-prompt.js';
import { type CardInHand, type PlaceOptions, withCard } from './place.js';
import { type DeskTerminal, openDeskTerminal } from './replace-parts.js';

interface PinCommandOptions extends PlaceOptions {
  readonly config: string;
  readonly json?: boolean;
}

interface UnblockOptions extends PinCommandOptions {
  readonly issuer: string;
}

/** Looking at it, setting, changing and unblocking it. Exit status 1 where the card refuses. */
export function cardPinCommand(): Command {
  return new Command('pin')
    .description("the holder's PIN of a smart card; PINs are asked for, or read from standard input, one a line")
    .addCommand(showCommand())
    .addCommand(setCommand())
    .addCommand(changeCommand())
    .addCommand(unblockCommand());
}

function showCommand(): Command {
  return placeOptions(new Command('show').description('whether a card has a PIN, and how many tries are left'))
    .option('--json', 'print one JSON object')
    .action(async (options: PlaceOptions & { readonly json?: boolean }) => {
      const { holderPin, verifyPin } = await withCard(options, ({ card, canWrite }) => openMedium(card, { canWrite }));
      const output = processOutput(options.json === true);
      if (holderPin === undefined) {
        const has = verifyPin === undefined ? 'no PIN' : 'a PIN';
        output.line(`The card has ${has}, and it can be neither set nor changed.`);
        return output.result({ ok: true, state: verifyPin === undefined ? 'none' : 'set', canChange: false });
      }
      const { state, triesLeft, codeTriesLeft } = holderPin;
      const words = { none: 'no PIN yet', transport: 'the PIN of a letter, not changed yet', set: 'a PIN' } as const;
      output.line(`The card has ${words[state]}.`);
      if (triesLeft !== null) output.line(`  tries left: ${triesLeft}${triesLeft === 0 ? ', it is blocked' : ''}`);
      if (codeTriesLeft !== null) output.line(`  tries left to unblock it: ${codeTriesLeft}`);
      output.result({ ok: true, state, triesLeft, codeTriesLeft, canChange: true });
    });
}

const CONFIG = "configuration of the desk's own terminal, which is stopped: its journal tells the centre";

function setCommand(): Command {
  return placeOptions(new Command('set').description('give a card its first PIN'))
    .requiredOption('--config <file>', CONFIG)
    .option('--json', 'print one JSON object')
    .action(async (options: PinCommandOptions) => {
      const { new: pin } = await askHolderPins(['new']);
      await carryOut(options, { action: 'set', pin }, null);
    });
}

function changeCommand(): Command {
  return placeOptions(
    new Command('change').description('put another PIN in the place of the old one, or of that of a letter'),
  )
    .requiredOption('--config <file>', CONFIG)
    .option('--json', 'print one JSON object')
    .action(async (options: PinCommandOptions) => {
      const { old, new: pin } = await askHolderPins(['old', 'new']);
      await carryOut(options, { action: 'changed', old, pin }, null);
    });
}

function unblockCommand(): Command {
  return placeOptions(new Command('unblock').description('give a card a new PIN without the old one'))
    .requiredOption('--config <file>', CONFIG)
    .requiredOption('--issuer <folder>', "an authority's folder: the secret that unblocks cards of every home site")
    .option('--json', 'print one JSON object')
    .action(async (options: UnblockOptions) => {
      const secret = await readPinKey(options.issuer);
      const { new: pin } = await askHolderPins(['new']);
      await carryOut(options, { action: 'unblocked', supervisor: 0, pin }, secret);
    });
}

async function carryOut(options: PinCommandOptions, wish: PinWish, secret: Uint8Array | null): Promise<void> {
  const { programme: programmes } = await readTerminalConfig(options.config);
  const terminal = await openDeskTerminal(options.config);
  const output = processOutput(options.json === true);
  try {
    await withCard(options, async ({ card, canWrite, where }: CardInHand) => {
      if (!canWrite) throw new WaslError('ERR_READER_UNSUPPORTED', `${where} cannot write to cards`);
      const { credential, site } = await holderOf(terminal, { card, programme: programmes[0] });
      const secrets = new Map(secret === null ? [] : [[site, siteSecret(secret, site)]]);
      const deps = { ...depsOf(terminal), holderPins: { secrets } };
      const outcome = await changePin(deps, { card, credential, programme: programmes[0] }, wish);
      const { code, isUnknown } = outcome;
      if (code !== null)
        throw new WaslError(
          code,
          isUnknown
            ? 'the card did not answer: nobody knows which PIN counts; try the new one, then the old one'
            : undefined,
        );
      const serial = credential.entitlements.card;
      const words = {
        set: 'has its PIN',
        changed: 'has another PIN',
        unblocked: 'is unblocked, with a new PIN',
      } as const;
      output.line(`Card ${serial} ${words[wish.action]}.`);
      output.line('The centre hears of it when the terminal of this desk runs again.');
      output.result({ ok: true, card: serial, action: wish.action });
    });
  } finally {
    await terminal.journal.close();
  }
}

/** Whose card it is, and the home site that it was issued for. Rejects with why the credential does not hold. */
async function holderOf(
  terminal: DeskTerminal,
  at: { readonly card: CardInHand['card']; readonly programme: string },
): Promise<{ readonly credential: Credential; readonly site: number }> {
  const programme = terminal.trust.policy().programmes.find(({ id }) => id === at.programme);
  if (programme === undefined) throw new WaslError('ERR_PROGRAMME_UNKNOWN');
  const order = { card: at.card, canWrite: true, programme, nowSec: nowSeconds() };
  const { decoded, endorsed } = await openCard({ trust: terminal.trust, openMedium }, order);
  if (!decoded.ok) throw new WaslError(decoded.code);
  const issued = endorsed === null ? null : decodeClaims(endorsed.payload);
  if (decoded.profile !== 'wasl' || issued === null || !issued.ok) throw new WaslError('ERR_HOLDER_PIN_UNSUPPORTED');
  return { credential: decoded.credential, site: issued.claims.entitlements.homeSite };
}

function depsOf({ journal, trust, now }: DeskTerminal): Omit<PinDeps, 'holderPins'> {
  return {
    ...{ journal, trust, random: systemRandom, openMedium },
    time: { now: () => ({ ms: now() * 1000, quality: 'set' }) },
    // Nobody logs in at a desk of commands.
    operator: () => 0,
    fault: (error) => process.stderr.write(`${String(error)}\n`),
  };
}

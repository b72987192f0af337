/** What a card is made with, so that its holder can have a PIN: the options of the commands that make cards. */
import { open, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { CardOrder } from '../../cards/order.js';
import type { PinSecrets } from '../../credential/personalise.js';
import { letterPin, type PinOwner, siteSecret, unblockingCode } from '../../credential/pin-codes.js';
import { WaslError } from '../../domain/errors.js';
import { fileError } from '../../files.js';
import { readPinKey } from '../authority/pin-key.js';

const POLICIES = ['none', 'hand-over', 'letter'] as const;

/** What `--pin` and `--letters` said. */
export interface PinOptions {
  readonly pin: (typeof POLICIES)[number];
  readonly letters?: string;
}

/** The secrets of one card. */
export type PinsOf = (order: CardOrder, owner: PinOwner) => Promise<PinSecrets>;

/** Adds `--pin` and `--letters`. */
export function pinOptions(command: Command): Command {
  return command
    .option(
      '--pin <policy>',
      'PIN of the holder, on smart cards: none, hand-over (the holder chooses it) or letter (one that they change)',
      policyIn,
      'none',
    )
    .option(
      '--letters <file>',
      'with --pin letter: gets serial, name and PIN, one card a line; for the printer, then destroyed',
    );
}

/** Null where no card gets a PIN. Rejects with `ERR_USAGE` for options that do not go together, or an authority without the secret. */
export async function pinsFor(issuer: string, { pin, letters }: PinOptions): Promise<PinsOf | null> {
  if ((pin === 'letter') !== (letters !== undefined))
    throw new WaslError('ERR_USAGE', '--pin letter and --letters FILE go together');
  if (pin === 'none') return null;
  if (!(await stat(issuer)).isDirectory())
    throw new WaslError('ERR_USAGE', `--pin ${pin} needs the folder of an authority as --issuer: its secret is there`);
  const secret = await readPinKey(issuer);
  return async ({ homeSite, identity }, owner) => {
    const ofSite = siteSecret(secret, homeSite);
    const code = unblockingCode(ofSite, owner);
    if (letters === undefined) return { code, transportPin: null };
    const { dateOfBirth, id } = identity;
    const transportPin = letterPin(ofSite, owner, { dateOfBirth, id });
    // Before the card is made: a card whose letter is missing could not be used, and one letter too many can be thrown away.
    await append(letters, `${owner.card}\t${identity.fullName}\t${transportPin}\n`);
    return { code, transportPin };
  };
}

async function append(path: string, line: string): Promise<void> {
  const file = await open(path, 'a', 0o600).catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
  try {
    await file.appendFile(line);
    await file.sync();
  } catch (cause) {
    throw fileError('ERR_DATA_FILE', path, cause);
  } finally {
    await file.close();
  }
}

function policyIn(text: string): PinOptions['pin'] {
  const policy = POLICIES.find((known) => known === text);
  if (policy === undefined) throw new WaslError('ERR_USAGE', `--pin takes ${POLICIES.join(', ')}`);
  return policy;
}

/** Options that several card commands share. */
import { type Command, InvalidArgumentError } from 'commander';
import { instant } from './trust.js';

/** Adds `--reader`, `--card` and `--wait`. */
export function placeOptions(command: Command): Command {
  return command
    .option(
      '--reader <name>',
      'beginning of a PC/SC reader\'s name, "pcsc" for the first; "twn4" or a device\'s path for a TWN4; serial:/dev/…[@baud] for a scanner',
    )
    .option('--card <file>', 'a simulated card ("wasl sim card" makes one)')
    .option('--wait <seconds>', 'how long to wait for a card on the reader', positive, 30);
}

/** Adds `--key`, `--config`, `--trust`, `--authority`, `--at` and `--programme`. */
export function trustOptions(command: Command): Command {
  return command
    .option('--key <file or hex>', 'an issuer key to believe: hex, PEM, JWK or JWKS; may be repeated', more)
    .option('--config <file>', 'configuration of a terminal: believe its signed lists')
    .option('--trust <folder>', 'believe the signed lists in this folder')
    .option('--authority <hex>', 'public key of the authority that signed them')
    .option('--at <time>', 'judge as of this time (default: now)', instant)
    .option('--programme <number>', 'only keys that may sign for this programme', positive);
}

/** A whole number from 1 on. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on is needed.');
  return value;
}

function more(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

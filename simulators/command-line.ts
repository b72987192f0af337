import { type ParseArgsConfig, parseArgs } from 'node:util';
import { WaslError } from '../agent/domain/errors.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads the command line of a simulator's program. Throws `ERR_USAGE` with what is wrong with it. */
export function parseCommandLine<const T extends Options>(options: T) {
  return parsed({ options, allowPositionals: false });
}

/** As {@link parseCommandLine}, for a program that takes arguments besides its options. */
export function parseWithArguments<const T extends Options>(options: T) {
  return parsed({ options, allowPositionals: true });
}

/** The value of `--name`, a whole number within bounds. Throws `ERR_USAGE`. */
export function wholeNumber(
  name: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new WaslError('ERR_USAGE', `--${name} takes a whole number from ${least} to ${most}`);
  return value;
}

function parsed<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node goes on to explain how arguments that begin with a hyphen would be written.
    const [first = ''] = error.message.split('. ');
    throw new WaslError('ERR_USAGE', `${first.replaceAll('\n', ' ')}; add --help for what is possible`, {
      cause: error,
    });
  }
}

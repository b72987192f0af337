import { type ParseArgsConfig, parseArgs } from 'node:util';
import { WaslError } from '../agent/domain/errors.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads the command line of a simulator's program. Throws `ERR_USAGE` with what is wrong, and the help below it. */
export function parseCommandLine<const T extends Options>(options: T, help: string) {
  return parsed({ options, allowPositionals: false }, help);
}

/** As {@link parseCommandLine}, for a program that takes arguments besides its options. */
export function parseWithArguments<const T extends Options>(options: T, help: string) {
  return parsed({ options, allowPositionals: true }, help);
}

function parsed<const T extends ParseArgsConfig>(config: T, help: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [first = ''] = error.message.split('. ');
    throw new WaslError('ERR_USAGE', `${first}\n\n${help}`, { cause: error });
  }
}

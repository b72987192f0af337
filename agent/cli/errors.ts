import { Command } from 'commander';
import { ERROR_CODES } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import { processOutput } from './shared/output.js';

/** `wasl errors [CODE]`: what a code means. */
export function errorsCommand(): Command {
  return new Command('errors')
    .argument('[code]', 'for example ERR_QUOTA_DAY')
    .option('--json', 'print one JSON object')
    .action((code: string | undefined, options: { json?: boolean }) => {
      const output = processOutput(options.json === true);
      const all = Object.entries(ERROR_CODES);
      const chosen = code === undefined ? all : all.filter(([name]) => name === code.toUpperCase());
      if (chosen.length === 0)
        throw new WaslError('ERR_USAGE', `there is no code ${code}; "wasl errors" lists them all`);
      for (const [name, meaning] of chosen) output.line(`${name.padEnd(32)} ${meaning}`);
      output.result({ ok: true, codes: Object.fromEntries(chosen) });
    });
}

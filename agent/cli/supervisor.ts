import { Command, InvalidArgumentError } from 'commander';
import { openAuthority } from '../../sync/authority/authority.js';
import { WaslError } from '../domain/errors.js';
import { systemClock, systemRandom } from '../system.js';
import { processOutput } from './output.js';

const deps = { clock: systemClock, random: systemRandom };
const NUMBER_MAX = 65_535;
const NAME_CHARS_MAX = 60;
const YEARS_MAX = 10;

interface Options {
  readonly number: number;
  readonly name?: string;
  readonly site?: string[];
  readonly years: number;
  readonly remove?: boolean;
  readonly json?: boolean;
}

/** `wasl authority supervisor`: who may allow that a service is taken back, with a PIN that is shown once. */
export function supervisorCommand(): Command {
  return new Command('supervisor')
    .description('appoint a supervisor and show the PIN, once; or remove one')
    .argument('<folder>', 'folder of the authority')
    .requiredOption('--number <number>', 'stands for the person in records; never given to another', numberOf)
    .option('--name <name>', 'as the clerks know the person')
    .option('--site <ids...>', 'sites where the person may allow it, for example bakery-17')
    .option('--years <years>', 'for how long', yearsOf, 2)
    .option('--remove', 'the person may allow nothing any more')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: Options) => {
      const authority = await openAuthority(folder, deps);
      const output = processOutput(options.json === true);
      const { number, years } = options;
      if (options.remove === true) {
        await authority.dismiss(number);
        output.line(`Removed supervisor ${number}. Publish the lists to tell the terminals.`);
        output.result({ ok: true, number });
        return;
      }
      const { name, sites } = checked(options);
      const pin = await authority.appoint({ number, name, sites, years });
      output.line(`Supervisor ${number}, ${name}, at ${sites.join(', ')}.`);
      output.line(`PIN  ${pin}`);
      output.line(
        'Give it to that person alone: it is shown this once and kept nowhere. The same command makes a new one.',
      );
      output.line('It counts once the lists are published again (wasl authority publish).');
      output.result({ ok: true, number, pin });
    });
}

function checked({ name, site }: Options): { name: string; sites: string[] } {
  const text = name?.trim() ?? '';
  if (text === '' || text.length > NAME_CHARS_MAX)
    throw new WaslError('ERR_USAGE', `--name takes 1 to ${NAME_CHARS_MAX} characters`);
  const sites = site ?? [];
  if (sites.length === 0) throw new WaslError('ERR_USAGE', 'name at least one site with --site');
  const wrong = sites.find((one) => !/^[a-z][a-z0-9-]{0,31}$/.test(one));
  if (wrong !== undefined)
    throw new WaslError('ERR_USAGE', `"${wrong}" is no site: lower-case letters, digits and hyphens, at most 32`);
  return { name: text, sites };
}

function numberOf(text: string): number {
  return within(text, NUMBER_MAX);
}

function yearsOf(text: string): number {
  return within(text, YEARS_MAX);
}

function within(text: string, max: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > max)
    throw new InvalidArgumentError(`a whole number from 1 to ${max} is needed.`);
  return value;
}

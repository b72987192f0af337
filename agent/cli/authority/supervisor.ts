import { Command, InvalidArgumentError } from 'commander';
import { openAuthority } from '../../../sync/authority/authority.js';
import { WaslError } from '../../domain/errors.js';
import { SUPERVISOR_ROLE } from '../../domain/supervisor.js';
import { systemClock, systemRandom } from '../../system.js';
import { processOutput } from '../shared/output.js';

const deps = { clock: systemClock, random: systemRandom };
const NUMBER_MAX = 65_535;
const NAME_CHARS_MAX = 60;
const YEARS_MAX = 10;

interface Options {
  readonly number: number;
  readonly name?: string;
  readonly role?: string;
  readonly site?: string[];
  readonly years: number;
  readonly remove?: boolean;
  readonly json?: boolean;
}

/** `wasl authority supervisor`: who may allow that a service is taken back, with a PIN that is shown once. */
export function supervisorCommand(): Command {
  return personCommand('supervisor', 'appoint a supervisor and show the PIN, once; or remove one');
}

/** `wasl authority operator`: who serves at which sites, in which role, with a PIN that is shown once. */
export function operatorCommand(): Command {
  return personCommand('operator', 'list somebody who serves, and show the PIN, once; or remove them').option(
    '--role <role>',
    'as policies name it, for example clerk, nurse, doctor, pharmacist',
  );
}

function personCommand(kind: 'supervisor' | 'operator', description: string): Command {
  const title = kind === 'supervisor' ? 'Supervisor' : 'Operator';
  return new Command(kind)
    .description(description)
    .argument('<folder>', 'folder of the authority')
    .requiredOption('--number <number>', 'stands for the person in records; never given to another', numberOf)
    .option('--name <name>', 'as the clerks know the person')
    .option('--site <ids...>', 'sites of the person, for example bakery-17')
    .option('--years <years>', 'for how long', yearsOf, 2)
    .option('--remove', 'the person may allow nothing any more')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: Options) => {
      const authority = await openAuthority(folder, deps);
      const output = processOutput(options.json === true);
      const { number, years } = options;
      if (options.remove === true) {
        await authority.dismiss(number);
        output.line(`Removed ${kind} ${number}. Publish the lists to tell the terminals.`);
        output.result({ ok: true, number });
        return;
      }
      const { name, sites } = checked(options);
      const role = kind === 'supervisor' ? {} : { role: roleOf(options) };
      const pin = await authority.appoint({ number, name, ...role, sites, years });
      output.line(
        `${title} ${number}, ${name}, ${role.role === undefined ? '' : `${role.role} `}at ${sites.join(', ')}.`,
      );
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

function roleOf({ role }: Options): string {
  if (role === undefined) throw new WaslError('ERR_USAGE', 'name the role with --role, for example clerk or doctor');
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(role) || role === SUPERVISOR_ROLE)
    throw new WaslError('ERR_USAGE', `"${role}" is no role: lower-case letters, digits and hyphens, at most 32`);
  return role;
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

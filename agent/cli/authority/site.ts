import { Command } from 'commander';
import { openAuthority } from '../../../sync/authority/authority.js';
import { WaslError } from '../../domain/errors.js';
import { systemClock, systemRandom } from '../../system.js';
import { processOutput } from '../shared/output.js';

const ID = /^[a-z][a-z0-9-]{0,31}$/;
const NUMBER_MAX = 0xffff_ffff;

interface Options {
  readonly number: string;
  readonly kind: string;
  readonly area: string;
  readonly accredited?: boolean;
  readonly json?: boolean;
}

/** `wasl authority site`: says of a site what the conditions of programmes look at. */
export function siteCommand(): Command {
  return new Command('site')
    .description('describe a site, or describe it anew: its kind, its area, whether it is accredited')
    .argument('<folder>', 'folder of the authority')
    .argument('<site>', 'id of the site, as its terminals are enrolled with it, for example bakery-17')
    .requiredOption('--number <number>', 'stands for the site on cards and in records; never given to another')
    .requiredOption('--kind <kind>', 'as policies name it, for example bakery, family-unit, hospital, post-office')
    .requiredOption('--area <area>', 'governorate or district, as policies name it')
    .option('--accredited', 'programmes for accredited sites may be served here')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, site: string, options: Options) => {
      const { kind, area, accredited = false } = options;
      for (const [name, text] of Object.entries({ site, kind, area }))
        if (!ID.test(text))
          throw new WaslError(
            'ERR_USAGE',
            `"${text}" is no ${name}: lower-case letters, digits and hyphens, at most 32`,
          );
      const number = Number(options.number);
      if (!Number.isInteger(number) || number < 1 || number > NUMBER_MAX)
        throw new WaslError('ERR_USAGE', `--number takes a whole number from 1 to ${NUMBER_MAX}`);
      const authority = await openAuthority(folder, { clock: systemClock, random: systemRandom });
      const entry = { site, number, kind, area, accredited };
      await authority.describeSite(entry);
      const output = processOutput(options.json === true);
      output.line(
        `Site ${site}: number ${number}, ${kind} in ${area}, ${accredited ? 'accredited' : 'not accredited'}.`,
      );
      output.line('It counts once the lists are published again (wasl authority publish).');
      output.result({ ok: true, ...entry });
    });
}

import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { createAuthority, openAuthority } from '../../../sync/authority/authority.js';
import { keepEscrow, parseEscrow } from '../../../sync/authority/escrows.js';
import { sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { WaslError } from '../../domain/errors.js';
import { makeFolder } from '../../files.js';
import { systemClock, systemRandom } from '../../system.js';
import type { DraftPolicy } from '../../trust/policy/schema.js';
import { readPolicyFile } from '../policy/file.js';
import { processOutput } from '../shared/output.js';
import { endorseCommand, retireCommand } from './endorse.js';
import { healthKeyCommand } from './health.js';
import { pinKeyCommand } from './pin-key.js';
import { siteCommand } from './site.js';
import { operatorCommand, supervisorCommand } from './supervisor.js';
import { trustIssuerCommand } from './trust-issuer.js';

const deps = { clock: systemClock, random: systemRandom };

/** `wasl authority …`: keys, enrolment, blocking and publishing. */
export function authorityCommands(): Command {
  const group = new Command('authority');
  group.addCommand(initCommand());
  group.addCommand(showCommand());
  group.addCommand(enrolCommand());
  group.addCommand(blockCommand());
  group.addCommand(endorseCommand());
  group.addCommand(retireCommand());
  group.addCommand(healthKeyCommand());
  group.addCommand(pinKeyCommand());
  group.addCommand(siteCommand());
  group.addCommand(supervisorCommand());
  group.addCommand(operatorCommand());
  group.addCommand(trustIssuerCommand());
  group.addCommand(publishCommand());
  return group;
}

function initCommand(): Command {
  return new Command('init')
    .description('make a new authority with fresh keys')
    .argument('<folder>', 'a folder on a machine that no terminal can reach')
    .option(
      '--programme <numbers...>',
      'numbers of the programmes whose cards the issuer key may sign (default: 1)',
      more,
    )
    .option('--years <years>', 'how long the issuer key may sign', years, 5)
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { programme?: number[]; years: number; json?: boolean }) => {
      const { programme: programmes = [1] } = options;
      await makeFolder(folder);
      const authority = await createAuthority(folder, deps, { programmes, years: options.years });
      const output = processOutput(options.json === true);
      const register = authority.register();
      output.line(
        `Made an authority in ${folder}. Its secrets are in ${folder}/secrets: keep a copy off this machine.`,
      );
      output.line(`  trust.authorityKey  ${register.authorityKey}`);
      output.line(`  centre.sealKey      ${register.centre.sealKey}`);
      output.line(`  centre.ackKey       ${register.centre.ackKey}`);
      output.line('Next: enrol a terminal (wasl authority enrol), then publish the lists (wasl authority publish).');
      output.result({ ok: true, folder, register });
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('print public keys, terminals and versions')
    .argument('<folder>', 'folder of the authority')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { json?: boolean }) => {
      const register = (await openAuthority(folder, deps)).register();
      const output = processOutput(options.json === true);
      output.line(`trust.authorityKey  ${register.authorityKey}`);
      output.line(`centre.sealKey      ${register.centre.sealKey}`);
      output.line(`centre.ackKey       ${register.centre.ackKey}`);
      const { versions } = register;
      output.line(
        `lists               keys ${versions.keys}, terminals ${versions.terminals}, hotlist ${versions.hotlist}, policy ${versions.policy}, actions ${versions.actions}`,
      );
      output.line(`blocked cards       ${register.blocked.length}`);
      const { actions = [] } = register;
      const waiting = actions.filter(({ endorsement }) => endorsement !== undefined).length;
      output.line(`endorsed cards      ${actions.length}, of which ${waiting} wait for their next tap`);
      for (const one of register.terminals)
        output.line(`terminal            ${one.terminal} at ${one.site}, until ${one.notAfter.slice(0, 10)}`);
      for (const one of register.sites ?? [])
        output.line(
          `site                ${one.site}, number ${one.number}, ${one.kind} in ${one.area}${one.accredited ? ', accredited' : ''}`,
        );
      for (const one of register.supervisors ?? [])
        output.line(`${(one.role ?? 'supervisor').padEnd(19)} ${one.number}, ${one.name}, at ${one.sites.join(', ')}`);
      if (register.terminals.length === 0) output.line('terminal            none enrolled yet');
      output.result({ ok: true, register });
    });
}

function enrolCommand(): Command {
  return new Command('enrol')
    .description('enrol a terminal, or give it a new key')
    .argument('<folder>', 'folder of the authority')
    .requiredOption('--terminal <id>', 'for example t-0001')
    .requiredOption('--site <id>', 'for example bakery-17')
    .requiredOption('--key <hex>', 'the public key that "wasl terminal keygen" printed')
    .option('--years <years>', 'how long the key is valid', years, 3)
    .option('--escrow <file>', 'journal-key.escrow of the terminal: opens its journal at the centre if it dies')
    .option('--json', 'print one JSON object')
    .action(
      async (
        folder: string,
        options: {
          terminal: string;
          site: string;
          key: string;
          years: number;
          escrow?: string;
          json?: boolean;
        },
      ) => {
        if (!/^[0-9a-f]{64}$/.test(options.key))
          throw new WaslError('ERR_USAGE', '--key takes 64 lower-case hex digits');
        const authority = await openAuthority(folder, deps);
        const { terminal, site, key: publicKey } = options;
        if (options.escrow !== undefined) {
          const escrow = parseEscrow(await readFile(options.escrow, 'utf8'), options.escrow);
          const sealKey = sealKeyFromSecret(await authority.secret('centre-seal-key'));
          await keepEscrow(folder, { terminal, publicKey, escrow }, sealKey);
        }
        await authority.enrol({ terminal, site, publicKey, years: options.years });
        const output = processOutput(options.json === true);
        output.line(`Enrolled ${terminal} at ${site}. It is believed once the lists are published again.`);
        if (options.escrow === undefined)
          output.line('Without --escrow its journal cannot be read at the centre if it dies.');
        output.result({ ok: true, terminal, site, escrow: options.escrow !== undefined });
      },
    );
}

function blockCommand(): Command {
  return new Command('block')
    .description('block a card: no terminal serves it once the hotlist reached it')
    .argument('<folder>', 'folder of the authority')
    .argument('<serial>', 'serial of the card', positive)
    .option('--json', 'print one JSON object')
    .action(async (folder: string, serial: number, options: { json?: boolean }) => {
      await (await openAuthority(folder, deps)).block(serial);
      const output = processOutput(options.json === true);
      output.line('Blocked. Publish the lists to tell the terminals.');
      output.result({ ok: true });
    });
}

function publishCommand(): Command {
  return new Command('publish')
    .description('sign all lists, each with its next version')
    .argument('<folder>', 'folder of the authority')
    .requiredOption('--policy <file>', 'policy in JSON, e.g. docs/samples/egypt-bread.policy.json')
    .option('--days <days>', 'days that the lists are valid', positive, 30)
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { policy: string; days: number; json?: boolean }) => {
      const policy = await readPolicy(options.policy);
      const authority = await openAuthority(folder, deps);
      const lists = await authority.publish(policy, options.days);
      const { versions, issuers } = authority.register();
      const signed = new Set(issuers.flatMap(({ programmes }) => programmes));
      const unsigned = policy.programmes.filter(({ number }) => !signed.has(number));
      const output = processOutput(options.json === true);
      output.line(
        `Signed ${lists}/*.list: keys ${versions.keys}, terminals ${versions.terminals}, hotlist ${versions.hotlist}, policy ${versions.policy}, actions ${versions.actions}.`,
      );
      output.line('Copy them into the trust folder of each terminal.');
      if (unsigned.length > 0) {
        const which = unsigned.map(({ id, number }) => `${id} (${number})`).join(', ');
        output.line(`Warning: no key of this authority signs cards for ${which}: every card is refused there.`);
        output.line(
          'Which programmes a key signs for is said when it is made: wasl authority init FOLDER --programme …',
        );
      }
      output.result({ ok: true, folder: lists, versions, unsigned: unsigned.map(({ number }) => number) });
    });
}

/** Reads a policy and checks all of it before anything is signed. Version and dates are the authority's to give; what is for editors is not signed. */
async function readPolicy(file: string): Promise<Omit<DraftPolicy, '$schema'>> {
  const { $schema: _forEditors, ...policy } = await readPolicyFile(file);
  return policy;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on is needed.');
  return value;
}

/** For an option that takes several. */
function more(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), positive(text)];
}

function years(text: string): number {
  const value = positive(text);
  if (value > 30) throw new InvalidArgumentError('at most 30 years.');
  return value;
}

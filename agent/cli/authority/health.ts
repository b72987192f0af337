/** `wasl authority health-key …`: the keys of the health roles, and that of the health authority. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Authority, openAuthority } from '../../../sync/authority/authority.js';
import { sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { parseSecret } from '../../credential/secret.js';
import { signerFromSeed } from '../../credential/signature.js';
import { WaslError } from '../../domain/errors.js';
import { fileError } from '../../files.js';
import {
  HEALTH_EPOCHS_MAX,
  HEALTH_KEYS_FILE,
  type HealthEpoch,
  type HealthKeys,
  sealHealthKeys,
} from '../../health/keys.js';
import { systemClock, systemRandom } from '../../system.js';
import { readPolicyFile } from '../policy/file.js';
import { processOutput } from '../shared/output.js';
import { writeWhole } from './roster-register.js';

const deps = { clock: systemClock, random: systemRandom };
const AUTHORITY_KEY = 'health-authority-key';
const ROLE_KEY = /^health-role-key-([1-9]\d{0,4})$/;

/** Making, renewing and handing out the keys. */
export function healthKeyCommand(): Command {
  return new Command('health-key')
    .description('keys to the health records on cards')
    .addCommand(makeCommand())
    .addCommand(rotateCommand())
    .addCommand(sealCommand());
}

function makeCommand(): Command {
  return new Command('make')
    .description('make the key of the health authority, and the first key of the health roles')
    .argument('<folder>', 'folder of the authority')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { readonly json?: boolean }) => {
      await openAuthority(folder, deps);
      if ((await secretNames(folder)).includes(AUTHORITY_KEY))
        throw new WaslError('ERR_USAGE', `${folder} has health keys already: "rotate" makes the next one of the roles`);
      // First that of the roles: with the authority's alone nothing could be made again.
      await writeSecret(folder, 'health-role-key-1');
      await writeSecret(folder, AUTHORITY_KEY);
      const output = processOutput(options.json === true);
      output.line(`Made ${folder}/secrets/${AUTHORITY_KEY} and ${folder}/secrets/health-role-key-1.`);
      output.line('Keep a copy off this machine: without them the copies at the centre are lost for good.');
      output.line('Next: wasl authority health-key seal, and copy the file into the trust folders.');
      output.result({ ok: true, folder, epoch: 1 });
    });
}

function rotateCommand(): Command {
  return new Command('rotate')
    .description('make the next key of the health roles: after a theft, or once a year')
    .argument('<folder>', 'folder of the authority')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { readonly json?: boolean }) => {
      const { epochs } = await readHealthKeys(folder);
      const epoch = epochs[0].epoch + 1;
      await writeSecret(folder, `health-role-key-${epoch}`);
      const output = processOutput(options.json === true);
      output.line(`Made the key of epoch ${epoch}. It counts once it is sealed anew and copied to the terminals.`);
      output.line('Cards are wrapped anew at their next opening; until then the older keys open them.');
      output.result({ ok: true, folder, epoch });
    });
}

interface SealOptions {
  readonly policy: string;
  readonly out: string;
  readonly without?: readonly string[];
  readonly json?: boolean;
}

function sealCommand(): Command {
  return new Command('seal')
    .description('seal the keys of the roles to the terminals of accredited health sites')
    .argument('<folder>', 'folder of the authority')
    .requiredOption('--policy <file>', 'policy in JSON: its "healthRecords" say which kinds of sites those are')
    .option('--out <file>', 'where the file is written to', HEALTH_KEYS_FILE)
    .option('--without <terminals...>', 'terminals that get none, such as one that was stolen')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: SealOptions) => {
      const keys = await readHealthKeys(folder);
      const authority = await openAuthority(folder, deps);
      const terminals = await healthTerminals(authority, options);
      const to = {
        authority: signerFromSeed(await authority.secret('authority-key')),
        terminals: terminals.map(({ publicKey }) => Uint8Array.from(Buffer.from(publicKey, 'hex'))),
      };
      await writeWhole(options.out, sealHealthKeys(keys, to, systemRandom), 0o644);
      const names = terminals.map(({ terminal }) => terminal);
      const output = processOutput(options.json === true);
      output.line(`Made ${options.out}: epoch ${keys.epochs[0].epoch}, for ${names.join(', ')}.`);
      output.line(`Copy it into the trust folder of each, as ${HEALTH_KEYS_FILE}.`);
      output.result({ ok: true, out: options.out, epoch: keys.epochs[0].epoch, terminals: names });
    });
}

/** The keys in an authority's folder, newest first. Rejects with `ERR_USAGE` where none were made, and with `ERR_SECRET`. */
export async function readHealthKeys(folder: string): Promise<HealthKeys> {
  const names = await secretNames(folder);
  const epochs = names
    .flatMap((name) => ROLE_KEY.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
  const [newest, ...older] = await Promise.all(
    epochs.slice(0, HEALTH_EPOCHS_MAX).map(async (epoch): Promise<HealthEpoch> => {
      return { epoch, key: sealKeyFromSecret(await readSecret(folder, `health-role-key-${epoch}`)) };
    }),
  );
  if (newest === undefined || !names.includes(AUTHORITY_KEY))
    throw new WaslError('ERR_USAGE', `${folder} has no health keys: "wasl authority health-key make" comes first`);
  const { publicKey } = sealKeyFromSecret(await readSecret(folder, AUTHORITY_KEY));
  return { authorityPublicKey: publicKey, epochs: [newest, ...older] };
}

/** Enrolled now, at accredited sites of the kinds that the policy names, and not left out. Rejects with `ERR_USAGE` for none, or one that is not there. */
async function healthTerminals(
  authority: Authority,
  { policy, without = [] }: SealOptions,
): Promise<readonly { readonly terminal: string; readonly publicKey: string }[]> {
  const { healthRecords } = await readPolicyFile(policy);
  if (healthRecords === undefined)
    throw new WaslError('ERR_USAGE', `${policy} has no "healthRecords": nobody could open any`);
  const { rules } = healthRecords;
  const { terminals, sites = [] } = authority.register();
  const unknown = without.filter((name) => !terminals.some(({ terminal }) => terminal === name));
  if (unknown.length > 0) throw new WaslError('ERR_USAGE', `no terminal ${unknown.join(', ')} is enrolled`);
  const health = sites
    .filter(
      ({ kind, accredited }) =>
        accredited && rules.some(({ siteKinds }) => siteKinds === undefined || siteKinds.includes(kind)),
    )
    .map(({ site }) => site);
  const now = new Date(systemClock.nowMs()).toISOString();
  const chosen = terminals.filter(
    ({ terminal, site, notAfter }) => notAfter > now && health.includes(site) && !without.includes(terminal),
  );
  if (chosen.length === 0)
    throw new WaslError(
      'ERR_USAGE',
      'no terminal is enrolled at an accredited site of these kinds: "wasl authority site" describes sites',
    );
  return chosen;
}

async function secretNames(folder: string): Promise<readonly string[]> {
  const path = join(folder, 'secrets');
  return await readdir(path).catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
}

async function readSecret(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, 'secrets', name);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fileError('ERR_SECRET', path, cause);
  });
  return parseSecret(text, path);
}

async function writeSecret(folder: string, name: string): Promise<void> {
  const secret = Buffer.from(systemRandom.bytes(32)).toString('hex');
  await writeWhole(join(folder, 'secrets', name), `${secret}\n`, 0o600);
}

/** `wasl authority pin-key …`: the secret that the unblocking codes of cards follow from, and what posts get of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { openAuthority } from '../../../sync/authority/authority.js';
import { PIN_SECRET_BYTES, PIN_SECRET_NAME, siteSecret, siteSecretLine } from '../../credential/pin-codes.js';
import { parseSecret } from '../../credential/secret.js';
import { WaslError } from '../../domain/errors.js';
import { fileError } from '../../files.js';
import { systemClock, systemRandom } from '../../system.js';
import { processOutput } from '../shared/output.js';
import { writeWhole } from './roster-register.js';

const deps = { clock: systemClock, random: systemRandom };
const PIN_KEY = 'pin-unblock-key';
const SITE_MAX = 0xffff_ffff;

/** Making the secret, and deriving those of sites. */
export function pinKeyCommand(): Command {
  return new Command('pin-key')
    .description('the secret that unblocks the PINs of cards')
    .addCommand(makeCommand())
    .addCommand(siteCommand());
}

/** The secret in an authority's folder. Rejects with `ERR_USAGE` where none was made, and with `ERR_SECRET`. */
export async function readPinKey(folder: string): Promise<Uint8Array> {
  const found = await pinKeyIn(folder);
  if (found === null)
    throw new WaslError('ERR_USAGE', `${folder} has no ${PIN_KEY}: "wasl authority pin-key make" comes first`);
  return found;
}

function makeCommand(): Command {
  return new Command('make')
    .description('make the secret, once: cards that are out cannot be unblocked with another one')
    .argument('<folder>', 'folder of the authority')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { readonly json?: boolean }) => {
      await openAuthority(folder, deps);
      if ((await pinKeyIn(folder)) !== null)
        throw new WaslError('ERR_USAGE', `${folder} has its ${PIN_KEY} already; it is never made twice`);
      const secret = Buffer.from(systemRandom.bytes(PIN_SECRET_BYTES)).toString('hex');
      await writeWhole(pathIn(folder), `${secret}\n`, 0o600);
      const output = processOutput(options.json === true);
      output.line(`Made ${pathIn(folder)}.`);
      output.line('Keep a copy off this machine: without it no card that is out can be unblocked.');
      output.result({ ok: true, folder });
    });
}

function siteCommand(): Command {
  return new Command('site')
    .description('write the secrets of home sites, for a post that unblocks their cards')
    .argument('<folder>', 'folder of the authority')
    .requiredOption('--sites <numbers...>', 'numbers of home sites; 0: cards without one')
    .option('--out <file>', 'where they are written to', PIN_SECRET_NAME)
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { readonly sites: readonly string[]; out: string; json?: boolean }) => {
      const secret = await readPinKey(folder);
      const sites = [...new Set(options.sites.map(siteNumber))].sort((a, b) => a - b);
      const lines = sites.map((site) => siteSecretLine(site, siteSecret(secret, site)));
      await writeWhole(options.out, `${lines.join('\n')}\n`, 0o600);
      const output = processOutput(options.json === true);
      output.line(`Made ${options.out}, for the home sites ${sites.join(', ')}.`);
      output.line(
        `It is the credential "${PIN_SECRET_NAME}" of the post's terminal: carry it there, and leave no copy.`,
      );
      output.result({ ok: true, out: options.out, sites });
    });
}

function siteNumber(text: string): number {
  const site = Number(text);
  if (!/^\d+$/.test(text) || site > SITE_MAX) throw new WaslError('ERR_USAGE', `"${text}" is not the number of a site`);
  return site;
}

function pathIn(folder: string): string {
  return join(folder, 'secrets', PIN_KEY);
}

/** Null where there is none. */
async function pinKeyIn(folder: string): Promise<Uint8Array | null> {
  try {
    return parseSecret(await readFile(pathIn(folder), 'utf8'), pathIn(folder));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (cause instanceof WaslError) throw cause;
    throw fileError('ERR_SECRET', pathIn(folder), cause);
  }
}

/** Secrets come from a folder of files, one each: systemd's credentials in production (`LoadCredential=`), or a folder named in the configuration. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSecret } from './credential/secret.js';
import { WaslError } from './domain/errors.js';
import { fileError } from './files.js';

/** Reads secrets by name. Every rejection is `ERR_SECRET`, names the file, and never shows what is in it. */
export interface Secrets {
  readonly folder: string;
  /** A 32-byte key from 64 hex digits. */
  key(name: string): Promise<Uint8Array>;
  /** A line of text, or null when there is no such file. */
  optionalText(name: string): Promise<string | null>;
  /** A line of text. */
  text(name: string): Promise<string>;
}

/** Opens the folder that the configuration names, else the one that systemd made for this unit. */
export function openSecrets(folder: string | undefined, environment: NodeJS.ProcessEnv): Secrets {
  const chosen = folder ?? environment.CREDENTIALS_DIRECTORY;
  if (chosen === undefined) {
    throw new WaslError(
      'ERR_SECRET',
      'no folder of secrets: set "secretsFolder" in the configuration, or run as a systemd unit with LoadCredential',
    );
  }
  const optionalText = async (name: string): Promise<string | null> => {
    try {
      const content = (await readFile(join(chosen, name), 'utf8')).trim();
      // The units hand over an empty file for a secret that is not set: systemd has no optional ones.
      return content === '' ? null : content;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw fileError('ERR_SECRET', `the secret ${join(chosen, name)}`, cause);
    }
  };
  const text = async (name: string): Promise<string> => {
    const content = await optionalText(name);
    if (content === null || content === '')
      throw new WaslError('ERR_SECRET', `the secret ${join(chosen, name)} is missing: ${originOf(name)}`);
    return content;
  };
  return { folder: chosen, optionalText, text, key: async (name) => parseSecret(await text(name), join(chosen, name)) };
}

/** Where a secret comes from. */
function originOf(name: string): string {
  if (name === 'terminal-key' || name === 'journal-key')
    return '"wasl terminal keygen" makes it for a new terminal; one that has a journal needs its own back';
  if (name === 'centre-seal-key' || name === 'centre-ack-key')
    return "copy it from the secrets of the authority's folder";
  if (name === 'views-key')
    return 'make it once with "openssl rand -hex 32" and keep it: with another one every view is made anew, under other pseudonyms';
  return 'put it there, in a file that only the user who runs Wasl can read';
}

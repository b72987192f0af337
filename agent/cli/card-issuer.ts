/** The key that a card command signs with, and the day that it does so on. */
import { readFile, stat } from 'node:fs/promises';
import { openAuthority } from '../../sync/authority/authority.js';
import { parseSecret } from '../credential/secret.js';
import { signerFromSeed } from '../credential/signature.js';
import type { Signer } from '../domain/keys.js';
import { fileError } from '../files.js';
import { systemClock, systemRandom } from '../system.js';

const DAY_SECONDS = 86_400;

/**
 * The issuer that `--issuer` names: the folder of an authority, or a file with a private seed of 64 hex digits. Rejects with `ERR_SECRET`,
 * `ERR_USAGE` or `ERR_DATA_FILE`; what is in a file is never shown.
 */
export async function issuerFrom(path: string): Promise<Signer> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause: unknown) => {
      throw fileError('ERR_DATA_FILE', path, cause);
    },
  );
  if (isFolder) return await (await openAuthority(path, { clock: systemClock, random: systemRandom })).issuer();
  return signerFromSeed(parseSecret(await readFile(path, 'utf8'), path));
}

/** Seconds since 1970, from the clock. */
export function nowSeconds(): number {
  return Math.floor(systemClock.nowMs() / 1000);
}

/** The day in days since 1970-01-01 (UTC). The first records of a card carry it and count nothing, so a zone's hours do not matter. */
export function dayOf(seconds: number): number {
  return Math.floor(seconds / DAY_SECONDS);
}

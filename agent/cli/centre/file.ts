/** The configuration files of the centre's programs: JSON, and in each, beside what the program itself takes, where its secrets are. */
import { dirname, resolve } from 'node:path';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { readJsonFile } from '../../files.js';
import { openSecrets, type Secrets } from '../../secrets.js';

/** A checked configuration, and its secrets. */
export interface CentreFile<T> {
  readonly config: T;
  readonly secrets: Secrets;
}

/**
 * Reads a file: `check` gets what it says but for the optional `secretsFolder`, and how a path in it, relative to the file, becomes absolute.
 * Rejects with `ERR_CONFIG`, and with whatever else `check` throws.
 */
export async function readCentreFile<T>(
  file: string,
  check: (value: unknown, at: (path: string) => string) => T,
): Promise<CentreFile<T>> {
  const value = await readJsonFile(file);
  const { secretsFolder, ...rest } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (secretsFolder !== undefined && typeof secretsFolder !== 'string') {
    throw new WaslError('ERR_CONFIG', `${file} has 1 mistake:\n  secretsFolder: name a folder`);
  }
  const at = (path: string): string => resolve(dirname(file), path);
  try {
    const config = check(rest, at);
    return { config, secrets: openSecrets(secretsFolder === undefined ? undefined : at(secretsFolder), process.env) };
  } catch (error) {
    if (!isWaslError(error, 'ERR_CONFIG')) throw error;
    throw new WaslError('ERR_CONFIG', `${file}: ${error.message}`, { cause: error });
  }
}

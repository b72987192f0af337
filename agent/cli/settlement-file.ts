/** The configuration of settlement as commands read it, and where its secrets are. */
import { dirname, resolve } from 'node:path';
import { checkSettlementConfig, type SettlementConfig } from '../../sync/settlement/config.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import { readJsonFile } from '../files.js';
import { openSecrets, type Secrets } from '../secrets.js';

/** A checked configuration with folders as absolute paths, and its secrets. */
export interface SettlementFile {
  readonly config: SettlementConfig;
  readonly secrets: Secrets;
}

/** Reads settlement's file: its configuration and, optionally, `secretsFolder`; folders are relative to the file. Rejects with `ERR_CONFIG`. */
export async function readSettlementFile(file: string): Promise<SettlementFile> {
  const value = await readJsonFile(file);
  const { secretsFolder, ...rest } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (secretsFolder !== undefined && typeof secretsFolder !== 'string') {
    throw new WaslError('ERR_CONFIG', `${file} has 1 mistake:\n  secretsFolder: name a folder`);
  }
  const at = (folder: string): string => resolve(dirname(file), folder);
  try {
    const config = checkSettlementConfig(rest);
    const { folder, historyFolder } = config.lists;
    const lists = {
      ...config.lists,
      folder: at(folder),
      ...(historyFolder === undefined ? {} : { historyFolder: at(historyFolder) }),
    };
    const secrets = openSecrets(secretsFolder === undefined ? undefined : at(secretsFolder), process.env);
    return { config: { ...config, lists }, secrets };
  } catch (error) {
    if (!isWaslError(error, 'ERR_CONFIG')) throw error;
    throw new WaslError('ERR_CONFIG', `${file}: ${error.message}`, { cause: error });
  }
}

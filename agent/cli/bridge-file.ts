/** The configuration of a centre as commands read it: that of its bridge, and where its secrets are. */
import { dirname, resolve } from 'node:path';
import { type BridgeConfig, checkBridgeConfig } from '../../sync/bridge/config.js';
import type { CouchStoreOptions } from '../../sync/bridge/couch-store.js';
import { type SealKey, sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import { readJsonFile } from '../files.js';
import { openSecrets, type Secrets } from '../secrets.js';

/** A checked configuration of a bridge, and its secrets. */
export interface BridgeFile {
  readonly config: BridgeConfig;
  readonly secrets: Secrets;
}

/** Reads the bridge's file: its configuration and, optionally, `secretsFolder`, relative to the file. Rejects with `ERR_CONFIG`. */
export async function readBridgeFile(file: string): Promise<BridgeFile> {
  const value = await readJsonFile(file);
  const { secretsFolder, ...config } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (secretsFolder !== undefined && typeof secretsFolder !== 'string') {
    throw new WaslError('ERR_CONFIG', `${file} has 1 mistake:\n  secretsFolder: name a folder`);
  }
  const folder = secretsFolder === undefined ? undefined : resolve(dirname(file), secretsFolder);
  try {
    return { config: checkBridgeConfig(config), secrets: openSecrets(folder, process.env) };
  } catch (error) {
    if (!isWaslError(error, 'ERR_CONFIG')) throw error;
    throw new WaslError('ERR_CONFIG', `${file}: ${error.message}`, { cause: error });
  }
}

/** How to reach the database of a centre. Rejects with `ERR_SECRET` without its password. */
export async function couchOptions({ config, secrets }: BridgeFile): Promise<CouchStoreOptions> {
  const url = new URL(config.couch.url);
  url.username = encodeURIComponent(config.couch.username);
  url.password = encodeURIComponent(await secrets.text('couch-password'));
  const { requestTimeoutMs, role } = config.couch;
  return { url: url.href, requestTimeoutMs, role, unpartitioned: () => undefined };
}

/** The key that terminals seal to. Rejects with `ERR_SECRET`. */
export async function centreSealKey({ secrets }: BridgeFile): Promise<SealKey> {
  return sealKeyFromSecret(await secrets.key('centre-seal-key'));
}

/** The configuration of a centre as commands read it: that of its bridge, and where its secrets are. */
import { type BridgeConfig, checkBridgeConfig } from '../../../sync/bridge/config.js';
import type { CouchStoreOptions } from '../../../sync/bridge/couch-store.js';
import { type SealKey, sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { type CentreFile, readCentreFile } from './file.js';

/** A checked configuration of a bridge, and its secrets. */
export type BridgeFile = CentreFile<BridgeConfig>;

/** Reads the bridge's file. Rejects with `ERR_CONFIG`. */
export function readBridgeFile(file: string): Promise<BridgeFile> {
  return readCentreFile(file, checkBridgeConfig);
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

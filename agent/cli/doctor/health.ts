/** The check of `wasl doctor` for health records: whether a terminal with this configuration could open any. */
import { join } from 'node:path';
import type { TerminalConfig } from '../../config.js';
import { verifierFromKey } from '../../credential/signature.js';
import type { Signer } from '../../domain/keys.js';
import { HEALTH_KEYS_FILE, openHealthKeys } from '../../health/keys.js';
import { readWhole } from '../../journal/disk.js';
import { nodeDisk } from '../../journal/node-disk.js';
import { SEALED_BYTES_MAX, terminalSealKey } from '../../roster/sealed-roster.js';
import { openSecrets } from '../../secrets.js';
import type { Trust } from '../../trust/trust.js';
import { type Finding, ok, problem, textOf, warning } from './finding.js';

/** Nothing to say where the policy has no health records and there is no file of keys. Never rejects. */
export async function checkHealth(
  config: TerminalConfig,
  { trust, signer }: { readonly trust: Trust | null; readonly signer: Signer | null },
): Promise<Finding[]> {
  const name = 'health records';
  const fix = `wasl authority health-key seal, and copy ${HEALTH_KEYS_FILE} into ${config.trust.folder}`;
  try {
    const path = join(config.trust.folder, HEALTH_KEYS_FILE);
    const bytes = await readWhole(nodeDisk(), path, SEALED_BYTES_MAX);
    const isWanted = trust?.policy().healthRecords !== undefined;
    if (bytes === null)
      return isWanted ? [warning(name, 'no key is here: a health site needs one, others do not', fix)] : [];
    if (signer === null) return [];
    const seed = await openSecrets(config.secretsFolder, process.env).key('terminal-key');
    const authority = verifierFromKey(Uint8Array.from(Buffer.from(config.trust.authorityKey, 'hex')));
    const { epochs } = openHealthKeys(bytes, terminalSealKey(seed, signer.publicKey), authority);
    const found = `the key of epoch ${epochs[0].epoch} is here`;
    return [isWanted ? ok(name, found) : warning(name, `${found}, and the policy lets nobody use it`, 'remove it')];
  } catch (error) {
    return [problem(name, textOf(error), fix)];
  }
}

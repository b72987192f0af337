/** The health records of a terminal while it runs: keys from the file that was brought, and the vault that opens cards with them. */
import { verifierFromKey } from '../credential/signature.js';
import type { Randomness } from '../domain/clock.js';
import { codeOf } from '../domain/errors.js';
import type { HealthVault } from '../domain/health-record.js';
import type { Signer } from '../domain/keys.js';
import type { Log } from '../domain/log.js';
import { type Disk, readWhole } from '../journal/disk.js';
import { SEALED_BYTES_MAX, terminalSealKey } from '../roster/sealed-roster.js';
import type { SiteTrust, Trust } from '../trust/trust.js';
import { HEALTH_KEYS_FILE, type HealthKeys, openHealthKeys } from './keys.js';
import { openVault } from './vault.js';

/** What it is made from. Paths are absolute. */
export interface TerminalVaultParts {
  /** The keys are brought to where the lists are. */
  readonly config: { readonly trust: { readonly folder: string; readonly authorityKey: string } };
  readonly disk: Disk;
  /** Seed of the terminal's own key: 32 bytes. */
  readonly seed: Uint8Array;
  readonly signer: Signer;
  readonly trust: Trust & SiteTrust;
  readonly random: Randomness;
  readonly log: Log;
}

/** The vault of a terminal. */
export interface TerminalVault {
  readonly vault: HealthVault;
  /** Looks for a new file. Never rejects: what is wrong with it is logged, and the keys that were there stay. */
  reload(): Promise<void>;
}

/** Opens it. A terminal without a file opens no health records, and serves all the same. Never rejects. */
export async function openTerminalVault(parts: TerminalVaultParts): Promise<TerminalVault> {
  const { trust, signer, random, log } = parts;
  let keys: HealthKeys | null = null;
  const reload = async (): Promise<void> => {
    try {
      const brought = await broughtKeys(parts);
      if (brought === null) return;
      const [before, now] = [keys?.epochs[0].epoch ?? 0, brought.epochs[0].epoch];
      if (now < before) log.warn({ epoch: now, before }, 'an older file of health keys is not taken');
      else keys = brought;
      if (now > before) log.info({ epoch: now }, 'health records can be opened here');
    } catch (error) {
      log.warn({ code: codeOf(error), reason: String(error) }, 'the health keys that were brought are not taken');
    }
  };
  await reload();
  return { vault: openVault({ keys: () => keys, trust, sites: trust, signer, random }), reload };
}

/** Null where there is no file. Rejects with `ERR_LIST_*`. */
async function broughtKeys({ config, disk, seed, signer }: TerminalVaultParts): Promise<HealthKeys | null> {
  const path = `${config.trust.folder}/${HEALTH_KEYS_FILE}`;
  const bytes = await readWhole(disk, path, SEALED_BYTES_MAX);
  if (bytes === null) return null;
  const authority = verifierFromKey(Uint8Array.from(Buffer.from(config.trust.authorityKey, 'hex')));
  return openHealthKeys(bytes, terminalSealKey(seed, signer.publicKey), authority);
}

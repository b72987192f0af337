/** Opens and seals the health records of the card that is present, with the keys that this terminal has been given. */
import type { Randomness } from '../domain/clock.js';
import { WaslError } from '../domain/errors.js';
import {
  type CardVault,
  HEALTH_ID_BYTES,
  type HealthKind,
  type HealthOwner,
  type HealthVault,
} from '../domain/health-record.js';
import type { Signer } from '../domain/keys.js';
import type { Policy } from '../domain/policy.js';
import { mayBeWrittenAt } from '../services/health-records.js';
import type { SiteTrust, Trust } from '../trust/trust.js';
import { openBox, readWrappedKey, wrapCardKey } from './card-key.js';
import { sealCopy } from './copy.js';
import type { HealthEpoch, HealthKeys } from './keys.js';
import { CARD_HEALTH_KEY_BYTES, sealRecord, unsealRecord } from './record.js';

/** What a vault is made from. */
export interface VaultParts {
  /** Keys of the health roles; null where this terminal has none. */
  keys(): HealthKeys | null;
  readonly trust: Pick<Trust, 'terminalKeys' | 'policy'>;
  readonly sites: Pick<SiteTrust, 'site'>;
  /** Signs what this terminal writes. */
  readonly signer: Signer;
  readonly random: Randomness;
}

/** Opens a vault. What it holds of a card is forgotten with the {@link CardVault}. */
export function openVault(parts: VaultParts): HealthVault {
  const epochKeys = (): HealthKeys => {
    const keys = parts.keys();
    if (keys === null) throw new WaslError('ERR_HEALTH_KEY');
    return keys;
  };
  return {
    epoch: () => parts.keys()?.epochs[0].epoch ?? null,
    open: (owner, wrapped) => {
      const keys = parts.keys();
      const read = keys === null ? null : readWrappedKey(wrapped, owner);
      if (keys === null || read === null) return null;
      const of = keys.epochs.find(({ epoch }) => epoch === read.epoch);
      const cardKey = of === undefined ? null : openBox(read.roleBox, [of.key]);
      return cardKey === null
        ? null
        : vaultOf(parts, owner, { cardKey, epoch: read.epoch, keys, isTrusted: isSigned(parts, read, null) });
    },
    begin: (owner) => {
      const keys = epochKeys();
      const cardKey = parts.random.bytes(CARD_HEALTH_KEY_BYTES);
      return vaultOf(parts, owner, { cardKey, epoch: keys.epochs[0].epoch, keys, isTrusted: true });
    },
    forAuthority: ({ card }, { id, content }) =>
      sealCopy({ card, id, content }, epochKeys().authorityPublicKey, parts.random),
  };
}

function vaultOf(
  parts: VaultParts,
  owner: HealthOwner,
  of: {
    readonly cardKey: Uint8Array;
    readonly epoch: number;
    readonly keys: HealthKeys;
    readonly isTrusted: boolean;
  },
): CardVault {
  const { signer, random } = parts;
  const { cardKey, epoch, keys, isTrusted } = of;
  return {
    epoch,
    isTrusted,
    unseal: (image) => {
      const read = unsealRecord(image, { cardKey, owner });
      if (read === null) return null;
      return { ...read.content, id: read.id, isConfirmed: isSigned(parts, read, read.content.kind) };
    },
    seal: (content) => {
      const id = random.bytes(HEALTH_ID_BYTES);
      return { id, image: sealRecord(content, { cardKey, owner, signer, id }) };
    },
    wrapped: () => wrapCardKey(cardKey, { owner, keys: wrapKeysOf(keys), signer, random }),
  };
}

function wrapKeysOf({ epochs, authorityPublicKey }: HealthKeys): Parameters<typeof wrapCardKey>[1]['keys'] {
  const { epoch, key }: HealthEpoch = epochs[0];
  return { epoch, rolePublicKey: key.publicKey, authorityPublicKey };
}

/** By an enrolled terminal of a site where such a record (null: any) may be written. That its certificate has run out since takes nothing back. */
function isSigned(
  { trust, sites }: VaultParts,
  of: { readonly signer: Uint8Array; readonly signature: Uint8Array; readonly message: Uint8Array },
  kind: HealthKind | null,
): boolean {
  const policy: Policy = trust.policy();
  return trust.terminalKeys(of.signer).some(({ verifier, site }) => {
    const siteKind = sites.site(site)?.kind ?? '';
    return mayBeWrittenAt(policy, siteKind, kind) && verifier.verify(of.message, of.signature);
  });
}

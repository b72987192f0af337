/** Health records for tests: keys that are made up, a policy with three desks, and what is written there. */

import type { HealthContent, HealthOwner, HealthRecordRules, HealthVault } from '../../agent/domain/health-record.js';
import type { Signer, TerminalKey } from '../../agent/domain/keys.js';
import type { HealthKeys } from '../../agent/health/keys.js';
import { openVault } from '../../agent/health/vault.js';
import type { ListedSite } from '../../agent/trust/trust.js';
import { sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { seededRandom } from '../journal/samples.js';
import { DAY, POLICY } from '../support/desk.js';
import { signerOf, terminalKey } from '../support/people.js';

export const AUTHORITY = sealKeyFromSecret(new Uint8Array(32).fill(41));
export const EPOCH_ONE = { epoch: 1, key: sealKeyFromSecret(new Uint8Array(32).fill(51)) };
export const EPOCH_TWO = { epoch: 2, key: sealKeyFromSecret(new Uint8Array(32).fill(52)) };
export const KEYS: HealthKeys = { authorityPublicKey: AUTHORITY.publicKey, epochs: [EPOCH_ONE] };
export const KEYS_TWO: HealthKeys = { authorityPublicKey: AUTHORITY.publicKey, epochs: [EPOCH_TWO, EPOCH_ONE] };

/** Doctors at units read all and ask for laboratory work; the laboratory reads requests and writes results. */
export const RULES: HealthRecordRules = {
  rules: [
    {
      roles: ['doctor'],
      siteKinds: ['family-unit'],
      read: ['history', 'prescription', 'imaging', 'laboratory-request', 'laboratory-result', 'allergy'],
      write: ['history', 'prescription', 'laboratory-request', 'allergy'],
    },
    {
      roles: ['laboratory'],
      siteKinds: ['laboratory'],
      read: ['laboratory-request', 'allergy'],
      write: ['laboratory-result'],
    },
  ],
  whenFull: 'oldest-leaves',
};

export const OWNER: HealthOwner = {
  card: 77_001,
  cardKey: { algorithm: 'EdDSA', publicKey: signerOf(90).publicKey },
};
export const OTHER: HealthOwner = { ...OWNER, card: 77_002 };

/** Terminal keys by number of their seed: 11 at the unit, 12 at the laboratory, 13 at a shop. */
const SITES: ReadonlyMap<number, ListedSite> = new Map(
  [
    [11, 'unit-1', 'family-unit'],
    [12, 'unit-2', 'laboratory'],
    [13, 'unit-3', 'grocer'],
  ].map(([seed, site, kind]) => [
    Number(seed),
    { site: String(site), number: Number(seed), kind: String(kind), area: 'port-said', accredited: true },
  ]),
);

/** The site with this id; null for none. */
export function siteOf(name: string): ListedSite | null {
  return [...SITES.values()].find(({ site }) => site === name) ?? null;
}

const TERMINALS: readonly TerminalKey[] = [...SITES].map(([seed, { site }]) => ({
  ...terminalKey(signerOf(seed), site),
  site,
}));

/** The vault of the terminal with this seed. */
export function vaultOf(keys: HealthKeys | null = KEYS, signer: Signer = signerOf(11)): HealthVault {
  return openVault({
    keys: () => keys,
    trust: {
      terminalKeys: (keyId) => TERMINALS.filter(({ verifier }) => Buffer.from(verifier.keyId).equals(keyId)),
      policy: () => ({ ...POLICY, healthRecords: RULES }),
    },
    sites: { site: siteOf },
    signer,
    random: seededRandom(5),
  });
}

export const REQUEST: HealthContent = {
  ...{ kind: 'laboratory-request', day: DAY, site: 11, role: 'doctor', operator: 4 },
  text: 'تحليل سكر تراكمي HbA1c',
  answers: null,
};

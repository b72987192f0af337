import { Command, InvalidArgumentError } from 'commander';
import { openAuthority } from '../../../sync/authority/authority.js';
import { publicKeysFrom } from '../../cards/public-keys.js';
import { WaslError } from '../../domain/errors.js';
import { systemClock, systemRandom } from '../../system.js';
import { processOutput } from '../shared/output.js';

interface TrustIssuerOptions {
  readonly issuer: string;
  readonly key: string;
  readonly keyId?: string;
  readonly years: number;
  readonly json?: boolean;
}

/** `wasl authority trust-issuer`: Claim 169 codes of another system's issuer are believed once the lists are published again. */
export function trustIssuerCommand(): Command {
  return new Command('trust-issuer')
    .description('believe the Claim 169 codes of another system, as an identity')
    .argument('<folder>', 'folder of the authority')
    .requiredOption('--issuer <name>', 'who it is, for people')
    .requiredOption('--key <file or hex>', 'its public key: hex, PEM or JWK; Ed25519 or P-256')
    .option('--key-id <hex>', 'key id that its codes carry (default: the key is tried on all of them)', keyId)
    .option('--years <years>', 'how long', years, 3)
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: TrustIssuerOptions) => {
      const { issuer, key, years: forYears } = options;
      if (issuer.trim() === '' || issuer.length > 200)
        throw new WaslError('ERR_USAGE', '--issuer takes 1 to 200 characters');
      const authority = await openAuthority(folder, { clock: systemClock, random: systemRandom });
      const keys = await publicKeysFrom(key);
      for (const { algorithm, publicKey, keyId: stated } of keys) {
        const id = options.keyId ?? (stated === null ? null : Buffer.from(stated).toString('hex'));
        const hex = Buffer.from(publicKey).toString('hex');
        await authority.trustForeign({ issuer, algorithm, publicKey: hex, keyId: id, years: forYears });
      }
      const output = processOutput(options.json === true);
      output.line(`Codes of ${issuer} are believed once the lists are published again (wasl authority publish).`);
      output.result({ ok: true, issuer, keys: keys.length });
    });
}

function keyId(text: string): string {
  if (!/^([0-9a-fA-F]{2}){1,64}$/.test(text)) throw new InvalidArgumentError('a key id is 1 to 64 bytes in hex.');
  return text.toLowerCase();
}

function years(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > 30) throw new InvalidArgumentError('1 to 30 years.');
  return value;
}

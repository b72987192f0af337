/** Whose signatures a card command believes, and as of when. */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { publicKeysFrom, type RawPublicKey } from '../../cards/public-keys.js';
import { readTerminalConfig } from '../../config.js';
import type { AnyContext } from '../../credential/any-code.js';
import { foreignKey } from '../../credential/foreign-key.js';
import { verifierFromKey } from '../../credential/signature.js';
import { WaslError } from '../../domain/errors.js';
import type { ForeignKey, IssuerKey, TerminalKey } from '../../domain/keys.js';
import { fileError } from '../../files.js';
import { nodeDisk } from '../../journal/node-disk.js';
import { systemClock } from '../../system.js';
import { readTrust } from '../../trust/open-trust.js';

/** Options that say whom to believe. */
export interface TrustOptions {
  /** Each a file or hex. */
  readonly key?: readonly string[];
  /** Configuration of a terminal: its signed lists count. */
  readonly config?: string;
  /** Folder of signed lists, with `authority`. */
  readonly trust?: string;
  /** Public key of the authority that signed them: 64 hex digits, or a file that holds them. */
  readonly authority?: string;
  /** Seconds since 1970; the clock's time unless given. */
  readonly at?: number;
  /** Number of the programme that the card is to be used for. */
  readonly programme?: number;
}

/** All but the medium, which each command knows. */
export interface CardTrust extends Omit<AnyContext, 'medium'> {
  terminalKeys(keyId: Uint8Array): readonly TerminalKey[];
  /** False where no key is trusted at all: then every card stops at `key`. */
  readonly trustsAnyone: boolean;
}

/**
 * What the options amount to. A key that is given with `--key` is believed for every programme and every time, for our own credentials
 * where it is Ed25519 and for Claim 169 codes either way. Rejects with `ERR_USAGE`, `ERR_KEY_WEAK`, `ERR_CONFIG`, `ERR_LIST_*`, `ERR_DATA_FILE`.
 */
export async function cardTrust(options: TrustOptions): Promise<CardTrust> {
  const given = (await Promise.all((options.key ?? []).map(publicKeysFrom))).flat();
  const own = given.filter(({ algorithm }) => algorithm === 'EdDSA').map(ownKey);
  const foreign = given.map(theirKey);
  const lists = await signedLists(options);
  return {
    issuerKeys: (keyId) => [
      ...own.filter(({ verifier }) => Buffer.compare(verifier.keyId, keyId) === 0),
      ...(lists?.issuerKeys(keyId) ?? []),
    ],
    terminalKeys: (keyId) => lists?.terminalKeys(keyId) ?? [],
    isHotlisted: (card) => lists?.isHotlisted(card) ?? false,
    foreignKeys: [...foreign, ...(lists?.foreignKeys() ?? [])],
    programme: options.programme ?? null,
    now: options.at ?? Math.floor(systemClock.nowMs() / 1000),
    trustsAnyone: given.length > 0 || lists !== null,
  };
}

const ALWAYS = { notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER };

function ownKey({ publicKey }: RawPublicKey): IssuerKey {
  return { verifier: verifierFromKey(publicKey), programmes: [], ...ALWAYS };
}

function theirKey({ algorithm, publicKey }: RawPublicKey): ForeignKey {
  // A key that is named for one reading is tried whatever id the code carries: the signature decides.
  return foreignKey({ issuer: 'the key given', algorithm, publicKey, keyId: null, ...ALWAYS });
}

/** The signed lists that the options name; null for none. Rejects with `ERR_USAGE`, `ERR_CONFIG`, `ERR_LIST_*`, `ERR_DATA_FILE`. */
export async function signedLists(
  options: Pick<TrustOptions, 'config' | 'trust' | 'authority'>,
): Promise<Awaited<ReturnType<typeof readTrust>> | null> {
  const { config, trust, authority } = options;
  if (config !== undefined) {
    const terminal = await readTerminalConfig(config);
    return await readTrust(nodeDisk(), terminal.trust.folder, verifierFromKey(hexKey(terminal.trust.authorityKey)));
  }
  if (trust === undefined) return null;
  if (authority === undefined)
    throw new WaslError('ERR_USAGE', '--trust needs --authority: the public key that "wasl authority show" prints');
  return await readTrust(nodeDisk(), trust, verifierFromKey(await authorityKey(authority)));
}

async function authorityKey(given: string): Promise<Uint8Array> {
  if (HEX_KEY.test(given)) return hexKey(given);
  let text: string;
  try {
    text = (await readFile(given, 'utf8')).trim();
  } catch (cause) {
    throw fileError('ERR_DATA_FILE', given, cause);
  }
  if (HEX_KEY.test(text)) return hexKey(text);
  throw new WaslError('ERR_USAGE', '--authority takes 64 lower-case hex digits, or a file that holds them');
}

const HEX_KEY = /^[0-9a-f]{64}$/;

function hexKey(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** A time on the command line: seconds since 1970, or ISO 8601 such as `2026-11-22` or `2026-11-22T09:00:00Z`; without a zone, UTC. */
export function instant(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const iso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const ms = iso === null ? Number.NaN : Date.parse(iso[1] !== undefined && iso[4] === undefined ? `${text}Z` : text);
  if (!Number.isFinite(ms) || ms < 0)
    throw new InvalidArgumentError('a time is seconds since 1970, or like 2026-11-22T09:00:00Z.');
  return Math.floor(ms / 1000);
}

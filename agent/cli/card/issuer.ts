/** The key that a card command signs with, and the day that it does so on. */
import { readFile, stat } from 'node:fs/promises';
import { openAuthority } from '../../../sync/authority/authority.js';
import { type ActionEntry, actionSchema } from '../../../sync/authority/card-actions.js';
import { issuedOpenings, rememberIssued } from '../../../sync/authority/issued-cards.js';
import type { CardOrder } from '../../cards/order.js';
import { NO_OPENINGS, type Openings } from '../../credential/personalise.js';
import { parseSecret } from '../../credential/secret.js';
import { signerFromSeed } from '../../credential/signature.js';
import type { Signer } from '../../domain/keys.js';
import { fileError } from '../../files.js';
import { systemClock, systemRandom } from '../../system.js';

const DAY_SECONDS = 86_400;

/**
 * The issuer that `--issuer` names: the folder of an authority, or a file with a private seed of 64 hex digits. Rejects with `ERR_SECRET`,
 * `ERR_USAGE` or `ERR_DATA_FILE`; what is in a file is never shown.
 */
export async function issuerFrom(path: string): Promise<Signer> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause: unknown) => {
      throw fileError('ERR_DATA_FILE', path, cause);
    },
  );
  if (isFolder) return await (await openAuthority(path, { clock: systemClock, random: systemRandom })).issuer();
  return signerFromSeed(parseSecret(await readFile(path, 'utf8'), path));
}

/**
 * Notes a card that was made in the folder of the authority that `--issuer` names, so that it can be endorsed from there. Nothing for a file with
 * a seed. Rejects with `ERR_DATA_FILE`.
 */
export async function noteIssued(
  issuer: string,
  order: CardOrder,
  made: {
    readonly owner: string;
    readonly credential: string;
    readonly issuedAt: number;
    /** What its ledgers begin with, of an older system; absent: nothing, or what the centre knows of another card. */
    readonly openings?: Openings;
  },
): Promise<void> {
  if (!(await stat(issuer)).isDirectory()) return;
  const { card, householdSize, draws, expires: expiresAt } = order;
  const { owner, credential, issuedAt, openings = NO_OPENINGS } = made;
  const known = { card, owner, credential, issuedAt, expiresAt, householdSize, draws };
  await rememberIssued(issuer, { ...known, ...issuedOpenings(openings) });
}

/** What the authority that `--issuer` names has decided of a card before; null for nothing, or a file with a seed. */
export async function decidedBefore(issuer: string, card: number): Promise<ActionEntry | null> {
  if (!(await stat(issuer)).isDirectory()) return null;
  const { actions } = (await openAuthority(issuer, { clock: systemClock, random: systemRandom })).register();
  return actions?.find((entry) => entry.card === card) ?? null;
}

/** Notes an endorsement that was written to a card at this desk, in the folder of the authority that `--issuer` names. */
export async function noteEndorsed(issuer: string, entry: object): Promise<void> {
  if (!(await stat(issuer)).isDirectory()) return;
  const authority = await openAuthority(issuer, { clock: systemClock, random: systemRandom });
  await authority.noteEndorsed(actionSchema.parse(entry));
}

/** Seconds since 1970, from the clock. */
export function nowSeconds(): number {
  return Math.floor(systemClock.nowMs() / 1000);
}

/** The day in days since 1970-01-01 (UTC). The first records of a card carry it and count nothing, so a zone's hours do not matter. */
export function dayOf(seconds: number): number {
  return Math.floor(seconds / DAY_SECONDS);
}

import { Command } from 'commander';
import { openMedium } from '../../../drivers/media/open.js';
import type { CardSession } from '../../../drivers/medium.js';
import { parseChanges } from '../../cards/changes.js';
import { hexOf } from '../../cards/report.js';
import { decodeAny } from '../../credential/any-code.js';
import { cardKeyId } from '../../credential/card-proof.js';
import { sameBytes } from '../../credential/cbor.js';
import { decodeSign1 } from '../../credential/cose.js';
import { decodeClaims } from '../../credential/cwt.js';
import {
  credentialName,
  decodeEndorsement,
  type Endorsement,
  type EndorsementResult,
  issueEndorsement,
} from '../../credential/endorsement.js';
import { verifierFromKey } from '../../credential/signature.js';
import type { Credential } from '../../domain/credential.js';
import { WaslError } from '../../domain/errors.js';
import type { IssuerKey, Signer } from '../../domain/keys.js';
import { processOutput } from '../shared/output.js';
import { decidedBefore, issuerFrom, noteEndorsed, nowSeconds } from './issuer.js';
import { placeOptions } from './options.js';
import { type PlaceOptions, withCard } from './place.js';

interface UpdateOptions extends PlaceOptions {
  readonly issuer: string;
  readonly expires?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

/** `wasl card update`: renews a card or changes what it entitles to, by an endorsement beside the credential, never over it. */
export function updateCardCommand(): Command {
  const command = new Command('update')
    .description('renew a card, or change what it entitles to: an endorsement is written beside the credential')
    .requiredOption('--issuer <folder or file>', "an authority's folder, or a file with the issuer's private seed")
    .option('--expires <time>', 'the new end, like 2028-12-31')
    .option(
      '--set <name=value...>',
      'draws, household_size, home_site, ration_scheme; coverage as plan/class/family; representatives as serials with / between',
    );
  return placeOptions(command)
    .option('--json', 'print one JSON object')
    .action(async (options: UpdateOptions) => {
      const output = processOutput(options.json === true);
      const issuer = await issuerFrom(options.issuer);
      const wanted = parseChanges(options);
      const done = await withCard(options, async ({ card }) => {
        const session = await openMedium(card, { canWrite: true });
        const { credential, before, name, read } = await ownCredential(session, issuer);
        if (session.writeEndorsement === undefined)
          throw new WaslError('ERR_CARD_LAYOUT', 'this kind of card has no room for an endorsement: issue a new one');
        if (credential.credentialBytes === null) throw new WaslError('ERR_CARD_UNSUPPORTED');
        // There is room for one: it says what those before it said, and more.
        const { card: serial } = credential.read.entitlements;
        const decided = await decidedBefore(options.issuer, serial);
        const listed = decided?.credential === hexOf(name) ? decided : null;
        const last = (listed?.number ?? 0) > (before?.number ?? 0) ? listed : before;
        const number = (last?.number ?? 0) + 1;
        const expiresAt = wanted.expiresAt ?? last?.expiresAt ?? null;
        const changes = { ...last?.changes, ...wanted.changes };
        const bytes = issueEndorsement(
          { number, issuedAt: Math.max(nowSeconds(), credential.read.issuedAt), expiresAt, changes },
          { credential: credential.credentialBytes, owner: ownerOf(credential.read) },
          issuer,
        );
        refuseUnreadable(read(bytes), { ...credential.read.entitlements, ...changes });
        await session.writeEndorsement(bytes);
        const again = await openMedium(card, { canWrite: true });
        if (again.endorsement.state !== 'bytes' || !sameBytes(again.endorsement.bytes, bytes))
          throw new WaslError('ERR_CARD_WRITE', 'the endorsement does not read back as it was written');
        await noteEndorsed(options.issuer, { card: serial, credential: hexOf(name), number, expiresAt, changes });
        return { card: serial, number, bytes: bytes.length };
      });
      output.line(`Card ${done.card}: endorsement ${done.number} written, ${done.bytes} bytes.`);
      output.result({ ok: true, ...done });
    });
}

interface OwnCredential {
  readonly credential: { readonly read: Credential; readonly credentialBytes: Uint8Array | null };
  /** The endorsement that is on the card and holds; null for none. */
  readonly before: Endorsement | null;
  /** How a terminal will read an endorsement of it. */
  read(endorsement: Uint8Array): EndorsementResult;
  /** Name of the credential. */
  readonly name: Uint8Array;
}

const OUT_OF_TIME: readonly string[] = ['ERR_CREDENTIAL_EXPIRED', 'ERR_CREDENTIAL_NOT_YET_VALID'];

/** A second in which the credential, whose signature holds, is valid. */
function validTime({ credential }: CardSession): number {
  const sign1 = credential.form === 'bytes' ? decodeSign1(credential.bytes) : null;
  const claims = sign1?.ok === true ? decodeClaims(sign1.sign1.payload) : null;
  return claims?.ok === true ? (claims.claims.notBefore ?? claims.claims.issuedAt) : 0;
}

/** The credential on the card, verified under the issuer's own key whatever its dates: an expired card is what is renewed. */
async function ownCredential(session: CardSession, issuer: Signer): Promise<OwnCredential> {
  const key: IssuerKey = {
    verifier: verifierFromKey(issuer.publicKey),
    programmes: [],
    notBefore: 0,
    notAfter: Number.MAX_SAFE_INTEGER,
  };
  const issuerKeys = (keyId: Uint8Array): readonly IssuerKey[] => (sameBytes(keyId, issuer.keyId) ? [key] : []);
  const read = (now: number): ReturnType<typeof decodeAny> =>
    decodeAny(session.credential, {
      issuerKeys,
      isHotlisted: () => false,
      programme: null,
      foreignKeys: [],
      now,
      medium: session,
    });
  const now = read(nowSeconds());
  const result = now.ok || !OUT_OF_TIME.includes(now.code) ? now : read(validTime(session));
  if (!result.ok)
    throw new WaslError(
      result.code,
      `the card cannot be updated: its credential stops at step ${result.step} under this issuer's key`,
    );
  if (result.profile !== 'wasl') throw new WaslError('ERR_CARD_UNSUPPORTED');
  const credentialBytes = session.credential.form === 'bytes' ? session.credential.bytes : null;
  const sign1 = credentialBytes === null ? null : decodeSign1(credentialBytes);
  if (sign1?.ok !== true) throw new WaslError('ERR_CARD_UNSUPPORTED');
  const { payload } = sign1.sign1;
  const { keyId: _keyId, ...claims } = result.credential;
  const context = { issuerKeys, programme: null, owner: ownerOf(result.credential), payload, claims };
  const readOne = (bytes: Uint8Array): EndorsementResult => decodeEndorsement(bytes, context);
  const there = session.endorsement.state === 'bytes' ? readOne(session.endorsement.bytes) : null;
  return {
    credential: { read: result.credential, credentialBytes },
    before: there?.ok === true ? there.endorsement : null,
    read: readOne,
    name: credentialName(payload),
  };
}

/** Throws `ERR_ORDER` for what terminals would put in doubt: nothing is written then. */
function refuseUnreadable(
  read: EndorsementResult,
  { draws, householdSize }: { draws: number; householdSize: number },
): void {
  if (read.ok) return;
  if (draws > householdSize)
    throw new WaslError('ERR_ORDER', `the card cannot draw for ${draws} persons of ${householdSize}`);
  if (read.step === 'times') throw new WaslError('ERR_ORDER', 'the new end of the card is over');
  throw new WaslError(read.code);
}

function ownerOf({ entitlements, cardKey }: Credential): { readonly uid: Uint8Array; readonly card: number } {
  const uid = entitlements.uid ?? (cardKey === undefined ? new Uint8Array(0) : cardKeyId(cardKey));
  return { uid, card: entitlements.card };
}

/**
 * Endorsements: small objects signed by an issuer that renew a credential or change what it entitles to, without writing over it. Published
 * in `docs/formats/card.cddl`.
 *
 *   [version 1, key id, content, signature]      content: [number, extends, iat, exp / nil, changes]
 *
 * The signature covers a label of its own, and UID (of a smart card: its key) and serial besides the content, so an endorsement fits one card
 * alone; `extends` names the very credential. Decoded in one ordered list of steps, one error code each:
 *
 *   frame → cbor → version → key → signature → content → credential → times
 *
 * What it cannot do by itself: take something away. Whoever holds the card can wipe it, and then the card shows the credential as it was issued.
 * So terminals remember the newest number that they saw on each card, and the authority's list of card actions says it for the others.
 */
import type { CoverageClaim, Entitlements } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { IssuerKey, Signer } from '../domain/keys.js';
import { decodeCbor, encodeCbor, sameBytes } from './cbor.js';
import { decodeSign1 } from './cose.js';
import { type CredentialClaims, representativesIn } from './cwt.js';
import { hashOf, LABELS } from './hash.js';
import { KEY_ID_BYTES, SIGNATURE_BYTES, sigStructure } from './signature.js';

/** Version of the format. */
export const ENDORSEMENT_VERSION = 1;
/** Longest endorsement that is read: the room that an NTAG216 has for one. */
export const ENDORSEMENT_BYTES_MAX = 128;

/** Bytes of the name of a credential: what `extends` holds. */
export const CREDENTIAL_NAME_BYTES = 8;
const PERSONS_MAX = 99;
const OUTER_LIMITS = { bytesMax: ENDORSEMENT_BYTES_MAX, depthMax: 1, itemsMax: 8 };
const CONTENT_LIMITS = { bytesMax: ENDORSEMENT_BYTES_MAX, depthMax: 3, itemsMax: 32 };

/** Members of `changes`: those of the entitlements. */
const MEMBER = { householdSize: 3, draws: 4, homeSite: 5, coverage: 6, rationScheme: 7, representatives: 10 } as const;

/** What an endorsement replaces; what is left out stays. No representatives: an empty list. */
export type EntitlementChanges = Partial<
  Pick<Entitlements, 'householdSize' | 'draws' | 'homeSite' | 'coverage' | 'rationScheme' | 'representatives'>
>;

/** What an endorsement says. */
export interface Endorsement {
  /** 1 for the first of a credential, then higher each time. */
  readonly number: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** The credential's new end, or null where it keeps its own. */
  readonly expiresAt: number | null;
  readonly changes: EntitlementChanges;
}

/** The card that an endorsement belongs to. */
export interface EndorsementOwner {
  /** UID, or the id of the card's key (`cardKeyId`). */
  readonly uid: Uint8Array;
  readonly card: number;
}

/** Names of the steps, in their order. */
export type EndorsementStep = 'frame' | 'cbor' | 'version' | 'key' | 'signature' | 'content' | 'credential' | 'times';

/** Result of {@link decodeEndorsement}. */
export type EndorsementResult =
  | { readonly ok: true; readonly endorsement: Endorsement }
  | { readonly ok: false; readonly step: EndorsementStep; readonly code: ErrorCode };

/** What an endorsement is checked against. */
export interface EndorsementContext {
  issuerKeys(keyId: Uint8Array): readonly IssuerKey[];
  /** Number of the programme; null accepts a key of any scope. */
  readonly programme: number | null;
  readonly owner: EndorsementOwner;
  /** The signed payload of the credential on the card, verified before. */
  readonly payload: Uint8Array;
  readonly claims: CredentialClaims;
}

/** Signs an endorsement of the credential with these bytes. Throws `ERR_ENDORSEMENT_FORMAT` for what no terminal would read. */
export function issueEndorsement(
  endorsement: Endorsement,
  of: { readonly credential: Uint8Array; readonly owner: EndorsementOwner },
  issuer: Signer,
): Uint8Array {
  const credential = decodeSign1(of.credential);
  if (!credential.ok) throw new WaslError('ERR_CREDENTIAL_COSE');
  return endorseNamed(endorsement, { name: credentialName(credential.sign1.payload), owner: of.owner }, issuer);
}

/** The same for a credential that is not at hand, by its {@link credentialName}. */
export function endorseNamed(
  endorsement: Endorsement,
  of: { readonly name: Uint8Array; readonly owner: EndorsementOwner },
  issuer: Signer,
): Uint8Array {
  const { number, issuedAt, expiresAt, changes } = endorsement;
  const content = encodeCbor([number, of.name, issuedAt, expiresAt, changesOut(changes)]);
  const signature = issuer.sign(signedBytes(content, of.owner));
  const bytes = encodeCbor([ENDORSEMENT_VERSION, issuer.keyId, content, signature]);
  if (bytes.length > ENDORSEMENT_BYTES_MAX || contentIn(content) === null) {
    throw new WaslError(
      'ERR_ENDORSEMENT_FORMAT',
      'no terminal would read this endorsement: check its times and changes',
    );
  }
  return bytes;
}

/** Checks an endorsement against everything it must satisfy, in order. Never throws; a failed step returns no content. */
export function decodeEndorsement(bytes: Uint8Array, context: EndorsementContext): EndorsementResult {
  const decoded = decodeCbor(bytes, OUTER_LIMITS);
  if (!decoded.ok || !Array.isArray(decoded.value)) return failed('cbor', 'ERR_ENDORSEMENT_FORMAT');
  const [version, keyId, content, signature] = decoded.value as readonly unknown[];
  if (isUint(version) && version > ENDORSEMENT_VERSION) return failed('version', 'ERR_ENDORSEMENT_VERSION');
  if (
    decoded.value.length !== 4 ||
    version !== ENDORSEMENT_VERSION ||
    !isBytes(keyId, KEY_ID_BYTES) ||
    !(content instanceof Uint8Array) ||
    !isBytes(signature, SIGNATURE_BYTES)
  ) {
    return failed('cbor', 'ERR_ENDORSEMENT_FORMAT');
  }
  const { programme } = context;
  const trusted = context.issuerKeys(keyId).filter((key) => programme === null || key.programmes.includes(programme));
  if (trusted.length === 0) return failed('key', 'ERR_ENDORSEMENT_KEY');
  const message = signedBytes(content, context.owner);
  const key = trusted.find((candidate) => candidate.verifier.verify(message, signature));
  if (key === undefined) return failed('signature', 'ERR_ENDORSEMENT_SIGNATURE');
  const read = contentIn(content);
  if (read === null) return failed('content', 'ERR_ENDORSEMENT_FORMAT');
  if (!sameBytes(read.extended, credentialName(context.payload))) return failed('credential', 'ERR_ENDORSEMENT_OTHER');
  const { endorsement } = read;
  const inTime =
    endorsement.issuedAt >= key.notBefore &&
    endorsement.issuedAt <= key.notAfter &&
    endorsement.issuedAt >= context.claims.issuedAt &&
    (endorsement.expiresAt === null || endorsement.expiresAt > endorsement.issuedAt);
  if (!inTime) return failed('times', 'ERR_ENDORSEMENT_TIMES');
  const { draws, householdSize } = { ...context.claims.entitlements, ...endorsement.changes };
  return draws <= householdSize ? { ok: true, endorsement } : failed('content', 'ERR_ENDORSEMENT_FORMAT');
}

/** The claims of a credential as a verified endorsement leaves them. */
export function endorsedClaims(claims: CredentialClaims, endorsement: Endorsement): CredentialClaims {
  return {
    ...claims,
    expiresAt: endorsement.expiresAt ?? claims.expiresAt,
    entitlements: { ...claims.entitlements, ...endorsement.changes },
  };
}

function signedBytes(content: Uint8Array, owner: EndorsementOwner): Uint8Array {
  return sigStructure(LABELS.endorsement, content, [owner.uid, owner.card]);
}

/** Which credential is extended, by what was signed in it: nothing is ever named by its signature. {@link CREDENTIAL_NAME_BYTES} bytes. */
export function credentialName(payload: Uint8Array): Uint8Array {
  return hashOf(LABELS.credentialHash, payload).slice(0, CREDENTIAL_NAME_BYTES);
}

function changesOut(changes: EntitlementChanges): Map<number, unknown> {
  const { coverage } = changes;
  const entries: readonly (readonly [number, unknown])[] = [
    [MEMBER.householdSize, changes.householdSize],
    [MEMBER.draws, changes.draws],
    [MEMBER.homeSite, changes.homeSite],
    [MEMBER.coverage, coverage ? [coverage.plan, coverage.class, coverage.familyUnit] : coverage],
    [MEMBER.rationScheme, changes.rationScheme],
    [MEMBER.representatives, changes.representatives],
  ];
  return new Map(entries.filter(([, value]) => value !== undefined));
}

function contentIn(content: Uint8Array): { readonly extended: Uint8Array; readonly endorsement: Endorsement } | null {
  const decoded = decodeCbor(content, CONTENT_LIMITS);
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== 5) return null;
  const [number, extended, issuedAt, expiresAt, map] = decoded.value as readonly unknown[];
  const changes = changesIn(map);
  if (
    !isUint(number) ||
    number < 1 ||
    !isBytes(extended, CREDENTIAL_NAME_BYTES) ||
    !isUint(issuedAt) ||
    changes === null
  ) {
    return null;
  }
  if (expiresAt !== null && !isUint(expiresAt)) return null;
  return { extended, endorsement: { number, issuedAt, expiresAt, changes } };
}

/** Members that are not known are ignored. */
function changesIn(map: unknown): EntitlementChanges | null {
  if (!(map instanceof Map)) return null;
  const changes: { -readonly [K in keyof EntitlementChanges]: EntitlementChanges[K] } = {};
  for (const [name, member] of [
    ['householdSize', MEMBER.householdSize],
    ['draws', MEMBER.draws],
    ['homeSite', MEMBER.homeSite],
  ] as const) {
    const value: unknown = map.get(member);
    if (value === undefined) continue;
    const isPersons = name !== 'homeSite';
    if (!isUint(value) || (isPersons && (value < 1 || value > PERSONS_MAX))) return null;
    changes[name] = value;
  }
  const coverage: unknown = map.get(MEMBER.coverage);
  if (coverage !== undefined) {
    const read = coverage === null ? null : coverageIn(coverage);
    if (read === undefined) return null;
    changes.coverage = read;
  }
  const scheme: unknown = map.get(MEMBER.rationScheme);
  if (scheme !== undefined) {
    if (scheme !== null && !isUint(scheme)) return null;
    changes.rationScheme = scheme;
  }
  const named: unknown = map.get(MEMBER.representatives);
  if (named !== undefined) {
    const read = representativesIn(named);
    if (read === null) return null;
    changes.representatives = read;
  }
  return changes;
}

function coverageIn(value: unknown): CoverageClaim | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [plan, klass, familyUnit] = value as readonly unknown[];
  return isUint(plan) && isUint(klass) && isUint(familyUnit) ? { plan, class: klass, familyUnit } : undefined;
}

function failed(step: EndorsementStep, code: ErrorCode): EndorsementResult {
  return { ok: false, step, code };
}

function isUint(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length;
}

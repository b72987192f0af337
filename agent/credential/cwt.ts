/** The payload of a credential: a CWT (RFC 8392) with a Claim 169 identity and Wasl's entitlements. Published as `docs/formats/card.cddl`. */
import {
  type CoverageClaim,
  type Credential,
  type Entitlements,
  type Identity,
  REPRESENTATIVES_MAX,
} from '../domain/credential.js';
import { decodeCardKey, encodeCardKey } from './card-proof.js';
import { decodeCbor, encodeCbor } from './cbor.js';
import { showableText } from './plain-text.js';

/** Version of the entitlements claim. */
export const ENTITLEMENTS_VERSION = 1;

/** CWT claim keys: RFC 8392 §3.1, RFC 8747 §3.1, IANA claim 169, and ours in the private-use range below -65536. */
const CLAIM = { expires: 4, notBefore: 5, issuedAt: 6, confirmation: 8, identity: 169, entitlements: -65537 } as const;

/** Attributes of Claim 169 that we write (MOSIP QR specification 1.2). */
const IDENTITY = {
  id: 1,
  language: 3,
  fullName: 4,
  dateOfBirth: 8,
  gender: 9,
  secondName: 19,
  secondLanguage: 20,
} as const;

/** Members of the entitlements claim. */
const ENTITLEMENT = {
  version: 0,
  card: 1,
  household: 2,
  householdSize: 3,
  draws: 4,
  homeSite: 5,
  coverage: 6,
  rationScheme: 7,
  layout: 8,
  uid: 9,
  representatives: 10,
} as const;

const LIMITS = { bytesMax: 1024, depthMax: 4, itemsMax: 128 };
const NAME_CHARS_MAX = 80;

/** Layouts with rules of their own: NTAG213, whose minimal credential leaves out what reads as {@link MINIMAL}, and the smart card. */
const MINIMAL_LAYOUT = 3;
const SMART_CARD_LAYOUT = 4;
const MINIMAL = { household: 0, householdSize: 1, draws: 1, homeSite: 0 } as const;
/** ISO 639-3: the language of a name that is not there. */
const UNDETERMINED = 'und';

/** What an issuer states; the key id comes with the signature. */
export type CredentialClaims = Omit<Credential, 'keyId'>;

/** Result of {@link decodeClaims}. */
export type ClaimsResult =
  | { readonly ok: true; readonly claims: CredentialClaims }
  | { readonly ok: false; readonly problem: 'payload' | 'version' };

/** Encodes claims as a CWT payload. */
export function encodeClaims(claims: CredentialClaims): Uint8Array {
  return encodeCbor(
    present([
      [CLAIM.expires, claims.expiresAt],
      [CLAIM.notBefore, claims.notBefore],
      [CLAIM.issuedAt, claims.issuedAt],
      [CLAIM.confirmation, claims.cardKey === undefined ? null : encodeCardKey(claims.cardKey)],
      [CLAIM.identity, identityOut(claims)],
      [CLAIM.entitlements, entitlementsOut(claims.entitlements)],
    ]),
  );
}

/** Reads a CWT payload whose signature was verified before. Unknown claims and members are ignored, an unknown version is not. Never throws. */
export function decodeClaims(payload: Uint8Array): ClaimsResult {
  const decoded = decodeCbor(payload, LIMITS);
  const bad: ClaimsResult = { ok: false, problem: 'payload' };
  if (!decoded.ok || !(decoded.value instanceof Map)) return bad;
  const claims = decoded.value;
  const rawEntitlements: unknown = claims.get(CLAIM.entitlements);
  if (!(rawEntitlements instanceof Map)) return bad;
  const version: unknown = rawEntitlements.get(ENTITLEMENT.version);
  if (isUint(version) && version > ENTITLEMENTS_VERSION) return { ok: false, problem: 'version' };
  const entitlements = entitlementsIn(rawEntitlements);
  const identity = identityIn(claims.get(CLAIM.identity), entitlements);
  const expiresAt: unknown = claims.get(CLAIM.expires);
  const issuedAt: unknown = claims.get(CLAIM.issuedAt);
  const notBefore: unknown = claims.get(CLAIM.notBefore) ?? null;
  if (identity === null || entitlements === null || !isUint(expiresAt) || !isUint(issuedAt)) return bad;
  if (notBefore !== null && !isUint(notBefore)) return bad;
  const confirmation: unknown = claims.get(CLAIM.confirmation) ?? null;
  const cardKey = confirmation === null ? null : decodeCardKey(confirmation);
  // A smart card is bound by its key alone.
  if (cardKey === null && (confirmation !== null || entitlements.layout === SMART_CARD_LAYOUT)) return bad;
  const read = { issuedAt, notBefore, expiresAt, identity, entitlements };
  return { ok: true, claims: cardKey === null ? read : { ...read, cardKey } };
}

/** Null for a minimal card that says nothing beyond its serial. */
function identityOut({ identity, entitlements }: CredentialClaims): Map<number, unknown> | null {
  const isMinimal = entitlements.layout === MINIMAL_LAYOUT;
  const unless = (text: string, left: string): string | null => (isMinimal && text === left ? null : text);
  const map = present([
    [IDENTITY.id, unless(identity.id, String(entitlements.card))],
    [IDENTITY.language, unless(identity.language, UNDETERMINED)],
    [IDENTITY.fullName, unless(identity.fullName, '')],
    [IDENTITY.dateOfBirth, identity.dateOfBirth],
    [IDENTITY.gender, identity.gender],
    [IDENTITY.secondName, identity.secondName?.text ?? null],
    [IDENTITY.secondLanguage, identity.secondName?.language ?? null],
  ]);
  return map.size === 0 ? null : map;
}

function identityIn(given: unknown, entitlements: Entitlements | null): Identity | null {
  const isMinimal = entitlements?.layout === MINIMAL_LAYOUT;
  const value = given === undefined && isMinimal ? new Map<unknown, unknown>() : given;
  if (!(value instanceof Map)) return null;
  const textOr = (key: number, left: string, charsMax: number): string | null =>
    isMinimal && value.get(key) === undefined ? left : showableText(value.get(key), charsMax);
  const id = textOr(IDENTITY.id, String(entitlements?.card), 40);
  const language = textOr(IDENTITY.language, UNDETERMINED, 8);
  const fullName = textOr(IDENTITY.fullName, '', NAME_CHARS_MAX);
  const dateOfBirth: unknown = value.get(IDENTITY.dateOfBirth) ?? null;
  const gender: unknown = value.get(IDENTITY.gender) ?? null;
  const secondText: unknown = value.get(IDENTITY.secondName) ?? null;
  if (id === null || language === null || fullName === null) return null;
  if (dateOfBirth !== null && (typeof dateOfBirth !== 'string' || !/^\d{8}$/.test(dateOfBirth))) return null;
  if (gender !== null && !(isUint(gender) && gender >= 1 && gender <= 3)) return null;
  if (secondText === null) return { id, language, fullName, dateOfBirth, gender, secondName: null };
  const text = showableText(secondText, NAME_CHARS_MAX);
  const second = showableText(value.get(IDENTITY.secondLanguage), 8);
  if (text === null || second === null) return null;
  return { id, language, fullName, dateOfBirth, gender, secondName: { text, language: second } };
}

function entitlementsOut(entitlements: Entitlements): Map<number, unknown> {
  const { coverage, representatives = [] } = entitlements;
  const isMinimal = entitlements.layout === MINIMAL_LAYOUT;
  const unless = (value: number, left: number): number | null => (isMinimal && value === left ? null : value);
  return present([
    [ENTITLEMENT.version, entitlements.version],
    [ENTITLEMENT.card, entitlements.card],
    [ENTITLEMENT.household, unless(entitlements.household, MINIMAL.household)],
    [ENTITLEMENT.householdSize, unless(entitlements.householdSize, MINIMAL.householdSize)],
    [ENTITLEMENT.draws, unless(entitlements.draws, MINIMAL.draws)],
    [ENTITLEMENT.homeSite, unless(entitlements.homeSite, MINIMAL.homeSite)],
    [ENTITLEMENT.coverage, coverage === null ? null : [coverage.plan, coverage.class, coverage.familyUnit]],
    [ENTITLEMENT.rationScheme, entitlements.rationScheme],
    [ENTITLEMENT.layout, entitlements.layout],
    [ENTITLEMENT.uid, entitlements.uid],
    [ENTITLEMENT.representatives, representatives.length === 0 ? null : [...representatives]],
  ]);
}

function entitlementsIn(map: Map<unknown, unknown>): Entitlements | null {
  const version = map.get(ENTITLEMENT.version);
  const card = map.get(ENTITLEMENT.card);
  const layout = map.get(ENTITLEMENT.layout);
  const left = layout === MINIMAL_LAYOUT ? MINIMAL : null;
  const household = map.get(ENTITLEMENT.household) ?? left?.household;
  const householdSize = map.get(ENTITLEMENT.householdSize) ?? left?.householdSize;
  const draws = map.get(ENTITLEMENT.draws) ?? left?.draws;
  const homeSite = map.get(ENTITLEMENT.homeSite) ?? left?.homeSite;
  const rationScheme = map.get(ENTITLEMENT.rationScheme) ?? null;
  const uid = map.get(ENTITLEMENT.uid) ?? null;
  const coverage = coverageIn(map.get(ENTITLEMENT.coverage) ?? null);
  const representatives = representativesIn(map.get(ENTITLEMENT.representatives) ?? []);
  if (version !== ENTITLEMENTS_VERSION || !isUint(card) || !isUint(household) || !isUint(homeSite)) return null;
  if (!isUint(householdSize) || !isUint(draws) || draws < 1 || draws > householdSize || householdSize > 99) return null;
  if (!isUint(layout) || coverage === undefined || representatives === null) return null;
  if (rationScheme !== null && !isUint(rationScheme)) return null;
  if (uid !== null && !(uid instanceof Uint8Array && uid.length >= 4 && uid.length <= 10)) return null;
  const read = { version, card, household, householdSize, draws, homeSite, coverage, rationScheme, layout, uid };
  return representatives.length === 0 ? read : { ...read, representatives };
}

function coverageIn(value: unknown): CoverageClaim | null | undefined {
  if (value === null) return null;
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [plan, klass, familyUnit] = value as readonly unknown[];
  if (!isUint(plan) || !isUint(klass) || !isUint(familyUnit)) return undefined;
  return { plan, class: klass, familyUnit };
}

/** Serials of those who are named to collect for a holder; null for what is no list of at most {@link REPRESENTATIVES_MAX}, each once. */
export function representativesIn(value: unknown): readonly number[] | null {
  if (!Array.isArray(value) || value.length > REPRESENTATIVES_MAX) return null;
  const serials = (value as readonly unknown[]).filter(isUint);
  return serials.length === value.length && new Set(serials).size === serials.length ? serials : null;
}

function isUint(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function present(entries: readonly (readonly [number, unknown])[]): Map<number, unknown> {
  return new Map(entries.filter(([, value]) => value !== null));
}

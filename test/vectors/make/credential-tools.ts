/** Parts of credential vectors: invented holders, contexts, and COSE_Sign1 structures with one thing wrong. */
import { decodeCbor, encodeCbor } from '../../../agent/credential/cbor.js';
import { decodeSign1 } from '../../../agent/credential/cose.js';
import { type CredentialClaims, encodeClaims } from '../../../agent/credential/cwt.js';
import type { DecodeStep } from '../../../agent/credential/decode.js';
import { coseSigStructure } from '../../../agent/credential/signature.js';
import type { Credential, Entitlements, Identity } from '../../../agent/domain/credential.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import type { Signer } from '../../../agent/domain/keys.js';
import { DAY, type KeyName, keyNamed, NOW, UID } from './support.js';

/** What a reader is given besides the credential; the JSON says the same in hex. */
export interface VectorContext {
  readonly now: number;
  readonly programme: number | null;
  readonly medium: { readonly layout: number; readonly uid: Uint8Array | null } | null;
  readonly issuerKeys: readonly {
    readonly key: KeyName;
    readonly programmes: readonly number[];
    readonly notBefore: number;
    readonly notAfter: number;
  }[];
  readonly hotlist: readonly number[];
}

/** One vector. */
export interface CredentialVector {
  readonly name: string;
  readonly shows: string;
  readonly input:
    | { readonly form: 'bytes'; readonly hex: Uint8Array }
    | { readonly form: 'text'; readonly text: string };
  readonly context: VectorContext;
  /** Between input and result, for whoever looks for the step where two implementations part. */
  readonly parts?: Readonly<Record<string, Uint8Array>>;
  readonly expected:
    | { readonly ok: true; readonly credential: Credential }
    | { readonly ok: false; readonly step: DecodeStep; readonly code: ErrorCode; readonly card: number | null };
}

/** Name, what it shows, what is read. */
export type Case<T> = readonly [name: string, shows: string, input: T];

/** Key that signs all credentials but where a vector says otherwise. */
export const issuer = keyNamed('issuer');

/** On the tag of most vectors, at {@link NOW}, with the issuer trusted for programme 1. */
export const ON_TAG: VectorContext = {
  now: NOW,
  programme: 1,
  medium: { layout: 1, uid: UID },
  issuerKeys: [{ key: 'issuer', programmes: [1], notBefore: NOW - 300 * DAY, notAfter: NOW + 300 * DAY }],
  hotlist: [],
};

/** From paper or a screen, else like {@link ON_TAG}. */
export const ON_PAPER: VectorContext = { ...ON_TAG, medium: { layout: 0, uid: null } };

/** Changes to {@link claimsOf}. */
export interface ClaimsChange {
  readonly identity?: Partial<Identity>;
  readonly entitlements?: Partial<Entitlements>;
  readonly issuedAt?: number;
  readonly notBefore?: number | null;
  readonly expiresAt?: number;
}

/** A full credential of an invented holder. */
export function claimsOf(change: ClaimsChange = {}): CredentialClaims {
  return {
    issuedAt: change.issuedAt ?? NOW - 30 * DAY,
    notBefore: change.notBefore === undefined ? NOW - 29 * DAY : change.notBefore,
    expiresAt: change.expiresAt ?? NOW + 335 * DAY,
    identity: {
      id: '90000000000017',
      language: 'ara',
      fullName: 'نادية بدران الشناوي',
      dateOfBirth: '19840229',
      gender: 2,
      secondName: { text: 'Nadia Badran Elshenawy', language: 'eng' },
      ...change.identity,
    },
    entitlements: {
      version: 1,
      card: 100_017,
      household: 50_017,
      householdSize: 5,
      draws: 3,
      homeSite: 17,
      coverage: { plan: 1, class: 2, familyUnit: 12 },
      rationScheme: 1,
      layout: 1,
      uid: UID,
      ...change.entitlements,
    },
  };
}

/** What a {@link sign1} is made of; each part can be replaced. */
export interface Sign1Parts {
  readonly header?: readonly (readonly [number, unknown])[] | Uint8Array;
  readonly unprotected?: Map<unknown, unknown>;
  readonly payload?: Uint8Array;
  readonly externalAad?: Uint8Array;
  readonly signer?: Signer;
  readonly signature?: (right: Uint8Array) => Uint8Array;
}

/** The protected header that every credential has. */
export const HEADER: readonly (readonly [number, unknown])[] = [
  [1, -8],
  [4, issuer.keyId],
  [16, 61],
];

/** A COSE_Sign1 put together by hand, its signature right unless it is replaced. */
export function sign1(payload: Uint8Array, parts: Sign1Parts = {}): Uint8Array {
  const header = parts.header ?? HEADER;
  const protectedBytes = header instanceof Uint8Array ? header : encodeCbor(new Map(header));
  const message = coseSigStructure(protectedBytes, parts.externalAad ?? new Uint8Array(0), payload);
  const right = (parts.signer ?? issuer).sign(message);
  const signature = parts.signature?.(right) ?? right;
  return Uint8Array.from([0xd2, ...encodeCbor([protectedBytes, parts.unprotected ?? new Map(), payload, signature])]);
}

/** The parts of a good COSE_Sign1 that vectors publish. */
export function partsOf(credential: Uint8Array): Record<string, Uint8Array> {
  const decoded = decodeSign1(credential);
  if (!decoded.ok) throw new Error('a vector that is meant to be good is not');
  const { protectedBytes, payload, signature } = decoded.sign1;
  const toBeSigned = coseSigStructure(protectedBytes, new Uint8Array(0), payload);
  return { credential, protected: protectedBytes, payload, toBeSigned, signature };
}

/** The maps of a payload. */
export type Maps = Readonly<Record<'claims' | 'identity' | 'entitlements', Map<unknown, unknown>>>;

/** The payload of {@link claimsOf} with its maps changed; encoding sorts the keys. */
export function payloadWith(change: (maps: Maps) => void): Uint8Array {
  const decoded = decodeCbor(encodeClaims(claimsOf()), { bytesMax: 1024, depthMax: 4, itemsMax: 128 });
  const claims: unknown = decoded.ok ? decoded.value : null;
  if (!(claims instanceof Map)) throw new Error('claims are a map');
  const [identity, entitlements]: unknown[] = [claims.get(169), claims.get(-65_537)];
  if (!(identity instanceof Map) || !(entitlements instanceof Map)) throw new Error('both are maps');
  change({ claims, identity, entitlements });
  return encodeCbor(claims);
}

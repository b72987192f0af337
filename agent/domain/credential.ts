/** Who the holder is: the part of the credential that any Claim 169 reader understands (MOSIP QR specification 1.2). */
export interface Identity {
  /** Identifier of the person with the issuer. */
  readonly id: string;
  /** Language of `fullName`, ISO 639-3 as Claim 169 has it (`ara`, `fra`, `eng`). */
  readonly language: string;
  readonly fullName: string;
  /** `YYYYMMDD`. */
  readonly dateOfBirth: string | null;
  /** 1 male, 2 female, 3 other, as in Claim 169. */
  readonly gender: number | null;
  /** The name in a second script, with its language. */
  readonly secondName: { readonly text: string; readonly language: string } | null;
}

/** Health coverage that the card states. */
export interface CoverageClaim {
  readonly plan: number;
  readonly class: number;
  readonly familyUnit: number;
}

/** Most representatives that a card names. */
export const REPRESENTATIVES_MAX = 3;

/** What the card entitles to: the one private-use claim of Wasl. Quotas and prices are never here: they come with the policy. */
export interface Entitlements {
  /** Version of this structure. */
  readonly version: number;
  /** Stable id of the card: a dense serial, the same after renewal. */
  readonly card: number;
  readonly household: number;
  /** Persons in the household. */
  readonly householdSize: number;
  /** Members this card draws for; over all cards of a household they add up to `householdSize`. */
  readonly draws: number;
  /** Number of the home site; 0 for none. */
  readonly homeSite: number;
  readonly coverage: CoverageClaim | null;
  /** Number of the ration scheme that the card is enrolled in; null for none. */
  readonly rationScheme: number | null;
  /** Layout of the medium that the credential was issued for: 0 paper or screen (QR), 1 NTAG216, 2 NTAG215, 3 NTAG213, 4 a smart card (Type 4). */
  readonly layout: number;
  /** UID of that medium; null for a QR, and for a smart card, which is bound by its key. */
  readonly uid: Uint8Array | null;
  /** Serials of the cards of those who may collect for the holder where the policy wants them named, at most {@link REPRESENTATIVES_MAX}; absent for nobody. */
  readonly representatives?: readonly number[];
}

/**
 * Public key of a smart card (`cnf`, RFC 8747 §3.2): what it answers `INTERNAL AUTHENTICATE` with. Raw: 32 bytes for Ed25519, x and y of
 * 32 bytes each for ES256 (P-256).
 */
export interface CardKey {
  readonly algorithm: 'EdDSA' | 'ES256';
  readonly publicKey: Uint8Array;
}

/** What a smart card answers a challenge with. */
export interface CardProof {
  /** Records that were ever appended to this ledger. */
  readonly counter: number;
  /** Short identifier of the record file that the card was asked about; null for a card of version 1, which has one ledger and is not asked which. */
  readonly file: number | null;
  /** 64 bytes; for ES256 r and s as they are. */
  readonly signature: Uint8Array;
}

/**
 * Since when the holder has had such a card, in seconds since 1970: from its issue on, or from the beginning of its validity where that is earlier,
 * as on a card that was made in the place of another one. Waiting times count from then.
 */
export function heldSince({ issuedAt, notBefore }: Pick<Credential, 'issuedAt' | 'notBefore'>): number {
  return Math.min(issuedAt, notBefore ?? issuedAt);
}

/** A verified credential. Exists only after every step of the decoding passed. */
export interface Credential {
  /** First 8 bytes of the SHA-256 of the issuer's key. */
  readonly keyId: Uint8Array;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly notBefore: number | null;
  readonly expiresAt: number;
  readonly identity: Identity;
  readonly entitlements: Entitlements;
  /** Key of the card itself, where it has one. */
  readonly cardKey?: CardKey;
}

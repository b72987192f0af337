/** Signs with one private key. */
export interface Signer {
  /** First 8 bytes of the SHA-256 of the raw public key. */
  readonly keyId: Uint8Array;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes over the message as it is. */
  sign(message: Uint8Array): Uint8Array;
}

/** Verifies with one public key. */
export interface Verifier {
  readonly keyId: Uint8Array;
  readonly publicKey: Uint8Array;
  /** False for anything but a valid signature; never throws. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** A key that signs cards, and what it may sign. */
export interface IssuerKey {
  readonly verifier: Verifier;
  /** Numbers of the programmes whose cards it may issue. */
  readonly programmes: readonly number[];
  /** Seconds since 1970, inclusive: a card signed outside is refused. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A key of an enrolled terminal: signs ledger records and batches. */
export interface TerminalKey {
  readonly verifier: Verifier;
  readonly terminal: string;
  readonly site: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Signature algorithms of codes of other issuers that are read. */
export const FOREIGN_ALGORITHMS = ['EdDSA', 'ES256'] as const;

/** One of {@link FOREIGN_ALGORITHMS}. */
export type ForeignAlgorithm = (typeof FOREIGN_ALGORITHMS)[number];

/** A key of an issuer of another system whose Claim 169 codes are believed, as the authority trusts it. */
export interface ForeignKey {
  /** Name that the authority gave the issuer; not what a code says of itself. */
  readonly issuer: string;
  readonly algorithm: ForeignAlgorithm;
  /** Key id that its codes carry, or null where none was agreed: the key is then tried on every code of its algorithm. */
  readonly keyId: Uint8Array | null;
  /** Seconds since 1970, inclusive: a code issued outside is refused. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** False for anything but a valid signature; never throws. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** People who may allow what a clerk may not, as the authority lists them. */

/** What a PIN is checked by; the PIN itself is nowhere. */
export interface PinVerifier {
  /** 16 bytes, made for this one. */
  readonly salt: Uint8Array;
  /** scrypt cost parameter N (RFC 7914) as a power of two. */
  readonly logN: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

/** A supervisor. */
export interface Supervisor {
  /** Stands for the person in events; never used again for another. */
  readonly number: number;
  /** As screens show it. */
  readonly name: string;
  /** Sites whose terminals obey. */
  readonly sites: readonly string[];
  readonly pin: PinVerifier;
  /** Seconds since 1970: from when, and until when. */
  readonly notBefore: number;
  readonly notAfter: number;
}

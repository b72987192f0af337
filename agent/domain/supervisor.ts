/** People of the sites, as the authority lists them: who serves, and who may allow what a clerk may not. */

/** What a PIN is checked by; the PIN itself is nowhere. */
export interface PinVerifier {
  /** 16 bytes, made for this one. */
  readonly salt: Uint8Array;
  /** scrypt cost parameter N (RFC 7914) as a power of two. */
  readonly logN: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

/** Role of those who may allow what a clerk may not. */
export const SUPERVISOR_ROLE = 'supervisor';

/** A supervisor, or another operator: they differ by their role. */
export interface Supervisor {
  /** Stands for the person in events; never used again for another. */
  readonly number: number;
  /** As screens show it. */
  readonly name: string;
  /** As policies name it, e.g. `clerk`, `nurse`, `doctor`, `pharmacist`; {@link SUPERVISOR_ROLE} for a supervisor. */
  readonly role: string;
  /** Sites whose terminals obey. */
  readonly sites: readonly string[];
  readonly pin: PinVerifier;
  /** Seconds since 1970: from when, and until when. */
  readonly notBefore: number;
  readonly notAfter: number;
}

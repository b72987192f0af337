/** Invented people, keys and cards for tests. */
import type { CredentialClaims } from '../../agent/credential/cwt.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import type { IssuerKey, Signer, TerminalKey } from '../../agent/domain/keys.js';

/** 2026-11-21T09:00:00Z, in seconds. */
export const NOW = 1_795_251_600;

export const UID = Uint8Array.from([0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6]);

/** A signer whose key is made from one number. */
export function signerOf(seed: number): Signer {
  return signerFromSeed(new Uint8Array(32).fill(seed));
}

/** The issuer key of `signer`, trusted for programme 1 in 2026 and 2027. */
export function issuerKey(signer: Signer, extra: Partial<IssuerKey> = {}): IssuerKey {
  return {
    verifier: verifierFromKey(signer.publicKey),
    programmes: [1],
    notBefore: NOW - 300 * 86_400,
    notAfter: NOW + 300 * 86_400,
    ...extra,
  };
}

/** The key of a terminal, valid around {@link NOW}. */
export function terminalKey(signer: Signer, terminal: string): TerminalKey {
  return {
    verifier: verifierFromKey(signer.publicKey),
    terminal,
    site: 'bakery-1',
    notBefore: NOW - 300 * 86_400,
    notAfter: NOW + 300 * 86_400,
  };
}

/** Claims of a card for NTAG216 that draws for three of five persons. */
export function claims(change: Partial<CredentialClaims['entitlements']> = {}): CredentialClaims {
  return {
    issuedAt: NOW - 30 * 86_400,
    notBefore: null,
    expiresAt: NOW + 365 * 86_400,
    identity: {
      id: '30000000000017',
      language: 'ara',
      fullName: 'سلمى عبد الرحيم',
      dateOfBirth: '19800517',
      gender: 2,
      secondName: { text: 'Salma Abdelrahim', language: 'eng' },
    },
    entitlements: {
      version: 1,
      card: 4_711,
      household: 90_001,
      householdSize: 5,
      draws: 3,
      homeSite: 17,
      coverage: { plan: 1, class: 2, familyUnit: 12 },
      rationScheme: 1,
      layout: 1,
      uid: UID,
      ...change,
    },
  };
}

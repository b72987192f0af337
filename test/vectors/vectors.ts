/** Reads the published vectors as another implementation would: from their files, checked against nothing but their own shape. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Slip } from '../../agent/domain/slip.js';

/** Where the vectors stand. */
export const VECTOR_FOLDER = fileURLToPath(new URL('../../docs/vectors', import.meta.url));

/** The content of each vector file. */
export interface VectorFiles {
  readonly 'credential.json': CredentialFile;
  readonly 'foreign.json': ForeignFile;
  readonly 'ledger.json': LedgerFile;
  readonly 'health.json': HealthFile;
  readonly 'memory.json': MemoryFile;
  readonly 'endorsement.json': EndorsementFile;
  readonly 'slip.json': SlipFile;
  readonly 'type4.json': Type4File;
  readonly 'event.json': EventFile;
  readonly 'list.json': ListFile;
}

/** The content of one vector file. */
export function vectorsOf<Name extends keyof VectorFiles>(name: Name): VectorFiles[Name] {
  return JSON.parse(readFileSync(`${VECTOR_FOLDER}/${name}`, 'utf8')) as VectorFiles[Name];
}

/** Bytes of lower-case hex; anything else is a mistake in the file. */
export function unhex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error(`not hex: ${text.slice(0, 40)}`);
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** A value with its byte strings as hex, as the files have it. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** What all vector files have. */
export interface VectorFile {
  readonly format: number;
  readonly describes: string;
  readonly warning: string;
  readonly keys: Readonly<
    Record<string, { readonly seed: string; readonly publicKey: string; readonly keyId: string }>
  >;
}

/** A vector of `credential.json`. */
export interface PublishedCredential {
  readonly name: string;
  readonly input: { readonly form: 'bytes'; readonly hex: string } | { readonly form: 'text'; readonly text: string };
  readonly context: {
    readonly now: number;
    readonly programme: number | null;
    readonly medium: { readonly layout: number; readonly uid: string | null } | null;
    readonly issuerKeys: readonly {
      readonly key: string;
      readonly programmes: readonly number[];
      readonly notBefore: number;
      readonly notAfter: number;
    }[];
    readonly hotlist: readonly number[];
  };
  readonly parts?: Readonly<Record<'credential' | 'protected' | 'payload' | 'toBeSigned' | 'signature', string>>;
  readonly expected:
    | { readonly ok: true; readonly credential: object }
    | { readonly ok: false; readonly step: string; readonly code: string; readonly card: number | null };
}

/** The content of `credential.json`. */
export interface CredentialFile extends VectorFile {
  readonly valid: readonly PublishedCredential[];
  readonly invalid: readonly PublishedCredential[];
}

/** A vector of `foreign.json`. */
export interface PublishedForeign {
  readonly name: string;
  readonly input: { readonly form: 'text'; readonly text: string };
  readonly context: {
    readonly now: number;
    readonly keys: readonly {
      readonly key: string;
      readonly issuer: string;
      readonly keyId: string | null;
      readonly notBefore: number;
      readonly notAfter: number;
    }[];
  };
  readonly parts?: Readonly<Record<'cose' | 'toBeSigned', string>>;
  readonly expected:
    | { readonly ok: true; readonly credential: Readonly<Record<string, unknown>> }
    | { readonly ok: false; readonly step: string; readonly code: string };
}

/** The content of `foreign.json`. */
export interface ForeignFile extends Omit<VectorFile, 'keys'> {
  readonly keys: Readonly<
    Record<string, { readonly algorithm: 'EdDSA' | 'ES256'; readonly secret: string; readonly publicKey: string }>
  >;
  readonly valid: readonly PublishedForeign[];
  readonly invalid: readonly PublishedForeign[];
}

/** A vector of a slot in `ledger.json`. */
export interface PublishedSlot {
  readonly name: string;
  readonly input: string;
  readonly context: {
    readonly uid: string;
    readonly card: number;
    readonly index: number;
    readonly keys: readonly { readonly key: string; readonly notBefore: number; readonly notAfter: number }[];
    readonly latest: number;
  };
  readonly toBeSigned?: string;
  readonly expected: {
    readonly state: 'valid' | 'torn' | 'newer' | 'untrusted';
    readonly why?: string;
    readonly record?: Readonly<Record<string, unknown>>;
    readonly hash?: string;
  };
}

/** A vector of a whole ledger in `ledger.json`. */
export interface PublishedRule {
  readonly name: string;
  readonly slots: readonly [string, string];
  readonly mark: { readonly sequence: number; readonly recordHash: string } | null;
  readonly expected: { readonly verdict: string } & Readonly<Record<string, unknown>>;
}

/** The content of `ledger.json`. */
export interface LedgerFile extends VectorFile {
  readonly valid: readonly PublishedSlot[];
  readonly untrusted: readonly PublishedSlot[];
  readonly torn: readonly PublishedSlot[];
  readonly newer: readonly PublishedSlot[];
  /** How the slots of `rules` are judged; the index is that of the slot. */
  readonly rulesContext: PublishedSlot['context'];
  readonly rules: readonly PublishedRule[];
}

/** The content of `event.json`. */
export interface EventFile extends Omit<VectorFile, 'keys'> {
  readonly reasons: Readonly<Record<string, string>>;
  readonly epochs: readonly {
    readonly terminal: string;
    readonly epoch: string;
    readonly previous: { readonly epoch: string; readonly seq: number; readonly head: string } | null;
    readonly saltKey: string;
    readonly base: string;
    readonly events: readonly {
      readonly id: string;
      readonly seq: number;
      readonly event: { readonly type: string };
      readonly bytes: string;
      readonly salt: string;
      readonly bodyHash: string;
      readonly head: string;
    }[];
  }[];
  readonly readOnly: readonly { readonly name: string; readonly bytes: string; readonly event: object }[];
  readonly invalid: readonly { readonly name: string; readonly bytes: string; readonly code: string }[];
}

/** A vector of `list.json`. */
export interface PublishedList {
  readonly name: string;
  readonly input: string;
  readonly context: {
    readonly kind: 'keys' | 'terminals' | 'hotlist' | 'policy' | 'actions';
    readonly authority: string;
  };
  readonly toBeSigned?: string;
  readonly expected:
    | { readonly ok: true; readonly content: object }
    | { readonly ok: false; readonly code: string; readonly paths?: readonly string[] };
}

/** The content of `list.json`. */
export interface ListFile extends VectorFile {
  readonly valid: readonly PublishedList[];
  readonly invalid: readonly PublishedList[];
}

/** The content of `memory.json`. */
export interface MemoryFile extends VectorFile {
  readonly vectors: readonly {
    readonly name: string;
    readonly kind: 'ntag216' | 'ntag215';
    readonly uid: string;
    readonly memory: readonly string[];
    readonly expected:
      | { readonly ok: true; readonly layout: number; readonly credential: string; readonly slots: readonly string[] }
      | { readonly ok: false; readonly code: string };
  }[];
}

/** A vector of `endorsement.json`. */
export interface PublishedEndorsement {
  readonly name: string;
  readonly input: string;
  readonly context: {
    readonly programme: number | null;
    readonly uid: string;
    readonly card: number;
    readonly issuerKeys: PublishedCredential['context']['issuerKeys'];
  };
  readonly parts?: Readonly<Record<'content' | 'toBeSigned' | 'signature', string>>;
  readonly expected:
    | {
        readonly ok: true;
        readonly endorsement: {
          readonly number: number;
          readonly issuedAt: number;
          readonly expiresAt: number | null;
          readonly changes: Readonly<Record<string, unknown>>;
        };
        readonly leaves: object;
      }
    | { readonly ok: false; readonly step: string; readonly code: string };
}

/** The content of `endorsement.json`. */
export interface EndorsementFile extends VectorFile {
  /** The credential that all of them extend. */
  readonly credential: string;
  readonly valid: readonly PublishedEndorsement[];
  readonly invalid: readonly PublishedEndorsement[];
  readonly areas: readonly {
    readonly name: string;
    readonly input: string;
    readonly expected: { readonly state: string; readonly bytes?: string };
  }[];
}

/** A vector of `slip.json`. */
export interface PublishedSlip {
  readonly name: string;
  readonly input: string;
  readonly context: {
    readonly now: number;
    readonly today: number;
    readonly terminalKeys: readonly {
      readonly key: string;
      readonly terminal: string;
      readonly site: string;
      readonly notBefore: number;
      readonly notAfter: number;
    }[];
    readonly sites: Readonly<Record<string, number>>;
  };
  readonly parts?: Readonly<Record<'cose' | 'content' | 'toBeSigned' | 'signature', string>>;
  readonly expected:
    | { readonly ok: true; readonly slip: Slip; readonly terminal: string }
    | { readonly ok: false; readonly step: string; readonly code: string };
}

/** The content of `slip.json`. */
export interface SlipFile extends VectorFile {
  readonly valid: readonly PublishedSlip[];
  readonly invalid: readonly PublishedSlip[];
}

/** A vector of `type4.json`. */
export interface PublishedType4 {
  readonly name: string;
  readonly operation:
    | ('personalise' | 'open' | 'tap' | 'tap-health' | 'pin' | 'endorse')
    | ('pin-make' | 'pin-set' | 'pin-change' | 'pin-unblock');
  readonly exchanges: readonly { readonly command: string; readonly answer: string }[];
  readonly expected:
    | { readonly ok: true; readonly result: Readonly<Record<string, unknown>> }
    | { readonly ok: false; readonly code: string };
}

/** The content of `type4.json`. */
export interface Type4File extends VectorFile {
  readonly cardKeys: Readonly<
    Record<
      'EdDSA' | 'ES256',
      { readonly algorithm: 'EdDSA' | 'ES256'; readonly publicKey: string; readonly keyId: string }
    >
  >;
  readonly challenge: string;
  readonly pinCare: Readonly<Record<'issuerSecret' | 'siteSecret' | 'cardKey' | 'code' | 'letter', string>> & {
    readonly site: number;
    readonly card: number;
  };
  readonly valid: readonly PublishedType4[];
  readonly invalid: readonly PublishedType4[];
}

/** `health.json`. Its keys are X25519 and Ed25519 secrets, by what they are for. */
export interface HealthFile {
  readonly keys: {
    readonly role: { readonly secret: string };
    readonly authority: { readonly secret: string };
    readonly terminal: { readonly publicKey: string; readonly keyId: string };
    readonly card: {
      readonly serial: number;
      readonly publicKey: string;
      readonly owner: string;
      readonly healthKey: string;
    };
  };
  readonly valid: {
    readonly wrapped: string;
    readonly records: readonly {
      readonly name: string;
      readonly input: string;
      readonly parts: { readonly content: string };
      readonly expected: Readonly<Record<string, unknown>>;
    }[];
  };
  readonly invalid: readonly { readonly name: string; readonly input: string }[];
}

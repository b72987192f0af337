/** Signed lists in a folder of their own, for the tests of trust. */
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeList, LIST_KINDS, type ListKind } from '../../agent/credential/signed-list.js';
import { listFile } from '../../agent/trust/open-trust.js';
import { signerOf } from '../support/people.js';

/** Signs the lists. */
export const authority = signerOf(10);

/** Signs cards. */
export const issuer = signerOf(1);

/** Signs ledger records. */
export const terminal = signerOf(7);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const WINDOW = { notBefore: '2026-01-01T00:00:00Z', notAfter: '2027-12-31T23:59:59Z' };

/** The part that all lists begin with. */
export function head(version: number): { version: number; issuedAt: string; expires: string } {
  return { version, issuedAt: '2026-11-21T00:00:00Z', expires: '2026-12-21T00:00:00Z' };
}

/** A good policy, as parsed JSON that a test may change. */
export function policyContent(version = 1) {
  return {
    ...head(version),
    name: 'Bread',
    timeZone: 'Africa/Cairo',
    programmes: [
      {
        id: 'bread',
        number: 1,
        title: { ar: 'الخبز', fr: 'Pain', en: 'Bread' },
        family: 1,
        schemes: [1],
        commodities: [
          {
            id: 'loaf',
            number: 1,
            name: { ar: 'رغيف', fr: 'Pain', en: 'Loaf' },
            unit: { ar: 'رغيف', fr: { one: 'pain', other: 'pains' }, en: { one: 'loaf', other: 'loaves' } },
            quotas: [{ per: 'member', every: 'day', amount: 5 }],
          },
        ],
        doubtfulLedgerMax: 5,
      },
    ],
  };
}

/** A good list of each kind. */
export function contentOf(kind: ListKind, version = 1): object {
  switch (kind) {
    case 'keys':
      return { ...head(version), keys: [{ publicKey: hex(issuer.publicKey), programmes: [1, 2], ...WINDOW }] };
    case 'terminals': {
      const one = { terminal: 't-0001', site: 'bakery-17', publicKey: hex(terminal.publicKey), ...WINDOW };
      return { ...head(version), terminals: [one] };
    }
    case 'hotlist':
      return { ...head(version), cards: [4711, 4712] };
    case 'actions':
      return { ...head(version), cards: [{ card: 4713, credential: '00'.repeat(8), number: 1 }] };
    case 'policy':
      return policyContent(version);
  }
}

/** A trust folder. */
export interface TrustFolder {
  readonly path: string;
  write(kind: ListKind, bytes: Uint8Array): Promise<void>;
  /** Signs and writes a list. */
  sign(kind: ListKind, content: object, signer?: typeof authority): Promise<void>;
  remove(kind: ListKind): Promise<void>;
  /** Removes the folder. */
  drop(): Promise<void>;
}

/** Makes a folder with a good list of each kind, all of version 1. */
export async function trustFolder(): Promise<TrustFolder> {
  const path = await mkdtemp(join(tmpdir(), 'wasl-trust-'));
  const write = (kind: ListKind, bytes: Uint8Array): Promise<void> => writeFile(join(path, listFile(kind)), bytes);
  const sign = (kind: ListKind, content: object, signer = authority): Promise<void> =>
    write(kind, encodeList(kind, content, signer));
  for (const kind of LIST_KINDS) await sign(kind, contentOf(kind));
  return {
    path,
    write,
    sign,
    remove: (kind) => unlink(join(path, listFile(kind))),
    drop: () => rm(path, { recursive: true }),
  };
}

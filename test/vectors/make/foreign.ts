import { encodeCbor } from '../../../agent/credential/cbor.js';
import type { DecodeStep } from '../../../agent/credential/decode.js';
import type { ForeignCredential } from '../../../agent/credential/foreign.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import {
  brotliText,
  type ForeignKeyName,
  type ForeignParts,
  foreignSign1,
  headerOf,
  loose,
  PERSON_IDENTITY,
  TAGS,
  type TrustedForeign,
  trusted,
  zlibText,
} from './foreign-tools.js';
import { concat, DAY, NOW, unhex } from './support.js';

/** One vector. */
export interface ForeignVector {
  readonly name: string;
  readonly shows: string;
  readonly input: { readonly form: 'text'; readonly text: string };
  readonly context: { readonly now: number; readonly keys: readonly TrustedForeign[] };
  readonly parts?: { readonly cose: Uint8Array; readonly toBeSigned: Uint8Array };
  readonly expected:
    | { readonly ok: true; readonly credential: ForeignCredential }
    | { readonly ok: false; readonly step: DecodeStep; readonly code: ErrorCode };
}

/** The key id that the standard's own example has. */
export const KEY_ID = unhex('6b2d31313031');

const CLAIMS: Omit<ForeignCredential, 'issuer'> = {
  statedIssuer: 'https://registry.example',
  subject: null,
  issuedAt: NOW - 10 * DAY,
  notBefore: NOW - 10 * DAY,
  expiresAt: NOW + 300 * DAY,
  identity: PERSON_IDENTITY,
};

interface Good extends ForeignParts {
  readonly keys?: readonly TrustedForeign[];
  readonly brotli?: boolean;
  readonly claims?: Partial<Omit<ForeignCredential, 'issuer'>>;
}

function good(name: string, shows: string, { keys, brotli, claims, ...parts }: Good): ForeignVector {
  const by = parts.by ?? 'edIssuer';
  const { bytes: cose, toBeSigned } = foreignSign1(parts);
  const trustedKeys = keys ?? [trusted(by)];
  const issuer = trustedKeys.find((one) => one.key === by)?.issuer ?? '';
  return {
    name,
    shows,
    input: { form: 'text', text: brotli === true ? brotliText(cose) : zlibText(cose) },
    context: { now: NOW, keys: trustedKeys },
    parts: { cose, toBeSigned },
    expected: { ok: true, credential: { ...CLAIMS, ...claims, issuer } },
  };
}

/** A key of a map. */
export const key = (value: number): Uint8Array => encodeCbor(value);

/** A payload that no deterministic encoder writes: keys in reverse, long heads, chunks, indefinite maps, a float and a tag for times. */
function loosePayload(): Uint8Array {
  const identity = loose.map(
    [key(9), Uint8Array.of(0x18, 0x02)],
    [key(8), loose.textChunks('1991', '0307')],
    [key(4), loose.textChunks('Amina ', 'Diallo')],
    [key(3), encodeCbor('eng')],
    [key(1), encodeCbor('7700000031')],
  );
  const float = new DataView(new ArrayBuffer(9));
  float.setUint8(0, 0xfb);
  float.setFloat64(1, NOW + 300 * DAY + 0.5);
  return loose.map(
    [loose.uint16(169), identity],
    [key(6), concat([0xc1], encodeCbor(NOW - 10 * DAY))],
    [key(5), concat([0x1b, 0, 0, 0, 0], encodeCbor(NOW - 10 * DAY).subarray(1))],
    [key(4), new Uint8Array(float.buffer)],
    [key(1), encodeCbor('https://registry.example')],
  );
}

/** The payload of most vectors, changed. */
export function person(change: (claims: Map<number, unknown>, identity: Map<number, unknown>) => void): Uint8Array {
  const identity = new Map<number, unknown>([
    [1, '7700000031'],
    [3, 'eng'],
    [4, 'Amina Diallo'],
    [8, '19910307'],
    [9, 2],
  ]);
  const claims = new Map<number, unknown>([
    [1, 'https://registry.example'],
    [4, NOW + 300 * DAY],
    [5, NOW - 10 * DAY],
    [6, NOW - 10 * DAY],
    [169, identity],
  ]);
  change(claims, identity);
  return encodeCbor(claims);
}

/** Codes that are read. */
export function validForeign(): ForeignVector[] {
  const manyKeys: readonly ForeignKeyName[] = ['edStranger', 'esStranger', 'esIssuer', 'edIssuer'];
  const wrapped = person((claims, identity) => {
    identity.set(9, '2').set(8, '1991-03-07');
    claims.set(169, encodeCbor(identity));
  });
  const rich = person((_claims, identity) => {
    identity
      .set(10, 'Rue des Palmiers 4\nDakar')
      .set(11, 'amina@example.org')
      .set(12, '+221700000000')
      .set(13, 'SN')
      .set(15, 'Fatou Diallo')
      .set(19, 'أمينة ديالو')
      .set(20, 'ara')
      .set(21, '849VCWC8+R9')
      .set(22, 'Refugee')
      .set(23, 'SN')
      .set(62, [
        new Map<number, unknown>([
          [0, new Uint8Array(40).fill(7)],
          [1, 0],
          [2, 4],
        ]),
      ])
      .set(77, 'a closed ecosystem of its own');
  });
  return [
    good('eddsa', 'EdDSA, tags 61 and 18, no key id anywhere: each trusted key of the algorithm is tried.', {}),
    good('es256', 'ES256, the key id in the unprotected header, as most issuers have it.', {
      by: 'esIssuer',
      unprotected: encodeCbor(new Map([[4, KEY_ID]])),
      keys: [trusted('esIssuer', KEY_ID)],
    }),
    good('eddsa-key-id', 'The key id in the protected header; another key has another id.', {
      header: headerOf(-8, KEY_ID),
      keys: [trusted('edStranger', unhex('00')), trusted('edIssuer', KEY_ID)],
    }),
    good('es256-tried', 'No key id, four trusted keys: the one that verifies is the issuer.', {
      by: 'esIssuer',
      keys: manyKeys.map((name) => trusted(name)),
    }),
    good('key-without-id', 'The code names a key id and the list does not: the key is tried all the same.', {
      header: headerOf(-8, KEY_ID),
    }),
    good('sign1-tag', 'Tag 18 alone.', { tags: TAGS.sign1 }),
    good('no-tag', 'No tag at all.', { tags: TAGS.none }),
    good('brotli', 'A Brotli stream in place of zlib (Claim 169 from 1.2.2 on).', { brotli: true }),
    good('fully-specified-ed25519', 'Algorithm −19, Ed25519 (RFC 9864).', { header: headerOf(-19) }),
    good('fully-specified-esp256', 'Algorithm −9, ESP256 (RFC 9864).', { by: 'esIssuer', header: headerOf(-9) }),
    good(
      'loose',
      'Valid CBOR that is not deterministic: order, long heads, chunks, indefinite lengths, float, tag 1.',
      {
        payload: loosePayload(),
      },
    ),
    good(
      'wrapped',
      'Claim 169 in a byte string, gender as text, a date with hyphens: as the example of the standard.',
      {
        payload: wrapped,
      },
    ),
    good('rich', 'Everything that is read, and a face and an attribute of its own that are not.', {
      payload: rich,
      claims: {
        identity: {
          ...PERSON_IDENTITY,
          address: 'Rue des Palmiers 4\nDakar',
          email: 'amina@example.org',
          phone: '+221700000000',
          nationality: 'SN',
          guardian: 'Fatou Diallo',
          secondName: { text: 'أمينة ديالو', language: 'ara' },
          locationCode: '849VCWC8+R9',
          legalStatus: 'Refugee',
          countryOfIssuance: 'SN',
          unread: [62, 77],
        },
      },
    }),
    good('least', 'Nothing but a name in three parts: no times, no id.', {
      payload: encodeCbor(
        new Map([
          [
            169,
            new Map([
              [5, 'Amina'],
              [6, 'Binta'],
              [7, 'Diallo'],
            ]),
          ],
        ]),
      ),
      claims: {
        statedIssuer: null,
        issuedAt: null,
        notBefore: null,
        expiresAt: null,
        identity: {
          ...PERSON_IDENTITY,
          id: null,
          language: null,
          fullName: 'Amina Binta Diallo',
          dateOfBirth: null,
          gender: null,
        },
      },
    }),
    good(
      'entitlements-ignored',
      "A foreign issuer's own version of our entitlements: an identity comes out, nothing else.",
      {
        payload: person((claims) => claims.set(-65_537, new Map([[0, 1]]))),
      },
    ),
  ];
}

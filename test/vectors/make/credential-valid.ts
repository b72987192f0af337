/** Credentials that a reader accepts. */
import { deflateSync, inflateSync } from 'node:zlib';
import { base45Decode, base45Encode } from '../../../agent/credential/base45.js';
import { sameBytes } from '../../../agent/credential/cbor.js';
import { type CredentialClaims, encodeClaims } from '../../../agent/credential/cwt.js';
import { issueCredential } from '../../../agent/credential/issue.js';
import {
  type ClaimsChange,
  type CredentialVector,
  claimsOf,
  HEADER,
  issuer,
  ON_PAPER,
  ON_TAG,
  partsOf,
  payloadWith,
  sign1,
  type VectorContext,
} from './credential-tools.js';
import { concat, DAY, NOW, OTHER_UID, UID } from './support.js';

/** What the desk prints on paper. */
export const PAPER: ClaimsChange = { entitlements: { layout: 0, uid: null } };

/** Names of 80 characters, the most that is read. */
const NAME_80 = 'نادية '.repeat(13).concat('مي');

/**
 * The text of {@link PAPER}, compressed by zlib 1.3.1 at level 9. Written down, since another deflate may find other matches for the same
 * bytes; every inflate reads it.
 */
const PAPER_TEXT =
  'NCFOXNEG2NBJO.J:WOZYIF6P8EPQ2G9R4G.2N$P-OPS-IESJ3AG7J5S3NK30SWAL-P+I2C+AM5DLTM448WN8N8TS%O8U89F19TJA17QASL6GD T.I9PJ3R:DNAOJPU7UUEZDA171BSHLNBT0/5FTXSJ.2+0HS-KBHH5IIGV4YSINHJ7JC*/CILG7JC:CAX1KKPDIEE5KD9KCC+K+KE+/BOT28J4:UOVZ06*8O%0N3NRU9J3HHHJVEBJBB-MRSA3LCFM83D23UP3B OGUPU69RLMJ*BUOS/1O.+5S%IHRANYK2VQW-TU+JEJ9FCR0LNTSGBP88ZFRNVNTFLDUR99IJTF:C+358M5UPTC1P 7OHCV%%RV50X40D0C';

/** Bytes as a zlib stream (RFC 1950) of one stored block: what a deflate that compresses nothing makes. */
export function storedZlib(bytes: Uint8Array): Uint8Array {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  const [low, high] = [bytes.length & 0xff, bytes.length >> 8];
  return concat([0x78, 0x01, 0x01, low, high, low ^ 0xff, high ^ 0xff], bytes, [b >> 8, b & 0xff, a >> 8, a & 0xff]);
}

/** The text of a credential on paper, not compressed. */
export function paperText(): string {
  return base45Encode(storedZlib(issueCredential(claimsOf(PAPER), issuer)));
}

/** The written text must be one of the very bytes that are issued now. */
function checkPaperText(bytes: Uint8Array): void {
  const compressed = base45Decode(PAPER_TEXT);
  if (compressed !== null && sameBytes(inflateSync(compressed), bytes)) return;
  throw new Error(`PAPER_TEXT is out of date; now it is ${base45Encode(deflateSync(bytes, { level: 9 }))}`);
}

function accepted(
  about: { readonly name: string; readonly shows: string },
  claims: CredentialClaims,
  more: { readonly context?: VectorContext; readonly bytes?: Uint8Array; readonly text?: string } = {},
): CredentialVector {
  const bytes = more.bytes ?? issueCredential(claims, issuer);
  return {
    ...about,
    input: more.text === undefined ? { form: 'bytes', hex: bytes } : { form: 'text', text: more.text },
    context: more.context ?? ON_TAG,
    parts: partsOf(bytes),
    expected: { ok: true, credential: { keyId: issuer.keyId, ...claims } },
  };
}

/** Every kind of credential that is issued, from the largest to the smallest. */
function kinds(): CredentialVector[] {
  const reduced = claimsOf({
    notBefore: null,
    identity: { secondName: null },
    entitlements: { coverage: null, layout: 2 },
  });
  const minimal = claimsOf({
    notBefore: null,
    identity: { dateOfBirth: null, gender: null, secondName: null },
    entitlements: { householdSize: 1, draws: 1, homeSite: 0, coverage: null, rationScheme: null },
  });
  const paper = claimsOf(PAPER);
  const bytes = issueCredential(paper, issuer);
  checkPaperText(bytes);
  return [
    accepted(
      {
        name: 'full',
        shows: 'Every member that an issuer writes, for an NTAG216: a name in two scripts, coverage, ration.',
      },
      claimsOf(),
    ),
    accepted({ name: 'reduced', shows: 'Without second name, coverage and not-before, for an NTAG215.' }, reduced, {
      context: { ...ON_TAG, medium: { layout: 2, uid: UID } },
    }),
    accepted(
      { name: 'representatives', shows: 'Three cards whose holders may collect for this one, by their serials.' },
      claimsOf({ entitlements: { representatives: [100_002, 100_003, 4_294_967_295] } }),
    ),
    accepted({ name: 'minimal', shows: 'Only what is never left out.' }, minimal),
    accepted({ name: 'qr', shows: 'As the text of a QR code: zlib, then Base45. No UID, layout 0.' }, paper, {
      context: ON_PAPER,
      text: PAPER_TEXT,
    }),
    accepted(
      {
        name: 'qr-stored',
        shows: 'The same credential in a zlib stream that compresses nothing: a reader takes every valid stream.',
      },
      paper,
      { context: ON_PAPER, text: paperText() },
    ),
  ];
}

/** Members that a later version may add: kept under the signature, ignored. */
function unknownMembers(): CredentialVector[] {
  const known = claimsOf();
  const more = payloadWith(({ claims, identity, entitlements }) => {
    claims.set('x', true).set(-70_000, new Uint8Array(3));
    identity.set(77, 'later').set(17, 'Port Said');
    entitlements.set(99, [1, new Map([[1, 1.5]])]);
  });
  const nulls = payloadWith(({ claims, identity, entitlements }) => {
    claims.set(5, null);
    identity.set(8, null).set(9, null).set(19, null);
    entitlements.set(6, null).set(7, null).set(10, null);
  });
  return [
    accepted(
      {
        name: 'unknown-members',
        shows:
          'Claims, attributes of the identity and a member of the entitlements that this version does not know: ignored.',
      },
      known,
      { bytes: sign1(more) },
    ),
    accepted(
      {
        name: 'unknown-header',
        shows: 'A protected header parameter that this version does not know and that is not critical: ignored.',
      },
      known,
      { bytes: sign1(encodeClaims(known), { header: [...HEADER, [-70_000, 'later']] }) },
    ),
    accepted(
      {
        name: 'null-is-absent',
        shows: 'An optional member that is null reads like one that is left out. Issuers leave it out.',
      },
      claimsOf({
        notBefore: null,
        identity: { dateOfBirth: null, gender: null, secondName: null },
        entitlements: { coverage: null, rationScheme: null },
      }),
      { bytes: sign1(nulls) },
    ),
  ];
}

/** The last value on the right side of each bound. */
function edges(): CredentialVector[] {
  const claims = claimsOf();
  const key = { key: 'issuer', programmes: [1] } as const;
  const at = (now: number): VectorContext => ({ ...ON_TAG, now });
  const issued = (notBefore: number, notAfter: number): VectorContext => ({
    ...ON_TAG,
    issuerKeys: [{ ...key, notBefore, notAfter }],
  });
  const stranger = { key: 'stranger', programmes: [2], notBefore: 0, notAfter: 2 * NOW } as const;
  const cases: [string, string, ClaimsChange, VectorContext][] = [
    ['valid-from-now', 'The first second of the validity.', { notBefore: NOW }, ON_TAG],
    ['valid-until-next', 'The last second of the validity.', {}, at(claims.expiresAt - 1)],
    ['key-begins', 'Issued in the first second of the key.', {}, issued(claims.issuedAt, NOW)],
    [
      'key-ended',
      'Issued in the last second of a key that has ended since: the card stays good.',
      {},
      issued(0, claims.issuedAt),
    ],
    ['name-80', 'A name of 80 characters.', { identity: { fullName: NAME_80 } }, ON_TAG],
    [
      'household-99',
      'The largest household, drawn for by one card.',
      { entitlements: { householdSize: 99, draws: 99 } },
      ON_TAG,
    ],
    ['serial-max', 'The largest serial, 2^53 - 1.', { entitlements: { card: Number.MAX_SAFE_INTEGER } }, ON_TAG],
    [
      'looked-at',
      'Read for no programme and from no medium in particular: neither is compared.',
      {},
      { ...ON_TAG, programme: null, medium: null },
    ],
    [
      'other-keys',
      'Other trusted keys and other blocked cards change nothing.',
      {},
      { ...ON_TAG, issuerKeys: [stranger, ...ON_TAG.issuerKeys], hotlist: [100_016, 100_018] },
    ],
    [
      'uid-4',
      'A UID of four bytes.',
      { entitlements: { uid: OTHER_UID.subarray(0, 4) } },
      { ...ON_TAG, medium: { layout: 1, uid: OTHER_UID.subarray(0, 4) } },
    ],
    [
      'uid-10',
      'A UID of ten bytes.',
      { entitlements: { uid: concat(UID, [1, 2, 3]) } },
      { ...ON_TAG, medium: { layout: 1, uid: concat(UID, [1, 2, 3]) } },
    ],
    ['long-lived', 'Valid for ten years; times above 2^31.', { expiresAt: NOW + 3650 * DAY }, at(NOW + 3649 * DAY)],
  ];
  return cases.map(([name, shows, change, context]) => accepted({ name, shows }, claimsOf(change), { context }));
}

/** All of them. */
export function validCredentials(): CredentialVector[] {
  return [...kinds(), ...unknownMembers(), ...edges()];
}

/** Credentials whose signature holds and whose payload is refused all the same. */
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { encodeClaims } from '../../../agent/credential/cwt.js';
import {
  type ClaimsChange,
  type CredentialVector,
  claimsOf,
  type Maps,
  ON_TAG,
  payloadWith,
  sign1,
} from './credential-tools.js';
import { concat, UID } from './support.js';

/** Name, what it shows, how the payload of a good credential is changed. */
type Case = readonly [name: string, shows: string, change: (maps: Maps) => void];

const claim = (key: number, value: unknown) => (maps: Maps) => void maps.claims.set(key, value);
const identity = (key: number, value: unknown) => (maps: Maps) => void maps.identity.set(key, value);
const entitlement = (key: number, value: unknown) => (maps: Maps) => void maps.entitlements.set(key, value);

const CASES: readonly Case[] = [
  ['payload-no-expiry', 'No expiry.', (maps) => void maps.claims.delete(4)],
  ['payload-no-issue', 'No time of issue.', (maps) => void maps.claims.delete(6)],
  ['payload-no-identity', 'No identity.', (maps) => void maps.claims.delete(169)],
  [
    'payload-no-entitlements',
    'No entitlements: another issuer’s Claim 169.',
    (maps) => void maps.claims.delete(-65_537),
  ],
  ['payload-time-text', 'A time as text.', claim(4, '2027-10-22')],
  ['payload-time-negative', 'A time before 1970.', claim(5, -1)],
  ['payload-time-fraction', 'A time with a fraction.', claim(6, 1_792_659_600.5)],
  ['payload-no-name', 'No name.', (maps) => void maps.identity.delete(4)],
  ['payload-name-empty', 'An empty name.', identity(4, '')],
  ['payload-name-81', 'A name of 81 characters.', identity(4, 'م'.repeat(81))],
  [
    'payload-name-override',
    'A right-to-left override (U+202E) in the name: it would turn round what stands behind it on the screen.',
    identity(4, 'منى\u202e5 loaves'),
  ],
  ['payload-name-isolate', 'A right-to-left isolate (U+2067) in the second name.', identity(19, 'Mona \u2067Badran')],
  ['payload-name-control', 'A control character in the name.', identity(4, 'منى\u0007')],
  ['payload-second-language', 'A second name without its language.', (maps) => void maps.identity.delete(20)],
  ['payload-birth', 'A date of birth with hyphens.', identity(8, '1984-02-29')],
  ['payload-gender', 'A gender that Claim 169 does not have.', identity(9, 4)],
  ['payload-draws-none', 'Draws for nobody.', entitlement(4, 0)],
  ['payload-draws-many', 'Draws for more than the household has.', entitlement(4, 6)],
  ['payload-household-100', 'A household of a hundred.', entitlement(3, 100)],
  ['payload-serial-big', 'A serial above 2^53 - 1.', entitlement(1, 2n ** 53n)],
  ['payload-coverage', 'Coverage with two numbers.', entitlement(6, [1, 2])],
  ['payload-representatives-many', 'Four representatives.', entitlement(10, [1, 2, 3, 4])],
  ['payload-representatives-twice', 'A representative who is named twice.', entitlement(10, [7, 7])],
  ['payload-representatives-text', 'A representative as text.', entitlement(10, ['100002'])],
  ['payload-scheme', 'A ration scheme as text.', entitlement(7, 'bread')],
  ['payload-no-layout', 'No layout.', (maps) => void maps.entitlements.delete(8)],
  ['payload-uid-3', 'A UID of three bytes.', entitlement(9, UID.subarray(0, 3))],
  ['payload-uid-text', 'A UID as text.', entitlement(9, '04a1b2c3d4e5f6')],
  ['payload-version-0', 'Version 0, which never was.', entitlement(0, 0)],
  [
    'payload-too-long',
    'An unknown claim that makes the payload longer than 1,024 bytes.',
    claim(-70_000, new Uint8Array(1024)),
  ],
  ['payload-too-deep', 'An unknown member nested deeper than four.', entitlement(99, [[[1]]])],
];

/** Payloads that are no deterministic CBOR. */
function notCanonical(): [string, string, Uint8Array][] {
  const payload = encodeClaims(claimsOf());
  const text = Buffer.from(payload);
  const replace = (from: readonly number[], to: readonly number[]): Uint8Array => {
    const at = text.indexOf(Buffer.from(from));
    if (at < 0) throw new Error('the payload is not what it was');
    return concat(payload.subarray(0, at), to, payload.subarray(at + from.length));
  };
  // Claims 4 and 5 come first, each a key byte and a time of five bytes.
  const [head, first, second, rest] = [
    payload.subarray(0, 1),
    payload.subarray(1, 7),
    payload.subarray(7, 13),
    payload.subarray(13),
  ];
  return [
    ['payload-unsorted', 'The claims are not in order.', concat(head, second, first, rest)],
    ['payload-duplicate', 'The expiry twice.', concat([(head[0] ?? 0) + 1], first, first, second, rest)],
    [
      'payload-long-integer',
      'The gender takes two bytes, where one would do.',
      replace([0x09, 0x02], [0x09, 0x18, 0x02]),
    ],
    [
      'payload-float',
      'The household size as a floating-point number.',
      replace([0x03, 0x05, 0x04], [0x03, 0xf9, 0x45, 0x00, 0x04]),
    ],
    ['payload-tag', 'The date of birth with a tag.', replace([0x08, 0x68], [0x08, 0xd9, 0x03, 0xec, 0x68])],
    [
      'payload-utf8',
      'A name that is no UTF-8.',
      replace([...new TextEncoder().encode('Nadia')], [0x4e, 0xff, 0x64, 0x69, 0x61]),
    ],
    ['payload-array', 'An array.', encodeCbor([1, 2, 3])],
    ['payload-empty', 'No bytes.', new Uint8Array(0)],
  ];
}

/** All of them. */
export function refusedPayloads(): CredentialVector[] {
  const refused = (name: string, shows: string, payload: Uint8Array): CredentialVector => ({
    name,
    shows,
    input: { form: 'bytes', hex: sign1(payload) },
    context: ON_TAG,
    expected: { ok: false, step: 'payload', code: 'ERR_CREDENTIAL_PAYLOAD', card: null },
  });
  const later: ClaimsChange = { entitlements: { version: 2 } };
  return [
    ...CASES.map(([name, shows, change]) => refused(name, shows, payloadWith(change))),
    ...notCanonical().map(([name, shows, payload]) => refused(name, shows, payload)),
    {
      ...refused('version-2', 'Entitlements of a later version.', encodeClaims(claimsOf(later))),
      expected: { ok: false, step: 'payload', code: 'ERR_CREDENTIAL_VERSION', card: null },
    },
  ];
}

/** Vectors of Claim 169 codes of other issuers that are refused, each at its step. */
import { base45Encode } from '../../../agent/credential/base45.js';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import type { DecodeStep } from '../../../agent/credential/decode.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { type ForeignVector, KEY_ID, key, person } from './foreign.js';
import { type ForeignParts, foreignSign1, headerOf, loose, PERSON, TAGS, trusted, zlibText } from './foreign-tools.js';
import { P256_ORDER } from './p256.js';
import { concat, DAY, hex, malleated, NOW, unhex, withByte } from './support.js';

type Refusal = readonly [
  name: string,
  shows: string,
  step: DecodeStep,
  code: ErrorCode,
  text: string,
  context?: Partial<ForeignVector['context']>,
];

const textOf = (parts: ForeignParts): string => zlibText(foreignSign1(parts).bytes);
const payloadText = (change: Parameters<typeof person>[0]): string => textOf({ payload: person(change) });

function cborRefusals(): Refusal[] {
  const code = 'ERR_CREDENTIAL_CBOR';
  const bytes = foreignSign1().bytes;
  const raw = (...parts: readonly (Uint8Array | readonly number[])[]): string => zlibText(concat(...parts));
  const deep = concat(TAGS.both, [0x84], new Uint8Array(900).fill(0x81), [0]);
  return [
    ['cbor-trailing', 'A byte behind the end.', 'cose', code, raw(bytes, [0])],
    ['cbor-short', 'The last byte is missing.', 'cose', code, raw(bytes.subarray(0, -1))],
    ['cbor-length-lie', 'A byte string of 4 GiB.', 'cose', code, raw([0xd2, 0x84, 0x5a, 0xff, 0xff, 0xff, 0xff, 0])],
    [
      'cbor-count-lie',
      'An array of 2^53 items.',
      'cose',
      code,
      raw([0x9b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    ],
    ['cbor-deep', 'Nine hundred arrays in each other.', 'cose', code, raw(deep)],
    ['cbor-reserved', 'A reserved head.', 'cose', code, raw([0xd2, 0x84, 0x1c])],
    ['cbor-break', 'A break where no item of indefinite length is open.', 'cose', code, raw([0xd2, 0x84, 0xff])],
    ['cbor-header-twice', 'The algorithm twice in the header.', 'cose', code, textOf({ header: unhex('a201270126') })],
    ['cbor-chunk-kind', 'A chunk of text in a byte string.', 'cose', code, raw([0xd2, 0x84, 0x5f, 0x61, 0x61, 0xff])],
  ];
}

function coseRefusals(): Refusal[] {
  const cose = 'ERR_CREDENTIAL_COSE';
  const kids = encodeCbor(new Map([[4, unhex('01')]]));
  const swapped = concat([0xd2, 0xd8, 0x3d], foreignSign1({ tags: TAGS.none }).bytes);
  return [
    ['cose-array', 'An array of three.', 'cose', cose, zlibText(unhex('d28340a040'))],
    ['cose-tag', 'COSE_Mac0: tag 17.', 'cose', cose, textOf({ tags: unhex('d1') })],
    ['cose-tag-order', 'Tag 18 around tag 61.', 'cose', cose, zlibText(swapped)],
    [
      'cose-crit',
      'A header parameter that is called critical.',
      'cose',
      cose,
      textOf({ header: unhex('a2012702810a') }),
    ],
    [
      'cose-no-algorithm',
      'The algorithm in the unprotected header, where anybody could change it.',
      'cose',
      cose,
      textOf({ header: unhex('a0'), unprotected: unhex('a10127') }),
    ],
    [
      'cose-two-key-ids',
      'Another key id in each header.',
      'cose',
      cose,
      textOf({ header: headerOf(-8, KEY_ID), unprotected: kids }),
    ],
    [
      'cose-der',
      'The signature as DER: COSE has r and s alone.',
      'cose',
      cose,
      textOf({
        by: 'esIssuer',
        signature: (right) => concat([0x30, 0x44, 0x02, 0x20], right.subarray(0, 32), [0x02, 0x20], right.subarray(32)),
      }),
    ],
    ['cose-detached', 'No payload.', 'cose', cose, zlibText(concat(unhex('d28443a10127a0f65840'), new Uint8Array(64)))],
    ['algorithm-rs256', 'RS256.', 'cose', 'ERR_CREDENTIAL_ALGORITHM', textOf({ header: headerOf(-257) })],
    [
      'algorithm-hmac',
      'HMAC 256: a public key must never serve as a secret.',
      'cose',
      'ERR_CREDENTIAL_ALGORITHM',
      textOf({ header: headerOf(5) }),
    ],
  ];
}

function keyRefusals(): Refusal[] {
  const signature = 'ERR_CREDENTIAL_SIGNATURE';
  const unknown = 'ERR_CREDENTIAL_KEY_UNKNOWN';
  const highOrder = (right: Uint8Array): Uint8Array =>
    concat(
      right.subarray(0, 32),
      unhex((BigInt(`0x${hex(right.subarray(32))}`) + P256_ORDER).toString(16).padStart(64, '0').slice(-64)),
    );
  const withId = textOf({ header: headerOf(-8, unhex('02')) });
  return [
    ['key-none', 'No key is trusted.', 'key', unknown, textOf({}), { keys: [] }],
    [
      'key-algorithm',
      'The header says EdDSA; the only trusted key is one of P-256.',
      'key',
      unknown,
      textOf({}),
      { keys: [trusted('esIssuer')] },
    ],
    ['key-id', 'The key id of no trusted key.', 'key', unknown, withId, { keys: [trusted('edIssuer', KEY_ID)] }],
    [
      'signature-stranger',
      'Signed by somebody whose key is not trusted.',
      'signature',
      signature,
      textOf({ by: 'edStranger' }),
    ],
    [
      'signature-stranger-es256',
      'The same with ES256.',
      'signature',
      signature,
      textOf({ by: 'esStranger' }),
      { keys: [trusted('esIssuer')] },
    ],
    [
      'signature-algorithm-swapped',
      'An ES256 signature under a header that says EdDSA.',
      'signature',
      signature,
      textOf({ by: 'esIssuer', header: headerOf(-8) }),
      { keys: [trusted('esIssuer'), trusted('edIssuer')] },
    ],
    [
      'signature-s-plus-l',
      'S + L in place of S (RFC 8032 §5.1.7).',
      'signature',
      signature,
      textOf({ signature: malleated }),
    ],
    [
      'signature-s-plus-n',
      'ES256 with s + n, cut to 32 bytes.',
      'signature',
      signature,
      textOf({ by: 'esIssuer', signature: highOrder }),
      { keys: [trusted('esIssuer')] },
    ],
    [
      'signature-zero',
      'ES256 with r and s zero.',
      'signature',
      signature,
      textOf({ by: 'esIssuer', signature: () => new Uint8Array(64) }),
      { keys: [trusted('esIssuer')] },
    ],
    [
      'signature-payload',
      'One bit of the payload changed after signing.',
      'signature',
      signature,
      zlibText(withByte(foreignSign1().bytes, 40, 0x21)),
    ],
  ];
}

function payloadRefusals(): Refusal[] {
  const bad = 'ERR_CREDENTIAL_PAYLOAD';
  const twice = loose.map([key(169), encodeCbor(new Map([[4, 'A']]))], [key(169), encodeCbor(new Map([[4, 'B']]))]);
  const named = (name: unknown): string => payloadText((_claims, identity) => identity.set(4, name));
  return [
    [
      'payload-no-claim-169',
      'A CWT about something else.',
      'payload',
      bad,
      payloadText((claims) => claims.delete(169)),
    ],
    [
      'payload-no-name',
      'Neither an id nor a name.',
      'payload',
      bad,
      payloadText((_claims, identity) => {
        identity.delete(1);
        identity.delete(4);
      }),
    ],
    ['payload-claim-twice', 'Claim 169 twice.', 'payload', bad, textOf({ payload: twice })],
    ['payload-no-map', 'An array.', 'payload', bad, textOf({ payload: encodeCbor([1, 2]) })],
    ['payload-bidi', 'A name with a right-to-left override.', 'payload', bad, named('Amina \u202eollaiD')],
    ['payload-control', 'A name with a terminal escape.', 'payload', bad, named('Amina\u001b[2J')],
    [
      'payload-utf8',
      'A name that is not UTF-8.',
      'payload',
      bad,
      textOf({ payload: concat([0xa1, 0x18, 0xa9, 0xa1, 0x04, 0x62, 0xc3, 0x28]) }),
    ],
    ['payload-name-number', 'A number for a name.', 'payload', bad, named(7)],
    [
      'payload-birth',
      'A date in another order.',
      'payload',
      bad,
      payloadText((_claims, identity) => identity.set(8, '07.03.1991')),
    ],
    ['payload-exp-text', 'An expiry in words.', 'payload', bad, payloadText((claims) => claims.set(4, 'never'))],
    [
      'payload-exp-huge',
      'An expiry beyond 2^53.',
      'payload',
      bad,
      textOf({ payload: concat([0xa2, 0x04, 0x1b, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x18, 0xa9, 0xa1, 0x01, 0x61, 0x31]) }),
    ],
    [
      'payload-proto',
      'A name under the text key __proto__ and none where it belongs.',
      'payload',
      bad,
      textOf({ payload: encodeCbor(new Map([[169, new Map([['__proto__', new Map([[4, 'Amina']])]])]])) }),
    ],
  ];
}

function timeRefusals(): Refusal[] {
  const window = { ...trusted('edIssuer'), notAfter: NOW - 20 * DAY };
  return [
    [
      'times-expired',
      'At the second of its expiry.',
      'times',
      'ERR_CREDENTIAL_EXPIRED',
      textOf({}),
      { now: NOW + 300 * DAY },
    ],
    [
      'times-early',
      'Before it is valid.',
      'times',
      'ERR_CREDENTIAL_NOT_YET_VALID',
      textOf({}),
      { now: NOW - 11 * DAY },
    ],
    [
      'times-key',
      'Issued after the key had ended.',
      'times',
      'ERR_CREDENTIAL_KEY_EXPIRED',
      textOf({}),
      { keys: [window] },
    ],
    [
      'times-key-now',
      'Does not say when it was issued, and the key has ended.',
      'times',
      'ERR_CREDENTIAL_KEY_EXPIRED',
      payloadText((claims) => claims.delete(6)),
      { keys: [window] },
    ],
  ];
}

/** Codes that are refused. */
export function refusedForeign(): ForeignVector[] {
  const text = textOf({});
  const texts: Refusal[] = [
    ['text-empty', 'No text.', 'text', 'ERR_CREDENTIAL_TEXT', ''],
    ['text-long', 'Longer than any QR code.', 'text', 'ERR_CREDENTIAL_TEXT', 'A'.repeat(4297)],
    ['text-url', 'A web address.', 'text', 'ERR_CREDENTIAL_TEXT', 'https://registry.example/c/1'],
    ['base45-group', 'A group above 65535.', 'base45', 'ERR_CREDENTIAL_BASE45', `${text.slice(0, 3)}:::`],
    [
      'inflate-short',
      'A stream that ends in the middle.',
      'inflate',
      'ERR_CREDENTIAL_INFLATE',
      zlibText(PERSON).slice(0, 60),
    ],
    [
      'inflate-trailing',
      'Bytes behind the zlib stream.',
      'inflate',
      'ERR_CREDENTIAL_INFLATE',
      `${text.slice(0, text.length - (text.length % 3))}${base45Encode(Uint8Array.of(0, 0))}`,
    ],
  ];
  return [
    ...texts,
    ...cborRefusals(),
    ...coseRefusals(),
    ...keyRefusals(),
    ...payloadRefusals(),
    ...timeRefusals(),
  ].map(([name, shows, step, code, input, context]) => ({
    name,
    shows,
    input: { form: 'text', text: input },
    context: { now: NOW, keys: [trusted('edIssuer')], ...context },
    expected: { ok: false, step, code },
  }));
}

/** Bytes that are no COSE_Sign1 of ours: refused before any key is looked for. */
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { encodeClaims } from '../../../agent/credential/cwt.js';
import type { DecodeStep } from '../../../agent/credential/decode.js';
import { issueCredential } from '../../../agent/credential/issue.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import {
  type Case,
  type CredentialVector,
  claimsOf,
  HEADER,
  issuer,
  ON_TAG,
  payloadWith,
  sign1,
} from './credential-tools.js';
import { concat, unhex } from './support.js';

const good = issueCredential(claimsOf(), issuer);
const payload = encodeClaims(claimsOf());
const head = encodeCbor(new Map(HEADER));
const algorithm: [number, unknown] = [1, -8];
const keyId: [number, unknown] = [4, issuer.keyId];
const type: [number, unknown] = [16, 61];

/** Largest COSE_Sign1 that is read. */
const BYTES_MAX = 2048;

/** Vectors of bytes that stop at one step with one code, the card not being known. */
export function refusedBytes(
  step: DecodeStep,
  code: ErrorCode,
  cases: readonly Case<Uint8Array>[],
): CredentialVector[] {
  return cases.map(([name, shows, bytes]) => ({
    name,
    shows,
    input: { form: 'bytes', hex: bytes },
    context: ON_TAG,
    expected: { ok: false, step, code, card: null },
  }));
}

function body(...parts: unknown[]): Uint8Array {
  return concat([0xd2], encodeCbor(parts));
}

function header(...entries: [number, unknown][]): Uint8Array {
  return sign1(payload, { header: entries });
}

/** A credential of exactly so many bytes, good but for an unknown claim that fills it. */
function ofLength(length: number): Uint8Array {
  const make = (bytes: number): Uint8Array =>
    sign1(payloadWith(({ claims }) => void claims.set(-70_000, new Uint8Array(bytes))));
  return make(1024 + length - make(1024).length);
}

/** The protected header with its first pair moved to the end. */
function unsortedHeader(): Uint8Array {
  return concat([0xa3], head.subarray(3), head.subarray(1, 3));
}

function notCbor(): Case<Uint8Array>[] {
  const longLength = good.slice(2).map((byte, i) => (i === 0 ? byte - 0x40 : byte));
  const duplicate = concat([0xa4, 0x01, 0x27], head.subarray(1));
  return [
    ['cbor-none', 'No bytes.', new Uint8Array(0)],
    ['cbor-cut', 'The last byte is missing.', good.slice(0, -1)],
    ['cbor-trailing', 'One byte more.', concat(good, [0])],
    ['cbor-indefinite', 'An array of indefinite length.', concat([0xd2, 0x9f], good.slice(2), [0xff])],
    [
      'cbor-long-length',
      'The length of the protected header takes two bytes, where one would do.',
      concat([0xd2, 0x84, 0x58], longLength),
    ],
    ['cbor-lying-length', 'A byte string of 4 GiB in ten bytes.', unhex('d2845affffffff000000')],
    ['cbor-deep', 'A thousand arrays, one in the other.', concat([0xd2], new Array<number>(1000).fill(0x81), [0])],
    ['cbor-duplicate', 'The algorithm twice.', sign1(payload, { header: duplicate })],
    [
      'cbor-critical',
      'Critical header parameters (RFC 9052 §3.1): none is known, so all are refused, here as too deep a header.',
      header(algorithm, [2, [99]], keyId, type, [99, 1]),
    ],
    ['cbor-too-long', 'One byte more than is ever read.', ofLength(BYTES_MAX + 1)],
  ];
}

function notCose(): Case<Uint8Array>[] {
  const detached = body(head, new Map(), null, good.slice(-64));
  return [
    ['cose-untagged', 'Without the tag 18.', good.slice(1)],
    ['cose-other', 'CBOR of another kind.', encodeCbor(['hello'])],
    ['cose-three', 'Three parts.', body(head, new Map(), payload)],
    ['cose-detached', 'The payload is null: detached content is not read.', detached],
    [
      'cose-unprotected',
      'A key id in the unprotected header: anybody could change it.',
      sign1(payload, { unprotected: new Map([[4, issuer.keyId]]) }),
    ],
    ['cose-no-algorithm', 'No algorithm.', header(keyId, type)],
    ['cose-no-key-id', 'No key id.', header(algorithm, type)],
    ['cose-short-key-id', 'A key id of four bytes.', header(algorithm, [4, issuer.keyId.subarray(0, 4)], type)],
    ['cose-no-type', 'No type (RFC 9596).', header(algorithm, keyId)],
    [
      'cose-type-name',
      'The type by its name instead of its number.',
      header(algorithm, keyId, [16, 'application/cwt']),
    ],
    ['cose-signature-63', 'A signature of 63 bytes.', sign1(payload, { signature: (right) => right.slice(1) })],
  ];
}

/** All of them. */
export function refusedEnvelopes(): CredentialVector[] {
  return [
    ...refusedBytes('cose', 'ERR_CREDENTIAL_CBOR', notCbor()),
    ...refusedBytes('cose', 'ERR_CREDENTIAL_CANONICAL', [
      [
        'canonical-header',
        'The keys of the protected header are not in order.',
        sign1(payload, { header: unsortedHeader() }),
      ],
      ['canonical-unprotected', 'The keys of the unprotected header are not in order.', unhex('d28440a2020001004040')],
    ]),
    ...refusedBytes('cose', 'ERR_CREDENTIAL_COSE', notCose()),
    ...refusedBytes('cose', 'ERR_CREDENTIAL_ALGORITHM', [
      ['algorithm-es256', 'ES256.', header([1, -7], keyId, type)],
      [
        'algorithm-ed25519',
        'Ed25519 under its own number of RFC 9864: the same signature, another header.',
        header([1, -19], keyId, type),
      ],
    ]),
  ];
}

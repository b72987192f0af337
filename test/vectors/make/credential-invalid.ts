/** Credentials that a reader refuses, grouped by the step that refuses them. */
import { base45Encode } from '../../../agent/credential/base45.js';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { encodeClaims } from '../../../agent/credential/cwt.js';
import type { DecodeStep } from '../../../agent/credential/decode.js';
import { issueCredential } from '../../../agent/credential/issue.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { refusedBytes, refusedEnvelopes } from './credential-envelope.js';
import {
  type Case,
  type ClaimsChange,
  type CredentialVector,
  claimsOf,
  HEADER,
  issuer,
  ON_PAPER,
  ON_TAG,
  type Sign1Parts,
  sign1,
  type VectorContext,
} from './credential-tools.js';
import { PAPER, paperText, storedZlib } from './credential-valid.js';
import { concat, DAY, keyNamed, malleated, NOW, OTHER_UID, UID, unhex, withByte } from './support.js';

const good = issueCredential(claimsOf(), issuer);
const paper = issueCredential(claimsOf(PAPER), issuer);
const payload = encodeClaims(claimsOf());

/** A zlib stream of 24 bytes that inflates to 4,096 zeros. */
const BOMB = unhex('78daedc1010d000000c2a0f74f6d0f0714000000f06e10000001');

function refusedText(step: DecodeStep, code: ErrorCode, cases: readonly Case<string>[]): CredentialVector[] {
  return cases.map(([name, shows, text]) => ({
    name,
    shows,
    input: { form: 'text', text },
    context: ON_PAPER,
    expected: { ok: false, step, code, card: null },
  }));
}

function textSteps(): CredentialVector[] {
  const text = paperText();
  return [
    ...refusedText('text', 'ERR_CREDENTIAL_TEXT', [
      ['text-empty', 'No text.', ''],
      ['text-too-long', '2,421 characters: more than a QR code of version 40 holds at level Q.', 'A'.repeat(2421)],
      ['text-lower-case', 'A character outside the alphanumeric mode.', text.toLowerCase()],
      ['text-line-end', 'The line end belongs to the scanner, not to the text.', `${text}\n`],
    ]),
    ...refusedText('base45', 'ERR_CREDENTIAL_BASE45', [
      [
        'base45-length',
        'One character over: no encoder makes such a length.',
        `${text}0`.slice(0, 3 * Math.floor(text.length / 3) + 1),
      ],
      ['base45-group', 'Three characters that stand for more than 65,535.', ':::'],
      ['base45-tail', 'A tail of two characters that stands for more than 255.', '000::'],
    ]),
    ...refusedText('inflate', 'ERR_CREDENTIAL_INFLATE', [
      ['inflate-none', 'The credential without compression.', base45Encode(paper)],
      [
        'inflate-checksum',
        'The Adler-32 at the end differs.',
        base45Encode(withByte(storedZlib(paper), paper.length + 10, 0)),
      ],
      ['inflate-cut', 'The stream ends early.', base45Encode(storedZlib(paper).subarray(0, -1))],
      ['inflate-trailing', 'Bytes behind the end of the stream.', base45Encode(concat(storedZlib(paper), [0, 0]))],
      ['inflate-bomb', 'A short stream that grows beyond 2,048 bytes.', base45Encode(BOMB)],
    ]),
  ];
}

function keySteps(): CredentialVector[] {
  const trusted = (change: Partial<VectorContext['issuerKeys'][number]>): VectorContext => ({
    ...ON_TAG,
    issuerKeys: ON_TAG.issuerKeys.map((key) => ({ ...key, ...change })),
  });
  const stranger = keyNamed('stranger');
  const signedBy = (parts: Sign1Parts): Uint8Array => sign1(payload, parts);
  const refused = (
    code: ErrorCode,
    about: Case<Uint8Array>,
    context: VectorContext,
    card: number | null,
  ): CredentialVector => ({
    name: about[0],
    shows: about[1],
    input: { form: 'bytes', hex: about[2] },
    context,
    expected: { ok: false, step: card === null ? 'key' : 'times', code, card },
  });
  const { issuedAt, entitlements } = claimsOf();
  return [
    refused(
      'ERR_CREDENTIAL_KEY_UNKNOWN',
      ['key-unknown', 'Signed by a key that is not trusted.', issueCredential(claimsOf(), stranger)],
      ON_TAG,
      null,
    ),
    refused(
      'ERR_CREDENTIAL_KEY_UNKNOWN',
      ['key-none', 'No key is trusted at all.', good],
      { ...ON_TAG, issuerKeys: [] },
      null,
    ),
    refused(
      'ERR_CREDENTIAL_KEY_SCOPE',
      ['key-scope', 'The key may sign for another programme only.', good],
      trusted({ programmes: [2, 3] }),
      null,
    ),
    ...refusedBytes('signature', 'ERR_CREDENTIAL_SIGNATURE', [
      ['signature-other-key', 'Signed by a stranger under the key id of the issuer.', signedBy({ signer: stranger })],
      [
        'signature-bit',
        'One bit of the signature differs.',
        signedBy({ signature: (right) => withByte(right, 0, (right[0] ?? 0) ^ 1) }),
      ],
      [
        'signature-malleable',
        'S + L in place of S: refused by RFC 8032 §5.1.7, accepted by some libraries.',
        signedBy({ signature: malleated }),
      ],
      [
        'signature-payload',
        'One more person in the household than was signed.',
        signedBy({ signature: () => good.slice(-64), header: HEADER }).map((byte, i, all) =>
          i === drawsAt(all) ? byte + 1 : byte,
        ),
      ],
      [
        'signature-labelled',
        'Signed with a label in external_aad, as everything but a credential is.',
        signedBy({ externalAad: encodeCbor(['wasl/ledger/1', UID, entitlements.card]) }),
      ],
    ]),
    refused(
      'ERR_CREDENTIAL_KEY_EXPIRED',
      ['key-not-yet', 'Issued one second before the key was valid.', good],
      trusted({ notBefore: issuedAt + 1 }),
      entitlements.card,
    ),
    refused(
      'ERR_CREDENTIAL_KEY_EXPIRED',
      ['key-over', 'Issued one second after the key had ended.', good],
      trusted({ notAfter: issuedAt - 1 }),
      entitlements.card,
    ),
  ];
}

/** Where the members that a card draws for stand in the bytes of a credential: behind household size 5 and key 4. */
function drawsAt(bytes: Uint8Array): number {
  const found = Buffer.from(bytes).indexOf(Buffer.from([0x03, 0x05, 0x04, 0x03]));
  if (found < 0) throw new Error('household size and draws are not where they were');
  return found + 3;
}

/** What is found once the signature holds and the payload is read: the answer names the card. */
function lateSteps(): CredentialVector[] {
  const { expiresAt, entitlements } = claimsOf();
  const { card } = entitlements;
  const at = (now: number): VectorContext => ({ ...ON_TAG, now });
  const from = (layout: number, uid: Uint8Array | null): VectorContext => ({ ...ON_TAG, medium: { layout, uid } });
  const cases: [DecodeStep, ErrorCode, string, string, ClaimsChange, VectorContext][] = [
    [
      'times',
      'ERR_CREDENTIAL_NOT_YET_VALID',
      'not-yet',
      'One second before it is valid.',
      { notBefore: NOW + 1 },
      ON_TAG,
    ],
    ['times', 'ERR_CREDENTIAL_EXPIRED', 'expired', 'From the second of its expiry on.', {}, at(expiresAt)],
    ['medium', 'ERR_CREDENTIAL_MEDIUM', 'medium-uid', 'Copied to a tag with another UID.', {}, from(1, OTHER_UID)],
    ['medium', 'ERR_CREDENTIAL_MEDIUM', 'medium-layout', 'The right UID, another layout.', {}, from(2, UID)],
    [
      'medium',
      'ERR_CREDENTIAL_MEDIUM',
      'medium-printed',
      'The credential of a tag printed as a QR code.',
      {},
      from(0, null),
    ],
    [
      'medium',
      'ERR_CREDENTIAL_MEDIUM',
      'medium-written',
      'The credential of a QR code written to a tag.',
      PAPER,
      ON_TAG,
    ],
    [
      'medium',
      'ERR_CREDENTIAL_MEDIUM',
      'medium-unbound',
      'A tag credential that names no UID.',
      { entitlements: { uid: null } },
      ON_TAG,
    ],
    ['hotlist', 'ERR_CREDENTIAL_HOTLISTED', 'hotlisted', 'The serial is blocked.', {}, { ...ON_TAG, hotlist: [card] }],
    [
      'times',
      'ERR_CREDENTIAL_EXPIRED',
      'order-expired',
      'Expired, on another tag and blocked: the first of the steps answers.',
      {},
      { ...from(1, OTHER_UID), now: expiresAt + DAY, hotlist: [card] },
    ],
    [
      'medium',
      'ERR_CREDENTIAL_MEDIUM',
      'order-medium',
      'On another tag and blocked: the first of the steps answers.',
      {},
      { ...from(1, OTHER_UID), hotlist: [card] },
    ],
  ];
  return cases.map(([step, code, name, shows, change, context]) => ({
    name,
    shows,
    input: { form: 'bytes', hex: issueCredential(claimsOf(change), issuer) },
    context,
    expected: { ok: false, step, code, card },
  }));
}

/** All but those of the payload, see `credential-payload.ts`. */
export function refusedCredentials(): CredentialVector[] {
  return [...textSteps(), ...refusedEnvelopes(), ...keySteps(), ...lateSteps()];
}

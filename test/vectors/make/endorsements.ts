/** Endorsements: what renews or changes a credential, and what a reader refuses of it. */
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { decodeSign1 } from '../../../agent/credential/cose.js';
import type { CredentialClaims } from '../../../agent/credential/cwt.js';
import {
  ENDORSEMENT_BYTES_MAX,
  type Endorsement,
  type EndorsementStep,
  endorsedClaims,
  issueEndorsement,
} from '../../../agent/credential/endorsement.js';
import { hashOf, LABELS } from '../../../agent/credential/hash.js';
import { issueCredential } from '../../../agent/credential/issue.js';
import { sigStructure } from '../../../agent/credential/signature.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import type { Signer } from '../../../agent/domain/keys.js';
import { encodeArea } from '../../../drivers/media/endorsement-area.js';
import { claimsOf } from './credential-tools.js';
import { concat, DAY, type KeyName, keyNamed, malleated, NOW, OTHER_UID, UID, withByte } from './support.js';

/** What an endorsement is judged by besides the credential of the file. */
interface Context {
  readonly programme: number | null;
  readonly uid: Uint8Array;
  readonly card: number;
  readonly issuerKeys: readonly {
    readonly key: KeyName;
    readonly programmes: readonly number[];
    readonly notBefore: number;
    readonly notAfter: number;
  }[];
}

/** One vector. */
export interface EndorsementVector {
  readonly name: string;
  readonly shows: string;
  readonly input: Uint8Array;
  readonly context: Context;
  readonly parts?: { readonly content: Uint8Array; readonly toBeSigned: Uint8Array; readonly signature: Uint8Array };
  readonly expected:
    | { readonly ok: true; readonly endorsement: Endorsement; readonly leaves: CredentialClaims }
    | { readonly ok: false; readonly step: EndorsementStep; readonly code: ErrorCode };
}

/** One vector of the area of a tag. */
export interface AreaVector {
  readonly name: string;
  readonly shows: string;
  readonly input: Uint8Array;
  readonly expected: { readonly state: 'none' | 'damaged' } | { readonly state: 'bytes'; readonly bytes: Uint8Array };
}

const issuer = keyNamed('issuer');
const CLAIMS = claimsOf();
/** The credential that all of these extend. */
export const ENDORSED_CREDENTIAL = issueCredential(CLAIMS, issuer);
const OWNER = { uid: UID, card: CLAIMS.entitlements.card };
const CONTEXT: Context = {
  programme: 1,
  ...OWNER,
  issuerKeys: [{ key: 'issuer', programmes: [1], notBefore: NOW - 300 * DAY, notAfter: NOW + 300 * DAY }],
};
const RENEWAL: Endorsement = { number: 1, issuedAt: NOW, expiresAt: NOW + 700 * DAY, changes: {} };

function payloadOf(credential: Uint8Array): Uint8Array {
  const decoded = decodeSign1(credential);
  if (!decoded.ok) throw new Error('the credential of the vectors is good');
  return decoded.sign1.payload;
}

const EXTENDS = hashOf(LABELS.credentialHash, payloadOf(ENDORSED_CREDENTIAL)).subarray(0, 8);
const CONTENT: readonly unknown[] = [1, EXTENDS, NOW, NOW + 700 * DAY, new Map()];

/** An endorsement with any content, its signature right unless it is replaced. */
function by(
  content: Uint8Array,
  parts: {
    readonly version?: unknown;
    readonly signer?: Signer;
    readonly owner?: typeof OWNER;
    readonly signature?: (right: Uint8Array) => Uint8Array;
    readonly keyId?: Uint8Array;
  } = {},
): Uint8Array {
  const signer = parts.signer ?? issuer;
  const { uid, card } = parts.owner ?? OWNER;
  const right = signer.sign(sigStructure(LABELS.endorsement, content, [uid, card]));
  return encodeCbor([parts.version ?? 1, parts.keyId ?? signer.keyId, content, parts.signature?.(right) ?? right]);
}

const withMember = (at: number, value: unknown): Uint8Array => encodeCbor(CONTENT.with(at, value));
const changing = (entries: readonly (readonly [number, unknown])[]): Uint8Array => withMember(4, new Map(entries));

/** Endorsements that are applied. */
export function validEndorsements(): EndorsementVector[] {
  const cases: readonly [string, string, Partial<Endorsement>][] = [
    ['renewal', 'A later end, and nothing else.', {}],
    ['sooner', 'An end that is sooner than the credential’s own.', { expiresAt: NOW + DAY }],
    ['keeps-end', 'No end: the credential keeps its own.', { expiresAt: null, changes: { draws: 2 } }],
    [
      'everything',
      'Every member that can be changed.',
      {
        number: 2,
        changes: {
          householdSize: 6,
          draws: 4,
          homeSite: 99,
          coverage: { plan: 3, class: 1, familyUnit: 40 },
          rationScheme: 2,
        },
      },
    ],
    [
      'taken',
      'Coverage and scheme taken away: null, which is not the same as left out.',
      { changes: { coverage: null, rationScheme: null } },
    ],
    [
      'representatives',
      'Three cards whose holders may collect.',
      { changes: { representatives: [100_002, 100_003, 4_294_967_295] } },
    ],
    ['representatives-none', 'Nobody may collect any more: an empty list.', { changes: { representatives: [] } }],
    ['number-largest', 'The largest number that is read: 2^53 − 1.', { number: Number.MAX_SAFE_INTEGER }],
    ['issued-with-credential', 'Issued in the second in which the credential was.', { issuedAt: CLAIMS.issuedAt }],
    [
      'all-draw',
      'A household of 99, the most, all of whom this card draws for.',
      { changes: { householdSize: 99, draws: 99 } },
    ],
  ];
  const made = cases.map(([name, shows, change]): EndorsementVector => {
    const endorsement = { ...RENEWAL, ...change };
    const input = issueEndorsement(endorsement, { credential: ENDORSED_CREDENTIAL, owner: OWNER }, issuer);
    return whole([name, shows], input, endorsement);
  });
  return [
    ...made,
    whole(
      ['unknown-member', 'A member that this version does not know is ignored.'],
      by(
        changing([
          [4, 2],
          [99, 'later'],
        ]),
      ),
      { ...RENEWAL, changes: { draws: 2 } },
    ),
  ];
}

function whole(
  [name, shows]: readonly [string, string],
  input: Uint8Array,
  endorsement: Endorsement,
): EndorsementVector {
  const signature = input.slice(-64);
  // The content ends two bytes before the signature: those are the head of the latter, 58 40.
  const head = 1 + 1 + 1 + issuer.keyId.length;
  const contentHead = (input[head] ?? 0) < 0x58 ? 1 : 2;
  const content = input.slice(head + contentHead, -66);
  return {
    name,
    shows,
    input,
    context: CONTEXT,
    parts: { content, toBeSigned: sigStructure(LABELS.endorsement, content, [OWNER.uid, OWNER.card]), signature },
    expected: { ok: true, endorsement, leaves: endorsedClaims(CLAIMS, endorsement) },
  };
}

/** Endorsements that are refused. */
export function refusedEndorsements(): EndorsementVector[] {
  const good = by(encodeCbor(CONTENT));
  const refused =
    (step: EndorsementStep, code: ErrorCode) =>
    (name: string, shows: string, input: Uint8Array, context: Partial<Context> = {}): EndorsementVector => ({
      name,
      shows,
      input,
      context: { ...CONTEXT, ...context },
      expected: { ok: false, step, code },
    });
  const cbor = refused('cbor', 'ERR_ENDORSEMENT_FORMAT');
  const key = refused('key', 'ERR_ENDORSEMENT_KEY');
  const signature = refused('signature', 'ERR_ENDORSEMENT_SIGNATURE');
  const content = refused('content', 'ERR_ENDORSEMENT_FORMAT');
  const other = refused('credential', 'ERR_ENDORSEMENT_OTHER');
  const times = refused('times', 'ERR_ENDORSEMENT_TIMES');
  const otherCredential = issueCredential(claimsOf({ issuedAt: CLAIMS.issuedAt + 1 }), issuer);
  const ofOther = issueEndorsement(RENEWAL, { credential: otherCredential, owner: OWNER }, issuer);
  return [
    cbor('empty', 'Nothing.', new Uint8Array(0)),
    cbor('cut', 'The last byte is missing.', good.slice(0, -1)),
    cbor('trailing', 'One byte more.', concat(good, [0])),
    cbor('long-integer', 'The version in two bytes: not deterministic.', concat([0x84, 0x18, 0x01], good.slice(2))),
    cbor('five', 'An array of five.', encodeCbor([1, issuer.keyId, encodeCbor(CONTENT), new Uint8Array(64), 0])),
    cbor('map', 'A map in the place of the array.', encodeCbor(new Map([[1, 1]]))),
    cbor('signature-63', 'A signature of 63 bytes.', by(encodeCbor(CONTENT), { signature: (right) => right.slice(1) })),
    cbor('key-id-7', 'A key id of seven bytes.', by(encodeCbor(CONTENT), { keyId: issuer.keyId.slice(1) })),
    cbor('too-long', 'Longer than 128 bytes.', by(changing([[99, new Uint8Array(ENDORSEMENT_BYTES_MAX)]]))),
    cbor('version-0', 'Version 0 never was.', by(encodeCbor(CONTENT), { version: 0 })),
    refused('version', 'ERR_ENDORSEMENT_VERSION')(
      'version-2',
      'A later version.',
      by(encodeCbor(CONTENT), { version: 2 }),
    ),
    key(
      'stranger',
      'Signed by an issuer that is not trusted.',
      by(encodeCbor(CONTENT), { signer: keyNamed('stranger') }),
    ),
    key('other-programme', 'The issuer may not sign for this programme.', good, { programme: 2 }),
    signature('other-uid', 'Copied onto a card with another UID.', good, { uid: OTHER_UID }),
    signature('other-card', 'Copied onto a card with another serial.', good, { card: OWNER.card + 1 }),
    signature('byte', 'One byte of the content differs from what was signed.', withByte(good, 30, 0xff)),
    signature('malleable', 'S + L in place of S.', by(encodeCbor(CONTENT), { signature: malleated })),
    signature(
      'key-id-renamed',
      'A stranger’s signature under the key id of the issuer.',
      by(encodeCbor(CONTENT), { signer: keyNamed('stranger'), keyId: issuer.keyId }),
    ),
    signature(
      'as-credential',
      'The signature of the credential: no signature passes for another.',
      by(encodeCbor(CONTENT), { signature: () => ENDORSED_CREDENTIAL.slice(-64) }),
    ),
    content('content-four', 'Four members in the content.', by(encodeCbor(CONTENT.slice(0, 4)))),
    content('content-no-cbor', 'Content that is no CBOR.', by(Uint8Array.of(0xff))),
    content('number-0', 'Numbers begin with 1.', by(withMember(0, 0))),
    content('number-text', 'A number as text.', by(withMember(0, '1'))),
    content('extends-7', 'Seven bytes of the credential’s hash.', by(withMember(1, EXTENDS.slice(1)))),
    content('issued-negative', 'Issued before 1970.', by(withMember(2, -1))),
    content('changes-list', 'Changes that are no map.', by(withMember(4, []))),
    content('draws-0', 'A card that draws for nobody.', by(changing([[4, 0]]))),
    content('household-100', 'More persons than a household has.', by(changing([[3, 100]]))),
    content('coverage-two', 'A coverage of two numbers.', by(changing([[6, [1, 2]]]))),
    content('draws-beyond-household', 'More draws than the credential has persons.', by(changing([[4, 6]]))),
    content('household-below-draws', 'Fewer persons than the credential has draws.', by(changing([[3, 2]]))),
    other('other-credential', 'It extends the credential that the card had before.', ofOther),
    times('before-key', 'Issued before the key was valid.', by(withMember(2, NOW - 301 * DAY))),
    times(
      'after-key',
      'Issued when the key had ended.',
      by(encodeCbor(CONTENT.with(2, NOW + 301 * DAY).with(3, NOW + 400 * DAY))),
    ),
    times('before-credential', 'Issued before the credential was.', by(withMember(2, CLAIMS.issuedAt - 1))),
    times('ends-at-once', 'It ends in the second in which it was issued.', by(withMember(3, NOW))),
  ];
}

/** The area of a tag, framed. */
export function endorsementAreas(): AreaVector[] {
  const bytes = issueEndorsement(RENEWAL, { credential: ENDORSED_CREDENTIAL, owner: OWNER }, issuer);
  const framed = encodeArea(bytes);
  const damaged = (name: string, shows: string, input: Uint8Array): AreaVector => ({
    name,
    shows,
    input,
    expected: { state: 'damaged' },
  });
  return [
    { name: 'empty', shows: 'Zeros: no endorsement.', input: new Uint8Array(136), expected: { state: 'none' } },
    { name: 'whole', shows: 'One as it is written.', input: framed, expected: { state: 'bytes', bytes } },
    {
      name: 'rest',
      shows: 'What stands behind it is of no matter.',
      input: concat(framed, [0xff, 0xff, 0xff, 0xff]),
      expected: { state: 'bytes', bytes },
    },
    damaged('no-check', 'Cut before its first page, the last to be written.', concat([0, 0, 0, 0], framed.slice(4))),
    damaged('byte', 'One byte differs.', withByte(framed, 40, (framed[40] ?? 0) ^ 1)),
    damaged('frame-version-2', 'A later version of the frame.', withByte(framed, 4, 2)),
    damaged('length-beyond', 'A length beyond the area.', withByte(framed, 6, 0xff)),
    damaged('length-0', 'A frame around nothing.', encodeArea(new Uint8Array(0))),
  ];
}

/** Signed lists: what the authority sends down, and what a terminal refuses of it. */
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { LABELS } from '../../../agent/credential/hash.js';
import { sigStructure } from '../../../agent/credential/signature.js';
import { encodeList, LIST_KINDS, type ListKind } from '../../../agent/credential/signed-list.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { p256PublicKey } from './p256.js';
import { concat, hex, type KeyName, keyNamed, malleated, withByte } from './support.js';

/** One vector. */
export interface ListVector {
  readonly name: string;
  readonly shows: string;
  readonly input: Uint8Array;
  readonly context: { readonly kind: ListKind; readonly authority: KeyName };
  readonly toBeSigned?: Uint8Array;
  readonly expected:
    | { readonly ok: true; readonly content: object }
    /** `paths` name the members that are wrong, for a list whose signature holds and whose content does not. */
    | { readonly ok: false; readonly code: ErrorCode; readonly paths?: readonly string[] };
}

const authority = keyNamed('authority');
const HEAD = { version: 4, issuedAt: '2026-11-21T00:00:00Z', expires: '2026-12-21T00:00:00Z' };
const WINDOW = { notBefore: '2026-01-25T09:00:00Z', notAfter: '2027-09-17T09:00:00Z' };

const LOAF = {
  id: 'loaf',
  number: 1,
  name: { ar: 'خبز بلدي', fr: 'Pain baladi', en: 'Baladi bread' },
  unit: {
    ar: { zero: 'رغيف', one: 'رغيف', two: 'رغيفان', few: 'أرغفة', many: 'رغيفًا', other: 'رغيف' },
    fr: { one: 'pain', other: 'pains' },
    en: { one: 'loaf', other: 'loaves' },
  },
  quotas: [
    { per: 'member', every: 'day', amount: 5 },
    { per: 'household', every: 'month', amount: 900 },
  ],
};

const SUGAR = {
  id: 'sugar',
  number: 300,
  name: { ar: 'سكر', fr: 'Sucre', en: 'Sugar' },
  unit: { ar: 'كجم', fr: 'kg', en: 'kg' },
  quotas: [{ per: 'card', every: 'month', amount: 2 }],
};

const BREAD = {
  id: 'bread',
  number: 1,
  title: { ar: 'الخبز المدعّم', fr: 'Pain subventionné', en: 'Subsidised bread' },
  family: 1,
  schemes: [1],
  commodities: [LOAF, SUGAR],
  doubtfulLedgerMax: 5,
};

/** A good list of each kind. */
export const LISTS: Readonly<Record<ListKind, object>> = {
  keys: { ...HEAD, keys: [{ publicKey: hex(keyNamed('issuer').publicKey), programmes: [1], ...WINDOW }] },
  terminals: {
    ...HEAD,
    terminals: [{ terminal: 't-0001', site: 'bakery-17', publicKey: hex(keyNamed('terminal').publicKey), ...WINDOW }],
  },
  hotlist: { ...HEAD, cards: [100_003, 100_020, 4_000_000_000] },
  actions: {
    ...HEAD,
    cards: [
      { card: 100_003, credential: '0f'.repeat(8), number: 2, endorsement: 'a1'.repeat(40) },
      { card: 100_020, credential: '1f'.repeat(8), number: 1 },
    ],
  },
  policy: { ...HEAD, name: 'Bread and sugar', timeZone: 'Africa/Cairo', programmes: [BREAD] },
};

/** A signed list of any content, put together by hand. */
function listOf(
  kind: ListKind,
  payload: Uint8Array,
  change: { version?: number; signature?: Uint8Array } = {},
): Uint8Array {
  const signature = change.signature ?? authority.sign(sigStructure(LABELS.list, payload, [kind]));
  return encodeCbor([change.version ?? 1, kind, authority.keyId, payload, signature]);
}

/** Issuers of other systems, one of each algorithm, with a key id and without. */
const FOREIGN = [
  {
    profile: 'claim169',
    issuer: 'Civil registry of Exampleland',
    algorithm: 'EdDSA',
    publicKey: hex(keyNamed('edIssuer').publicKey),
    keyId: '0a0b',
    ...WINDOW,
  },
  {
    profile: 'claim169',
    issuer: 'Health fund of Exampleland',
    algorithm: 'ES256',
    publicKey: hex(p256PublicKey(new Uint8Array(32).fill(0x23))),
    ...WINDOW,
  },
] as const;

/** Lists that are taken in. */
export function validLists(): ListVector[] {
  const taken = (name: string, shows: string, kind: ListKind, content: object): ListVector => {
    const payload = new TextEncoder().encode(JSON.stringify(content));
    return {
      name,
      shows,
      input: encodeList(kind, content, authority),
      context: { kind, authority: 'authority' },
      toBeSigned: sigStructure(LABELS.list, payload, [kind]),
      expected: { ok: true, content },
    };
  };
  return [
    ...LIST_KINDS.map((kind) => taken(kind, `A list of the kind "${kind}".`, kind, LISTS[kind])),
    taken('keys-foreign', 'Issuers of other systems beside our own.', 'keys', { ...LISTS.keys, foreign: FOREIGN }),
    taken('keys-foreign-none', 'The member there, and nobody in it.', 'keys', { ...LISTS.keys, foreign: [] }),
  ];
}

/** Lists that are refused. */
export function refusedLists(): ListVector[] {
  const keys = encodeList('keys', LISTS.keys, authority);
  const payload = new TextEncoder().encode(JSON.stringify(LISTS.keys));
  const right = keys.slice(-64);
  const at = Buffer.from(keys).indexOf('2027');
  const refused = (
    code: ErrorCode,
    [name, shows, input]: readonly [string, string, Uint8Array],
    context: Partial<ListVector['context']> = {},
  ): ListVector => ({
    name,
    shows,
    input,
    context: { kind: 'keys', authority: 'authority', ...context },
    expected: { ok: false, code },
  });
  const format = 'ERR_LIST_FORMAT';
  const signature = 'ERR_LIST_SIGNATURE';
  return [
    refused(signature, [
      'other-authority',
      'Signed by an authority that is not this terminal’s.',
      encodeList('keys', LISTS.keys, keyNamed('otherAuthority')),
    ]),
    refused(signature, [
      'other-key-id',
      'The same under the key id of ours.',
      listOf('keys', payload, {
        signature: keyNamed('otherAuthority').sign(sigStructure(LABELS.list, payload, ['keys'])),
      }),
    ]),
    refused(signature, ['byte', 'One digit of a date differs from what was signed.', withByte(keys, at + 3, 0x39)]),
    refused(signature, [
      'kind-renamed',
      'A signed policy renamed to a list of keys: the signature covers the kind.',
      listOf('keys', payload, { signature: encodeList('policy', LISTS.keys, authority).slice(-64) }),
    ]),
    refused(signature, ['malleable', 'S + L in place of S.', listOf('keys', payload, { signature: malleated(right) })]),
    refused(signature, [
      'no-label',
      'Signed without label and kind.',
      listOf('keys', payload, { signature: authority.sign(payload) }),
    ]),
    refused(format, [
      'policy-as-keys',
      'A good policy where keys belong.',
      encodeList('policy', LISTS.policy, authority),
    ]),
    refused(format, ['version-2', 'A later version of the envelope.', listOf('keys', payload, { version: 2 })]),
    refused(format, ['cut', 'The last byte is missing.', keys.slice(0, -1)]),
    refused(format, ['trailing', 'One byte more.', concat(keys, [0])]),
    refused(format, [
      'signature-63',
      'A signature of 63 bytes.',
      listOf('keys', payload, { signature: right.slice(1) }),
    ]),
    refused(format, ['not-json', 'Signed, and no JSON.', listOf('keys', new TextEncoder().encode('keys: none'))]),
    refused(format, ['not-utf8', 'Signed, and no UTF-8.', listOf('keys', Uint8Array.from([0x22, 0xff, 0x22]))]),
    ...wrongContents(),
  ];
}

/** Lists whose signature holds and whose content does not have the published shape: every mistake is named by its path. */
function wrongContents(): ListVector[] {
  const cases: [string, string, ListKind, object, string[]][] = [
    [
      'keys-programmes',
      'A key for no programme.',
      'keys',
      { ...HEAD, keys: [{ publicKey: '00'.repeat(32), programmes: [], ...WINDOW }] },
      ['keys.0.programmes'],
    ],
    [
      'terminals-key',
      'A public key that is too short, and a name with a capital.',
      'terminals',
      { ...HEAD, terminals: [{ terminal: 'T1', site: 's', publicKey: '00', ...WINDOW }] },
      ['terminals.0.terminal', 'terminals.0.publicKey'],
    ],
    [
      'actions-number',
      'The number of an endorsement that is none, and an endorsement of half a byte.',
      'actions',
      { ...HEAD, cards: [{ card: 1, credential: '00'.repeat(8), number: 0, endorsement: 'a1b' }] },
      ['cards.0.number', 'cards.0.endorsement'],
    ],
    [
      'keys-foreign-profile',
      'A profile that is not known, and a key id in capitals.',
      'keys',
      { ...LISTS.keys, foreign: [{ ...FOREIGN[0], profile: 'mdoc', keyId: '0A0B' }] },
      ['foreign.0.profile', 'foreign.0.keyId'],
    ],
    [
      'keys-foreign-algorithm',
      'An algorithm that no terminal has.',
      'keys',
      { ...LISTS.keys, foreign: [FOREIGN[1], { ...FOREIGN[1], algorithm: 'RS256' }] },
      ['foreign.1.algorithm'],
    ],
    [
      'keys-foreign-key',
      'A public key of 31 bytes.',
      'keys',
      { ...LISTS.keys, foreign: [{ ...FOREIGN[0], publicKey: '11'.repeat(31) }] },
      ['foreign.0.publicKey'],
    ],
    ['hotlist-serial', 'A serial as text.', 'hotlist', { ...HEAD, cards: [1, '2'] }, ['cards.1']],
    [
      'policy-unlimited',
      'A commodity without a quota, and a zone that does not exist.',
      'policy',
      {
        ...LISTS.policy,
        timeZone: 'Africa/Nowhere',
        programmes: [{ ...BREAD, commodities: [{ ...LOAF, quotas: [] }] }],
      },
      ['timeZone', 'programmes.0.commodities.0.quotas'],
    ],
    [
      'policy-unknown',
      'A member that this version does not know: a rule that is not understood is not skipped.',
      'policy',
      { ...LISTS.policy, discount: 5 },
      ['discount'],
    ],
  ];
  return cases.map(([name, shows, kind, content, paths]) => ({
    name,
    shows,
    input: encodeList(kind, content, authority),
    context: { kind, authority: 'authority' },
    expected: { ok: false, code: 'ERR_LIST_FORMAT', paths },
  }));
}

/** Slips: papers on paper, as text, and what a reader refuses of them. */
import { deflateSync } from 'node:zlib';
import { base45Encode } from '../../../agent/credential/base45.js';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { coseSigStructure } from '../../../agent/credential/signature.js';
import { issueSlip, SLIP_CHARS_MAX, type SlipStep } from '../../../agent/credential/slip.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import type { Slip } from '../../../agent/domain/slip.js';
import { concat, DAY, type KeyName, keyNamed, malleated, NOW, TODAY, withByte } from './support.js';

/** What a slip is judged by. */
interface Context {
  readonly now: number;
  readonly today: number;
  readonly terminalKeys: readonly {
    readonly key: KeyName;
    readonly terminal: string;
    readonly site: string;
    readonly notBefore: number;
    readonly notAfter: number;
  }[];
  /** Numbers of sites, by their ids. */
  readonly sites: Readonly<Record<string, number>>;
}

/** One vector. */
export interface SlipVector {
  readonly name: string;
  readonly shows: string;
  readonly input: string;
  readonly context: Context;
  readonly parts?: Readonly<Record<'cose' | 'content' | 'toBeSigned' | 'signature', Uint8Array>>;
  readonly expected:
    | { readonly ok: true; readonly slip: Slip; readonly terminal: string }
    | { readonly ok: false; readonly step: SlipStep; readonly code: ErrorCode };
}

const CONTEXT: Context = {
  now: NOW,
  today: TODAY,
  terminalKeys: [
    {
      key: 'terminal',
      terminal: 'unit-doctor',
      site: 'manakh-unit',
      notBefore: NOW - 90 * DAY,
      notAfter: NOW + 90 * DAY,
    },
  ],
  sites: { 'manakh-unit': 31, 'arab-unit': 32 },
};
const SLIP: Slip = {
  id: 'c0ffee0102030405',
  programme: 102,
  subject: { card: 100_017 },
  papers: [{ kind: 0, commodity: 108, units: 1, untilDay: TODAY + 29, site: 41 }],
  site: 31,
  issuedAt: NOW - 3600,
};
const ID = Uint8Array.from(Buffer.from(SLIP.id, 'hex'));
const CONTENT: readonly unknown[] = [1, ID, 102, [100_017], [0, 108, 1, TODAY + 29, 41], 31, NOW - 3600];
const AAD = encodeCbor(['wasl/slip/1']);
const terminal = keyNamed('terminal');
const HEADER: readonly (readonly [number, unknown])[] = [
  [1, -8],
  [4, terminal.keyId],
];

interface Forging {
  readonly header?: readonly (readonly [number, unknown])[];
  readonly aad?: Uint8Array;
  readonly unprotected?: readonly (readonly [number, unknown])[];
  readonly signature?: (right: Uint8Array) => Uint8Array;
  readonly prefix?: string;
  readonly key?: KeyName;
}

/** A slip with any content, its signature right unless it is replaced. */
function by(content: Uint8Array, forging: Forging = {}): string {
  const { header = HEADER, aad = AAD, unprotected = [], prefix = 'WSLIP1:', key = 'terminal' } = forging;
  const protectedBytes = encodeCbor(new Map(header));
  const right = keyNamed(key).sign(coseSigStructure(protectedBytes, aad, content));
  const signature = forging.signature?.(right) ?? right;
  return text(concat([0xd2], encodeCbor([protectedBytes, new Map(unprotected), content, signature])), prefix);
}

function text(bytes: Uint8Array, prefix = 'WSLIP1:'): string {
  return prefix + base45Encode(deflateSync(bytes, { level: 9 }));
}

const withMember = (at: number, value: unknown): string => by(encodeCbor(CONTENT.with(at, value)));

/** Slips that hold. */
export function validSlips(): SlipVector[] {
  const most = Array.from({ length: 8 }, (_, i) => ({
    ...{ kind: i % 4, commodity: 100 + i, units: 1 + i, untilDay: TODAY + i, site: i },
  }));
  const cases: readonly [string, string, Partial<Slip>][] = [
    ['card', 'A referral for the holder of a card, to the hospital that they chose.', {}],
    ['person', 'For somebody without a card: a roster, and a person of it.', { subject: { roster: 3, person: 17 } }],
    [
      'any-site',
      'A prescription that any pharmacy may take.',
      {
        papers: [{ kind: 1, commodity: 120, units: 3, untilDay: TODAY + 6, site: 0 }],
      },
    ],
    ['most-papers', 'Eight papers, the most; the first holds to the end of this day.', { papers: most }],
    ['ahead', 'Dated a day ahead of the reader’s clock: two honest clocks differ by less.', { issuedAt: NOW + DAY }],
    [
      'largest',
      'The largest numbers that are read: 2^53 − 1.',
      {
        subject: { roster: Number.MAX_SAFE_INTEGER, person: Number.MAX_SAFE_INTEGER },
        programme: Number.MAX_SAFE_INTEGER,
      },
    ],
    [
      'one-of-two-holds',
      'One paper has run out, the other has not.',
      {
        papers: [
          { kind: 0, commodity: 108, units: 1, untilDay: TODAY - 1, site: 41 },
          { kind: 0, commodity: 109, units: 1, untilDay: TODAY, site: 41 },
        ],
      },
    ],
  ];
  return cases.map(([name, shows, change]) => {
    const slip = { ...SLIP, ...change };
    return {
      name,
      shows,
      input: issueSlip(slip, terminal),
      context: CONTEXT,
      parts: partsOf(slip),
      expected: { ok: true, slip, terminal: 'unit-doctor' },
    };
  });
}

function partsOf(slip: Slip): NonNullable<SlipVector['parts']> {
  const subject = 'card' in slip.subject ? [slip.subject.card] : [slip.subject.roster, slip.subject.person];
  const papers = slip.papers.flatMap((one) => [one.kind, one.commodity, one.units, one.untilDay, one.site]);
  const content = encodeCbor([
    1,
    Buffer.from(slip.id, 'hex'),
    slip.programme,
    subject,
    papers,
    slip.site,
    slip.issuedAt,
  ]);
  const protectedBytes = encodeCbor(new Map(HEADER));
  const toBeSigned = coseSigStructure(protectedBytes, AAD, content);
  const signature = terminal.sign(toBeSigned);
  const cose = concat([0xd2], encodeCbor([protectedBytes, new Map(), content, signature]));
  return { cose, content, toBeSigned, signature };
}

/** Slips that are refused, each at its step. */
export function refusedSlips(): SlipVector[] {
  return [...refusedTexts(), ...refusedEnvelopes(), ...refusedContents(), ...refusedTimes()];
}

type Case = readonly [name: string, shows: string, input: string, context?: Partial<Context>];

function refused(step: SlipStep, code: ErrorCode, cases: readonly Case[]): SlipVector[] {
  return cases.map(([name, shows, input, context]) => ({
    ...{ name, shows, input, context: { ...CONTEXT, ...context }, expected: { ok: false, step, code } },
  }));
}

function refusedTexts(): SlipVector[] {
  const good = issueSlip(SLIP, terminal);
  return [
    ...refused('text', 'ERR_SLIP_TEXT', [
      ['empty', 'Nothing.', ''],
      ['no-prefix', 'A slip without its prefix.', good.slice(7)],
      ['lower-case', 'A scanner that changes capitals.', good.toLowerCase()],
      ['cut', 'The end is missing.', good.slice(0, -9)],
      ['not-base45', 'A character that Base45 does not have.', `${good.slice(0, 20)}_${good.slice(21)}`],
      ['too-long', 'Longer than any slip.', good.padEnd(SLIP_CHARS_MAX + 1, '0')],
      ['not-zlib', 'Not compressed.', `WSLIP1:${base45Encode(partsOf(SLIP).cose)}`],
      ['bomb', 'A megabyte of zeros, compressed.', text(new Uint8Array(1_000_000))],
      [
        'tail',
        'Bytes behind the compressed data.',
        `WSLIP1:${base45Encode(concat(deflateSync(partsOf(SLIP).cose, { level: 9 }), [0, 0]))}`,
      ],
    ]),
    ...refused('version', 'ERR_SLIP_VERSION', [
      ['newer', 'A later version of the format.', by(encodeCbor(CONTENT.with(0, 2)), { prefix: 'WSLIP2:' })],
    ]),
  ];
}

function refusedEnvelopes(): SlipVector[] {
  const content = encodeCbor(CONTENT);
  return [
    ...refused('cose', 'ERR_SLIP_FORMAT', [
      ['not-cbor', 'No CBOR.', text(Uint8Array.of(0xff))],
      ['no-tag', 'Without tag 18.', text(partsOf(SLIP).cose.slice(1))],
      ['typed', 'With a `typ`: that is a credential.', by(content, { header: [...HEADER, [16, 61]] })],
      [
        'algorithm',
        'Another algorithm: ES256.',
        by(content, {
          header: [
            [1, -7],
            [4, terminal.keyId],
          ],
        }),
      ],
      [
        'unprotected',
        'A key id that is not signed.',
        by(content, { header: [[1, -8]], unprotected: [[4, terminal.keyId]] }),
      ],
    ]),
    ...refused('key', 'ERR_SLIP_SIGNER', [
      [
        'stranger',
        'A key that is no terminal’s.',
        by(content, {
          key: 'otherTerminal',
          header: [
            [1, -8],
            [4, keyNamed('otherTerminal').keyId],
          ],
        }),
      ],
      ['gone', 'A terminal that the list does not have any more.', by(content), { terminalKeys: [] }],
    ]),
    ...refused('signature', 'ERR_SLIP_SIGNATURE', [
      ['forged', 'Signed by another key under this key id.', by(content, { key: 'otherTerminal' })],
      [
        'no-label',
        'A good signature without the label: that of a credential.',
        by(content, { aad: new Uint8Array(0) }),
      ],
      ['other-label', 'A good signature under another label.', by(content, { aad: encodeCbor(['wasl/list/1']) })],
      [
        'one-bit',
        'One bit of the signature is another.',
        by(content, { signature: (right) => withByte(right, 3, (right[3] ?? 0) ^ 1) }),
      ],
      ['malleated', 'S + L in the place of S.', by(content, { signature: malleated })],
    ]),
  ];
}

function refusedContents(): SlipVector[] {
  const paper = [0, 108, 1, TODAY + 29, 41];
  return [
    ...refused('content', 'ERR_SLIP_FORMAT', [
      ['version', 'A version in the content that the prefix does not say.', withMember(0, 2)],
      ['id-short', 'An id of seven bytes.', withMember(1, ID.slice(1))],
      ['programme-text', 'A programme by its name.', withMember(2, 'hospital')],
      ['nobody', 'For nobody.', withMember(3, [])],
      ['subject-of-three', 'A subject of three numbers.', withMember(3, [1, 2, 3])],
      ['no-papers', 'Without a paper.', withMember(4, [])],
      ['half-a-paper', 'A paper of four numbers.', withMember(4, paper.slice(1))],
      [
        'nine-papers',
        'Nine papers.',
        withMember(4, Array.from({ length: 9 }, (_, i) => paper.with(1, 100 + i)).flat()),
      ],
      ['same-commodity', 'Two papers for the same.', withMember(4, [...paper, ...paper])],
      ['kind', 'A kind of paper that there is none of.', withMember(4, paper.with(0, 4))],
      ['no-units', 'A paper for nothing.', withMember(4, paper.with(2, 0))],
      ['below-zero', 'A day before 1970.', withMember(4, paper.with(3, -1))],
      ['fraction', 'A time that is no integer.', withMember(6, 1.5)],
      ['one-more', 'A member that this version does not have.', by(encodeCbor([...CONTENT, 1]))],
      [
        'not-canonical',
        'A number that is longer than it has to be.',
        by(concat(encodeCbor(CONTENT).slice(0, 1), [0x18, 0x01], encodeCbor(CONTENT).slice(2))),
      ],
    ]),
    ...refused('site', 'ERR_SLIP_SIGNER', [
      ['other-site', 'The terminal stands at another site than the slip says.', withMember(5, 32)],
      [
        'moved',
        'The list knows the terminal at another site now.',
        by(encodeCbor(CONTENT)),
        { terminalKeys: CONTEXT.terminalKeys.map((one) => ({ ...one, site: 'arab-unit' })) },
      ],
      ['unlisted', 'The list does not describe the site of the terminal.', by(encodeCbor(CONTENT)), { sites: {} }],
    ]),
  ];
}

function refusedTimes(): SlipVector[] {
  return [
    ...refused('times', 'ERR_SLIP_TIMES', [
      ['future', 'Dated more than a day ahead.', withMember(6, NOW + DAY + 1)],
      ['before-key', 'Dated before the key of its terminal began.', withMember(6, NOW - 90 * DAY - 1)],
      [
        'after-key',
        'Dated after the key of its terminal ended.',
        withMember(6, NOW),
        { terminalKeys: CONTEXT.terminalKeys.map((one) => ({ ...one, notAfter: NOW - 1 })) },
      ],
    ]),
    ...refused('expired', 'ERR_SLIP_EXPIRED', [
      ['yesterday', 'It held until yesterday.', withMember(4, [0, 108, 1, TODAY - 1, 41])],
    ]),
  ];
}

/** Slot images and what a reader must think of them. */
import { crc32 } from 'node:zlib';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { LABELS } from '../../../agent/credential/hash.js';
import { encodeSlot, readSlotImage } from '../../../agent/credential/ledger.js';
import { type Signer, sigStructure } from '../../../agent/credential/signature.js';
import type { LedgerCause, LedgerMore, LedgerRecord, LedgerUsage, Slot } from '../../../agent/domain/ledger.js';
import { concat, DAY, type KeyName, keyNamed, malleated, NOW, OTHER_UID, TODAY, UID, withByte } from './support.js';

/** What a slot is judged by; the JSON says the same in hex. */
export interface SlotVectorContext {
  readonly uid: Uint8Array;
  readonly card: number;
  readonly index: number;
  readonly keys: readonly { readonly key: KeyName; readonly notBefore: number; readonly notAfter: number }[];
  readonly latest: number;
}

/** One vector. */
export interface SlotVector {
  readonly name: string;
  readonly shows: string;
  readonly input: Uint8Array;
  readonly context: SlotVectorContext;
  /** What the signature covers, of slots that hold a record. */
  readonly toBeSigned?: Uint8Array;
  readonly expected: Slot;
}

/** Serial of the card. */
export const CARD = 100_017;

/** Bytes of a slot of layout 1. */
export const SLOT_BYTES = 200;

const terminal = keyNamed('terminal');
const OWNER = { uid: UID, card: CARD };
/** Slot A of the card, at a terminal that trusts its own key and the issuer's. */
export const SLOT_CONTEXT: SlotVectorContext = {
  ...OWNER,
  index: 0,
  keys: [
    { key: 'terminal', notBefore: NOW - 300 * DAY, notAfter: NOW + 300 * DAY },
    { key: 'issuer', notBefore: NOW - 300 * DAY, notAfter: NOW + 300 * DAY },
  ],
  latest: NOW,
};

/** A record of a service of one commodity. */
export function recordOf(change: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    family: 1,
    cause: 'service',
    sequence: 42,
    previous: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
    day: TODAY,
    time: NOW - 60,
    usage: [{ commodity: 1, usedDay: 10, usedMonth: 300 }],
    signer: terminal.keyId,
    ...change,
  };
}

const MORE: LedgerMore = {
  tallies: [{ commodity: 1, usedYear: 2300, usedEver: 9100, ahead: 5 }],
  balances: [{ account: 7, value: 1250 }],
  papers: [{ kind: 0, number: 41, commodity: 12, left: 1, untilDay: TODAY + 30, site: 17 }],
};

/** The image of a record on the card of these vectors. */
export function imageOf(record: LedgerRecord, signer: Signer = terminal, owner = OWNER): Uint8Array {
  return encodeSlot(record, owner, { signer, slotBytes: SLOT_BYTES });
}

/** A slot image with any payload, its signature and check as they should be. */
function imageOfPayload(payload: Uint8Array, sign: (message: Uint8Array) => Uint8Array = terminal.sign): Uint8Array {
  const signature = sign(sigStructure(LABELS.ledger, payload, [UID, CARD]));
  const length = payload.length + signature.length;
  const body = concat([1, 0, length >> 8, length & 0xff], payload, signature);
  return checked(concat([0, 0, 0, 0], body, new Uint8Array((4 - (body.length % 4)) % 4)));
}

/** The image with the check that its bytes call for. */
function checked(image: Uint8Array): Uint8Array {
  const done = Uint8Array.from(image);
  new DataView(done.buffer).setUint32(0, crc32(done.subarray(4)));
  return done;
}

function whole(
  about: readonly [name: string, shows: string],
  image: Uint8Array,
  more: { context?: Partial<SlotVectorContext>; why?: 'signer' | 'signature' | 'dated' } = {},
): SlotVector {
  const { record, hash } = readSlotImage(image);
  const context = { ...SLOT_CONTEXT, ...more.context };
  const length = new DataView(image.buffer).getUint16(6);
  const toBeSigned = sigStructure(LABELS.ledger, image.slice(8, 8 + length - 64), [context.uid, context.card]);
  const expected: Slot =
    more.why === undefined ? { state: 'valid', record, hash } : { state: 'untrusted', record, hash, why: more.why };
  return { name: about[0], shows: about[1], input: image, context, toBeSigned, expected };
}

/** Slots that are as they should be. */
export function validSlots(): SlotVector[] {
  const issuer = keyNamed('issuer');
  const first = { cause: 'issue', previous: new Uint8Array(8), usage: [], signer: issuer.keyId } as const;
  const issued = imageOf(recordOf({ ...first, sequence: 0 }), issuer);
  const second = recordOf({ ...first, sequence: 1, previous: readSlotImage(issued).hash });
  const usage = (count: number, usedMonth: number): LedgerUsage[] =>
    Array.from({ length: count }, (_, i) => ({ commodity: i + 1, usedDay: i, usedMonth }));
  const cause: LedgerCause = 'void';
  const one = imageOf(recordOf());
  const before = imageOf(recordOf({ sequence: 40 }));
  const padded = imageOf(recordOf({ usage: usage(1, 23) }));
  return [
    whole(['issue-0', 'The first record, by the issuer, in slot A of a new card.'], issued),
    whole(['issue-1', 'The second record of a new card: names the hash of the first.'], imageOf(second, issuer), {
      context: { index: 1 },
    }),
    whole(
      [
        'issue-carried',
        'The first record of a card that carries on what another one stated: names the record of that card which ended it.',
      ],
      imageOf(
        recordOf({ ...first, sequence: 42, previous: readSlotImage(one).hash, usage: usage(1, 23), more: MORE }),
        issuer,
      ),
    ),
    whole(
      ['ended', 'The card is over, and another one carries on what it states: by the issuer.'],
      imageOf(recordOf({ cause: 'ended', sequence: 44, signer: issuer.keyId }), issuer),
    ),
    whole(['service', 'A service of one commodity: 112 bytes.'], one),
    whole(['service-six', 'Six commodities.'], imageOf(recordOf({ usage: usage(6, 900) }))),
    whole(['service-sixteen', 'Sixteen commodities, the most.'], imageOf(recordOf({ usage: usage(16, 23) }))),
    whole(
      ['more', 'Besides use: what was used in the year, a balance, and a referral that holds until a day.'],
      imageOf(recordOf({ more: MORE })),
    ),
    whole(['void', 'A service taken back.'], imageOf(recordOf({ cause, sequence: 44 }))),
    whole(
      ['void-all', 'The only service of the month taken back on its day: both counters are zero.'],
      imageOf(recordOf({ cause, sequence: 44, usage: [{ commodity: 1, usedDay: 0, usedMonth: 0 }] })),
    ),
    whole(
      ['void-next-day', 'Taken back on another day: only the month has less.'],
      imageOf(recordOf({ cause, sequence: 44, day: TODAY + 1, usage: [{ commodity: 1, usedDay: 0, usedMonth: 290 }] })),
    ),
    whole(['sequence-max', 'The last sequence.'], imageOf(recordOf({ sequence: 0xffff_ffff })), {
      context: { index: 1 },
    }),
    {
      ...whole(['rest-of-slot', 'Behind the record the slot holds what an earlier, longer record left.'], one),
      input: concat(one, new Array<number>(SLOT_BYTES - one.length).fill(0xa5)),
    },
    whole(['dated-now', 'Dated as late as is believed.'], one, { context: { latest: NOW - 60 } }),
    whole(['key-ended', 'Dated in the last second of a key that has ended since.'], one, {
      context: { keys: [{ key: 'terminal', notBefore: 0, notAfter: NOW - 60 }] },
    }),
    whole(
      ['padding', 'Padding that is not zero, under a right check: not looked at.'],
      checked(withByte(padded, padded.length - 1, 0x5a)),
    ),
    whole(
      [
        'cut-first-page',
        'A write that was cut after its first body page: two records of one length begin alike, so the slot still holds the one before, whole.',
      ],
      concat(before.slice(0, 4), one.slice(4, 8), before.slice(8)),
    ),
  ];
}

/** Slots that hold a whole record that is not believed. */
export function untrustedSlots(): SlotVector[] {
  const one = imageOf(recordOf());
  const other = keyNamed('otherTerminal');
  const payload = one.slice(8, -64);
  const length = new DataView(one.buffer).getUint16(6) - 64;
  const resigned = imageOfPayload(payload.slice(0, length), (message) => malleated(terminal.sign(message)));
  const issuer = keyNamed('issuer');
  const keys = (notBefore: number, notAfter: number) => ({ keys: [{ key: 'terminal', notBefore, notAfter } as const] });
  return [
    whole(
      ['signer-unknown', 'Signed by a terminal that is not trusted here.'],
      imageOf(recordOf({ signer: other.keyId }), other),
      { why: 'signer' },
    ),
    whole(
      ['void-signer-unknown', 'A service taken back by a terminal that is not trusted here: nothing is given back.'],
      imageOf(recordOf({ cause: 'void', signer: other.keyId }), other),
      { why: 'signer' },
    ),
    whole(
      ['void-by-issuer', 'A service taken back under the key of the issuer, which signs first records and no others.'],
      imageOf(recordOf({ cause: 'void', signer: issuer.keyId }), issuer),
      { why: 'signer', context: { keys: [{ key: 'terminal', notBefore: 0, notAfter: NOW }] } },
    ),
    whole(['signature-other-key', 'Signed by a terminal under the key id of another.'], imageOf(recordOf(), other), {
      why: 'signature',
    }),
    whole(
      ['signature-other-card', 'The record of another card on the same tag.'],
      imageOf(recordOf(), terminal, { uid: UID, card: CARD + 1 }),
      { why: 'signature' },
    ),
    whole(['signature-other-uid', 'The record of this card copied to another tag.'], one, {
      context: { uid: OTHER_UID },
      why: 'signature',
    }),
    whole(['signature-malleable', 'S + L in place of S.'], resigned, { why: 'signature' }),
    whole(['dated-ahead', 'Dated one second later than is believed.'], one, {
      context: { latest: NOW - 61 },
      why: 'dated',
    }),
    whole(['dated-before-key', 'Dated one second before its key was valid.'], one, {
      context: keys(NOW - 59, NOW),
      why: 'dated',
    }),
    whole(['dated-after-key', 'Dated one second after its key had ended.'], one, {
      context: keys(0, NOW - 61),
      why: 'dated',
    }),
  ];
}

/** Slots that fail their own check: what a write that was cut leaves, and what nobody writes. */
export function tornSlots(): SlotVector[] {
  const old = imageOf(recordOf({ sequence: 40, usage: [{ commodity: 1, usedDay: 5, usedMonth: 230 }] }));
  const one = imageOf(recordOf());
  const torn = (
    name: string,
    shows: string,
    input: Uint8Array,
    context: Partial<SlotVectorContext> = {},
  ): SlotVector => ({
    name,
    shows,
    input,
    context: { ...SLOT_CONTEXT, ...context },
    expected: { state: 'torn' },
  });
  const page = 4;
  const header = (at: number, value: number): Uint8Array => checked(withByte(one, at, value));
  return [
    torn(
      'cut-early',
      'Cut after five body pages: the rest is still the record before.',
      concat(old.slice(0, page), one.slice(page, 6 * page), old.slice(6 * page)),
    ),
    torn(
      'cut-half-way',
      'Cut in the middle of the body.',
      concat(old.slice(0, page), one.slice(page, 15 * page), old.slice(15 * page)),
    ),
    torn(
      'cut-before-commit',
      'Cut before the commit page: the body is new, the check old.',
      concat(old.slice(0, page), one.slice(page)),
    ),
    torn(
      'cut-weak-page',
      'Cut while a page was written: some of its bits took the new value.',
      withByte(one, 21, (one[21] ?? 0) ^ 0x28),
    ),
    torn('cut-weak-commit', 'Cut while the commit page was written.', withByte(one, 2, (one[2] ?? 0) ^ 0x01)),
    torn('blank', 'Never written, or wiped.', new Uint8Array(SLOT_BYTES)),
    torn('ones', 'All bits set.', new Uint8Array(SLOT_BYTES).fill(0xff)),
    torn('short', 'Fewer bytes than the record says.', one.slice(0, -page)),
    torn('other-slot', 'An even sequence in slot B: slot A was copied over it.', one, { index: 1 }),
    torn('reserved', 'The reserved byte is not zero.', header(5, 1)),
    torn('no-record', 'A signature over nothing.', imageOfPayload(new Uint8Array(0))),
    ...malformed().map(([name, shows, payload]) => torn(name, shows, imageOfPayload(payload))),
  ];
}

/** A whole slot of version 2, as far as version 1 can tell. */
export function laterSlot(): Uint8Array {
  return checked(withByte(imageOf(recordOf()), 4, 2));
}

/** Whole slots of a later version: refused, and never written over. */
export function newerSlots(): SlotVector[] {
  const shows = 'A later version of the slot, whole.';
  return [{ name: 'version-2', shows, input: laterSlot(), context: SLOT_CONTEXT, expected: { state: 'newer' } }];
}

/** Payloads under a right check and a right signature that are no record. */
function malformed(): [string, string, Uint8Array][] {
  const id = terminal.keyId;
  const previous = new Uint8Array(8);
  const record = (change: Readonly<Record<number, unknown>>): Uint8Array =>
    encodeCbor([
      ...[1, 1, 42, previous, TODAY, NOW - 60, id, [1, 10, 235]].map((element, i) => change[i] ?? element),
      ...(change[8] === undefined ? [] : [change[8]]),
    ]);
  const items = (count: number): number[] => new Array<number>(3 * count).fill(1);
  const right = record({});
  return [
    ['record-more-empty', 'A ninth element that says nothing.', record({ 8: [[], [], []] })],
    ['record-more-papers', 'A paper with five numbers.', record({ 8: [[], [], [1, 2, 3, 4, 5]] })],
    ['record-more-two', 'A ninth element of two.', record({ 8: [[], [1, 1]] })],
    ['record-seven', 'Seven elements.', encodeCbor([1, 1, 42, previous, TODAY, NOW - 60, id])],
    ['record-cause', 'A cause that is not known.', record({ 1: 4 })],
    ['record-sequence', 'A sequence above 2^32 - 1.', record({ 2: 2 ** 32 })],
    ['record-previous', 'A hash of seven bytes.', record({ 3: previous.subarray(1) })],
    ['record-signer', 'A key id of nine bytes.', record({ 6: concat(id, [0]) })],
    ['record-usage-two', 'Usage that is not in threes.', record({ 7: [1, 10] })],
    ['record-usage-17', 'Seventeen commodities.', record({ 7: items(17) })],
    ['record-negative', 'A negative use.', record({ 7: [1, -1, 235] })],
    [
      'record-long-integer',
      'The family takes two bytes, where one would do.',
      concat(right.subarray(0, 1), [0x18, 0x01], right.subarray(2)),
    ],
    ['record-trailing', 'A byte behind the record.', concat(right, [0])],
  ];
}

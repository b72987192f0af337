/** Events of each type in two epochs of one terminal's chain, and bytes that are no event. */
import { encodeCbor } from '../../../agent/credential/cbor.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { type DecisionVersions, eventId, type ServiceDetails, type WaslEvent } from '../../../agent/domain/event.js';
import { reasonFromNumber } from '../../../agent/domain/reasons.js';
import { bodyHash, bodySalt, type EpochLink, epochBase, nextHead } from '../../../sync/protocol/chain.js';
import { encodeEvent } from '../../../sync/protocol/event-codec.js';
import { healthEvents } from './health.js';
import { pinEvents } from './holder-pins.js';
import { paymentEvents } from './payments.js';
import { purseEvents } from './purse.js';
import { replacedEvents } from './replaced.js';
import { shiftEvents } from './shifts.js';
import { DAY, NOW } from './support.js';

/** An event in its place. */
export interface EventVector {
  readonly id: string;
  readonly seq: number;
  readonly shows: string;
  readonly event: WaslEvent;
  readonly bytes: Uint8Array;
  readonly salt: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly head: Uint8Array;
}

/** One epoch. */
export interface EpochVector {
  readonly terminal: string;
  readonly epoch: string;
  readonly previous: EpochLink['previous'];
  readonly saltKey: Uint8Array;
  readonly base: Uint8Array;
  readonly events: readonly EventVector[];
}

/** Bytes that read as an event that another version wrote; writing that event gives other bytes. */
export interface ReadOnlyVector {
  readonly name: string;
  readonly shows: string;
  readonly bytes: Uint8Array;
  readonly event: WaslEvent;
}

const TERMINAL = 't-0001';
const VERSIONS: DecisionVersions = { keys: 3, hotlist: 12, policy: 7, time: 'signed' };

const NO_DETAILS: ServiceDetails = {
  balances: [],
  used: [],
  written: [],
  charge: { gross: 0, holder: 0 },
  exemption: 0,
  supervisor: 0,
  isTrial: false,
};
const DETAILS: ServiceDetails = {
  ...NO_DETAILS,
  balances: [{ account: 7, value: 1250 }],
  used: [{ paper: 41, units: 1 }],
  written: [{ kind: 2, number: 44, commodity: 13, left: 1, untilDay: 20_820, site: 0 }],
  charge: { gross: 25_000, holder: 2_500 },
};

type Told = readonly [shows: string, event: WaslEvent];

function epochOf(link: EpochLink, saltKey: Uint8Array, told: readonly Told[]): EpochVector {
  const base = epochBase(link);
  let head = base;
  const events = told.map(([shows, event], i): EventVector => {
    const seq = i + 1;
    const bytes = encodeEvent(event);
    const salt = bodySalt(saltKey, seq);
    const hash = bodyHash(salt, bytes);
    head = nextHead(head, seq, hash);
    return { id: eventId(link.terminal, link.epoch, seq), seq, shows, event, bytes, salt, bodyHash: hash, head };
  });
  return { ...link, saltKey, base, events };
}

/** Two epochs, the second linked to the first. */
export function epochs(): EpochVector[] {
  const first = epochOf(
    { terminal: TERMINAL, epoch: '2026q3-abcdefgh', previous: null },
    new Uint8Array(32).fill(0x5a),
    [
      [
        'The first event of a terminal: nothing before it.',
        { type: 'epoch', time: NOW - 60 * DAY, previous: null, cause: 'first' },
      ],
      [
        'A service of two commodities, before any hotlist had come.',
        {
          type: 'redemption',
          time: NOW - 60 * DAY + 30,
          card: 100_017,
          ledgerSequence: 2,
          programme: 1,
          items: [
            { commodity: 1, quantity: 15 },
            { commodity: 300, quantity: 2 },
          ],
          versions: { keys: 1, hotlist: 0, policy: 1, time: 'set' },
          operator: 0,
        },
      ],
    ],
  );
  const end = first.events.at(-1);
  if (end === undefined) throw new Error('the first epoch has events');
  const previous = { epoch: first.epoch, seq: end.seq, head: end.head };
  const second = epochOf({ terminal: TERMINAL, epoch: '2026q4-7kq2mzx3', previous }, new Uint8Array(32).fill(0xa5), [
    ['A new quarter: names the end of the epoch before.', { type: 'epoch', time: NOW, previous, cause: 'period' }],
    [
      'A service.',
      {
        type: 'redemption',
        time: NOW + 10,
        card: 100_017,
        ledgerSequence: 42,
        programme: 1,
        items: [{ commodity: 1, quantity: 10 }],
        versions: VERSIONS,
        operator: 4,
      },
    ],
    [
      'A refusal of a card whose issuer’s signature held: it is named.',
      { type: 'refusal', time: NOW + 20, reason: 'ERR_QUOTA_DAY', card: 100_017, programme: 1, versions: VERSIONS },
    ],
    [
      'A refusal of a forged card: its number would be hearsay. The clock was behind what was already recorded.',
      {
        type: 'refusal',
        time: NOW + 30,
        reason: 'ERR_CREDENTIAL_SIGNATURE',
        card: null,
        programme: 1,
        versions: { ...VERSIONS, time: 'doubtful' },
      },
    ],
    [
      'A tap whose effect on the card is not known.',
      {
        type: 'unresolved',
        time: NOW + 40,
        card: 100_018,
        ledgerSequence: 7,
        programme: 1,
        items: [{ commodity: 1, quantity: 5 }],
        reason: 'ERR_CARD_LOST',
      },
    ],
    [
      'A card with a damaged ledger was served within the policy’s bound: nothing was taken by this event itself.',
      {
        type: 'unresolved',
        time: NOW + 50,
        card: 100_019,
        ledgerSequence: 42,
        programme: 1,
        items: [],
        reason: 'ERR_LEDGER_DAMAGED',
      },
    ],
    ['An alarm of the terminal about itself.', { type: 'alarm', time: NOW + 60, code: 'ERR_JOURNAL_SPACE', count: 3 }],
    [
      'A service that a supervisor took back before anything was handed over.',
      {
        ...{ type: 'void', time: NOW + 70, card: 100_017, ledgerSequence: 3, voided: 2, programme: 1 },
        items: [{ commodity: 1, quantity: 15 }],
        versions: { keys: 3, hotlist: 12, policy: 7, time: 'signed' },
        ...{ operator: 4, supervisor: 9 },
      },
    ],
    [
      'A service that used up a referral, wrote an appointment, and was paid in part by the holder.',
      {
        type: 'redemption',
        time: NOW + 80,
        card: 100_017,
        ledgerSequence: 44,
        programme: 2,
        items: [{ commodity: 12, quantity: 1 }],
        versions: VERSIONS,
        operator: 4,
        details: DETAILS,
      },
    ],
    [
      'A service to a person of a roster, who has no card, on a free day.',
      {
        type: 'roster',
        time: NOW + 90,
        roster: 3,
        person: 20_417,
        programme: 5,
        items: [{ commodity: 50, quantity: 1 }],
        versions: VERSIONS,
        operator: 4,
      },
    ],
    [
      'The same as an emergency that a supervisor allowed, on trial.',
      {
        type: 'roster',
        time: NOW + 100,
        roster: 3,
        person: 20_417,
        programme: 5,
        items: [{ commodity: 51, quantity: 1 }],
        versions: VERSIONS,
        operator: 4,
        details: { ...NO_DETAILS, exemption: 1, supervisor: 9, isTrial: true },
      },
    ],
    [
      'A service at which the holder was told that the card nears its end, and which did nothing else.',
      {
        type: 'redemption',
        time: NOW + 101,
        card: 100_017,
        ledgerSequence: 9,
        programme: 1,
        items: [{ commodity: 1, quantity: 5 }],
        versions: VERSIONS,
        operator: 4,
        details: { ...NO_DETAILS, isReminded: true },
      },
    ],
    [
      'A referral on a slip, for a card without a ledger of the family: nothing was written that could have a number.',
      {
        ...{ type: 'redemption', time: NOW + 102, card: 100_017, ledgerSequence: 0, programme: 102 },
        ...{ items: [{ commodity: 105, quantity: 1 }], versions: VERSIONS, operator: 4 },
        details: {
          ...NO_DETAILS,
          written: [{ kind: 0, number: 1, commodity: 108, left: 1, untilDay: 20_807, site: 41 }],
          slip: 'c0ffee0102030405',
        },
      },
    ],
    [
      'A person of a roster was treated on the slip that they brought.',
      {
        ...{ type: 'roster', time: NOW + 103, roster: 3, person: 17, programme: 103 },
        ...{ items: [{ commodity: 108, quantity: 1 }], versions: VERSIONS, operator: 4 },
        details: { ...NO_DETAILS, slips: [{ slip: 'c0ffee0102030405', commodity: 108, units: 1, of: 2 }] },
      },
    ],
    [
      'A service on a slip was taken back, and the slip has its units again.',
      {
        ...{ type: 'void', time: NOW + 104, card: 100_017, ledgerSequence: 11, voided: 10, programme: 103 },
        ...{ items: [{ commodity: 108, quantity: 1 }], versions: VERSIONS, operator: 4, supervisor: 9 },
        slips: [{ slip: 'c0ffee0102030405', commodity: 108, units: 1, of: 2 }],
      },
    ],
    [
      'An endorsement that was written to a card, from which somebody had taken it.',
      {
        type: 'endorsed',
        time: NOW + 80,
        card: 100_017,
        number: 2,
        shown: 0,
        known: 2,
        programme: 1,
        versions: { keys: 3, hotlist: 12, policy: 7, time: 'signed' },
        operator: 4,
      },
    ],
    [
      'Flour and oil were delivered; more oil had been handed out than was ever delivered before.',
      {
        type: 'stock',
        time: NOW + 90,
        kind: 'delivery',
        items: [
          { commodity: 1, quantity: 900, before: 35 },
          { commodity: 3, quantity: 24, before: -2 },
        ],
        reference: 'إذن ١٤٤/٢٠٢٦',
        operator: 2,
      },
    ],
    [
      'The store was counted: two loaves less than there should have been, and no oil.',
      {
        type: 'stock',
        time: NOW + 95,
        kind: 'count',
        items: [
          { commodity: 1, quantity: 933, before: 935 },
          { commodity: 3, quantity: 0, before: 22 },
        ],
        reference: null,
        operator: 0,
      },
    ],
    ...paymentEvents(NOW),
    ...replacedEvents(NOW),
    ...healthEvents(NOW),
    ...pinEvents(NOW),
    ...shiftEvents(NOW),
    ...purseEvents(NOW),
  ]);
  return [first, second];
}

/** An event with a reason that this version does not know. */
export function readOnlyEvents(): ReadOnlyVector[] {
  return [
    {
      name: 'reason-later',
      shows: 'A reason that a later version added reads as ERR_INTERNAL; the bytes keep its number.',
      bytes: encodeCbor([1, 5, NOW, 9999, 1]),
      event: { type: 'alarm', time: NOW, code: 'ERR_INTERNAL', count: 1 },
    },
  ];
}

/** Numbers of the reasons that events carry. */
export function reasonNumbers(): Record<string, ErrorCode> {
  const numbers = Array.from({ length: 255 }, (_, number) => number).filter(
    (number) => number === 254 || reasonFromNumber(number) !== 'ERR_INTERNAL',
  );
  return Object.fromEntries(numbers.map((number) => [number, reasonFromNumber(number)]));
}

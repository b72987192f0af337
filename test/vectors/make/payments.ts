/** A payment, and what became of it. */
import { eventMark } from '../../../agent/credential/hash.js';
import type { WaslEvent } from '../../../agent/domain/event.js';
import { encodeEvent } from '../../../sync/protocol/event-codec.js';

const PAYMENT = {
  ...({ type: 'payment', method: 'machine' } as const),
  ...{ card: 100_017, ledgerSequence: 13, programme: 1, amount: 1_500, operator: 4 },
  ...{ reference: '00112233445566ff', machine: 'TXN-0042' },
};

const OF_PERSON = {
  ...({ type: 'payment', method: 'cash' } as const),
  ...{ roster: 3, person: 20_417, programme: 5, amount: 300, operator: 4 },
  ...{ reference: 'a0b1c2d3e4f50617', machine: '' },
};
const NO_DETAILS = {
  ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 } },
  ...{ exemption: 0, supervisor: 0, isTrial: false },
};

/** Each with what it shows. */
export function paymentEvents(now: number): [string, WaslEvent][] {
  return [
    [
      'A payment at a machine, and that it was given back when its service was taken back.',
      { ...PAYMENT, time: now + 90, state: 'paid' },
    ],
    ['The same payment, returned: the reference is the same.', { ...PAYMENT, time: now + 95, state: 'returned' }],
    ['A payment in cash by a person of a roster, who has no card.', { ...OF_PERSON, time: now + 96, state: 'paid' }],
    ...listedEvents(now),
  ];
}

/** The service that was paid for, and that it was taken back, with its payment. */
function listedEvents(now: number): [string, WaslEvent][] {
  const versions = { keys: 3, hotlist: 5, policy: 7, time: 'signed' } as const;
  const about = {
    roster: 3,
    person: 20_417,
    programme: 5,
    items: [{ commodity: 50, quantity: 1 }],
    versions,
    operator: 4,
  };
  const charge = { gross: 1_000, holder: 300 };
  const details = { ...NO_DETAILS, charge, reference: OF_PERSON.reference };
  const served: WaslEvent = { type: 'roster', time: now + 96, ...about, details };
  const voided = eventMark(encodeEvent(served));
  const back = { ...about, supervisor: 9, voided, servedAt: now + 96 };
  const papers = { ...NO_DETAILS, balances: [{ account: 2, value: 5 }], used: [{ paper: 1, units: 2 }] };
  return [
    ['The service that it was for: the reference is that of the payment.', served],
    [
      'That it was taken back, by a supervisor and before anything was handed over.',
      { type: 'roster-void', time: now + 97, ...back },
    ],
    ['The payment of it, returned.', { ...OF_PERSON, time: now + 97, state: 'returned' }],
    [
      'A service without a card that had used an account and written a paper, taken back: the account as it stands since, and the paper that is gone.',
      { type: 'roster-void', time: now + 98, ...back, details: papers },
    ],
  ];
}

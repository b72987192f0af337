/** A payment, and what became of it. */
import type { WaslEvent } from '../../../agent/domain/event.js';

const PAYMENT = {
  ...({ type: 'payment', method: 'machine' } as const),
  ...{ card: 100_017, ledgerSequence: 13, programme: 1, amount: 1_500, operator: 4 },
  ...{ reference: '00112233445566ff', machine: 'TXN-0042' },
};

/** Each with what it shows. */
export function paymentEvents(now: number): [string, WaslEvent][] {
  return [
    [
      'A payment at a machine, and that it was given back when its service was taken back.',
      { ...PAYMENT, time: now + 90, state: 'paid' },
    ],
    ['The same payment, returned: the reference is the same.', { ...PAYMENT, time: now + 95, state: 'returned' }],
  ];
}

/** A service that was paid from the purse on the card. */
import type { WaslEvent } from '../../../agent/domain/event.js';

const NO_DETAILS = {
  ...{ used: [], written: [], exemption: 0, supervisor: 0, isTrial: false },
};

/** Each with what it shows. */
export function purseEvents(now: number): [string, WaslEvent][] {
  return [
    [
      'A service whose price the holder paid from the purse on the card: no money came in.',
      {
        type: 'redemption',
        time: now + 150,
        card: 100_017,
        ledgerSequence: 51,
        programme: 302,
        items: [{ commodity: 304, quantity: 20 }],
        versions: { keys: 3, hotlist: 12, policy: 7, time: 'signed' },
        operator: 4,
        details: {
          ...NO_DETAILS,
          balances: [{ account: 301, value: 4_600 }],
          charge: { gross: 400, holder: 400 },
          isFromPurse: true,
        },
      },
    ],
  ];
}

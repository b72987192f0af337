/** Events of the holder's PIN: one of each stage. */
import type { WaslEvent } from '../../../agent/domain/event.js';

const ID = Uint8Array.from({ length: 8 }, (_, i) => 0x90 + i);
const CARD = 100_017;

/** As they follow one another at a post. */
export function pinEvents(now: number): (readonly [shows: string, event: WaslEvent])[] {
  const of = { type: 'holder-pin', card: CARD, id: ID, operator: 4 } as const;
  return [
    [
      'A holder chooses the first PIN of a card: recorded before the card is asked.',
      { ...of, time: now + 120, action: 'set', stage: 'begun', code: null, supervisor: 0 },
    ],
    ['The card has taken it.', { ...of, time: now + 121, action: 'set', stage: 'done', code: null, supervisor: 0 }],
    [
      'A change with a wrong old PIN.',
      { ...of, time: now + 122, action: 'changed', stage: 'refused', code: 'ERR_HOLDER_PIN', supervisor: 0 },
    ],
    [
      'A card left while a supervisor had it unblocked: nobody knows which PIN counts.',
      { ...of, time: now + 123, action: 'unblocked', stage: 'unknown', code: 'ERR_CARD_LOST', supervisor: 2 },
    ],
  ];
}

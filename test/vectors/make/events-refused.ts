/** Bytes that are no event. */
import { encodeCbor } from '../../../agent/credential/cbor.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { encodeEvent } from '../../../sync/protocol/event-codec.js';
import { concat, NOW } from './support.js';

/** Bytes that are no event. */
export interface RefusedEventVector {
  readonly name: string;
  readonly shows: string;
  readonly bytes: Uint8Array;
  readonly code: ErrorCode;
}

/** Bytes that are refused. */
export function refusedEvents(): RefusedEventVector[] {
  const good = encodeEvent({ type: 'alarm', time: NOW, code: 'ERR_JOURNAL_SPACE', count: 3 });
  const items = (count: number): number[] => new Array<number>(2 * count).fill(1);
  const redemption = (change: Readonly<Record<number, unknown>>): Uint8Array =>
    encodeCbor([
      ...[1, 2, NOW, 100_017, 42, 1, [1, 10], [3, 12, 7, 0], 4].map((element, i) =>
        i in change ? change[i] : element,
      ),
      ...(9 in change ? [change[9]] : []),
    ]);
  const cases: [string, string, Uint8Array][] = [
    ['none', 'No bytes.', new Uint8Array(0)],
    ['cut', 'The last byte is missing.', good.slice(0, -1)],
    ['trailing', 'One byte more.', concat(good, [0])],
    ['map', 'A map.', encodeCbor(new Map([[1, 5]]))],
    ['version-2', 'A later version.', encodeCbor([2, 5, NOW, 120, 3])],
    ['type-6', 'A type that is not known.', encodeCbor([1, 6, NOW, 120, 3])],
    ['element-missing', 'One element too few.', encodeCbor([1, 5, NOW, 120])],
    ['element-more', 'One element too many.', encodeCbor([1, 5, NOW, 120, 3, 0])],
    ['long-integer', 'The count takes two bytes, where one would do.', concat(good.slice(0, -1), [0x18, 0x03])],
    ['time-negative', 'A time before 1970.', redemption({ 2: -1 })],
    ['card-null', 'A redemption without a card.', redemption({ 3: null })],
    ['card-text', 'A card as text.', redemption({ 3: '100017' })],
    ['items-odd', 'A commodity without its quantity.', redemption({ 6: [1] })],
    ['items-17', 'Seventeen commodities.', redemption({ 6: items(17) })],
    ['time-quality', 'A quality of time that is not known.', redemption({ 7: [3, 12, 7, 3] })],
    ['details-short', 'Details of seven elements.', redemption({ 9: [[], [], [], 0, 0, 0, 0] })],
    ['details-flag', 'A flag that is not known.', redemption({ 9: [[], [], [], 0, 0, 0, 0, 256] })],
    [
      'details-reference',
      'A reference of seven bytes.',
      redemption({ 9: [[], [], [], 0, 0, 0, 0, 16, new Uint8Array(7)] }),
    ],
    [
      'payment-nobody',
      'A payment that names neither a card nor a person.',
      encodeCbor([1, 12, NOW, null, 7, 1, 0, 0, 5, new Uint8Array(8), new Uint8Array(), 4]),
    ],
    ['details-purse', 'Nothing is paid, from the purse.', redemption({ 9: [[], [], [], 1, 0, 0, 0, 128] })],
    ['details-charge', 'The holder pays more than all.', redemption({ 9: [[], [], [], 1, 2, 0, 0, 0] })],
    ['epoch-cause', 'A cause of an epoch that is not known.', encodeCbor([1, 1, NOW, 5, null])],
    ['epoch-head', 'A head of 31 bytes.', encodeCbor([1, 1, NOW, 1, ['2026q3-abcdefgh', 2, new Uint8Array(31)]])],
    [
      'replaced-cause',
      'A cause of a replacement that is not known.',
      encodeCbor([1, 10, NOW, 2, 1, 2, 1, 1, 2, 0, [], [[], [], []], 0]),
    ],
    [
      'replaced-papers',
      'A paper with five numbers.',
      encodeCbor([1, 10, NOW, 2, 1, 0, 1, 1, 2, 0, [], [[], [], [1, 2, 3, 4, 5]], 0]),
    ],
    [
      'pin-begun-reason',
      'A change of a PIN that is about to begin, with a reason why it failed.',
      encodeCbor([1, 11, NOW, 1, new Uint8Array(8), 0, 0, 188, 4, 0]),
    ],
    [
      'pin-refused-no-reason',
      'A change of a PIN that failed without a reason.',
      encodeCbor([1, 11, NOW, 1, new Uint8Array(8), 1, 2, 0, 4, 0]),
    ],
    [
      'pin-set-supervisor',
      'A first PIN that a supervisor allowed.',
      encodeCbor([1, 11, NOW, 1, new Uint8Array(8), 0, 1, 0, 4, 2]),
    ],
    ['too-long', '513 bytes.', encodeCbor([1, 5, NOW, 120, new Uint8Array(500)]).slice(0, 513)],
  ];
  return cases.map(([name, shows, bytes]) => ({ name, shows, bytes, code: 'ERR_EVENT_FORMAT' }));
}

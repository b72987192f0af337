import type { ErrorCode } from './error-codes.js';

/**
 * Numbers of the codes that events carry. Part of the published event format: a number is never changed or used again;
 * new ones are added at the end of their group.
 */
const REASON_NUMBERS: readonly (readonly [number, ErrorCode])[] = [
  [1, 'ERR_CREDENTIAL_TEXT'],
  [2, 'ERR_CREDENTIAL_BASE45'],
  [3, 'ERR_CREDENTIAL_INFLATE'],
  [4, 'ERR_CREDENTIAL_CBOR'],
  [5, 'ERR_CREDENTIAL_CANONICAL'],
  [6, 'ERR_CREDENTIAL_COSE'],
  [7, 'ERR_CREDENTIAL_ALGORITHM'],
  [8, 'ERR_CREDENTIAL_KEY_UNKNOWN'],
  [9, 'ERR_CREDENTIAL_KEY_SCOPE'],
  [10, 'ERR_CREDENTIAL_KEY_EXPIRED'],
  [11, 'ERR_CREDENTIAL_SIGNATURE'],
  [12, 'ERR_CREDENTIAL_PAYLOAD'],
  [13, 'ERR_CREDENTIAL_VERSION'],
  [14, 'ERR_CREDENTIAL_NOT_YET_VALID'],
  [15, 'ERR_CREDENTIAL_EXPIRED'],
  [16, 'ERR_CREDENTIAL_MEDIUM'],
  [17, 'ERR_CREDENTIAL_HOTLISTED'],
  [30, 'ERR_ENDORSEMENT_FORMAT'],
  [31, 'ERR_ENDORSEMENT_VERSION'],
  [32, 'ERR_ENDORSEMENT_KEY'],
  [33, 'ERR_ENDORSEMENT_SIGNATURE'],
  [34, 'ERR_ENDORSEMENT_OTHER'],
  [35, 'ERR_ENDORSEMENT_TIMES'],
  [40, 'ERR_CARD_UNSUPPORTED'],
  [41, 'ERR_CARD_EMPTY'],
  [42, 'ERR_CARD_LAYOUT'],
  [43, 'ERR_CARD_LOST'],
  [44, 'ERR_CARD_IO'],
  [45, 'ERR_CARD_WRITE'],
  [46, 'ERR_CARD_TIMEOUT'],
  [47, 'ERR_CARD_CHANGED'],
  [48, 'ERR_CARD_PROOF'],
  [60, 'ERR_LEDGER_OLD_IMAGE'],
  [61, 'ERR_LEDGER_DAMAGED'],
  [62, 'ERR_LEDGER_UNTRUSTED'],
  [63, 'ERR_LEDGER_FULL'],
  [64, 'ERR_LEDGER_FORKED'],
  [65, 'ERR_LEDGER_VERSION'],
  [80, 'ERR_PROGRAMME_UNKNOWN'],
  [81, 'ERR_PROGRAMME_NOT_ENTITLED'],
  [82, 'ERR_PROGRAMME_LEDGER_REQUIRED'],
  [83, 'ERR_QUOTA_DAY'],
  [84, 'ERR_QUOTA_MONTH'],
  [85, 'ERR_QUANTITY'],
  [86, 'ERR_POLICY_EXPIRED'],
  [87, 'ERR_CLOCK'],
  [88, 'ERR_MEDIUM_PROTECTION'],
  [89, 'ERR_VOID_ROLE'],
  [90, 'ERR_VOID_LIMIT'],
  [100, 'ERR_TAP_UNRESOLVED'],
  [120, 'ERR_JOURNAL_SPACE'],
  [121, 'ERR_JOURNAL_IO'],
  [122, 'ERR_JOURNAL_DAMAGED'],
  [123, 'ERR_RECORD_STORE'],
  [254, 'ERR_INTERNAL'],
];

/** The number that stands for a code in events; codes without one of their own are recorded as `ERR_INTERNAL`. */
export function reasonNumber(code: ErrorCode): number {
  return REASON_NUMBERS.find(([, known]) => known === code)?.[0] ?? 254;
}

/** The code that a number in an event stands for; a number that a newer version wrote reads as `ERR_INTERNAL`, the raw bytes keep it. */
export function reasonFromNumber(number: number): ErrorCode {
  return REASON_NUMBERS.find(([known]) => known === number)?.[1] ?? 'ERR_INTERNAL';
}

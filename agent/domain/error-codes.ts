/**
 * Every error code that Wasl can show, with what it means in one line. Codes are stable: they are part of the
 * published interface, appear in logs, reports and answers of the API, and are never reused for something else.
 */
export const ERROR_CODES = {
  // Reading a credential: one code for each thing that can be wrong, in the order of the decode steps.
  ERR_CREDENTIAL_TEXT: 'the text is empty, too long, or has characters that no credential has',
  ERR_CREDENTIAL_BASE45: 'the text is not Base45 (RFC 9285)',
  ERR_CREDENTIAL_INFLATE: 'the compressed data is damaged, or larger than any credential',
  ERR_CREDENTIAL_CBOR: 'the bytes are not strict, bounded CBOR',
  ERR_CREDENTIAL_CANONICAL: 'the bytes are CBOR, but not in the deterministic form',
  ERR_CREDENTIAL_COSE: 'the structure is not a COSE_Sign1 that we read',
  ERR_CREDENTIAL_ALGORITHM: 'the signature algorithm is not allowed for this issuer',
  ERR_CREDENTIAL_KEY_UNKNOWN: 'no trusted issuer key has this key id',
  ERR_CREDENTIAL_KEY_SCOPE: 'the issuer key is known, but not for this programme',
  ERR_CREDENTIAL_KEY_EXPIRED: 'the issuer key was not valid when the card was signed',
  ERR_CREDENTIAL_SIGNATURE: 'the signature does not fit the card',
  ERR_CREDENTIAL_PAYLOAD: 'the signed content does not have the published shape',
  ERR_CREDENTIAL_VERSION: 'the card has a newer format than this terminal reads',
  ERR_CREDENTIAL_NOT_YET_VALID: 'the card is not valid yet',
  ERR_CREDENTIAL_EXPIRED: 'the card has expired',
  ERR_CREDENTIAL_MEDIUM: 'the credential belongs to another card or kind of card',
  ERR_CREDENTIAL_HOTLISTED: 'the card is blocked',
  // The medium and the ledger on it.
  ERR_CARD_UNSUPPORTED: 'this kind of card is not supported',
  ERR_CARD_EMPTY: 'the card carries no credential',
  ERR_CARD_LAYOUT: 'the memory of the card is not laid out as published',
  ERR_CARD_LOST: 'the card left the reader',
  ERR_CARD_IO: 'the reader reported an error while talking to the card',
  ERR_CARD_WRITE: 'the card did not take what was written',
  ERR_CARD_TIMEOUT: 'the card or the reader did not answer in time',
  ERR_CARD_CHANGED: 'another card was presented in the middle of a tap',
  ERR_LEDGER_OLD_IMAGE: 'an older content of this card was put back',
  ERR_LEDGER_DAMAGED: 'both ledger slots of the card are damaged',
  ERR_LEDGER_UNTRUSTED: 'the newest ledger record was signed by a terminal that is not trusted here',
  ERR_LEDGER_FORKED: 'the card carries another record than the one this terminal wrote: a copy of the card exists',
  ERR_LEDGER_VERSION: 'the ledger on the card has a newer format than this terminal reads',
  ERR_LEDGER_FULL: 'the ledger record does not fit its slot',
  // Decisions.
  ERR_PROGRAMME_UNKNOWN: 'no policy for this programme',
  ERR_PROGRAMME_NOT_ENTITLED: 'the card is not enrolled in this programme',
  ERR_PROGRAMME_LEDGER_REQUIRED:
    'this programme needs a card whose ledger can be written; this reader or medium cannot',
  ERR_QUOTA_DAY: 'the quota of the day is used up',
  ERR_QUOTA_MONTH: 'the quota of the month is used up',
  ERR_QUANTITY: 'the quantity asked for is not possible',
  ERR_POLICY_EXPIRED: 'the rules on this terminal are too old to serve under',
  ERR_CLOCK: 'the clock of the terminal is behind what it has already recorded',
  // A tap.
  ERR_TAP_STATE: 'the tap is not in a state where this can be done',
  ERR_TAP_CANCELLED: 'the operator cancelled the tap',
  ERR_TAP_UNRESOLVED: 'the card may or may not have been debited; the case was recorded',
  // Readers.
  ERR_READER_UNAVAILABLE: 'the reader cannot be opened',
  ERR_READER_UNSUPPORTED: 'the reader cannot do this',
  ERR_READER_LINE: 'the line from the serial reader is too long or not text',
  // Journal and record.
  ERR_JOURNAL_SPACE: 'the disk is full: nothing can be recorded',
  ERR_JOURNAL_BUSY: 'too much is waiting to be recorded',
  ERR_JOURNAL_IO: 'the journal cannot be read or written',
  ERR_JOURNAL_DAMAGED: 'a part of the journal is damaged',
  ERR_JOURNAL_KEY: 'the journal cannot be opened with this key',
  ERR_JOURNAL_VERSION: 'the journal was written by a newer version of this software',
  ERR_JOURNAL_LOCKED: 'another process is using this data folder',
  ERR_RECORD_STORE: 'the record store cannot be opened',
  // Sync.
  ERR_EVENT_FORMAT: 'the bytes are not an event of a known version',
  ERR_BATCH_FORMAT: 'the message is not a batch of a known version',
  ERR_BATCH_SEAL: 'the batch cannot be opened with the key of this centre',
  ERR_BATCH_SIGNATURE: 'the batch was not signed by the terminal that it names',
  ERR_BATCH_CHAIN: 'the events do not hash to the head that was signed',
  ERR_BATCH_TERMINAL: 'no such terminal is enrolled',
  ERR_ACK_FORMAT: 'the message is not an acknowledgement of a known version',
  ERR_ACK_SIGNATURE: 'the acknowledgement was not signed by the centre',
  ERR_ACK_MISMATCH: 'the acknowledgement does not fit our own journal',
  ERR_ACK_INCARNATION: 'the acknowledgement is from an older life of the centre',
  ERR_BROKER: 'the broker cannot be reached or refused us',
  ERR_DATABASE: 'the database cannot be reached or refused us',
  // Backups of the centre.
  ERR_BACKUP_FORMAT: 'the folder does not hold a backup of a centre',
  ERR_BACKUP_VERSION: 'the backup was made by a newer version of this software',
  ERR_BACKUP_DAMAGED: 'the backup is damaged or was never finished',
  ERR_BACKUP_SEAL: 'the backup is sealed, and cannot be opened with this key',
  // Trust.
  ERR_LIST_FORMAT: 'the signed list does not have the published shape',
  ERR_LIST_SIGNATURE: 'the list was not signed by the authority',
  ERR_LIST_VERSION: 'the list is older than the one already trusted',
  ERR_LIST_EXPIRED: 'the list has expired',
  ERR_KEY_WEAK: 'the public key is malformed, non-canonical or of small order',
  // Configuration and local interfaces.
  ERR_CONFIG: 'the configuration has mistakes',
  ERR_SECRET: 'a secret is missing or unreadable',
  ERR_PORT_IN_USE: 'the network port is already in use',
  ERR_DATA_FOLDER: 'the data folder cannot be used',
  ERR_DATA_FILE: 'a file or folder cannot be read or written',
  ERR_API_FORBIDDEN: 'the request did not come from this terminal',
  ERR_API_REQUEST: 'the request is not understood',
  ERR_API_BUSY: 'too many requests or pages at once',
  ERR_USAGE: 'the command line is not understood',
  ERR_INTERNAL: 'a fault inside Wasl',
} as const;

/** One of the published codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

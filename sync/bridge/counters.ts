/** What a bridge worker counts. Shown by its health page; nothing depends on it. */
export interface BridgeCounters {
  batchesStored: number;
  eventsStored: number;
  /** Events that were there already, the same. */
  eventsKnown: number;
  /** Cases opened because an event's place held another one. */
  equivocations: number;
  deadLetters: number;
  /** Messages refused and, the limit being reached, not kept. */
  deadLettersDropped: number;
  /** Batches given back to the broker because the database would not take them. */
  batchesReturned: number;
  databaseFailures: number;
  acksSent: number;
  /** Acknowledgements that could not be computed or sent; the terminal asks again. */
  acksLost: number;
}

/** All zero. */
export function createCounters(): BridgeCounters {
  return {
    batchesStored: 0,
    eventsStored: 0,
    eventsKnown: 0,
    equivocations: 0,
    deadLetters: 0,
    deadLettersDropped: 0,
    batchesReturned: 0,
    databaseFailures: 0,
    acksSent: 0,
    acksLost: 0,
  };
}

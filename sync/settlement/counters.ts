/** What settlement counts. Shown by its health page; nothing depends on it. */
export interface SettlementCounters {
  /** Changes of the events databases that were taken in, those that came again included. */
  changesTaken: number;
  /** Projections and cases that were written. */
  projectionsWritten: number;
  casesWritten: number;
  /** Documents that somebody else had changed in the meantime, and that were done again. */
  conflicts: number;
  /** Rounds that ended early, mostly because the database could not be reached. */
  failures: number;
  /** Times that everything was computed anew, because the centre had been put back to an earlier state. */
  rebuilds: number;
}

/** All zero. */
export function createSettlementCounters(): SettlementCounters {
  return { changesTaken: 0, projectionsWritten: 0, casesWritten: 0, conflicts: 0, failures: 0, rebuilds: 0 };
}

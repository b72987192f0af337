/** The folded state as the port shows it. */
import { countAbove } from './damage.js';
import type { EpochInfo, JournalState } from './journal.js';
import type { EpochState, FoldedState } from './state.js';

/** Events of an epoch that are here and not acknowledged. */
function unacknowledged(state: FoldedState, epoch: EpochState): number {
  const seq = state.acknowledged.get(epoch.name)?.seq ?? 0;
  return Math.max(0, epoch.lastSeq - seq - countAbove(epoch.missing, seq));
}

/** The state as the port shows it: a view that changes with the state. */
export function viewOf(state: FoldedState): JournalState {
  return {
    highWater: state.highWater,
    endorsements: state.endorsements,
    endorsing: state.endorsing,
    healthRecords: state.healthRecords,
    openIntents: state.openIntents,
    undispensed: state.undispensed,
    undispensedGifts: state.undispensedGifts,
    slips: state.slips,
    payments: state.payments,
    get shift() {
      return state.shift;
    },
    acknowledged: state.acknowledged,
    get lastContactMs() {
      return state.lastContactMs;
    },
    get timeFloorMs() {
      return state.timeFloorMs;
    },
    get backlog() {
      return [...state.epochs.values()].reduce((sum, epoch) => sum + unacknowledged(state, epoch), 0);
    },
  };
}

/** An epoch as the port shows it. */
export function infoOf(epoch: EpochState): EpochInfo {
  const { name, base, saltKey, lastSeq, head, missing, pruned } = epoch;
  return {
    ...{ name, base, saltKey, lastSeq, head },
    ...(missing.length === 0 ? {} : { missing }),
    ...(pruned === null ? {} : { pruned: pruned.seq }),
  };
}

/** The epochs that still have events here, oldest first, and the current one. */
export function epochsHere(state: FoldedState): EpochState[] {
  const epochs = [...state.epochs.values()];
  return epochs.filter((epoch, i) => i === epochs.length - 1 || (epoch.pruned?.seq ?? 0) < epoch.lastSeq);
}

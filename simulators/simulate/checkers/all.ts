import type { Checker } from '../checker.js';
import { SIMULATED_JOURNAL_LIMITS } from '../machine.js';
import { chainGoesOn, damageIsTold, durableStays } from './chain.js';
import { effectIsRight } from './effect.js';
import { debitsAreIntended, grantsAreDurable, hotlistHolds, oneGrantEach } from './grants.js';
import { acksAreTrue, backlogEnds, centreHoldsAll, prunedIsHeld, sizesHold } from './sync.js';
import { floorHolds, listsHold } from './trust.js';
import { ledgersAddUp, pinsAreFew, voidsAreDurable, voidsAreFew, voidsAreOnce } from './voids.js';

/** The backup window of the simulated centre, as terminals know it. */
export const BACKUP_WINDOW_MS = SIMULATED_JOURNAL_LIMITS.backupWindowDays * 86_400_000;

/** A fresh set of all checkers. */
export function allCheckers(): readonly Checker[] {
  return [
    grantsAreDurable(),
    oneGrantEach(),
    debitsAreIntended(),
    chainGoesOn(),
    durableStays(),
    damageIsTold(),
    acksAreTrue(),
    prunedIsHeld(BACKUP_WINDOW_MS),
    centreHoldsAll(),
    effectIsRight(),
    listsHold(),
    hotlistHolds(),
    voidsAreDurable(),
    voidsAreOnce(),
    ledgersAddUp(),
    voidsAreFew(),
    pinsAreFew(),
    floorHolds(),
    backlogEnds(),
    sizesHold(),
  ];
}

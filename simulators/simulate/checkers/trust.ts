/** Invariants of what a terminal believes: lists and time. */
import { LIST_KINDS } from '../../../agent/credential/signed-list.js';
import type { TrustVersions } from '../../../agent/trust/trust.js';
import type { Checker } from '../checker.js';
import { Lineage } from './lineage.js';

/** 12. Versions of lists in force never fall, over restarts too. 13. Lists change all together, to what was brought, or not at all. */
export function listsHold(): Checker {
  const inForce = new Lineage<TrustVersions | null>(() => null);
  return {
    name: 'lists hold',
    see: (seen, _history, verdicts) => {
      inForce.see(seen);
      if (seen.type !== 'lists') return;
      const before = inForce.of(seen.machine);
      inForce.set(seen.machine, seen.versions);
      const fallen = before === null ? undefined : LIST_KINDS.find((kind) => seen.versions[kind] < before[kind]);
      verdicts.check(12, fallen === undefined, () => `${seen.machine} goes back to an older ${fallen} list`);
      const same = before !== null && sameVersions(seen.versions, before);
      const asBrought = seen.brought !== null && sameVersions(seen.versions, seen.brought);
      const right = seen.outcome === 'refused' ? same : seen.outcome === 'taken' ? asBrought : same || asBrought;
      verdicts.check(
        13,
        right,
        () =>
          `${seen.machine} has ${text(seen.versions)} in force after ${seen.outcome}; brought were ${text(seen.brought)}, before were ${text(before)}`,
      );
      verdicts.check(13, seen.whole, () => `${seen.machine} has lists in force that are not what was published`);
    },
  };
}

/** 15. The time floor never falls, and is no later than what clock, centre and authority have told. */
export function floorHolds(): Checker {
  const floors = new Lineage<number>(() => 0);
  return {
    name: 'the time floor holds',
    see: (seen, history, verdicts) => {
      floors.see(seen);
      if (seen.type !== 'floor') return;
      const before = floors.of(seen.machine);
      floors.set(seen.machine, Math.max(before, seen.floorMs));
      const machine = history.machine(seen.machine);
      verdicts.check(
        15,
        seen.floorMs >= before || machine.spoilt,
        () => `the time floor of ${seen.machine} falls by ${before - seen.floorMs} ms`,
      );
      verdicts.check(
        15,
        seen.floorMs <= seen.allowedMs,
        () =>
          `the time floor of ${seen.machine} is ${seen.floorMs - seen.allowedMs} ms later than anything that may raise it`,
      );
    },
  };
}

function sameVersions(a: TrustVersions, b: TrustVersions): boolean {
  return LIST_KINDS.every((kind) => a[kind] === b[kind]);
}

function text(versions: TrustVersions | null): string {
  return versions === null ? 'nothing' : LIST_KINDS.map((kind) => versions[kind]).join('.');
}

/** Every kind of fault that the simulation knows, and how often each really happened. */

/** The kinds; each is counted when it takes effect, not when it is planned. */
export const FAULT_KINDS = [
  'disk.cut',
  'disk.kill',
  'disk.eio',
  'disk.enospc',
  'disk.full',
  'disk.lost-unsynced',
  'disk.rot-segment',
  'disk.rot-checkpoint',
  'tear.all lost',
  'tear.all kept',
  'tear.half of the last write',
  'tear.one byte of the last write',
  'tear.even sectors',
  'tear.odd sectors',
  'tear.only the last change',
  'tear.the last sector garbled',
  'card.tear-old',
  'card.tear-new',
  'card.tear-mixed',
  'card.tear-weak',
  'card.field-loss',
  'card.disturbed',
  'card.worn',
  'card.taken-away',
  'card.power-cut',
  'card.clone',
  'card.old-image',
  'card.garbled',
  'link.drop',
  'link.duplicate',
  'link.delay',
  'link.throttle',
  'link.partition',
  'broker.restart',
  'broker.withhold',
  'broker.replay',
  'broker.alter-ack',
  'broker.alter-batch',
  'broker.forge-ack',
  'broker.forge-batch',
  'broker.misroute',
  'store.fail',
  'store.lost-answer',
  'store.below-quorum',
  'store.restore-all',
  'store.restore-part',
  'clock.forward',
  'clock.back',
  'clock.walk',
  'crash.terminal',
  'crash.worker',
  'crash.settlement',
  'terminal.old-image',
  'terminal.fork',
  'lists.partial',
  'lists.old',
  'lists.forged',
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Counts by kind. */
export type FaultCounts = Record<FaultKind, number>;

/** All zero. */
export function noFaults(): FaultCounts {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as FaultCounts;
}

/** Adds `more` to `counts`, which is changed. */
export function addFaults(counts: FaultCounts, more: FaultCounts): void {
  for (const kind of FAULT_KINDS) counts[kind] += more[kind];
}

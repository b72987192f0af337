/** The end of a seed in which everything must come right: all faults end, everything runs, and the centre must hold all within a bound. */
import { LIST_KINDS } from '../../agent/credential/signed-list.js';
import { isWaslError } from '../../agent/domain/errors.js';
import type { ChainedEvent } from '../../agent/domain/event.js';
import { SETTLEMENT_DATABASE } from '../../sync/settlement/documents.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { FOLDERS, type Machine, SIMULATED_JOURNAL_LIMITS } from './machine.js';
import type { World } from './world.js';

/** How long everything may take to come right: several of the uplink's longest waits, one after the other. */
export const HEALED_WITHIN_MS = 6 * 3_600_000;

/** How often it is looked whether all is well. */
const LOOK_EVERY_MS = 15_000;

/** What is left running for last acknowledgements and cases after the backlogs are gone. */
const AFTERMATH_MS = 120_000;

/** How long settlement may take for all of that. */
const SETTLED_WITHIN_MS = 1_800_000;

/** Timers that a small world may have set at a time. */
const TIMERS_MAX = 500;

/** Segments of a journal: its bound, an eighth more for what must be recorded all the same, and one that was begun ahead. */
const JOURNAL_BYTES_MAX = SIMULATED_JOURNAL_LIMITS.journalBytesMax * (9 / 8) + SIMULATED_JOURNAL_LIMITS.segmentBytesMax;

/** Heals, waits, and shows the observers the journals and the centre as they are then. */
export async function healAndWait(world: World): Promise<void> {
  const { time, checkers, centre } = world;
  await heal(world);
  const startedMs = time.elapsedMs();
  const waiting = (): readonly Machine[] => world.inService().filter((machine) => backlogOf(machine) > 0);
  let healedMs: number | null = null;
  while (healedMs === null && time.elapsedMs() - startedMs < HEALED_WITHIN_MS) {
    await time.advance(LOOK_EVERY_MS);
    if (waiting().length === 0) healedMs = time.elapsedMs() - startedMs;
  }
  // It has not looked for a while, and comes to look at once.
  centre.settling.stop();
  centre.settling.start();
  await time.advance(AFTERMATH_MS);
  const settled = await settledWithin(world, SETTLED_WITHIN_MS);
  world.trace.note(healedMs === null ? 'a backlog remains' : `no backlog ${healedMs} ms after healing`);
  for (const machine of world.inService()) await lookAtJournal(world, machine);
  if (healedMs !== null)
    checkers.see({
      type: 'centre',
      events: centre.events(),
      cases: centre.store.documents('wasl-cases'),
      settled,
      settlement: centre.store.documents(SETTLEMENT_DATABASE),
    });
  const names = waiting().map((machine) => `${machine.name} (${backlogOf(machine)})`);
  checkers.see({ type: 'end', mode: 'liveness', healedMs, boundMs: HEALED_WITHIN_MS, waiting: names });
}

async function settledWithin({ centre, time }: World, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += LOOK_EVERY_MS) {
    const answer = centre.settling.caughtUp();
    await time.advance(LOOK_EVERY_MS);
    if (await answer) return true;
  }
  return false;
}

/** Compares sizes with their bounds. */
export function lookAtSizes(world: World): void {
  const { checkers, time } = world;
  checkers.see({ type: 'size', what: 'the number of timers', size: time.pending(), max: TIMERS_MAX });
  for (const { name, disk, process } of world.inService()) {
    const journal = disk.files().filter((path) => path.startsWith(FOLDERS.journal) && path.endsWith('.seg'));
    const bytes = journal.reduce((sum, path) => sum + disk.sizeOf(path), 0);
    checkers.see({ type: 'size', what: `the journal of ${name}`, size: bytes, max: JOURNAL_BYTES_MAX });
    if (process === null) continue;
    const { batches } = process.uplink.load();
    checkers.see({ type: 'size', what: `what ${name} has under way`, size: batches, max: UPLINK_LIMITS.inFlightMax });
  }
}

async function heal(world: World): Promise<void> {
  world.trace.note('— everything is healed');
  world.network.heal();
  world.centre.heal();
  for (const card of world.cards) card.heal();
  for (const machine of world.inService()) {
    machine.heal();
    world.bring(machine, LIST_KINDS);
    // A journal whose disk once failed writes no more until its process starts again, and all come up with the newest lists.
    machine.down({ how: 'kill', tear: 0, downMs: 1_000 });
  }
  await world.time.advance(5_000);
  for (const machine of world.inService()) await sayAnything(machine);
}

/** A terminal that has nothing to say is told nothing either: that its disk, or the centre, was put back shows with its next event. */
async function sayAnything(machine: Machine): Promise<void> {
  const { process } = machine;
  if (process === null) return;
  const time = Math.floor(machine.clock.nowMs() / 1000);
  await process.journal.append([
    { kind: 'event', event: { type: 'alarm', time, code: 'ERR_TAP_CANCELLED', count: 1 } },
  ]);
}

/** What is not acknowledged; a machine that does not even run has everything before it. */
function backlogOf(machine: Machine): number {
  return machine.process?.journal.state().backlog ?? Number.POSITIVE_INFINITY;
}

async function lookAtJournal({ checkers }: World, machine: Machine): Promise<void> {
  const journal = machine.process?.journal;
  if (journal === undefined) return;
  const epochs = [];
  for (const { name, lastSeq, head, missing, pruned = 0 } of journal.epochs()) {
    const events = [];
    for (let from = pruned + 1; from <= lastSeq; ) {
      const hole = missing?.find(({ first, last }) => first <= from && from <= last);
      if (hole !== undefined) {
        from = hole.last + 1;
        continue;
      }
      const read = await journal.readEvents(name, from, { countMax: 100, bytesMax: 65_536 }).catch(damaged);
      if (read.length === 0) break;
      for (const { seq, head: after, bytes } of read) events.push({ seq, head: hex(after), bytes: hex(bytes) });
      from += read.length;
    }
    epochs.push({ epoch: { name, lastSeq, head: hex(head), missing: missing ?? [], pruned }, events });
  }
  checkers.see({ type: 'journal', machine: machine.name, backlog: journal.state().backlog, epochs });
}

/** Damage that the checkpoint spared the opening is met here; what cannot be read is not compared. */
function damaged(error: unknown): readonly ChainedEvent[] {
  if (isWaslError(error, 'ERR_JOURNAL_DAMAGED')) return [];
  throw error;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Invariants of the journal: its chain, what it keeps, and how it speaks of damage. */
import { hashOf, LABELS } from '../../../agent/credential/hash.js';
import type { Checker } from '../checker.js';
import type { MachineHistory } from '../history.js';
import type { SeenFrame, SeenOpening } from '../observations.js';
import { Lineage } from './lineage.js';

interface ChainEnd {
  readonly epoch: string;
  readonly seq: number;
  readonly head: string;
}

/** 4. Sequences are strictly +1 within an epoch. 5. The chain is unbroken within an epoch, and from each epoch to the next. */
export function chainGoesOn(): Checker {
  const ends = new Lineage<ChainEnd | null>(() => null);
  return {
    name: 'the chain goes on',
    see: (seen, history, verdicts) => {
      ends.see(seen);
      if (seen.type !== 'frame') return;
      const machine = history.machine(seen.machine);
      for (const event of seen.events) {
        const end = ends.of(seen.machine);
        const goesOn = end?.epoch === seen.epoch;
        const where = `${seen.machine} ${seen.epoch}:${event.seq}`;
        verdicts.check(4, event.seq === (goesOn ? end.seq + 1 : 1), () => `${where} comes after ${describe(end)}`);
        verdicts.check(
          5,
          event.before === (goesOn ? end.head : seen.base),
          () => `${where} does not follow from ${describe(end)}`,
        );
        verdicts.check(
          5,
          event.head === headAfter(event.before, event.seq, event.bodyHash),
          () => `${where} has another head`,
        );
        if (!goesOn)
          checkLink({ seen, end, machine }, (holds, what) => verdicts.check(5, holds, () => `${where} ${what}`));
        ends.set(seen.machine, { epoch: seen.epoch, seq: event.seq, head: event.head });
      }
    },
  };
}

/** A new epoch names the end of the one before, in its base and in its first event. Where damage took that end away, the end that is left. */
function checkLink(
  at: { readonly seen: SeenFrame; readonly end: ChainEnd | null; readonly machine: MachineHistory },
  check: (holds: boolean, what: string) => void,
): void {
  const { seen, end, machine } = at;
  const { previous } = seen;
  const same = previous?.epoch === end?.epoch && previous?.seq === end?.seq && previous?.head === end?.head;
  check(same || machine.spoilt, `names ${describe(previous)} as the end before it, which is ${describe(end)}`);
  const link = previous === null ? null : [previous.epoch, previous.seq, Buffer.from(previous.head, 'hex')];
  const base = Buffer.from(hashOf(LABELS.epoch, machine.terminal, seen.epoch, link)).toString('hex');
  check(base === seen.base, 'has a base that does not follow from what it names');
  const [first] = seen.events;
  check(first?.event.type === 'epoch', 'does not begin with the event of its epoch');
}

/** 6. What was reported durable is durable, and is there after every opening, unless the medium was spoilt. */
export function durableStays(): Checker {
  return {
    name: 'durable stays',
    see: (seen, history, verdicts) => {
      if (seen.type === 'appended') {
        const machine = history.machine(seen.machine);
        for (const { epoch, seq, head } of seen.events)
          verdicts.check(
            6,
            machine.epochs.get(epoch)?.events.get(seq)?.head === head,
            () => `${seen.machine} reports ${epoch}:${seq} as durable, which it is not`,
          );
        for (const entry of seen.entries) {
          if (entry.kind !== 'step') continue;
          const { step, tapId } = entry.step;
          verdicts.check(
            6,
            machine.intents.has(tapId),
            () => `${seen.machine} reports ${step} of ${tapId} as durable, which it is not`,
          );
        }
      }
      if (seen.type === 'opened') {
        const machine = history.machine(seen.machine);
        if (machine.spoilt) return;
        for (const problem of [...lostEvents(seen, machine), ...lostState(seen, machine)])
          verdicts.check(6, false, () => `${seen.machine} ${problem}`);
        verdicts.check(6, true, () => '');
      }
      if (seen.type === 'journal') {
        const machine = history.machine(seen.machine);
        if (machine.spoilt) return;
        for (const { epoch, events } of seen.epochs) {
          const known = machine.epochs.get(epoch.name)?.events ?? new Map();
          const differs = events.find(
            ({ seq, head, bytes }) => known.get(seq)?.head !== head || known.get(seq)?.bytes !== bytes,
          );
          verdicts.check(
            6,
            differs === undefined,
            () => `${seen.machine} reads ${epoch.name}:${differs?.seq} otherwise than it was written`,
          );
        }
      }
    },
  };
}

/** Events that an opened journal lacks of those that were durable. */
function lostEvents(seen: SeenOpening, machine: MachineHistory): string[] {
  const problems: string[] = [];
  for (const [name, { events }] of machine.epochs) {
    const epoch = seen.epochs.find((one) => one.name === name);
    const lastSeq = machine.lastSeq(name);
    // Of an epoch that was pruned as a whole nothing is left: whether that was right is another question.
    if (lastSeq === 0 || (epoch === undefined && machine.pruned.get(name) !== undefined)) continue;
    const whole = epoch?.lastSeq === lastSeq && epoch.head === events.get(lastSeq)?.head && epoch.missing.length === 0;
    if (!whole) problems.push(`opens with ${name} up to ${epoch?.lastSeq ?? 'nothing'} of ${lastSeq}`);
  }
  return problems;
}

/** Steps and marks that an opened journal lacks of those that were durable. */
function lostState(seen: SeenOpening, machine: MachineHistory): string[] {
  const problems: string[] = [];
  for (const [tapId, { state, dispensed }] of machine.intents) {
    if ((state === 'open') !== seen.openIntents.includes(tapId))
      problems.push(`opens with another state of ${tapId} than ${state}`);
    if (state === 'committed' && !dispensed && !seen.undispensed.includes(tapId))
      problems.push(`has forgotten the hand-over of ${tapId}`);
  }
  const marks = new Map(seen.marks);
  for (const [card, mark] of machine.marks)
    if ((marks.get(card) ?? 0) < mark) problems.push(`has forgotten that card ${card} was at ${mark}`);
  return problems;
}

/** Faults by which a disk refuses to write. */
const REFUSALS: readonly string[] = ['disk.eio', 'disk.enospc', 'disk.full'];

/** 18. A torn tail is cut off without a word of damage; damage is found, and a copy of it set aside. */
export function damageIsTold(): Checker {
  /** Whether damage was ever told of: a checkpoint then spares the journal finding it again. */
  const told = new Lineage<boolean>(() => false);
  /** Machines whose disk refused something since their last opening: then a copy could not be made, and is made at the next. */
  const refused = new Set<string>();
  return {
    name: 'damage is told',
    see: (seen, history, verdicts) => {
      told.see(seen);
      if (seen.type === 'fault' && seen.machine !== undefined && REFUSALS.includes(seen.kind))
        refused.add(seen.machine);
      if (seen.type !== 'opened') return;
      const couldWrite = !refused.delete(seen.machine);
      const machine = history.machine(seen.machine);
      const news = seen.damages.filter(({ known }) => !known);
      if (!machine.spoilt) {
        verdicts.check(
          18,
          news.length === 0,
          () => `${seen.machine} tells of damage that there is not: ${news.map((one) => one.reason).join()}`,
        );
        return;
      }
      if (seen.damages.length > 0) told.set(seen.machine, true);
      const lost = lostEvents(seen, machine);
      verdicts.check(
        18,
        lost.length === 0 || told.of(seen.machine),
        () => `${seen.machine} ${lost.join('; ')} and has told of no damage`,
      );
      const files = news.filter(({ reason }) => reason !== 'missing' && reason !== 'head-copy');
      verdicts.check(
        18,
        files.length === 0 || seen.setAside > 0 || !couldWrite,
        () => `${seen.machine} has set nothing aside of what is damaged`,
      );
    },
  };
}

function headAfter(before: string, seq: number, bodyHash: string): string {
  return Buffer.from(hashOf(LABELS.chain, Buffer.from(before, 'hex'), seq, Buffer.from(bodyHash, 'hex'))).toString(
    'hex',
  );
}

function describe(end: ChainEnd | null): string {
  return end === null ? 'nothing' : `${end.epoch}:${end.seq}`;
}

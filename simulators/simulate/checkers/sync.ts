/** Invariants between terminals and centre. */
import type { Checker, Verdicts } from '../checker.js';
import type { History, MachineHistory } from '../history.js';
import type { Observation } from '../observations.js';
import { Lineage } from './lineage.js';

type AckSigned = Extract<Observation, { type: 'ack-signed' }>;

/** What a broker can do beyond delay. */
const EVIL = /^broker\.(alter|forge|replay|misroute)/;

/**
 * 7. What a terminal takes for acknowledged the centre held, with those hashes, when it signed; or the terminal says it again in a later
 * epoch. 19. An evil broker changes nothing about that.
 */
export function acksAreTrue(): Checker {
  const signed = new Map<string, AckSigned[]>();
  /** Highest sequence that a genuine acknowledgement was taken for, by epoch. */
  const taken = new Lineage<ReadonlyMap<string, number>>(() => new Map());
  let evil = false;
  return {
    name: 'acknowledgements are true',
    see: (seen, history, verdicts) => {
      taken.see(seen);
      if (seen.type === 'fault' && EVIL.test(seen.kind)) evil = true;
      if (seen.type === 'ack-signed') {
        const key = `${seen.terminal}:${seen.epoch}:${seen.seq}:${seen.incarnation}`;
        signed.set(key, [...(signed.get(key) ?? []), seen]);
        verdicts.check(
          7,
          seen.seq === 0 || seen.heldHead === seen.head,
          () => `the centre acknowledges ${seen.terminal}:${seen.epoch} up to ${seen.seq}, which it does not hold`,
        );
      }
      if (seen.type !== 'frame') return;
      const machine = history.machine(seen.machine);
      for (const entry of seen.entries) {
        if (entry.kind !== 'acknowledged') continue;
        const { epoch, seq, incarnation } = entry.mark;
        const own = seq === 0 ? '' : machine.epochs.get(epoch)?.events.get(seq)?.head;
        const acks = signed.get(`${machine.terminal}:${epoch}:${seq}:${incarnation}`) ?? [];
        const genuine = acks.some((ack) => seq === 0 || (ack.heldHead === ack.head && ack.head === own));
        const before = taken.of(seen.machine).get(epoch) ?? 0;
        const holds = genuine || saidAgain(machine, { epoch, from: before + 1, to: seq });
        if (genuine) taken.set(seen.machine, new Map(taken.of(seen.machine)).set(epoch, seq));
        const message = (): string =>
          `${seen.machine} takes ${epoch} for acknowledged up to ${seq} (incarnation ${incarnation}), which nobody signed`;
        verdicts.check(7, holds, message);
        if (evil) verdicts.check(19, holds, message);
      }
    },
  };
}

interface Taken {
  readonly seq: number;
  /** When the centre signed it. */
  readonly timeMs: number;
}

/** What a machine has taken for acknowledged, and the latest time that the centre has signed to it. */
interface TakenOf {
  readonly epochs: ReadonlyMap<string, readonly Taken[]>;
  readonly latestMs: number;
}

/**
 * 10. What was pruned the centre had acknowledged for longer than its backup window, or it was said again in a later epoch; and nothing of
 * what a terminal must remember goes with it.
 */
export function prunedIsHeld(windowMs: number): Checker {
  const signed = new Map<string, number>();
  const taken = new Lineage<TakenOf>(() => ({ epochs: new Map(), latestMs: 0 }));
  return {
    name: 'pruned is held',
    see: (seen, history, verdicts) => {
      taken.see(seen);
      if (seen.type === 'ack-signed')
        signed.set(`${seen.terminal}:${seen.epoch}:${seen.seq}:${seen.incarnation}`, seen.timeMs);
      if (seen.type === 'frame') {
        const { terminal } = history.machine(seen.machine);
        for (const entry of seen.entries) {
          if (entry.kind !== 'acknowledged') continue;
          const { epoch, seq, incarnation } = entry.mark;
          const timeMs = signed.get(`${terminal}:${epoch}:${seq}:${incarnation}`);
          if (timeMs === undefined) continue;
          const { epochs, latestMs } = taken.of(seen.machine);
          const list = [...(epochs.get(epoch) ?? []), { seq, timeMs }];
          taken.set(seen.machine, { epochs: new Map(epochs).set(epoch, list), latestMs: Math.max(latestMs, timeMs) });
        }
      }
      if (seen.type === 'pruned') {
        const machine = history.machine(seen.machine);
        const { epochs, latestMs } = taken.of(seen.machine);
        const old = (epochs.get(seen.epoch) ?? []).filter(({ timeMs }) => latestMs - timeMs >= windowMs);
        const upTo = old.reduce((most, { seq }) => Math.max(most, seq), 0);
        const again = saidAgain(machine, { epoch: seen.epoch, from: upTo + 1, to: seen.upTo });
        verdicts.check(
          10,
          again,
          () => `${seen.machine} prunes ${seen.epoch} up to ${seen.upTo}; acknowledged for long enough is ${upTo}`,
        );
      }
      if (seen.type === 'opened') {
        const machine = history.machine(seen.machine);
        if (machine.pruned.size === 0 || machine.spoilt) return;
        const marks = new Map(seen.marks);
        const open = [...machine.intents.values()].filter(({ state }) => state === 'open');
        const lost = [...machine.marks].filter(([card, mark]) => (marks.get(card) ?? 0) < mark);
        const forgotten = open.filter(({ intent }) => !seen.openIntents.includes(intent.tapId));
        verdicts.check(
          10,
          lost.length + forgotten.length === 0,
          () => `${seen.machine} has pruned what it must remember`,
        );
      }
    },
  };
}

/** Whether each event of a run, but for those of epochs themselves and those that damage took, is found again in a later epoch. */
function saidAgain(
  machine: MachineHistory,
  run: { readonly epoch: string; readonly from: number; readonly to: number },
): boolean {
  const names = [...machine.epochs.keys()];
  const later = names.slice(names.indexOf(run.epoch) + 1);
  const again = new Set(
    later.flatMap((name) => [...(machine.epochs.get(name)?.events.values() ?? [])].map(({ bytes }) => bytes)),
  );
  for (let seq = run.from; seq <= run.to; seq += 1) {
    const event = machine.epochs.get(run.epoch)?.events.get(seq);
    if (event === undefined || event.event.type === 'epoch' || again.has(event.bytes)) continue;
    if (!machine.spoilt) return false;
  }
  return true;
}

/**
 * 8. The centre holds nothing that no terminal recorded, and in the end everything that one in service did. 9. Nothing there is
 * overwritten; a second event in a place is kept beside the first, with a case. 11. That is so after a restore too. 19. And with an evil broker.
 */
export function centreHoldsAll(): Checker {
  const recorded = new Set<string>();
  const done = { evil: false, restored: false };
  return {
    name: 'the centre holds all',
    see: (seen, history, verdicts) => {
      switch (seen.type) {
        case 'fault':
          done.evil ||= EVIL.test(seen.kind);
          done.restored ||= seen.kind.startsWith('store.restore');
          return;
        case 'frame': {
          const { terminal } = history.machine(seen.machine);
          for (const { seq, head } of seen.events) recorded.add(`${terminal}:${seen.epoch}:${seq}:${head}`);
          return;
        }
        case 'document': {
          const known = recorded.has(`${seen.terminal}:${seen.epoch}:${seen.seq}:${seen.head}`);
          verdicts.check(8, known, () => `the centre takes in ${seen.id}, which no terminal recorded`);
          if (done.evil) verdicts.check(19, known, () => `an evil broker gets ${seen.id} into the centre`);
          verdicts.check(9, seen.change === 'created', () => `the document ${seen.id} was overwritten`);
          return;
        }
        case 'batch-stored':
          for (const [index, place] of seen.found.entries()) {
            const what = `${seen.terminal}:${seen.epoch}:${seen.first + index}`;
            verdicts.check(8, place !== 'nowhere', () => `a worker has promised to hold ${what}, and does not`);
            if (place === 'beside')
              verdicts.check(9, seen.cased[index] === true, () => `${what} has two events, and no case`);
          }
          return;
        case 'centre':
          return checkEnd(seen, history, { verdicts, ...done });
        default:
      }
    },
  };
}

function checkEnd(
  { events, cases }: Extract<Observation, { type: 'centre' }>,
  history: History,
  { verdicts, restored }: { readonly verdicts: Verdicts; readonly restored: boolean },
): void {
  const held = new Set(events.map(({ terminal, epoch, seq, head }) => `${terminal}:${epoch}:${seq}:${hex(head)}`));
  const caseIds = new Set(cases.map(({ _id }) => _id));
  for (const { _id } of events) {
    if (_id.split(':').length <= 3) continue;
    verdicts.check(
      9,
      caseIds.has(`equivocation:${_id}`),
      () => `${_id} stands beside another event, and there is no case`,
    );
  }
  for (const [name, machine] of history.machines) {
    if (machine.retired) continue;
    for (const [epoch, chain] of machine.epochs) {
      const later = laterBytes(machine, epoch);
      for (const { seq, head, bytes, event } of chain.events.values()) {
        const there =
          held.has(`${machine.terminal}:${epoch}:${seq}:${head}`) ||
          (event.type !== 'epoch' ? later.has(bytes) : later.size > 0);
        const excused = machine.spoilt;
        const message = (): string => `the centre does not hold ${epoch}:${seq} of ${name}`;
        verdicts.check(8, there || excused, message);
        if (restored) verdicts.check(11, there || excused, message);
      }
    }
  }
}

function laterBytes(machine: MachineHistory, epoch: string): ReadonlySet<string> {
  const names = [...machine.epochs.keys()];
  const later = names.slice(names.indexOf(epoch) + 1);
  return new Set(
    later.flatMap((name) => [...(machine.epochs.get(name)?.events.values() ?? [])].map(({ bytes }) => bytes)),
  );
}

/** 20. Once everything is healed, no terminal in service has a backlog for longer than the bound. */
export function backlogEnds(): Checker {
  return {
    name: 'the backlog ends',
    see: (seen, _history, verdicts) => {
      if (seen.type !== 'end' || seen.mode !== 'liveness') return;
      verdicts.check(
        20,
        seen.healedMs !== null,
        () => `after ${seen.boundMs} ms there is still a backlog: ${seen.waiting.join(', ')}`,
      );
    },
  };
}

/** 21. Nothing grows beyond its bound. */
export function sizesHold(): Checker {
  return {
    name: 'sizes hold',
    see: (seen, _history, verdicts) => {
      if (seen.type !== 'size') return;
      verdicts.check(21, seen.size <= seen.max, () => `${seen.what} is ${seen.size}, its bound ${seen.max}`);
    },
  };
}

function hex(text: unknown): string {
  return Buffer.from(String(text), 'base64url').toString('hex');
}

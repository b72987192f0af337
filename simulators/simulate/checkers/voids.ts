/**
 * Services that are taken back: 1. none is on a screen before it is durable; 2. each once, by a supervisor, and never one that was handed over, or is
 * handed over afterwards; 3. what it gives back is what was taken; 16. so that no card ever draws more than its quota of a day, and no terminal takes
 * more back than it may; 17. and no PIN is found by trying.
 */
import { readSlotImage } from '../../../agent/credential/ledger.js';
import { isoDay } from '../../../agent/domain/calendar.js';
import type { LedgerRecord } from '../../../agent/domain/ledger.js';
import type { IntentStep } from '../../../agent/journal/journal.js';
import { PIN_ATTEMPTS_MAX, PIN_LOCK_MS } from '../../../agent/trust/supervisors.js';
import type { Checker, Verdicts } from '../checker.js';
import type { History } from '../history.js';
import { CALENDAR, quotaOfDay, SUPERVISOR, VOIDS } from '../kit.js';
import type { Observation, SeenFrame } from '../observations.js';

/** 1. A service is shown as taken back when that is durable, and for the goods that its event names. */
export function voidsAreDurable(): Checker {
  return {
    name: 'voids are durable',
    see: (seen, history, verdicts) => {
      if (seen.type !== 'screen' || seen.name !== 'voided') return;
      const machine = history.machine(seen.machine);
      const tap = machine.intents.get(seen.tapId ?? '');
      const events = [...machine.epochs.values()].flatMap((epoch) => [...epoch.events.values()]);
      const isRecorded = events.some(
        ({ event }) =>
          event.type === 'void' &&
          event.card === tap?.intent.card &&
          event.ledgerSequence === tap.intent.ledgerSequence &&
          event.voided === tap.intent.takesBack?.ledgerSequence &&
          event.items.reduce((sum, { quantity }) => sum + quantity, 0) === seen.taken,
      );
      verdicts.check(
        1,
        tap?.state === 'committed' && isRecorded,
        () => `${seen.machine} shows tap ${seen.tapId} as taken back, and that is not durable`,
      );
    },
  };
}

/** 2. A service is taken back once, with its event, by a supervisor, instead of being handed over. */
export function voidsAreOnce(): Checker {
  const voids = new Map<string, string>();
  const over = new Map<string, 'handed over' | 'taken back'>();
  return {
    name: 'voids are once',
    see: (seen, history, verdicts) => {
      if (seen.type !== 'frame') return;
      const machine = history.machine(seen.machine);
      for (const entry of seen.entries) {
        const tap = entry.kind === 'commit' ? machine.intents.get(entry.tapId)?.intent : undefined;
        if (tap?.takesBack !== undefined)
          checkVoid({ seen, history, verdicts }, tap, { voids, over, takesBack: tap.takesBack });
        if (entry.kind !== 'step' || entry.step.step !== 'dispensed') continue;
        const key = `${seen.machine} ${entry.step.tapId}`;
        const isOfVoid = seen.entries.some((one) => one.kind === 'commit');
        verdicts.check(
          2,
          isOfVoid || over.get(key) !== 'taken back',
          () => `${key} was handed over although it had been taken back`,
        );
        if (!isOfVoid) over.set(key, 'handed over');
      }
    },
  };
}

/** 16. A terminal takes back no more on a day than the rules say, over all restarts. By the day on which each was begun. */
export function voidsAreFew(): Checker {
  const counts = new Map<string, number>();
  return {
    name: 'voids are few',
    see: (seen, history, verdicts) => {
      if (seen.type !== 'frame') return;
      const machine = history.machine(seen.machine);
      for (const entry of seen.entries) {
        const tap = entry.kind === 'commit' ? machine.intents.get(entry.tapId)?.intent : undefined;
        if (tap?.takesBack === undefined) continue;
        const key = `${seen.machine} on ${isoDay(CALENDAR.dayOf(tap.atMs))}`;
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        verdicts.check(
          16,
          count <= VOIDS.perDayMax || machine.spoilt || machine.forked,
          () => `${key} took ${count} services back, ${VOIDS.perDayMax} are allowed`,
        );
      }
    },
  };
}

/** 17. No more than five PINs are judged in a row that were not right, of a terminal, within a day: whatever was cut or started again between them. */
export function pinsAreFew(): Checker {
  const rows = new Map<string, { count: number; lastMs: number }>();
  return {
    name: 'PINs are few',
    see: (seen, history, verdicts) => {
      if (seen.type !== 'pin') return;
      const { machine, atMs, outcome } = seen;
      if (outcome === 'right') {
        rows.delete(machine);
        return;
      }
      const before = rows.get(machine);
      const count = before === undefined || atMs - before.lastMs >= PIN_LOCK_MS ? 1 : before.count + 1;
      rows.set(machine, { count, lastMs: atMs });
      const { forked, spoilt } = history.machine(machine);
      verdicts.check(
        17,
        count <= PIN_ATTEMPTS_MAX || forked || spoilt,
        () => `${machine} judged ${count} PINs in a row`,
      );
    },
  };
}

interface VoidNotes {
  /** By card and sequence of the service, the machine that took it back. */
  readonly voids: Map<string, string>;
  /** By machine and tap, how a grant ended. */
  readonly over: Map<string, 'handed over' | 'taken back'>;
  readonly takesBack: NonNullable<IntentStep['takesBack']>;
}

interface At {
  readonly seen: SeenFrame;
  readonly history: History;
  readonly verdicts: Verdicts;
}

function checkVoid({ seen, history, verdicts }: At, tap: IntentStep, notes: VoidNotes): void {
  const { voids, over, takesBack } = notes;
  const machine = history.machine(seen.machine);
  const key = `${tap.card}/${takesBack.ledgerSequence}`;
  const before = voids.get(key);
  const excused = history.tainted.has(tap.card) || machine.spoilt || history.forkedTerminals.has(machine.terminal);
  verdicts.check(2, before === undefined || excused, () => `${key} was taken back at ${before} and at ${seen.machine}`);
  voids.set(key, seen.machine);
  const grant = [...machine.intents.values()].find(
    ({ intent }) =>
      intent.card === tap.card &&
      intent.ledgerSequence === takesBack.ledgerSequence &&
      intent.takesBack === undefined &&
      JSON.stringify(intent.items) === JSON.stringify(tap.items),
  )?.intent;
  verdicts.check(
    2,
    grant !== undefined || machine.spoilt,
    () => `${seen.machine} takes back ${key}, which it never served like that`,
  );
  const name = `${seen.machine} ${grant?.tapId ?? ''}`;
  verdicts.check(2, over.get(name) !== 'handed over', () => `${name} was taken back although it had been handed over`);
  over.set(name, 'taken back');
  const isTold = seen.events.some(
    ({ event }) =>
      event.type === 'void' &&
      event.card === tap.card &&
      event.voided === takesBack.ledgerSequence &&
      event.supervisor === SUPERVISOR.number,
  );
  verdicts.check(3, isTold, () => `${seen.machine} takes back ${key} without saying who allowed it`);
}

interface Written {
  readonly record: LedgerRecord;
  readonly quantity: number;
  readonly takesBack: number | null;
}

/**
 * 3. and 16. What stands on a card as used on a day is at least what was served on that day and not taken back, and at most the quota: of cards that
 * nobody tampered with, and whose records no terminal had to doubt.
 */
export function ledgersAddUp(): Checker {
  const cards = new Map<number, Written[]>();
  const doubted = new Set<number>();
  return {
    name: 'ledgers add up',
    see: (seen, history, verdicts) => {
      if (seen.type !== 'frame') return;
      for (const { event } of seen.events)
        if (event.type === 'unresolved' && event.reason.startsWith('ERR_LEDGER_')) doubted.add(event.card);
      const machine = history.machine(seen.machine);
      if (machine.spoilt || machine.forked) for (const card of cardsOf(seen, history)) doubted.add(card);
      for (const entry of seen.entries) {
        const tap = entry.kind === 'commit' ? machine.intents.get(entry.tapId)?.intent : undefined;
        if (tap === undefined) continue;
        const before = cards.get(tap.card) ?? [];
        const written = [...before, writtenBy(tap)];
        cards.set(tap.card, written);
        // Two records of one number are another invariant's, and nothing adds up behind them.
        if (before.some(({ record }) => record.sequence === tap.ledgerSequence)) doubted.add(tap.card);
        if (!history.tainted.has(tap.card) && !doubted.has(tap.card)) checkLedger(tap.card, written, verdicts);
      }
    },
  };
}

function writtenBy(tap: IntentStep): Written {
  const { record } = readSlotImage(tap.slotImage);
  const quantity = tap.items.reduce((sum, item) => sum + item.quantity, 0);
  return { record, quantity, takesBack: tap.takesBack?.ledgerSequence ?? null };
}

function cardsOf(seen: Extract<Observation, { type: 'frame' }>, history: History): number[] {
  const { intents } = history.machine(seen.machine);
  return seen.entries.flatMap((entry) => {
    const tap = entry.kind === 'commit' ? intents.get(entry.tapId)?.intent : undefined;
    return tap === undefined ? [] : [tap.card];
  });
}

/** A commit may become durable after that of a later record, so all records are looked at again. */
function checkLedger(card: number, written: readonly Written[], verdicts: Verdicts): void {
  for (const { record } of written) {
    const upTo = written.filter((one) => one.record.sequence <= record.sequence);
    const back = new Set(upTo.flatMap(({ takesBack }) => (takesBack === null ? [] : [takesBack])));
    const drawn = upTo
      .filter((one) => one.takesBack === null && one.record.day === record.day && !back.has(one.record.sequence))
      .reduce((sum, { quantity }) => sum + quantity, 0);
    const used = record.usage[0]?.usedDay ?? 0;
    verdicts.check(
      3,
      used >= drawn,
      () => `record ${record.sequence} of card ${card} says ${used} where ${drawn} was served and not taken back`,
    );
    verdicts.check(
      16,
      drawn <= quotaOfDay(card),
      () => `card ${card} drew ${drawn} on day ${record.day}, its quota is ${quotaOfDay(card)}`,
    );
  }
}

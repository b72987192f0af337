/**
 * The effect at the centre, computed here once more from the raw bytes of its events: 8. settlement counts each of them once and nothing
 * else; 2. and 9. what stands there twice, or on two branches, is a case; 3. so is every tap of which nobody knows how it ended; 8. and what was taken back
 * is drawn by nobody.
 */
import type { RedemptionEvent, UnresolvedEvent, VoidEvent } from '../../../agent/domain/event.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { isoMonth } from '../../../sync/settlement/rules.js';
import type { Checker, Verdicts } from '../checker.js';
import { CALENDAR } from '../kit.js';
import type { Observation } from '../observations.js';

interface Placed<E> {
  readonly id: string;
  readonly terminal: string;
  readonly event: E;
}

/** See the head of this file. */
export function effectIsRight(): Checker {
  return {
    name: 'the effect is right',
    see: (seen, _history, verdicts) => {
      if (seen.type !== 'centre') return;
      verdicts.check(20, seen.settled, () => 'settlement has not taken in everything within its bound');
      if (!seen.settled) return;
      const events = seen.events.map(read);
      const redemptions = events.filter((one): one is Placed<RedemptionEvent> => one.event.type === 'redemption');
      const unresolved = events.filter((one): one is Placed<UnresolvedEvent> => one.event.type === 'unresolved');
      const cases = new Set(seen.cases.map(({ _id }) => _id));
      const voids = events.filter((one): one is Placed<VoidEvent> => one.event.type === 'void');
      checkServices(redemptions, seen.settlement, verdicts);
      checkVoids({ redemptions, voids }, cases, verdicts);
      checkDrawn({ redemptions, voids }, seen.settlement, verdicts);
      checkDoubles(redemptions, cases, verdicts);
      checkDoubts(unresolved, cases, verdicts);
      checkForks(seen, cases, verdicts);
    },
  };
}

/** The services that settlement counts are the events that say so, each under its card and sequence. */
function checkServices(
  redemptions: readonly Placed<RedemptionEvent>[],
  settlement: readonly StoredDocument[],
  verdicts: Verdicts,
): void {
  const counted = new Set<string>();
  for (const { _id, events } of settlement) {
    if (!_id.startsWith('service:')) continue;
    for (const [id, event] of Object.entries(events as Readonly<Record<string, { readonly type: string }>>))
      if (event.type === 'redemption') counted.add(`${_id} ${id}`);
  }
  for (const { id, event } of redemptions) {
    const key = `service:${event.card}:${String(event.ledgerSequence).padStart(8, '0')} ${id}`;
    verdicts.check(8, counted.delete(key), () => `settlement does not count ${id}`);
  }
  verdicts.check(8, counted.size === 0, () => `settlement counts ${[...counted][0]}, which no event says`);
}

interface Told {
  readonly redemptions: readonly Placed<RedemptionEvent>[];
  readonly voids: readonly Placed<VoidEvent>[];
}

/** What is taken back twice, or was never served, is a case. */
function checkVoids({ redemptions, voids }: Told, cases: ReadonlySet<string>, verdicts: Verdicts): void {
  for (const { id, terminal, event } of voids) {
    const same = voids.filter((one) => one.event.card === event.card && one.event.voided === event.voided);
    const different = new Set(same.map((one) => JSON.stringify([one.terminal, one.event]))).size;
    const isServed = redemptions.some((one) => one.terminal === terminal && isOf(event, one.event));
    if (different === 1 && isServed) continue;
    const name = `void:${event.card}:${event.voided}`;
    verdicts.check(2, cases.has(name), () => `${id} takes back what it may not, and there is no case ${name}`);
  }
}

/** 8. What a card drew in a month is what was served in it and not taken back by the same terminal, each once. */
function checkDrawn({ redemptions, voids }: Told, settlement: readonly StoredDocument[], verdicts: Verdicts): void {
  const wanted = new Map<string, Map<string, number>>();
  for (const { terminal, event } of redemptions) {
    const month = isoMonth(CALENDAR.dayOf(event.time * 1000));
    const isBack = voids.some(
      (one) => one.terminal === terminal && isOf(one.event, event) && monthsOf(one.event).includes(month),
    );
    const key = `usage:${event.card}:${event.programme}:${month}`;
    const services = wanted.get(key) ?? new Map<string, number>();
    const { time, ledgerSequence, items } = event;
    const quantity = isBack ? 0 : items.reduce((sum, item) => sum + item.quantity, 0);
    wanted.set(key, services.set(JSON.stringify([terminal, ledgerSequence, time, items]), quantity));
  }
  for (const [key, services] of wanted) {
    const sum = [...services.values()].reduce((all, one) => all + one, 0);
    const document = settlement.find(({ _id }) => _id === key);
    const drawn = Object.values((document?.drawn ?? {}) as Readonly<Record<string, { readonly month: number }>>);
    const counted = drawn.reduce((all, { month }) => all + month, 0);
    verdicts.check(8, counted === sum, () => `settlement counts ${counted} in ${key}, and ${sum} was drawn`);
  }
}

/** Whether a void is of this service. */
function isOf(back: VoidEvent, { card, programme, ledgerSequence, items }: RedemptionEvent): boolean {
  const same = back.card === card && back.programme === programme && back.voided === ledgerSequence;
  return same && JSON.stringify(back.items) === JSON.stringify(items);
}

/** Months in which settlement looks for what a void takes back: its own, and that of a week before. */
function monthsOf({ time }: VoidEvent): string[] {
  return [time, time - 7 * 86_400].map((at) => isoMonth(CALENDAR.dayOf(Math.max(0, at) * 1000)));
}

/** Two different services under one sequence of a card are a case. */
function checkDoubles(
  redemptions: readonly Placed<RedemptionEvent>[],
  cases: ReadonlySet<string>,
  verdicts: Verdicts,
): void {
  const services = new Map<string, Set<string>>();
  for (const { terminal, event } of redemptions) {
    const key = `${event.card}:${event.ledgerSequence}`;
    const known = services.get(key) ?? new Set();
    services.set(key, known.add(JSON.stringify([terminal, event])));
  }
  for (const [key, different] of services) {
    if (different.size < 2) continue;
    verdicts.check(
      2,
      cases.has(`two-places:${key}`),
      () => `card and sequence ${key} were served ${different.size} times, and there is no case`,
    );
  }
}

/** Every tap in doubt that a terminal told of is a case. */
function checkDoubts(
  unresolved: readonly Placed<UnresolvedEvent>[],
  cases: ReadonlySet<string>,
  verdicts: Verdicts,
): void {
  for (const { id, terminal, event } of unresolved) {
    if (event.items.length === 0) continue;
    const name = `unresolved:${event.card}:${event.ledgerSequence}:${terminal}`;
    verdicts.check(3, cases.has(name), () => `${id} tells of a tap in doubt, and there is no case ${name}`);
  }
}

/** A second event in a place is a forked chain. */
function checkForks(
  { events }: Extract<Observation, { type: 'centre' }>,
  cases: ReadonlySet<string>,
  verdicts: Verdicts,
): void {
  for (const { _id, terminal, epoch } of events) {
    if (_id.split(':').length <= 3) continue;
    const name = `forked-chain:${terminal}:${epoch}`;
    verdicts.check(9, cases.has(name), () => `${_id} stands beside another event, and there is no case ${name}`);
  }
}

function read({ _id, terminal, bytes }: StoredDocument): Placed<ReturnType<typeof decodeEvent>> {
  return { id: _id, terminal: String(terminal), event: decodeEvent(Buffer.from(String(bytes), 'base64url')) };
}

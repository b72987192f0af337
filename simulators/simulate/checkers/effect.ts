/**
 * The effect at the centre, computed here once more from the raw bytes of its events: 8. settlement counts each of them once and nothing
 * else; 2. and 9. what stands there twice, or on two branches, is a case; 3. so is every tap of which nobody knows how it ended.
 */
import type { RedemptionEvent, UnresolvedEvent } from '../../../agent/domain/event.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import type { Checker, Verdicts } from '../checker.js';
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
      checkServices(redemptions, seen.settlement, verdicts);
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

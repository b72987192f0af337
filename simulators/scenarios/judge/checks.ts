/** What rows are put together from: named clauses, each with what was found. */
import type { RedemptionEvent, TakenItem } from '../../../agent/domain/event.js';
import type { Evidence, JudgedEvent } from './evidence.js';
import type { Verdict } from './verdict.js';

/** One clause of a row. */
export interface Clause {
  readonly holds: boolean;
  /** Counts and a few ids: what a person would look up. */
  readonly found: unknown;
}

/** A redemption with where and when. */
export interface JudgedService extends JudgedEvent {
  readonly event: RedemptionEvent;
}

/** Ids that are listed as evidence. */
const IDS_MAX = 5;

/** A row from its clauses: it holds when all of them do. */
export function row(id: string, clauses: Readonly<Record<string, Clause>>): Verdict {
  const ok = Object.values(clauses).every(({ holds }) => holds);
  const evidence = Object.fromEntries(Object.entries(clauses).map(([name, clause]) => [name, clause]));
  return { id, ok, evidence };
}

/** At least `least` things were found. */
export function atLeast(least: number, things: readonly { readonly id: string }[]): Clause {
  return { holds: things.length >= least, found: { count: things.length, least, events: some(things) } };
}

/** Nothing of the kind was found. */
export function none(things: readonly unknown[]): Clause {
  return { holds: things.length === 0, found: { count: things.length, first: things.slice(0, IDS_MAX) } };
}

/** Ids of the first few. */
export function some(things: readonly { readonly id: string }[]): string[] {
  return things.slice(0, IDS_MAX).map(({ id }) => id);
}

/** Services of a programme. */
export function servicesOf(evidence: Evidence, programme: number): JudgedService[] {
  return evidence.events.filter(
    (one): one is JudgedService => one.event.type === 'redemption' && one.event.programme === programme,
  );
}

/** Services that were not taken back. */
export function standing(evidence: Evidence, services: readonly JudgedService[]): JudgedService[] {
  const voided = new Set(
    evidence.events.flatMap(({ event }) => (event.type === 'void' ? [`${event.card} ${event.voided}`] : [])),
  );
  return services.filter(({ event }) => !voided.has(`${event.card} ${event.ledgerSequence}`));
}

/** What services hand out of a commodity, by a key. */
export function sums(
  services: readonly JudgedService[],
  commodity: number,
  key: (service: JudgedService) => string,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const service of services)
    found.set(key(service), (found.get(key(service)) ?? 0) + quantityOf(service.event.items, commodity));
  return found;
}

/** Units of a commodity among items. */
export function quantityOf(items: readonly TakenItem[], commodity: number): number {
  return items.reduce((sum, item) => sum + (item.commodity === commodity ? item.quantity : 0), 0);
}

/** The different services of a card's month, or of a person on a roster: one that stands in several epochs of its terminal is one service. */
import type { PersonDocument, PersonEvent, SlipDocument, SlipEvent, UsageDocument, UsageEvent } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';

/** One service, however often it was said. */
export interface DistinctService {
  readonly terminal: string;
  readonly ledgerSequence: number;
  /** Calendar day that it counts for. */
  readonly day: string;
  readonly items: UsageEvent['items'];
  readonly policy: number;
  readonly quality: UsageEvent['quality'];
  /** Ids of the events that say it. */
  readonly events: readonly string[];
}

/**
 * Services in the order of their first ids, without those that their own terminal took back, whichever was told first. A tap that was interrupted and finished later counts, as it does on the card, for the day
 * on which it began, as far as the terminal told of the interruption in the same month.
 */
export function distinctServices({ events }: Pick<UsageDocument, 'events'>): DistinctService[] {
  const begun = new Map<string, string>();
  const services = new Map<string, DistinctService>();
  const entries = Object.entries(events);
  const back = new Set<string>();
  for (const [id, { type, voided = 0, items }] of entries)
    if (type === 'void') back.add(contentOf(terminalOf(id), [voided, items]));
  for (const [id, { type, ledgerSequence, items, day }] of entries) {
    if (type !== 'unresolved') continue;
    const tap = contentOf(terminalOf(id), [ledgerSequence, items]);
    const earliest = begun.get(tap);
    begun.set(tap, earliest === undefined || day < earliest ? day : earliest);
  }
  for (const [id, { type, ledgerSequence, day, time, items, policy, quality }] of entries) {
    if (type !== 'redemption') continue;
    const terminal = terminalOf(id);
    if (back.has(contentOf(terminal, [ledgerSequence, items]))) continue;
    const tapDay = begun.get(contentOf(terminal, [ledgerSequence, items])) ?? day;
    const key = contentOf(terminal, [ledgerSequence, time, items]);
    const known = services.get(key);
    services.set(key, {
      terminal,
      ledgerSequence,
      day: tapDay < day ? tapDay : day,
      items,
      policy,
      quality,
      events: [...(known?.events ?? []), id],
    });
  }
  return [...services.values()];
}

/** One service to a person, however often its terminal said it. */
export interface PersonService {
  readonly terminal: string;
  readonly told: PersonEvent;
  /** Ids of the events that say it. */
  readonly events: readonly string[];
}

/**
 * The different services, in the order of their first ids, without those that their own terminal took back, whichever was told first. An event that a terminal says again in a
 * new epoch has the same bytes.
 */
export function personServices({ events }: Pick<PersonDocument, 'events'>): PersonService[] {
  const services = new Map<string, PersonService>();
  const entries = Object.entries(events);
  const back = new Set(
    entries.flatMap(([id, { voided }]) => (voided === undefined ? [] : [`${terminalOf(id)}:${voided}`])),
  );
  for (const [id, told] of entries) {
    const terminal = terminalOf(id);
    const key = `${terminal}:${told.mark}`;
    if (told.voided !== undefined || back.has(key)) continue;
    services.set(key, { terminal, told, events: [...(services.get(key)?.events ?? []), id] });
  }
  return [...services.values()];
}

/** One service with a slip, or its void, however often its terminal said it. */
export interface SlipUse {
  readonly terminal: string;
  readonly told: SlipEvent;
  /** Ids of the events that say it. */
  readonly events: readonly string[];
}

/** The different services with a slip and their voids: told as {@link personServices} are, those taken back behind the others. */
export function slipUses({ events }: Pick<SlipDocument, 'events'>): SlipUse[] {
  const uses = new Map<string, SlipUse>();
  for (const [id, told] of Object.entries(events)) {
    const terminal = terminalOf(id);
    const key = `${terminal}:${told.mark}`;
    uses.set(key, { terminal, told, events: [...(uses.get(key)?.events ?? []), id] });
  }
  return [...uses.values()].sort((a, b) => Number(a.told.isBack) - Number(b.told.isBack));
}

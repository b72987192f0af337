/** The documents of settlement's own database. Each is a pure function of the events that concern it, but for the two observations that only a clock can make. */
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';
import { REPLACEMENT_CAUSES } from '../../agent/domain/event.js';
import type { StoredDocument } from '../bridge/store.js';

/** Database of the projections and of the place that settlement has reached. */
export const SETTLEMENT_DATABASE = 'wasl-settlement';

/** What happened under one sequence of one card's ledger. */
export function serviceId(card: number, ledgerSequence: number): string {
  return `service:${card}:${String(ledgerSequence).padStart(8, '0')}`;
}

/** What a card drew of a programme in a month. */
export function usageId(card: number, programme: number, month: string): string {
  return `usage:${card}:${programme}:${month}`;
}

/** The endorsements that were written to a card. */
export function endorsedId(card: number): string {
  return `endorsed:${card}`;
}

/** For whom somebody collected in a month. */
export function representedId(representative: number, month: string): string {
  return `represented:${representative}:${month}`;
}

/** In the place of which cards a card was made, and which were made in its place. */
export function replacedId(card: number): string {
  return `replaced:${card}`;
}

/** What a person on a roster was served of a programme. */
export function personId(roster: number, person: number, programme: number): string {
  return `person:${roster}:${person}:${programme}`;
}

/** What was used of a slip. */
export function slipId(slip: string): string {
  return `slip:${slip}`;
}

/** What the centre holds of an epoch. */
export function epochId(terminal: string, epoch: string): string {
  return `epoch:${terminal}:${epoch}`;
}

/** Stands where the name of an epoch would, for what was before a terminal's first one. */
export const BEFORE_FIRST = 'first';

const item = z.object({ commodity: z.int(), quantity: z.int() });
const versions = z.object({
  keys: z.int(),
  hotlist: z.int(),
  policy: z.int(),
  time: z.enum(['signed', 'set', 'doubtful']),
});
const cases = z.array(z.string());

const serviceEvent = z.object({
  type: z.enum(['redemption', 'unresolved', 'void']),
  time: z.int(),
  programme: z.int(),
  items: z.array(item),
  /** Of a redemption and a void. */
  versions: versions.nullable(),
  operator: z.int().nullable(),
  /** Of an unresolved tap. */
  reason: z.string().nullable(),
  /** Sequence that the event itself names: a card whose newest slot was found destroyed speaks of the one behind it. */
  ledgerSequence: z.int(),
  /** Of a void: sequence of the service that it takes back, and who allowed it. It stands under both sequences. */
  voided: z.int().exactOptional(),
  supervisor: z.int().exactOptional(),
});

/** {@link serviceId}: events by id. */
export const serviceSchema = z.object({
  card: z.int(),
  ledgerSequence: z.int(),
  events: z.record(z.string(), serviceEvent),
  /** Ids of the cases that it ever gave rise to. */
  cases,
});
/** One event of a service. */
export type ServiceEvent = z.infer<typeof serviceEvent>;
/** See {@link serviceSchema}. */
export type ServiceDocument = z.infer<typeof serviceSchema>;

const usageEvent = z.object({
  type: z.enum(['redemption', 'unresolved', 'void']),
  ledgerSequence: z.int(),
  /** Of a void: sequence of the service that it takes back. */
  voided: z.int().exactOptional(),
  /** Calendar day of the site, e.g. `2026-11-21`. */
  day: z.string(),
  time: z.int(),
  items: z.array(item),
  /** Version of the policy; 0 for an unresolved tap, which names none. */
  policy: z.int(),
  quality: z.enum(['signed', 'set', 'doubtful']),
});
const drawn = z.object({ month: z.int(), days: z.record(z.string(), z.int()) });

/** {@link usageId}: events by id, and what they come to. */
export const usageSchema = z.object({
  card: z.int(),
  programme: z.int(),
  month: z.string(),
  events: z.record(z.string(), usageEvent),
  /** By commodity, in its unit: every different service once, those in doubt included, those taken back left out. */
  drawn: z.record(z.string(), drawn),
  cases,
});
/** One event of a month's usage. */
export type UsageEvent = z.infer<typeof usageEvent>;
/** See {@link usageSchema}. */
export type UsageDocument = z.infer<typeof usageSchema>;

const personEvent = z.object({
  /** First 16 hex digits of the SHA-256 of the event's bytes: said again in another epoch, it is the same service. */
  mark: z.string(),
  time: z.int(),
  /** Calendar day of the site, e.g. `2026-11-21`. */
  day: z.string(),
  items: z.array(item),
  /** Version of the policy. */
  policy: z.int(),
  operator: z.int(),
  /** Of a void: mark of the service that it takes back, and who allowed it. */
  voided: z.string().exactOptional(),
  supervisor: z.int().exactOptional(),
});

/** {@link personId}: events by id, and what they come to. */
export const personSchema = z.object({
  roster: z.int(),
  person: z.int(),
  programme: z.int(),
  events: z.record(z.string(), personEvent),
  /** By commodity, in its unit: every different service once, those taken back left out. */
  served: z.record(z.string(), z.int()),
  cases,
});
/** One service to a person without a card, or its taking back. */
export type PersonEvent = z.infer<typeof personEvent>;
/** See {@link personSchema}. */
export type PersonDocument = z.infer<typeof personSchema>;

const slipEvent = z.object({
  /** As of a {@link PersonEvent}. */
  mark: z.string(),
  /** It was given back, not used. */
  isBack: z.boolean(),
  time: z.int(),
  /** Calendar day of the site, e.g. `2026-11-21`. */
  day: z.string(),
  programme: z.int(),
  /** Whose it is: a card, or a person of a roster. */
  card: z.int().exactOptional(),
  roster: z.int().exactOptional(),
  person: z.int().exactOptional(),
  papers: z.array(z.object({ commodity: z.int(), units: z.int(), of: z.int() })),
});

/** {@link slipId}: events by id, and what they come to. */
export const slipSchema = z.object({
  /** 16 hex digits. */
  slip: z.string(),
  events: z.record(z.string(), slipEvent),
  /** Units by commodity: every different service once, less what was given back. */
  used: z.record(z.string(), z.int()),
  cases,
});
/** One service with a slip, or the void of one. */
export type SlipEvent = z.infer<typeof slipEvent>;
/** See {@link slipSchema}. */
export type SlipDocument = z.infer<typeof slipSchema>;

/** {@link endorsedId}: what terminals told of writing endorsements to the card, by the ids of the events. */
export const endorsedSchema = z.object({
  card: z.int(),
  events: z.record(
    z.string(),
    z.object({
      time: z.int(),
      /** Of the endorsement, in the series of its credential: a card that is issued anew begins at 1 again. */
      number: z.int(),
      /** What the card showed before, and what the terminal had seen on it; 0 for none. */
      shown: z.int(),
      known: z.int(),
      programme: z.int(),
      operator: z.int(),
    }),
  ),
  cases,
});
/** See {@link endorsedSchema}. */
export type EndorsedDocument = z.infer<typeof endorsedSchema>;
/** One event of it. */
export type EndorsedRecord = EndorsedDocument['events'][string];

/** {@link representedId}: services for others, by the ids of their events. */
export const representedSchema = z.object({
  /** Serial of the card of whoever collected. */
  representative: z.int(),
  /** `2026-11`. */
  month: z.string(),
  events: z.record(
    z.string(),
    z.object({
      time: z.int(),
      /** Calendar day of the site, e.g. `2026-11-21`. */
      day: z.string(),
      /** Of the holder. */
      card: z.int(),
      ledgerSequence: z.int(),
      programme: z.int(),
      /** Version of the policy. */
      policy: z.int(),
    }),
  ),
  cases,
});
/** See {@link representedSchema}. */
export type RepresentedDocument = z.infer<typeof representedSchema>;
/** One service of it. */
export type RepresentedRecord = RepresentedDocument['events'][string];

const replacement = z.object({
  time: z.int(),
  /** The card at the other end. */
  other: z.int(),
  cause: z.enum(REPLACEMENT_CAUSES),
  family: z.int(),
  /** Newest sequence of the old ledger that is carried on, and the first one of the new. */
  closing: z.int(),
  opening: z.int(),
  /** What the new ledger began with, as of this day, in days since 1970-01-01. */
  day: z.int(),
  usage: z.array(z.object({ commodity: z.int(), usedDay: z.int(), usedMonth: z.int() })),
  more: z.object({
    tallies: z.array(z.object({ commodity: z.int(), usedYear: z.int(), usedEver: z.int(), ahead: z.int() })),
    balances: z.array(z.object({ account: z.int(), value: z.int() })),
    papers: z.array(
      z.object({
        kind: z.int(),
        number: z.int(),
        commodity: z.int(),
        left: z.int(),
        untilDay: z.int(),
        site: z.int(),
      }),
    ),
  }),
  operator: z.int(),
});

/** {@link replacedId}: events by id. */
export const replacedSchema = z.object({
  card: z.int(),
  /** Cards that were made in its place. */
  by: z.record(z.string(), replacement),
  /** Cards in whose place it was made. */
  of: z.record(z.string(), replacement),
  cases,
});
/** See {@link replacedSchema}. */
export type ReplacedDocument = z.infer<typeof replacedSchema>;
/** One ledger of a replaced card. */
export type Replacement = ReplacedDocument['by'][string];

const previous = z.object({ epoch: z.string(), seq: z.int(), head: z.string() });
const cause = z.enum(['first', 'period', 'mismatch', 'provisioned', 'damage']);

/** {@link epochId}. */
export const epochSchema = z.object({
  terminal: z.string(),
  epoch: z.string(),
  /** Runs of events that are held: first, last, and the times of these two in seconds, null where they cannot be read. */
  held: z.array(z.tuple([z.int(), z.int(), z.int().nullable(), z.int().nullable()])),
  /** Its first event, once it is held. */
  opening: z.object({ time: z.int(), cause, previous: previous.nullable() }).nullable(),
  /** Later epochs that say they go on from this one, by the id of their first event. */
  successors: z.record(z.string(), z.object({ epoch: z.string(), seq: z.int(), head: z.string(), cause })),
  /** Events beside what stands in their place: heads by id. */
  rivals: z.record(z.string(), z.string()),
  /** Where it was closed, if events came to it all the same. */
  closedAt: z.int().nullable(),
  /** Events before their predecessor: its time and their own, in seconds, by id. */
  backwards: z.record(z.string(), z.tuple([z.int(), z.int()])),
  /** Events ahead of the centre's clock: their time, and when that was noticed, in seconds, by id. Kept when all else is computed anew. */
  ahead: z.record(z.string(), z.tuple([z.int(), z.int()])),
  /** Missing ranges, and when each was noticed, in milliseconds since 1970. */
  gaps: z.array(z.object({ first: z.int(), last: z.int(), sinceMs: z.int() })),
  cases,
});
/** See {@link epochSchema}. */
export type EpochDocument = z.infer<typeof epochSchema>;

/** Reads a document back. Throws `ERR_DATABASE` for one that settlement cannot have written. */
export function readBack<T>(schema: z.ZodType<T>, document: StoredDocument): T {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new WaslError(
    'ERR_DATABASE',
    `the document ${document._id} of ${SETTLEMENT_DATABASE} is not one of settlement's`,
    {
      cause: parsed.error,
    },
  );
}

/** JSON whose bytes depend on the content alone: keys in order, at every depth; a revision does not count. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === '_rev') return undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return sorted(inner as Record<string, unknown>);
  });
}

/** The record with its keys in order, at most `max` of them: the lowest. */
export function sorted<T>(record: Readonly<Record<string, T>>, max = Number.MAX_SAFE_INTEGER): Record<string, T> {
  const keys = Object.keys(record).sort().slice(0, max);
  return Object.fromEntries(keys.map((key) => [key, record[key] as T]));
}

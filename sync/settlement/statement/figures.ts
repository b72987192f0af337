/**
 * What an outlet is owed, from events alone. Pure: the same events in any order give the same figures, at the centre, from a terminal's own journal, or
 * on the desk of an auditor. Sums are whole minor units of the policy's currency.
 *
 *   events ── the same bytes twice are one ──▶ entries: services, and voids with the charge of the service that they take back
 */
import { createHash } from 'node:crypto';
import { eventMark } from '../../../agent/credential/hash.js';
import type { ServiceDetails, TakenItem, WaslEvent } from '../../../agent/domain/event.js';
import { encodeEvent } from '../../protocol/event-codec.js';

/** An event of a terminal of the outlet. */
export interface OutletEvent {
  /** Id of the event, as on receipts. */
  readonly id: string;
  readonly terminal: string;
  /** {@link markOf} of terminal and bytes. */
  readonly mark: string;
  /** Calendar day of the site, `YYYY-MM-DD`. */
  readonly day: string;
  readonly event: WaslEvent;
}

/** A service, or a void: whatever its terminal said of it, said once. */
export interface Entry {
  readonly mark: string;
  readonly kind: 'service' | 'void';
  readonly terminal: string;
  readonly day: string;
  /** Ids of the events that say it, in order: one, or more where a terminal said it again in a new epoch. */
  readonly events: readonly string[];
  readonly programme: number;
  readonly items: readonly TakenItem[];
  /** Version of the policy that it was decided under. */
  readonly policy: number;
  /** The card, or the person on a roster, as cases name them. */
  readonly who: { readonly card: number } | { readonly roster: number; readonly person: number };
  /** Money: all of it, and the holder's part. Of a void, what it takes back: never below 0. */
  readonly gross: number;
  readonly holder: number;
  /** The holder's part where it was taken off a card: the outlet collected nothing. Else 0. */
  readonly purse: number;
  /** Of a void: mark of the service that it takes back; null where no event here is that service. */
  readonly takesBack: string | null;
}

/** What entries come to: voids are subtracted. */
export interface Totals {
  readonly services: number;
  readonly voids: number;
  readonly gross: number;
  readonly holder: number;
  /** Of the holders' part, what they paid from their cards: the outlet has not seen it, and gets it beside `owed`. */
  readonly purse: number;
  /** What the authority owes the outlet of the price: all but the holders' part. */
  readonly owed: number;
}

/** What tells an entry from others: the terminal and the very bytes, 32 hex digits. */
export function markOf(terminal: string, bytes: Uint8Array): string {
  return createHash('sha256').update(`wasl/entry/1 ${terminal}\n`).update(bytes).digest('hex').slice(0, 32);
}

/** The entries that these events say, in the order of their marks. What was only tried out is none. */
export function entriesOf(events: readonly OutletEvent[]): readonly Entry[] {
  const services = new Map<string, Entry>();
  const byPlace = new Map<string, Entry>();
  const voids: OutletEvent[] = [];
  for (const one of [...events].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))) {
    if (one.event.type === 'void' || one.event.type === 'roster-void') voids.push(one);
    const known = services.get(one.mark);
    const entry = known === undefined ? serviceOf(one) : { ...known, events: [...known.events, one.id] };
    if (entry === null) continue;
    services.set(one.mark, entry);
    if (one.event.type === 'redemption') byPlace.set(placeOf(one.terminal, one.event, one.event.ledgerSequence), entry);
    if (one.event.type === 'roster') byPlace.set(personPlaceOf(one.terminal, eventMark(encodeEvent(one.event))), entry);
  }
  const entries = new Map(services);
  const taken = new Set<string>();
  for (const one of voids) {
    const known = entries.get(one.mark);
    const entry = known === undefined ? voidOf(one, byPlace) : { ...known, events: [...known.events, one.id] };
    // A service is taken back once, whatever else is said of it.
    if (known === undefined && entry.takesBack !== null) {
      if (taken.has(entry.takesBack)) continue;
      taken.add(entry.takesBack);
    }
    entries.set(one.mark, entry);
  }
  return [...entries.values()].sort((a, b) => (a.mark < b.mark ? -1 : a.mark > b.mark ? 1 : 0));
}

/** What entries come to. Throws nothing; sums beyond 2^53 cannot come from events, whose numbers are bounded one by one. */
export function totalsOf(entries: readonly Entry[]): Totals {
  const sum = { services: 0, voids: 0, gross: 0, holder: 0, purse: 0 };
  for (const { kind, gross, holder, purse } of entries) {
    const sign = kind === 'void' ? -1 : 1;
    if (kind === 'void') sum.voids += 1;
    else sum.services += 1;
    sum.gross += sign * gross;
    sum.holder += sign * holder;
    sum.purse += sign * purse;
  }
  return { ...sum, owed: sum.gross - sum.holder };
}

/** What an outlet gets for entries that came to this: the authority's part of the prices, and what holders paid from their cards. */
export function dueOf({ owed, purse }: Pick<Totals, 'owed' | 'purse'>): number {
  return owed + purse;
}

/** Two digests are equal when the same entries stand behind them: outlet and authority compare 64 hex digits in place of lists. */
export function digestOf(entries: readonly Entry[]): string {
  const hash = createHash('sha256').update('wasl/statement/1\n');
  for (const mark of entries.map((entry) => entry.mark).sort()) hash.update(`${mark}\n`);
  return hash.digest('hex');
}

function serviceOf({ id, terminal, mark, day, event }: OutletEvent): Entry | null {
  if (event.type !== 'redemption' && event.type !== 'roster') return null;
  if (event.details?.isTrial === true) return null;
  const { programme, items, versions, details } = event;
  const who = event.type === 'redemption' ? { card: event.card } : { roster: event.roster, person: event.person };
  const money = chargeOf(details);
  const common = { mark, terminal, day, events: [id], programme, items, policy: versions.policy };
  return { ...common, kind: 'service', who, ...money, takesBack: null };
}

function voidOf({ id, terminal, mark, day, event }: OutletEvent, services: ReadonlyMap<string, Entry>): Entry {
  if (event.type !== 'void' && event.type !== 'roster-void') throw new TypeError('not a void');
  const { programme, items, versions } = event;
  const who = event.type === 'void' ? { card: event.card } : { roster: event.roster, person: event.person };
  // A void is made at the terminal that served, before anything was handed over.
  const place = event.type === 'void' ? placeOf(terminal, event, event.voided) : personPlaceOf(terminal, event.voided);
  const service = services.get(place);
  const { gross, holder, purse } = service ?? chargeOf(undefined);
  const money = { gross, holder, purse };
  const common = { mark, terminal, day, events: [id], programme, items, policy: service?.policy ?? versions.policy };
  return { ...common, kind: 'void', who, ...money, takesBack: service?.mark ?? null };
}

function chargeOf(details: ServiceDetails | undefined): Pick<Entry, 'gross' | 'holder' | 'purse'> {
  const { gross, holder } = details?.charge ?? { gross: 0, holder: 0 };
  return { gross, holder, purse: details?.isFromPurse === true ? holder : 0 };
}

/** A service without a card is named by its bytes. */
function personPlaceOf(terminal: string, mark: string): string {
  return JSON.stringify([terminal, mark]);
}

function placeOf(
  terminal: string,
  {
    card,
    programme,
    items,
  }: { readonly card: number; readonly programme: number; readonly items: readonly TakenItem[] },
  ledgerSequence: number,
): string {
  return JSON.stringify([terminal, card, programme, ledgerSequence, items]);
}

/**
 * What a card's ledgers state as far as the centre knows: folded from the events of its services, with the functions that the terminal counted with. It is
 * what a card that was lost is replaced from.
 *
 * Where something is not certain it counts as used: an interrupted tap of which nobody told the end, and both services of a number that two terminals
 * used. What the centre has not heard of is not in it, and nobody can know it: that is bounded by what the card could still draw, and by the
 * programmes' limits on serving without the centre.
 */
import type { Openings } from '../../agent/credential/personalise.js';
import type { DecisionVersions, RedemptionEvent, UnresolvedEvent, VoidEvent } from '../../agent/domain/event.js';
import { LEDGER_FAMILIES, type LedgerPaper, NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Policy } from '../../agent/domain/policy.js';
import { openService } from '../../agent/services/decide.js';
import type {
  HolderFacts,
  LedgerState,
  PaperUsed,
  ServiceEffects,
  ServiceGrant,
  ServiceSnapshot,
} from '../../agent/services/service.js';
import { balanceChanges, usageOf, withBalance, withUsage } from '../../agent/services/state.js';
import { withoutPapers } from '../../agent/services/take.js';
import { takeBack } from '../../agent/services/take-back.js';
import type { DocumentStore } from '../bridge/store.js';
import { documentsFrom } from './desk.js';
import { readBack, replacedId, replacedSchema, SETTLEMENT_DATABASE, serviceSchema } from './documents.js';
import { contentOf, eventsDatabaseOf, evidenceOf, terminalOf } from './evidence.js';
import { dayOfTime, type SettlementRules } from './rules.js';

/** One ledger of a card, as far as the centre knows. */
export interface CentreLedger extends LedgerState {
  /** Newest sequence that the centre knows of; 1 on a card that was issued and never served. */
  readonly closing: number;
  /** Services that were counted. */
  readonly services: number;
}

/** Whose card it is: what the authority issued it with. */
export type CardHolder = Pick<
  HolderFacts,
  'household' | 'householdSize' | 'draws' | 'homeSite' | 'coverage' | 'rationScheme' | 'issuedDay' | 'expiresDay'
> & {
  readonly card: number;
  /** What its ledgers were issued with, of an older system; absent: nothing used. Of a card in the place of another one the centre knows it itself. */
  readonly openings?: Openings;
};

type Counted = RedemptionEvent | UnresolvedEvent;
type CardEvent = Counted | VoidEvent;

interface Told {
  readonly terminal: string;
  readonly event: CardEvent;
}

/** Ledgers of a card by family, the rations' always among them. Rejects with `ERR_DATABASE`. */
export async function cardAtCentre(
  store: DocumentStore,
  rules: SettlementRules,
  holder: CardHolder,
): Promise<ReadonlyMap<number, CentreLedger>> {
  const told = await toldOf(store, holder.card);
  const ledgers = await openingsAt(store, holder);
  const known = new Map<number, Told[]>();
  for (const one of told) {
    const family = familyOf(one.event.programme, one.event, rules);
    known.set(family, [...(known.get(family) ?? []), one]);
  }
  for (const [family, events] of known)
    ledgers.set(family, foldLedger(ledgers.get(family) ?? unused(holder), events, { rules, holder }));
  return ledgers;
}

/** Never served. */
function unused({ issuedDay }: CardHolder): CentreLedger {
  return { day: issuedDay, usage: [], more: NOTHING_MORE, closing: 1, services: 0 };
}

/** What the card began with, where it was itself made in the place of another one. */
async function openingsAt(store: DocumentStore, holder: CardHolder): Promise<Map<number, CentreLedger>> {
  const ledgers = new Map<number, CentreLedger>([[LEDGER_FAMILIES.ration, unused(holder)]]);
  for (const [family, { day, usage, more, firstSequence }] of holder.openings ?? [])
    ledgers.set(family, { day, usage, more, closing: firstSequence + 1, services: 0 });
  const [document] = await store.read(SETTLEMENT_DATABASE, [replacedId(holder.card)]);
  if (document === null || document === undefined) return ledgers;
  for (const { family, day, usage, more, opening } of Object.values(readBack(replacedSchema, document).of))
    ledgers.set(family, { day, usage, more, closing: opening + 1, services: 0 });
  return ledgers;
}

/** The events of a card's services, each once, however often a terminal said it. */
async function toldOf(store: DocumentStore, card: number): Promise<readonly Told[]> {
  const ids = new Map<string, Set<string>>();
  for await (const document of documentsFrom(store, SETTLEMENT_DATABASE, `service:${card}:`))
    for (const id of Object.keys(readBack(serviceSchema, document).events)) {
      const database = eventsDatabaseOf(id);
      ids.set(database, (ids.get(database) ?? new Set()).add(id));
    }
  const told = new Map<string, Told>();
  for (const [database, some] of ids)
    for (const document of await store.read(database, [...some])) {
      const event = document === null ? null : (evidenceOf(document)?.event ?? null);
      if (document === null || !isOfCard(event)) continue;
      const terminal = terminalOf(document._id);
      told.set(contentOf(terminal, event), { terminal, event });
    }
  return [...told.values()];
}

function isOfCard(event: { readonly type: string } | null): event is CardEvent {
  return event !== null && ['redemption', 'unresolved', 'void'].includes(event.type);
}

function versionsOf(event: CardEvent): DecisionVersions | null {
  return event.type === 'unresolved' ? null : event.versions;
}

function policyOf(event: CardEvent, rules: SettlementRules): Policy | null {
  const versions = versionsOf(event);
  return (versions === null ? null : rules.policy(versions.policy)) ?? rules.newestPolicy();
}

function familyOf(programme: number, event: CardEvent, rules: SettlementRules): number {
  const known = [policyOf(event, rules), rules.newestPolicy()].flatMap((policy) => policy?.programmes ?? []);
  return known.find(({ number }) => number === programme)?.family ?? LEDGER_FAMILIES.ration;
}

/** What the services come to, and those that were taken back, in the order of their numbers: as the card was written. */
function foldLedger(
  opening: CentreLedger,
  told: readonly Told[],
  by: { readonly rules: SettlementRules; readonly holder: CardHolder },
): CentreLedger {
  const ended = new Set(
    told.flatMap(({ terminal, event }) =>
      event.type === 'redemption' ? [tapOf(terminal, event.ledgerSequence, event)] : [],
    ),
  );
  const back = new Set(
    told.flatMap(({ terminal, event }) => (event.type === 'void' ? [tapOf(terminal, event.voided, event)] : [])),
  );
  const inOrder = [...told].sort(
    (a, b) => a.event.ledgerSequence - b.event.ledgerSequence || a.event.time - b.event.time,
  );
  /** Services that may be taken back, by their tap. */
  const served = new Map<string, ServiceGrant>();
  let state: LedgerState = opening;
  let services = 0;
  for (const { terminal, event } of inOrder) {
    if (event.type === 'void') {
      const tap = tapOf(terminal, event.voided, event);
      const grant = served.get(tap);
      const without = grant === undefined ? null : withoutService(state, { event, grant }, by);
      // What cannot be given back, or was already, counts as used.
      if (without === null) continue;
      served.delete(tap);
      state = without;
      services -= 1;
      continue;
    }
    const tap = tapOf(terminal, event.ledgerSequence, event);
    if (event.items.length === 0 || (event.type === 'unresolved' && ended.has(tap))) continue;
    const { after, grant } = withService(state, event, by);
    // Without the rules that it was counted by nobody can take it out again: it is left out from the beginning.
    if (grant === null && back.has(tap)) continue;
    if (grant !== null) served.set(tap, grant);
    state = after;
    services += 1;
  }
  const closing = told.reduce((most, { event }) => Math.max(most, event.ledgerSequence), opening.closing);
  const { day, usage, more } = state;
  return { day, usage, more, closing, services };
}

/** What tells one tap of a terminal from another one, whatever became of it. */
function tapOf(terminal: string, sequence: number, { items }: CardEvent): string {
  return contentOf(terminal, [sequence, items]);
}

/** The ledger after a service, and what it did; `grant` null where nobody knows the rules that it was counted by. */
function withService(
  state: LedgerState,
  event: Counted,
  by: { readonly rules: SettlementRules; readonly holder: CardHolder },
): { readonly after: LedgerState; readonly grant: ServiceGrant | null } {
  const snapshot = snapshotFor(state, event, by);
  const service = snapshot === null ? null : openService(snapshot, { items: event.items });
  // Without the rules that it was counted by, every unit counts.
  if (snapshot === null || service === null || service.steps === null)
    return { after: event.items.reduce(counted, state), grant: null };
  const { opening, steps } = service;
  const { after, used, written } = stated(steps.at(-1)?.taken.state ?? opening, opening, event);
  const isOnSlip = event.type === 'redemption' && event.details?.slip !== undefined;
  const effects: ServiceEffects = {
    day: opening.day,
    counted: steps.map(({ taken }) => taken.counted),
    balances: balanceChanges(opening, after),
    used: used ?? steps.flatMap(({ taken }) => taken.used),
    written,
    ...(isOnSlip ? { isOnSlip: true } : {}),
    charge: { gross: 0, holder: 0 },
  };
  const { programme, items } = event;
  const about = { exemption: 0, supervisor: 0, isTrial: false, remindDays: null, versions: snapshot.versions };
  return { after, grant: { outcome: 'grant', programme, items, effects, ...about } };
}

/** The ledger after a service was taken back, with the function that the terminal gave it back with; null where that cannot be. */
function withoutService(
  state: LedgerState,
  { event, grant }: { readonly event: VoidEvent; readonly grant: ServiceGrant },
  by: { readonly rules: SettlementRules; readonly holder: CardHolder },
): LedgerState | null {
  const snapshot = snapshotFor(state, event, by);
  const back = snapshot === null ? null : takeBack(snapshot, grant);
  return back?.outcome === 'void' ? back.state : null;
}

/** What the event says itself of accounts and papers holds: which paper was used, only the card knew. `used` null where it does not say. */
function stated(
  counted: LedgerState,
  opening: LedgerState,
  event: Counted,
): {
  readonly after: LedgerState;
  readonly used: readonly PaperUsed[] | null;
  readonly written: readonly LedgerPaper[];
} {
  const details = event.type === 'redemption' ? event.details : undefined;
  if (details === undefined) return { after: counted, used: null, written: [] };
  const units = new Map(details.used.map((one) => [one.paper, one.units]));
  const used = opening.more.papers.flatMap((before): PaperUsed[] => {
    const { number: paper } = before;
    const taken = Math.min(before.left, units.get(paper) ?? 0);
    return taken > 0 ? [{ paper, units: taken, before }] : [];
  });
  const written = details.slip === undefined ? details.written : [];
  const { more } = withoutPapers(opening, used);
  const so = { ...counted, more: { ...counted.more, papers: [...more.papers, ...written] } };
  const after = details.balances.reduce<LedgerState>(
    (changed, { account, value }) => withBalance(changed, account, value),
    so,
  );
  return { after, used, written };
}

function counted(state: LedgerState, { commodity, quantity }: { commodity: number; quantity: number }): LedgerState {
  const { usedDay, usedMonth } = usageOf(state, commodity);
  return withUsage(state, { commodity, usedDay: usedDay + quantity, usedMonth: usedMonth + quantity });
}

/** What the service is counted on; null where nobody knows its rules. Nothing is decided, so what only decisions look at is left empty. */
function snapshotFor(
  state: LedgerState,
  event: CardEvent,
  { rules, holder }: { readonly rules: SettlementRules; readonly holder: CardHolder },
): ServiceSnapshot | null {
  const policy = policyOf(event, rules);
  const programme = policy?.programmes.find(({ number }) => number === event.programme);
  if (policy === null || programme === undefined) return null;
  return {
    ...{ policy, programme, day: dayOfTime(event.time, rules), timeSec: event.time },
    site: { number: 0, name: '', kind: '', area: '', accredited: false },
    operator: { number: 0, role: '' },
    holder: { ...holder, homeArea: null, rosters: [] },
    ledger: { ...state, nextSequence: event.ledgerSequence, isDoubtful: false },
    medium: { kind: '', isCopyable: false },
    exposure: {
      ...{ daysSinceContact: null, daysSinceSignedTime: null, units: 0, services: 0 },
      ...{ exemptionsToday: [], representedThisMonth: [] },
    },
    versions: versionsOf(event) ?? { keys: 0, hotlist: 0, policy: policy.version, time: 'set' },
  };
}

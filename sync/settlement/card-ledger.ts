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
import { LEDGER_FAMILIES, NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Policy, Programme } from '../../agent/domain/policy.js';
import { openService } from '../../agent/services/decide.js';
import type { HolderFacts, LedgerState, ServiceSnapshot } from '../../agent/services/service.js';
import { usageOf, withBalance, withUsage } from '../../agent/services/state.js';
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

/** What the services come to, in the order of their numbers. */
function foldLedger(
  opening: CentreLedger,
  told: readonly Told[],
  by: { readonly rules: SettlementRules; readonly holder: CardHolder },
): CentreLedger {
  const back = new Set(
    told.flatMap(({ terminal, event }) => (event.type === 'void' ? [tapOf(terminal, event.voided, event)] : [])),
  );
  const ended = new Set(
    told.flatMap(({ terminal, event }) =>
      event.type === 'redemption' ? [tapOf(terminal, event.ledgerSequence, event)] : [],
    ),
  );
  const services = told
    .flatMap(({ terminal, event }): Counted[] => {
      if (event.type === 'void' || event.items.length === 0) return [];
      const tap = tapOf(terminal, event.ledgerSequence, event);
      const isCounted = !back.has(tap) && (event.type === 'redemption' || !ended.has(tap));
      return isCounted ? [event] : [];
    })
    .sort((a, b) => a.ledgerSequence - b.ledgerSequence || a.time - b.time);
  const state = services.reduce<LedgerState>((so, event) => withService(so, event, by), opening);
  const closing = told.reduce((most, { event }) => Math.max(most, event.ledgerSequence), opening.closing);
  const { day, usage, more } = state;
  return { day, usage, more, closing, services: services.length };
}

/** What tells one tap of a terminal from another one, whatever became of it. */
function tapOf(terminal: string, sequence: number, { items }: CardEvent): string {
  return contentOf(terminal, [sequence, items]);
}

function withService(
  state: LedgerState,
  event: Counted,
  { rules, holder }: { readonly rules: SettlementRules; readonly holder: CardHolder },
): LedgerState {
  const policy = policyOf(event, rules);
  const programme = policy?.programmes.find(({ number }) => number === event.programme);
  const service =
    policy === null || programme === undefined
      ? null
      : openService(snapshotFor({ policy, programme, state, event, day: dayOfTime(event.time, rules), holder }), {
          items: event.items,
        });
  const steps = service?.steps ?? null;
  // Without the rules that it was counted by, every unit counts.
  if (service === null || steps === null) return event.items.reduce(counted, state);
  const after = steps.at(-1)?.taken.state ?? service.opening;
  return stated(after, service.opening, event);
}

/** What the event says itself of accounts and papers holds: which paper was used, only the card knew. */
function stated(after: LedgerState, opening: LedgerState, event: Counted): LedgerState {
  const details = event.type === 'redemption' ? event.details : undefined;
  const units = new Map(details?.used.map((one) => [one.paper, one.units]));
  const left = opening.more.papers
    .map((paper) => ({ ...paper, left: paper.left - (units.get(paper.number) ?? 0) }))
    .filter((paper) => paper.left > 0);
  const papers =
    details === undefined ? after.more.papers : [...left, ...(details.slip === undefined ? details.written : [])];
  const so = { ...after, more: { ...after.more, papers } };
  return (details?.balances ?? []).reduce((changed, { account, value }) => withBalance(changed, account, value), so);
}

function counted(state: LedgerState, { commodity, quantity }: { commodity: number; quantity: number }): LedgerState {
  const { usedDay, usedMonth } = usageOf(state, commodity);
  return withUsage(state, { commodity, usedDay: usedDay + quantity, usedMonth: usedMonth + quantity });
}

interface Serving {
  readonly policy: Policy;
  readonly programme: Programme;
  readonly state: LedgerState;
  readonly event: Counted;
  readonly day: number;
  readonly holder: CardHolder;
}

/** What the service is counted on. Nothing is decided, so what only decisions look at is left empty. */
function snapshotFor({ policy, programme, state, event, day, holder }: Serving): ServiceSnapshot {
  return {
    ...{ policy, programme, day, timeSec: event.time },
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

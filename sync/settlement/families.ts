/**
 * Which ledger of a card an event is about. A card has one for each family of programmes, and each counts from 2 on: the same number in two of them is nothing
 * strange. Events name their programme; the policy says of which family it is.
 */
import { familyName, LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import type { ServiceDocument, ServiceEvent } from './documents.js';
import type { Surroundings } from './projections/projection.js';

/** What happened under one number of one of a card's ledgers. */
export interface LedgerDocument extends ServiceDocument {
  /** Ends the ids of cases about it: empty for the rations, which cases named before there were others; else `:` and the family. */
  readonly suffix: string;
  /** Number of the family; null where no known policy says it. */
  readonly family: number | null;
}

/** What was asked of the rules and of the lists that they lack. */
export type FamilySurroundings = Pick<Surroundings, 'rules' | 'missing'>;

/**
 * The document taken apart by ledgers, that of the rations first. Programmes of which no known policy says the family stand each for itself: nothing between them is
 * a contradiction before it is known to be one.
 */
export function ledgersOf(document: ServiceDocument, at: FamilySurroundings): LedgerDocument[] {
  const families = familiesIn(document, at);
  const { ration } = LEDGER_FAMILIES;
  type Group = { readonly family: number | null; readonly events: Record<string, ServiceEvent> };
  const groups = new Map<string, Group>([[familyName(ration), { family: ration, events: {} }]]);
  for (const [id, event] of Object.entries(document.events)) {
    const family = families.get(event.programme) ?? null;
    const group = family === null ? `programme ${event.programme}` : familyName(family);
    groups.set(group, { family, events: { ...groups.get(group)?.events, [id]: event } });
  }
  return [...groups].map(([group, { family, events }]) => ({ ...document, family, events, suffix: suffixOf(group) }));
}

function suffixOf(group: string): string {
  return group === 'ration' || group.startsWith('programme ') ? '' : `:${group.replace(' ', '-')}`;
}

/** The families of the programmes that the events name: by the policy that each was decided under, else by the newest. */
function familiesIn({ events }: ServiceDocument, { rules, missing }: FamilySurroundings): ReadonlyMap<number, number> {
  const families = new Map<number, number>();
  const note = (programme: number, policy: ReturnType<typeof rules.policy>): void => {
    const family = policy?.programmes.find(({ number }) => number === programme)?.family;
    if (family !== undefined && !families.has(programme)) families.set(programme, family);
  };
  for (const { programme, versions } of Object.values(events)) {
    if (versions === null) continue;
    const policy = rules.policy(versions.policy);
    if (policy === null) missing('policy', versions.policy);
    note(programme, policy);
  }
  for (const { programme } of Object.values(events)) note(programme, rules.newestPolicy());
  return families;
}

/** Whose number it is, in words. */
export function ledgerWords({ suffix }: Pick<LedgerDocument, 'suffix'>): string {
  return suffix === '' ? 'its ledger' : `its ${suffix.slice(1)} ledger`;
}

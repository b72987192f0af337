/** What became of every service: the cards, the screens, the journal and the centre, one held against the other. Pure. */
import type { AuditReport } from '../central/audit.js';
import type { TrueService } from '../demo/truth.js';
import type { ShownGrant } from './counter.js';

/** An event of the journal that speaks of a service. */
export interface JournalService {
  /** `terminal:epoch:seq`. */
  readonly id: string;
  readonly type: 'redemption' | 'unresolved';
  readonly card: number;
  readonly ledgerSequence: number;
  /** Of all commodities together. */
  readonly quantity: number;
}

/** What the four witnesses say. */
export interface Testimony {
  /** What the cards show by themselves. */
  readonly cards: readonly TrueService[];
  /** What the screens showed as granted. */
  readonly shown: readonly ShownGrant[];
  readonly journal: readonly JournalService[];
  readonly centre: AuditReport['services'];
}

/** How it ends. */
export interface Verdict {
  /** Services that a card, a screen or the journal knows as granted and the centre does not have. */
  readonly lost: number;
  /** Services that the centre has twice, or that no card shows. */
  readonly duplicated: number;
  /** Services that a card shows, of which the centre knows that nobody knows whether the goods were handed over. */
  readonly unresolved: number;
  /** One sentence about each. */
  readonly problems: readonly string[];
}

/** Judges. A service is a card and the sequence of its ledger: the same one said again in a later epoch of the same terminal is still one. */
export function judge({ cards, shown, journal, centre }: Testimony): Verdict {
  const problems: string[] = [];
  const redemptions = new Map(journal.filter(isRedemption).map((event) => [event.id, event]));
  const doubtful = new Set(journal.filter((event) => !isRedemption(event)).map(keyOf));
  const atCentre = new Map<string, AuditReport['services'][number]>();
  let duplicated = 0;
  const doubled = (what: string): void => {
    duplicated += 1;
    problems.push(what);
  };
  for (const service of centre) {
    const key = keyOf(service);
    const first = atCentre.get(key);
    if (first === undefined) atCentre.set(key, service);
    else if (!isSaidAgain(first, service)) doubled(`the centre has service ${key} twice`);
  }
  const onCards = new Set(cards.map(({ card, sequence }) => `${card}/${sequence}`));
  for (const key of atCentre.keys()) if (!onCards.has(key)) doubled(`no card shows service ${key} of the centre`);

  const lost = new Set<string>();
  const unresolved = new Set<string>();
  const expect = (key: string, witness: string): void => {
    if (atCentre.has(key) || lost.has(key)) return;
    if (witness === 'a card' && doubtful.has(key)) {
      unresolved.add(key);
      return;
    }
    lost.add(key);
    problems.push(`${witness} shows service ${key}, the centre does not have it`);
  };
  for (const key of onCards) expect(key, 'a card');
  for (const event of redemptions.values()) expect(keyOf(event), 'the journal');
  for (const grant of shown) {
    const event = redemptions.get(grant.receipt);
    if (event === undefined || event.card !== grant.card || event.quantity !== grant.quantity) {
      lost.add(grant.receipt);
      problems.push(`a screen showed ${grant.receipt}, the journal does not have it so`);
    } else expect(keyOf(event), 'a screen');
  }
  return { lost: lost.size, duplicated, unresolved: unresolved.size, problems };
}

function isRedemption(event: JournalService): boolean {
  return event.type === 'redemption';
}

function keyOf({ card, ledgerSequence }: { readonly card: number; readonly ledgerSequence: number }): string {
  return `${card}/${ledgerSequence}`;
}

/** True for one service that stands in two epochs of one terminal, with the same content. */
function isSaidAgain(a: AuditReport['services'][number], b: AuditReport['services'][number]): boolean {
  return a.terminal === b.terminal && a.epoch !== b.epoch && JSON.stringify(a.items) === JSON.stringify(b.items);
}

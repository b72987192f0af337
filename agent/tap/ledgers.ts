/** Which of a card's ledgers a tap is about: one that an interrupted tap of this terminal has to finish, else that of the family that is served. */
import { type CardSession, type LedgerStore, ledgerOf, type SlotIndex } from '../../drivers/medium.js';
import { classifySlot, type LedgerKey, type LedgerOwner } from '../credential/ledger.js';
import { isIssuerCause, type LedgerCause, type Slot } from '../domain/ledger.js';
import { type IntentStep, type Journal, markOf } from '../journal/journal.js';
import type { Trust } from '../trust/trust.js';
import { assessLedger, type LedgerVerdict } from './assess.js';

/** How far ahead of our clock another terminal's record may be dated: two honest clocks differ by less. */
const LEDGER_AHEAD_SEC = 24 * 3600;

/** What it takes. */
export interface LedgerDeps {
  readonly journal: Journal;
  readonly trust: Trust;
}

/** Whose ledgers are judged, and which one is wanted. */
export interface LedgersOf {
  readonly session: CardSession;
  readonly owner: LedgerOwner;
  /** Family of the programme that is served. */
  readonly family: number;
  /** Seconds since 1970. */
  readonly nowSec: number;
}

/** A ledger, and what it is good for. `store` null: the card has none of the family that is served. */
export type JudgedLedger =
  | { readonly store: LedgerStore; readonly verdict: LedgerVerdict }
  | { readonly store: null; readonly superseded: readonly IntentStep[] };

/**
 * Judges the ledgers of a card. An own tap that was interrupted in any of them comes first, whatever is served here: its holder may have been debited. Of the
 * others only the one that is served is read: what is wrong with another family's ledger is nothing to this one. Rejects with what the medium rejects with.
 */
export async function judgeLedgers(deps: LedgerDeps, of: LedgersOf): Promise<JudgedLedger> {
  const open = [...deps.journal.state().openIntents.values()].filter(({ intent }) => intent.card === of.owner.card);
  const judge = async (store: LedgerStore): Promise<LedgerVerdict> =>
    assessLedger({
      slots: await readSlots(deps, store, of),
      mark: markOf(deps.journal.state(), of.owner.card, store.family),
      intents: open.filter(({ family }) => family === store.family).map(({ intent }) => intent),
    });
  const superseded: IntentStep[] = [];
  for (const store of of.session.ledgers) {
    if (store.family === of.family || !open.some(({ family }) => family === store.family)) continue;
    const verdict = await judge(store);
    superseded.push(...verdict.superseded);
    if (verdict.verdict === 'resume') return { store, verdict: { ...verdict, superseded } };
  }
  const store = ledgerOf(of.session, of.family);
  if (store === null) return { store, superseded };
  const verdict = await judge(store);
  return { store, verdict: { ...verdict, superseded: [...superseded, ...verdict.superseded] } };
}

async function readSlots(deps: LedgerDeps, store: LedgerStore, of: LedgersOf): Promise<readonly [Slot, Slot]> {
  const keys = (keyId: Uint8Array, cause: LedgerCause): readonly LedgerKey[] =>
    isIssuerCause(cause) ? deps.trust.issuerKeys(keyId) : deps.trust.terminalKeys(keyId);
  const { owner, nowSec } = of;
  const { family } = store;
  const [a, b] = await store.readSlots();
  const judge = (bytes: Uint8Array, index: SlotIndex): Slot =>
    classifySlot(bytes, { owner, family, index, keys, latest: nowSec + LEDGER_AHEAD_SEC });
  return [judge(a, 0), judge(b, 1)];
}

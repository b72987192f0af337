/**
 * One tap after another at one desk, as a state machine:
 *
 *              present                    confirm                 written, verified, committed
 *   idle ───────────────▶ reading ─▶ offer ───────▶ writing ─────────────────────────────────▶ granted ─ handover ─▶ idle
 *    ▲                      │  │       │ cancel        │
 *    │                      │  │       ▼ removed       ├─▶ unresolved ─ same card again ─▶ writing
 *    │◀── dismiss ── refused ◀─┘      idle             └─▶ refused
 *    │                      └─ an interrupted tap of ours ─▶ writing
 *
 * A card that is presented while another is being read or written is ignored: two cards at once are never mixed.
 */

import type { PresentedCard, ReaderCapabilities } from '../../drivers/reader.js';
import type { Credential } from '../domain/credential.js';
import type { Offer } from '../domain/decision.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { TakenItem } from '../domain/event.js';
import type { Programme } from '../domain/policy.js';
import type { IntentStep, JournalEntry } from '../journal/journal.js';
import { examineCard, type RefusedCard, type ServeableCard, type TapDeps, versionsNow } from './examine.js';
import { refusalRecorder } from './refusals.js';
import { completeIntent, type Served, serveCard } from './serve.js';

/** Where the desk stands. */
export type TapState =
  | { readonly name: 'idle' }
  | { readonly name: 'reading' }
  | {
      readonly name: 'offer';
      readonly tapId: string;
      readonly credential: Credential;
      readonly programme: Programme;
      readonly offer: Offer;
    }
  | { readonly name: 'writing'; readonly tapId: string }
  | {
      readonly name: 'granted';
      readonly tapId: string;
      readonly credential: Credential;
      readonly items: readonly TakenItem[];
      readonly epoch: string;
      readonly seq: number;
      readonly atMs: number;
    }
  | {
      readonly name: 'refused';
      readonly tapId: string;
      readonly code: ErrorCode;
      readonly credential: Credential | null;
    }
  | { readonly name: 'unresolved'; readonly tapId: string; readonly code: ErrorCode };

/** One desk. Commands reject with `ERR_TAP_STATE` when the state is not the one they belong to. */
export interface Tap {
  state(): TapState;
  /** A card was presented. Resolves when it was examined (or an interrupted tap resumed). Never rejects. */
  present(card: PresentedCard, capabilities: ReaderCapabilities): Promise<void>;
  /** The card was taken away: an offer is withdrawn. */
  removed(): void;
  confirm(tapId: string, request: readonly TakenItem[]): Promise<void>;
  cancel(tapId: string): Promise<void>;
  /** The goods were handed over; also for a grant of an earlier tap that was never confirmed. */
  handover(tapId: string): Promise<void>;
  /** Leaves a refusal or an unresolved tap; the latter is reported to the centre. */
  dismiss(tapId: string): Promise<void>;
  subscribe(listener: () => void): () => void;
}

/** Opens the desk. Intents left open by an earlier run are reported once. */
export function createTap(deps: TapDeps): Tap {
  let state: TapState = { name: 'idle' };
  let current: ServeableCard | null = null;
  const refusals = refusalRecorder();
  const listeners = new Set<() => void>();
  const move = (next: TapState): void => {
    state = next;
    if (next.name !== 'offer') current = null;
    for (const listener of listeners) listener();
  };
  const wrong = (): never => {
    throw new WaslError('ERR_TAP_STATE', undefined, { details: { state: state.name } });
  };
  /** Best effort: what cannot be recorded now (disk full) must not keep the clerk from the answer. */
  const record = async (entries: readonly JournalEntry[]): Promise<void> => {
    if (entries.length > 0) await deps.journal.append(entries).catch(() => undefined);
  };
  const settle = (served: Served, credential: Credential): void => {
    if (served.result === 'granted') {
      const { tapId, items, event, atMs } = served;
      move({ name: 'granted', tapId, credential, items, epoch: event.epoch, seq: event.seq, atMs });
    } else if (served.result === 'refused') {
      move({ name: 'refused', tapId: newTapId(deps), code: served.code, credential });
    } else {
      move({ name: 'unresolved', tapId: served.intent.tapId, code: served.code });
    }
  };
  const refuse = async (refused: RefusedCard): Promise<void> => {
    await record(refusals.entriesFor(refused, deps.time.now().ms));
    move({ name: 'refused', tapId: newTapId(deps), code: refused.code, credential: refused.credential });
  };
  const reportUnresolved = async (): Promise<void> => {
    if (state.name === 'unresolved') await record(reportEntries(deps, state.tapId, state.code));
  };

  const present = async (card: PresentedCard, capabilities: ReaderCapabilities): Promise<void> => {
    if (state.name === 'reading' || state.name === 'writing') return;
    const before = state;
    move({ name: 'reading' });
    const examined = await examineCard(deps, card, capabilities);
    await record(examined.superseded.flatMap((intent) => closeEntries(deps, intent)));
    const resumes =
      examined.result === 'resume' && before.name === 'unresolved' && before.tapId === examined.intent.tapId;
    if (before.name === 'unresolved' && !resumes) await record(reportEntries(deps, before.tapId, before.code));
    if (examined.result === 'refuse') return refuse(examined);
    if (examined.result === 'resume') {
      move({ name: 'writing', tapId: examined.intent.tapId });
      return settle(
        await completeIntent(deps, { store: examined.store, intent: examined.intent, versions: versionsNow(deps) }),
        examined.credential,
      );
    }
    const { credential, programme, offer } = examined;
    move({ name: 'offer', tapId: newTapId(deps), credential, programme, offer });
    current = examined;
  };

  return {
    state: () => state,
    present,
    removed: () => {
      if (state.name === 'offer') move({ name: 'idle' });
    },
    confirm: async (tapId, request) => {
      const card = current;
      if (state.name !== 'offer' || state.tapId !== tapId || card === null) return wrong();
      move({ name: 'writing', tapId });
      settle(await serveCard(deps, card, { tapId, request }), card.credential);
    },
    cancel: async (tapId) => {
      if (state.name !== 'offer' || state.tapId !== tapId) wrong();
      move({ name: 'idle' });
    },
    handover: async (tapId) => {
      if (!deps.journal.state().undispensed.has(tapId)) wrong();
      await deps.journal.append([{ kind: 'step', step: { step: 'dispensed', tapId, atMs: deps.time.now().ms } }]);
      if (state.name === 'granted' && state.tapId !== tapId) return;
      if (state.name === 'granted' || state.name === 'idle') move({ name: 'idle' });
    },
    dismiss: async (tapId) => {
      if ((state.name !== 'refused' && state.name !== 'unresolved') || state.tapId !== tapId) wrong();
      await reportUnresolved();
      move({ name: 'idle' });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Reports, once, every intent that an earlier run left open: the centre learns of it even if the card never comes back. */
export async function reportOpenIntents(deps: TapDeps): Promise<void> {
  const entries = [...deps.journal.state().openIntents.keys()].flatMap((tapId) =>
    reportEntries(deps, tapId, 'ERR_TAP_UNRESOLVED'),
  );
  if (entries.length > 0) await deps.journal.append(entries);
}

function reportEntries(deps: TapDeps, tapId: string, reason: ErrorCode): JournalEntry[] {
  const open = deps.journal.state().openIntents.get(tapId);
  if (open === undefined || open.reported) return [];
  const atMs = deps.time.now().ms;
  return [unresolvedEvent(open.intent, reason, atMs), { kind: 'step', step: { step: 'reported', tapId, atMs } }];
}

function closeEntries(deps: TapDeps, intent: IntentStep): JournalEntry[] {
  const atMs = deps.time.now().ms;
  return [
    ...reportEntries(deps, intent.tapId, 'ERR_TAP_UNRESOLVED'),
    { kind: 'step', step: { step: 'closed', tapId: intent.tapId, atMs } },
  ];
}

function unresolvedEvent(intent: IntentStep, reason: ErrorCode, atMs: number): JournalEntry {
  const { card, ledgerSequence, programme, items } = intent;
  return {
    kind: 'event',
    event: { type: 'unresolved', time: Math.floor(atMs / 1000), card, ledgerSequence, programme, items, reason },
  };
}

function newTapId(deps: TapDeps): string {
  return [...deps.random.bytes(8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

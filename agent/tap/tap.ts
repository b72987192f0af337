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
import type { DecodeStep } from '../credential/decode.js';
import type { Endorsement } from '../credential/endorsement.js';
import type { ForeignCredential } from '../credential/foreign.js';
import { slotImageCause } from '../credential/ledger.js';
import type { Credential } from '../domain/credential.js';
import type { Offer } from '../domain/decision.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { TakenItem } from '../domain/event.js';
import type { Programme } from '../domain/policy.js';
import type { IntentStep, JournalEntry } from '../journal/journal.js';
import type { VoidAuthority } from '../services/ration/void.js';
import { voidTapId } from './commit.js';
import {
  examineCard,
  examineLedger,
  type RefusedCard,
  type ServeableCard,
  type TapDeps,
  versionsNow,
} from './examine.js';
import { refusalRecorder } from './refusals.js';
import { completeIntent, type Served, serveCard } from './serve.js';
import { type ArmedVoid, serveVoid } from './void.js';

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
      /** The endorsement that was written to the card at this tap. */
      readonly renewal?: Endorsement;
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
      /** Where the decoding of its credential stopped, if that is why. */
      readonly step?: DecodeStep;
      /** Whom a code of another issuer is about. Shown, never logged. */
      readonly foreign?: ForeignCredential;
    }
  | { readonly name: 'unresolved'; readonly tapId: string; readonly code: ErrorCode }
  /** A service was taken back: nothing is handed over, and the card has its quota again. `tapId` is that of the void. */
  | {
      readonly name: 'voided';
      readonly tapId: string;
      readonly credential: Credential;
      readonly items: readonly TakenItem[];
      readonly atMs: number;
    };

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
  /**
   * A supervisor wants a grant taken back that was not handed over: the next card presented is to be the one that was served. Rejects with
   * `ERR_TAP_STATE` when there is no such grant or a card is being worked on, with `ERR_VOID_ROLE` for anybody else. {@link cancelVoid} calls it off.
   */
  takeBack(tapId: string, authority: VoidAuthority): Promise<void>;
  /** Calls {@link takeBack} off; nothing happens when none is waiting for its card. */
  cancelVoid(): void;
  /** Leaves a refusal, an unresolved tap or a service taken back; an unresolved one is reported to the centre. */
  dismiss(tapId: string): Promise<void>;
  subscribe(listener: () => void): () => void;
}

/** Opens the desk. Intents left open by an earlier run are reported once. */
export function createTap(deps: TapDeps): Tap {
  let state: TapState = { name: 'idle' };
  let current: ServeableCard | null = null;
  let armed: ArmedVoid | null = null;
  const voids = { day: 0, count: 0 };
  /** Who allowed the void that was tried last: it may be completed at a later tap. */
  let allowed = { tapId: '', supervisor: 0 };
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
    switch (served.result) {
      case 'granted': {
        const { tapId, items, event, atMs } = served;
        move({ name: 'granted', tapId, credential, items, epoch: event.epoch, seq: event.seq, atMs });
        break;
      }
      case 'voided': {
        const { tapId, items, atMs } = served;
        voids.count += 1;
        move({ name: 'voided', tapId, credential, items, atMs });
        break;
      }
      case 'refused':
        move({ name: 'refused', tapId: newTapId(deps), code: served.code, credential });
        break;
      case 'unresolved':
        move({ name: 'unresolved', tapId: served.intent.tapId, code: served.code });
        break;
    }
  };
  const refuse = async (refused: RefusedCard): Promise<void> => {
    await record(refusals.entriesFor(refused, deps.time.now().ms));
    const { code, credential, step, foreign } = refused;
    const more = { ...(step === undefined ? {} : { step }), ...(foreign === undefined ? {} : { foreign }) };
    move({ name: 'refused', tapId: newTapId(deps), code, credential, ...more });
  };
  const reportUnresolved = async (): Promise<void> => {
    if (state.name === 'unresolved') await record(reportEntries(deps, state.tapId, state.code));
  };

  const present = async (card: PresentedCard, capabilities: ReaderCapabilities): Promise<void> => {
    if (state.name === 'reading' || state.name === 'writing') return;
    const before = state;
    move({ name: 'reading' });
    const toVoid = armed;
    armed = null;
    const examined = await (toVoid === null ? examineCard : examineLedger)(deps, card, capabilities);
    await record(examined.superseded.flatMap((intent) => closeEntries(deps, intent)));
    const resumes =
      examined.result === 'resume' && before.name === 'unresolved' && before.tapId === examined.intent.tapId;
    if (before.name === 'unresolved' && !resumes) await record(reportEntries(deps, before.tapId, before.code));
    if (examined.result === 'refuse') return refuse(examined);
    if (examined.result === 'resume') {
      move({ name: 'writing', tapId: examined.intent.tapId });
      const { store, intent, credential } = examined;
      const versions = versionsNow(deps);
      const supervisor = intent.tapId === allowed.tapId ? allowed.supervisor : 0;
      const done = { store, intent, versions, cardKey: credential.cardKey, supervisor };
      return settle(await completeIntent(deps, done), credential);
    }
    if (examined.result === 'ledger') {
      if (toVoid === null || toVoid.grant.intent.card !== examined.owner.card) {
        return move({ name: 'refused', tapId: newTapId(deps), code: 'ERR_CARD_CHANGED', credential: null });
      }
      allowed = { tapId: voidTapId(toVoid.grant.intent.tapId), supervisor: toVoid.authority.operator };
      move({ name: 'writing', tapId: allowed.tapId });
      return settle(await serveVoid(deps, examined, toVoid), examined.credential);
    }
    const { credential, programme, offer, renewal } = examined;
    const renewed = renewal === null ? {} : { renewal };
    move({ name: 'offer', tapId: newTapId(deps), credential, programme, offer, ...renewed });
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
      const { undispensed, openIntents } = deps.journal.state();
      // What is being taken back is not handed over as well.
      if (!undispensed.has(tapId) || openIntents.has(voidTapId(tapId)) || armed?.grant.intent.tapId === tapId) wrong();
      await deps.journal.append([{ kind: 'step', step: { step: 'dispensed', tapId, atMs: deps.time.now().ms } }]);
      if (state.name === 'granted' && state.tapId !== tapId) return;
      if (state.name === 'granted' || state.name === 'idle') move({ name: 'idle' });
    },
    dismiss: async (tapId) => {
      const left = state.name === 'refused' || state.name === 'unresolved' || state.name === 'voided' ? state : null;
      if (left?.tapId !== tapId) wrong();
      await reportUnresolved();
      move({ name: 'idle' });
    },
    takeBack: async (tapId, authority) => {
      const grant = deps.journal.state().undispensed.get(tapId);
      if (grant === undefined || (state.name !== 'idle' && state.name !== 'granted')) return wrong();
      if (authority.role !== 'supervisor') throw new WaslError('ERR_VOID_ROLE');
      const day = deps.calendar(deps.trust.policy().timeZone).dayOf(deps.time.now().ms);
      if (voids.day !== day) Object.assign(voids, { day, count: 0 });
      armed = { grant, authority, voidsToday: (await deps.voidsOn?.(day)) ?? voids.count };
      move({ name: 'idle' });
    },
    cancelVoid: () => {
      armed = null;
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
  const { card, ledgerSequence, programme } = intent;
  // What an interrupted void would have given back was not taken: nothing of it counts as used.
  const items = slotImageCause(intent.slotImage) === 'void' ? [] : intent.items;
  return {
    kind: 'event',
    event: { type: 'unresolved', time: Math.floor(atMs / 1000), card, ledgerSequence, programme, items, reason },
  };
}

function newTapId(deps: TapDeps): string {
  return Buffer.from(deps.random.bytes(8)).toString('hex');
}

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
 *                   ask back              allowed          the card that was served        written, verified, committed
 *   granted, idle ───────────▶ authorise ─────────▶ return ─────────────────────────▶ writing ────────────────▶ voided ─ dismiss ─▶ idle
 *                    denied │     ▲ │ cancel          │ ▲ │ cancel
 *                           └─────┘ ▼                 │ └─┘ another card
 *                                  idle ◀─────────────┘
 *
 * A card that is presented while another is being read or written is ignored: two cards at once are never mixed. So is one that is
 * presented while a supervisor types.
 */

import type { PresentedCard, ReaderCapabilities } from '../../drivers/reader.js';
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { TakenItem } from '../domain/event.js';
import type { IntentStep, JournalEntry } from '../journal/journal.js';
import type { ServiceRequest } from '../services/service.js';
import type { VoidAuthority } from '../services/void.js';
import { voidTapId } from './commit.js';
import {
  type CardWithLedger,
  examineCard,
  examineLedger,
  type RefusedCard,
  type ServeableCard,
  type TapDeps,
  versionsNow,
} from './examine.js';
import { isRecordedWhenChosen, refusalRecorder } from './refusals.js';
import { completeIntent, type Served, serveCard } from './serve.js';
import type { TapState } from './states.js';
import { type ArmedVoid, serveVoid, voidRefusal, waitsOn } from './void.js';

/** Names the tap that takes another one back. */
export { voidTapId } from './commit.js';
/** Where a desk stands. */
export type { TapState } from './states.js';

/** One desk. Commands reject with `ERR_TAP_STATE` when the state is not the one they belong to. */
export interface Tap {
  state(): TapState;
  /** Id of the programme that the next card is examined for. */
  programme(): string;
  /**
   * From now on this programme is served. An offer of another one is withdrawn, a refusal or a service taken back is left: goes on to `idle`. Throws
   * `ERR_PROGRAMME_UNKNOWN` for one that this desk does not serve, and `ERR_TAP_STATE` while a card is worked on, goods are to be handed over, an
   * interrupted tap waits for its card or a service is taken back.
   */
  select(programme: string): void;
  /** A card was presented. Resolves when it was examined (or an interrupted tap resumed). Never rejects. */
  present(card: PresentedCard, capabilities: ReaderCapabilities): Promise<void>;
  /** The card was taken away: an offer is withdrawn. */
  removed(): void;
  /** The operator confirms what is taken; `more`: papers that are written, and what is claimed. */
  confirm(tapId: string, items: readonly TakenItem[], more?: Omit<ServiceRequest, 'items'>): Promise<void>;
  /** Withdraws an offer, or calls off that a service is taken back: the grant stands as it was. */
  cancel(tapId: string): Promise<void>;
  /** The goods were handed over; also for a grant of an earlier tap that was never confirmed. */
  handover(tapId: string): Promise<void>;
  /**
   * The clerk wants a grant taken back that was not handed over: goes on to `authorise`, or to `refused` where the rules do not allow it. Rejects with
   * `ERR_TAP_STATE` when there is no such grant, or a card is being worked on, and with `ERR_JOURNAL_*` when today's voids cannot be counted.
   */
  askBack(tapId: string): Promise<void>;
  /** A supervisor allows it: goes on to `return`. Rejects with `ERR_TAP_STATE` when it was not asked for, with `ERR_VOID_ROLE` for anybody else. */
  takeBack(tapId: string, authority: VoidAuthority): Promise<void>;
  /** Nobody has allowed it yet, and why: stays in `authorise`. That a supervisor is locked out is told to the centre. Rejects with `ERR_TAP_STATE` when it was not asked for. */
  deny(tapId: string, code: ErrorCode): Promise<void>;
  /** Leaves a refusal, an unresolved tap or a service taken back; an unresolved one is reported to the centre. */
  dismiss(tapId: string): Promise<void>;
  subscribe(listener: () => void): () => void;
}

/** Where the desk may turn to another programme: nothing is being written, and nothing waits for anybody. */
const SELECTABLE: readonly TapState['name'][] = ['idle', 'offer', 'refused', 'voided'];

/** Opens the desk. Intents left open by an earlier run are reported once. */
export function createTap(deps: TapDeps): Tap {
  let state: TapState = { name: 'idle' };
  let [selected] = deps.programmes;
  let current: ServeableCard | null = null;
  /** What is to be taken back from the next card; only in `return`, and while that card is read. */
  let armed: ArmedVoid | null = null;
  /** What is being taken back, until that is durable or off; and what is being confirmed as handed over: never both of one grant. */
  let taking: string | null = null;
  const handing = new Set<string>();
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
  const isTakenBack = (tapId: string): boolean =>
    taking === tapId || armed?.grant.intent.tapId === tapId || (state.name === 'authorise' && state.tapId === tapId);
  /** Best effort: what cannot be recorded now (disk full) must not keep the clerk from the answer. */
  const record = async (entries: readonly JournalEntry[]): Promise<void> => {
    if (entries.length > 0) await deps.journal.append(entries).catch(() => undefined);
  };
  const settle = (served: Served, credential: Credential): void => {
    switch (served.result) {
      case 'granted': {
        const { event, atMs } = served;
        const { tapId, items } = served.intent;
        move({ name: 'granted', tapId, credential, items, epoch: event.epoch, seq: event.seq, atMs });
        break;
      }
      case 'voided': {
        const { tapId, items, takesBack, atMs } = served.intent;
        const servedAtMs = takesBack?.servedAtMs ?? atMs;
        move({ name: 'voided', tapId, credential, items, atMs: served.atMs, servedAtMs });
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

  /** A card that came while one was waited for: the service is taken back on the right one, and any other leaves everything as it was. */
  const takeBackFrom = async (examined: CardWithLedger | RefusedCard, toVoid: ArmedVoid): Promise<void> => {
    const { grant } = toVoid;
    const waitOn = (code: ErrorCode): void => {
      armed = toVoid;
      move({ name: 'return', tapId: grant.intent.tapId, grant, code });
    };
    if (examined.result === 'refuse') {
      if (!waitsOn(toVoid, examined)) return refuse(examined);
      return waitOn(examined.card === null ? examined.code : 'ERR_CARD_CHANGED');
    }
    if (examined.owner.card !== grant.intent.card) return waitOn('ERR_CARD_CHANGED');
    move({ name: 'writing', tapId: voidTapId(grant.intent.tapId) });
    settle(await serveVoid(deps, examined, toVoid), examined.credential);
  };

  const take = async (
    card: PresentedCard,
    capabilities: ReaderCapabilities,
    toVoid: ArmedVoid | null,
  ): Promise<void> => {
    const before = state;
    move({ name: 'reading' });
    const examination = { capabilities, programme: toVoid === null ? selected : programmeOf(deps, toVoid) };
    const examined = await (toVoid === null ? examineCard : examineLedger)(deps, card, examination);
    await record(examined.superseded.flatMap((intent) => closeEntries(deps, intent)));
    const resumes =
      examined.result === 'resume' && before.name === 'unresolved' && before.tapId === examined.intent.tapId;
    if (before.name === 'unresolved' && !resumes) await record(reportEntries(deps, before.tapId, before.code));
    if (toVoid !== null && (examined.result === 'ledger' || examined.result === 'refuse'))
      return takeBackFrom(examined, toVoid);
    if (examined.result === 'refuse') return refuse(examined);
    // Only a void asks for a card without an offer.
    if (examined.result === 'ledger') return;
    if (examined.result === 'resume') {
      move({ name: 'writing', tapId: examined.intent.tapId });
      const { store, intent, credential } = examined;
      const done = { store, intent, versions: versionsNow(deps), cardKey: credential.cardKey };
      return settle(await completeIntent(deps, done), credential);
    }
    const { credential, programme, offer, renewal } = examined;
    const renewed = renewal === null ? {} : { renewal };
    move({ name: 'offer', tapId: newTapId(deps), credential, programme, offer, ...renewed });
    current = examined;
  };

  return {
    state: () => state,
    programme: () => selected,
    select: (programme) => {
      if (!deps.programmes.includes(programme)) throw new WaslError('ERR_PROGRAMME_UNKNOWN');
      if (programme === selected) return;
      if (!SELECTABLE.includes(state.name)) wrong();
      selected = programme;
      move({ name: 'idle' });
    },
    present: async (card, capabilities) => {
      if (state.name === 'reading' || state.name === 'writing' || state.name === 'authorise') return;
      const toVoid = armed;
      armed = null;
      taking = toVoid?.grant.intent.tapId ?? null;
      await take(card, capabilities, toVoid);
      taking = null;
    },
    removed: () => {
      if (state.name === 'offer') move({ name: 'idle' });
    },
    confirm: async (tapId, items, more = {}) => {
      const card = current;
      if (state.name !== 'offer' || state.tapId !== tapId || card === null) return wrong();
      move({ name: 'writing', tapId });
      const served = await serveCard(deps, card, { tapId, request: { ...more, items } });
      if (served.result === 'refused' && isRecordedWhenChosen(served.code)) {
        const { credential, programme, snapshot } = card;
        const about = { card: card.owner.card, credential, programme: programme.number, versions: snapshot.versions };
        const refused: RefusedCard = { result: 'refuse', code: served.code, ...about, superseded: [] };
        await record(refusals.entriesFor(refused, deps.time.now().ms));
      }
      settle(served, card.credential);
    },
    cancel: async (tapId) => {
      const left = state.name === 'offer' || state.name === 'authorise' || state.name === 'return' ? state : null;
      if (left?.tapId !== tapId) wrong();
      armed = null;
      move({ name: 'idle' });
    },
    handover: async (tapId) => {
      const { undispensed, openIntents } = deps.journal.state();
      const isVoiding = openIntents.size > 0 && openIntents.has(voidTapId(tapId));
      if (!undispensed.has(tapId) || isVoiding || isTakenBack(tapId)) wrong();
      handing.add(tapId);
      try {
        await deps.journal.append([{ kind: 'step', step: { step: 'dispensed', tapId, atMs: deps.time.now().ms } }]);
      } finally {
        handing.delete(tapId);
      }
      if (state.name === 'granted' && state.tapId !== tapId) return;
      if (state.name === 'granted' || state.name === 'idle') move({ name: 'idle' });
    },
    dismiss: async (tapId) => {
      const left = state.name === 'refused' || state.name === 'unresolved' || state.name === 'voided' ? state : null;
      if (left?.tapId !== tapId) wrong();
      await reportUnresolved();
      move({ name: 'idle' });
    },
    askBack: async (tapId) => {
      const { undispensed, openIntents } = deps.journal.state();
      const grant = undispensed.get(tapId);
      const before = state;
      if (grant === undefined || openIntents.has(voidTapId(tapId)) || handing.has(tapId)) return wrong();
      if (before.name !== 'idle' && before.name !== 'granted') return wrong();
      const refusal = await voidRefusal(deps, { grant, authority: { operator: 0, role: 'supervisor' } });
      // A card may have come meanwhile, or the goods gone.
      if (state !== before || handing.has(tapId) || !deps.journal.state().undispensed.has(tapId)) return wrong();
      if (refusal === null) move({ name: 'authorise', tapId, grant, code: null });
      else move({ name: 'refused', tapId: newTapId(deps), code: refusal, credential: null });
    },
    takeBack: async (tapId, authority) => {
      if (state.name !== 'authorise' || state.tapId !== tapId) return wrong();
      if (authority.role !== 'supervisor') throw new WaslError('ERR_VOID_ROLE');
      const { grant } = state;
      armed = { grant, authority };
      move({ name: 'return', tapId, grant, code: null });
    },
    deny: async (tapId, code) => {
      if (state.name !== 'authorise' || state.tapId !== tapId) return wrong();
      const isNewLock = code === 'ERR_PIN_LOCKED' && state.code !== code;
      move({ ...state, code });
      const time = Math.floor(deps.time.now().ms / 1000);
      if (isNewLock) await record([{ kind: 'event', event: { type: 'alarm', time, code, count: 1 } }]);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A service is taken back from the ledger that it was written to, whatever is served now. */
function programmeOf(deps: TapDeps, { grant }: ArmedVoid): string {
  const { programme } = grant.intent;
  return deps.trust.policy().programmes.find(({ number }) => number === programme)?.id ?? '';
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
  const items = intent.takesBack === undefined ? intent.items : [];
  return {
    kind: 'event',
    event: { type: 'unresolved', time: Math.floor(atMs / 1000), card, ledgerSequence, programme, items, reason },
  };
}

function newTapId(deps: TapDeps): string {
  return Buffer.from(deps.random.bytes(8)).toString('hex');
}

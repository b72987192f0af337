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
 * Somebody who collects for a holder lays down their own card first: idle ─ represent ─▶ represent ─ card ─▶ idle, and the next tap is on their behalf.
 *
 * A service that is paid for at a machine goes by way of `paying`: offer ─ confirm ─▶ paying ─▶ writing; declined or given up, back to the offer.
 * A slip that is read is kept for the card that comes next, or for the one that lies there.
 *
 * A card that is presented while another is being read or written is ignored (two cards at once are never mixed), or while a supervisor types.
 */

import type { PresentedCard, ReaderCapabilities } from '../../drivers/reader.js';
import { isSlipText } from '../credential/slip.js';
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf, WaslError } from '../domain/errors.js';
import type { Paid } from '../domain/payment.js';
import type { JournalEntry } from '../journal/journal.js';
import { claimed } from './claims.js';
import { awaitsHandover, grantTakenBack, voidTapId } from './commit.js';
import {
  type CardWithLedger,
  examineCard,
  examineLedger,
  type OfferedCard,
  type RefusedCard,
  type TapDeps,
  versionsNow,
} from './examine.js';
import { holderPins } from './holder-pin.js';
import { offerOf, refusedState, stateAfter } from './outcome.js';
import { paidWithGrant } from './payment-entries.js';
import type { Tap } from './port.js';
import { isRecordedWhenChosen, refusalRecorder } from './refusals.js';
import { closeEntries, newTapId, reportEntries } from './reports.js';
import type { StandIn } from './representing.js';
import * as representing from './representing.js';
import { completeIntent, requestedOf, type Served } from './serve.js';
import { bringSlip } from './slip.js';
import { type KeptServed, serveOffered } from './slip-serve.js';
import type { ReadSlip } from './snapshot.js';
import { CANCELLABLE, mayPayAgain, NOT_NOW, SELECTABLE, TAKES_SLIP, type TapState } from './states.js';
import { type ArmedVoid, programmeOf, serveVoid, voidRefusal, waitsOn } from './void.js';

/** Names the tap that takes another one back. */
export { voidTapId } from './commit.js';
/** What was paid for a service that was not handed over yet. */
export { paidWithGrant } from './payment-entries.js';
/** The desk as others see it. */
export type { Tap } from './port.js';
/** Reports what an earlier run left open. */
export { reportOpenIntents } from './reports.js';
/** What a terminal knows of itself and of other sites. */
export type { DeskFacts } from './snapshot.js';
/** Where a desk stands. */
export type { TapState } from './states.js';

/** Opens the desk. Intents left open by an earlier run are reported once. */
export function createTap(deps: TapDeps): Tap {
  let state: TapState = { name: 'idle' };
  let [selected] = deps.programmes;
  let current: OfferedCard | null = null;
  /** What is to be taken back from the next card; only in `return`, and while that card is read. */
  let armed: ArmedVoid | null = null;
  /** What is being taken back, until that is durable or off; and what is being confirmed as handed over: never both of one grant. */
  let taking: string | null = null;
  const handing = new Set<string>();
  /** The card that is paid for was taken away meanwhile. */
  let isAway = false;
  /** Whoever collects for the holder of the next card, for one tap. */
  let standIn: StandIn | null = null;
  /** The slip whose holder's card comes next. */
  let brought: ReadSlip | null = null;
  const refusals = refusalRecorder();
  const pins = holderPins(codeOf);
  const listeners = new Set<() => void>();
  const move = (next: TapState): void => {
    state = next;
    if (next.name !== 'offer') current = null;
    if (next.name !== 'idle' || next.standIn === undefined) standIn = null;
    if (next.name !== 'idle' || next.slip === undefined) brought = null;
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
  /** A refusal of what was claimed or chosen from an offer. */
  const recordRefusal = async (card: OfferedCard, code: ErrorCode): Promise<void> => {
    const { credential, programme, snapshot } = card;
    const about = { card: card.owner.card, credential, programme: programme.number, versions: snapshot.versions };
    await record(refusals.entriesFor({ result: 'refuse', code, ...about, superseded: [] }, deps.time.now().ms));
  };
  const settle = (served: Served | KeptServed, credential: Credential, payment?: Paid): void => {
    move(stateAfter(served, { credential, tapId: newTapId(deps), ...(payment === undefined ? {} : { payment }) }));
    if (served.result === 'voided') void deps.till?.follow();
  };
  const refuse = async (refused: RefusedCard): Promise<void> => {
    await record(refusals.entriesFor(refused, deps.time.now().ms));
    move(refusedState(refused, newTapId(deps)));
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
    const payment = paidWithGrant(deps.journal.state(), grant.intent.tapId);
    settle(await serveVoid(deps, examined, toVoid), examined.credential, payment);
  };

  const take = async (
    card: PresentedCard,
    capabilities: ReaderCapabilities,
    toVoid: ArmedVoid | null,
  ): Promise<void> => {
    const before = state;
    const collects = standIn;
    const slip = brought === null ? {} : { slip: brought };
    move({ name: 'reading' });
    const programme = toVoid === null ? selected : programmeOf(deps, toVoid);
    const found = await (toVoid === null ? examineCard : examineLedger)(deps, card, {
      capabilities,
      programme,
      ...slip,
    });
    const examined = found.result === 'offer' ? representing.representedBy(deps, found, collects) : found;
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
      const voided = grantTakenBack(deps, intent.tapId)?.intent.tapId ?? '';
      const payment = paidWithGrant(deps.journal.state(), voided);
      return settle(await completeIntent(deps, done), credential, payment);
    }
    move(offerOf(examined, newTapId(deps), collects));
    current = examined;
    // Refused as it stands, whatever an exemption comes to: that is another decision, with an event of its own.
    const { code } = examined.offered;
    if (code !== null) await recordRefusal(examined, code);
  };

  /** A slip was read: for the holder who lies there already, or for the one whose card comes next. */
  const bring = async (text: string): Promise<void> => {
    if (!TAKES_SLIP.includes(state.name)) return;
    const found = bringSlip(deps, text, { card: current, programme: selected });
    if (found.result === 'refuse') return refuse(found);
    if (found.result === 'waits') {
      brought = found.slip;
      // Whoever collects comes with the holder's slip.
      return move({ ...(state.name === 'idle' ? state : { name: 'idle' }), slip: found.slip });
    }
    move(offerOf(found, newTapId(deps), standIn));
    current = found;
  };

  /** The card of whoever collects for somebody else. */
  const introduce = async (card: PresentedCard, tapId: string): Promise<void> => {
    move({ name: 'reading' });
    const read = await representing.readRepresentative(deps, card, selected);
    if ('code' in read) return move({ name: 'represent', tapId, code: read.code });
    standIn = { tapId, credential: read.credential };
    move({ name: 'idle', standIn });
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
    represent: () => {
      if (!representing.mayBeRepresented(deps, selected)) throw new WaslError('ERR_REPRESENTATIVE');
      if (state.name !== 'idle') wrong();
      move({ name: 'represent', tapId: newTapId(deps), code: null });
    },
    present: async (card, capabilities) => {
      if (NOT_NOW.includes(state.name)) return;
      if (card.kind === 'text' && isSlipText(card.text)) return bring(card.text);
      if (state.name === 'represent') return introduce(card, state.tapId);
      const toVoid = armed;
      armed = null;
      taking = toVoid?.grant.intent.tapId ?? null;
      await take(card, capabilities, toVoid);
      taking = null;
    },
    removed: () => {
      isAway = true;
      if (state.name === 'offer') move({ name: 'idle' });
    },
    claim: async (tapId, claims, pin) => {
      const card = current;
      if (state.name !== 'offer' || state.tapId !== tapId || card === null) return wrong();
      const said = pin === undefined ? null : await pins.check(card, pin);
      // It was taken away while it thought.
      if (state.name !== 'offer' || state.tapId !== tapId || current !== card) return wrong();
      const before = said === null ? state : { ...state, pin: { triesLeft: said.triesLeft } };
      const asked = pins.withProof(card, representing.withRepresentative(claims, before.claimed.claims));
      const { offer, ...after } = claimed(card.snapshot, { offer: before.offer, ...before.claimed }, asked);
      const code = said?.code ?? after.code;
      move({ ...before, offer, claimed: { ...after, code } });
      if (code !== null && isRecordedWhenChosen(code)) await recordRefusal(card, code);
    },
    confirm: async (tapId, items, more = {}) => {
      const card = current;
      if (state.name !== 'offer' || state.tapId !== tapId || card === null) return wrong();
      const before = state;
      const { credential } = card;
      isAway = false;
      move({ name: 'writing', tapId });
      const served = await serveOffered(deps, card, {
        ...{ tapId, ...requestedOf(before.claimed.claims, items, more) },
        onPaying: (amount) =>
          move(
            amount === null
              ? { name: 'writing', tapId }
              : { name: 'paying', tapId, credential, amount, isCancelled: false },
          ),
      });
      if (served.result === 'refused' && mayPayAgain(served.code, more.payment) && !isAway) {
        // Another id: a machine never takes one reference twice.
        move({ ...before, tapId: newTapId(deps), claimed: { ...before.claimed, code: served.code } });
        current = card;
        return;
      }
      if (served.result === 'refused' && isRecordedWhenChosen(served.code)) await recordRefusal(card, served.code);
      settle(served, credential);
    },
    cancel: async (tapId) => {
      if (state.name === 'paying' && state.tapId === tapId) {
        move({ ...state, isCancelled: true });
        await deps.till?.cancel(tapId);
        return;
      }
      const left =
        state.name === 'idle' ? (state.slip ?? state.standIn) : CANCELLABLE.includes(state.name) ? state : undefined;
      if (left === undefined || !('tapId' in left) || left.tapId !== tapId) wrong();
      armed = null;
      move({ name: 'idle' });
    },
    handover: async (tapId) => {
      if (!awaitsHandover(deps, tapId) || handing.has(tapId) || isTakenBack(tapId)) wrong();
      handing.add(tapId);
      try {
        await deps.journal.append([{ kind: 'step', step: { step: 'dispensed', tapId, atMs: deps.time.now().ms } }]);
      } finally {
        handing.delete(tapId);
      }
      if ((state.name === 'granted' && state.tapId === tapId) || state.name === 'idle') move({ name: 'idle' });
    },
    dismiss: async (tapId) => {
      const left = state.name === 'refused' || state.name === 'unresolved' || state.name === 'voided' ? state : null;
      if (left?.tapId !== tapId) wrong();
      if (state.name === 'unresolved') await record(reportEntries(deps, state.tapId, state.code));
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
      if ((state.name !== 'authorise' && state.name !== 'offer') || state.tapId !== tapId) return wrong();
      const before = state.name === 'offer' ? state.claimed.code : state.code;
      move(state.name === 'offer' ? { ...state, claimed: { ...state.claimed, code } } : { ...state, code });
      if (code !== 'ERR_PIN_LOCKED' || before === code) return;
      const time = Math.floor(deps.time.now().ms / 1000);
      await record([{ kind: 'event', event: { type: 'alarm', time, code, count: 1 } }]);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

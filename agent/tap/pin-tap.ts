/**
 * A desk that sets, changes and unblocks the PINs of holders as well. It lies over the offer or the refusal of the card that is there:
 *
 *            the PIN                               a PIN                          taken
 *   offer ───────────▶ card-pin-reading ─▶ card-pin ─────▶ card-pin-writing ───────────▶ card-pin-done
 *   refused ────┘ ▲           │              │ ▲ │ cancel         │ │ not taken               │ dismiss
 *      ▲          │ dismiss   ▼              │ └─┼────────────────┘ ▼                         ▼
 *      └────── card-pin-refused ◀────────────┘   ▼           card-pin-refused        the card, examined anew
 *                                              offer, refused
 *
 * To unblock, a supervisor allows it first: that holds for the card that lies there, and is gone when it is. When the card is taken away everything but the last word is gone.
 */
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { HolderPinAction } from '../domain/holder-pin.js';
import type { TapDeps } from './examine.js';
import type { HealthDeskState, HealthTap } from './health-tap.js';
import { type Lying, Overlay } from './overlay.js';
import { changePin, openPinCard, type PinOutcome, type PinWish } from './pin-card.js';
import type { PinState } from './pin-states.js';
import { newTapId } from './reports.js';

export type { PinState } from './pin-states.js';

/** Where a desk stands that changes PINs. */
export type PinDeskState = HealthDeskState | PinState;

/** See the head of this file. Commands of a {@link HealthTap} reject with `ERR_TAP_STATE` while a PIN is worked on. */
export interface PinTap extends Omit<HealthTap, 'state'> {
  state(): PinDeskState;
  /** Whether the PIN of the card that is there can be asked for: it has a key of its own, and this desk changes PINs. */
  canOpenPin(): boolean;
  /** Reads how the PIN of the card of this offer or refusal stands: `card-pin`, or `card-pin-refused`. Rejects with `ERR_TAP_STATE` without such a card. */
  openPin(tapId: string): Promise<void>;
  /** A supervisor allows that the card of this state is unblocked, or may not, and why. Rejects with `ERR_TAP_STATE` where it cannot be unblocked here. */
  allowUnblock(tapId: string, supervisor: number): void;
  denyUnblock(tapId: string, code: ErrorCode): Promise<void>;
  /** Has the card take a first PIN, or another one in the place of the old. What came of it is in the next state. Rejects with `ERR_TAP_STATE`. */
  setPin(tapId: string, pin: string): Promise<void>;
  changePin(tapId: string, old: string, pin: string): Promise<void>;
  /** Has the card take a new PIN and all its tries again, once a supervisor has allowed it. Rejects with `ERR_TAP_STATE` before. */
  unblockPin(tapId: string, pin: string): Promise<void>;
}

/** Lays it over a desk. */
export function createPinTap(tap: HealthTap, deps: TapDeps): PinTap {
  return new CardPinTap(tap, deps);
}

class CardPinTap extends Overlay<PinState, HealthTap> implements PinTap {
  /** Who has allowed that the card which lies there is unblocked. */
  #supervisor: number | null = null;

  canOpenRecords: HealthTap['canOpenRecords'] = () => this.taps.canOpenRecords();
  openRecords: HealthTap['openRecords'] = (...with_) => this.unlessOpen(() => this.taps.openRecords(...with_));
  addRecord: HealthTap['addRecord'] = (...with_) => this.unlessOpen(() => this.taps.addRecord(...with_));

  canOpenPin = (): boolean => this.deps.holderPins !== undefined && this.#keyedCard() !== null;

  protected override whenRemoved(): void {
    this.forget();
    // What was taken is said until somebody has read it, and so is what is not known.
    if (this.over?.name === 'card-pin') this.close();
  }

  /** Back to the taps below. A card whose PIN is another now is examined anew: it may prove its holder from now on. */
  protected override async leave(tapId: string): Promise<void> {
    const { over, lying } = this;
    if (over === null || this.isBusy() || over.tapId !== tapId) throw this.wrong();
    this.close();
    if (over.name === 'card-pin-done' && lying !== null) await this.present(lying.card, lying.capabilities);
  }

  async openPin(tapId: string): Promise<void> {
    const below = this.#keyedCard();
    const lying = this.lying;
    if (!this.canOpenPin() || this.over !== null || below?.tapId !== tapId || lying === null) throw this.wrong();
    this.move({ name: 'card-pin-reading', tapId: newTapId(this.deps) });
    await this.#show(lying, below.credential, null);
  }

  allowUnblock(tapId: string, supervisor: number): void {
    const before = this.#asking(tapId);
    if (before.unblocking !== 'ask') throw this.wrong();
    this.#supervisor = supervisor;
    this.move({ ...before, unblocking: 'allowed', code: null });
  }

  async denyUnblock(tapId: string, code: ErrorCode): Promise<void> {
    const before = this.#asking(tapId);
    this.move({ ...before, code });
    if (code !== 'ERR_PIN_LOCKED' || before.code === code) return;
    const time = Math.floor(this.deps.time.now().ms / 1000);
    const event = { type: 'alarm', time, code, count: 1 } as const;
    // Best effort: what cannot be recorded now must not keep the answer from the clerk.
    await this.deps.journal.append([{ kind: 'event', event }]).catch(() => undefined);
  }

  setPin = (tapId: string, pin: string): Promise<void> => this.#ask(tapId, { action: 'set', pin });

  changePin = (tapId: string, old: string, pin: string): Promise<void> =>
    this.#ask(tapId, { action: 'changed', old, pin });

  async unblockPin(tapId: string, pin: string): Promise<void> {
    const supervisor = this.#supervisor;
    if (this.#asking(tapId).unblocking !== 'allowed' || supervisor === null) throw this.wrong();
    await this.#ask(tapId, { action: 'unblocked', supervisor, pin });
  }

  async #ask(tapId: string, wish: PinWish): Promise<void> {
    const { credential } = this.#asking(tapId);
    const lying = this.lying;
    if (lying === null) throw this.wrong();
    this.move({ name: 'card-pin-writing', tapId });
    const at = { card: lying.card, credential, programme: this.taps.programme() };
    const outcome = await changePin(this.deps, at, wish).catch((error: unknown) => this.#notAsked(error));
    if (outcome.code === null) return this.#finish(credential, wish.action);
    if (outcome.isUnknown || this.lying !== lying) return this.#refuse(credential, outcome.code, outcome.isUnknown);
    await this.#show(lying, credential, outcome.code);
  }

  #notAsked(error: unknown): PinOutcome {
    if (codeOf(error) === 'ERR_INTERNAL') this.deps.fault(error);
    return { code: codeOf(error), isUnknown: false };
  }

  /** The PIN as it stands now, with why the last one did not do; or why that cannot be said. */
  async #show(lying: Lying, credential: Credential, code: ErrorCode | null): Promise<void> {
    try {
      const of = { credential, programme: this.taps.programme() };
      const { store, unblocking } = await openPinCard(this.deps, lying.card, of);
      if (this.lying !== lying) return this.close();
      const { state, triesLeft } = store;
      const isAllowed = unblocking === 'ask' && this.#supervisor !== null;
      const tapId = newTapId(this.deps);
      const shown = { credential, pin: { state, triesLeft }, unblocking: isAllowed ? 'allowed' : unblocking } as const;
      this.move({ name: 'card-pin', tapId, ...shown, code });
    } catch (error) {
      if (codeOf(error) === 'ERR_INTERNAL') this.deps.fault(error);
      if (this.lying !== lying) return this.close();
      this.#refuse(credential, code ?? codeOf(error), false);
    }
  }

  #finish(credential: Credential, action: HolderPinAction): void {
    this.#supervisor = null;
    this.move({ name: 'card-pin-done', tapId: newTapId(this.deps), credential, action });
  }

  #refuse(credential: Credential, code: ErrorCode, isUnknown: boolean): void {
    this.#supervisor = null;
    this.move({ name: 'card-pin-refused', tapId: newTapId(this.deps), code, credential, isUnknown });
  }

  #asking(tapId: string): Extract<PinState, { readonly name: 'card-pin' }> {
    const over = this.over;
    if (over?.name !== 'card-pin' || over.tapId !== tapId) throw this.wrong();
    return over;
  }

  /** A card with a key of its own: no other has a PIN. */
  #keyedCard(): ReturnType<CardPinTap['cardBelow']> {
    const below = this.cardBelow();
    return below?.credential.cardKey === undefined ? null : below;
  }

  protected override isBusy(): boolean {
    return this.over?.name === 'card-pin-reading' || this.over?.name === 'card-pin-writing';
  }

  protected override forget(): void {
    this.#supervisor = null;
  }
}

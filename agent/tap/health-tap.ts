/**
 * A desk that opens health records as well. They lie over the offer or the refusal of the card that is there:
 *
 *            open records                     add                            written, proven
 *   offer ───────────────▶ health-reading ─▶ health ─────▶ health-writing ─────────────────▶ health
 *   refused ──────┘  ▲            │           │ cancel           │ not on the card yet ──────▶ health, and why
 *      ▲             │ dismiss    ▼           ▼
 *      └─────────── health-refused        offer, refused
 *
 * When the card is taken away, what is shown of it is gone. A record that was begun and not finished is finished when its card comes again, before anything else.
 */
import type { PresentedCard } from '../../drivers/reader.js';
import type { Credential } from '../domain/credential.js';
import { codeOf } from '../domain/errors.js';
import type { HealthReason } from '../domain/health-record.js';
import { healthAccess } from '../services/health-records.js';
import { type RefusedCard, type TapDeps, versionsNow } from './examine.js';
import { addRecord, finishHealthRecord, type HealthCard, type HealthDraft, openHealthCard } from './health-card.js';
import type { HealthState } from './health-states.js';
import { Overlay } from './overlay.js';
import type { DeskState, PersonTap } from './person-tap.js';
import { refusalRecorder } from './refusals.js';
import { newTapId } from './reports.js';
import { UNKNOWN_DESK } from './snapshot.js';

export type { HealthDraft } from './health-card.js';
export type { HealthState } from './health-states.js';

/** Where a desk stands that opens health records. */
export type HealthDeskState = DeskState | HealthState;

/** See the head of this file. Commands of a {@link PersonTap} reject with `ERR_TAP_STATE` while records are open. */
export interface HealthTap extends Omit<PersonTap, 'state'> {
  state(): HealthDeskState;
  /** Whether whoever serves may open the records of the card that is there. */
  canOpenRecords(): boolean;
  /** Opens the records of the card of this offer or refusal: an event, then `health`; or `health-refused`. Rejects with `ERR_TAP_STATE` without such a card. */
  openRecords(tapId: string, reason: HealthReason): Promise<void>;
  /** Adds a record to the card whose records are shown. What became of it is in the next state. Rejects with `ERR_TAP_STATE`. */
  addRecord(tapId: string, draft: HealthDraft): Promise<void>;
}

/** Lays the records over a desk. */
export function createHealthTap(tap: PersonTap, deps: TapDeps): HealthTap {
  return new RecordsTap(tap, deps);
}

class RecordsTap extends Overlay<HealthState, PersonTap> implements HealthTap {
  readonly #refusals = refusalRecorder();
  /** The card whose records are shown. */
  #card: HealthCard | null = null;

  canOpenRecords = (): boolean => {
    const { desk = UNKNOWN_DESK, health, trust } = this.deps;
    const { kind, accredited } = desk.site();
    const at = { siteKind: kind, isAccredited: accredited, role: desk.operatorRole };
    const isAllowed = !('refused' in healthAccess(trust.policy(), at));
    return isAllowed && health !== undefined && health.epoch() !== null && this.cardBelow() !== null;
  };

  /** A record that was begun and not finished comes before anything else. */
  protected override async whenPresented(): Promise<void> {
    const below = this.cardBelow();
    const { lying } = this;
    if (below === null || lying === null) return;
    if (!this.deps.journal.state().healthRecords.has(below.credential.entitlements.card)) return;
    // Nobody can confirm anything meanwhile: two conversations with one card are never mixed.
    this.move({ name: 'health-writing', tapId: below.tapId });
    // What cannot be finished stays open, and the holder is served all the same.
    await finishHealthRecord(this.deps, lying.card, below.credential).catch(() => undefined);
    this.close();
    if (this.lying === null) this.taps.removed();
  }

  protected override whenRemoved(): void {
    if (!this.isBusy()) this.close();
  }

  protected override async leave(tapId: string, by: 'cancel' | 'dismiss'): Promise<void> {
    const left = by === 'cancel' ? 'health' : 'health-refused';
    if (this.over?.name !== left || this.over.tapId !== tapId) throw this.wrong();
    this.close();
  }

  async openRecords(tapId: string, reason: HealthReason): Promise<void> {
    const below = this.cardBelow();
    const lying = this.lying?.card ?? null;
    if (this.over !== null || below?.tapId !== tapId || lying === null) throw this.wrong();
    const { credential } = below;
    this.move({ name: 'health-reading', tapId: newTapId(this.deps) });
    try {
      const card = await openHealthCard(this.deps, lying, { credential });
      const shown = card.records.filter(({ kind }) => card.read.includes(kind)).length;
      await this.#recordOpening(card, { reason, count: shown });
      if (this.#isGone(lying)) return;
      this.#show(card, {});
    } catch (error) {
      if (codeOf(error) === 'ERR_INTERNAL') this.deps.fault(error);
      await this.#recordRefusal(credential, codeOf(error));
      if (this.#isGone(lying)) return;
      this.move({ name: 'health-refused', tapId: newTapId(this.deps), code: codeOf(error), credential });
    }
  }

  async addRecord(tapId: string, draft: HealthDraft): Promise<void> {
    const before = this.over;
    const lying = this.lying?.card ?? null;
    const opened = this.#card;
    if (before?.name !== 'health' || before.tapId !== tapId || lying === null || opened === null) throw this.wrong();
    this.move({ name: 'health-writing', tapId });
    let code: ReturnType<typeof codeOf> | null = null;
    try {
      await addRecord(this.deps, await openHealthCard(this.deps, lying, opened), draft);
    } catch (error) {
      code = codeOf(error);
      if (code === 'ERR_INTERNAL') this.deps.fault(error);
    }
    const now = await openHealthCard(this.deps, lying, opened).catch(() => null);
    if (this.#isGone(lying)) {
      // Taken away too early: whoever wrote it has to know that the card is wanted once more.
      const { credential } = opened;
      if (code !== null) this.move({ name: 'health-refused', tapId: newTapId(this.deps), code, credential });
      return;
    }
    this.#show(now ?? opened, { tapId, ...(code === null ? { added: draft.kind } : { code }) });
  }

  async #recordOpening(
    { owner }: HealthCard,
    { reason, count }: { readonly reason: HealthReason; readonly count: number },
  ): Promise<void> {
    const { journal, time, operator, desk = UNKNOWN_DESK } = this.deps;
    const who = { card: owner.card, operator: operator(), role: desk.operatorRole };
    const event = { type: 'health-opened', time: Math.floor(time.now().ms / 1000), ...who, count, reason } as const;
    await journal.append([{ kind: 'event', event }]);
  }

  /** What cannot be recorded now must not keep the answer from whoever asked. */
  async #recordRefusal(credential: Credential, code: RefusedCard['code']): Promise<void> {
    const { journal, time, trust } = this.deps;
    const programme = trust.policy().programmes.find(({ id }) => id === this.taps.programme())?.number ?? 0;
    const about = { card: credential.entitlements.card, credential, programme, versions: versionsNow(this.deps) };
    const refused: RefusedCard = { result: 'refuse', code, ...about, superseded: [] };
    const entries = this.#refusals.entriesFor(refused, time.now().ms);
    if (entries.length > 0) await journal.append(entries).catch(() => undefined);
  }

  #show(
    card: HealthCard,
    { tapId = newTapId(this.deps), added = null, code = null }: Partial<Extract<HealthState, { name: 'health' }>>,
  ): void {
    const { credential, records, images, read, write: writes } = card;
    const opening = images.filter((image) => (card.opened?.unseal(image) ?? null) !== null).length;
    const shown = { credential, records: records.filter(({ kind }) => read.includes(kind)), writes };
    this.#card = card;
    this.move({ name: 'health', tapId, ...shown, unreadable: images.length - opening, added, code });
  }

  protected override isBusy(): boolean {
    return this.over?.name === 'health-reading' || this.over?.name === 'health-writing';
  }

  protected override forget(): void {
    this.#card = null;
  }

  /** It was taken away meanwhile: nothing of it is shown. */
  #isGone(lying: PresentedCard): boolean {
    if (this.lying?.card === lying) return false;
    this.close();
    return true;
  }
}

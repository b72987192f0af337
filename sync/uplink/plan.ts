/**
 * Decides what goes next. The order is: urgent events out of turn; else the oldest epoch, its oldest events, whole batches while there
 * is room; what is less than a batch once nothing of that kind is under way and it has waited for company.
 */
import type { EpochInfo, Journal } from '../../agent/journal/journal.js';
import type { Ack, SeqRange } from '../protocol/ack.js';
import { highestHeld } from './ack-check.js';
import { holeAt, nextRange, nextTarget, type Outstanding, type Target } from './outbox.js';
import type { UplinkLimits } from './parts.js';
import { type Stretch, UrgentEvents } from './urgent.js';
import type { FlightKind, Window } from './window.js';

/** What to do next. */
export type Step =
  | { readonly kind: 'send'; readonly epoch: EpochInfo; readonly range: SeqRange; readonly as: FlightKind }
  /** The next event was destroyed. */
  | { readonly kind: 'step over'; readonly target: Target }
  /** Let what is there wait for company. */
  | { readonly kind: 'linger' }
  /** Something was looked at, nothing sent: ask again. */
  | { readonly kind: 'looked' }
  | { readonly kind: 'wait' };

const WAIT: Step = { kind: 'wait' };

/** See the head of this file. */
export class Plan {
  readonly #journal: Journal;
  readonly #limits: UplinkLimits;
  readonly #urgent: UrgentEvents;
  #missing: { readonly epoch: string; readonly ranges: readonly SeqRange[] } | null = null;
  /** Up to here events have waited long enough. */
  #ripe: { readonly epoch: string; readonly seq: number } | null = null;

  constructor(journal: Journal, limits: UplinkLimits) {
    this.#journal = journal;
    this.#limits = limits;
    this.#urgent = new UrgentEvents(journal, limits.urgentRunsMax);
  }

  /** All that is recorded now needs no more company. */
  ripen(): void {
    const newest = this.#journal.epochs().at(-1);
    this.#ripe = newest === undefined ? null : { epoch: newest.name, seq: newest.lastSeq };
  }

  /** What is under way was not answered in time. */
  unanswered(window: Window): void {
    for (const { epoch, range } of window.flights('ahead')) this.#urgent.unanswered(epoch, range);
  }

  /** Forgets what the centre said that it lacks. */
  forgetMissing(): void {
    this.#missing = null;
  }

  /** Takes in an acknowledgement that the journal has taken in, and frees the window of what it answers. */
  answered(ack: Ack, window: Window): void {
    const { epoch, seq, missing } = ack;
    // An older one that came again does not tell what is missing now.
    if (seq !== (this.#journal.state().acknowledged.get(epoch)?.seq ?? 0)) return;
    const highest = highestHeld(ack);
    const isHeld = ({ first }: SeqRange): boolean =>
      first > seq && first <= highest && !missing.some((gap) => gap.first <= first && first <= gap.last);
    const ahead = window.flights('ahead').filter((flight) => flight.epoch === epoch);
    this.#urgent.answered(
      epoch,
      ahead.map(({ range }) => range),
      isHeld,
    );
    window.acknowledged(epoch, seq, isHeld);
    if (nextTarget(this.#journal)?.epoch.name === epoch) this.#missing = { epoch, ranges: missing };
  }

  /** What to do next. `probing`: nobody answered lately, so one batch at a time. Rejects as the journal does. */
  async next(window: Window, probing: boolean): Promise<Step> {
    const target = nextTarget(this.#journal);
    if (target === null) return WAIT;
    const stretches = this.#stretches(target);
    if (window.size < (probing ? 1 : this.#limits.inFlightMax)) {
      const urgent = await this.#outOfTurn(target, stretches, window);
      if (urgent !== null) return urgent;
      if (target.cursor < target.epoch.lastSeq && holeAt(target.epoch, target.cursor + 1) !== null)
        return { kind: 'step over', target };
      const step = this.#inTurn(target, window);
      if (step.kind !== 'wait') return step;
    }
    for (const stretch of stretches) if (await this.#urgent.lookBack(stretch)) return { kind: 'looked' };
    return WAIT;
  }

  /** Where urgent events have something to overtake: newest epoch first, nowhere when a batch takes it all. */
  #stretches(target: Target): Stretch[] {
    const state = this.#journal.state();
    const epochs = this.#journal.epochs();
    this.#urgent.keep(epochs);
    if (state.backlog <= this.#limits.batchEventsMax) return [];
    return epochs
      .slice(epochs.findIndex(({ name }) => name === target.epoch.name))
      .map((epoch) => ({ epoch, cursor: state.acknowledged.get(epoch.name)?.seq ?? 0 }))
      .filter(({ epoch, cursor }) => cursor < epoch.lastSeq)
      .reverse();
  }

  async #outOfTurn(target: Target, stretches: readonly Stretch[], window: Window): Promise<Step | null> {
    for (const stretch of stretches) {
      await this.#urgent.lookAtNewest(stretch);
      const { epoch } = stretch;
      const isTarget = epoch.name === target.epoch.name;
      const turn = isTarget ? nextRange(target, this.#outstanding(target, window)) : null;
      const range = this.#urgent.next(stretch, {
        // A newer epoch waits for the whole of this one.
        next: isTarget ? (turn?.first ?? epoch.lastSeq) : Number.NEGATIVE_INFINITY,
        covered: window.rangesOf(epoch.name),
        ahead: window.flights('ahead').length,
        countMax: this.#limits.batchEventsMax,
      });
      if (range !== null) return { kind: 'send', epoch, range, as: 'ahead' };
    }
    return null;
  }

  #inTurn(target: Target, window: Window): Step {
    const { epoch } = target;
    // One epoch after the other: what is under way of another one is answered first.
    if (window.flights('backlog', 'tail').some((flight) => flight.epoch !== epoch.name)) return WAIT;
    const range = nextRange(target, this.#outstanding(target, window));
    if (range === null) return WAIT;
    if (range.last - range.first + 1 >= this.#limits.batchEventsMax || range.last < epoch.lastSeq)
      return { kind: 'send', epoch, range, as: 'backlog' };
    // One part of a batch at a time, so that on a slow link batches fill up by themselves …
    if (window.flights('tail').length > 0) return WAIT;
    // … and, while more may come, none before it waited for company.
    if (target.open && !this.#isRipe(epoch, range.first)) return { kind: 'linger' };
    return { kind: 'send', epoch, range, as: 'tail' };
  }

  #outstanding({ epoch: { name } }: Target, window: Window): Outstanding {
    const missing = this.#missing?.epoch === name ? this.#missing.ranges : null;
    return { inFlight: window.rangesOf(name), held: this.#urgent.heldOf(name), missing };
  }

  #isRipe(epoch: EpochInfo, seq: number): boolean {
    return this.#ripe !== null && this.#ripe.epoch === epoch.name && seq <= this.#ripe.seq;
  }
}

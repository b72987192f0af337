/** The batches that are under way: ranges and timers, no bytes. */
import type { Timers } from '../../agent/domain/clock.js';
import type { SeqRange } from '../protocol/ack.js';
import { BATCH_EVENTS_BYTES_MAX } from '../protocol/batch.js';
import { AckClock } from './ack-clock.js';

/** Delays that the window watches. */
export interface WindowLimits {
  /** How long the broker may take to confirm a batch, and the most that the centre may then take to acknowledge it. */
  readonly ackTimeoutMs: number;
  /** What a batch should take on the link. */
  readonly batchLinkMs: number;
}

/** What the window tells its owner. */
export interface WindowHandlers {
  /** A batch was not acknowledged in time; `confirmed` tells whether the broker had at least taken it. */
  late(confirmed: boolean): void;
}

/**
 * What a batch is to the window: one of the `backlog`; a `tail`, which is not full and ends with the newest event; or `ahead` of its
 * turn, for an urgent event.
 */
export type FlightKind = 'backlog' | 'tail' | 'ahead';

/** A batch that is being sent. */
export interface Departure {
  readonly epoch: string;
  readonly range: SeqRange;
  readonly kind: FlightKind;
  /** On the wire. */
  readonly bytes: number;
}

/** One batch under way. */
export interface Flight {
  /**
   * The broker has it. Where it would have told that nobody heard it, the centre has it soon, and silence means that the centre is busy:
   * then it is given all the time there is, so that a thousand impatient terminals do not make it busier. False when the window has
   * forgotten the batch meanwhile.
   */
  confirmed(wasHeard: boolean): boolean;
}

interface FlightState extends Departure {
  /** Sent for the first time, as far as is known here. */
  readonly fresh: boolean;
  confirmed: boolean;
  waitedMs: number;
  cancelTimers(): void;
}

/** Batches start small, so that the first one on a bad link gets through; each one that is quick doubles the next. */
const BYTES_FIRST = 4_096;
const BYTES_MIN = 1_024;

/** How finely the wait for an acknowledgement is measured. */
const TICK_MS = 2_000;

/** Ranges remembered that went unanswered. */
const UNANSWERED_MAX = 8;

/** Batches under way, and how large the next may be: halved by one that took longer on the link than it should, doubled by one that did not. */
export class Window {
  readonly #timers: Timers;
  readonly #limits: WindowLimits;
  readonly #handlers: WindowHandlers;
  readonly #ackClock: AckClock;
  #flights: FlightState[] = [];
  #unanswered: { readonly epoch: string; readonly range: SeqRange }[] = [];
  #bytesMax = BYTES_FIRST;

  constructor(timers: Timers, limits: WindowLimits, handlers: WindowHandlers) {
    this.#timers = timers;
    this.#limits = limits;
    this.#handlers = handlers;
    this.#ackClock = new AckClock(limits.ackTimeoutMs);
  }

  get size(): number {
    return this.#flights.length;
  }

  /** Events under way. */
  get events(): number {
    return this.#flights.reduce((sum, { range }) => sum + range.last - range.first + 1, 0);
  }

  /** Bytes on the wire that the broker has not confirmed: what is held in memory of them. */
  get bytes(): number {
    return this.#flights.reduce((sum, flight) => sum + (flight.confirmed ? 0 : flight.bytes), 0);
  }

  /** Most bytes of events, before compression, that the next batch should have. */
  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** What is under way of one epoch. */
  rangesOf(epoch: string): SeqRange[] {
    return this.#flights.filter((flight) => flight.epoch === epoch).map((flight) => flight.range);
  }

  /** What is under way and of one of these kinds. */
  flights(...kinds: readonly FlightKind[]): readonly Departure[] {
    return this.#flights.filter((flight) => kinds.includes(flight.kind));
  }

  /** Takes note of a batch that is being sent. */
  add(departure: Departure): Flight {
    let slow = false;
    // Batches that went out together say the same thing about the link: that counts once.
    const sizeMax = this.#bytesMax;
    const cancelSlow = this.#timers.after(this.#limits.batchLinkMs, () => {
      slow = true;
      this.#bytesMax = Math.max(BYTES_MIN, Math.min(this.#bytesMax, Math.floor(sizeMax / 2)));
    });
    const cancelUnconfirmed = this.#timers.after(this.#limits.ackTimeoutMs, () => this.#handlers.late(false));
    const flight: FlightState = {
      ...departure,
      fresh: !this.#unanswered.some(
        (other) => other.epoch === departure.epoch && overlap(other.range, departure.range),
      ),
      confirmed: false,
      waitedMs: 0,
      cancelTimers: () => {
        cancelSlow();
        cancelUnconfirmed();
      },
    };
    this.#flights.push(flight);
    return {
      confirmed: (wasHeard) => {
        if (flight.confirmed || !this.#flights.includes(flight)) return false;
        flight.confirmed = true;
        flight.cancelTimers();
        if (!slow) this.#bytesMax = Math.min(BATCH_EVENTS_BYTES_MAX, Math.max(this.#bytesMax, sizeMax * 2));
        this.#awaitAck(flight, wasHeard ? this.#limits.ackTimeoutMs : this.#ackClock.timeoutMs);
        return true;
      },
    };
  }

  /** Forgets the batches of `epoch` that the centre has: those that end at or before `seq`, and those it `holds` beyond. */
  acknowledged(epoch: string, seq: number, holds: (range: SeqRange) => boolean = () => false): void {
    const has = ({ epoch: of, range }: FlightState): boolean => of === epoch && (range.last <= seq || holds(range));
    for (const flight of this.#flights.filter(has)) {
      flight.cancelTimers();
      if (flight.fresh) this.#ackClock.measured(flight.waitedMs);
    }
    this.#flights = this.#flights.filter((flight) => !has(flight));
    this.#unanswered = this.#unanswered.filter((other) => other.epoch !== epoch || other.range.last > seq);
  }

  /** Forgets all that is under way. */
  clear(): void {
    for (const flight of this.#flights) {
      flight.cancelTimers();
      this.#unanswered.push({ epoch: flight.epoch, range: flight.range });
    }
    this.#unanswered = this.#unanswered.slice(-UNANSWERED_MAX);
    this.#flights = [];
  }

  /** Measures with timers, in steps: the clock may jump. */
  #awaitAck(flight: FlightState, leftMs: number): void {
    const stepMs = Math.min(TICK_MS, leftMs);
    flight.cancelTimers = this.#timers.after(stepMs, () => {
      flight.waitedMs += stepMs;
      if (leftMs > stepMs) {
        this.#awaitAck(flight, leftMs - stepMs);
        return;
      }
      this.#ackClock.silence();
      this.#handlers.late(true);
    });
  }
}

function overlap(a: SeqRange, b: SeqRange): boolean {
  return a.first <= b.last && b.first <= a.last;
}

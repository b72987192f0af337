/** The batches that are under way: ranges and timers, no bytes. */
import type { Timers } from '../../agent/domain/clock.js';
import type { SeqRange } from '../protocol/ack.js';
import { BATCH_EVENTS_BYTES_MAX } from '../protocol/batch.js';

/** Delays that the window watches. */
export interface WindowLimits {
  /** How long the centre may take to acknowledge a batch. */
  readonly ackTimeoutMs: number;
  /** What a batch should take on the link. */
  readonly batchLinkMs: number;
}

/** What the window tells its owner. */
export interface WindowHandlers {
  /** A batch was not acknowledged in time; `confirmed` tells whether the broker had at least taken it. */
  late(confirmed: boolean): void;
}

/** One batch under way. */
export interface Flight {
  /** The broker has it. */
  confirmed(): void;
}

interface FlightState {
  readonly epoch: string;
  readonly range: SeqRange;
  confirmed: boolean;
  cancelTimers(): void;
}

/** Batches start small, so that the first one on a bad link gets through; each one that is quick doubles the next. */
const BYTES_FIRST = 4_096;
const BYTES_MIN = 1_024;

/** Batches under way, and how large the next may be: halved by one that took longer on the link than it should, doubled by one that did not. */
export class Window {
  readonly #timers: Timers;
  readonly #limits: WindowLimits;
  readonly #handlers: WindowHandlers;
  #flights: FlightState[] = [];
  #bytesMax = BYTES_FIRST;

  constructor(timers: Timers, limits: WindowLimits, handlers: WindowHandlers) {
    this.#timers = timers;
    this.#limits = limits;
    this.#handlers = handlers;
  }

  get size(): number {
    return this.#flights.length;
  }

  /** Most bytes of events, before compression, that the next batch should have. */
  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** What is under way of one epoch. */
  rangesOf(epoch: string): SeqRange[] {
    return this.#flights.filter((flight) => flight.epoch === epoch).map((flight) => flight.range);
  }

  /** Takes note of a batch that is being sent. */
  add(epoch: string, range: SeqRange): Flight {
    let slow = false;
    const cancelSlow = this.#timers.after(this.#limits.batchLinkMs, () => {
      slow = true;
      this.#bytesMax = Math.max(BYTES_MIN, Math.floor(this.#bytesMax / 2));
    });
    const cancelLate = this.#timers.after(this.#limits.ackTimeoutMs, () => this.#handlers.late(flight.confirmed));
    const flight: FlightState = {
      epoch,
      range,
      confirmed: false,
      cancelTimers: () => {
        cancelSlow();
        cancelLate();
      },
    };
    this.#flights.push(flight);
    return {
      confirmed: () => {
        if (flight.confirmed) return;
        flight.confirmed = true;
        cancelSlow();
        if (!slow) this.#bytesMax = Math.min(BATCH_EVENTS_BYTES_MAX, this.#bytesMax * 2);
      },
    };
  }

  /** Forgets the batches of `epoch` that end at or before `seq`. */
  acknowledged(epoch: string, seq: number): void {
    for (const flight of this.#flights) if (flight.epoch === epoch && flight.range.last <= seq) flight.cancelTimers();
    this.#flights = this.#flights.filter((flight) => flight.epoch !== epoch || flight.range.last > seq);
  }

  /** Forgets all that is under way. */
  clear(): void {
    for (const flight of this.#flights) flight.cancelTimers();
    this.#flights = [];
  }
}

/** The settlement of a simulated centre: a process like the others, which crashes and comes back. */
import type { Clock, Timers } from '../../agent/domain/clock.js';
import type { DocumentStore } from '../../sync/bridge/store.js';
import { SETTLEMENT_LIMITS } from '../../sync/settlement/limits.js';
import { type ListRules, listRules } from '../../sync/settlement/lists.js';
import { Settlement } from '../../sync/settlement/settlement.js';
import { Life } from '../world/life.js';
import type { FaultKind } from './faults.js';
import type { Trace } from './trace.js';

/** How often it looks for changes: seldom, so that days of virtual time cost little. */
const POLL_MS = 3_600_000;

/** What a settling process is made of. */
export interface SettlingParts {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly fault: (kind: FaultKind) => void;
  /** The database as a process of this life reaches it. */
  readonly storeFor: (life: Life, name: string) => DocumentStore;
}

/** See the head of this file. */
export class Settling {
  /** What it knows of policies, hotlists and households; the authority of the world tells it of each list. */
  readonly rules: ListRules = listRules({ timeZone: 'Africa/Cairo' });
  readonly #parts: SettlingParts;
  #running: { readonly life: Life; readonly settlement: Settlement } | null = null;
  #starts = 0;

  constructor(parts: SettlingParts) {
    this.#parts = parts;
  }

  /** Starts it unless it runs. */
  start(): void {
    if (this.#running?.life.alive === true) return;
    const { timers, clock, trace, storeFor } = this.#parts;
    this.#starts += 1;
    const life = new Life(timers);
    const settlement = new Settlement({
      store: storeFor(life, `settlement ${this.#starts}`),
      rules: this.rules,
      clock,
      timers: life.timers,
      limits: { ...SETTLEMENT_LIMITS, pollMs: POLL_MS },
      report: () => {},
    });
    this.#running = { life, settlement };
    trace.note('settlement starts');
    settlement.start();
  }

  /** Ends it in the middle of whatever it does. */
  crash(): void {
    if (this.#running?.life.alive !== true) return;
    this.#parts.fault('crash.settlement');
    this.#running.life.end();
  }

  /** Ends it without counting a fault: somebody stops it. */
  stop(): void {
    this.#running?.life.end();
  }

  /** Whether everything that the database holds has been taken in. False while it cannot be asked. */
  async caughtUp(): Promise<boolean> {
    const running = this.#running;
    if (running === null || !running.life.alive) return false;
    return running.settlement.caughtUp().catch(() => false);
  }
}

/** Composes settlement from its configuration: what `wasl settlement run` runs. */
import type { Clock, Timers } from '../../agent/domain/clock.js';
import { codeOf } from '../../agent/domain/errors.js';
import type { Log } from '../../agent/domain/log.js';
import { createCouchStore } from '../bridge/couch-store.js';
import { type HealthPage, serveHealth } from '../bridge/health.js';
import type { DocumentStore } from '../bridge/store.js';
import { checkSettlementConfig, type SettlementConfig, type SettlementConfigInput } from './config.js';
import { SETTLEMENT_LIMITS, type SettlementLimits } from './limits.js';
import type { SettlementRules } from './rules.js';
import { Settlement, type SettlementStatus } from './settlement.js';

/** What settlement needs from the machine. */
export interface SettlementDeps {
  readonly couchPassword: string;
  readonly rules: SettlementRules;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Other limits than those of a centre, for tests. */
  readonly limits?: Partial<SettlementLimits>;
}

/** A running settlement. */
export interface RunningSettlement {
  status(): SettlementStatus;
  /** Whether every change that is in the database now has been taken in. Rejects with `ERR_DATABASE`. */
  caughtUp(): Promise<boolean>;
  /** Port of the health page, or null without one. */
  readonly healthPort: number | null;
  /** Begins nothing more, and resolves when what is under way is over. */
  stop(): Promise<void>;
}

/** Starts settlement. Rejects with `ERR_CONFIG` or `ERR_PORT_IN_USE`; the database may come later. */
export async function runSettlement(input: SettlementConfigInput, deps: SettlementDeps): Promise<RunningSettlement> {
  const config = checkSettlementConfig(input);
  const { rules, clock, timers, log } = deps;
  const settlement = new Settlement({
    store: settlementStore(config, deps.couchPassword),
    rules,
    clock,
    timers,
    limits: {
      ...SETTLEMENT_LIMITS,
      gapAfterMs: config.gapAfterHours * 3_600_000,
      aheadMaxMs: config.aheadMaxMinutes * 60_000,
      ...deps.limits,
    },
    report: (problem) =>
      log.warn({ code: codeOf(problem), detail: problem instanceof Error ? problem.message : '' }, 'settlement'),
  });
  const health = () => {
    const { counters, phase, upToDate } = settlement.status();
    return { connected: phase !== null, phase, upToDate, counters };
  };
  const page: HealthPage | null =
    config.healthPort === undefined ? null : await serveHealth(config.healthPort, health, 'wasl_settlement');
  settlement.start();
  return {
    status: () => settlement.status(),
    caughtUp: () => settlement.caughtUp(),
    healthPort: page?.port ?? null,
    stop: async () => {
      await settlement.stop();
      await page?.close();
    },
  };
}

/** The store that a configuration names. */
export function settlementStore({ couch }: Pick<SettlementConfig, 'couch'>, password: string): DocumentStore {
  const url = new URL(couch.url);
  url.username = encodeURIComponent(couch.username);
  url.password = encodeURIComponent(password);
  const { requestTimeoutMs, role } = couch;
  return createCouchStore({ url: url.href, requestTimeoutMs, role, unpartitioned: () => undefined });
}

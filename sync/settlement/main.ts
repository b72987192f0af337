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
import type { Accreditation } from './statement/holds.js';
import { VIEW_LIMITS, ViewBuilder } from './views/builder.js';
import { couchViewDatabases } from './views/databases.js';
import type { Members } from './views/members.js';
import type { Views } from './views/parties.js';
import { ViewRunner } from './views/runner.js';

/** Who sees what, and what that is told by. */
export interface ViewsInput {
  readonly views: Views;
  /** Absent: no card is anybody's member. */
  readonly members?: Members;
  readonly accreditation: Accreditation;
  /** What pseudonyms and names of documents are made with; 32 bytes. */
  readonly key: Uint8Array;
}

/** What settlement needs from the machine. */
export interface SettlementDeps {
  readonly couchPassword: string;
  readonly rules: SettlementRules;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Absent: no databases for parties. */
  readonly views?: ViewsInput;
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
  const limits = {
    ...SETTLEMENT_LIMITS,
    gapAfterMs: config.gapAfterHours * 3_600_000,
    aheadMaxMs: config.aheadMaxMinutes * 60_000,
    ...deps.limits,
  };
  const reporter = (what: string) => (problem: unknown) =>
    log.warn({ code: codeOf(problem), detail: problem instanceof Error ? problem.message : '' }, what);
  const store = settlementStore(config, deps.couchPassword);
  const settlement = new Settlement({ store, rules, clock, timers, limits, report: reporter('settlement') });
  const runner =
    deps.views === undefined
      ? null
      : new ViewRunner({
          builder: viewBuilder(config, deps.couchPassword, { ...deps.views, rules }),
          ...{ timers, limits, report: reporter('views') },
        });
  const health = () => {
    const { counters, phase, upToDate } = settlement.status();
    return { connected: phase !== null, phase, upToDate, counters: { ...counters, ...runner?.counters() } };
  };
  const page: HealthPage | null =
    config.healthPort === undefined ? null : await serveHealth(config.healthPort, health, 'wasl_settlement');
  settlement.start();
  runner?.start();
  return {
    status: () => settlement.status(),
    caughtUp: () => settlement.caughtUp(),
    healthPort: page?.port ?? null,
    stop: async () => {
      await runner?.stop();
      await settlement.stop();
      await page?.close();
    },
  };
}

/** What builds the databases of parties on the server that a configuration names. */
export function viewBuilder(
  config: Pick<SettlementConfig, 'couch'>,
  couchPassword: string,
  { views, members, accreditation, key, rules }: ViewsInput & { readonly rules: SettlementRules },
): ViewBuilder {
  const { requestTimeoutMs, role } = config.couch;
  return new ViewBuilder({
    store: settlementStore(config, couchPassword),
    databases: couchViewDatabases({ url: urlOf(config, couchPassword), requestTimeoutMs, role }),
    ...{ views, accreditation, key, rules, limits: VIEW_LIMITS },
    memberOf: (card) => members?.of(card) ?? null,
    surroundings: members === undefined ? [] : [members.mark],
  });
}

/** The store that a configuration names. */
export function settlementStore(config: Pick<SettlementConfig, 'couch'>, password: string): DocumentStore {
  const { requestTimeoutMs, role } = config.couch;
  return createCouchStore({ url: urlOf(config, password), requestTimeoutMs, role, unpartitioned: () => undefined });
}

function urlOf({ couch }: Pick<SettlementConfig, 'couch'>, password: string): string {
  const url = new URL(couch.url);
  url.username = encodeURIComponent(couch.username);
  url.password = encodeURIComponent(password);
  return url.href;
}

/**
 * Settlement: follows the changes of the events databases, keeps what cards drew and what the centre holds of each terminal, and opens and closes
 * cases. It may be killed anywhere and started again, and take the same events in any order and any number of times: what it writes is
 * a function of the documents that the centre holds. One round is:
 *
 *   which life is the centre in → which databases are there → of each, one page of changes: projections, cases, position
 *   → now and then: how old are the gaps → wait, unless there was something
 */
import type { Clock, Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { DATABASES } from '../bridge/documents.js';
import { readIncarnation } from '../bridge/registry.js';
import { type DocumentStore, placeNumber } from '../bridge/store.js';
import { createSettlementCounters, type SettlementCounters } from './counters.js';
import { type EpochDocument, SETTLEMENT_DATABASE } from './documents.js';
import { EVENTS_PREFIX, evidenceIn } from './evidence.js';
import type { SettlementLimits } from './limits.js';
import {
  type HeldPosition,
  type Phase,
  type Position,
  readPosition,
  rebuilding,
  withMissing,
  writePosition,
} from './position.js';
import { isProjectionId, Projector } from './projector.js';
import { Rounds } from './rounds.js';
import type { SettlementRules } from './rules.js';

/** What settlement is made of. */
export interface SettlementParts {
  readonly store: DocumentStore;
  readonly rules: SettlementRules;
  /** The centre's clock. */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits: SettlementLimits;
  /** Hears of what went wrong and is tried again, and of each rebuild. */
  readonly report: (problem: unknown) => void;
}

/** How settlement is doing. */
export interface SettlementStatus {
  /** Null until the database was reached. */
  readonly phase: Phase | null;
  /** The last round reached the database, and found nothing left to do. */
  readonly upToDate: boolean;
  readonly counters: Readonly<SettlementCounters>;
}

/** See the head of this file. */
export class Settlement {
  readonly #parts: SettlementParts;
  readonly #projector: Projector;
  readonly #counters = createSettlementCounters();
  readonly #missing = { policy: new Set<number>(), hotlist: new Set<number>() };
  /** Read anew after every failure: what the last write did is then not known. */
  #held: HeldPosition | null = null;
  #gapsLookedAtMs: number | null = null;
  #upToDate = false;
  readonly #rounds: Rounds;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
    const { store, rules, limits, clock } = parts;
    this.#projector = new Projector({
      store,
      rules,
      limits,
      counters: this.#counters,
      nowMs: () => clock.nowMs(),
      missing: (kind, version) => this.#missing[kind].add(version),
    });
    this.#rounds = new Rounds({
      ...{ timers: parts.timers, limits },
      round: async () => {
        const worked = await this.#round();
        this.#upToDate = !worked;
        return worked;
      },
      failed: (error) => {
        this.#counters.failures += 1;
        this.#upToDate = false;
        this.#held = null;
        parts.report(error);
      },
    });
  }

  /** Begins to follow. The database may come later. */
  start(): void {
    this.#rounds.start();
  }

  /** Begins nothing more; resolves when what is under way is over. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
  }

  /** How it is doing, as of the last round. */
  status(): SettlementStatus {
    return { phase: this.#held?.position.phase ?? null, upToDate: this.#upToDate, counters: { ...this.#counters } };
  }

  /** Asks the database whether every change that is in it now has been taken in, by this settlement or another. Rejects with `ERR_DATABASE`. */
  async caughtUp(): Promise<boolean> {
    const { store } = this.#parts;
    const incarnation = await readIncarnation(store);
    const { position, revision } = await readPosition(store, incarnation);
    if (revision === null || position.phase !== 'following' || position.incarnation !== incarnation) return false;
    for (const database of await this.#databases()) {
      const since = position.feeds[database] ?? null;
      const { changes, last } = await store.changes(database, { since, limit: 1 });
      if (changes.length > 0 || (since !== null && placeNumber(last) < placeNumber(since))) return false;
    }
    return true;
  }

  /** Resolves to whether there may be more to do at once. */
  async #round(): Promise<boolean> {
    const { store } = this.#parts;
    const incarnation = await readIncarnation(store);
    const position = await this.#position(incarnation);
    if (incarnation !== null && position.incarnation !== incarnation) {
      if (position.incarnation !== null) return this.#rebuild(incarnation, 'its centre has begun another life');
      await this.#move({ ...position, incarnation });
    }
    switch (position.phase) {
      case 'clearing':
        return this.#clearSome();
      case 'reviewing':
        return this.#reviewSome();
      case 'rereading':
        if (await this.#follow(false)) return true;
        if (!this.#rounds.isStopping) await this.#beginReview();
        return true;
      case 'following':
        if (await this.#follow(true)) return true;
        await this.#lookAtGaps();
        return this.#reviewIfLearned();
    }
  }

  /** The position, from the databases that are all there. */
  async #position(incarnation: number | null): Promise<Position> {
    if (this.#held === null) {
      const { store } = this.#parts;
      await store.ensure(SETTLEMENT_DATABASE, { partitioned: false });
      await store.ensure(DATABASES.cases, { partitioned: false });
      this.#held = await readPosition(store, incarnation);
    }
    return this.#held.position;
  }

  async #move(next: Position): Promise<void> {
    const { store } = this.#parts;
    const held = this.#held ?? (await readPosition(store, next.incarnation));
    this.#held = await writePosition(store, held, withMissing(next, this.#missing));
    this.#missing.policy.clear();
    this.#missing.hotlist.clear();
  }

  async #databases(): Promise<readonly string[]> {
    return [DATABASES.cases, ...(await this.#parts.store.list(EVENTS_PREFIX))];
  }

  /** Takes in one page of each database; resolves to whether there was any. */
  async #follow(judge: boolean): Promise<boolean> {
    const { store, limits } = this.#parts;
    let worked = false;
    for (const database of await this.#databases()) {
      if (this.#rounds.isStopping) return worked;
      const position = await this.#position(null);
      const since = position.feeds[database] ?? null;
      const { changes, last } = await store.changes(database, { since, limit: limits.pageMax });
      if (since !== null && placeNumber(last) < placeNumber(since)) {
        return this.#rebuild(position.incarnation, `${database} was put back to an earlier state`);
      }
      const evidence = changes.flatMap(({ document }) =>
        document === null ? [] : (evidenceIn(database, document) ?? []),
      );
      if (evidence.length > 0) await this.#projector.take(evidence, judge);
      this.#counters.changesTaken += changes.length;
      worked ||= changes.length > 0;
      if (last !== since) await this.#move({ ...position, feeds: { ...position.feeds, [database]: last } });
    }
    return worked;
  }

  async #rebuild(incarnation: number | null, why: string): Promise<boolean> {
    await this.#move(rebuilding(incarnation));
    this.#counters.rebuilds += 1;
    this.#parts.report(new WaslError('ERR_DATABASE', `settlement computes everything anew: ${why}`));
    return true;
  }

  async #clearSome(): Promise<boolean> {
    const { documents, cursor } = await this.#passPage();
    await this.#projector.clear(documents);
    const position = await this.#position(null);
    await this.#move(cursor === null ? { ...position, phase: 'rereading', cursor } : { ...position, cursor });
    return true;
  }

  async #beginReview(): Promise<void> {
    const position = await this.#position(null);
    await this.#move({ ...position, phase: 'reviewing', cursor: null, missing: { policy: [], hotlist: [] } });
  }

  async #reviewSome(): Promise<boolean> {
    const { documents, cursor } = await this.#passPage();
    if (documents.length > 0) await this.#projector.review(documents.map(({ _id }) => _id));
    const position = await this.#position(null);
    await this.#move(cursor === null ? { ...position, phase: 'following', cursor } : { ...position, cursor });
    return true;
  }

  async #passPage(prefix = '') {
    const { store, limits } = this.#parts;
    const { cursor } = await this.#position(null);
    return pageOf(store, { prefix, cursor, limit: limits.passPageMax });
  }

  async #reviewIfLearned(): Promise<boolean> {
    const { rules } = this.#parts;
    const { missing } = await this.#position(null);
    const learned =
      missing.policy.some((version) => rules.policy(version) !== null) ||
      missing.hotlist.some((version) => rules.isHotlistedIn(version, 0) !== null);
    if (learned) await this.#beginReview();
    return learned;
  }

  /** Time alone makes a case of a gap. */
  async #lookAtGaps(): Promise<void> {
    const { store, limits, clock } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#gapsLookedAtMs !== null && Math.abs(nowMs - this.#gapsLookedAtMs) < limits.gapPassMs) return;
    let cursor: string | null = null;
    do {
      const page: PassPage = await pageOf(store, { prefix: 'epoch:', cursor, limit: limits.passPageMax });
      const overdue = page.documents.filter(({ gaps }) =>
        ((gaps ?? []) as EpochDocument['gaps']).some(({ sinceMs }) => nowMs - sinceMs >= limits.gapAfterMs),
      );
      if (overdue.length > 0) await this.#projector.review(overdue.map(({ _id }) => _id));
      cursor = page.cursor;
    } while (cursor !== null && !this.#rounds.isStopping);
    this.#gapsLookedAtMs = nowMs;
    // A person may have asked for a rebuild while there was nothing to write, and so nothing to notice it by.
    this.#held = null;
  }
}

type PassPage = Awaited<ReturnType<typeof pageOf>>;

/** Projections behind a cursor, and the next cursor: null at the end. */
async function pageOf(
  store: DocumentStore,
  { prefix, cursor, limit }: { readonly prefix: string; readonly cursor: string | null; readonly limit: number },
) {
  // No id stands between one and itself with the lowest printable character behind it.
  const from = cursor === null ? prefix : `${cursor}!`;
  const documents = await store.range(SETTLEMENT_DATABASE, { from, to: `${prefix}~`, limit });
  return {
    documents: documents.filter(({ _id }) => isProjectionId(_id)),
    cursor: documents.length < limit ? null : (documents.at(-1)?._id ?? null),
  };
}

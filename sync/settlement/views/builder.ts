/**
 * Builds the views: follows the changes of what the centre holds, and keeps what each party's database says of it. It may be killed anywhere and started again, and see the
 * same changes in any order and any number of times: what it writes is a function of the documents of the centre.
 *
 *   parties that are new or see something else than before: database dropped and opened, they begin at the beginning, as a cohort of their own
 *   → of each database a page of changes: which groups and cases does it concern → project them → position
 *   → cohorts that have come equally far become one
 *
 * Where a terminal moves to another site, or a site is described differently, everything is gone over again, in place.
 */
import { DATABASES } from '../../bridge/documents.js';
import { readIncarnation } from '../../bridge/registry.js';
import { placeNumber, type StoredDocument } from '../../bridge/store.js';
import { type CaseDocument, isCaseId, readCase } from '../cases/case.js';
import { documentsFrom } from '../desk.js';
import { SETTLEMENT_DATABASE } from '../documents.js';
import { EVENTS_PREFIX, evidenceOf } from '../evidence.js';
import { readPosition } from '../position.js';
import { readDispute, STATEMENTS_DATABASE } from '../statement/dispute.js';
import { holdingCases, isHolding } from '../statement/holds.js';
import type { ViewDatabases } from './databases.js';
import { Ground, GroundMoved } from './ground.js';
import { groupOf, groupsOfEvents, isGroupDocument } from './groups.js';
import { keyMark } from './names.js';
import { type Party, partyMark, userOf, VIEW_PREFIX, type Views, viewDatabase } from './parties.js';
import {
  type Cohort,
  type HeldViewPosition,
  readViewPosition,
  VIEWS_DATABASE,
  type ViewPosition,
  writeViewPosition,
} from './position.js';
import { ViewProjector, type ViewProjectorParts } from './projector.js';

/** What a builder is made of. */
export interface ViewBuilderParts extends Omit<ViewProjectorParts, 'learn' | 'count'> {
  readonly databases: ViewDatabases;
  readonly views: Views;
  /** Changes with what stands beside the document of views and bears on records, such as the table of members. */
  readonly surroundings: readonly string[];
  readonly limits: ViewLimits;
}

/** Bounds of building. */
export interface ViewLimits {
  /** Changes taken at once. */
  readonly pageMax: number;
  /** Groups projected at once. */
  readonly groupsMax: number;
}

/** Limits for a centre. */
export const VIEW_LIMITS: ViewLimits = { pageMax: 500, groupsMax: 200 };

/** What was done since the start. */
export interface ViewCounters {
  changesTaken: number;
  written: number;
  removed: number;
}

/** See the head of this file. Every call rejects with `ERR_DATABASE`, and may be made again. */
export class ViewBuilder {
  readonly #parts: ViewBuilderParts;
  readonly #projector: ViewProjector;
  readonly #ground: Ground;
  readonly counters: ViewCounters = { changesTaken: 0, written: 0, removed: 0 };
  #held: HeldViewPosition | null = null;
  /** Databases that this builder has opened. */
  readonly #opened = new Set<string>();
  /** Open cases that hold money back. */
  #cases = new Map<string, CaseDocument>();

  constructor(parts: ViewBuilderParts) {
    this.#parts = parts;
    this.#ground = new Ground(parts.store, parts.accreditation.sites);
    this.#projector = new ViewProjector({
      ...parts,
      learn: (sites) => this.#ground.stand(sites),
      count: ({ written, removed }) => {
        this.counters.written += written;
        this.counters.removed += removed;
      },
    });
  }

  /** Does what is next; resolves to whether there may be more to do at once. */
  async round(): Promise<boolean> {
    try {
      const { position } = await this.#begun();
      if (!(await this.#isReadable())) return false;
      let worked = this.#ground.hasMoved() ? await this.#again() : false;
      for (const at of position.cohorts.keys()) worked = (await this.#follow(at)) || worked;
      await this.#join();
      return worked;
    } catch (error) {
      const isMoved = error instanceof GroundMoved;
      if (isMoved) return await this.#again();
      // What the last write did is not known.
      this.#held = null;
      throw error;
    }
  }

  /** Whether every party's database says what the centre holds now, by this builder or another. */
  async caughtUp(): Promise<boolean> {
    const { store } = this.#parts;
    const { position } = await readViewPosition(store);
    const [cohort, ...others] = position.cohorts;
    if (cohort === undefined || others.length > 0 || cohort.whole || !(await this.#isReadable())) return false;
    const isEach = this.#parts.views.parties.every((party) => cohort.parties[party.party] === this.#markOf(party));
    if (!isEach || position.incarnation !== (await readIncarnation(store))) return false;
    for (const database of await this.#databases()) {
      const { changes } = await store.changes(database, { since: cohort.feeds[database] ?? null, limit: 1 });
      if (changes.length > 0) return false;
    }
    return true;
  }

  /** The position, of the parties that there are now: databases of others are dropped, those of new ones begun. */
  async #begun(): Promise<HeldViewPosition> {
    const { store, views, databases } = this.#parts;
    const incarnation = await readIncarnation(store);
    if (this.#held !== null && this.#held.position.incarnation === incarnation) return this.#held;
    await store.ensure(VIEWS_DATABASE, { partitioned: false });
    const held = await readViewPosition(store);
    await this.#ground.remember();
    this.#cases = new Map((await holdingCases(store)).map((one) => [one._id, one]));
    const there = new Set(await store.list(VIEW_PREFIX));
    const isSameLife = held.position.incarnation === incarnation;
    const made = new Map(held.position.cohorts.flatMap(({ parties }) => Object.entries(parties)));
    const isAsMade = (party: Party): boolean =>
      isSameLife && made.get(party.party) === this.#markOf(party) && there.has(viewDatabase(party));
    const fresh = views.parties.filter((party) => !isAsMade(party));
    const wanted = new Set(views.parties.map(viewDatabase));
    for (const database of there) if (!wanted.has(database)) await databases.drop(database);
    // What a party may not see any more is not left in older revisions of its documents either.
    for (const party of fresh) {
      await databases.drop(viewDatabase(party));
      this.#opened.delete(party.party);
    }
    for (const party of views.parties) {
      if (this.#opened.has(party.party)) continue;
      await databases.open(viewDatabase(party), userOf(party));
      this.#opened.add(party.party);
    }
    const kept = held.position.cohorts.map((cohort) => ({ ...cohort, parties: this.#keptOf(cohort, isAsMade) }));
    const begun: Cohort = { parties: this.#marksOf(fresh), feeds: {}, whole: true };
    const cohorts = [...kept, begun].filter(({ parties }) => Object.keys(parties).length > 0);
    this.#held = await writeViewPosition(store, held, { incarnation, cohorts });
    return this.#held;
  }

  #keptOf({ parties }: Cohort, isAsMade: (party: Party) => boolean): Record<string, string> {
    return this.#marksOf(this.#parts.views.parties.filter((one) => one.party in parties && isAsMade(one)));
  }

  #marksOf(parties: readonly Party[]): Record<string, string> {
    return Object.fromEntries(parties.map((one) => [one.party, this.#markOf(one)]));
  }

  #markOf(party: Party): string {
    const { surroundings, accreditation, key } = this.#parts;
    return partyMark(party, [...surroundings, ...accreditation.kinds, keyMark(key)]);
  }

  /** While settlement computes everything anew its documents lack events that the centre holds. */
  async #isReadable(): Promise<boolean> {
    const { position, revision } = await readPosition(this.#parts.store, null);
    return revision !== null && (position.phase === 'following' || position.phase === 'reviewing');
  }

  /** Everything is gone over again from the beginning, in place. */
  async #again(): Promise<true> {
    const { position } = await this.#begun();
    const parties = Object.assign({}, ...position.cohorts.map((one) => one.parties)) as Record<string, string>;
    await this.#move({ ...position, cohorts: [{ parties, feeds: {}, whole: true }] });
    await this.#ground.settle();
    return true;
  }

  async #move(next: ViewPosition): Promise<void> {
    const { store } = this.#parts;
    this.#held = await writeViewPosition(store, this.#held ?? (await readViewPosition(store)), next);
  }

  async #databases(): Promise<readonly string[]> {
    const followed = [DATABASES.cases, STATEMENTS_DATABASE, DATABASES.registry, SETTLEMENT_DATABASE];
    const there = await this.#parts.store.list('wasl-');
    return there.filter((name) => followed.includes(name) || name.startsWith(EVENTS_PREFIX));
  }

  /** Takes in one page of each database for a cohort; resolves to whether there was any. */
  async #follow(at: number): Promise<boolean> {
    const { store, limits } = this.#parts;
    let worked = false;
    for (const database of await this.#databases()) {
      const cohort = this.#held?.position.cohorts[at];
      if (cohort === undefined) return worked;
      const since = cohort.feeds[database] ?? null;
      const { changes, last } = await store.changes(database, { since, limit: limits.pageMax });
      if (since !== null && placeNumber(last) < placeNumber(since)) return this.#again();
      const documents = changes.flatMap(({ document }) => document ?? []);
      await this.#take(database, documents, cohort);
      this.counters.changesTaken += changes.length;
      worked ||= changes.length > 0;
      if (last !== since) await this.#moveCohort(at, { ...cohort, feeds: { ...cohort.feeds, [database]: last } });
    }
    const cohort = this.#held?.position.cohorts[at];
    if (!worked && cohort?.whole === true) await this.#moveCohort(at, { ...cohort, whole: false });
    return worked;
  }

  async #moveCohort(at: number, next: Cohort): Promise<void> {
    const { position } = await this.#begun();
    await this.#move({ ...position, cohorts: position.cohorts.map((one, index) => (index === at ? next : one)) });
  }

  async #take(database: string, documents: readonly StoredDocument[], cohort: Cohort): Promise<void> {
    const parties = this.#parts.views.parties.filter(({ party }) => party in cohort.parties);
    const audience = { parties, whole: cohort.whole };
    if (database === DATABASES.registry) await this.#ground.look(documents);
    const cases = database === DATABASES.cases ? documents.filter(({ _id }) => isCaseId(_id)).map(readCase) : [];
    for (const one of cases) {
      if (isHolding(one)) this.#cases.set(one._id, one);
      else this.#cases.delete(one._id);
    }
    if (cases.length > 0) await this.#projector.cases(cases, audience);
    const groups = await this.#groupsIn(database, documents, cases);
    const { groupsMax } = this.#parts.limits;
    for (let from = 0; from < groups.length; from += groupsMax)
      await this.#projector.groups(groups.slice(from, from + groupsMax), [...this.#cases.values()], audience);
  }

  /** The groups that changes concern. */
  async #groupsIn(
    database: string,
    documents: readonly StoredDocument[],
    cases: readonly CaseDocument[],
  ): Promise<readonly string[]> {
    const { store } = this.#parts;
    if (database === SETTLEMENT_DATABASE) return documents.map(({ _id }) => _id).filter(isGroupDocument);
    if (database === STATEMENTS_DATABASE) {
      const disputes = documents.filter(({ _id }) => _id.startsWith('dispute:')).map(readDispute);
      return groupsOfEvents(
        store,
        disputes.map(({ event }) => event),
      );
    }
    if (database === DATABASES.cases) {
      const named = await groupsOfEvents(
        store,
        cases.flatMap(({ events }) => events),
      );
      return [...new Set([...named, ...(await this.#groupsOfLarge(cases))])].sort();
    }
    if (!database.startsWith(EVENTS_PREFIX)) return [];
    // Services come with the documents of settlement, which name all events of their group.
    const evidence = documents.flatMap((document) => evidenceOf(document) ?? []);
    return evidence.filter(({ event }) => event?.type === 'refusal').flatMap((one) => groupOf(one) ?? []);
  }

  /** Of a case with more events than it names, whatever its card or person had is concerned. */
  async #groupsOfLarge(cases: readonly CaseDocument[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { events, eventCount, subject } of cases) {
      if (eventCount <= events.length) continue;
      const prefixes = [
        ...(subject.card === undefined ? [] : [`service:${subject.card}:`]),
        ...(subject.roster === undefined ? [] : [`person:${subject.roster}:${subject.person}:`]),
      ];
      for (const prefix of prefixes)
        for await (const { _id } of documentsFrom(this.#parts.store, SETTLEMENT_DATABASE, prefix)) found.push(_id);
    }
    return found;
  }

  /** Cohorts that have come equally far become one. */
  async #join(): Promise<void> {
    const { position } = await this.#begun();
    const joined: Cohort[] = [];
    for (const cohort of position.cohorts) {
      const same = joined.findIndex(({ feeds }) => sameFeeds(feeds, cohort.feeds));
      const other = joined[same];
      if (other === undefined) joined.push(cohort);
      else
        joined[same] = {
          ...other,
          parties: { ...other.parties, ...cohort.parties },
          whole: other.whole || cohort.whole,
        };
    }
    if (joined.length < position.cohorts.length) await this.#move({ ...position, cohorts: joined });
  }
}

function sameFeeds(one: Cohort['feeds'], other: Cohort['feeds']): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

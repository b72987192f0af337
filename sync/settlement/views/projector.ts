/**
 * Works out what each party's database says of groups and cases, and writes it:
 *
 *   group ── all its events, its disputes, the open cases, the sites as they were ──▶ entries with their holds ──▶ one record a party, or none ──▶ written
 *
 * The ids of a group's documents follow from its events, so that what a party may not see any more is found, and taken away. Every step can be done again.
 */
import type { DocumentStore } from '../../bridge/store.js';
import type { CaseDocument } from '../cases/case.js';
import { terminalOf } from '../evidence.js';
import type { SettlementRules } from '../rules.js';
import { disputeId, readDispute, STATEMENTS_DATABASE } from '../statement/dispute.js';
import { type Accreditation, holder, lacksAccreditation } from '../statement/holds.js';
import { holdsOf } from '../statement/statement.js';
import { type Group, readGroups, sitesOfTerminals } from './groups.js';
import { type Names, namesFor } from './names.js';
import { type Party, viewDatabase } from './parties.js';
import { caseRecord, type KnownService, type Member, type Place, refusalRecord, serviceRecord } from './records.js';
import { type Written, writeRecords } from './writer.js';

/** What a projector is made of. */
export interface ViewProjectorParts {
  readonly store: DocumentStore;
  readonly rules: SettlementRules;
  readonly accreditation: Accreditation;
  /** A member by the serial of the card; null for one in no table. */
  readonly memberOf: (card: number) => Member | null;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Is told of the sites that records are about to be made by. Rejects where these are not those of earlier records. */
  readonly learn: (sites: ReadonlyMap<string, string>) => Promise<void>;
  readonly count: (written: Written) => void;
}

/** Which parties are looked at. */
export interface Audience {
  readonly parties: readonly Party[];
  /** Every one of them; else providers only where something happened at a site of theirs. */
  readonly whole: boolean;
}

/** See the head of this file. Every call rejects with `ERR_DATABASE` when it could not be done whole, and may then be made again. */
export class ViewProjector {
  readonly #parts: ViewProjectorParts;
  readonly #names = new Map<string, Names>();

  constructor(parts: ViewProjectorParts) {
    this.#parts = parts;
  }

  /** Brings what parties see of groups up to date. `cases` are all that hold money back now. */
  async groups(ids: readonly string[], cases: readonly CaseDocument[], audience: Audience): Promise<void> {
    const { store, rules, learn } = this.#parts;
    const groups = await readGroups({ store, rules }, ids);
    const sites = await sitesOfTerminals(
      store,
      groups.flatMap(({ events }) => events.map(({ terminal }) => terminal)),
    );
    await learn(sites);
    const known = await this.#known(groups, sites, cases);
    const here = new Set(sites.values());
    for (const party of audience.parties) {
      const isConcerned = audience.whole || party.kind !== 'provider' || party.sites.some((site) => here.has(site));
      if (isConcerned) await this.#write(party, this.#recordsFor(party, groups, { known, sites }));
    }
  }

  /** Brings what regulators see of cases up to date. */
  async cases(cases: readonly CaseDocument[], { parties }: Audience): Promise<void> {
    const { store, learn } = this.#parts;
    const terminals = cases.map((one) => [
      ...new Set([
        ...one.events.map(terminalOf),
        ...(one.subject.terminal === undefined ? [] : [one.subject.terminal]),
      ]),
    ]);
    const sites = await sitesOfTerminals(store, terminals.flat());
    await learn(sites);
    for (const party of parties) {
      if (party.kind !== 'regulator') continue;
      const names = this.#namesOf(party);
      const wanted = new Map(
        cases.map((one, at) => {
          const timeS = Math.floor(Date.parse(one.noticedAt) / 1000);
          const places = (terminals[at] ?? []).map((terminal) => this.#placeOf(sites.get(terminal) ?? '', timeS));
          return [names.document(`case ${one._id}`, timeS), caseRecord(party, one, places)] as const;
        }),
      );
      await this.#write(party, wanted);
    }
  }

  async #write(party: Party, wanted: ReadonlyMap<string, object | null>): Promise<void> {
    if (wanted.size === 0) return;
    this.#parts.count(await writeRecords(this.#parts.store, viewDatabase(party), wanted));
  }

  /** Services and voids with their holds, by mark. */
  async #known(
    groups: readonly Group[],
    sites: ReadonlyMap<string, string>,
    cases: readonly CaseDocument[],
  ): Promise<ReadonlyMap<string, KnownService>> {
    const { accreditation, memberOf } = this.#parts;
    const eventOf = new Map(groups.flatMap(({ events }) => events.map((one) => [one.mark, one.event] as const)));
    const entries = groups.flatMap((group) => group.entries);
    const ids = entries.flatMap(({ events, terminal }) => events.map((id) => disputeId(sites.get(terminal) ?? '', id)));
    const disputes = await this.#parts.store.read(STATEMENTS_DATABASE, ids);
    const holdOf = holder({
      disputes: disputes.flatMap((document) => (document === null ? [] : [readDispute(document)])),
      cases,
      accreditation,
      siteOf: ({ terminal }) => sites.get(terminal) ?? '',
      timeOf: ({ mark }) => eventOf.get(mark)?.time ?? 0,
    });
    const holds = holdsOf(entries, holdOf);
    const known = new Map<string, KnownService>();
    for (const entry of entries) {
      const event = eventOf.get(entry.mark);
      if (
        event?.type !== 'redemption' &&
        event?.type !== 'roster' &&
        event?.type !== 'void' &&
        event?.type !== 'roster-void'
      )
        continue;
      const place = this.#placeOf(sites.get(entry.terminal) ?? '', event.time);
      const member = 'card' in entry.who ? memberOf(entry.who.card) : null;
      known.set(entry.mark, { entry, event, place, hold: holds.get(entry.mark) ?? null, member });
    }
    return known;
  }

  #recordsFor(
    party: Party,
    groups: readonly Group[],
    at: { readonly known: ReadonlyMap<string, KnownService>; readonly sites: ReadonlyMap<string, string> },
  ): ReadonlyMap<string, object | null> {
    const names = this.#namesOf(party);
    const wanted = new Map<string, object | null>();
    for (const { mark, event } of groups.flatMap(({ events }) => events)) {
      const known = at.known.get(mark);
      wanted.set(names.document(mark, event.time), known === undefined ? null : serviceRecord(party, names, known));
    }
    for (const { terminal, mark, day, event } of groups.flatMap(({ refusals }) => refusals)) {
      const { time: timeS, programme, reason, card } = event;
      const place = this.#placeOf(at.sites.get(terminal) ?? '', timeS);
      const refusal = { timeS, day, programme, reason, card, place };
      wanted.set(names.document(mark, timeS), refusalRecord(party, names, refusal));
    }
    return wanted;
  }

  #placeOf(site: string, timeS: number): Place {
    const { accreditation } = this.#parts;
    const facts = accreditation.sites.at(site, timeS);
    return { site, facts, isBreach: lacksAccreditation(site, timeS, accreditation) };
  }

  #namesOf(party: Party): Names {
    const names = this.#names.get(party.party) ?? namesFor(this.#parts.key, party);
    this.#names.set(party.party, names);
    return names;
  }
}

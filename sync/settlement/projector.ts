/**
 * Applies events to projections, and what these show to cases:
 *
 *   read projections → each event in place of its own contribution → write, over the revision that was read
 *   → judge → read cases → write, over the revision that was read
 *
 * Every step can be done again from the start: what is there already changes nothing.
 */
import { WaslError } from '../../agent/domain/errors.js';
import { DATABASES } from '../bridge/documents.js';
import type { DocumentStore, Replacement, StoredDocument } from '../bridge/store.js';
import { nextCase, readCase, type Verdict, type Verdicts } from './cases/case.js';
import type { SettlementCounters } from './counters.js';
import { documentsFrom } from './desk.js';
import {
  canonicalText,
  type ReplacedDocument,
  readBack,
  replacedId,
  replacedSchema,
  SETTLEMENT_DATABASE,
} from './documents.js';
import { type Evidence, eventsDatabaseOf } from './evidence.js';
import type { SettlementLimits } from './limits.js';
import { endorsedOf, endorsedProjection } from './projections/endorsed.js';
import { epochProjection, epochsOf } from './projections/epoch.js';
import { personProjection, personsOf } from './projections/person.js';
import type { Projection, Surroundings } from './projections/projection.js';
import { replacedOf, replacedProjection } from './projections/replaced.js';
import { representedOf, representedProjection } from './projections/represented.js';
import { serviceProjection, servicesOf } from './projections/service.js';
import { shiftProjection, shiftsOf } from './projections/shift.js';
import { slipProjection, slipsOf } from './projections/slip.js';
import { usageProjection, usagesOf } from './projections/usage.js';
import type { SettlementRules } from './rules.js';

/** What a projector is made of. */
export interface ProjectorParts {
  readonly store: DocumentStore;
  readonly rules: SettlementRules;
  readonly limits: SettlementLimits;
  readonly counters: SettlementCounters;
  /** The centre's clock, in milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Is told of lists that events name and the centre never had. */
  readonly missing: Surroundings['missing'];
}

const PROJECTIONS: readonly Projection[] = [
  serviceProjection,
  usageProjection,
  personProjection,
  endorsedProjection,
  representedProjection,
  replacedProjection,
  shiftProjection,
  slipProjection,
  epochProjection,
];

/** See the head of this file. Every call rejects with `ERR_DATABASE` when it could not be done whole, and may then be made again. */
export class Projector {
  readonly #parts: ProjectorParts;

  constructor(parts: ProjectorParts) {
    this.#parts = parts;
  }

  /** Takes events in, whichever of them are known already. `judge` false leaves the cases for a later {@link review}. */
  async take(evidence: readonly Evidence[], judge: boolean): Promise<void> {
    const byId = new Map<string, Evidence[]>();
    for (const one of evidence) {
      const services = [...servicesOf(one), ...usagesOf(one, this.#parts.rules)];
      const cards = [...endorsedOf(one), ...representedOf(one, this.#parts.rules), ...replacedOf(one)];
      const others = [...personsOf(one), ...shiftsOf(one), ...slipsOf(one), ...epochsOf(one)];
      for (const id of [...services, ...cards, ...others]) {
        byId.set(id, [...(byId.get(id) ?? []), one]);
      }
    }
    // What is judged beside a replacement looks at its document, so that one comes first.
    await this.#project(new Map([...byId].filter(([id]) => isReplaced(id))), judge);
    if (judge) for (const id of await this.#besideReplacements(evidence)) byId.set(id, byId.get(id) ?? []);
    await this.#project(new Map([...byId].filter(([id]) => !isReplaced(id))), judge);
  }

  /** Judges documents again: time has passed, or there is something new to know. */
  async review(ids: readonly string[]): Promise<void> {
    await this.#project(new Map(ids.map((id) => [id, []])), true);
  }

  /** Takes all events out of documents. */
  async clear(documents: readonly StoredDocument[]): Promise<void> {
    const replacements = documents.flatMap((before) => {
      const cleared = projectionOf(before._id).clear(before);
      return canonicalText(cleared) === canonicalText(before) ? [] : [replacementOf(cleared, before)];
    });
    const outcomes = await this.#parts.store.replace(SETTLEMENT_DATABASE, replacements);
    if (outcomes.some((outcome) => outcome !== 'stored')) {
      throw new WaslError('ERR_DATABASE', 'a document was changed by somebody else while it was cleared');
    }
  }

  async #project(evidenceById: ReadonlyMap<string, readonly Evidence[]>, judge: boolean): Promise<void> {
    const verdicts = new Map<string, Verdict | null>();
    let left = [...evidenceById.keys()].sort();
    await this.#untilStored(async () => {
      const { replacements, shown } = await this.#nextProjections(left, evidenceById, judge);
      const kept = await this.#replace(SETTLEMENT_DATABASE, replacements);
      this.#parts.counters.projectionsWritten += replacements.length - kept.size;
      for (const [id, cases] of shown) {
        if (!kept.has(id)) for (const [caseId, verdict] of cases) verdicts.set(caseId, verdict);
      }
      left = left.filter((id) => kept.has(id));
      return left.length === 0;
    });
    if (judge) await this.#writeCases(verdicts);
  }

  async #nextProjections(
    ids: readonly string[],
    evidenceById: ReadonlyMap<string, readonly Evidence[]>,
    judge: boolean,
  ) {
    const at = this.#surroundings(judge ? await this.#replacements(ids) : new Map());
    const documents = await this.#parts.store.read(SETTLEMENT_DATABASE, ids);
    const replacements: Replacement[] = [];
    const shown = new Map<string, ReadonlyMap<string, Verdict | null>>();
    for (const [index, id] of ids.entries()) {
      const before = documents[index] ?? null;
      const projection = projectionOf(id);
      const merged = projection.merge(before, { id, evidence: evidenceById.get(id) ?? [] }, at);
      const verdicts: Verdicts = judge ? await projection.judge(merged, at) : new Map();
      const known = Array.isArray(merged.cases) ? (merged.cases as readonly string[]) : [];
      const cases = [...new Set([...known, ...verdicts.keys()])].sort();
      const next = { ...merged, cases };
      shown.set(id, new Map(cases.map((caseId) => [caseId, verdicts.get(caseId) ?? null])));
      if (before === null || canonicalText(next) !== canonicalText(before))
        replacements.push(replacementOf(next, before));
    }
    return { replacements, shown };
  }

  async #writeCases(verdicts: ReadonlyMap<string, Verdict | null>): Promise<void> {
    let left = [...verdicts.keys()].sort();
    await this.#untilStored(async () => {
      const iso = new Date(this.#parts.nowMs()).toISOString();
      const documents = await this.#parts.store.read(DATABASES.cases, left);
      const replacements = left.flatMap((id, index) => {
        const stored = documents[index] ?? null;
        const before = stored === null ? null : readCase(stored);
        const next = nextCase(id, before, { verdict: verdicts.get(id) ?? null, iso });
        return next === null || canonicalText(next) === canonicalText(before) ? [] : [replacementOf(next, stored)];
      });
      const kept = await this.#replace(DATABASES.cases, replacements);
      this.#parts.counters.casesWritten += replacements.length - kept.size;
      left = left.filter((id) => kept.has(id));
      return left.length === 0;
    });
  }

  /** Writes documents; resolves to the ids of those that have to be done again. */
  async #replace(database: string, replacements: readonly Replacement[]): Promise<ReadonlySet<string>> {
    const outcomes = await this.#parts.store.replace(database, replacements);
    const again = replacements.filter((_, index) => outcomes[index] !== 'stored');
    this.#parts.counters.conflicts += again.length;
    return new Set(again.map(({ document }) => document._id));
  }

  async #untilStored(attempt: () => Promise<boolean>): Promise<void> {
    for (let made = 0; made < this.#parts.limits.attemptsMax; made += 1) if (await attempt()) return;
    throw new WaslError('ERR_DATABASE', 'documents keep being changed by somebody else');
  }

  #surroundings(replacements: ReadonlyMap<number, ReplacedDocument>): Surroundings {
    const { rules, limits, nowMs, missing } = this.#parts;
    const replacementsOf = (card: number) => replacements.get(card) ?? null;
    return { rules, limits, nowMs: nowMs(), missing, replacementsOf, headsOf: (ids) => this.#headsOf(ids) };
  }

  /** What is known of the cards that these documents are about. */
  async #replacements(ids: readonly string[]): Promise<ReadonlyMap<number, ReplacedDocument>> {
    const cards = new Set(ids.filter(isOfCard).map((id) => Number(id.split(':')[1])));
    const documents = await this.#parts.store.read(SETTLEMENT_DATABASE, [...cards].map(replacedId));
    return new Map(
      documents.flatMap((document) => {
        if (document === null) return [];
        const read = readBack(replacedSchema, document);
        return [[read.card, read]];
      }),
    );
  }

  /** Documents that replacements have to be held against: services of the old card and draws of the new one, whenever they came. */
  async #besideReplacements(evidence: readonly Evidence[]): Promise<readonly string[]> {
    const prefixes = new Set(
      evidence.flatMap(({ event }) =>
        event?.type === 'replaced' ? [`service:${event.replaces}:`, `usage:${event.card}:`] : [],
      ),
    );
    const ids: string[] = [];
    for (const prefix of prefixes)
      for await (const { _id } of documentsFrom(this.#parts.store, SETTLEMENT_DATABASE, prefix)) ids.push(_id);
    return ids;
  }

  async #headsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const heads = new Map<string, string>();
    for (const database of new Set(ids.map(eventsDatabaseOf))) {
      const there = ids.filter((id) => eventsDatabaseOf(id) === database);
      for (const document of await this.#parts.store.read(database, there)) {
        if (typeof document?.head === 'string') heads.set(document._id, document.head);
      }
    }
    return heads;
  }
}

function isReplaced(id: string): boolean {
  return id.startsWith(replacedProjection.prefix);
}

function isOfCard(id: string): boolean {
  return id.startsWith(serviceProjection.prefix) || id.startsWith(usageProjection.prefix);
}

/** True for the id of a projection. */
export function isProjectionId(id: string): boolean {
  return PROJECTIONS.some(({ prefix }) => id.startsWith(prefix));
}

function projectionOf(id: string): Projection {
  const found = PROJECTIONS.find(({ prefix }) => id.startsWith(prefix));
  if (found === undefined) throw new WaslError('ERR_INTERNAL', `${id} names no projection`);
  return found;
}

function replacementOf(document: StoredDocument, before: StoredDocument | null): Replacement {
  return { document, revision: before?._rev ?? null };
}

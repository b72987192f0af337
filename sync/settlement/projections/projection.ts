/** What the projections have in common. */
import type { z } from 'zod';
import type { StoredDocument } from '../../bridge/store.js';
import type { Verdicts } from '../cases/case.js';
import { type ReplacedDocument, readBack } from '../documents.js';
import type { Evidence } from '../evidence.js';
import type { SettlementLimits } from '../limits.js';
import type { SettlementRules } from '../rules.js';

/** What a look at a projection may ask. */
export interface Surroundings {
  readonly rules: SettlementRules;
  readonly limits: SettlementLimits;
  /** The centre's clock. */
  readonly nowMs: number;
  /** Heads, base64url, of the events that the centre holds under these ids. Rejects with `ERR_DATABASE`. */
  headsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** What is known of a card that was replaced, or made in the place of another one; null for nothing. */
  replacementsOf(card: number): ReplacedDocument | null;
  /** Is told of a list that an event names and the centre never had, so that it is looked at again once it has it. */
  missing(kind: 'policy' | 'hotlist', version: number): void;
}

/** One kind of projection, over documents as they are stored. */
export interface Projection {
  /** Beginning of the ids of its documents. */
  readonly prefix: string;
  /** The document with what these events contribute, each in place of its own earlier contribution. */
  merge(before: StoredDocument | null, more: Contributions, at: Surroundings): StoredDocument;
  /** The document without its events; what only a clock could observe stays. */
  clear(before: StoredDocument): StoredDocument;
  /** What the document shows. Rejects with `ERR_DATABASE`. */
  judge(document: StoredDocument, at: Surroundings): Promise<Verdicts>;
}

/** Events that concern one document. */
export interface Contributions {
  /** Id of the document. */
  readonly id: string;
  readonly evidence: readonly Evidence[];
}

/** A projection in its own terms. */
export interface ProjectionRules<T extends { readonly cases: readonly string[] }> {
  readonly prefix: string;
  readonly schema: z.ZodType<T>;
  /** A document without events, from the parts of its id behind the prefix. */
  empty(parts: readonly string[]): T;
  merge(before: T, evidence: readonly Evidence[], at: Surroundings): T;
  clear(before: T): T;
  judge(document: T, at: Surroundings): Promise<Verdicts> | Verdicts;
}

/** Puts a projection on stored documents. */
export function projection<T extends { readonly cases: readonly string[] }>(own: ProjectionRules<T>): Projection {
  return {
    prefix: own.prefix,
    merge: (before, { id, evidence }, at) => {
      const content = before === null ? own.empty(id.split(':').slice(1)) : readBack(own.schema, before);
      return { _id: id, ...own.merge(content, evidence, at) };
    },
    clear: (before) => ({ _id: before._id, ...own.clear(readBack(own.schema, before)) }),
    judge: async (document, at) => own.judge(readBack(own.schema, document), at),
  };
}

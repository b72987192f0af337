/** How far the views have come: one document in a database of their own, which no party reads. */
import { z } from 'zod';
import { WaslError } from '../../../agent/domain/errors.js';
import type { DocumentStore } from '../../bridge/store.js';
import { documentsFrom } from '../desk.js';
import { canonicalText, readBack } from '../documents.js';

/** Database of the views' own memory. */
export const VIEWS_DATABASE = 'wasl-views';

const POSITION_ID = 'position';
const KNOWN = 'known:';

const schema = z.object({
  /** Life of the centre that the places belong to; null while it was not known. */
  incarnation: z.int().nullable(),
  /** Parties that have come equally far. */
  cohorts: z.array(
    z.object({
      /** `partyMark` by party: as their documents were made. */
      parties: z.record(z.string(), z.string()),
      /** Place in the changes of each database. */
      feeds: z.record(z.string(), z.string()),
      /** True while it goes over what it may have written before: every party is looked at then. */
      whole: z.boolean(),
    }),
  ),
});

/** See the head of this file. */
export type ViewPosition = z.infer<typeof schema>;
/** Parties that have come equally far. */
export type Cohort = ViewPosition['cohorts'][number];

/** A position as it was read, and its revision: null when there is none yet. */
export interface HeldViewPosition {
  readonly position: ViewPosition;
  readonly revision: string | null;
}

/** Reads the position; that of no party where there is none. Rejects with `ERR_DATABASE`. */
export async function readViewPosition(store: DocumentStore): Promise<HeldViewPosition> {
  const [document] = await store.read(VIEWS_DATABASE, [POSITION_ID]);
  if (document === null || document === undefined)
    return { position: { incarnation: null, cohorts: [] }, revision: null };
  return { position: readBack(schema, document), revision: document._rev ?? null };
}

/** Writes the position over the one that was read. Rejects with `ERR_DATABASE`, also when somebody else has moved it. */
export async function writeViewPosition(
  store: DocumentStore,
  before: HeldViewPosition,
  next: ViewPosition,
): Promise<HeldViewPosition> {
  if (before.revision !== null && canonicalText(before.position) === canonicalText(next)) return before;
  const replacement = { document: { _id: POSITION_ID, ...next }, revision: before.revision };
  const [outcome] = await store.replace(VIEWS_DATABASE, [replacement]);
  if (outcome === 'stored') return readViewPosition(store);
  throw new WaslError('ERR_DATABASE', 'the position of the views was moved by somebody else who is building them');
}

/** What the documents of parties were made by: sites of terminals (`terminal:NAME`) and descriptions of sites (`site:NAME`). Rejects with `ERR_DATABASE`. */
export async function readKnown(store: DocumentStore): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  for await (const { _id, value } of documentsFrom(store, VIEWS_DATABASE, KNOWN))
    if (typeof value === 'string') known.set(_id.slice(KNOWN.length), value);
  return known;
}

/** Remembers what documents are about to be made by. Rejects with `ERR_DATABASE`. */
export async function writeKnown(store: DocumentStore, known: ReadonlyMap<string, string>): Promise<void> {
  const ids = [...known.keys()].map((name) => `${KNOWN}${name}`);
  const before = await store.read(VIEWS_DATABASE, ids);
  const replacements = ids.map((_id, at) => ({
    document: { _id, value: known.get(_id.slice(KNOWN.length)) },
    revision: before[at]?._rev ?? null,
  }));
  const outcomes = await store.replace(VIEWS_DATABASE, replacements);
  if (outcomes.some((outcome) => outcome !== 'stored'))
    throw new WaslError(
      'ERR_DATABASE',
      'what the views were made by was changed by somebody else who is building them',
    );
}

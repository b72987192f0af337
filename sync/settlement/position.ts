/** How far settlement has come, in one document beside its projections. */
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';
import type { DocumentStore } from '../bridge/store.js';
import { canonicalText, readBack, SETTLEMENT_DATABASE } from './documents.js';

/**
 * What settlement is doing.
 *
 *                      the centre was put back to an earlier state
 *   following ─────────────────────────────────────────────────────▶ clearing: every projection loses its events
 *      ▲  │ a list arrived that events had named                        │
 *      │  ▼                                                             ▼
 *   reviewing: every projection is judged ◀──────────── rereading: the events are taken in from the beginning, no case is touched
 *
 * It begins with rereading: while it is far behind, what is missing has mostly only not been read.
 */
export const PHASES = ['following', 'clearing', 'rereading', 'reviewing'] as const;

/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number];

const POSITION_ID = 'position';

/** Lists that are remembered as missing, of each kind. */
const MISSING_MAX = 64;

const schema = z.object({
  phase: z.enum(PHASES),
  /** Life of the centre that the places belong to; null while it was not known. */
  incarnation: z.int().nullable(),
  /** Id behind which a pass over all projections goes on; null at its beginning. */
  cursor: z.string().nullable(),
  /** Place in the changes of each database. */
  feeds: z.record(z.string(), z.string()),
  /** Versions of lists that events name and the centre never had. */
  missing: z.object({ policy: z.array(z.int()), hotlist: z.array(z.int()) }),
});

/** See the head of this file. */
export type Position = z.infer<typeof schema>;

/** A position as it was read, and its revision: null when there is none yet. */
export interface HeldPosition {
  readonly position: Position;
  readonly revision: string | null;
}

/** Where settlement begins. */
export function firstPosition(incarnation: number | null): Position {
  return { phase: 'rereading', incarnation, cursor: null, feeds: {}, missing: { policy: [], hotlist: [] } };
}

/** The position with lists that were found missing. */
export function withMissing(
  position: Position,
  found: Readonly<Record<'policy' | 'hotlist', ReadonlySet<number>>>,
): Position {
  const union = (kind: 'policy' | 'hotlist'): number[] =>
    [...new Set([...position.missing[kind], ...found[kind]])].sort((a, b) => a - b).slice(0, MISSING_MAX);
  return { ...position, missing: { policy: union('policy'), hotlist: union('hotlist') } };
}

/** Reads the position; the first one where there is none. Rejects with `ERR_DATABASE`. */
export async function readPosition(store: DocumentStore, incarnation: number | null): Promise<HeldPosition> {
  const [document] = await store.read(SETTLEMENT_DATABASE, [POSITION_ID]);
  if (document === null || document === undefined) return { position: firstPosition(incarnation), revision: null };
  return { position: readBack(schema, document), revision: document._rev ?? null };
}

/** Writes the position over the one that was read. Rejects with `ERR_DATABASE`, also when somebody else has moved it. */
export async function writePosition(store: DocumentStore, before: HeldPosition, next: Position): Promise<HeldPosition> {
  if (before.revision !== null && canonicalText(before.position) === canonicalText(next)) return before;
  const replacement = { document: { _id: POSITION_ID, ...next }, revision: before.revision };
  const [outcome] = await store.replace(SETTLEMENT_DATABASE, [replacement]);
  if (outcome !== 'stored') {
    throw new WaslError(
      'ERR_DATABASE',
      'the position was moved by somebody else: another settlement is at work, or a person asked for a rebuild',
    );
  }
  return readPosition(store, next.incarnation);
}

/** Has everything computed anew from the events, by the settlement that runs or the next one. Decisions of people stay. Rejects with `ERR_DATABASE`. */
export async function requestRebuild(store: DocumentStore): Promise<void> {
  const before = await readPosition(store, null);
  await writePosition(store, before, rebuilding(before.position.incarnation));
}

/** Where a rebuild begins. */
export function rebuilding(incarnation: number | null): Position {
  return { ...firstPosition(incarnation), phase: 'clearing' };
}

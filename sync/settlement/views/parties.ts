/**
 * Who sees what of the centre: a document of parties. A **provider** sees the services of its own sites in full. An **insurer** sees the services that it
 * pays for: of its programmes and, where it names any, plans. A **regulator** sees all sites, or those of its areas, and no person but under a pseudonym.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { WaslError } from '../../../agent/domain/errors.js';
import { canonicalText } from '../documents.js';

/** Changes whenever the same events would make other documents: everything is then made anew. */
const FORMAT = 1;
/** Databases of parties begin so. */
export const VIEW_PREFIX = 'wasl-view-';
/** Parties of one document. */
const PARTIES_MAX = 5_000;

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'use lower-case letters, digits and hyphens, at most 60');
const user = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'use lower-case letters, digits, dots, hyphens and underscores');
const several = <T extends z.ZodType>(one: T) =>
  z
    .array(one)
    .min(1, 'name at least one, or leave it out')
    .max(10_000)
    .refine((all) => new Set(all).size === all.length, 'one is named twice');
const number = z.int().min(0).max(65_535);
const common = {
  /** Also names the database: `wasl-view-ID`. */
  party: name,
  /** User of CouchDB who may read the database. Absent: `view-ID`. */
  user: user.optional(),
};
const partySchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('provider'), sites: several(name) }),
  z.strictObject({
    ...common,
    kind: z.literal('insurer'),
    programmes: several(number),
    plans: several(number).optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('regulator'),
    /** Absent: all. */
    areas: several(name).optional(),
    programmes: several(number).optional(),
    /** A person has another pseudonym in each. */
    period: z.enum(['month', 'quarter', 'year']).default('month'),
  }),
]);

const viewsSchema = z
  .strictObject({
    version: z.literal(1),
    /** Table of members with the columns card, plan and class; beside the document. */
    members: z.string().min(1).optional(),
    parties: z.array(partySchema).min(1, 'name at least one party').max(PARTIES_MAX),
  })
  .superRefine(({ parties, members }, context) => {
    const mistake = (at: number, field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: ['parties', at, field], message });
    for (const [at, one] of parties.entries()) {
      const earlier = parties.slice(0, at);
      if (earlier.some(({ party }) => party === one.party)) mistake(at, 'party', `${one.party} is named twice`);
      // One user in two databases would see what neither party may see alone.
      else if (earlier.some((other) => userOf(other) === userOf(one)))
        mistake(at, 'user', `${userOf(one)} is the user of another party: give each its own`);
      if (one.kind === 'insurer' && one.plans !== undefined && members === undefined)
        mistake(at, 'plans', 'events do not say who is of which plan: name a table of "members" at the top');
    }
  });

/** Who sees what, checked. */
export type Views = z.infer<typeof viewsSchema>;
/** One party. */
export type Party = Views['parties'][number];
/** What a party is. */
export type PartyKind = Party['kind'];

/** Checks a document. Throws `ERR_CONFIG`, whose message lists every mistake with its path and the fix. */
export function checkViews(value: unknown): Views {
  const parsed = viewsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new WaslError('ERR_CONFIG', `the document of views has mistakes:\n${lines.join('\n')}`, {
    details: { mistakes: lines.length },
  });
}

/** The database of a party. */
export function viewDatabase({ party }: Pick<Party, 'party'>): string {
  return `${VIEW_PREFIX}${party}`;
}

/** The user of CouchDB who may read it. */
export function userOf({ party, user: given }: Pick<Party, 'party' | 'user'>): string {
  return given ?? `view-${party}`;
}

/** Changes when the party may see anything else than before, for whatever reason that the document or what stands beside it gives. */
export function partyMark(party: Party, surroundings: readonly string[]): string {
  return createHash('sha256')
    .update(canonicalText([FORMAT, party, ...surroundings]))
    .digest('hex')
    .slice(0, 32);
}

/** The register of an authority: everything in its folder that is not secret. */
import { z } from 'zod';
import { actionSchema } from './card-actions.js';

const siteEntry = z.strictObject({
  site: z.string(),
  number: z.int(),
  kind: z.string(),
  area: z.string(),
  accredited: z.boolean(),
});

/** A site as the authority describes it. */
export type SiteEntry = z.infer<typeof siteEntry>;

const hex = z.string().regex(/^[0-9a-f]{64}$/);
/** The shape of `authority.json`. */
export const registerSchema = z.strictObject({
  format: z.literal(1),
  authorityKey: hex,
  centre: z.strictObject({ sealKey: hex, ackKey: hex }),
  versions: z.strictObject({
    keys: z.int(),
    terminals: z.int(),
    hotlist: z.int(),
    policy: z.int(),
    actions: z.int().default(0),
  }),
  issuers: z.array(
    z.strictObject({ publicKey: hex, programmes: z.array(z.int()), notBefore: z.string(), notAfter: z.string() }),
  ),
  terminals: z.array(
    z.strictObject({
      terminal: z.string(),
      site: z.string(),
      publicKey: hex,
      notBefore: z.string(),
      notAfter: z.string(),
    }),
  ),
  blocked: z.array(z.int()),
  /** Endorsements that wait for their cards, and what cards must show. Left out where there never was one. */
  actions: z.array(actionSchema).optional(),
  /** Issuers of other systems whose codes are believed; their shape is checked when they are added and again by each terminal. */
  foreign: z.array(z.record(z.string(), z.string())).optional(),
  /** People who serve, or who may allow what a clerk may not. */
  supervisors: z
    .array(
      z.strictObject({
        number: z.int(),
        name: z.string(),
        role: z.string().exactOptional(),
        sites: z.array(z.string()),
        pin: z.strictObject({ salt: z.string(), logN: z.int(), hash: hex }),
        notBefore: z.string(),
        notAfter: z.string(),
      }),
    )
    .optional(),
  /** What the conditions of programmes look at. */
  sites: z.array(siteEntry).optional(),
});

/** The register: everything of the authority that is not secret. */
export type AuthorityRegister = z.infer<typeof registerSchema>;

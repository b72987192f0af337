/** A service that somebody does not agree with: a document beside the statements. */
import { z } from 'zod';
import { WaslError } from '../../../agent/domain/errors.js';
import type { StoredDocument } from '../../bridge/store.js';

/** Database of statements and disputes. */
export const STATEMENTS_DATABASE = 'wasl-statements';

const disputeSchema = z.looseObject({
  site: z.string(),
  event: z.string(),
  by: z.string(),
  at: z.string(),
  reason: z.string(),
  decision: z
    .object({ verdict: z.enum(['pay', 'refuse']), by: z.string(), at: z.string(), reason: z.string() })
    .nullable(),
});
/** A service that somebody does not agree with, and what was decided. */
export type Dispute = z.infer<typeof disputeSchema>;

/** Reads a dispute back. Throws `ERR_DATABASE` for a document that is none. */
export function readDispute(document: StoredDocument): Dispute {
  const parsed = disputeSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new WaslError('ERR_DATABASE', `the document ${document._id} is no dispute`, { cause: parsed.error });
}

/** Id of the dispute about an event of a site. */
export function disputeId(site: string, event: string): string {
  return `dispute:${site}:${event}`;
}

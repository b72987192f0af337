/** The shape of what a policy says of the health records on cards. */
import { z } from 'zod';
import { HEALTH_KINDS, HEALTH_ROLE_CHARS_MAX } from '../../domain/health-record.js';
import { id, ids, listOf } from './parts.js';
import { told } from './problem.js';

const kinds = z.array(z.enum(HEALTH_KINDS)).max(HEALTH_KINDS.length);
/** Records carry the role of whoever wrote them, and have little room. */
const role = id.max(
  HEALTH_ROLE_CHARS_MAX,
  told(`a role that handles health records has at most ${HEALTH_ROLE_CHARS_MAX} characters`, 'shorten it'),
);

/** See `HealthRecordRules` in `domain/policy.ts`. */
export const healthRecords = z.strictObject({
  rules: listOf(
    z
      .strictObject({
        roles: listOf(role, 64).exactOptional().describe('Roles of operators. Left out: whoever serves.'),
        siteKinds: ids.exactOptional().describe('Kinds of sites. Left out: every accredited one.'),
        read: kinds.describe('Kinds of records that are shown.'),
        write: kinds.describe('Kinds of records that may be added.'),
      })
      .refine((rule) => rule.read.length + rule.write.length > 0, {
        message: told('the rule allows nothing', 'name kinds in "read" or "write", or remove the rule'),
      }),
    32,
  ).describe('What any of them allows is allowed; nothing else is. Sites have to be accredited.'),
  whenFull: z
    .enum(['oldest-leaves', 'refuse'])
    .describe(
      'A card keeps 24 records. "oldest-leaves": the oldest that is no allergy leaves the card and stays at the centre. "refuse": nothing more is written.',
    ),
});

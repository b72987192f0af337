import { z } from 'zod';
import { draftShape } from './schema.js';

/**
 * The published JSON Schema (draft 2020-12) of a policy as an analyst writes it: what an editor completes and underlines. It says less than `checkDraft`
 * does: references, order and reach are beyond any schema.
 */
export function policyJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(draftShape, { target: 'draft-2020-12' });
  return {
    $schema,
    title: 'Policy of Wasl',
    description:
      'The rules that terminals serve under, without version and dates: the authority gives those when it signs. "wasl policy check" finds what a schema cannot.',
    ...schema,
  };
}

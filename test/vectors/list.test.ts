/** Our own reader on the published lists. */
import { describe, expect, test } from 'vitest';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { decodeList, LIST_KINDS } from '../../agent/credential/signed-list.js';
import {
  actionsSchema,
  hotlistSchema,
  keysSchema,
  parseWith,
  policySchema,
  terminalsSchema,
} from '../../agent/trust/list-schemas.js';
import { type PublishedList, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('list.json');
const schemas = {
  keys: keysSchema,
  terminals: terminalsSchema,
  hotlist: hotlistSchema,
  policy: policySchema,
  actions: actionsSchema,
};

function read({ input, context }: PublishedList): unknown {
  const authority = verifierFromKey(unhex(file.keys[context.authority]?.publicKey ?? ''));
  const content = decodeList(unhex(input), context.kind, authority);
  return parseWith<unknown>(schemas[context.kind], content, { code: 'ERR_LIST_FORMAT', name: context.kind });
}

describe('the published lists', () => {
  test.each(file.valid.map((vector) => [vector.name, vector] as const))('%s is taken in', (_name, vector) => {
    expect({ ok: true, content: read(vector) }).toEqual(vector.expected);
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('%s is refused', (_name, vector) => {
    const { expected } = vector;
    if (expected.ok) throw new Error('a good list among the bad');
    const paths = (expected.paths ?? []).map((path) => expect.stringContaining(`\n  ${path}: `));
    for (const message of [expect.any(String), ...paths]) {
      expect(() => read(vector)).toThrow(expect.objectContaining({ code: expected.code, message }));
    }
  });

  test('are of every kind', () => {
    expect([...new Set(file.valid.map((vector) => vector.context.kind))]).toEqual([...LIST_KINDS]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { codeOf, isWaslError } from '../../agent/domain/errors.js';
import {
  actionsSchema,
  hotlistSchema,
  keysSchema,
  parseWith,
  policySchema,
  terminalsSchema,
} from '../../agent/trust/list-schemas.js';
import { contentOf, head, policyContent } from './lists.js';

type PolicyDraft = ReturnType<typeof policyContent>;
type Programme = PolicyDraft['programmes'][number];
type Commodity = Programme['commodities'][number];

/** Paths of all mistakes in a policy, as the message names them. */
function mistakes(policy: unknown): string[] {
  try {
    parseWith(policySchema, policy, { code: 'ERR_LIST_FORMAT', name: 'the policy' });
    return [];
  } catch (error) {
    expect(codeOf(error)).toBe('ERR_LIST_FORMAT');
    const message = isWaslError(error) ? error.message : '';
    expect(message).toMatch(/^the policy has \d+ mistake\(s\):\n/);
    return [...message.matchAll(/\n {2}([^:]+): ./g)].map((match) => match[1] ?? '');
  }
}

const programme = (change: object): unknown => {
  const policy = policyContent();
  return { ...policy, programmes: policy.programmes.map((one: Programme) => ({ ...one, ...change })) };
};
const commodity = (change: object): unknown => {
  const [one] = policyContent().programmes[0]?.commodities ?? [];
  return programme({ commodities: [{ ...(one as Commodity), ...change }] });
};
const quota = (change: object): unknown =>
  commodity({ quotas: [{ per: 'member', every: 'day', amount: 5, ...change }] });
const without = (name: keyof PolicyDraft): unknown =>
  Object.fromEntries(Object.entries(policyContent()).filter(([key]) => key !== name));
const twice = (change: { id?: string; number?: number; commodity?: number }): unknown => {
  const policy = policyContent();
  const [one] = policy.programmes;
  const [loaf] = one?.commodities ?? [];
  const other = {
    ...one,
    id: change.id ?? 'oil',
    number: change.number ?? 2,
    commodities: [{ ...loaf, id: 'oil', number: change.commodity ?? 2 }],
  };
  return { ...policy, programmes: [one, other] };
};

const IN_COMMODITY = 'programmes.0.commodities.0';

describe('a policy', () => {
  test('as it is published has no mistake', () => {
    expect(mistakes(policyContent())).toEqual([]);
    expect(mistakes(twice({}))).toEqual([]);
  });

  test('of the samples has no mistake, once the authority has put its head on', () => {
    const sample: object = JSON.parse(
      readFileSync(new URL('../../docs/samples/egypt-bread.policy.json', import.meta.url), 'utf8'),
    );
    expect(mistakes({ ...sample, ...head(1) })).toEqual([]);
  });

  test.each<[string, unknown, string[]]>([
    ['nothing at all', null, ['(top)']],
    ['a list', [policyContent()], ['(top)']],
    ['no version', without('version'), ['version']],
    ['version 0', { ...policyContent(), version: 0 }, ['version']],
    ['no expiry', without('expires'), ['expires']],
    ['a date without a time', { ...policyContent(), expires: '2026-12-21' }, ['expires']],
    ['a time without a zone', { ...policyContent(), issuedAt: '2026-12-21T00:00:00' }, ['issuedAt']],
    ['a day that does not exist', { ...policyContent(), expires: '2026-02-30T00:00:00Z' }, ['expires']],
    ['a time zone that does not exist', { ...policyContent(), timeZone: 'Africa/Nowhere' }, ['timeZone']],
    ['no programme', { ...policyContent(), programmes: [] }, ['programmes']],
    ['a member that is not known', { ...policyContent(), limit: 5 }, ['limit']],
    ['a programme number 0', programme({ number: 0 }), ['programmes.0.number']],
    ['an id with a capital', programme({ id: 'Bread' }), ['programmes.0.id']],
    ['a title without French', programme({ title: { ar: 'الخبز', en: 'Bread' } }), ['programmes.0.title.fr']],
    ['no scheme', programme({ schemes: [] }), ['programmes.0.schemes']],
    ['a negative bound', programme({ doubtfulLedgerMax: -1 }), ['programmes.0.doubtfulLedgerMax']],
    ['no bound', programme({ doubtfulLedgerMax: undefined }), ['programmes.0.doubtfulLedgerMax']],
    [
      'seventeen commodities',
      programme({
        commodities: Array.from({ length: 17 }, (_, i) => ({
          ...policyContent().programmes[0]?.commodities[0],
          id: `c-${i}`,
          number: i + 1,
        })),
      }),
      ['programmes.0.commodities'],
    ],
    ['a commodity without a quota', commodity({ quotas: [] }), [`${IN_COMMODITY}.quotas`]],
    ['a commodity number that no card can carry', commodity({ number: 65_536 }), [`${IN_COMMODITY}.number`]],
    [
      'a unit without its form "other"',
      commodity({ unit: { ar: 'رغيف', fr: 'pain', en: { one: 'loaf' } } }),
      [`${IN_COMMODITY}.unit.en.other`],
    ],
    ['a quota for nobody', quota({ per: 'person' }), [`${IN_COMMODITY}.quotas.0.per`]],
    ['a quota by the week', quota({ every: 'week' }), [`${IN_COMMODITY}.quotas.0.every`]],
    ['a quota of nothing', quota({ amount: 0 }), [`${IN_COMMODITY}.quotas.0.amount`]],
    ['a quota of half a loaf', quota({ amount: 2.5 }), [`${IN_COMMODITY}.quotas.0.amount`]],
    ['a quota as text', quota({ amount: '5' }), [`${IN_COMMODITY}.quotas.0.amount`]],
    ['two programmes with one id', twice({ id: 'bread' }), ['programmes.1.id']],
    ['two programmes with one number', twice({ number: 1 }), ['programmes.1.number']],
    [
      'two programmes that call two things by one number',
      twice({ commodity: 1 }),
      ['programmes.1.commodities.0.number'],
    ],
  ])('with %s is refused, and the message says where', (_what, policy, paths) => {
    expect(mistakes(policy)).toEqual(paths);
  });

  test('with many mistakes is refused with all of them at once', () => {
    const policy = { ...(quota({ amount: -1, per: 'all' }) as object), version: 1.5, name: '' };
    expect(mistakes(policy).sort()).toEqual(
      [`${IN_COMMODITY}.quotas.0.amount`, `${IN_COMMODITY}.quotas.0.per`, 'name', 'version'].sort(),
    );
  });

  test('says in words what a time and a quota look like', () => {
    const message = (policy: unknown) =>
      expect(() => parseWith(policySchema, policy, { code: 'ERR_CONFIG', name: 'p' }));
    const told = (text: string, code: ErrorCode = 'ERR_CONFIG') =>
      expect.objectContaining({ code, message: expect.stringContaining(text) });
    message({ ...policyContent(), expires: 'soon' }).toThrow(told('a time is written like 2026-11-21T00:00:00Z'));
    message(commodity({ quotas: [] })).toThrow(told('a commodity without any quota would be unlimited'));
    message({ ...policyContent(), timeZone: 'Cairo' }).toThrow(told('an IANA name such as Africa/Cairo'));
  });
});

describe('the other lists', () => {
  const refuses = (schema: Parameters<typeof parseWith<unknown>>[0], content: unknown, path: string): void => {
    expect(() => parseWith<unknown>(schema, content, { code: 'ERR_LIST_FORMAT', name: 'the list' })).toThrow(
      expect.objectContaining({ code: 'ERR_LIST_FORMAT', message: expect.stringContaining(`\n  ${path}: `) }),
    );
  };
  const [key] = (contentOf('keys') as { keys: object[] }).keys;
  const [one] = (contentOf('terminals') as { terminals: object[] }).terminals;

  test.each<[string, object, string]>([
    ['a key in capitals', { publicKey: 'AB'.repeat(32) }, 'keys.0.publicKey'],
    ['a key of 31 bytes', { publicKey: 'ab'.repeat(31) }, 'keys.0.publicKey'],
    ['a key for no programme', { programmes: [] }, 'keys.0.programmes'],
    ['a key without an end', { notAfter: undefined }, 'keys.0.notAfter'],
    ['a key with a member that is not known', { scope: 'all' }, 'keys.0'],
  ])('a list of keys with %s is refused', (_what, change, path) => {
    refuses(keysSchema, { ...head(1), keys: [{ ...key, ...change }] }, path);
  });

  test.each<[string, object, string]>([
    ['a name that fits no topic', { terminal: 't/1' }, 'terminals.0.terminal'],
    ['a name of 33 characters', { terminal: `t${'0'.repeat(32)}` }, 'terminals.0.terminal'],
    ['no site', { site: '' }, 'terminals.0.site'],
  ])('a list of terminals with %s is refused', (_what, change, path) => {
    refuses(terminalsSchema, { ...head(1), terminals: [{ ...one, ...change }] }, path);
  });

  test.each<[string, unknown, string]>([
    ['a serial as text', ['4711'], 'cards.0'],
    ['a negative serial', [-1], 'cards.0'],
    ['a serial above 2^53 - 1', [2 ** 53], 'cards.0'],
    ['no list', null, 'cards'],
  ])('a hotlist with %s is refused', (_what, cards, path) => {
    refuses(hotlistSchema, { ...head(1), cards }, path);
  });
});

describe('the list of card actions', () => {
  const one = { card: 1, credential: '00'.repeat(8), number: 1 };
  const read = (cards: readonly object[]) =>
    parseWith(actionsSchema, { ...head(1), cards }, { code: 'ERR_LIST_FORMAT', name: 'the list' });

  test('has each card once', () => {
    expect(read([one, { ...one, card: 2, endorsement: 'a1' }]).cards).toHaveLength(2);
    expect(() => read([one, { ...one, number: 2 }])).toThrow(
      expect.objectContaining({
        code: 'ERR_LIST_FORMAT',
        message: expect.stringContaining('cards.1.card: 1 is there twice'),
      }),
    );
  });
});

/** The published CDDL against the published vectors: what is accepted fits it, what is refused for its shape does not. */
import { readdirSync, readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { looseEnds, matchesRule } from './cddl.js';
import { type CddlRules, parseCddl } from './cddl-parser.js';
import { fromBase45, readSlot } from './independent.js';
import { type Item, readCbor } from './independent-cbor.js';
import { type PublishedCredential, unhex, vectorsOf } from './vectors.js';

const repositoryFile = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const card = parseCddl(repositoryFile('docs/formats/card.cddl'));
const list = parseCddl(repositoryFile('docs/formats/list.cddl'));
const event = parseCddl(repositoryFile('docs/formats/event.cddl'));

const credentials = vectorsOf('credential.json');
const ledger = vectorsOf('ledger.json');
const lists = vectorsOf('list.json');
const events = vectorsOf('event.json');

/** True when `bytes` are CBOR and fit the rule. */
function fits(rules: CddlRules, rule: string, bytes: Uint8Array): boolean {
  let item: Item;
  try {
    item = readCbor(bytes);
  } catch {
    return false;
  }
  return matchesRule(rules, rule, item);
}

function bytesOf(input: PublishedCredential['input']): Uint8Array {
  return input.form === 'bytes' ? unhex(input.hex) : Uint8Array.from(inflateSync(fromBase45(input.text)));
}

describe('docs/formats/*.cddl', () => {
  test.each([
    ['card.cddl', card],
    ['list.cddl', list],
  ])('%s defines every name that it uses, and uses every name that it defines', (_name, rules) => {
    expect(rules.types.size).toBeGreaterThan(15);
    expect(looseEnds(rules)).toEqual({ undefinedNames: [], unusedRules: [] });
  });
});

describe('card.cddl', () => {
  test.each(credentials.valid.map((vector) => [vector.name, vector] as const))(
    'describes the credential %s',
    (_name, vector) => {
      expect(fits(card, 'credential', bytesOf(vector.input))).toBe(true);
      expect(fits(card, 'credential-signature', unhex(vector.parts?.toBeSigned ?? ''))).toBe(true);
      if (vector.input.form === 'text') expect(matchesRule(card, 'qr-text', vector.input.text)).toBe(true);
    },
  );

  test('describes no credential that is refused for its shape, but for what CDDL cannot say', () => {
    const beyondCddl = [
      // The order of keys in a map, and lengths and depths over all.
      ...['canonical-header', 'payload-unsorted', 'cbor-too-long', 'payload-too-long', 'payload-too-deep'],
      // Which characters a name may have, and how many UTF-16 code units.
      ...['payload-name-override', 'payload-name-isolate', 'payload-name-control', 'payload-name-81'],
      // One member that depends on another.
      ...['payload-second-language', 'payload-draws-many', 'payload-representatives-twice'],
      // This reader of CBOR does not tell 5 from 5.0.
      'payload-float',
    ];
    const shapes = ['cose', 'payload'];
    const wrong = credentials.invalid.filter(({ expected }) => !expected.ok && shapes.includes(expected.step));
    expect(wrong.length).toBeGreaterThan(50);
    const fitting = wrong.filter(({ input }) => fits(card, 'credential', bytesOf(input)));
    expect(fitting.map((vector) => vector.name).sort()).toEqual(beyondCddl.sort());
  });

  test('describes no text that is refused as text', () => {
    const texts = credentials.invalid.filter(({ expected }) => !expected.ok && expected.step === 'text');
    expect(texts.length).toBeGreaterThan(2);
    for (const { name, input } of texts) {
      expect(input.form === 'text' && matchesRule(card, 'qr-text', input.text), name).toBe(false);
    }
  });

  test.each([...ledger.valid, ...ledger.untrusted].map((vector) => [vector.name, vector] as const))(
    'describes the record in the slot %s',
    (_name, vector) => {
      const { record } = readSlot(unhex(vector.input));
      expect(fits(card, 'ledger-record', record)).toBe(true);
      expect(fits(card, 'ledger-signature', unhex(vector.toBeSigned ?? ''))).toBe(true);
      expect(matchesRule(card, 'record-hash-input', ['wasl/ledger-hash/1', record])).toBe(true);
    },
  );

  test('describes no record that is refused for its shape', () => {
    const malformed = ledger.torn.filter((vector) => vector.name.startsWith('record-'));
    expect(malformed.length).toBeGreaterThan(8);
    const fitting = malformed.filter(({ input }) => fits(card, 'ledger-record', readSlot(unhex(input)).record));
    // That at least one of three is not empty, CDDL cannot say.
    expect(fitting.map((vector) => vector.name)).toEqual(['record-more-empty']);
  });
});

describe('card.cddl, of endorsements', () => {
  const endorsements = vectorsOf('endorsement.json');

  test.each(endorsements.valid.map((vector) => [vector.name, vector] as const))('describes %s', (_name, vector) => {
    expect(fits(card, 'endorsement', unhex(vector.input))).toBe(true);
    expect(fits(card, 'endorsement-signature', unhex(vector.parts?.toBeSigned ?? ''))).toBe(true);
  });

  test('describes none that is refused for its shape, but for what CDDL cannot say', () => {
    const wrong = endorsements.invalid.filter(({ expected }) => !expected.ok && /^(cbor|content)$/.test(expected.step));
    expect(wrong.length).toBeGreaterThan(15);
    const fitting = wrong.filter(({ input }) => fits(card, 'endorsement', unhex(input))).map(({ name }) => name);
    // Two depend on the credential; of the third the shape is right, and the length over all is not.
    expect(fitting.sort()).toEqual(['draws-beyond-household', 'household-below-draws', 'too-long']);
  });
});

const samples = readdirSync(new URL('../../docs/samples', import.meta.url)).filter((name) =>
  name.endsWith('.policy.json'),
);

describe('list.cddl', () => {
  const contentOf = (input: string): unknown => {
    const [, , , content] = readCbor(unhex(input)) as readonly Item[];
    return JSON.parse(Buffer.from(content as Uint8Array).toString('utf8'));
  };

  test.each(lists.valid.map((vector) => [vector.name, vector] as const))('describes the list %s', (_name, vector) => {
    const { kind } = vector.context;
    expect(fits(list, 'signed-list', unhex(vector.input))).toBe(true);
    expect(fits(list, 'list-signature', unhex(vector.toBeSigned ?? ''))).toBe(true);
    expect(matchesRule(list, `${kind}-content`, contentOf(vector.input))).toBe(true);
    const others = lists.valid.filter((other) => other.context.kind !== kind);
    for (const other of others)
      expect(matchesRule(list, `${kind}-content`, contentOf(other.input)), other.name).toBe(false);
  });

  test('describes no content that is refused for its shape', () => {
    const wrong = lists.invalid.filter(({ expected }) => !expected.ok && expected.paths !== undefined);
    expect(wrong.length).toBeGreaterThan(4);
    const fitting = wrong.filter(({ context, input }) =>
      matchesRule(list, `${context.kind}-content`, contentOf(input)),
    );
    expect(fitting.map((vector) => vector.name)).toEqual([]);
  });

  test('describes no envelope that is refused for its shape', () => {
    for (const name of ['version-2', 'cut', 'trailing', 'signature-63']) {
      const vector = lists.invalid.find((one) => one.name === name);
      expect(fits(list, 'signed-list', unhex(vector?.input ?? '')), name).toBe(false);
    }
  });

  test.each(samples)('describes the policy %s, once the authority has put its head on', (name) => {
    const { $schema: _forEditors, ...sample } = JSON.parse(repositoryFile(`docs/samples/${name}`)) as Record<
      string,
      unknown
    >;
    const head = { version: 1, issuedAt: '2026-11-21T00:00:00Z', expires: '2026-12-21T00:00:00.000Z' };
    expect(matchesRule(list, 'policy-content', { ...sample, ...head })).toBe(true);
    expect(matchesRule(list, 'policy-content', sample)).toBe(false);
  });
});

describe('event.cddl', () => {
  test('describes every published event, and what its place in the chain is made of', () => {
    const published = events.epochs.flatMap((epoch) => epoch.events);
    expect(published.length).toBeGreaterThan(8);
    for (const { id, seq, bytes, salt } of published) {
      expect(fits(event, 'event', unhex(bytes)), id).toBe(true);
      expect(matchesRule(event, 'body-input', ['wasl/body/1', unhex(salt), unhex(bytes)]), id).toBe(true);
      expect(matchesRule(event, 'salt-input', ['wasl/salt/1', seq]), id).toBe(true);
    }
    for (const { terminal, epoch, previous } of events.epochs) {
      const link = previous === null ? null : [previous.epoch, previous.seq, unhex(previous.head)];
      expect(matchesRule(event, 'base-input', ['wasl/epoch/1', terminal, epoch, link]), epoch).toBe(true);
    }
  });

  test('describes no bytes that are refused', () => {
    expect(events.invalid.length).toBeGreaterThan(10);
    const fitting = events.invalid.filter(({ bytes }) => fits(event, 'event', unhex(bytes)));
    // What one number makes of another, CDDL cannot say.
    expect(fitting.map((vector) => vector.name)).toEqual([
      ...['details-purse', 'details-charge'],
      ...['pin-begun-reason', 'pin-refused-no-reason', 'pin-set-supervisor'],
    ]);
  });
});

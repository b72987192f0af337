/** The published vectors, read without the product: whoever follows the documents comes to the same bytes. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  asMap,
  fromBase45,
  hashOf,
  holds,
  keyIdOf,
  labelled,
  readCredential,
  readSlot,
  signedBySeed,
} from './independent.js';
import { type Item, PAPER_MEMBERS, readCbor, rowsIn } from './independent-cbor.js';
import { type PublishedCredential, plain, unhex, vectorsOf } from './vectors.js';

const credentials = vectorsOf('credential.json');
const ledger = vectorsOf('ledger.json');
const memory = vectorsOf('memory.json');
const lists = vectorsOf('list.json');

const keyById = new Map(
  [credentials, ledger, memory, lists]
    .flatMap((file) => Object.values(file.keys))
    .map((key) => [key.keyId, unhex(key.publicKey)]),
);

/** Names of the members, by their keys on the card; the names are those of the vectors. */
const MEMBERS = {
  identity: { 1: 'id', 3: 'language', 4: 'fullName', 8: 'dateOfBirth', 9: 'gender' },
  entitlements: {
    0: 'version',
    1: 'card',
    2: 'household',
    3: 'householdSize',
    4: 'draws',
    5: 'homeSite',
    7: 'rationScheme',
    8: 'layout',
    9: 'uid',
  },
} as const;

function moreIn(item: Item): object {
  const [tallies, balances, papers] = item as readonly Item[];
  return {
    tallies: rowsIn(tallies, ['commodity', 'usedYear', 'usedEver', 'ahead']),
    balances: rowsIn(balances, ['account', 'value']),
    papers: rowsIn(papers, PAPER_MEMBERS),
  };
}

function named(map: ReadonlyMap<Item, Item>, names: Readonly<Record<number, string>>): Record<string, Item> {
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [name, map.get(Number(key)) ?? null]));
}

/** The claims as the vectors name them. */
function claimsOf(claims: ReadonlyMap<Item, Item>): object {
  const identity = asMap(claims.get(169));
  const entitlements = asMap(claims.get(-65537));
  const second = identity.get(19) ?? null;
  const coverage = entitlements.get(6) ?? null;
  const [plan, level, familyUnit] = Array.isArray(coverage) ? coverage : [];
  return {
    issuedAt: claims.get(6),
    notBefore: claims.get(5) ?? null,
    expiresAt: claims.get(4),
    identity: {
      ...named(identity, MEMBERS.identity),
      secondName: second === null ? null : { text: second, language: identity.get(20) },
    },
    entitlements: {
      ...named(entitlements, MEMBERS.entitlements),
      coverage: coverage === null ? null : { plan, class: level, familyUnit },
      ...((entitlements.get(10) ?? null) === null ? {} : { representatives: entitlements.get(10) }),
    },
  };
}

function bytesOf(input: PublishedCredential['input']): Uint8Array {
  return input.form === 'bytes' ? unhex(input.hex) : Uint8Array.from(inflateSync(fromBase45(input.text)));
}

describe('a second implementation', () => {
  test('shares no code with the product', () => {
    const sources = ['independent.ts', 'independent-cbor.ts'].map((name) =>
      readFileSync(new URL(name, import.meta.url), 'utf8'),
    );
    const imported = sources.flatMap((text) => [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1]));
    expect([...new Set(imported)].sort()).toEqual(['./independent-cbor.js', 'node:crypto']);
  });

  test('derives the same test keys from their seeds', () => {
    for (const file of [credentials, ledger, memory, lists]) {
      for (const key of Object.values(file.keys)) {
        const { publicKey } = signedBySeed(unhex(key.seed), new Uint8Array(0));
        expect(plain([publicKey, keyIdOf(publicKey)])).toEqual([key.publicKey, key.keyId]);
      }
    }
  });

  test.each(credentials.valid.map((vector) => [vector.name, vector] as const))(
    'reads the credential %s',
    (_name, vector) => {
      const bytes = bytesOf(vector.input);
      const read = readCredential(bytes);
      const { protectedBytes, payload, toBeSigned, signature } = read;
      expect(plain({ credential: bytes, protected: protectedBytes, payload, toBeSigned, signature })).toEqual(
        vector.parts,
      );
      expect(plain({ keyId: read.keyId, ...claimsOf(read.claims) })).toEqual(
        vector.expected.ok && vector.expected.credential,
      );
      const publicKey = keyById.get(Buffer.from(read.keyId).toString('hex'));
      if (publicKey === undefined) throw new Error('the key is published beside the vectors');
      expect(holds(publicKey, toBeSigned, signature)).toBe(true);
      expect(holds(publicKey, Buffer.concat([toBeSigned, Buffer.of(0)]), signature)).toBe(false);
    },
  );

  test('finds no good signature on a credential that was refused for its signature', () => {
    const forged = credentials.invalid.filter((vector) => !vector.expected.ok && vector.expected.step === 'signature');
    expect(forged.length).toBeGreaterThan(3);
    for (const { name, input } of forged) {
      const { keyId, toBeSigned, signature } = readCredential(bytesOf(input));
      const publicKey = keyById.get(Buffer.from(keyId).toString('hex')) ?? new Uint8Array(32);
      expect(holds(publicKey, toBeSigned, signature), name).toBe(false);
    }
  });

  test.each([...ledger.valid, ...ledger.untrusted].map((vector) => [vector.name, vector] as const))(
    'reads the slot %s',
    (_name, vector) => {
      const { record, signature } = readSlot(unhex(vector.input));
      const [family, cause, sequence, previous, day, time, signer, usage, more] = readCbor(record) as readonly Item[];
      const flat = usage as readonly number[];
      const items = Array.from({ length: flat.length / 3 }, (_, i) => flat.slice(3 * i, 3 * i + 3));
      const causes = ['issue', 'service', 'void', 'ended'];
      expect(
        plain({
          family,
          cause: causes[Number(cause)],
          sequence,
          previous,
          day,
          time,
          usage: items.map(([commodity, usedDay, usedMonth]) => ({ commodity, usedDay, usedMonth })),
          ...(more === undefined ? {} : { more: moreIn(more) }),
          signer,
        }),
      ).toEqual(vector.expected.record);
      expect(plain(hashOf('wasl/ledger-hash/1', record).subarray(0, 8))).toBe(vector.expected.hash);
      const toBeSigned = labelled(record, 'wasl/ledger/1', unhex(vector.context.uid), vector.context.card);
      expect(plain(toBeSigned)).toBe(vector.toBeSigned);
      const publicKey = keyById.get(String(plain(signer))) ?? new Uint8Array(32);
      expect(holds(publicKey, toBeSigned, signature)).toBe(vector.expected.why !== 'signature');
    },
  );

  test('finds a wrong check, and nothing else, in slots that were cut', () => {
    const cut = ledger.torn.filter((vector) => vector.name.startsWith('cut-'));
    expect(cut.length).toBeGreaterThan(3);
    for (const { input } of cut) expect(() => readSlot(unhex(input))).toThrow('torn');
  });

  test('finds credential and slots in the memory of a card', () => {
    const whole = memory.vectors.filter((vector) => vector.expected.ok);
    expect(whole.map((vector) => vector.name)).toContain('ntag215');
    for (const { memory: lines, expected } of whole) {
      if (!expected.ok) throw new Error('only good memories are here');
      for (const part of [expected.credential, ...expected.slots]) expect(lines.join('')).toContain(part);
      const { keyId, toBeSigned, signature } = readCredential(unhex(expected.credential));
      expect(holds(keyById.get(Buffer.from(keyId).toString('hex')) ?? new Uint8Array(32), toBeSigned, signature)).toBe(
        true,
      );
    }
  });

  test.each(lists.valid.map((vector) => [vector.name, vector] as const))('reads the list %s', (_name, vector) => {
    const { kind } = vector.context;
    const [version, named, keyId, content, signature] = readCbor(unhex(vector.input)) as readonly Item[];
    if (!(content instanceof Uint8Array && signature instanceof Uint8Array)) throw new Error('two byte strings');
    expect([version, named]).toEqual([1, kind]);
    const toBeSigned = labelled(content, 'wasl/list/1', kind);
    expect(plain(toBeSigned)).toBe(vector.toBeSigned);
    expect(holds(keyById.get(String(plain(keyId))) ?? new Uint8Array(32), toBeSigned, signature)).toBe(true);
    expect(JSON.parse(Buffer.from(content).toString('utf8'))).toEqual(vector.expected.ok && vector.expected.content);
  });
});

/** What the authority signs and seals, and what nobody else can read or change. */
import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import { encodeCbor } from '../../agent/credential/cbor.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import { encodeList } from '../../agent/credential/signed-list.js';
import { openSealedRoster, sealRoster, terminalSealKey } from '../../agent/roster/sealed-roster.js';
import { readRoster, rosterNumber, signRoster } from '../../agent/roster/signed-roster.js';
import { seededRandom } from '../journal/samples.js';
import { NOW, signerOf } from '../support/people.js';
import { authority, head, person, rosterOf, TERMINAL_SEED, terminal } from './rosters.js';

const verifier = verifierFromKey(authority.publicKey);
const code = (expected: string) => expect.objectContaining({ code: expected });
const full = person(2, {
  mother: 'هدى بشير',
  father: 'عمر آدم',
  latin: 'Salma Badran',
  coverage: { plan: 1, class: 2, familyUnit: 300 },
  scheme: 4,
  household: Number.MAX_SAFE_INTEGER,
});
const bare = person(9, { birthYear: null, gender: null, household: 0, householdSize: 1, homeSite: 0, coverage: null });

describe('a signed roster', () => {
  test('gives back each person, by row and by number', () => {
    const roster = rosterOf([full, bare]);
    expect(roster.head).toEqual(head());
    expect([roster.size, roster.personAt(0), roster.personAt(1)]).toEqual([2, full, bare]);
    expect([roster.person(2), roster.person(9), roster.person(3), roster.person(0)]).toEqual([full, bare, null, null]);
    expect(() => roster.personAt(2)).toThrow(RangeError);
  });

  test('may be of nobody', () => {
    expect(rosterOf([]).size).toBe(0);
  });

  test('stands for its name in events by 32 bits that never change', () => {
    expect([rosterNumber('gezira-2026'), rosterOf([]).number]).toEqual([2_722_917_099, 2_722_917_099]);
    expect(rosterNumber('gezira-2027')).not.toBe(rosterNumber('gezira-2026'));
  });

  test('is refused with any bit changed', () => {
    const signed = signRoster(head(), [full, bare], authority);
    for (let at = 0; at < signed.length; at += 1) {
      const changed = Uint8Array.from(signed);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(() => readRoster(changed, verifier)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^ERR_LIST_/) }),
      );
    }
  });

  test('is refused when somebody else signed it, or when it is a list of another kind', () => {
    const foreign = signRoster(head(), [full], signerOf(11));
    expect(() => readRoster(foreign, verifier)).toThrow(code('ERR_LIST_SIGNATURE'));
    expect(() => readRoster(encodeList('hotlist', { cards: [] }, authority), verifier)).toThrow(
      code('ERR_LIST_FORMAT'),
    );
    expect(() => readRoster(new Uint8Array(), verifier)).toThrow(code('ERR_LIST_FORMAT'));
  });

  test.each([
    ['persons out of order', [bare, full]],
    ['a number twice', [full, full]],
    ['a number of 0', [person(0)]],
    ['no name', [person(1, { name: '' })]],
    ['a name that turns the screen round', [person(1, { name: 'سلمى\u202e' })]],
    ['a name without end', [person(1, { name: 'م'.repeat(81) })]],
    ['more draws than members', [person(1, { draws: 5 })]],
    ['a gender that is none', [person(1, { gender: 4 })]],
    ['a year before all years', [person(1, { birthYear: 12 })]],
  ])('is never signed with %s', (_what, persons) => {
    expect(() => signRoster(head(), persons, authority)).toThrow(code('ERR_LIST_FORMAT'));
  });

  test('never names a person in an error', () => {
    expect(() => signRoster(head(), [person(1, { name: 'سلمى\u202e' })], authority)).toThrow(/^((?!سلمى).)*$/);
  });
});

describe('a sealed roster', () => {
  const signed = signRoster(head(), [full], authority);
  const key = terminalSealKey(TERMINAL_SEED, terminal.publicKey);
  const other = signerOf(8);
  const seal = () =>
    sealRoster(signed, { name: 'gezira-2026', terminals: [other.publicKey, terminal.publicKey] }, seededRandom(3));

  test('is opened by each terminal that it is for, and by no other', () => {
    expect(openSealedRoster(seal(), key)).toEqual({ name: 'gezira-2026', signed });
    expect(openSealedRoster(seal(), terminalSealKey(new Uint8Array(32).fill(8), other.publicKey)).signed).toEqual(
      signed,
    );
    const stranger = terminalSealKey(new Uint8Array(32).fill(9), signerOf(9).publicKey);
    expect(() => openSealedRoster(seal(), stranger)).toThrow(code('ERR_LIST_FORMAT'));
  });

  test('shows no name and no id', () => {
    const text = Buffer.from(seal()).toString('latin1');
    for (const word of [full.name, full.id, 'Salma']) expect(text).not.toContain(Buffer.from(word).toString('latin1'));
  });

  test('is refused with any bit changed', () => {
    const sealed = sealRoster(signed, { name: 'gezira-2026', terminals: [terminal.publicKey] }, seededRandom(3));
    for (let at = 0; at < sealed.length; at += 3) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(() => openSealedRoster(changed, key)).toThrow(code('ERR_LIST_FORMAT'));
    }
    expect(() =>
      openSealedRoster(encodeCbor([1, 'sealed-roster', '../x', [], new Uint8Array(12), signed]), key),
    ).toThrow(code('ERR_LIST_FORMAT'));
  });

  test('is never sealed to nobody', () => {
    expect(() => sealRoster(signed, { name: 'gezira-2026', terminals: [] }, seededRandom(3))).toThrow(
      code('ERR_LIST_FORMAT'),
    );
  });

  test('goes to the key that the terminal derives from its own seed, for any seed', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const secret = seededRandom(seed + 1).bytes(32);
      const signer = signerFromSeed(secret);
      const own = terminalSealKey(secret, signer.publicKey);
      expect(nacl.box.keyPair.fromSecretKey(own.key.secretKey).publicKey).toEqual(own.key.publicKey);
      const sealed = sealRoster(signed, { name: 'gezira-2026', terminals: [signer.publicKey] }, seededRandom(seed + 2));
      expect(openSealedRoster(sealed, own).signed).toEqual(signed);
    }
  });
});

test('times are those that were given', () => {
  expect(rosterOf([full], { ...head(3), expiresAt: NOW }).head).toMatchObject({ version: 3, expiresAt: NOW });
});

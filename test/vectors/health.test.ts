/** Our own code, and a second reader made on `node:crypto` and tweetnacl alone, on the published health records. */
import { createHash, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import type { HealthOwner } from '../../agent/domain/health-record.js';
import { openBox, readWrappedKey } from '../../agent/health/card-key.js';
import { unsealRecord } from '../../agent/health/record.js';
import { sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { matchesRule } from './cddl.js';
import { parseCddl } from './cddl-parser.js';
import { readCbor } from './independent-cbor.js';
import { plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('health.json');
const { role, authority, card } = file.keys;
const owner: HealthOwner = { card: card.serial, cardKey: { algorithm: 'EdDSA', publicKey: unhex(card.publicKey) } };
const cardKey = unhex(card.healthKey);
const rules = parseCddl(readFileSync(new URL('../../docs/formats/card.cddl', import.meta.url), 'utf8'));

describe('the published wrapped key', () => {
  const wrapped = unhex(file.valid.wrapped);

  test('opens for the role and for the authority, to the key of the card', () => {
    const read = readWrappedKey(wrapped, owner);
    if (read === null) throw new Error('the wrapped key cannot be read');
    expect(openBox(read.roleBox, [sealKeyFromSecret(unhex(role.secret))])).toEqual(cardKey);
    expect(openBox(read.authorityBox, [sealKeyFromSecret(unhex(authority.secret))])).toEqual(cardKey);
  });

  test('is described by the CDDL', () => {
    expect(matchesRule(rules, 'health-key', readCbor(wrapped))).toBe(true);
  });
});

describe('the published health records', () => {
  test.each(file.valid.records.map((vector) => [vector.name, vector] as const))('%s is read', (_name, vector) => {
    const read = unsealRecord(unhex(vector.input), { cardKey, owner });
    expect(plain({ ...read?.content, id: read?.id })).toEqual(vector.expected);
    expect(matchesRule(rules, 'health-content', readCbor(unhex(vector.parts.content)))).toBe(true);
  });

  test.each(file.valid.records.map((vector) => [vector.name, vector] as const))(
    '%s opens as the page of the format says, and is signed by the terminal',
    (_name, vector) => {
      const input = unhex(vector.input);
      const id = input.subarray(1, 9);
      const named = Buffer.concat([Buffer.of(0x83, 0x74), Buffer.from('wasl/health-record/1'), Buffer.of(0x48)]);
      const info = Buffer.concat([named, unhex(card.owner), Buffer.from('1a000186b1', 'hex')]);
      const okm = new Uint8Array(hkdfSync('sha512', cardKey, id, info, 56));
      const opened = nacl.secretbox.open(Uint8Array.from(input.subarray(9)), okm.subarray(32), okm.subarray(0, 32));
      if (opened === null) throw new Error('the record does not open');
      const content = opened.subarray(72);
      expect(plain(content)).toBe(vector.parts.content);
      expect(plain(opened.subarray(64, 72))).toBe(file.keys.terminal.keyId);
      const aad = Buffer.concat([
        Buffer.of(0x84, 0x74),
        Buffer.from('wasl/health-record/1'),
        Buffer.of(0x48),
        unhex(card.owner),
        Buffer.from('1a000186b1', 'hex'),
        Buffer.of(0x48),
        id,
      ]);
      const bytesOf = (bytes: Uint8Array): Buffer =>
        Buffer.concat([bytes.length < 24 ? Buffer.of(0x40 + bytes.length) : Buffer.of(0x58, bytes.length), bytes]);
      const head = Buffer.concat([Buffer.of(0x84, 0x6a), Buffer.from('Signature1'), bytesOf(unhex('a10127'))]);
      const message = Buffer.concat([head, bytesOf(aad), bytesOf(content)]);
      const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), unhex(file.keys.terminal.publicKey)]);
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      expect(verify(null, message, key, opened.subarray(0, 64))).toBe(true);
    },
  );

  test('are bound to the card by the hash of its key', () => {
    const hash = createHash('sha256').update(unhex(card.publicKey)).digest('hex');
    expect(card.owner).toBe(hash.slice(0, 16));
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('%s is no record', (_name, vector) => {
    expect(unsealRecord(unhex(vector.input), { cardKey, owner })).toBeNull();
  });
});

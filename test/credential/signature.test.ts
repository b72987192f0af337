import { describe, expect, test } from 'vitest';
import { LABELS } from '../../agent/credential/hash.js';
import { signerFromSeed, sigStructure, verifierFromKey } from '../../agent/credential/signature.js';
import { signerOf } from '../support/people.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe('Ed25519', () => {
  test('signs as RFC 8032 §7.1, test 2, says', () => {
    const signer = signerFromSeed(hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'));
    expect(Buffer.from(signer.publicKey).toString('hex')).toBe(
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    );
    const signature = signer.sign(hex('72'));
    expect(Buffer.from(signature).toString('hex')).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(verifierFromKey(signer.publicKey).verify(hex('72'), signature)).toBe(true);
  });

  test('refuses a signature with S + L, which some libraries accept', () => {
    const signer = signerOf(3);
    const signature = signer.sign(hex('00'));
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString('hex')}`) + order;
    const malleable = Buffer.concat([
      signature.slice(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(),
    ]);
    expect(verifierFromKey(signer.publicKey).verify(hex('00'), malleable)).toBe(false);
  });

  const weak: [string, string][] = [
    ['the neutral element', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['the point of order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['a point of order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['a point of order 4, other sign', '0000000000000000000000000000000000000000000000000000000000000080'],
    ['a point of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['a point of order 8, other y', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['a non-canonical encoding of y = 0', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['a non-canonical encoding of y = 1', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ];
  test.each(weak)('a key that is %s is refused at import', (_what, key) => {
    expect(() => verifierFromKey(hex(key))).toThrow(expect.objectContaining({ code: 'ERR_KEY_WEAK' }));
  });

  test('a key of the wrong length is refused', () => {
    expect(() => verifierFromKey(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'ERR_KEY_WEAK' }));
    expect(() => signerFromSeed(new Uint8Array(33))).toThrow(expect.objectContaining({ code: 'ERR_SECRET' }));
  });

  test('a signature for one purpose passes for no other', () => {
    const signer = signerOf(4);
    const verifier = verifierFromKey(signer.publicKey);
    const payload = hex('010203');
    const labels = Object.values(LABELS);
    for (const label of labels) {
      const signature = signer.sign(sigStructure(label, payload));
      const passes = labels.filter((other) => verifier.verify(sigStructure(other, payload), signature));
      expect(passes).toEqual([label]);
    }
    const bound = signer.sign(sigStructure(LABELS.ledger, payload, [hex('04'), 1]));
    expect(verifier.verify(sigStructure(LABELS.ledger, payload, [hex('04'), 2]), bound)).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  letterPin,
  parseSiteSecrets,
  siteSecret,
  siteSecretLine,
  unblockingCode,
} from '../../agent/credential/pin-codes.js';
import { HOLDER_PIN_SHAPE, isEasyToGuess } from '../../agent/domain/holder-pin.js';

const HOLDER = { dateOfBirth: '19840229', id: '28402290100017' };

describe('the codes of a card', () => {
  const secret = new Uint8Array(32).fill(1);
  const owner = { card: 100_017, cardKey: new Uint8Array(8).fill(2) };
  const codeOf = (site: number, of = owner) =>
    Buffer.from(unblockingCode(siteSecret(secret, site), of)).toString('hex');

  test('are others for another site, another card and another serial', () => {
    const codes = [
      ...[codeOf(1), codeOf(2), codeOf(1, { ...owner, card: 100_018 })],
      codeOf(1, { ...owner, cardKey: new Uint8Array(8).fill(3) }),
    ];
    expect(new Set(codes).size).toBe(4);
    expect(codes.every((code) => code.length === 32)).toBe(true);
  });

  test('give letters of six digits that are never easy to guess, the same each time', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (card) => {
        const pin = letterPin(siteSecret(secret, 7), { ...owner, card }, HOLDER);
        expect(pin).toMatch(/^\d{6}$/);
        expect(pin).toMatch(HOLDER_PIN_SHAPE);
        expect(isEasyToGuess(pin, { ...HOLDER, serial: card })).toBe(false);
        expect(letterPin(siteSecret(secret, 7), { ...owner, card }, HOLDER)).toBe(pin);
      }),
    );
  });

  test('are kept for a post by site, and a line that is not one is named without its content', () => {
    const text = [3, 7].map((site) => siteSecretLine(site, siteSecret(secret, site))).join('\n');
    expect([...parseSiteSecrets(`${text}\n`, 'pin-unblock').keys()]).toEqual([3, 7]);
    for (const wrong of [`${text}\n7:${'ab'.repeat(32)}`, '7:abcd', 'ab'.repeat(32)]) {
      expect(() => parseSiteSecrets(wrong, 'pin-unblock')).toThrow(expect.objectContaining({ code: 'ERR_SECRET' }));
      expect(() => parseSiteSecrets(wrong, 'pin-unblock')).not.toThrow(/abab|abcd/);
    }
  });
});

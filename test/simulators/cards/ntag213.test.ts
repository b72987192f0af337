/** What an NTAG213 has of its own, and the originality signature of all three (NXP data sheet Rev. 3.2). */
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NXP_NTAG21X_KEY, readOriginality, verifyOriginality } from '../../../drivers/media/originality.js';
import { numberOf, verifyNumber } from '../../../drivers/media/secp128r1.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { NTAG_MAPS, type NtagKind } from '../../../simulators/cards/ntag21x-map.js';
import { testOriginalityKey } from '../../../simulators/cards/originality.js';
import { SimulatedPageCard } from '../../../simulators/readers/simulated-card.js';

const UID = Uint8Array.of(0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6);
const KINDS: readonly NtagKind[] = ['ntag213', 'ntag215', 'ntag216'];
const bytesOf = (card: SimulatedNtag21x, ...command: number[]): string => {
  const answer = card.exchange(Uint8Array.from(command));
  return answer.kind === 'data' ? Buffer.from(answer.bytes).toString('hex') : answer.kind;
};

describe('an NTAG213', () => {
  it('has 45 pages, a container of 144 bytes, and a lock control TLV before its empty message', () => {
    const card = SimulatedNtag21x.blank('ntag213', UID);
    expect(card.pages).toBe(45);
    expect(bytesOf(card, 0x60)).toBe('0004040201000f03');
    expect(bytesOf(card, 0x3a, 3, 5)).toBe('e11012000103a00c340300fe');
    expect(bytesOf(card, 0x30, 44)).toMatch(/^0{8}04a1b2/);
    expect(bytesOf(card, 0x3a, 44, 45)).toBe('nak');
  });

  it('locks two pages for each dynamic lock bit', () => {
    const card = SimulatedNtag21x.blank('ntag213', UID);
    expect(bytesOf(card, 0xa2, NTAG_MAPS.ntag213.dynamicLock, 0x02, 0x00, 0x00, 0x00)).toBe('ack');
    const writes = [17, 18, 19, 20].map((page) => {
      card.select();
      return bytesOf(card, 0xa2, page, 1, 2, 3, 4);
    });
    expect(writes).toEqual(['ack', 'nak', 'nak', 'ack']);
  });
});

describe('the originality signature', () => {
  it.each(KINDS)('of a simulated %s is one of its UID under the test key, and not under that of NXP', async (kind) => {
    const chip = SimulatedNtag21x.blank(kind, UID);
    const card = new SimulatedPageCard(chip, { canWrite: true, delay: null });
    expect(await readOriginality(card, testOriginalityKey())).toBe('genuine');
    expect(await readOriginality(card)).toBe('other');
    expect(verifyOriginality(UID.with(6, 0), chip.signature, testOriginalityKey())).toBe(false);
    expect(verifyOriginality(UID, chip.signature.with(31, 0), testOriginalityKey())).toBe(false);
  });

  it('of a copied card is another one, unless it was copied too', async () => {
    const original = SimulatedNtag21x.blank('ntag216', UID);
    const copy = SimulatedNtag21x.fromDump('ntag216', original.dump());
    const card = new SimulatedPageCard(copy, { canWrite: true, delay: null });
    expect(await readOriginality(card, testOriginalityKey())).toBe('other');
    copy.setSignature(original.signature);
    expect(await readOriginality(card, testOriginalityKey())).toBe('genuine');
  });

  it('is verified as OpenSSL signs, the hash apart', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp128r1' });
    const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
    const key = Uint8Array.from(spki.subarray(-33));
    for (let i = 0; i < 5; i += 1) {
      const message = Buffer.from(`message ${i}`);
      const signature = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const e = numberOf(createHash('sha256').update(message).digest().subarray(0, 16));
      expect(verifyNumber(e, signature, key)).toBe(true);
      expect(verifyNumber(e + 1n, signature, key)).toBe(false);
    }
  });

  it('is false, and no exception, for anything that is no signature or no key', () => {
    expect(verifyOriginality(UID, new Uint8Array(32), NXP_NTAG21X_KEY)).toBe(false);
    expect(verifyOriginality(UID, new Uint8Array(31).fill(1), NXP_NTAG21X_KEY)).toBe(false);
    expect(verifyOriginality(UID, new Uint8Array(32).fill(1), NXP_NTAG21X_KEY.with(5, 0))).toBe(false);
    expect(verifyOriginality(UID, new Uint8Array(32).fill(1), new Uint8Array(33))).toBe(false);
    expect(verifyNumber(1n, new Uint8Array(32).fill(255), testOriginalityKey())).toBe(false);
  });
});

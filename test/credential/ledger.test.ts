import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifySlot, encodeSlot, readSlotImage, type SlotContext } from '../../agent/credential/ledger.js';
import type { LedgerRecord } from '../../agent/domain/ledger.js';
import { NOW, signerOf, terminalKey, UID } from '../support/people.js';

const signer = signerOf(7);
const owner = { uid: UID, card: 4711 };
const record: LedgerRecord = {
  family: 1,
  cause: 'service',
  sequence: 42,
  previous: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
  day: 20_778,
  time: NOW - 60,
  usage: [{ commodity: 1, usedDay: 15, usedMonth: 300 }],
  signer: signer.keyId,
};
const image = encodeSlot(record, owner, { signer, slotBytes: 200 });

function context(change: Partial<SlotContext> = {}): SlotContext {
  return { owner, family: 1, index: 0, keys: () => [terminalKey(signer, 'terminal-1')], latest: NOW, ...change };
}

describe('a ledger slot', () => {
  test('holds a record of one commodity in 112 bytes, and of six in less than 160', () => {
    expect(image.length).toBe(112);
    const usage = Array.from({ length: 6 }, (_, i) => ({ commodity: 100 + i, usedDay: 150, usedMonth: 900 }));
    expect(encodeSlot({ ...record, usage }, owner, { signer, slotBytes: 200 }).length).toBeLessThan(160);
  });

  test('is valid when a trusted terminal signed it for this card, whatever stands behind it in the slot', () => {
    const padded = Uint8Array.from([...image, ...new Array<number>(88).fill(0xa5)]);
    for (const bytes of [image, padded]) {
      expect(classifySlot(bytes, context())).toEqual({ state: 'valid', record, hash: readSlotImage(image).hash });
    }
  });

  test('is untrusted, not torn, when the signer is unknown, the card is another, or it is dated ahead', () => {
    expect(classifySlot(image, context({ keys: () => [] }))).toMatchObject({ state: 'untrusted', why: 'signer' });
    const other = { uid: UID, card: 4712 };
    expect(classifySlot(image, context({ owner: other }))).toMatchObject({ state: 'untrusted', why: 'signature' });
    const clone = { uid: Uint8Array.from([...UID].reverse()), card: 4711 };
    expect(classifySlot(image, context({ owner: clone }))).toMatchObject({ state: 'untrusted', why: 'signature' });
    expect(classifySlot(image, context({ latest: NOW - 61 }))).toMatchObject({ state: 'untrusted', why: 'dated' });
    const expired = { ...terminalKey(signer, 'terminal-1'), notAfter: NOW - 61 };
    expect(classifySlot(image, context({ keys: () => [expired] }))).toMatchObject({ state: 'untrusted', why: 'dated' });
  });

  test('is torn when it was copied into the place of the other slot', () => {
    expect(classifySlot(image, context({ index: 1 }))).toEqual({ state: 'torn' });
  });

  test('is never valid when any byte differs, blank or cut short', () => {
    for (let i = 0; i < image.length; i += 1) {
      const bytes = Uint8Array.from(image);
      bytes[i] = (bytes[i] ?? 0) ^ 0x10;
      expect(classifySlot(bytes, context()).state, `byte ${i}`).toBe('torn');
      expect(classifySlot(image.slice(0, i), context()).state).toBe('torn');
    }
    expect(classifySlot(new Uint8Array(200), context()).state).toBe('torn');
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 220 }), (bytes) => classifySlot(bytes, context()).state === 'torn'),
      { numRuns: 2000 },
    );
  });

  test('a record that does not fit is refused before anything is written', () => {
    expect(() => encodeSlot(record, owner, { signer, slotBytes: 108 })).toThrow(
      expect.objectContaining({ code: 'ERR_LEDGER_FULL' }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  classifySlot,
  encodeSlot,
  type LedgerOwner,
  readSlotImage,
  slotBytesUsed,
} from '../../agent/credential/ledger.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import type { LedgerMore, LedgerRecord } from '../../agent/domain/ledger.js';
import { NOW, signerOf } from '../support/people.js';

const signer = signerOf(7);
const verifier = verifierFromKey(signer.publicKey);
const SLOT_BYTES = 400;
const uint = fc.maxSafeNat();

const anyMore: fc.Arbitrary<LedgerMore> = fc
  .record({
    tallies: fc.array(fc.record({ commodity: uint, usedYear: uint, usedEver: uint, ahead: uint }), { maxLength: 2 }),
    balances: fc.array(fc.record({ account: uint, value: uint }), { maxLength: 3 }),
    papers: fc.array(fc.record({ kind: uint, number: uint, commodity: uint, left: uint, untilDay: uint, site: uint }), {
      maxLength: 2,
    }),
  })
  .filter((more) => more.tallies.length + more.balances.length + more.papers.length > 0);

const someRecord = {
  family: uint,
  cause: fc.constantFrom('issue', 'service', 'void'),
  sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
  previous: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  day: uint,
  time: fc.integer({ min: 0, max: NOW }),
  usage: fc.array(fc.record({ commodity: uint, usedDay: uint, usedMonth: uint }), { maxLength: 10 }),
  signer: fc.constant(signer.keyId),
} satisfies Record<string, fc.Arbitrary<unknown>>;
/** Any record that a terminal may write: half of them state something besides use. */
const anyRecord: fc.Arbitrary<LedgerRecord> = fc.oneof(
  fc.record<LedgerRecord>(someRecord),
  fc.record<LedgerRecord>({ ...someRecord, usage: fc.constant([]), more: anyMore }),
);
const anyOwner: fc.Arbitrary<LedgerOwner> = fc.record({
  uid: fc.uint8Array({ minLength: 4, maxLength: 10 }),
  card: uint,
});

const judge = (bytes: Uint8Array, owner: LedgerOwner, index: number, family: number) =>
  classifySlot(bytes, {
    family,
    owner,
    index,
    keys: () => [{ verifier, notBefore: 0, notAfter: NOW }],
    latest: NOW,
  });

describe('any record', () => {
  test('comes back from its slot, on its card alone and in its slot alone', () => {
    fc.assert(
      fc.property(anyRecord, anyOwner, (record, owner) => {
        const image = encodeSlot(record, owner, { signer, slotBytes: SLOT_BYTES });
        const index = record.sequence % 2;
        expect(judge(image, owner, index, record.family)).toMatchObject({ state: 'valid', record });
        expect(readSlotImage(image).record).toEqual(record);
        expect(judge(image, owner, 1 - index, record.family)).toEqual({ state: 'torn' });
        const other = { ...owner, card: owner.card === 0 ? 1 : owner.card - 1 };
        expect(judge(image, other, index, record.family)).toMatchObject({ state: 'untrusted', why: 'signature' });
      }),
    );
  });

  test('fills whole pages, and says how many in the first two', () => {
    fc.assert(
      fc.property(anyRecord, anyOwner, (record, owner) => {
        const image = encodeSlot(record, owner, { signer, slotBytes: SLOT_BYTES });
        expect(image.length % 4).toBe(0);
        expect(slotBytesUsed(image.subarray(0, 8))).toBe(image.length);
      }),
    );
  });

  test('that was cut at any page over any other record is that other record or damage, never something else', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, fc.nat(), (before, after, where) => {
        const owner = { uid: new Uint8Array(7), card: 1 };
        const even = { sequence: 2 * Math.floor(before.sequence / 4) };
        const [old, next] = [
          { ...before, ...even },
          { ...after, sequence: even.sequence + 2 },
        ].map((record) => {
          const slot = new Uint8Array(SLOT_BYTES);
          slot.set(encodeSlot(record, owner, { signer, slotBytes: SLOT_BYTES }));
          return slot;
        });
        if (old === undefined || next === undefined) throw new Error('two slots');
        const bodyPages = slotBytesUsed(next) / 4 - 1;
        const written = where % (bodyPages + 1);
        const cut = Uint8Array.from(old);
        cut.set(next.subarray(4, 4 + written * 4), 4);
        const slot = judge(cut, owner, 0, before.family);
        if (slot.state !== 'torn') expect(slot).toMatchObject({ state: 'valid', record: { sequence: even.sequence } });
      }),
    );
  });
});

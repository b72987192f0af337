import { describe, expect, test } from 'vitest';
import { decodeCredential } from '../../agent/credential/decode.js';
import { issueCredential } from '../../agent/credential/issue.js';
import { classifySlot, encodeSlot } from '../../agent/credential/ledger.js';
import { cardContent } from '../../agent/credential/personalise.js';
import type { Slot } from '../../agent/domain/ledger.js';
import { assessLedger } from '../../agent/tap/assess.js';
import { encodeNdef } from '../../drivers/media/ndef.js';
import { NTAG_LAYOUTS, ntagLayout } from '../../drivers/media/ntag21x.js';
import { claims, issuerKey, NOW, signerOf, UID } from '../support/people.js';

const issuer = signerOf(1);
const DAY = 20_778;
const OWNER = { uid: UID, card: 4711 };

function slotsOf(content: { readonly slots: readonly [Uint8Array, Uint8Array] }, uid = UID): [Slot, Slot] {
  const judge = (bytes: Uint8Array, index: number): Slot =>
    classifySlot(bytes, { family: 1, owner: { ...OWNER, uid }, index, keys: () => [issuerKey(issuer)], latest: NOW });
  return [judge(content.slots[0], 0), judge(content.slots[1], 1)];
}

describe('the content of a new card', () => {
  test.each(NTAG_LAYOUTS.filter((layout) => layout.slotPages > 0).map((layout) => [layout.kind, layout] as const))(
    'for an %s: a credential that is accepted and two records that are believed',
    (_kind, layout) => {
      const given = claims({ layout: layout.layout, coverage: null });
      const content = cardContent(given, issuer, { day: DAY, slotBytes: layout.slotPages * 4 });
      const decoded = decodeCredential(
        { form: 'bytes', bytes: content.credential },
        {
          issuerKeys: () => [issuerKey(issuer)],
          isHotlisted: () => false,
          programme: 1,
          now: NOW,
          medium: { layout: layout.layout, uid: UID },
        },
      );
      expect(decoded).toMatchObject({ ok: true, credential: given });
      const [a, b] = slotsOf(content);
      const common = { family: 1, cause: 'issue', day: DAY, usage: [], time: given.issuedAt };
      expect(a).toMatchObject({ state: 'valid', record: { ...common, sequence: 0, previous: new Uint8Array(8) } });
      if (a.state !== 'valid') throw new Error('the first record is believed');
      expect(b).toMatchObject({
        state: 'valid',
        record: { ...common, sequence: 1, previous: Uint8Array.from(a.hash) },
      });
    },
  );

  test('is served with nothing used, and the next record goes to slot A with sequence 2', () => {
    const slots = slotsOf(cardContent(claims(), issuer, { day: DAY, slotBytes: 200 }));
    expect(assessLedger({ slots, mark: null, intents: [] })).toMatchObject({
      verdict: 'serve',
      newest: { record: { sequence: 1 } },
      counted: { record: { usage: [] } },
      nextSequence: 2,
      doubt: null,
    });
  });

  test('is never what a wiped card looks like', () => {
    const blank = new Uint8Array(200);
    const content = cardContent(claims(), issuer, { day: DAY, slotBytes: 200 });
    const [a, b] = content.slots;
    expect(assessLedger({ slots: slotsOf({ slots: [blank, blank] }), mark: null, intents: [] })).toMatchObject({
      verdict: 'refuse',
      code: 'ERR_LEDGER_DAMAGED',
    });
    for (const slots of [[a, blank] as const, [blank, b] as const]) {
      expect(assessLedger({ slots: slotsOf({ slots }), mark: null, intents: [] })).toMatchObject({
        doubt: 'ERR_LEDGER_DAMAGED',
      });
    }
  });

  test('does not help another card: its first records are not believed there', () => {
    const content = cardContent(claims(), issuer, { day: DAY, slotBytes: 200 });
    const other = Uint8Array.from(UID).reverse();
    expect(slotsOf(content, other)).toMatchObject([{ why: 'signature' }, { why: 'signature' }]);
  });

  test('is refused where its slots do not fit', () => {
    expect(() => cardContent(claims(), issuer, { day: DAY, slotBytes: 100 })).toThrow(
      expect.objectContaining({ code: 'ERR_LEDGER_FULL' }),
    );
  });
});

describe('the sizes that the memory was divided by', () => {
  test('are those of the decision: a credential with long names and its NDEF message, and slots by commodities', () => {
    const { identity } = claims();
    const long = {
      ...identity,
      fullName: 'فاطمة عبد الرحمن السيد محمود حسن',
      secondName: { text: 'Fatma Abdelrahman Elsayed Hassan', language: 'eng' },
    };
    const longest = issueCredential({ ...claims(), notBefore: NOW, identity: long }, issuer);
    expect([issueCredential(claims(), issuer).length, longest.length]).toEqual([233, 287]);
    expect(encodeNdef(longest).length - longest.length).toBe(26);
    expect(encodeNdef(longest).length).toBeLessThanOrEqual(ntagLayout('ntag216').credentialPages * 4);

    const terminal = signerOf(7);
    const slot = (
      count: number,
      item: { first: number; usedDay: number; usedMonth: number },
      sequence: number,
    ): number => {
      const { first, ...used } = item;
      const usage = Array.from({ length: count }, (_, i) => ({ commodity: first + i, ...used }));
      const record = {
        family: 1,
        cause: 'service' as const,
        sequence,
        previous: new Uint8Array(8),
        day: DAY,
        time: NOW,
        usage,
        signer: terminal.keyId,
      };
      return encodeSlot(record, OWNER, { signer: terminal, slotBytes: 200 }).length;
    };
    const common = { first: 100, usedDay: 150, usedMonth: 900 };
    expect([1, 6, 10].map((count) => slot(count, common, 42))).toEqual([112, 148, 176]);
    expect(slot(10, { first: 65_000, usedDay: 65_535, usedMonth: 65_535 }, 0xffff_fffe)).toBe(200);
  });
});

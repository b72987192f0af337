import { describe, expect, test } from 'vitest';
import { classifySlot } from '../../../agent/credential/ledger.js';
import { cardContent } from '../../../agent/credential/personalise.js';
import { encodeNdef, locateNdef } from '../../../drivers/media/ndef.js';
import { NTAG_LAYOUTS, ntagLayout, personaliseNtag21x, slotPage } from '../../../drivers/media/ntag21x.js';
import { openMedium } from '../../../drivers/media/open.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { tornTakesNew } from '../../../simulators/cards/ntag21x-faults.js';
import { SimulatedPageCard } from '../../../simulators/readers/simulated-card.js';
import { makeCard, people } from '../../../simulators/site/population.js';
import { claims, issuerKey, NOW, signerOf } from '../../support/people.js';

const issuer = signerOf(1);

async function card(): Promise<SimulatedNtag21x> {
  const [person] = people(1);
  if (person === undefined) throw new Error('no person');
  const made = await makeCard({ person, issuer, issuedAt: NOW - 100, expiresAt: NOW + 100, day: 20_778 });
  made.powerCycle();
  return made;
}

const open = (tag: SimulatedNtag21x, canWrite = true) =>
  openMedium(new SimulatedPageCard(tag, { canWrite, delay: null }), { canWrite });

describe('the memory of an NTAG21x', () => {
  test('every layout ends where the user memory ends', () => {
    const userPages = { ntag216: 222, ntag215: 126, ntag213: 36 };
    for (const layout of NTAG_LAYOUTS) {
      expect(slotPage(layout, 1) + layout.slotPages - 4).toBe(userPages[layout.kind]);
    }
  });

  test('a personalised card opens with its credential and two records of the issuer', async () => {
    const session = await open(await card());
    expect(session).toMatchObject({ kind: 'ntag216', layout: 1, credential: { form: 'bytes' } });
    const slots = await session.ledgers[0]?.readSlots();
    const owner = { uid: session.uid ?? new Uint8Array(0), card: 100_001 };
    const states = (slots ?? []).map((bytes, index) =>
      classifySlot(bytes, { family: 1, owner, index, keys: () => [issuerKey(issuer)], latest: NOW }),
    );
    expect(states).toMatchObject([
      { state: 'valid', record: { sequence: 0, cause: 'issue' } },
      { state: 'valid', record: { sequence: 1, cause: 'issue' } },
    ]);
  });

  test('a reader that cannot write gives no ledger, never a fake one', async () => {
    expect((await open(await card(), false)).ledgers).toEqual([]);
  });

  test('a slot is written body first, one page at a time, its commit page last', async () => {
    const tag = await card();
    const session = await open(tag);
    const before = tag.transcript.length;
    await session.ledgers[0]?.writeSlot(1, new Uint8Array(112).fill(7));
    const pages = tag.transcript.slice(before).map((write) => write.page);
    const first = slotPage(ntagLayout('ntag216'), 1);
    expect(pages).toEqual([...Array.from({ length: 27 }, (_, i) => first + 1 + i), first]);
  });

  test('a personalisation that is cut at any write leaves a card without a credential, not half of one', async () => {
    const layout = ntagLayout('ntag216');
    const uid = Uint8Array.from([4, 1, 2, 3, 4, 5, 6]);
    const content = cardContent(claims({ uid }), issuer, { day: 20_778, slotBytes: layout.slotPages * 4 });
    const make = async (tag: SimulatedNtag21x): Promise<void> => {
      tag.powerCycle();
      await personaliseNtag21x(new SimulatedPageCard(tag, { canWrite: true, delay: null }), layout, content);
    };
    const whole = SimulatedNtag21x.blank('ntag216', uid);
    await make(whole);
    await expect(open(whole)).resolves.toMatchObject({ kind: 'ntag216' });
    const writes = whole.transcript.length;
    expect(writes).toBeGreaterThan(100);
    for (let cut = 0; cut < writes - 1; cut += 1) {
      const tag = SimulatedNtag21x.blank('ntag216', uid);
      tag.tearAt(cut, { bits: tornTakesNew });
      await expect(make(tag)).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
      tag.powerCycle();
      await expect(open(tag), `cut at write ${cut}`).rejects.toMatchObject({ code: 'ERR_CARD_EMPTY' });
    }
  });

  test.each([
    ['all zeros', new Array<number>(12).fill(0), 'ERR_CARD_EMPTY'],
    ['an empty NDEF message', [3, 0, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'ERR_CARD_EMPTY'],
    ['a message longer than its place', [3, 0xff, 0xff, 0xff, 0xc2, 15, 0, 0, 1, 0, 0, 0], 'ERR_CARD_LAYOUT'],
    ['something else', [0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 'ERR_CARD_LAYOUT'],
    ['a TLV that leads out of the memory', [1, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0], 'ERR_CARD_LAYOUT'],
  ])('a data area with %s is named for what it is', (_what, start, code) => {
    expect(() => locateNdef(Uint8Array.from(start), 352)).toThrow(expect.objectContaining({ code }));
  });

  test('the credential is found behind a lock control TLV, as phones write it', () => {
    const start = Uint8Array.from([1, 3, 0xa0, 0x0c, 0x34, ...encodeNdef(new Uint8Array(100)).subarray(0, 7)]);
    expect(locateNdef(start, 352)).toEqual({ offset: 7, length: 118 });
  });
});

import { describe, expect, test } from 'vitest';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { tornKeepsOld, tornMixed, tornTakesNew, tornWeak } from '../../simulators/cards/ntag21x-faults.js';
import { servicesOf } from '../../simulators/demo/truth.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { TEARS } from '../../simulators/world/tears.js';
import { seededRandom } from '../journal/samples.js';
import { freshCard, openDesk, type TestDesk } from '../support/desk.js';
import { storyOf } from '../support/story.js';

/** First pages of the two slots of an NTAG216. */
const SLOT_A = 126;
const SLOT_B = 176;
/** Pages of a record of one commodity on a young card: 26 of its body, and the commit page. */
const SLOT_WRITES = 27;

async function redeemed(desk: TestDesk): Promise<number[]> {
  return (await storyOf(desk.journal)).flatMap((event) => (event.type === 'redemption' ? [event.ledgerSequence] : []));
}

function garble(card: SimulatedNtag21x, page: number): void {
  card.powerCycle();
  card.exchange(Uint8Array.of(0xa2, page, 0xde, 0xad, 0xbe, 0xef));
}

describe('a card torn from the reader at any page', () => {
  const weak = seededRandom(5);
  test.each([
    ['old bits', tornKeepsOld],
    ['new bits', tornTakesNew],
    ['a mixture', tornMixed(() => weak.fraction())],
    ['bits that read differently each time', tornWeak(() => weak.fraction())],
  ])('with %s: nothing is granted until it comes back, then it is, once', async (_what, bits) => {
    for (let at = 0; at < SLOT_WRITES; at += 1) {
      const desk = await openDesk();
      const card = await freshCard();
      await desk.lay(card);
      const before = card.dump();
      const begun = card.transcript.length;
      card.tearAt(at, { bits });
      expect(await desk.take(4), `torn at page ${at}`).toMatchObject({ name: 'unresolved', code: 'ERR_CARD_LOST' });
      expect(await redeemed(desk)).toEqual([]);
      expect(await desk.lay(card)).toMatchObject({ name: 'granted', items: [{ quantity: 4 }] });
      expect(await redeemed(desk)).toEqual([2]);
      expect(await storyOf(desk.journal)).toHaveLength(1);
      expect(
        servicesOf(1, card, before).map((service) => service.sequence),
        `${card.transcript.length - begun} writes`,
      ).toEqual([2]);
      expect(await desk.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 6 }] } });
    }
  });

  test('who is dismissed before coming back is reported once, and still served when coming back', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await desk.lay(card);
    card.tearAt(10, { bits: tornKeepsOld });
    const torn = await desk.take(4);
    if (torn.name !== 'unresolved') throw new Error(torn.name);
    await desk.tap.dismiss(torn.tapId);
    await desk.journal.close();
    await desk.start();
    await desk.journal.close();
    await desk.start();
    expect(await storyOf(desk.journal)).toMatchObject([
      { type: 'unresolved', ledgerSequence: 2, items: [{ quantity: 4 }] },
    ]);
    expect(await desk.lay(card)).toMatchObject({ name: 'granted' });
    expect(await redeemed(desk)).toEqual([2]);
  });

  test('a matching read is not trusted: the whole slot is written again before the grant', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await desk.lay(card);
    // Torn at the last page, with all new bits: everything reads as it should.
    card.tearAt(SLOT_WRITES - 1, { bits: tornTakesNew });
    await desk.take(4);
    const writes = card.transcript.length;
    expect(await desk.lay(card)).toMatchObject({ name: 'granted' });
    expect(card.transcript.slice(writes).map((write) => write.page)).toHaveLength(SLOT_WRITES);
  });

  test('another terminal that served it meanwhile closes the tap, and the case goes to the centre', async () => {
    const [first, second] = [await openDesk(), await openDesk({ terminal: 1 })];
    const card = await freshCard();
    await first.lay(card);
    card.tearAt(10, { bits: tornKeepsOld });
    await first.take(4);
    expect(await second.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 5 }] } });
    expect(await second.take(5)).toMatchObject({ name: 'granted' });
    // The record that may have been torn keeps its number to itself.
    expect(await storyOf(second.journal)).toMatchObject([
      { type: 'unresolved', reason: 'ERR_LEDGER_DAMAGED' },
      { type: 'redemption', ledgerSequence: 4 },
    ]);
    expect(await first.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
    expect(first.journal.state().openIntents.size).toBe(0);
    expect(await storyOf(first.journal)).toMatchObject([
      { type: 'unresolved', ledgerSequence: 2 },
      { type: 'refusal', reason: 'ERR_QUOTA_DAY' },
    ]);
  });
});

describe('the power of the terminal cut at every write and sync of a tap', () => {
  test('after it is back: green was shown only for what is recorded, and card and journal agree', async () => {
    let cuts = 0;
    for (const tear of TEARS) {
      for (let at = 0; ; at += 1) {
        const disk = new MemoryDisk();
        const desk = await openDesk({ disk });
        const card = await freshCard();
        const before = card.dump();
        await desk.lay(card);
        const from = disk.calls;
        let dark = false;
        disk.plan = (call) => {
          dark ||= call.index === from + at;
          return dark ? 'cut' : 'go';
        };
        disk.tear = tear;
        const shown = await desk.take(4);
        disk.plan = () => 'go';
        if (!dark) {
          expect(shown.name).toBe('granted');
          break;
        }
        cuts += 1;
        await desk.start();
        if (shown.name === 'granted') expect(await redeemed(desk)).toEqual([2]);
        const state = await desk.lay(card);
        if (state.name === 'offer') await desk.take(4);
        else expect(state.name).toBe('granted');
        const services = servicesOf(1, card, before).map((service) => service.sequence);
        expect(await redeemed(desk), `cut ${at} with ${tear.name}`).toEqual(services);
        expect(desk.journal.state().openIntents.size).toBe(0);
      }
    }
    expect(cuts).toBeGreaterThan(TEARS.length * 2);
  });

  test('a full disk refuses before the card is debited', async () => {
    const disk = new MemoryDisk();
    const desk = await openDesk({ disk });
    const card = await freshCard();
    await desk.lay(card);
    const before = card.dump();
    disk.plan = (call) => (call.operation === 'write' ? 'ENOSPC' : 'go');
    const refused = await desk.take(4);
    if (refused.name === 'granted') {
      // The journal had room left that it wrote ahead: fill it.
      throw new Error('the plan met no write');
    }
    expect(refused).toMatchObject({ name: 'refused', code: 'ERR_JOURNAL_SPACE' });
    expect(card.dump()).toEqual(before);
    disk.plan = () => 'go';
    await desk.lay(card);
    expect(await desk.take(4)).toMatchObject({ name: 'granted' });
  });
});

describe('a card whose content was tampered with', () => {
  test('an older image is refused at the terminal that knows better, however often it is put back', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    const morning = card.dump();
    await desk.lay(card);
    await desk.take(4);
    for (let i = 0; i < 3; i += 1) {
      card.restoreUserPages(morning);
      expect(await desk.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
    }
    await desk.journal.close();
    await desk.start();
    expect(await desk.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
  });

  test('a copy that was served elsewhere from the same record is found', async () => {
    const [first, second] = [await openDesk(), await openDesk({ terminal: 1 })];
    const card = await freshCard();
    const morning = card.dump();
    await first.lay(card);
    await first.take(4);
    card.restoreUserPages(morning);
    await second.lay(card);
    await second.take(2);
    expect(await first.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_FORKED' });
  });

  test('garbling the newest slot wins nothing where it was served, and at most the cap at another terminal', async () => {
    const [first, second] = [await openDesk(), await openDesk({ terminal: 1 })];
    const card = await freshCard();
    await first.lay(card);
    await first.take(10);
    garble(card, SLOT_A + 5);
    expect(await first.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
    expect(await second.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 5 }] } });
    expect(await second.take(5)).toMatchObject({ name: 'granted' });
    expect(await storyOf(second.journal)).toMatchObject([
      { type: 'unresolved', reason: 'ERR_LEDGER_DAMAGED' },
      { type: 'redemption', ledgerSequence: 4 },
    ]);
    garble(card, SLOT_A + 5);
    expect(await second.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
  });

  test('both slots damaged, wiped, or the older copied over the newest: refused', async () => {
    const desk = await openDesk();
    const both = await freshCard();
    garble(both, SLOT_A + 5);
    garble(both, SLOT_B + 5);
    expect(await desk.lay(both)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_DAMAGED' });
    const wiped = await freshCard();
    for (let page = SLOT_A; page < SLOT_B + 50; page += 1) wiped.exchange(Uint8Array.of(0xa2, page, 0, 0, 0, 0));
    wiped.powerCycle();
    for (let page = SLOT_A; page < SLOT_B + 50; page += 1) wiped.exchange(Uint8Array.of(0xa2, page, 0, 0, 0, 0));
    expect(await desk.lay(wiped)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_DAMAGED' });
    const copied = await freshCard();
    await desk.lay(copied);
    await desk.take(4);
    copied.powerCycle();
    for (let i = 0; i < 50; i += 1) copied.exchange(Uint8Array.of(0xa2, SLOT_A + i, ...copied.readPage(SLOT_B + i)));
    expect(await desk.lay(copied)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
  });
});

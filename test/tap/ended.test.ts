/** A card that was ended at the desk, at a terminal that has heard of nothing; and the card in its place. */
import { describe, expect, test } from 'vitest';
import { endOldCard, readOldCard } from '../../agent/cards/old-card.js';
import { openMedium } from '../../drivers/media/open.js';
import { presentedCard } from '../../simulators/cards/media.js';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { makeCard } from '../../simulators/site/population.js';
import { DAY, firstPerson, freshCard, ISSUER, openDesk, type TestDesk } from '../support/desk.js';
import { NOW } from '../support/people.js';
import { storyOf } from '../support/story.js';

/** First pages of the two slots of an NTAG216. */
const SLOTS = [126, 176] as const;

/** Ends a card as the desk does; resolves to what it had come to, as the next card begins with it. */
async function end({ trust }: TestDesk, card: SimulatedNtag21x) {
  const believed = {
    issuerKeys: (id: Uint8Array) => trust.issuerKeys(id),
    terminalKeys: (id: Uint8Array) => trust.terminalKeys(id),
    now: NOW,
  };
  const old = await readOldCard(await openMedium(presentedCard(card), { canWrite: true }), believed);
  const [ledger] = old.ledgers;
  if (ledger === undefined) throw new Error('the card has a ledger');
  const previous = (await endOldCard(old, { issuer: ISSUER, at: NOW })).get(1) ?? new Uint8Array(8);
  const { day, usage, more, closing } = ledger.carried;
  return { day, usage, more, firstSequence: closing + 2 - (closing % 2), previous };
}

describe('a card that was ended', () => {
  test('is refused by a terminal without any new list, and the refusal is recorded', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await desk.lay(card);
    await desk.take(4);
    await end(desk, card);
    const before = card.dump();
    for (const other of [desk, await openDesk({ terminal: 1 })]) {
      expect(await other.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_ENDED' });
      const refusal = { type: 'refusal', reason: 'ERR_LEDGER_ENDED', card: firstPerson().serial };
      expect((await storyOf(other.journal)).at(-1)).toMatchObject(refusal);
    }
    expect(card.dump()).toEqual(before);
  });

  test.each(SLOTS)('is refused after somebody spoilt the slot at page %i', async (page) => {
    const desk = await openDesk();
    const card = await freshCard();
    await end(desk, card);
    card.powerCycle();
    card.exchange(Uint8Array.of(0xa2, page + 3, 0xde, 0xad, 0xbe, 0xef));
    expect(await desk.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_ENDED' });
  });

  test('is not written to by a tap that was interrupted before: the terminal says that nobody knows', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await desk.lay(card);
    card.loseFieldAfter(0);
    expect(await desk.take(4)).toMatchObject({ name: 'unresolved' });
    await end(desk, card);
    expect(await desk.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_ENDED' });
    const story = await storyOf(desk.journal);
    expect(story.filter(({ type }) => type === 'redemption')).toEqual([]);
    expect(story).toContainEqual(expect.objectContaining({ type: 'unresolved', ledgerSequence: 2 }));
    expect(desk.journal.state().openIntents.size).toBe(0);
  });
});

test('the card in its place has what was left, and its first service follows on', async () => {
  const desk = await openDesk();
  const old = await freshCard();
  await desk.lay(old);
  await desk.take(4);
  const person = { ...firstPerson(), serial: firstPerson().serial + 500 };
  const card = await makeCard({
    ...{ person, issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 86_400, day: DAY },
    openings: new Map([[1, await end(desk, old)]]),
  });
  expect(await desk.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 6 }] } });
  expect(await desk.take(6)).toMatchObject({ name: 'granted' });
  expect((await storyOf(desk.journal)).at(-1)).toMatchObject({
    type: 'redemption',
    card: person.serial,
    ledgerSequence: 6,
  });
  expect(await desk.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
});

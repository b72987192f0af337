import { expect, it } from 'vitest';
import { firstPerson, freshCard, openDesk } from '../support/desk.js';

it('a card that is blocked while the operator chooses is not served, and nothing is written to it', async () => {
  const desk = await openDesk();
  const card = await freshCard();
  expect(await desk.lay(card)).toMatchObject({ name: 'offer' });
  const before = card.dump();
  desk.trust.blocked.add(firstPerson().serial);
  expect(await desk.take(2)).toMatchObject({ name: 'refused', code: 'ERR_CREDENTIAL_HOTLISTED' });
  expect(card.dump()).toEqual(before);
  expect(desk.journal.state().openIntents.size).toBe(0);
});

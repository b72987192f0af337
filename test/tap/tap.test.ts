import { describe, expect, test } from 'vitest';
import { issueCredential, qrText } from '../../agent/credential/issue.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { SimulatedPageCard } from '../../simulators/readers/simulated-card.js';
import { claimsOf, uidOf } from '../../simulators/site/population.js';
import { firstPerson, freshCard, ISSUER, openDesk, READS_ONLY, SCANS } from '../support/desk.js';
import { NOW, signerOf } from '../support/people.js';
import { storyOf } from '../support/story.js';

const CARD = firstPerson().serial;

describe('a tap that goes well', () => {
  test('offers the quota, writes the card, and shows green only when the service is recorded', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    expect(await desk.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 10 }] } });
    const granted = await desk.take(4);
    expect(granted).toMatchObject({ name: 'granted', items: [{ commodity: 1, quantity: 4 }], seq: 2 });
    expect(await storyOf(desk.journal)).toEqual([
      {
        type: 'redemption',
        time: NOW,
        card: CARD,
        ledgerSequence: 2,
        programme: 1,
        items: [{ commodity: 1, quantity: 4 }],
        versions: { keys: 3, hotlist: 5, policy: 7, time: 'set' },
        operator: 0,
      },
    ]);
    expect(await desk.lay(card)).toMatchObject({ offer: { items: [{ available: 6, usedDay: 4 }] } });
  });

  test('records INTENT before the first page, and COMMIT after the read-back', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await desk.lay(card);
    const order: string[] = [];
    const { append } = desk.journal;
    const writes = card.transcript.length;
    desk.journal.append = async (entries) => {
      const kinds = entries.map((entry) => (entry.kind === 'step' ? entry.step.step : entry.kind)).join('+');
      order.push(`${kinds} after ${card.transcript.length - writes} pages`);
      return append(entries);
    };
    await desk.take(4);
    expect(order).toEqual(['high-water+intent after 0 pages', 'commit+event after 27 pages']);
  });

  test('a grant stays on the list until the hand-over is confirmed, also over a restart', async () => {
    const desk = await openDesk();
    await desk.lay(await freshCard());
    const granted = await desk.take(1);
    if (granted.name !== 'granted') throw new Error(granted.name);
    await desk.journal.close();
    await desk.start();
    expect([...desk.journal.state().undispensed.keys()]).toEqual([granted.tapId]);
    await desk.tap.handover(granted.tapId);
    expect(desk.journal.state().undispensed.size).toBe(0);
    await expect(desk.tap.handover(granted.tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });

  test('the quota of the day is refused when it is used up, and there again the next day', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await desk.lay(card);
    await desk.take(10);
    expect(await desk.lay(card)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
    desk.clock.ms += 86_400_000;
    expect(await desk.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 10, usedMonth: 10 }] } });
  });

  test('a request above the offer is refused and leaves the card as it was', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    await desk.lay(card);
    const before = card.dump();
    expect(await desk.take(11)).toMatchObject({ name: 'refused', code: 'ERR_QUOTA_DAY' });
    expect(card.dump()).toEqual(before);
    expect(desk.journal.state().openIntents.size).toBe(0);
  });

  test('commands that come too late, twice or for another tap are refused', async () => {
    const desk = await openDesk();
    await expect(desk.tap.confirm('0000000000000000', [])).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    const offer = await desk.lay(await freshCard());
    if (offer.name !== 'offer') throw new Error(offer.name);
    await expect(desk.tap.confirm('0000000000000000', [])).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await desk.tap.cancel(offer.tapId);
    await expect(desk.tap.cancel(offer.tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await expect(desk.tap.dismiss(offer.tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    expect(await storyOf(desk.journal)).toEqual([]);
  });
});

describe('a card that must be refused', () => {
  test.each([
    ['signed by a stranger', async () => freshCard({ issuer: signerOf(99) }), 'ERR_CREDENTIAL_KEY_UNKNOWN', null],
    ['expired', async () => freshCard({ expiresAt: NOW - 1 }), 'ERR_CREDENTIAL_EXPIRED', CARD],
    ['copied to a tag with another UID', copy, 'ERR_CREDENTIAL_MEDIUM', CARD],
    ['with a changed byte', forge, 'ERR_CREDENTIAL_SIGNATURE', null],
  ])('%s: with its code, recorded with the serial only if its signature held', async (_what, make, code, serial) => {
    const desk = await openDesk();
    const card = await make();
    const before = card.dump();
    expect(await desk.lay(card)).toMatchObject({ name: 'refused', code });
    expect(await storyOf(desk.journal)).toMatchObject([{ type: 'refusal', reason: code, card: serial }]);
    expect(card.dump()).toEqual(before);
  });

  test('blocked: refused, and never granted from then on', async () => {
    const desk = await openDesk();
    desk.trust.blocked.add(CARD);
    expect(await desk.lay(await freshCard())).toMatchObject({ name: 'refused', code: 'ERR_CREDENTIAL_HOTLISTED' });
  });

  test('blank: refused without a record, since nobody was refused anything', async () => {
    const desk = await openDesk();
    expect(await desk.lay(SimulatedNtag21x.blank('ntag216', uidOf(1)))).toMatchObject({
      name: 'refused',
      code: 'ERR_CARD_EMPTY',
    });
    expect(await storyOf(desk.journal)).toEqual([]);
  });

  test('a flood of forged cards fills neither disk nor chain, and what was left out is counted', async () => {
    const desk = await openDesk();
    const card = await forge();
    for (let i = 0; i < 300; i += 1) await desk.lay(card);
    expect(await storyOf(desk.journal)).toHaveLength(120);
    desk.clock.ms += 5000;
    await desk.lay(card);
    expect((await storyOf(desk.journal)).slice(120)).toMatchObject([
      { type: 'alarm', code: 'ERR_CREDENTIAL_SIGNATURE', count: 180 },
      { type: 'refusal' },
    ]);
  });
});

describe('a programme that keeps a ledger on the card', () => {
  test('refuses a printed code, which proves who somebody is and holds nothing', async () => {
    const desk = await openDesk();
    const order = { person: firstPerson(), issuedAt: NOW - 10, expiresAt: NOW + 1000 };
    const text = qrText(issueCredential(claimsOf(order, null), ISSUER));
    await desk.tap.present({ kind: 'text', text }, SCANS);
    expect(desk.tap.state()).toMatchObject({
      name: 'refused',
      code: 'ERR_PROGRAMME_LEDGER_REQUIRED',
      credential: { entitlements: { card: CARD } },
    });
    expect(await storyOf(desk.journal)).toMatchObject([{ reason: 'ERR_PROGRAMME_LEDGER_REQUIRED', card: CARD }]);
  });

  test('refuses a good card on a reader that cannot write, and pretends nothing', async () => {
    const desk = await openDesk();
    const card = await freshCard();
    card.powerCycle();
    const before = card.dump();
    await desk.tap.present(new SimulatedPageCard(card, { canWrite: false, delay: null }), READS_ONLY);
    expect(desk.tap.state()).toMatchObject({ name: 'refused', code: 'ERR_PROGRAMME_LEDGER_REQUIRED' });
    expect(card.dump()).toEqual(before);
  });
});

async function copy(): Promise<SimulatedNtag21x> {
  const other = SimulatedNtag21x.blank('ntag216', uidOf(424_242));
  other.restoreUserPages((await freshCard()).dump());
  return other;
}

async function forge(): Promise<SimulatedNtag21x> {
  const card = await freshCard();
  card.powerCycle();
  const page = card.readPage(40);
  card.exchange(Uint8Array.of(0xa2, 40, (page[0] ?? 0) ^ 1, ...page.subarray(1)));
  return card;
}

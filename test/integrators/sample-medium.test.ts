/** The sample medium, asked for what every medium must give: served at a real desk, torn at any page, and with any memory whatever. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cardContent } from '../../agent/credential/personalise.js';
import { isWaslError } from '../../agent/domain/errors.js';
import { createTap } from '../../agent/tap/tap.js';
import { openMedium } from '../../drivers/media/open.js';
import type { CardSession, OpenMedium } from '../../drivers/medium.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { type TornBits, tornKeepsOld, tornMixed, tornTakesNew } from '../../simulators/cards/ntag21x-faults.js';
import { SimulatedPageCard } from '../../simulators/readers/simulated-card.js';
import { claimsOf, uidOf } from '../../simulators/site/population.js';
import { seededRandom } from '../journal/samples.js';
import { DAY, firstPerson, freshCard, ISSUER, openDesk, type TestDesk } from '../support/desk.js';
import { NOW } from '../support/people.js';
import { storyOf } from '../support/story.js';
import { openWristband, personaliseWristband, WRISTBAND_LAYOUT, WRISTBAND_SLOT_BYTES } from './sample-medium.js';

/** What `drivers/media/open.ts` becomes with one medium more. */
const openWithWristbands: OpenMedium = async (card, options) =>
  (card.kind === 'pages' ? await openWristband(card, options) : null) ?? openMedium(card, options);

const person = firstPerson();
const uid = uidOf(person.serial);

function content(): ReturnType<typeof cardContent> {
  const claims = claimsOf({ person, issuedAt: NOW - 3_600, expiresAt: NOW + 86_400 }, uid);
  const entitlements = { ...claims.entitlements, layout: WRISTBAND_LAYOUT };
  return cardContent({ ...claims, entitlements }, ISSUER, { day: DAY, slotBytes: WRISTBAND_SLOT_BYTES });
}

function presented(card: SimulatedNtag21x): SimulatedPageCard {
  card.powerCycle();
  return new SimulatedPageCard(card, { canWrite: true, delay: null });
}

async function wristband(): Promise<SimulatedNtag21x> {
  const card = SimulatedNtag21x.blank('ntag216', uid);
  await personaliseWristband(presented(card), content());
  return card;
}

function open(card: SimulatedNtag21x, canWrite = true): Promise<CardSession> {
  return openWithWristbands(presented(card), { canWrite });
}

/** The code that opening ends with; fails where it is none that a medium may reject with. */
async function outcome(card: SimulatedNtag21x): Promise<string> {
  return open(card).then(
    () => 'opened',
    (error: unknown) => {
      if (!isWaslError(error)) throw error;
      expect(['ERR_CARD_EMPTY', 'ERR_CARD_LAYOUT', 'ERR_CARD_UNSUPPORTED']).toContain(error.code);
      return error.code;
    },
  );
}

async function deskForWristbands(): Promise<TestDesk> {
  const desk = await openDesk();
  desk.tap = createTap({ ...desk.deps, openMedium: openWithWristbands });
  return desk;
}

describe('the sample medium', () => {
  test('is served at a desk, and its ledger remembers', async () => {
    const desk = await deskForWristbands();
    const card = await wristband();
    expect(await desk.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 10 }] } });
    expect(await desk.take(4)).toMatchObject({ name: 'granted', items: [{ commodity: 1, quantity: 4 }], seq: 2 });
    expect(await desk.lay(card)).toMatchObject({ offer: { items: [{ available: 6, usedDay: 4 }] } });
    expect((await storyOf(desk.journal)).map(({ type }) => type)).toEqual(['redemption']);
    expect(desk.faults).toEqual([]);
  });

  test('is served once when it is torn from the reader at any page of its record', async () => {
    for (let at = 0; at < 27; at += 1) {
      const desk = await deskForWristbands();
      const card = await wristband();
      await desk.lay(card);
      card.tearAt(at, { bits: tornKeepsOld });
      expect(await desk.take(4), `torn at page ${at}`).toMatchObject({ name: 'unresolved' });
      expect(await desk.lay(card)).toMatchObject({ name: 'granted', items: [{ quantity: 4 }] });
      expect(await desk.lay(card)).toMatchObject({ name: 'offer', offer: { items: [{ available: 6 }] } });
    }
  });

  const random = seededRandom(7);
  test.each<[string, TornBits]>([
    ['old bits', tornKeepsOld],
    ['new bits', tornTakesNew],
    ['a mixture', tornMixed(() => random.fraction())],
  ])('is no card when its making was torn at any page but the last, with %s', async (_what, bits) => {
    const { length: writes } = (await wristband()).transcript;
    for (let at = 0; at < writes - 1; at += 1) {
      const card = SimulatedNtag21x.blank('ntag216', uid);
      const session = presented(card);
      card.tearAt(at, { bits });
      await expect(personaliseWristband(session, content())).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
      expect(await outcome(card), `torn at write ${at}`).toBe('ERR_CARD_EMPTY');
    }
  });

  test('gives no ledger on a reader that cannot write', async () => {
    expect((await open(await wristband(), false)).ledgers).toEqual([]);
  });

  test('leaves the other media as they are', async () => {
    expect((await open(await freshCard())).layout).toBe(1);
    expect(await outcome(SimulatedNtag21x.blank('ntag216', uid))).toBe('ERR_CARD_EMPTY');
  });

  test('refuses a credential that is too long before it writes anything', async () => {
    const card = SimulatedNtag21x.blank('ntag216', uid);
    const tooLong = { ...content(), credential: new Uint8Array(469) };
    await expect(personaliseWristband(presented(card), tooLong)).rejects.toMatchObject({ code: 'ERR_CARD_LAYOUT' });
    expect(card.transcript).toEqual([]);
  });

  test.each([0, 469, 0xffff])('refuses a wristband whose header tells of %i bytes', async (length) => {
    const card = await wristband();
    await presented(card).writePage(4, Uint8Array.of(0x57, 0x42, length >> 8, length & 0xff));
    expect(await outcome(card)).toBe('ERR_CARD_LAYOUT');
  });

  test('ends with one of three codes, or opens, whatever a card holds', async () => {
    const header = fc.oneof(fc.constant([0x57, 0x42, 1]), fc.constant([0x57, 0x42]), fc.constant([]));
    await fc.assert(
      fc.asyncProperty(header, fc.uint8Array({ minLength: 888, maxLength: 888 }), async (start, memory) => {
        const card = SimulatedNtag21x.blank('ntag216', uid);
        const image = card.dump();
        image.set(memory, 16);
        image.set(start, 16);
        card.restoreUserPages(image);
        await outcome(card);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

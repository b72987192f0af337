/** Somebody collects for a holder: through both cards, tap, journal and event. */
import { describe, expect, it } from 'vitest';
import { decodeSign1 } from '../../agent/credential/cose.js';
import { credentialName, issueEndorsement } from '../../agent/credential/endorsement.js';
import { deskFacts } from '../../agent/desk-facts.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { Programme } from '../../agent/domain/policy.js';
import { exposureReader } from '../../agent/journal/books/exposure.js';
import { createTap, type TapState } from '../../agent/tap/tap.js';
import { openMedium } from '../../drivers/media/open.js';
import { presentedCard } from '../../simulators/cards/media.js';
import { makeCard, people } from '../../simulators/site/population.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { DAY, ISSUER, openDesk, POLICY, type TestDesk, testTrust } from '../support/desk.js';
import { NOW } from '../support/people.js';

const HOUSEHOLD = 70_001;
const [HOLDER_SERIAL, REPRESENTATIVE_SERIAL] = [100_001, 100_002];

async function desk(change: Partial<Programme> = {}): Promise<TestDesk> {
  const [bread] = POLICY.programmes;
  if (bread === undefined) throw new Error('the policy has bread');
  const representatives = { who: 'household', perMonthMax: 2 } as const;
  const trust = testTrust({ programmes: [{ ...bread, representatives, ...change }] });
  const bench = await openDesk({ trust });
  reopen(bench);
  return bench;
}

/** As after a restart: what is known of the month is read from the journal. */
function reopen(bench: TestDesk): void {
  const { journal, deps } = bench;
  const sites = { site: () => null, areaOf: () => null, sitesOf: () => [] };
  const facts = deskFacts({
    ...{ site: 'outlet', trust: { ...deps.trust, ...sites }, journal, time: deps.time, calendar: deps.calendar },
    issuedMs: () => 0,
    exposure: exposureReader(journal, (timeSec) => deps.calendar('Africa/Cairo').dayOf(timeSec * 1000)),
  });
  bench.tap = createTap({ ...deps, desk: facts });
}

function cardOf(
  at: number,
  household = HOUSEHOLD,
  more: { readonly representatives?: readonly number[] } = {},
): ReturnType<typeof makeCard> {
  const person = people(at + 1).at(-1);
  if (person === undefined) throw new Error('there is nobody');
  const times = { issuedAt: NOW - 3600, expiresAt: NOW + 86_400 * 365, day: DAY };
  return makeCard({ person, issuer: ISSUER, household, ...times, ...more });
}

async function events<T extends WaslEvent['type']>(
  bench: TestDesk,
  type: T,
): Promise<Extract<WaslEvent, { type: T }>[]> {
  const epoch = bench.journal.epochs().at(-1)?.name ?? '';
  const read = await bench.journal.readEvents(epoch, 1, { countMax: 100, bytesMax: 100_000 });
  return read
    .map(({ bytes }) => decodeEvent(bytes))
    .filter((event): event is Extract<WaslEvent, { type: T }> => event.type === type);
}

/** The representative's card, then the holder's, and a loaf. */
async function collect(bench: TestDesk, cards: readonly Awaited<ReturnType<typeof cardOf>>[]): Promise<TapState> {
  const [representative, holder] = cards;
  if (representative === undefined || holder === undefined) throw new Error('two cards');
  const { name, tapId } = { tapId: '', ...bench.tap.state() };
  if (name === 'refused') await bench.tap.dismiss(tapId);
  bench.tap.represent();
  await bench.lay(representative);
  const state = await bench.lay(holder);
  if (state.name !== 'offer') return state;
  const [item] = state.offer.items;
  if (item === undefined) throw new Error('an offer without items');
  await bench.tap.confirm(state.tapId, [{ commodity: item.commodity, quantity: 1 }]);
  const served = bench.tap.state();
  if (served.name === 'granted') await bench.tap.handover(served.tapId);
  return served;
}

describe('somebody of the household', () => {
  it('collects with both cards; the event names the card of who did, and the holder’s ledger counts it', async () => {
    const bench = await desk();
    const [holder, own] = [await cardOf(0), await cardOf(1)];
    const before = own.dump();
    expect(await collect(bench, [own, holder])).toMatchObject({
      name: 'granted',
      credential: { entitlements: { card: HOLDER_SERIAL } },
    });
    const [event] = await events(bench, 'redemption');
    expect(event).toMatchObject({ card: HOLDER_SERIAL, details: { representative: REPRESENTATIVE_SERIAL } });
    expect(own.dump(), 'nothing is written to the card of who collects').toEqual(before);
  });

  it('is shown with the offer, and forgotten after one tap', async () => {
    const bench = await desk();
    const [holder, own] = [await cardOf(0), await cardOf(1)];
    bench.tap.represent();
    expect(await bench.lay(own)).toMatchObject({
      name: 'idle',
      standIn: { credential: { entitlements: { card: REPRESENTATIVE_SERIAL } } },
    });
    expect(await bench.lay(holder)).toMatchObject({
      name: 'offer',
      standIn: { credential: { entitlements: { card: REPRESENTATIVE_SERIAL } } },
    });
    bench.tap.removed();
    const again = await bench.lay(holder);
    expect(again).toMatchObject({ name: 'offer' });
    expect(again).not.toHaveProperty('standIn');
  });

  it('stays who they are whatever the page claims besides', async () => {
    const bench = await desk();
    bench.tap.represent();
    await bench.lay(await cardOf(1));
    const state = await bench.lay(await cardOf(0));
    if (state.name !== 'offer') throw new Error(state.name);
    await bench.tap.claim(state.tapId, { factors: ['id-document'] });
    expect(bench.tap.state()).toMatchObject({
      claimed: { claims: { representative: { card: REPRESENTATIVE_SERIAL }, factors: ['id-document'] } },
    });
  });

  it('comes no more often in a month than the rules say, over restarts of the desk', async () => {
    const bench = await desk();
    const [holder, own, another] = [await cardOf(0), await cardOf(1), await cardOf(2)];
    expect(await collect(bench, [own, holder])).toMatchObject({ name: 'granted' });
    expect(await collect(bench, [own, holder])).toMatchObject({ name: 'granted' });
    reopen(bench);
    expect(await collect(bench, [own, holder])).toMatchObject({ name: 'refused', code: 'ERR_REPRESENTATIVE' });
    const refused = bench.tap.state();
    if (refused.name === 'refused') await bench.tap.dismiss(refused.tapId);
    expect(await collect(bench, [another, holder]), 'somebody else may').toMatchObject({ name: 'granted' });
    expect((await events(bench, 'refusal')).map(({ reason }) => reason)).toEqual(['ERR_REPRESENTATIVE']);
  });

  it('has proven something by laying down a card, where a proof is asked for', async () => {
    const rule = { fromUnits: 1, accepts: ['representative-card'] } as const;
    const bench = await desk({ secondFactor: rule });
    expect(await collect(bench, [await cardOf(1), await cardOf(0)])).toMatchObject({ name: 'granted' });
    const [event] = await events(bench, 'redemption');
    expect(event?.details).toMatchObject({ factor: 'representative-card', representative: REPRESENTATIVE_SERIAL });
  });
});

describe('somebody else', () => {
  it('of another household is refused, on the record, and the card of the holder is left alone', async () => {
    const bench = await desk();
    const holder = await cardOf(0);
    const before = holder.dump();
    expect(await collect(bench, [await cardOf(1, 70_002), holder])).toMatchObject({
      name: 'refused',
      code: 'ERR_REPRESENTATIVE',
    });
    expect(holder.dump()).toEqual(before);
    expect(await events(bench, 'refusal')).toMatchObject([{ card: HOLDER_SERIAL, reason: 'ERR_REPRESENTATIVE' }]);
  });

  it('with a card that does not hold is told why, and may lay down another', async () => {
    const bench = await desk();
    const [own, holder] = [await cardOf(1), await cardOf(0)];
    const person = people(2).at(-1);
    if (person === undefined) throw new Error('there is nobody');
    const expired = { issuedAt: NOW - 7200, expiresAt: NOW - 3600, day: DAY };
    bench.tap.represent();
    expect(await bench.lay(await makeCard({ person, issuer: ISSUER, household: HOUSEHOLD, ...expired }))).toMatchObject(
      {
        name: 'represent',
        code: 'ERR_CREDENTIAL_EXPIRED',
      },
    );
    expect(await bench.lay(own)).toMatchObject({ name: 'idle' });
    expect(await bench.lay(holder)).toMatchObject({ name: 'offer' });
  });

  it('may be called off before and after their card, and is then nobody', async () => {
    const bench = await desk();
    const [own, holder] = [await cardOf(1), await cardOf(0)];
    bench.tap.represent();
    const asked = bench.tap.state();
    if (asked.name !== 'represent') throw new Error(asked.name);
    await bench.tap.cancel(asked.tapId);
    expect(bench.tap.state()).toEqual({ name: 'idle' });
    bench.tap.represent();
    const known = await bench.lay(own);
    if (known.name !== 'idle' || known.standIn === undefined) throw new Error(known.name);
    await expect(bench.tap.cancel('0000000000000000')).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await bench.tap.cancel(known.standIn.tapId);
    expect(await bench.lay(holder)).not.toHaveProperty('standIn');
  });

  it('is nobody where their own card comes as that of the holder', async () => {
    const bench = await desk();
    const own = await cardOf(1);
    const served = await collect(bench, [own, own]);
    expect(served).toMatchObject({ name: 'granted' });
    const [event] = await events(bench, 'redemption');
    expect(event).toMatchObject({ card: REPRESENTATIVE_SERIAL });
    expect(event?.details?.representative).toBeUndefined();
  });

  it('is not asked for where the programme knows of none, or while a card is served', async () => {
    const [bread] = POLICY.programmes;
    const without = await openDesk({ trust: testTrust({ programmes: bread === undefined ? [] : [bread] }) });
    expect(() => without.tap.represent()).toThrowError(expect.objectContaining({ code: 'ERR_REPRESENTATIVE' }));
    const bench = await desk();
    await bench.lay(await cardOf(0));
    expect(() => bench.tap.represent()).toThrowError(expect.objectContaining({ code: 'ERR_TAP_STATE' }));
  });
});

/** The authority's list has an endorsement for a card. */
async function endorse(
  bench: TestDesk,
  card: Awaited<ReturnType<typeof cardOf>>,
  change: { readonly number: number; readonly representatives: readonly number[] },
): Promise<void> {
  const { number, ...changes } = change;
  const { credential } = await openMedium(presentedCard(card), { canWrite: true });
  if (credential.form !== 'bytes') throw new Error('bytes');
  const sign1 = decodeSign1(credential.bytes);
  if (!sign1.ok) throw new Error('a COSE_Sign1');
  const of = { credential: credential.bytes, owner: { uid: card.uid, card: HOLDER_SERIAL } };
  const endorsement = issueEndorsement({ number, issuedAt: NOW - 5, expiresAt: null, changes }, of, ISSUER);
  bench.trust.actions.set(HOLDER_SERIAL, { credential: credentialName(sign1.sign1.payload), number, endorsement });
}

describe('somebody whom the holder’s card names', () => {
  const NAMED = { representatives: { who: 'named', perMonthMax: 2 } } as const;
  const ELSEWHERE = HOUSEHOLD + 1;

  it('collects, of whatever household they are, and so often a month', async () => {
    const bench = await desk(NAMED);
    const holder = await cardOf(0, HOUSEHOLD, { representatives: [100_009, REPRESENTATIVE_SERIAL] });
    const own = await cardOf(1, ELSEWHERE);
    for (let time = 0; time < 2; time += 1)
      expect(await collect(bench, [own, holder])).toMatchObject({ name: 'granted' });
    expect(await collect(bench, [own, holder])).toMatchObject({ name: 'refused', code: 'ERR_REPRESENTATIVE' });
    const told = await events(bench, 'redemption');
    expect(told.map(({ details }) => details?.representative)).toEqual([REPRESENTATIVE_SERIAL, REPRESENTATIVE_SERIAL]);
  });

  it('is another one than a card of the household, which is not named', async () => {
    const bench = await desk(NAMED);
    const others = await cardOf(0, HOUSEHOLD, { representatives: [100_009] });
    const nobody = await cardOf(0);
    for (const holder of [others, nobody])
      expect(await collect(bench, [await cardOf(1), holder])).toMatchObject({
        name: 'refused',
        code: 'ERR_REPRESENTATIVE',
      });
  });

  it('is not asked for by a programme that goes by the household', async () => {
    const bench = await desk();
    const holder = await cardOf(0, HOUSEHOLD, { representatives: [REPRESENTATIVE_SERIAL] });
    expect(await collect(bench, [await cardOf(1, ELSEWHERE), holder])).toMatchObject({ code: 'ERR_REPRESENTATIVE' });
  });

  it('may be named, and taken off again, by an endorsement that the card is given at its tap', async () => {
    const bench = await desk(NAMED);
    const holder = await cardOf(0);
    const own = await cardOf(1, ELSEWHERE);
    expect(await collect(bench, [own, holder])).toMatchObject({ code: 'ERR_REPRESENTATIVE' });
    await endorse(bench, holder, { number: 1, representatives: [REPRESENTATIVE_SERIAL] });
    expect(await collect(bench, [own, holder])).toMatchObject({ name: 'granted' });
    await endorse(bench, holder, { number: 2, representatives: [] });
    expect(await collect(bench, [own, holder])).toMatchObject({ code: 'ERR_REPRESENTATIVE' });
  });
});

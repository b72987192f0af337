/** What the operator claims from an offer, and what a paper needs to be said: through tap, card, journal and event. */
import { describe, expect, it } from 'vitest';
import { deskFacts } from '../../agent/desk-facts.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { Commodity, Programme } from '../../agent/domain/policy.js';
import { exposureReader } from '../../agent/journal/books/exposure.js';
import type { PaperRequest } from '../../agent/services/service.js';
import { createTap, type TapState } from '../../agent/tap/tap.js';
import type { ListedSite } from '../../agent/trust/trust.js';
import { makeCard, people } from '../../simulators/site/population.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { DAY, freshCard, ISSUER, openDesk, POLICY, type TestDesk, testTrust } from '../support/desk.js';
import { NOW } from '../support/people.js';

const WORDS = { ar: 'كلمة', fr: 'mot', en: 'word' };
const REFERRAL = 2;
const SURGERY = 3;
const PHARMACY_ONLY = 4;
const EMERGENCY = 101;
const SUPERVISOR = 9;
const HOSPITAL: ListedSite = { site: 'general', number: 21, kind: 'hospital', area: 'port-said', accredited: true };
const SITES: readonly ListedSite[] = [
  HOSPITAL,
  { ...HOSPITAL, site: 'struck-off', number: 22, accredited: false },
  { ...HOSPITAL, site: 'el-nasr', number: 23 },
];

const commodity = (number: number, more: Partial<Commodity>): Commodity => ({
  ...{ id: `c${number}`, number, name: WORDS, unit: WORDS },
  quotas: [{ per: 'card', every: 'day', amount: 5 }],
  ...more,
});

/** A referral for surgery, surgery with a referral or as an emergency, and something that only pharmacies have. */
function hospital(change: Partial<Programme> = {}): Programme {
  const [bread] = POLICY.programmes;
  if (bread === undefined) throw new Error('the policy has bread');
  return {
    ...bread,
    commodities: [
      commodity(REFERRAL, {
        writes: { kind: 'referral', for: [SURGERY], days: 30, quantityMax: 1, chooseSiteKind: 'hospital' },
      }),
      commodity(SURGERY, {
        consumes: { kind: 'referral', exemptions: ['emergency'] },
        price: { amount: 5_000 },
      }),
      commodity(PHARMACY_ONLY, { siteKinds: ['pharmacy'] }),
    ],
    exemptions: [
      ...[{ id: 'emergency', number: EMERGENCY, name: WORDS, roles: ['clerk'], supervisor: false, perDayMax: 2 }],
    ],
    ...change,
  };
}

const withSupervisor = (): Partial<Programme> => ({
  exemptions: (hospital().exemptions ?? []).map((one) => ({ ...one, supervisor: true })),
});
const onlySurgery = (): Partial<Programme> => ({
  commodities: hospital().commodities.filter(({ number }) => number === SURGERY),
});

async function desk(change: Partial<Programme> = {}): Promise<TestDesk> {
  const trust = testTrust({ programmes: [hospital(change)], currency: 'EGP' });
  const bench = await openDesk({ trust });
  const { journal, deps } = bench;
  const sites = {
    site: (name: string) => SITES.find(({ site }) => site === name) ?? null,
    areaOf: () => null,
    sitesOf: (kind: string) => SITES.filter((one) => one.kind === kind && one.accredited),
  };
  const facts = deskFacts({
    ...{ site: 'general', trust: { ...trust, ...sites }, journal, time: deps.time, calendar: deps.calendar },
    issuedMs: () => 0,
    exposure: exposureReader(journal, (timeSec) => deps.calendar('Africa/Cairo').dayOf(timeSec * 1000)),
  });
  bench.tap = createTap({ ...deps, desk: facts });
  return bench;
}

function cardOf(at: number): ReturnType<typeof makeCard> {
  const person = people(at + 1).at(-1);
  if (person === undefined) throw new Error('there is nobody');
  return makeCard({ person, issuer: ISSUER, issuedAt: NOW - 3600, expiresAt: NOW + 86_400 * 365, day: DAY });
}

type Offered = Extract<TapState, { name: 'offer' }>;

function offered(state: TapState): Offered {
  if (state.name !== 'offer') throw new Error(JSON.stringify([state.name, 'code' in state ? state.code : '']));
  return state;
}

const most = (state: Offered): readonly (readonly number[])[] =>
  state.offer.items.map((item) => [item.commodity, item.available]);

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

async function refer(bench: TestDesk, site: number): Promise<TapState> {
  const papers: PaperRequest[] = [{ writtenBy: REFERRAL, commodity: SURGERY, quantity: 1, site }];
  const { tapId } = offered(bench.tap.state());
  await bench.tap.confirm(tapId, [{ commodity: REFERRAL, quantity: 1 }], { papers });
  return bench.tap.state();
}

describe('an offer', () => {
  it('leaves out what is not served at this kind of site, and shows what lacks a paper with nothing left', async () => {
    const bench = await desk();
    expect(most(offered(await bench.lay(await freshCard())))).toEqual([
      [REFERRAL, 5],
      [SURGERY, 0],
    ]);
  });

  it('names the exemptions that would get the holder more, and no others', async () => {
    const bench = await desk();
    const state = offered(await bench.lay(await freshCard()));
    expect(state.claimed.exemptions.map(({ id }) => id)).toEqual(['emergency']);
    const without = await desk({
      commodities: hospital().commodities.filter(({ number }) => number === REFERRAL),
    });
    expect(offered(await without.lay(await freshCard())).claimed.exemptions).toEqual([]);
  });

  it('is empty, and says why, where nothing but an exemption helps; the refusal is on the record', async () => {
    const bench = await desk(onlySurgery());
    const state = offered(await bench.lay(await freshCard()));
    expect([most(state), state.claimed.code]).toEqual([[], 'ERR_PAPER_NEEDED']);
    expect((await events(bench, 'refusal')).map(({ reason }) => reason)).toEqual(['ERR_PAPER_NEEDED']);
  });
});

describe('an exemption', () => {
  it('makes the offer anew, and stands in the event of the service that rests on it', async () => {
    const bench = await desk(onlySurgery());
    const { tapId } = offered(await bench.lay(await freshCard()));
    await bench.tap.claim(tapId, { exemption: EMERGENCY });
    const state = offered(bench.tap.state());
    expect([most(state), state.claimed.code]).toEqual([[[SURGERY, 5]], null]);
    await bench.tap.confirm(tapId, [{ commodity: SURGERY, quantity: 1 }]);
    expect(bench.tap.state()).toMatchObject({ name: 'granted' });
    const [event] = await events(bench, 'redemption');
    expect(event?.details).toMatchObject({
      exemption: EMERGENCY,
      supervisor: 0,
      charge: { gross: 5_000, holder: 5_000 },
    });
  });

  it('taken away again leads back to the offer without it', async () => {
    const bench = await desk(onlySurgery());
    const { tapId } = offered(await bench.lay(await freshCard()));
    await bench.tap.claim(tapId, { exemption: EMERGENCY });
    await bench.tap.claim(tapId, {});
    expect(offered(bench.tap.state())).toMatchObject({ offer: { items: [] }, claimed: { code: 'ERR_PAPER_NEEDED' } });
  });

  it('that needs a supervisor is refused without one, and says so; with one the event names who allowed it', async () => {
    const bench = await desk(withSupervisor());
    const { tapId } = offered(await bench.lay(await freshCard()));
    await bench.tap.claim(tapId, { exemption: EMERGENCY });
    expect(offered(bench.tap.state()).claimed.code).toBe('ERR_EXEMPTION');
    expect(most(offered(bench.tap.state()))).toEqual([
      [REFERRAL, 5],
      [SURGERY, 0],
    ]);
    await bench.tap.deny(tapId, 'ERR_PIN_LOCKED');
    expect(offered(bench.tap.state()).claimed.code).toBe('ERR_PIN_LOCKED');
    expect((await events(bench, 'alarm')).map(({ code }) => code)).toEqual(['ERR_PIN_LOCKED']);
    await bench.tap.claim(tapId, { exemption: EMERGENCY, supervisor: SUPERVISOR });
    await bench.tap.confirm(tapId, [{ commodity: SURGERY, quantity: 1 }]);
    const [event] = await events(bench, 'redemption');
    expect(event?.details).toMatchObject({ exemption: EMERGENCY, supervisor: SUPERVISOR });
  });

  it('is no longer offered when it was claimed as often as a day allows', async () => {
    const bench = await desk();
    for (let served = 0; served < 2; served += 1) {
      const { tapId } = offered(await bench.lay(await cardOf(served)));
      await bench.tap.claim(tapId, { exemption: EMERGENCY });
      await bench.tap.confirm(tapId, [{ commodity: SURGERY, quantity: 1 }]);
      await bench.tap.handover(tapId);
    }
    const { tapId, claimed } = offered(await bench.lay(await cardOf(2)));
    expect(claimed.exemptions).toEqual([]);
    await bench.tap.claim(tapId, { exemption: EMERGENCY });
    expect(offered(bench.tap.state()).claimed.code).toBe('ERR_EXEMPTION_LIMIT');
  });

  it('of another programme, or for an offer that is gone, is not taken', async () => {
    const bench = await desk();
    const { tapId } = offered(await bench.lay(await freshCard()));
    await bench.tap.claim(tapId, { exemption: 7 });
    expect(offered(bench.tap.state()).claimed.code).toBe('ERR_EXEMPTION');
    await bench.tap.cancel(tapId);
    await expect(bench.tap.claim(tapId, { exemption: EMERGENCY })).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });
});

describe('a proof', () => {
  it('is asked for before the service, and the event says which one was given; so it does after a cut', async () => {
    const rule = { secondFactor: { fromUnits: 1, accepts: ['pin', 'id-document'] as const } };
    const bench = await desk({ ...rule, ...onlySurgery() });
    const { tapId } = offered(await bench.lay(await freshCard()));
    await bench.tap.claim(tapId, { exemption: EMERGENCY });
    await bench.tap.confirm(tapId, [{ commodity: SURGERY, quantity: 1 }]);
    expect(bench.tap.state()).toMatchObject({ name: 'refused', code: 'ERR_FACTOR_NEEDED' });
    const again = offered(await bench.lay(await freshCard()));
    await bench.tap.claim(again.tapId, { exemption: EMERGENCY, factors: ['id-document'] });
    await bench.tap.confirm(again.tapId, [{ commodity: SURGERY, quantity: 1 }]);
    expect((await events(bench, 'redemption')).map(({ details }) => details?.factor)).toEqual(['id-document']);
    const intent = bench.journal.state().undispensed.get(again.tapId)?.intent;
    expect(intent?.service?.factor).toBe('id-document');
    await bench.journal.close();
    await bench.start();
    expect(bench.journal.state().undispensed.get(again.tapId)?.intent.service).toEqual(intent?.service);
  });
});

describe('a referral', () => {
  it('is written for an accredited site of the list, and used there', async () => {
    const bench = await desk();
    const card = await freshCard();
    await bench.lay(card);
    const state = await refer(bench, 21);
    expect(state).toMatchObject({ name: 'granted' });
    if (state.name === 'granted') await bench.tap.handover(state.tapId);
    const next = offered(await bench.lay(card));
    expect(next.offer.papers).toMatchObject([{ commodity: SURGERY, left: 1, site: 21 }]);
    expect(most(next)).toEqual([
      [REFERRAL, 4],
      [SURGERY, 1],
    ]);
  });

  it.each([0, 22, 99])(
    'is not written for site %i: none, one that was struck off, one that is not listed',
    async (site) => {
      const bench = await desk();
      await bench.lay(await freshCard());
      expect(await refer(bench, site)).toMatchObject({ name: 'refused', code: 'ERR_PAPER_REQUEST' });
      expect(await events(bench, 'redemption')).toEqual([]);
    },
  );
});

/** Persons of a list are served without a card: found, decided on by the same rules, recorded before anything is handed over, once. */
import { describe, expect, it } from 'vitest';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { DeskState } from '../../agent/tap/person-tap.js';
import { SimulatedPageCard } from '../../simulators/readers/simulated-card.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { person } from '../roster/rosters.js';
import { freshCard, READS_AND_WRITES } from '../support/desk.js';
import { CAMPAIGN, type ListedDesk, openListedDesk, PERSONS } from '../support/listed-desk.js';

const ONE = [{ commodity: 401, quantity: 1 }];

/** Looks somebody up and chooses them. */
async function choose(bench: ListedDesk, typed: string, number: number): Promise<DeskState> {
  await bench.persons.search();
  await bench.persons.find(tapOf(bench), typed);
  await bench.persons.choose(tapOf(bench), number);
  return bench.persons.state();
}

async function serve(bench: ListedDesk, typed: string, number: number): Promise<DeskState> {
  const offered = await choose(bench, typed, number);
  if (offered.name === 'listed-offer') await bench.persons.confirm(offered.tapId, ONE);
  return bench.persons.state();
}

function tapOf(bench: ListedDesk): string {
  const state = bench.persons.state();
  return 'tapId' in state ? state.tapId : '';
}

async function events(bench: ListedDesk): Promise<WaslEvent[]> {
  const epoch = bench.journal.epochs().at(-1)?.name ?? '';
  const read = await bench.journal.readEvents(epoch, 1, { countMax: 500, bytesMax: 500_000 });
  return read.map(({ bytes }) => decodeEvent(bytes)).filter(({ type }) => type !== 'epoch');
}

describe('a person without a card', () => {
  it('is found in another spelling, served, and handed over', async () => {
    const bench = await openListedDesk();
    await bench.persons.search();
    await bench.persons.find(tapOf(bench), 'سلمي عبدالرحيم');
    const found = bench.persons.state();
    expect(found).toMatchObject({ name: 'search', total: 2 });
    expect(found.name === 'search' && found.found.map(({ number }) => number)).toEqual([11, 12]);
    await bench.persons.choose(tapOf(bench), 12);
    const offered = bench.persons.state();
    expect(offered).toMatchObject({
      name: 'listed-offer',
      person: { number: 12 },
      offer: { items: [{ available: 1 }] },
    });
    await bench.persons.confirm(tapOf(bench), ONE);
    const granted = bench.persons.state();
    expect(granted).toMatchObject({ name: 'listed-granted', items: ONE, person: { number: 12 } });
    const roster = bench.rosters.inForce('gezira-2026', 0)?.roster.number;
    expect(await events(bench)).toMatchObject([{ type: 'roster', roster, person: 12, programme: 401, items: ONE }]);
    await bench.persons.handover(tapOf(bench));
    expect(bench.persons.state().name).toBe('idle');
    expect(bench.journal.state().undispensedGifts.size).toBe(0);
  });

  it('is served once, also after a restart and under a new version of the list', async () => {
    const bench = await openListedDesk();
    expect((await serve(bench, '9000000000011', 11)).name).toBe('listed-granted');
    await bench.persons.handover(tapOf(bench));
    expect(await serve(bench, '9000000000011', 11)).toMatchObject({ name: 'listed-refused', code: 'ERR_QUOTA_ONCE' });
    await bench.start();
    await bench.bring([...PERSONS, person(14)], 2);
    expect(await serve(bench, '9000000000011', 11)).toMatchObject({ name: 'listed-refused', code: 'ERR_QUOTA_ONCE' });
    await bench.persons.dismiss(tapOf(bench));
    expect((await serve(bench, '9000000000014', 14)).name).toBe('listed-granted');
    expect((await events(bench)).map(({ type }) => type)).toEqual(['roster', 'refusal', 'refusal', 'roster']);
  });

  it('is shown again as not handed over after a restart', async () => {
    const bench = await openListedDesk();
    await serve(bench, '9000000000013', 13);
    const tapId = tapOf(bench);
    await bench.start();
    expect([...bench.journal.state().undispensedGifts.keys()]).toEqual([tapId]);
    const { roster = 0 } = bench.journal.state().undispensedGifts.get(tapId)?.given ?? {};
    expect(bench.persons.personOf(roster, 13)?.name).toBe('عمر الفاتح إدريس');
    await bench.persons.handover(tapId);
    expect(bench.journal.state().undispensedGifts.size).toBe(0);
    await expect(bench.persons.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });

  it.each([
    [
      'does not serve without cards',
      { ...CAMPAIGN, campaign: { roster: 'gezira-2026' } },
      'ERR_PROGRAMME_LEDGER_REQUIRED',
    ],
    ['is no campaign', { ...CAMPAIGN, schemes: [1], campaign: undefined }, 'ERR_PROGRAMME_LEDGER_REQUIRED'],
    ['has no list here', { ...CAMPAIGN, campaign: { roster: 'other', withoutCard: true } }, 'ERR_CAMPAIGN_ROSTER'],
  ] as const)('is refused by a programme that %s', async (_what, { campaign, ...programme }, code) => {
    const bench = await openListedDesk({ ...programme, ...(campaign === undefined ? {} : { campaign }) });
    expect(bench.persons.canSearch()).toBe(false);
    await bench.persons.search();
    expect(bench.persons.state()).toMatchObject({ name: 'listed-refused', code });
    expect(await events(bench)).toMatchObject([{ type: 'refusal', reason: code, card: null, programme: 401 }]);
  });

  it('is refused by the rules of the desk like everybody', async () => {
    const dates = { from: '2026-12-05', until: '2026-12-09' };
    const bench = await openListedDesk({ ...CAMPAIGN, dates });
    expect(await choose(bench, '9000000000011', 11)).toMatchObject({ code: 'ERR_PROGRAMME_DATES' });
  });

  it('who is taken off the list while the offer stands gets nothing', async () => {
    const bench = await openListedDesk();
    const offered = await choose(bench, '9000000000011', 11);
    await bench.bring(PERSONS.slice(1), 2);
    await bench.persons.confirm(tapOf(bench), ONE);
    expect(offered.name).toBe('listed-offer');
    expect(bench.persons.state()).toMatchObject({ name: 'listed-refused', code: 'ERR_CAMPAIGN_NOT_LISTED' });
    expect(bench.journal.state().undispensedGifts.size).toBe(0);
  });

  it('is not served by what cannot be recorded', async () => {
    const bench = await openListedDesk();
    await choose(bench, '9000000000011', 11);
    bench.disk.plan = (call) => (call.operation === 'write' ? 'ENOSPC' : 'go');
    await bench.persons.confirm(tapOf(bench), ONE);
    expect(bench.persons.state().name).toBe('listed-refused');
    bench.disk.plan = () => 'go';
    await bench.start();
    expect(await events(bench)).toEqual([]);
  });

  it('of whom a trial was decided is recorded as tried, and nothing is handed over', async () => {
    const bench = await openListedDesk({ ...CAMPAIGN, isTrial: true });
    expect(await serve(bench, '9000000000011', 11)).toMatchObject({ code: 'ERR_PROGRAMME_TRIAL' });
    expect(await events(bench)).toMatchObject([{ type: 'roster', details: { isTrial: true } }]);
    expect(bench.journal.state().undispensedGifts.size).toBe(0);
  });
});

describe('a search', () => {
  it('gives way to a card, and is not begun while one is worked on', async () => {
    const bench = await openListedDesk({ ...CAMPAIGN, number: 1 });
    await bench.persons.search();
    const stale = tapOf(bench);
    const card = await freshCard();
    card.powerCycle();
    const lying = new SimulatedPageCard(card, { canWrite: true, delay: null });
    const presented = bench.persons.present(lying, READS_AND_WRITES);
    await expect(bench.persons.search()).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await presented;
    // Nobody whose card it is stands on the list.
    expect(bench.persons.state()).toMatchObject({ name: 'refused', code: 'ERR_CAMPAIGN_NOT_LISTED' });
    await expect(bench.persons.find(stale, 'سلمى')).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });

  it('takes only somebody whom it found, and only in its own tap', async () => {
    const bench = await openListedDesk();
    await bench.persons.search();
    await bench.persons.find(tapOf(bench), 'عمر');
    await expect(bench.persons.choose(tapOf(bench), 11)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await expect(bench.persons.choose('0000000000000000', 13)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await bench.persons.cancel(tapOf(bench));
    expect(bench.persons.state().name).toBe('idle');
    expect(await events(bench)).toEqual([]);
  });

  it('serves one person at a time: a second confirmation finds nothing to confirm', async () => {
    const bench = await openListedDesk();
    const offered = await choose(bench, '9000000000011', 11);
    const tapId = 'tapId' in offered ? offered.tapId : '';
    const both = await Promise.allSettled([bench.persons.confirm(tapId, ONE), bench.persons.confirm(tapId, ONE)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await events(bench)).map(({ type }) => type)).toEqual(['roster']);
  });
});

/** Views follow what changes later: voids, cases, disputes, moved terminals, sites that lose their accreditation, and who sees what. */
import { describe, expect, it } from 'vitest';
import type { RedemptionEvent, VoidEvent } from '../../../../agent/domain/event.js';
import { enrolTerminal } from '../../../../sync/bridge/registry.js';
import { closeCase } from '../../../../sync/settlement/desk.js';
import { decideDispute, disputeEvent } from '../../../../sync/settlement/statement/desk.js';
import { membersFrom } from '../../../../sync/settlement/views/members.js';
import { terminalSigner } from '../../../support/sync-events.js';
import { type Bench, chainOf, documentsOf, MORNING_S, redemption, startBench } from '../bench.js';
import { build, memoryViews, PARTIES, rawOf, recordsIn, SITES, testBuilder, testSites, testViews } from './bench.js';

const CARD = 7_310_001;
const ACT = { by: 'Huda Wasfi', reason: 'looked into' };
const none = { balances: [], used: [], written: [], exemption: 0, supervisor: 0, isTrial: false };

function treated(card: number, seq: number, more: Partial<RedemptionEvent> = {}): RedemptionEvent {
  return redemption(card, seq, { programme: 103, details: { ...none, charge: { gross: 400, holder: 100 } }, ...more });
}

function voidOf({ card, ledgerSequence, programme, items, versions, time }: RedemptionEvent): VoidEvent {
  const common = { type: 'void', card, programme, items, versions, operator: 0, supervisor: 2 } as const;
  return { ...common, time: time + 30, ledgerSequence: ledgerSequence + 1, voided: ledgerSequence };
}

async function centre(): Promise<Bench> {
  const bench = startBench();
  for (const terminal of Object.keys(SITES)) await enrol(bench, terminal, `site-${terminal}`);
  return bench;
}

const enrol = ({ store }: Bench, terminal: string, site: string): Promise<void> =>
  enrolTerminal(store, { terminal, site, publicKey: terminalSigner(terminal).publicKey });

const sum = (records: readonly Record<string, unknown>[], status = 'payable'): number =>
  records.reduce((total, one) => total + (one.status === status ? Number(one.owed) : 0), 0);

const of = ({ store }: Bench, party: string) => recordsIn(store, { party });

describe('views', () => {
  it('take a late void in: the sums follow, at everybody who saw the service', async () => {
    const bench = await centre();
    const chain = documentsOf(chainOf('salam', [treated(CARD, 2), voidOf(treated(CARD, 2))]));
    await bench.put(...chain.slice(0, 2));
    await bench.settled();
    const builder = testBuilder(bench.store, { rules: bench.rules });
    await build(builder);
    expect(['salam', 'fund', 'ministry'].map((party) => sum(of(bench, party)))).toEqual([300, 300, 300]);
    await bench.put(...chain.slice(2));
    await bench.settled();
    await build(builder);
    expect(['salam', 'fund', 'ministry'].map((party) => sum(of(bench, party)))).toEqual([0, 0, 0]);
    expect(of(bench, 'fund').map(({ record, gross }) => [record, gross])).toEqual(
      expect.arrayContaining([
        ['service', 400],
        ['void', -400],
      ]),
    );
    await bench.stop();
  });

  it('hold money while a case is open, pay it when a person closes it, and tell the regulator of the case without whom', async () => {
    const bench = await centre();
    await bench.put(...documentsOf(chainOf('salam', [treated(CARD, 2)])));
    await bench.put(...documentsOf(chainOf('zohour', [treated(CARD, 2, { time: MORNING_S + 900 })])));
    await bench.settled();
    const builder = testBuilder(bench.store, { rules: bench.rules });
    await build(builder);
    expect([sum(of(bench, 'fund'), 'held'), sum(of(bench, 'fund'))]).toEqual([600, 0]);
    const [told] = of(bench, 'ministry').filter(({ record }) => record === 'case');
    expect(told).toMatchObject({ case: 'two-places', status: 'open', sites: ['site-salam', 'site-zohour'] });
    const [seen] = of(bench, 'luxor').filter(({ record }) => record === 'case');
    expect(seen).toMatchObject({ sites: ['site-zohour'] });
    expect(rawOf(bench.store, { party: 'ministry' })).not.toContain(String(CARD));
    for (const { _id } of await bench.cases())
      await closeCase(bench.store, _id, { ...ACT, clock: { nowMs: () => MORNING_S * 1000 } }).catch(() => undefined);
    await build(builder);
    expect([sum(of(bench, 'fund'), 'held'), sum(of(bench, 'fund'))]).toEqual([0, 600]);
    await bench.stop();
  });

  it('leave out of the insurer’s what a dispute was decided against, and keep it, refused, with its provider', async () => {
    const bench = await centre();
    const chain = documentsOf(chainOf('salam', [treated(CARD, 2), treated(CARD + 1, 2)]));
    await bench.put(...chain);
    await bench.settled();
    const builder = testBuilder(bench.store, { rules: bench.rules });
    await build(builder);
    const parts = { store: bench.store, rules: bench.rules, clock: { nowMs: () => (MORNING_S + 86_400) * 1000 } };
    const event = chain[1]?._id ?? '';
    await disputeEvent(parts, event, ACT);
    await build(builder);
    expect(sum(of(bench, 'fund'), 'held')).toBe(300);
    await decideDispute(parts, event, { ...ACT, verdict: 'refuse' });
    await build(builder);
    expect([of(bench, 'fund').length, sum(of(bench, 'fund'))]).toEqual([1, 300]);
    expect(sum(of(bench, 'salam'), 'refused')).toBe(300);
    await bench.stop();
  });

  it('move with a terminal that moves to another site', async () => {
    const bench = await centre();
    await bench.put(...documentsOf(chainOf('salam', [treated(CARD, 2)])));
    await bench.settled();
    const builder = testBuilder(bench.store, { rules: bench.rules });
    await build(builder);
    expect([of(bench, 'salam').length, of(bench, 'zohour').length, of(bench, 'luxor').length]).toEqual([1, 0, 0]);
    await enrol(bench, 'salam', 'site-zohour');
    await build(builder);
    expect([of(bench, 'salam').length, of(bench, 'zohour').length, of(bench, 'luxor').length]).toEqual([0, 1, 1]);
    await bench.stop();
  });

  it('judge a service by the accreditation of its own time, also where the centre hears of it later', async () => {
    const bench = await centre();
    await bench.put(
      ...documentsOf(chainOf('salam', [treated(CARD, 2), treated(CARD + 1, 2, { time: MORNING_S + 7_200 })])),
    );
    await bench.settled();
    const sites = testSites();
    const builder = testBuilder(bench.store, { rules: bench.rules, sites });
    await build(builder);
    expect(sum(of(bench, 'fund'))).toBe(600);
    const now = { site: 'site-salam', kind: 'hospital', area: 'port-said', accredited: false };
    sites.add({ version: 2, issuedAt: MORNING_S + 3_600, sites: [now] });
    await build(builder);
    expect([of(bench, 'fund').length, sum(of(bench, 'fund'))]).toEqual([1, 300]);
    expect(
      of(bench, 'ministry')
        .map(({ breach }) => breach)
        .sort(),
    ).toEqual([false, true]);
    expect([sum(of(bench, 'salam')), sum(of(bench, 'salam'), 'held')]).toEqual([300, 300]);
    await bench.stop();
  });

  it('name a person differently to each regulator and in each period, and the same within one', async () => {
    const bench = await centre();
    const later = { time: MORNING_S + 12 * 86_400 };
    await bench.put(...documentsOf(chainOf('zohour', [treated(CARD, 2), treated(CARD, 3), treated(CARD, 4, later)])));
    await bench.settled();
    await build(testBuilder(bench.store, { rules: bench.rules }));
    const persons = (party: string) =>
      of(bench, party)
        .filter(({ record }) => record === 'service')
        .map(({ day, person }) => [String(day).slice(0, 7), String(person)] as const);
    const [a, b] = [persons('ministry'), persons('luxor')];
    expect(new Set(a.map(String)).size).toBe(2);
    expect(new Set([...a, ...b].map(([, person]) => person)).size).toBe(4);
    await bench.stop();
  });

  it('drop the whole database of a party that may see less, and of one that is no party any more', async () => {
    const bench = await centre();
    await bench.put(...documentsOf(chainOf('salam', [treated(CARD, 2)])));
    await bench.put(...documentsOf(chainOf('grocer', [redemption(CARD + 1, 2)])));
    await bench.settled();
    const { store, rules } = bench;
    const dropped: string[] = [];
    const databases = memoryViews(store);
    const watched = {
      ...databases,
      drop: (name: string) => {
        dropped.push(name);
        return databases.drop(name);
      },
    };
    const wide = { party: 'fund', kind: 'insurer', programmes: [1, 103] };
    const others = PARTIES.filter(({ party }) => party !== 'fund');
    await build(testBuilder(store, { rules, databases: watched, views: testViews([...others, wide]) }));
    expect(of(bench, 'fund')).toHaveLength(2);
    dropped.length = 0;
    const narrow = { ...wide, programmes: [103] };
    const left = others.filter(({ party }) => party !== 'luxor');
    await build(testBuilder(store, { rules, databases: watched, views: testViews([...left, narrow]) }));
    expect(dropped.sort()).toEqual(['wasl-view-fund', 'wasl-view-luxor']);
    expect(of(bench, 'fund').map(({ programme }) => programme)).toEqual([103]);
    expect(databases.readers.get('wasl-view-fund')).toBe('view-fund');
    await bench.stop();
  });

  it('show an insurer its own plans alone, with class, and nobody of whom no table says the plan', async () => {
    const bench = await centre();
    await bench.put(
      ...documentsOf(
        chainOf(
          'salam',
          [CARD, CARD + 1, CARD + 2].map((card) => treated(card, 2)),
        ),
      ),
    );
    await bench.settled();
    const row = (line: number, card: number, plan: number) => ({
      ...{ line, fault: null },
      cells: new Map(Object.entries({ card: String(card), plan: String(plan), class: '4' })),
    });
    const members = membersFrom([row(2, CARD, 1), row(3, CARD + 1, 2)]);
    const views = testViews([{ party: 'fund', kind: 'insurer', programmes: [103], plans: [1] }], { members: 'm.csv' });
    await build(testBuilder(bench.store, { rules: bench.rules, views, memberOf: members.of }));
    expect(of(bench, 'fund')).toMatchObject([{ card: CARD, plan: 1, class: 4 }]);
    const again = membersFrom([row(2, CARD + 2, 1)]);
    await build(
      testBuilder(bench.store, { rules: bench.rules, views, memberOf: again.of, surroundings: [again.mark] }),
    );
    expect(of(bench, 'fund')).toMatchObject([{ card: CARD + 2 }]);
    await bench.stop();
  });

  it('begin anew when the centre was restored, and wait while settlement computes everything anew', async () => {
    const bench = await centre();
    const { store, rules } = bench;
    await bench.put(...documentsOf(chainOf('salam', [treated(CARD, 2), treated(CARD + 1, 2)])));
    await bench.settled();
    await build(testBuilder(store, { rules }));
    store.lose('wasl-events-2026q4', ({ card }) => card === CARD);
    await store.ensure('wasl-centre');
    await store.put('wasl-centre', { _id: 'centre', incarnation: 77 });
    await bench.settled();
    await build(testBuilder(store, { rules }));
    expect(of(bench, 'salam').map(({ card }) => card)).toEqual([CARD + 1]);
    await bench.stop();
    const [position] = await store.read('wasl-settlement', ['position']);
    await store.put('wasl-settlement', { ...position, _id: 'position', phase: 'rereading' });
    const builder = testBuilder(store, { rules });
    expect([await builder.round(), await builder.caughtUp()]).toEqual([false, false]);
  });
});

describe('a document of views', () => {
  const mistakes = (parties: readonly object[], more: object = {}): string => {
    try {
      testViews(parties, more);
      return '';
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_CONFIG' });
      return String(error);
    }
  };

  it('is refused with every mistake, its path and the fix', () => {
    const two = { party: 'a', kind: 'provider', sites: ['x'], user: 'reader' };
    expect(mistakes([two, { ...two, party: 'b' }])).toContain('parties.1.user: reader is the user of another party');
    expect(mistakes([two, two])).toContain('parties.1.party: a is named twice');
    expect(mistakes([{ party: 'f', kind: 'insurer', programmes: [1], plans: [1] }])).toContain('parties.0.plans');
    expect(mistakes([{ party: 'F', kind: 'auditor' }])).toContain('parties.0.kind');
    expect(mistakes([{ party: 'p', kind: 'provider', sites: [] }])).toContain('parties.0.sites: name at least one');
    expect(mistakes([])).toContain('parties: name at least one party');
  });

  it('names its members one by one: each mistake with its line', () => {
    const row = (line: number, card: string, fault: string | null = null) => ({
      ...{ line, fault },
      cells: new Map(Object.entries({ card, plan: '1', class: '2' })),
    });
    const odd = [row(2, '5'), row(3, '5'), row(4, 'five'), row(5, '6', 'has 2 cells')];
    expect(() => membersFrom(odd)).toThrow(/line 3: .*\n.*line 4: .*\n.*line 5: has 2 cells/);
    expect(membersFrom([row(2, '5'), row(3, '6')]).mark).toBe(membersFrom([row(2, '6'), row(3, '5')]).mark);
    expect(membersFrom([row(2, '5')]).of(6)).toBeNull();
  });
});

/** Whatever happened: nobody sees what is another's, together the providers have everything once, and the sums are those of the statements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  RedemptionEvent,
  RefusalEvent,
  RosterEvent,
  VoidEvent,
  WaslEvent,
} from '../../../../agent/domain/event.js';
import type { MemoryStore } from '../../../../simulators/central/memory-store.js';
import { enrolTerminal } from '../../../../sync/bridge/registry.js';
import type { StoredDocument } from '../../../../sync/bridge/store.js';
import { evidenceOf } from '../../../../sync/settlement/evidence.js';
import { disputeEvent, draftStatement } from '../../../../sync/settlement/statement/desk.js';
import { entriesOf, markOf } from '../../../../sync/settlement/statement/figures.js';
import { terminalSigner } from '../../../support/sync-events.js';
import { type Bench, chainOf, documentsOf, MORNING_S, redemption, startBench } from '../bench.js';
import { build, rawOf, recordsIn, SITES, testBuilder, testSites } from './bench.js';

const TERMINALS = Object.keys(SITES);
const CARDS = [7_310_001, 7_310_002, 7_310_003, 7_310_004] as const;
/** Persons of a roster: numbers that stand nowhere else. */
const PERSONS = [6_120_001, 6_120_002] as const;
const PERIOD = { from: '2026-11-21', until: '2026-12-31' };
const RATIONS = 1;
const HOSPITAL = 103;

type Deed =
  | { readonly kind: 'serve'; readonly at: string; readonly card: number; readonly seq: number; readonly gross: number }
  | { readonly kind: 'void'; readonly at: string; readonly which: number }
  | { readonly kind: 'roster'; readonly at: string; readonly person: number; readonly minute: number }
  | { readonly kind: 'refuse'; readonly at: string; readonly card: number; readonly minute: number };

const at = fc.constantFrom(...TERMINALS);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      ...{ kind: fc.constant('serve' as const), at, card: fc.constantFrom(...CARDS) },
      ...{ seq: fc.integer({ min: 2, max: 6 }), gross: fc.integer({ min: 0, max: 900 }) },
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), at, which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ kind: fc.constant('roster' as const), at, person: fc.constantFrom(...PERSONS), minute: fc.nat(500) },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ kind: fc.constant('refuse' as const), at, card: fc.constantFrom(...CARDS), minute: fc.nat(500) },
    }),
  },
);

const none = { balances: [], used: [], written: [], exemption: 0, supervisor: 0, isTrial: false };
const programmeAt = (terminal: string): number => (terminal === 'grocer' ? RATIONS : HOSPITAL);

/** The events of each terminal. */
function told(deeds: readonly Deed[]): ReadonlyMap<string, readonly WaslEvent[]> {
  const events = new Map<string, WaslEvent[]>(TERMINALS.map((terminal) => [terminal, []]));
  for (const one of deeds) {
    const own = events.get(one.at) ?? [];
    const programme = programmeAt(one.at);
    if (one.kind === 'serve') {
      const details = { ...none, charge: { gross: one.gross, holder: Math.floor(one.gross / 4) } };
      own.push(redemption(one.card, one.seq, { programme, details }));
    } else if (one.kind === 'void') {
      const served = own.filter((event): event is RedemptionEvent => event.type === 'redemption');
      const service = served[one.which % Math.max(1, served.length)];
      if (service !== undefined) own.push(voidOf(service));
    } else if (one.kind === 'roster') own.push(rosterService(one.person, programme, one.minute));
    else own.push(refusal(one.card, programme, one.minute));
  }
  return events;
}

function voidOf({ card, ledgerSequence, programme, items, versions, time }: RedemptionEvent): VoidEvent {
  const common = { type: 'void', card, programme, items, versions, operator: 0, supervisor: 2 } as const;
  return { ...common, time: time + 30, ledgerSequence: ledgerSequence + 1, voided: ledgerSequence };
}

function rosterService(person: number, programme: number, minute: number): RosterEvent {
  const { items, versions, operator } = redemption(1, 1);
  return { type: 'roster', time: MORNING_S + minute * 60, roster: 3, person, programme, items, versions, operator };
}

function refusal(card: number, programme: number, minute: number): RefusalEvent {
  const { versions } = redemption(1, 1);
  return { type: 'refusal', time: MORNING_S + minute * 60, reason: 'ERR_QUOTA_DAY', card, programme, versions };
}

/** A centre that holds everything, some of it said again in a later epoch. */
async function centre(events: ReadonlyMap<string, readonly WaslEvent[]>): Promise<Bench> {
  const bench = startBench();
  for (const terminal of TERMINALS) {
    const site = `site-${terminal}`;
    await enrolTerminal(bench.store, { terminal, site, publicKey: terminalSigner(terminal).publicKey });
  }
  for (const [terminal, some] of events) {
    await bench.put(...documentsOf(chainOf(terminal, some)));
    const again = chainOf(terminal, some.slice(-2), { epoch: '2026q4-zzzzzzzz' });
    await bench.put(...documentsOf(again));
  }
  return bench;
}

const serialsIn = (text: string): Set<number> =>
  new Set([...CARDS, ...PERSONS].filter((serial) => text.includes(String(serial))));

/** Everything in every party's database. */
const everything = (store: MemoryStore): string =>
  store
    .databases()
    .filter((name) => name.startsWith('wasl-view-'))
    .map((name) => `${name} ${JSON.stringify(store.documents(name))}`)
    .join('\n');

/** The services that the centre holds, each once, by its own figures. */
function entriesHeld(store: MemoryStore) {
  const documents: StoredDocument[] = store
    .databases()
    .filter((name) => name.startsWith('wasl-events-'))
    .flatMap((name) => store.documents(name));
  return entriesOf(
    documents.flatMap((document) => {
      const evidence = evidenceOf(document);
      if (evidence === null || evidence.event === null) return [];
      const { id, terminal, event } = evidence;
      const mark = markOf(terminal, Buffer.from(String(document.bytes), 'base64url'));
      return [{ id, terminal, mark, day: '2026-11-21', event }];
    }),
  );
}

describe('views of any mix of events', () => {
  it('show nobody what is another party’s, and together everything once, with the sums of the statements', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 25 }), async (deeds) => {
        const events = told(deeds);
        const bench = await centre(events);
        await bench.settled();
        const { store, rules } = bench;
        const clock = { nowMs: () => (MORNING_S + 90 * 86_400) * 1000 };
        const service = store
          .databases()
          .filter((name) => name.startsWith('wasl-events-'))
          .flatMap((name) => store.documents(name))
          .find(({ type }) => type === 'redemption');
        if (service !== undefined)
          await disputeEvent({ store, rules, clock }, service._id, { by: 'inspector', reason: 'looked odd' });
        await build(testBuilder(store, { rules }));

        const accreditation = { sites: testSites(), kinds: ['hospital'] };
        let records = 0;
        for (const terminal of TERMINALS) {
          const own = events.get(terminal) ?? [];
          const raw = rawOf(store, { party: terminal });
          const mine = serialsIn(JSON.stringify(own));
          expect([...serialsIn(raw)].filter((serial) => !mine.has(serial))).toEqual([]);
          for (const other of TERMINALS) if (other !== terminal) expect(raw).not.toContain(`site-${other}`);
          const held = recordsIn(store, { party: terminal }).filter(({ record }) => record !== 'refusal');
          records += held.length;
          const statement = await draftStatement({ store, rules, clock, accreditation }, `site-${terminal}`, PERIOD);
          const payable = held.filter(({ status }) => status === 'payable');
          expect(payable.reduce((sum, { owed }) => sum + Number(owed), 0)).toBe(statement.due);
        }
        expect(records).toBe(entriesHeld(store).length);

        const fund = rawOf(store, { party: 'fund' });
        expect(fund).not.toContain('site-grocer');
        expect(fund).not.toContain('site-clinic');
        expect(fund).not.toContain(`"programme":${RATIONS},`);
        const covered = serialsIn(JSON.stringify([events.get('salam'), events.get('zohour')]));
        expect([...serialsIn(fund)].filter((serial) => !covered.has(serial))).toEqual([]);

        const [ministry, luxor] = ['ministry', 'luxor'].map((party) => rawOf(store, { party })) as [string, string];
        expect([...serialsIn(ministry), ...serialsIn(luxor)]).toEqual([]);
        for (const site of ['salam', 'clinic', 'grocer']) expect(luxor).not.toContain(`site-${site}`);
        const services = recordsIn(store, { party: 'ministry' }).filter(
          ({ record }) => record === 'service' || record === 'void',
        );
        expect(services.length).toBe(records);
        await bench.stop();
      }),
      { numRuns: 40 },
    );
  }, 240_000);

  it('are the same whatever came first, after restarts, and with calls that fail or lose their answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { minLength: 2, maxLength: 16 }),
        fc.infiniteStream(fc.nat(99)),
        async (deeds, chances) => {
          const events = told(deeds);
          const chance = (percent: number): boolean => (chances.next().value ?? 0) < percent;
          const bench = await centre(new Map());
          const { store, rules } = bench;
          let builder = testBuilder(store, { rules, pageMax: 2 });
          const somewhat = async (): Promise<void> => {
            await bench.settled();
            store.plan = () => (chance(8) ? (chance(50) ? 'fail' : 'lose the answer') : 'go');
            for (let round = 0; round < 4; round += 1) await builder.round().catch(() => undefined);
            store.plan = () => 'go';
            if (chance(30)) builder = testBuilder(store, { rules, pageMax: 3 });
          };
          const documents = [...events].flatMap(([terminal, some]) => [
            ...documentsOf(chainOf(terminal, some)),
            ...documentsOf(chainOf(terminal, some.slice(-2), { epoch: '2026q4-zzzzzzzz' })),
          ]);
          for (const document of documents.sort(() => (chance(50) ? 1 : -1))) {
            await bench.put(document);
            if (chance(40)) await somewhat();
          }
          await bench.settled();
          await build(builder);
          const before = everything(store);
          for (const name of store.databases()) if (name.startsWith('wasl-view')) store.drop(name);
          await build(testBuilder(store, { rules }));
          expect(before).toBe(everything(store));
          await bench.stop();
        },
      ),
      { numRuns: 25 },
    );
  }, 240_000);
});

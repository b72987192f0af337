/** A card with several ledgers at the centre: the same number in two of them is nothing strange, and in one of them twice is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VoidEvent } from '../../../agent/domain/event.js';
import { LEDGER_FAMILIES } from '../../../agent/domain/ledger.js';
import type { Policy } from '../../../agent/domain/policy.js';
import { listRules } from '../../../sync/settlement/lists.js';
import {
  type Bench,
  breadPolicy,
  CARD_QUOTAS,
  chainOf,
  documentsOf,
  MORNING_S,
  redemption,
  startBench,
  testRules,
  unresolved,
} from './bench.js';

const CARD = 100_017;
const BREAD = 1;
const MEDICINES = 2;
const GROCERIES = 3;

/** Bread and groceries share the rations' ledger; medicines have one of their own. */
function policyOf(version: number): Policy {
  const policy = breadPolicy(version, CARD_QUOTAS);
  const [bread] = policy.programmes;
  if (bread === undefined) throw new Error('there is bread');
  const medicines = { ...bread, id: 'medicines', number: MEDICINES, family: LEDGER_FAMILIES.health };
  return { ...policy, programmes: [bread, medicines, { ...bread, id: 'groceries', number: GROCERIES }] };
}

function rules() {
  const own = testRules();
  own.addPolicy(policyOf(1));
  return own;
}

async function benchWith(...chains: readonly ReturnType<typeof chainOf>[]): Promise<Bench> {
  const bench = startBench({ rules: rules() });
  await bench.put(...chains.flatMap(documentsOf));
  await bench.settled();
  return bench;
}

async function caseIds(bench: Bench): Promise<string[]> {
  return (await bench.cases()).map(({ _id }) => _id);
}

const taken = (ledgerSequence: number, voided: number, programme: number): VoidEvent => ({
  ...{ type: 'void', time: MORNING_S + 60 * ledgerSequence, card: CARD, ledgerSequence, voided, programme },
  ...{ items: [{ commodity: 1, quantity: 5 }], versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' } },
  ...{ operator: 0, supervisor: 9 },
});

describe('a card with a ledger for each family', () => {
  it('opens no case however its services, voids and interrupted taps interleave, while each ledger is in order', async () => {
    const step = fc.record({
      programme: fc.constantFrom(BREAD, MEDICINES),
      what: fc.constantFrom('service', 'voided', 'torn'),
      outlet: fc.constantFrom('outlet-1', 'outlet-2'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        const next = new Map([
          [BREAD, 2],
          [MEDICINES, 2],
        ]);
        const events = new Map<string, Parameters<typeof chainOf>[1][number][]>();
        for (const [at, { programme, what, outlet }] of steps.entries()) {
          const n = next.get(programme) ?? 2;
          const time = MORNING_S + 600 * at;
          const more = { programme, time, loaves: 0, items: [{ commodity: 1, quantity: 1 }] };
          const told = events.get(outlet) ?? [];
          if (what === 'torn') told.push(unresolved(CARD, n, { programme, time, items: more.items }));
          told.push(redemption(CARD, n, more));
          if (what === 'voided') told.push({ ...taken(n + 1, n, programme), time: time + 60, items: more.items });
          events.set(outlet, told);
          next.set(programme, n + (what === 'voided' ? 2 : 1));
        }
        const bench = await benchWith(...[...events].map(([outlet, told]) => chainOf(outlet, told)));
        const open = (await bench.cases()).filter(({ status }) => status === 'open').map(({ _id }) => _id);
        // So many services in a day may be too many of one programme: that is counted by programme, not by ledger.
        expect(open.filter((id) => !id.startsWith('over-draw:'))).toEqual([]);
        await bench.stop();
      }),
      { numRuns: 30 },
    );
  });

  it('is in two places where one number of one ledger was used twice, and only there', async () => {
    const bench = await benchWith(
      chainOf('outlet-1', [redemption(CARD, 2), redemption(CARD, 2, { programme: MEDICINES })]),
      chainOf('outlet-2', [redemption(CARD, 2, { programme: MEDICINES, time: MORNING_S + 300 })]),
    );
    expect(await caseIds(bench)).toContain(`two-places:${CARD}:2:health`);
    expect(await caseIds(bench)).not.toContain(`two-places:${CARD}:2`);
    expect(await bench.case(`two-places:${CARD}:2:health`)).toMatchObject({
      status: 'open',
      reason: expect.stringContaining('its health ledger'),
    });
    await bench.stop();
  });

  it('is in two places as well where two programmes that share a ledger used one number', async () => {
    const bench = await benchWith(
      chainOf('outlet-1', [redemption(CARD, 2)]),
      chainOf('outlet-2', [redemption(CARD, 2, { programme: GROCERIES })]),
    );
    expect(await caseIds(bench)).toContain(`two-places:${CARD}:2`);
    await bench.stop();
  });

  it('has an interrupted tap of one ledger not healed by a service of the other', async () => {
    const bench = await benchWith(
      chainOf('outlet-1', [unresolved(CARD, 2, { programme: MEDICINES })]),
      chainOf('outlet-2', [redemption(CARD, 2)]),
    );
    expect(await bench.case(`unresolved:${CARD}:2:health:outlet-1`)).toMatchObject({ status: 'open' });
    await bench.put(...documentsOf(chainOf('outlet-3', [redemption(CARD, 2, { programme: MEDICINES })])));
    await bench.settled();
    expect(await bench.case(`unresolved:${CARD}:2:health:outlet-1`)).toMatchObject({ status: 'closed' });
    await bench.stop();
  });

  it('opens nothing before the centre knows the policy either, and finds what there is once it does', async () => {
    const own = listRules();
    own.addHotlist({ version: 1, issuedAt: MORNING_S - 86_400, cards: [] });
    const bench = startBench({ rules: own });
    const told = [redemption(CARD, 2), redemption(CARD, 2, { programme: MEDICINES })];
    await bench.put(
      ...[chainOf('outlet-1', told), chainOf('outlet-2', [redemption(CARD, 2, { programme: GROCERIES })])].flatMap(
        documentsOf,
      ),
    );
    await bench.settled();
    expect(await caseIds(bench)).toEqual([]);
    own.addPolicy(policyOf(1));
    await bench.time.advance(10_000);
    await bench.settled();
    expect(await caseIds(bench)).toEqual([`two-places:${CARD}:2`]);
    await bench.stop();
  });
});

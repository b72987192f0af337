/** Settlement on a real database server, with the bridge's own documents: the same outcome as in memory. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { closeCase } from '../../../sync/settlement/desk.js';
import { SETTLEMENT_LIMITS } from '../../../sync/settlement/limits.js';
import { Settlement } from '../../../sync/settlement/settlement.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../../support/central.js';
import { eventually, systemClock, systemTimers } from '../../support/system.js';
import {
  chainOf,
  documentsOf,
  MORNING_S,
  outcomeOf,
  redemption,
  secondDocumentsOf,
  startBenchOn,
  testRules,
  unresolved,
  withoutClock,
} from './bench.js';

let couch: TestCouch;
beforeAll(async () => {
  couch = await startTestCouch();
}, COUCH_TURN_MS);
afterAll(() => couch?.close());

const CARD = 100_009;
const documents = [
  ...documentsOf(chainOf('outlet-1', [unresolved(CARD, 2), redemption(CARD, 2), redemption(CARD, 3)])),
  ...documentsOf(chainOf('outlet-2', [redemption(CARD, 2, { time: MORNING_S + 900 })])).slice(0, 2),
  secondDocumentsOf(chainOf('outlet-1', [redemption(CARD + 5, 9)]), 2).event,
];

it('gives the same documents as in memory, also when it is stopped and begun again, and takes a decision', async () => {
  const memory = startBenchOn(new MemoryStore());
  await memory.put(...documents);
  await memory.settled();
  await memory.stop();

  const begin = (): Settlement => {
    const settlement = new Settlement({
      store: couch.store,
      rules: testRules(),
      clock: systemClock,
      timers: systemTimers,
      limits: { ...SETTLEMENT_LIMITS, pageMax: 3, pollMs: 20 },
      report: () => {},
    });
    settlement.start();
    return settlement;
  };
  await couch.store.ensure('wasl-events-2026q4', { partitioned: true });
  let settlement = begin();
  for (const document of documents) await couch.store.create('wasl-events-2026q4', [document]);
  await settlement.stop();
  settlement = begin();
  await eventually('settlement has caught up', () => settlement.caughtUp(), 60_000);
  expect(withoutClock(await outcomeOf(couch.store))).toBe(withoutClock(await outcomeOf(memory.store)));

  const id = `two-places:${CARD}:2`;
  await closeCase(couch.store, id, { by: 'supervisor', reason: 'looked into', clock: systemClock });
  const third = documentsOf(chainOf('outlet-3', [redemption(CARD, 2, { time: MORNING_S + 1_800 })]));
  for (const document of third) await couch.store.create('wasl-events-2026q4', [document]);
  await eventually(
    'the third service is in the case',
    async () => (await couch.get('wasl-cases', id))?.eventCount === 3,
    60_000,
  );
  expect(await couch.get('wasl-cases', id)).toMatchObject({ status: 'closed', decision: { by: 'supervisor' } });
  await settlement.stop();
}, 180_000);

/** Settlement as the site of `npm start` runs it: the commands work with the file that it writes. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSettlementFile } from '../../../agent/cli/centre/settlement-file.js';
import { type RunningCouch, startCouch } from '../../../simulators/central/couch.js';
import { SETTLEMENT_FILE, startSettlement } from '../../../simulators/site/settlement.js';
import { createAuthority } from '../../../sync/authority/authority.js';
import { eventsDatabase } from '../../../sync/bridge/documents.js';
import { usageOf } from '../../../sync/settlement/desk.js';
import { type RunningSettlement, settlementStore } from '../../../sync/settlement/main.js';
import { eventually, systemClock, systemRandom } from '../../support/system.js';
import { breadPolicy, CARD_QUOTAS, chainOf, documentsOf, redemption } from './bench.js';

let folder: string;
let couch: RunningCouch;
let settlement: RunningSettlement;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-site-settlement-'));
  await mkdir(join(folder, 'secrets'));
  const deps = { clock: systemClock, random: systemRandom };
  const authority = await createAuthority(join(folder, 'authority'), deps, { programmes: [1], years: 5 });
  const { version, expiresAt, ...policy } = breadPolicy(1, CARD_QUOTAS);
  await authority.publish(policy, 30);
  couch = await startCouch({ port: 0, folder: join(folder, 'centre') });
  settlement = await startSettlement(folder, { authority, couch, logLevel: 'error' });
}, 60_000);
afterAll(async () => {
  await settlement?.stop();
  await couch?.close();
  await rm(folder, { recursive: true, force: true });
});

it('tells what a card drew', async () => {
  const { config, secrets } = await readSettlementFile(join(folder, SETTLEMENT_FILE));
  const store = settlementStore(config, await secrets.text('couch-password'));
  const chain = chainOf('outlet-9', [redemption(100_009, 2)]);
  const database = eventsDatabase(chain.epoch);
  await store.ensure(database, { partitioned: true });
  await store.create(database, documentsOf(chain));
  await eventually('the usage is there', async () => (await usageOf(store, 100_009)).length > 0, 60_000);
  expect(await usageOf(store, 100_009)).toMatchObject([{ month: '2026-11', services: 1 }]);
}, 120_000);

/** Who sees what of a scenario's centre: settlement and the views on its database, and users of the database server who read them. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { systemTimers } from '../../agent/system.js';
import type { DocumentStore } from '../../sync/bridge/store.js';
import { SETTLEMENT_LIMITS } from '../../sync/settlement/limits.js';
import type { SettlementRules } from '../../sync/settlement/rules.js';
import { Settlement } from '../../sync/settlement/settlement.js';
import type { SiteHistory } from '../../sync/settlement/sites.js';
import { VIEW_LIMITS, ViewBuilder } from '../../sync/settlement/views/builder.js';
import { couchViewDatabases } from '../../sync/settlement/views/databases.js';
import { checkViews, userOf, type Views, viewDatabase } from '../../sync/settlement/views/parties.js';
import type { Member } from '../../sync/settlement/views/records.js';
import type { DatabaseAccess } from '../process/database.js';
import type { ViewReader } from './judge/views.js';

/** What a scenario says of its parties. */
export interface ViewsOrder {
  /** As a document of views has them. */
  readonly parties: readonly object[];
  /** Kinds of sites that are paid only while they are accredited. */
  readonly mustBeAccredited: readonly string[];
  /** Plan and class of a card, as the insurer's table has them. */
  readonly memberOf: (card: number) => Member | null;
}

/** What the views of a scenario are made by. */
export interface ScenarioViewsParts {
  readonly couch: DatabaseAccess;
  readonly store: DocumentStore;
  readonly rules: SettlementRules;
  readonly sites: SiteHistory;
  readonly clock: Clock;
  readonly key: Uint8Array;
}

const REQUEST_TIMEOUT_MS = 20_000;
const LOOK_MS = 20;
/** How long settlement may take to take in what there is, in real time, before the scenario gives up. */
const SETTLING_MAX_MS = 300_000;
const ROUNDS_MAX = 10_000;

/** Views that follow the centre whenever they are asked to. */
export interface ScenarioViews {
  readonly readers: readonly ViewReader[];
  /** Takes in everything that the centre holds now. Rejects with `ERR_DATABASE`, also when that takes too long. */
  follow(): Promise<void>;
}

/** Sets views up, with a user for each party. Rejects with `ERR_DATABASE` or `ERR_CONFIG`. */
export async function startViews(parts: ScenarioViewsParts, order: ViewsOrder): Promise<ScenarioViews> {
  const { couch, store, rules, sites, clock, key } = parts;
  const views = checkViews({ version: 1, members: 'members.csv', parties: order.parties });
  const settlement = new Settlement({
    ...{ store, rules, clock, timers: systemTimers },
    limits: { ...SETTLEMENT_LIMITS, pollMs: LOOK_MS },
    report: () => undefined,
  });
  const url = new URL(couch.url);
  url.username = couch.username;
  url.password = encodeURIComponent(couch.password);
  const databases = couchViewDatabases({ url: url.href, requestTimeoutMs: REQUEST_TIMEOUT_MS, role: 'wasl-bridge' });
  const builder = new ViewBuilder({
    ...{ store, databases, rules, views, key, memberOf: order.memberOf, surroundings: [], limits: VIEW_LIMITS },
    accreditation: { sites, kinds: order.mustBeAccredited },
  });
  return {
    readers: await makeReaders(couch, views),
    follow: async () => {
      settlement.start();
      try {
        for (let waitedMs = 0; !(await settlement.caughtUp()); waitedMs += LOOK_MS) {
          if (waitedMs > SETTLING_MAX_MS) throw new WaslError('ERR_DATABASE', 'settlement takes too long');
          await new Promise<void>((resolve) => systemTimers.after(LOOK_MS, resolve));
        }
      } finally {
        await settlement.stop();
      }
      for (let round = 0; round < ROUNDS_MAX; round += 1)
        if (!(await builder.round()) && (await builder.caughtUp())) return;
      throw new WaslError('ERR_DATABASE', 'the views take too long');
    },
  };
}

/** What the administrator of the server does for each party, once. */
async function makeReaders(couch: DatabaseAccess, { parties }: Views): Promise<readonly ViewReader[]> {
  const authorization = `Basic ${Buffer.from(`${couch.username}:${couch.password}`).toString('base64')}`;
  const readers: ViewReader[] = [];
  for (const party of parties) {
    const [username, password] = [userOf(party), randomBytes(18).toString('base64url')];
    const response = await fetch(`${couch.url}/_users/org.couchdb.user:${username}`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: username, password, roles: [], type: 'user' }),
    });
    if (!response.ok) throw new WaslError('ERR_DATABASE', `the user ${username} could not be made: ${response.status}`);
    readers.push({ party: party.party, database: viewDatabase(party), username, password });
  }
  return readers;
}

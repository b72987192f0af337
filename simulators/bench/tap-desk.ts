/** A desk for `bench tap`: the real tap and journal, over memory, and trust in one issuer and one terminal. */

import { sameBytes } from '../../agent/credential/cbor.js';
import type { Signer } from '../../agent/credential/signature.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { calendarOf, calendars } from '../../agent/domain/calendar.js';
import type { Policy } from '../../agent/domain/policy.js';
import { voidsOn } from '../../agent/journal/books/served.js';
import { openJournal } from '../../agent/journal/open-journal.js';
import type { TapDeps } from '../../agent/tap/examine.js';
import { createTap, type Tap } from '../../agent/tap/tap.js';
import { timeSource } from '../../agent/trust/time.js';
import type { Trust } from '../../agent/trust/trust.js';
import { openMedium } from '../../drivers/media/open.js';
import { seeded } from './events.js';
import { flatDisk } from './flat-disk.js';

/** When the bench begins, in seconds since 1970: 2026-11-21 09:00 UTC. */
export const BENCH_SEC = Date.UTC(2026, 10, 21, 9) / 1000;
/** The site's calendar day of {@link BENCH_SEC}. */
export const BENCH_DAY = calendarOf('Africa/Cairo').dayOf(BENCH_SEC * 1000);

/** A desk, and its clock. */
export interface BenchDesk {
  readonly tap: Tap;
  readonly deps: TapDeps;
  readonly clock: { ms: number };
  close(): Promise<void>;
}

/** Opens a desk. */
export async function benchDesk(keys: { readonly issuer: Signer; readonly terminal: Signer }): Promise<BenchDesk> {
  const clock = { ms: BENCH_SEC * 1000, nowMs: () => clock.ms };
  const random = seeded(7);
  const journal = await openJournal({
    disk: flatDisk(),
    folder: '/journal',
    key: new Uint8Array(32).fill(3),
    terminal: 'bench-1',
    clock,
    random,
  });
  const time = timeSource({ clock, floorMs: () => journal.state().timeFloorMs, signedMs: () => null, builtMs: 0 });
  const calendar = calendars();
  const trust = trustIn(keys);
  const deps: TapDeps = {
    journal,
    trust,
    time,
    random,
    calendar,
    voidsOn: (day) => voidsOn(journal, calendar(trust.policy().timeZone), day),
    fault: (error) => {
      throw error;
    },
    signer: keys.terminal,
    openMedium,
    programmes: ['bread'],
    operator: () => 0,
  };
  return { tap: createTap(deps), deps, clock, close: () => journal.close() };
}

function trustIn(keys: { readonly issuer: Signer; readonly terminal: Signer }): Trust {
  const window = { notBefore: 0, notAfter: 1e11 };
  const issuers = [{ verifier: verifierFromKey(keys.issuer.publicKey), programmes: [1], ...window }];
  const verifier = verifierFromKey(keys.terminal.publicKey);
  const terminals = [{ verifier, terminal: 'bench-1', site: 'bench', ...window }];
  const is = (keyId: Uint8Array) => (key: { verifier: { keyId: Uint8Array } }) => sameBytes(key.verifier.keyId, keyId);
  const words = { ar: 'خبز', fr: 'pain', en: 'bread' };
  const quotas = [{ per: 'member', every: 'day', amount: 1_000_000 } as const];
  const commodities = [{ id: 'loaf', number: 1, name: words, unit: words, quotas }];
  const bread = { id: 'bread', number: 1, title: words, family: 1, schemes: [1], commodities, doubtfulLedgerMax: 0 };
  const policy: Policy = { version: 1, name: 'bench', expiresAt: 1e11, timeZone: 'Africa/Cairo', programmes: [bread] };
  return {
    issuerKeys: (keyId) => issuers.filter(is(keyId)),
    terminalKeys: (keyId) => terminals.filter(is(keyId)),
    isHotlisted: () => false,
    cardAction: () => null,
    foreignKeys: () => [],
    policy: () => policy,
    versions: () => ({ keys: 1, terminals: 1, hotlist: 1, policy: 1, actions: 1 }),
  };
}

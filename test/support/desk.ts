/** A desk for tests of the tap: the real journal on a disk in memory, a simulated reader, real cards of invented people. */
import { calendars } from '../../agent/domain/calendar.js';
import type { CardAction } from '../../agent/domain/card-action.js';
import type { ForeignKey, Signer } from '../../agent/domain/keys.js';
import type { Policy } from '../../agent/domain/policy.js';
import { voidsOn } from '../../agent/journal/books/served.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import type { TapDeps } from '../../agent/tap/examine.js';
import { createTap, reportOpenIntents, type Tap, type TapState } from '../../agent/tap/tap.js';
import { timeSource } from '../../agent/trust/time.js';
import type { Trust } from '../../agent/trust/trust.js';
import { openMedium } from '../../drivers/media/open.js';
import { presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { makeCard, type Person, people } from '../../simulators/site/population.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { handClock, seededRandom } from '../journal/samples.js';
import { issuerKey, NOW, signerOf, terminalKey } from './people.js';

export const ISSUER = signerOf(1);
export const TERMINALS: readonly Signer[] = [signerOf(11), signerOf(12)];
/** 2026-11-21, the site's calendar day of {@link NOW}. */
export const DAY = 20_778;
const WORDS = { ar: 'خبز', fr: 'pain', en: 'bread' };

/** Bread as in Egypt, with five loaves for a doubtful ledger. */
export const POLICY: Policy = {
  version: 7,
  name: 'test',
  expiresAt: NOW + 30 * 86_400,
  timeZone: 'Africa/Cairo',
  programmes: [
    {
      id: 'bread',
      number: 1,
      title: WORDS,
      family: 1,
      schemes: [1],
      commodities: [
        {
          id: 'loaf',
          number: 1,
          name: WORDS,
          unit: WORDS,
          quotas: [
            { per: 'member', every: 'day', amount: 5 },
            { per: 'household', every: 'month', amount: 900 },
          ],
        },
      ],
      doubtfulLedgerMax: 5,
    },
  ],
};

/** Readers by what they can do. */
export const READS_AND_WRITES = { readBlocks: true, writeBlocks: true, text: false, removal: true };
export const READS_ONLY = { ...READS_AND_WRITES, writeBlocks: false };
export const SCANS = { readBlocks: false, writeBlocks: false, text: true, removal: false };

/** Trust that a test can change. */
export interface TestTrust extends Trust {
  readonly blocked: Set<number>;
  readonly actions: Map<number, CardAction>;
  readonly foreign: ForeignKey[];
}

/** Everything that terminals of the tests believe. */
export function testTrust(change: Partial<Policy> = {}): TestTrust {
  const blocked = new Set<number>();
  const actions = new Map<number, CardAction>();
  const foreign: ForeignKey[] = [];
  const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);
  return {
    blocked,
    actions,
    foreign,
    issuerKeys: (keyId) => [issuerKey(ISSUER)].filter((key) => same(key.verifier.keyId, keyId)),
    terminalKeys: (keyId) =>
      TERMINALS.map((signer, i) => terminalKey(signer, `unit-${i + 1}`)).filter((key) =>
        same(key.verifier.keyId, keyId),
      ),
    isHotlisted: (card) => blocked.has(card),
    cardAction: (card) => actions.get(card) ?? null,
    foreignKeys: () => foreign,
    policy: () => ({ ...POLICY, ...change }),
    versions: () => ({ keys: 3, terminals: 4, hotlist: 5, policy: 7, actions: 6 }),
  };
}

/** A terminal that can be switched off and on; its disk stays. */
export interface TestDesk {
  readonly disk: MemoryDisk;
  readonly clock: { ms: number };
  readonly trust: TestTrust;
  journal: OpenJournal;
  tap: Tap;
  deps: TapDeps;
  /** Faults inside Wasl; a test that leaves one here has found a bug. */
  readonly faults: unknown[];
  /** Opens journal and desk again, as after a start of the process. */
  start(): Promise<void>;
  /** Lays a card on the reader and waits for what the screen says. */
  lay(card: SimulatedCard): Promise<TapState>;
  /** Confirms the offer that is on the screen. */
  take(loaves: number): Promise<TapState>;
}

/** A desk of terminal 0 or 1 on a disk. */
export async function openDesk(
  options: { terminal?: 0 | 1; disk?: MemoryDisk; trust?: TestTrust; programmes?: readonly [string, ...string[]] } = {},
): Promise<TestDesk> {
  const { terminal = 0, disk = new MemoryDisk(), trust = testTrust(), programmes = ['bread'] } = options;
  const clock = handClock(NOW * 1000);
  const signer = TERMINALS[terminal] ?? ISSUER;
  const faults: unknown[] = [];
  const desk = {
    disk,
    clock,
    trust,
    faults,
    start: async () => {
      const journal = await openJournal({
        disk: disk.session(),
        folder: '/data/journal',
        key: new Uint8Array(32).fill(7),
        terminal: `unit-${terminal + 1}`,
        clock,
        random: seededRandom(2 * disk.calls + 1),
      });
      const time = timeSource({ clock, floorMs: () => journal.state().timeFloorMs, signedMs: () => null, builtMs: 0 });
      const random = seededRandom(2 * disk.calls + 77);
      const calendar = calendars();
      const deps: TapDeps = {
        journal,
        trust,
        time,
        random,
        calendar,
        voidsOn: (day) => voidsOn(journal, calendar(trust.policy().timeZone), day),
        fault: (error) => faults.push(error),
        signer,
        openMedium,
        programmes,
        operator: () => 0,
      };
      await reportOpenIntents(deps);
      Object.assign(desk, { journal, deps, tap: createTap(deps) });
    },
    lay: async (card: SimulatedCard) => {
      await desk.tap.present(presentedCard(card), READS_AND_WRITES);
      return desk.tap.state();
    },
    take: async (loaves: number) => {
      const state = desk.tap.state();
      if (state.name !== 'offer') throw new Error(`no offer, but ${JSON.stringify(state.name)}`);
      await desk.tap.confirm(state.tapId, [{ commodity: 1, quantity: loaves }]);
      return desk.tap.state();
    },
  } as unknown as TestDesk;
  await desk.start();
  return desk;
}

/** The first of the invented people: draws for two of two persons, so ten loaves a day. */
export function firstPerson(): Person {
  const [person] = people(1);
  if (person === undefined) throw new Error('there is nobody');
  return person;
}

/** A fresh card of the first person. */
export function freshCard(change: { issuer?: Signer; expiresAt?: number } = {}): Promise<SimulatedNtag21x> {
  return makeCard({
    person: firstPerson(),
    issuer: ISSUER,
    issuedAt: NOW - 3600,
    expiresAt: NOW + 86_400 * 365,
    day: DAY,
    ...change,
  });
}

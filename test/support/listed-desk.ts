/** A desk that serves persons of a list without cards: the real journal, rosters and ledgers over a disk in memory. */
import { deskFacts } from '../../agent/desk-facts.js';
import type { ListedPerson } from '../../agent/domain/person.js';
import type { Programme } from '../../agent/domain/policy.js';
import { exposureReader } from '../../agent/journal/books/exposure.js';
import { replaceFile } from '../../agent/journal/disk.js';
import { sealRoster } from '../../agent/roster/sealed-roster.js';
import { signRoster } from '../../agent/roster/signed-roster.js';
import { openTerminalRosters, type TerminalRosters } from '../../agent/roster/terminal-rosters.js';
import { createPersonTap, type PersonTap } from '../../agent/tap/person-tap.js';
import { createTap } from '../../agent/tap/tap.js';
import type { Till } from '../../agent/tap/till.js';
import type { ListedSite } from '../../agent/trust/trust.js';
import type { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { KEY, seededRandom } from '../journal/samples.js';
import { authority, head, person, TERMINAL_SEED, terminal } from '../roster/rosters.js';
import { openDesk, type TestDesk, testTrust } from './desk.js';

const WORDS = { ar: 'كشف طبي', fr: 'consultation', en: 'consultation' };
const BROUGHT = '/etc/trust';
const SITE: ListedSite = { site: 'medani-direct', number: 17, kind: 'centre', area: 'medani', accredited: true };

/** A campaign for the persons of `gezira-2026`, with or without a card: one consultation each, once in all. */
export const CAMPAIGN: Programme = {
  ...{ id: 'free-days', number: 401, title: WORDS, family: 1, schemes: [], doubtfulLedgerMax: 0 },
  commodities: [
    {
      ...{ id: 'consultation', number: 401, name: WORDS, unit: WORDS },
      quotas: [{ per: 'member', every: 'once', amount: 1 }],
    },
  ],
  campaign: { roster: 'gezira-2026', withoutCard: true },
};

/** Three persons, two of them of one name. */
export const PERSONS: readonly ListedPerson[] = [
  person(11, { name: 'سلمى عبد الرحيم بدران', mother: 'زينب الطيب' }),
  person(12, { name: 'سلمى عبد الرحيم بدران', birthYear: 1991 }),
  person(13, { name: 'عمر الفاتح إدريس', homeSite: 0 }),
];

/** See the head of this file. */
export interface ListedDesk extends TestDesk {
  rosters: TerminalRosters;
  persons: PersonTap;
  /** Brings a list, and takes it in. */
  bring(persons: readonly ListedPerson[], version: number): Promise<void>;
}

/** What a desk has besides. */
export interface ListedDeskMore {
  /** ISO 4217 code of the policy. */
  readonly currency?: string;
  /** Opens the till that takes what is paid, over the journal of this start. */
  readonly till?: (desk: TestDesk) => Till;
  readonly disk?: MemoryDisk;
}

/** Opens one, with the list of {@link PERSONS} in force. */
export async function openListedDesk(programme: Programme = CAMPAIGN, more: ListedDeskMore = {}): Promise<ListedDesk> {
  const { currency, till, disk: own } = more;
  const trust = testTrust({ programmes: [programme], ...(currency === undefined ? {} : { currency }) });
  const bench = (await openDesk({ trust, ...(own === undefined ? {} : { disk: own }) })) as ListedDesk;
  const { start } = bench;
  const listed = async (): Promise<void> => {
    const { journal, deps, disk } = bench;
    const clock = { nowMs: () => bench.clock.ms };
    const sites = {
      site: (name: string) => (name === SITE.site ? SITE : null),
      areaOf: (number: number) => (number === SITE.number ? SITE.area : null),
      sitesOf: () => [],
    };
    const desk = deskFacts({
      ...{ site: SITE.site, trust: { ...trust, ...sites }, journal, time: deps.time, calendar: deps.calendar },
      issuedMs: () => 0,
      exposure: exposureReader(journal, (timeSec) => deps.calendar('Africa/Cairo').dayOf(timeSec * 1000)),
    });
    bench.deps = { ...deps, programmes: [programme.id], desk, ...(till === undefined ? {} : { till: till(bench) }) };
    bench.rosters = await openTerminalRosters({
      config: {
        dataFolder: '/data',
        trust: { folder: BROUGHT, authorityKey: Buffer.from(authority.publicKey).toString('hex') },
      },
      ...{ disk: disk.session(), key: KEY, seed: TERMINAL_SEED, signer: terminal, journal, trust, clock },
      random: seededRandom(2 * disk.calls + 5),
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    bench.tap = createTap(bench.deps);
    bench.persons = createPersonTap(bench.tap, bench.deps, bench.rosters);
  };
  bench.start = async () => {
    await bench.rosters.close();
    await bench.journal.close();
    await start();
    await listed();
  };
  bench.bring = async (persons, version) => {
    const session = bench.disk.session();
    await session.makeFolder(BROUGHT);
    const signed = signRoster(head(version), persons, authority);
    const sealed = sealRoster(signed, { name: head().name, terminals: [terminal.publicKey] }, seededRandom(version));
    await replaceFile(session, { folder: BROUGHT, name: 'gezira-2026.roster' }, sealed);
    await bench.rosters.reload();
  };
  await listed();
  await bench.bring(PERSONS, 1);
  return bench;
}

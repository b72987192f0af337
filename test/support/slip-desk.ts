/** Desks of a family unit that refers, and of hospitals that take referrals: for cards with a health ledger, cards without one, and persons of a register. */
import { sameBytes } from '../../agent/credential/cbor.js';
import { deskFacts } from '../../agent/desk-facts.js';
import type { Commodity, Programme } from '../../agent/domain/policy.js';
import { exposureReader } from '../../agent/journal/books/exposure.js';
import { replaceFile } from '../../agent/journal/disk.js';
import { sealRoster } from '../../agent/roster/sealed-roster.js';
import { signRoster } from '../../agent/roster/signed-roster.js';
import { openTerminalRosters, type TerminalRosters } from '../../agent/roster/terminal-rosters.js';
import { createPersonTap, type DeskState, type PersonTap } from '../../agent/tap/person-tap.js';
import { createTap } from '../../agent/tap/tap.js';
import type { ListedSite, SiteTrust } from '../../agent/trust/trust.js';
import { presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import { KEY, seededRandom } from '../journal/samples.js';
import { authority, head, person, terminal as rosterTerminal, TERMINAL_SEED } from '../roster/rosters.js';
import {
  ISSUER,
  openDesk,
  READS_AND_WRITES,
  SCANS,
  TERMINALS,
  type TestDesk,
  type TestTrust,
  testTrust,
} from './desk.js';
import { issuerKey, terminalKey } from './people.js';

const WORDS = { ar: 'إحالة', fr: 'orientation', en: 'referral' };
const BROUGHT = '/etc/trust';

/** Numbers of what is served: a referral, the appointment that goes with a visit, a consultation, images. */
export const [REFERRAL, VISIT, CONSULTATION, IMAGING] = [105, 104, 108, 109] as const;
/** Number of the first hospital, of the second, and of the unit. */
export const [SALAM, ZOHOUR, UNIT] = [41, 42, 31] as const;

const SITES: readonly ListedSite[] = [
  { site: 'manakh-unit', number: UNIT, kind: 'family-unit', area: 'port-said', accredited: true },
  { site: 'salam-hospital', number: SALAM, kind: 'hospital', area: 'port-said', accredited: true },
  { site: 'zohour-hospital', number: ZOHOUR, kind: 'hospital', area: 'port-said', accredited: true },
];

const commodity = (number: number, more: Partial<Commodity>): Commodity => ({
  ...{ id: `c${number}`, number, name: WORDS, unit: WORDS },
  quotas: [{ per: 'card', every: 'day', amount: 2 }],
  ...more,
});

/** A unit that refers on slips where it must, a hospital, and a register of people without cards who are referred too. */
export const CLINIC: readonly Programme[] = [
  {
    ...{ id: 'clinic', number: 102, title: WORDS, family: 2, schemes: [1], doubtfulLedgerMax: 1 },
    commodities: [
      commodity(VISIT, {}),
      commodity(REFERRAL, {
        writes: {
          ...{ kind: 'referral', for: [CONSULTATION, IMAGING], days: 30, quantityMax: 2 },
          ...{ chooseSiteKind: 'hospital', slip: true },
        },
      }),
    ],
    place: { siteKinds: ['family-unit'], accredited: true },
    voids: { withinSeconds: 3600, perDayMax: 9 },
  },
  {
    ...{ id: 'hospital', number: 103, title: WORDS, family: 2, schemes: [1], doubtfulLedgerMax: 1 },
    commodities: [
      commodity(CONSULTATION, { consumes: { kind: 'referral' } }),
      commodity(IMAGING, { consumes: { kind: 'referral' } }),
    ],
    place: { siteKinds: ['hospital'], accredited: true },
    voids: { withinSeconds: 3600, perDayMax: 9 },
  },
  {
    ...{ id: 'register', number: 104, title: WORDS, family: 2, schemes: [], doubtfulLedgerMax: 0 },
    commodities: [
      commodity(115, {
        writes: {
          ...{ kind: 'referral', for: [CONSULTATION], days: 30, quantityMax: 1 },
          ...{ chooseSiteKind: 'hospital', slip: true },
        },
      }),
    ],
    place: { siteKinds: ['family-unit'], accredited: true },
    campaign: { roster: 'gezira-2026', withoutCard: true },
  },
];

/** Number of what refers somebody of the register. */
export const LISTED_REFERRAL = 115;

/** A person of the register. */
export const LISTED = person(11, { scheme: 1 });

/** A desk of one of the sites. */
export interface SlipDesk extends TestDesk {
  rosters: TerminalRosters;
  persons: PersonTap;
  /** Lays a card down, and gives what the desk comes to. */
  present(card: SimulatedCard | { readonly text: string }): Promise<DeskState>;
  /** Confirms one unit of the offer that is on the screen, and the papers with it. */
  confirm(
    number: number,
    paper?: { readonly for: number; readonly site: number; readonly quantity?: number },
  ): Promise<DeskState>;
  /** The text of the newest slip that waits to be handed over; empty for none. */
  slip(): string;
}

/** Opens the desk of a site; terminals 0 and 1 stand at the unit and at a hospital, as the list says. */
export async function openSlipDesk(
  site: 'manakh-unit' | 'salam-hospital' | 'zohour-hospital',
  change: { readonly trust?: Partial<TestTrust>; readonly programmes?: readonly Programme[] } = {},
): Promise<SlipDesk> {
  const isUnit = site === 'manakh-unit';
  const programmes = change.programmes ?? CLINIC;
  const known = TERMINALS.map((signer, i) => ({
    ...terminalKey(signer, `unit-${i + 1}`),
    site: i === 0 ? 'manakh-unit' : 'salam-hospital',
  }));
  const trust: TestTrust = {
    ...testTrust({ programmes }),
    issuerKeys: (keyId) =>
      [issuerKey(ISSUER, { programmes: [102, 103] })].filter(({ verifier }) => sameBytes(verifier.keyId, keyId)),
    terminalKeys: (keyId) => known.filter(({ verifier }) => sameBytes(verifier.keyId, keyId)),
    ...change.trust,
  };
  const listed: SiteTrust = {
    site: (name) => SITES.find((one) => one.site === name) ?? null,
    areaOf: (number) => SITES.find((one) => one.number === number)?.area ?? null,
    sitesOf: (kind) => SITES.filter((one) => one.kind === kind && one.accredited),
  };
  const bench = (await openDesk({ terminal: isUnit ? 0 : 1, trust })) as SlipDesk;
  const knowing = async (): Promise<void> => {
    const { journal, deps, disk } = bench;
    const facts = deskFacts({
      ...{ site, trust: { ...trust, ...listed }, journal, time: deps.time, calendar: deps.calendar },
      issuedMs: () => 0,
      exposure: exposureReader(journal, (timeSec) => deps.calendar('Africa/Cairo').dayOf(timeSec * 1000)),
    });
    bench.deps = { ...deps, programmes: isUnit ? ['clinic', 'register'] : ['hospital'], desk: facts };
    bench.rosters = await openTerminalRosters({
      config: {
        dataFolder: '/data',
        trust: { folder: BROUGHT, authorityKey: Buffer.from(authority.publicKey).toString('hex') },
      },
      ...{ disk: disk.session(), key: KEY, seed: TERMINAL_SEED, signer: rosterTerminal, journal, trust },
      ...{ clock: { nowMs: () => bench.clock.ms }, random: seededRandom(2 * disk.calls + 5) },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    bench.tap = createTap(bench.deps);
    bench.persons = createPersonTap(bench.tap, bench.deps, bench.rosters);
  };
  const { start } = bench;
  bench.start = async () => {
    await bench.rosters.close();
    await bench.journal.close();
    await start();
    await knowing();
  };
  bench.present = async (card) => {
    await bench.persons.present(presentedCard(card), 'text' in card ? SCANS : READS_AND_WRITES);
    return bench.persons.state();
  };
  bench.confirm = async (number, paper) => {
    const state = bench.persons.state();
    if (state.name !== 'offer' && state.name !== 'listed-offer') throw new Error(`no offer: ${JSON.stringify(state)}`);
    const papers =
      paper === undefined
        ? {}
        : { papers: [{ writtenBy: number, commodity: paper.for, quantity: paper.quantity ?? 1, site: paper.site }] };
    await bench.persons.confirm(state.tapId, [{ commodity: number, quantity: 1 }], papers);
    return bench.persons.state();
  };
  bench.slip = () => [...bench.journal.state().slips.written.values()].at(-1)?.text ?? '';
  await knowing();
  await bring(bench);
  return bench;
}

async function bring(bench: SlipDesk): Promise<void> {
  const session = bench.disk.session();
  await session.makeFolder(BROUGHT);
  const sealed = sealRoster(
    signRoster(head(1), [LISTED], authority),
    { name: head().name, terminals: [rosterTerminal.publicKey] },
    seededRandom(1),
  );
  await replaceFile(session, { folder: BROUGHT, name: 'gezira-2026.roster' }, sealed);
  await bench.rosters.reload();
}

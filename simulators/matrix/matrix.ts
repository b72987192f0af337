/**
 * The tear matrix: every medium × every byte that a service writes × every way in which weak bits fall × what somebody does to the card
 * meanwhile × the next tap at the same or another terminal; and the same for the write of an endorsement. Each case is carried out; none is argued away.
 */
import { createTap } from '../../agent/tap/tap.js';
import { cardFromJSON } from '../cards/media.js';
import {
  DOUBT_LOAVES,
  exhaustiveSite,
  FOLDER,
  NOW_MS,
  openDeskJournal,
  QUOTA_LOAVES,
  type Site,
  tapDeps,
} from '../simulate/exhaustive/desk.js';
import { diskFrom, imageOfDisk } from '../simulate/exhaustive/world.js';
import { FIRST_LOAVES, type MatrixCase, type MatrixOutcome, type MatrixStart, runCase, serve } from './cell.js';
import {
  ENDORSEMENT_ATTACKS,
  type EndorsementCase,
  REDUCED_LOAVES,
  reducing,
  runEndorsementCase,
} from './endorsement-cell.js';
import { ATTACKS, bytesWritten, MATRIX_MEDIA, type MatrixMedium, newMatrixCard, weakBitsOf } from './media.js';

/** What to run. */
export interface MatrixOptions {
  readonly media?: readonly MatrixMedium[];
  /** Every how many bytes a write is torn; 1 is all of them. */
  readonly everyByte?: number;
  /** Hears once for each medium. For people. */
  readonly onProgress?: (line: string) => void;
}

/** What was tried on one medium. */
export interface MediumReport {
  /** Bytes of the service that was torn, each of which was a place to tear it. */
  readonly bytes: number;
  readonly cases: number;
  /** Most loaves that any case came to, by attack. */
  readonly worst: Readonly<Record<string, number>>;
}

/** What was tried, and what was found. */
export interface MatrixReport {
  readonly cases: number;
  /** Cases in which more was granted than the cap says, or a record twice: must be 0. */
  readonly doubleGrants: number;
  /** Cases in which a card was debited, or a grant shown, and nothing tells the centre: must be 0. */
  readonly silentLosses: number;
  /** Faults inside Wasl: must be 0. */
  readonly faults: number;
  /**
   * The cap in loaves. `quota`: what the holder may have on the day, for all that is not an attack and for every attack on a smart card but a spoilt record.
   * `doubtful`: what a spoilt slot adds at each terminal that serves the card in doubt (`doubtfulLedgerMax`). `copied`: what an old image of a tag can
   * draw at each further terminal, which has never seen the card: the quota. `reduced`: what an endorsement leaves of the quota, at every terminal that has seen
   * it or has the list.
   */
  readonly cap: {
    readonly quota: number;
    readonly doubtful: number;
    readonly copied: number;
    readonly reduced: number;
  };
  readonly media: Readonly<Record<string, MediumReport>>;
  /** What was tried of the write of an endorsement that halves the quota; `reduced` is what it leaves. An NTAG215 has no room for one. */
  readonly endorsements: Readonly<Record<string, MediumReport>>;
  /** The first of what was found. */
  readonly failures: readonly string[];
}

const FAILURES_SHOWN = 20;

/** Carries the matrix out. Never rejects for what it finds: see the report. */
export async function runMatrix(options: MatrixOptions = {}): Promise<MatrixReport> {
  const { media = MATRIX_MEDIA, everyByte = 1, onProgress } = options;
  const site = exhaustiveSite();
  const tally = new Tally();
  const reports: Record<string, MediumReport> = {};
  const endorsements: Record<string, MediumReport> = {};
  for (const medium of media) {
    const { start, bytes } = await startOf(site, medium);
    const services = tally.of(medium, bytes);
    for (const one of casesOf(medium, bytes, everyByte))
      services.take(await runCase(site, start, one), { attack: one.attack, what: describe(one) });
    reports[medium] = services.report();
    onProgress?.(`${medium}: ${services.cases} cases over ${bytes} bytes`);
    if (medium === 'ntag215') continue;
    const { action, bytes: endorsementBytes } = await reducing(site, start);
    const writes = tally.of(medium, endorsementBytes);
    for (const one of endorsementCases(medium, endorsementBytes, everyByte)) {
      const what = `endorsement ${describe(one)}, the other ${one.other}`;
      writes.take(await runEndorsementCase(site, { start, action }, one), {
        attack: `${one.attack}, ${one.other}`,
        what,
      });
    }
    endorsements[medium] = writes.report();
    onProgress?.(`${medium}: ${writes.cases} cases over ${endorsementBytes} bytes of an endorsement`);
  }
  const cap = { quota: QUOTA_LOAVES, doubtful: DOUBT_LOAVES, copied: QUOTA_LOAVES, reduced: REDUCED_LOAVES };
  return { ...tally.totals, cap, media: reports, endorsements, failures: tally.failures };
}

/** Adds outcomes up. */
class Tally {
  readonly totals = { cases: 0, doubleGrants: 0, silentLosses: 0, faults: 0 };
  readonly failures: string[] = [];

  /** Those of one medium, of a write of so many bytes. */
  of(medium: MatrixMedium, bytes: number) {
    const worst: Record<string, number> = {};
    const one = {
      cases: 0,
      take: (outcome: MatrixOutcome, of: { readonly attack: string; readonly what: string }): void => {
        one.cases += 1;
        this.totals.cases += 1;
        worst[of.attack] = Math.max(worst[of.attack] ?? 0, outcome.granted);
        for (const kind of ['doubleGrants', 'silentLosses', 'faults'] as const)
          if (outcome[kind].length > 0) this.totals[kind] += 1;
        for (const failure of [...outcome.doubleGrants, ...outcome.silentLosses, ...outcome.faults])
          if (this.failures.length < FAILURES_SHOWN) this.failures.push(`${medium}, ${of.what}: ${failure}`);
      },
      report: (): MediumReport => ({ bytes, cases: one.cases, worst }),
    };
    return one;
  }
}

/** The bytes that are torn: every `everyByte`-th, and the last, which is the one that commits. */
function* tornBytes(bytes: number, everyByte: number): Generator<number> {
  for (let byte = 0; byte < bytes; byte += 1) if (byte % everyByte === 0 || byte === bytes - 1) yield byte;
}

function* endorsementCases(medium: MatrixMedium, bytes: number, everyByte: number): Generator<EndorsementCase> {
  for (const attack of ENDORSEMENT_ATTACKS) {
    for (const next of ['same', 'other'] as const) {
      for (const other of ['listed', 'unlisted'] as const) {
        yield { byte: null, bits: 'old', attack, next, other };
        for (const byte of tornBytes(bytes, everyByte))
          for (const bits of weakBitsOf(medium)) yield { byte, bits, attack, next, other };
      }
    }
  }
}

function* casesOf(medium: MatrixMedium, bytes: number, everyByte: number): Generator<MatrixCase> {
  for (const attack of ATTACKS) {
    for (const next of ['same', 'other'] as const) {
      yield { byte: null, bits: 'old', attack, next };
      for (const byte of tornBytes(bytes, everyByte))
        for (const bits of weakBitsOf(medium)) yield { byte, bits, attack, next };
    }
  }
}

/** A card that was served once at terminal 0, and how many bytes the next service writes. */
async function startOf(site: Site, medium: MatrixMedium): Promise<{ start: MatrixStart; bytes: number }> {
  const issue = await newMatrixCard(medium, { issuer: site.issuer, nowSec: NOW_MS / 1000, day: site.day });
  const card = cardFromJSON(JSON.parse(issue));
  const disk = await diskFrom(new Map(), FOLDER);
  const at = { nowMs: NOW_MS, digest: 'matrix' };
  const journal = await openDeskJournal(0, disk.session(), at);
  const fault = (error: unknown): void => {
    throw error;
  };
  const tap = createTap(tapDeps(site, 0, { opened: journal, journal, ...at, hotlisted: false, fault }));
  const desk = { tap, shown: 0 };
  await serve(desk, card, FIRST_LOAVES);
  await journal.close();
  if (desk.shown !== FIRST_LOAVES) throw new Error(`the first service of the ${medium} is granted`);
  const before = JSON.stringify(card);
  const start: MatrixStart = { medium, issue, before, disks: [imageOfDisk(disk), new Map()] };
  return { start, bytes: bytesWritten(card) };
}

function describe(one: Pick<MatrixCase, 'byte' | 'bits' | 'next'> & { readonly attack: string }): string {
  const torn = one.byte === null ? 'nothing torn' : `torn in byte ${one.byte} (${one.bits})`;
  return `${torn}, ${one.attack}, next tap at the ${one.next} terminal`;
}

/**
 * The tear matrix: every medium × every byte that a service writes × every way in which weak bits fall × what somebody does to the card
 * meanwhile × the next tap at the same or another terminal. Each case is carried out; none is argued away.
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
} from '../simulate/exhaustive-desk.js';
import { diskFrom, imageOfDisk } from '../simulate/exhaustive-world.js';
import { FIRST_LOAVES, type MatrixCase, type MatrixStart, runCase, serve } from './cell.js';
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
   * draw at each further terminal, which has never seen the card: the quota.
   */
  readonly cap: { readonly quota: number; readonly doubtful: number; readonly copied: number };
  readonly media: Readonly<Record<string, MediumReport>>;
  /** The first of what was found. */
  readonly failures: readonly string[];
}

const FAILURES_SHOWN = 20;

/** Carries the matrix out. Never rejects for what it finds: see the report. */
export async function runMatrix(options: MatrixOptions = {}): Promise<MatrixReport> {
  const { media = MATRIX_MEDIA, everyByte = 1, onProgress } = options;
  const site = exhaustiveSite();
  const totals = { cases: 0, doubleGrants: 0, silentLosses: 0, faults: 0 };
  const failures: string[] = [];
  const reports: Record<string, MediumReport> = {};
  for (const medium of media) {
    const { start, bytes } = await startOf(site, medium);
    const worst: Record<string, number> = {};
    let cases = 0;
    for (const one of casesOf(medium, bytes, everyByte)) {
      const outcome = await runCase(site, start, one);
      cases += 1;
      worst[one.attack] = Math.max(worst[one.attack] ?? 0, outcome.granted);
      if (outcome.doubleGrants.length > 0) totals.doubleGrants += 1;
      if (outcome.silentLosses.length > 0) totals.silentLosses += 1;
      if (outcome.faults.length > 0) totals.faults += 1;
      for (const what of [...outcome.doubleGrants, ...outcome.silentLosses, ...outcome.faults])
        if (failures.length < FAILURES_SHOWN) failures.push(`${medium}, ${describe(one)}: ${what}`);
    }
    totals.cases += cases;
    reports[medium] = { bytes, cases, worst };
    onProgress?.(`${medium}: ${cases} cases over ${bytes} bytes`);
  }
  const cap = { quota: QUOTA_LOAVES, doubtful: DOUBT_LOAVES, copied: QUOTA_LOAVES };
  return { ...totals, cap, media: reports, failures };
}

function* casesOf(medium: MatrixMedium, bytes: number, everyByte: number): Generator<MatrixCase> {
  for (const attack of ATTACKS) {
    for (const next of ['same', 'other'] as const) {
      yield { byte: null, bits: 'old', attack, next };
      for (let byte = 0; byte < bytes; byte += 1) {
        // The last byte is the one that commits: it is always tried.
        if (byte % everyByte !== 0 && byte !== bytes - 1) continue;
        for (const bits of weakBitsOf(medium)) yield { byte, bits, attack, next };
      }
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

function describe(one: MatrixCase): string {
  const torn = one.byte === null ? 'nothing torn' : `torn in byte ${one.byte} (${one.bits})`;
  return `${torn}, ${one.attack}, next tap at the ${one.next} terminal`;
}

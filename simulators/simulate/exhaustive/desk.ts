/** A terminal's desk for exhaustive runs: the real journal, tap and medium; what they believe, and where, is fixed. */
import { createHash } from 'node:crypto';
import { signerFromSeed, verifierFromKey } from '../../../agent/credential/signature.js';
import { calendars, type SiteCalendar } from '../../../agent/domain/calendar.js';
import type { IssuerKey, Signer, TerminalKey, Verifier } from '../../../agent/domain/keys.js';
import type { Policy } from '../../../agent/domain/policy.js';
import { voidsOn } from '../../../agent/journal/books/served.js';
import type { Disk } from '../../../agent/journal/disk.js';
import type { Journal } from '../../../agent/journal/journal.js';
import { type OpenJournal, openJournal } from '../../../agent/journal/open-journal.js';
import type { TapDeps } from '../../../agent/tap/examine.js';
import { timeSource } from '../../../agent/trust/time.js';
import type { Trust } from '../../../agent/trust/trust.js';
import { openMedium } from '../../../drivers/media/open.js';
import { Stream } from '../../world/random.js';
import { holder } from './card.js';
import type { Desk } from './world.js';

/** Where the journal lies on each disk. */
export const FOLDER = '/data/journal';
/** Opens both journals. */
export const JOURNAL_KEY = new Uint8Array(32).fill(7);
/** 2026-11-21T09:00:00Z. */
export const NOW_MS = Date.UTC(2026, 10, 21, 9);
/** What the holder may take on a day. */
export const QUOTA_LOAVES = 10;
/** Most that is served to a card whose newest slot is damaged. */
export const DOUBT_LOAVES = 5;

/** So small that a few taps begin segments, write room ahead and leave checkpoints. */
const LIMITS = { segmentBytesMax: 3072, allocateBytes: 1024, reserveBytes: 512, checkpointFrames: 6 };
const WORDS = { ar: 'خبز', fr: 'pain', en: 'bread' };
const MEMORY_MAX = 4096;

/** Keys, rules and trust of both terminals, and a memory for signatures that were verified before. */
export interface Site {
  readonly issuer: Signer;
  readonly signers: readonly [Signer, Signer];
  /** The site's calendar day of {@link NOW_MS}. */
  readonly day: number;
  /** What a terminal believes. */
  trust(how: { readonly hotlisted: boolean }): Trust;
  /** The calendar of a time zone. */
  calendar(timeZone: string): SiteCalendar;
  /** Number of the terminal with this key id, in hexadecimal; null for nobody's. */
  deskOf(keyId: string): Desk | null;
}

const POLICY: Policy = {
  version: 7,
  name: 'bread',
  expiresAt: NOW_MS / 1000 + 30 * 86_400,
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
          quotas: [{ per: 'member', every: 'day', amount: QUOTA_LOAVES / holder().draws }],
        },
      ],
      doubtfulLedgerMax: DOUBT_LOAVES,
    },
  ],
};

/** Name of a terminal. */
export function terminalName(desk: Desk): string {
  return `unit-${desk + 1}`;
}

/** The site of an exhaustive run. */
export function exhaustiveSite(): Site {
  const issuer = remembering(signerFromSeed(new Uint8Array(32).fill(1)));
  const signers = [remembering(signerFromSeed(seed(11))), remembering(signerFromSeed(seed(12)))] as const;
  const ids = signers.map((signer) => Buffer.from(signer.keyId).toString('hex'));
  const valid = { notBefore: NOW_MS / 1000 - 300 * 86_400, notAfter: NOW_MS / 1000 + 300 * 86_400 };
  const issuerKeys: IssuerKey[] = [{ verifier: verifierOf(issuer), programmes: [1], ...valid }];
  const terminalKeys = signers.map(
    (signer, i): TerminalKey => ({
      verifier: verifierOf(signer),
      terminal: terminalName(i === 0 ? 0 : 1),
      site: 'bakery-1',
      ...valid,
    }),
  );
  const calendar = calendars();
  const withId = <T extends { readonly verifier: Verifier }>(keys: readonly T[], keyId: Uint8Array): T[] =>
    keys.filter((key) => Buffer.from(key.verifier.keyId).equals(keyId));
  return {
    issuer,
    signers,
    day: calendar(POLICY.timeZone).dayOf(NOW_MS),
    trust: ({ hotlisted }) => ({
      issuerKeys: (keyId) => withId(issuerKeys, keyId),
      terminalKeys: (keyId) => withId(terminalKeys, keyId),
      isHotlisted: () => hotlisted,
      cardAction: () => null,
      foreignKeys: () => [],
      policy: () => POLICY,
      versions: () => ({ keys: 3, terminals: 4, hotlist: 5, policy: 7, actions: 6 }),
    }),
    calendar,
    deskOf: (keyId) => (keyId === ids[0] ? 0 : keyId === ids[1] ? 1 : null),
  };
}

/** Opens a terminal's journal. Its randomness follows from what is on the disk. */
export function openDeskJournal(desk: Desk, disk: Disk, at: { readonly nowMs: number; readonly digest: string }) {
  return openJournal({
    disk,
    folder: FOLDER,
    key: JOURNAL_KEY,
    terminal: terminalName(desk),
    clock: { nowMs: () => at.nowMs },
    random: new Stream(`journal ${desk} ${at.digest}`),
    limits: LIMITS,
  });
}

/** What a tap is made of. `journal` stands before `opened`, which knows the state. */
export function tapDeps(
  site: Site,
  desk: Desk,
  parts: {
    readonly opened: OpenJournal;
    readonly journal: Journal;
    readonly nowMs: number;
    readonly digest: string;
    readonly hotlisted: boolean;
    readonly fault: (error: unknown) => void;
  },
): TapDeps {
  const { opened, journal, nowMs, digest, hotlisted, fault } = parts;
  const floorMs = (): number => opened.state().timeFloorMs;
  return {
    journal,
    trust: site.trust({ hotlisted }),
    time: timeSource({ clock: { nowMs: () => nowMs }, floorMs, signedMs: () => null, builtMs: 0 }),
    random: new Stream(`tap ${desk} ${digest}`),
    calendar: (timeZone) => site.calendar(timeZone),
    voidsOn: (day) => voidsOn(journal, site.calendar(POLICY.timeZone), day),
    signer: site.signers[desk],
    openMedium,
    programmes: ['bread'],
    operator: () => 0,
    fault,
  };
}

/** A signer that answers from memory what it signed before: Ed25519 is deterministic, and most of a run would be spent in it. */
function remembering(signer: Signer): Signer {
  const signed = new Map<string, Uint8Array>();
  return {
    ...signer,
    sign: (message) => remembered(signed, digest(message), () => signer.sign(message)),
  };
}

/** A verifier that answers from memory what it verified before. */
function verifierOf(signer: Signer): Verifier {
  const verifier = verifierFromKey(signer.publicKey);
  const verified = new Map<string, boolean>();
  return {
    ...verifier,
    verify: (message, signature) =>
      remembered(verified, digest(message, signature), () => verifier.verify(message, signature)),
  };
}

function remembered<T>(memory: Map<string, T>, key: string, work: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= MEMORY_MAX) memory.clear();
  const value = work();
  memory.set(key, value);
  return value;
}

function digest(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
}

function seed(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

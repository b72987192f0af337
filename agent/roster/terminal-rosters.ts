/** The rosters of a terminal while it runs: those in force, how persons are found in them, and what they have had here. */
import type { KeyObject } from 'node:crypto';
import { verifierFromKey } from '../credential/signature.js';
import { calendars, type SiteCalendar } from '../domain/calendar.js';
import type { Clock, Randomness } from '../domain/clock.js';
import { codeOf } from '../domain/errors.js';
import type { Signer } from '../domain/keys.js';
import type { Log } from '../domain/log.js';
import type { Disk } from '../journal/disk.js';
import type { JournalReader } from '../journal/journal.js';
import { deriveKey, journalKey, KEY_LABELS, type KeyLabel } from '../journal/keys.js';
import type { Trust } from '../trust/trust.js';
import type { KeptPlace } from './kept-rosters.js';
import { type OpenRosters, openRosters } from './open-rosters.js';
import { openPersonLedger, type PersonLedger } from './person-ledger.js';
import type { Roster } from './roster.js';
import { terminalSealKey } from './sealed-roster.js';
import { createFinder, type RosterFinder } from './search.js';
import { buildIndex } from './search-index.js';

/** A roster in force. */
export interface RosterInForce {
  readonly roster: Roster;
  readonly finder: RosterFinder;
}

/** What campaigns without a card work with. */
export interface TerminalRosters {
  /** The roster of this name; null where this terminal has none, or it has expired at `nowSec` (seconds since 1970). */
  inForce(name: string, nowSec: number): RosterInForce | null;
  /** The roster with this number; likewise. */
  numbered(number: number, nowSec: number): RosterInForce | null;
  /** Ledgers of the persons; null while there is no roster. */
  ledger(): PersonLedger | null;
  /** Looks for new files. Takes up to a second for a roster of 23,000 persons on a slow machine. Never rejects: what is wrong is logged. */
  reload(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** What they are made from. Paths are absolute. */
export interface TerminalRostersParts {
  readonly config: {
    readonly dataFolder: string;
    /** Rosters are brought to where the other lists are. */
    readonly trust: { readonly folder: string; readonly authorityKey: string };
  };
  readonly disk: Disk;
  /** The journal's key, and the seed of the terminal's own: 32 bytes each. */
  readonly key: Uint8Array;
  readonly seed: Uint8Array;
  readonly signer: Signer;
  readonly journal: JournalReader;
  readonly trust: Pick<Trust, 'policy'>;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
}

/** Opens them. Whatever is wrong with them is logged, and the terminal goes on without: whoever has a card is served. Never rejects. */
export async function openTerminalRosters(parts: TerminalRostersParts): Promise<TerminalRosters> {
  const { log } = parts;
  const running = new RunningRosters(parts);
  const failed = (error: unknown): void =>
    log.error({ code: codeOf(error), err: error }, 'rosters are not kept now: nobody new is served without a card');
  const reload = (): Promise<void> => running.refresh().catch(failed);
  await reload();
  return {
    inForce: (name, nowSec) => running.inForce(name, nowSec),
    numbered: (number, nowSec) => running.numbered(number, nowSec),
    ledger: () => running.ledger,
    reload,
    close: async () => running.ledger?.close(),
  };
}

/** Name of the folder of rosters in the data folder. */
const FOLDER_NAME = 'rosters';

class RunningRosters {
  ledger: PersonLedger | null = null;
  readonly #parts: TerminalRostersParts;
  readonly #kept: KeptPlace;
  #rosters: OpenRosters | null = null;
  #inForce: ReadonlyMap<string, RosterInForce> = new Map();

  constructor(parts: TerminalRostersParts) {
    const { disk, random, config } = parts;
    this.#parts = parts;
    this.#kept = { disk, random, folder: `${config.dataFolder}/${FOLDER_NAME}`, key: this.#key(KEY_LABELS.roster) };
  }

  inForce(name: string, nowSec: number): RosterInForce | null {
    const one = this.#inForce.get(name);
    return one === undefined || nowSec >= one.roster.head.expiresAt ? null : one;
  }

  numbered(number: number, nowSec: number): RosterInForce | null {
    const name = [...this.#inForce].find(([, { roster }]) => roster.number === number)?.[0];
    return name === undefined ? null : this.inForce(name, nowSec);
  }

  /** Opens them, or looks for new files. Rejects with `ERR_DATA_FOLDER` or `ERR_JOURNAL_SPACE`. */
  async refresh(): Promise<void> {
    const { log } = this.#parts;
    const known = this.#rosters;
    const rosters = known ?? (await this.#open());
    this.#rosters = rosters;
    if (known !== null) await known.reload();
    for (const { file, reason } of rosters.refused())
      log.warn({ file, code: reason.code, reason: reason.message }, 'a roster that was brought is not taken');
    if (rosters.all().size > 0) this.ledger ??= await this.#openLedger(rosters);
    const before = this.#inForce;
    this.#inForce = new Map([...rosters.all()].map(([name, one]) => [name, prepared(one, before.get(name), log)]));
  }

  #open(): Promise<OpenRosters> {
    const { config, seed, signer } = this.#parts;
    return openRosters({
      kept: this.#kept,
      folder: config.trust.folder,
      authority: verifierFromKey(Uint8Array.from(Buffer.from(config.trust.authorityKey, 'hex'))),
      terminal: terminalSealKey(seed, signer.publicKey),
    });
  }

  #openLedger({ hadRosters }: OpenRosters): Promise<PersonLedger> {
    const { journal, clock, trust } = this.#parts;
    const zoned = calendars();
    const calendar = (): SiteCalendar => zoned(trust.policy().timeZone);
    const place = { ...this.#kept, key: this.#key(KEY_LABELS.served) };
    return openPersonLedger({ journal, place, calendar, clock, hadRosters });
  }

  #key(label: KeyLabel): KeyObject {
    return deriveKey(journalKey(this.#parts.key), label);
  }
}

function prepared(roster: Roster, before: RosterInForce | undefined, log: Log): RosterInForce {
  if (before?.roster === roster) return before;
  const { name, version } = roster.head;
  log.info({ roster: name, version, persons: roster.size }, 'a roster is in force');
  return { roster, finder: createFinder(buildIndex(roster)) };
}

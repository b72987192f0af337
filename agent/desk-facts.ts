/** What a terminal knows of itself when it decides: its site from the signed lists, and what it served since it last heard of the centre. */
import type { SiteCalendar } from './domain/calendar.js';
import type { Journal } from './journal/journal.js';
import type { ExposureFacts } from './services/service.js';
import type { DeskFacts } from './tap/snapshot.js';
import type { SiteTrust, TimeSource, Trust } from './trust/trust.js';

const MS_PER_DAY = 86_400_000;
/** Role of whoever serves at a desk without a log-in. */
const CLERK = 'clerk';

/** What the facts are gathered from. */
export interface DeskFactsParts {
  /** Id of the site, as the terminal is enrolled with it. */
  readonly site: string;
  readonly trust: Trust & SiteTrust;
  readonly journal: Journal;
  readonly time: TimeSource;
  /** What was served of a programme that the centre has not acknowledged, and what was claimed on a calendar day of the site. Rejects with `ERR_JOURNAL_*`. */
  exposure(
    programme: number,
    on: { readonly day: number },
  ): Promise<Pick<ExposureFacts, 'units' | 'services' | 'exemptionsToday' | 'representedThisMonth'>>;
  /** When the newest list in force was signed, ms since 1970. */
  issuedMs(): number;
  calendar(timeZone: string): SiteCalendar;
  /** Role of the operator at this moment; absent, and where it says null: a clerk. */
  operatorRole?(): string | null;
  /** Names of the rosters that list the holder of a card; absent: none. */
  rostersOf?(card: number): readonly string[];
}

/** Gathers the facts; each is looked up when it is asked for. */
export function deskFacts(parts: DeskFactsParts): DeskFacts {
  const { site, trust, journal, time, calendar } = parts;
  const dayOf = (timeMs: number): number => calendar(trust.policy().timeZone).dayOf(timeMs);
  const daysSince = (ms: number | null): number | null =>
    ms === null || ms === 0 ? null : Math.max(0, Math.floor((time.now().ms - ms) / MS_PER_DAY));
  return {
    site: () => {
      const { number, kind, area, accredited } = trust.site(site) ?? {
        number: 0,
        kind: '',
        area: '',
        accredited: false,
      };
      return { number, name: site, kind, area, accredited };
    },
    get operatorRole() {
      return parts.operatorRole?.() ?? CLERK;
    },
    exposure: async (programme) => {
      const { lastContactMs, timeFloorMs } = journal.state();
      return {
        daysSinceContact: daysSince(lastContactMs),
        daysSinceSignedTime: daysSince(Math.max(timeFloorMs, parts.issuedMs())),
        ...(await parts.exposure(programme, { day: dayOf(time.now().ms) })),
      };
    },
    areaOf: (number) => trust.areaOf(number),
    siteOf: (id) => {
      const found = trust.site(id);
      return found === null ? null : { ...found, name: found.site };
    },
    sitesOf: (kind) => trust.sitesOf(kind).map((one) => ({ number: one.number, name: one.site, area: one.area })),
    rostersOf: (card) => parts.rostersOf?.(card) ?? [],
  };
}

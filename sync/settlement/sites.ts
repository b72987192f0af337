/** What the authority signed of sites, and since when: an event is judged by the description that was in force at its time. */
import { createHash } from 'node:crypto';

/** A site as a signed list describes it. */
export interface SiteFacts {
  /** As policies name it, like `hospital`. */
  readonly kind: string;
  /** Governorate, state or locality. */
  readonly area: string;
  readonly accredited: boolean;
}

/** One version of the signed list, as far as it is about sites. */
export interface SitesVersion {
  readonly version: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly sites: readonly (SiteFacts & { readonly site: string })[];
}

/** The descriptions of sites over time. Answers are immediate and never throw. */
export interface SiteHistory {
  /** How the site was described at a time in seconds since 1970; what is known earliest stands for all before it. Null for one that no list describes. */
  at(site: string, timeS: number): SiteFacts | null;
  /** Changes with anything that {@link at} may answer for the site, and with nothing else; empty for one that no list describes. */
  mark(site: string): string;
  /** Changes whenever {@link mark} may have. */
  revision(): number;
  /** Sites that any list describes, sorted. */
  names(): readonly string[];
  /** Areas that any list names, sorted. */
  areas(): readonly string[];
}

/** A history that learns of new versions, in any order. */
export interface LearningSiteHistory extends SiteHistory {
  /** Takes in a version; the same version again changes nothing. */
  add(version: SitesVersion): void;
}

interface Since extends SiteFacts {
  readonly sinceS: number;
}

/** A history without any version yet. Versions that say the same of all sites are kept once. */
export function siteHistory(): LearningSiteHistory {
  const versions = new Map<number, SitesVersion>();
  const contents = new Map<string, SitesVersion['sites']>();
  let known: ReadonlyMap<string, readonly Since[]> = new Map();
  return {
    at: (site, timeS) => {
      const changes = known.get(site) ?? [];
      return changes.filter(({ sinceS }) => sinceS <= timeS).at(-1) ?? changes[0] ?? null;
    },
    mark: (site) => {
      const changes = known.get(site);
      return changes === undefined ? '' : JSON.stringify(changes);
    },
    revision: () => versions.size,
    names: () => [...known.keys()].sort(),
    areas: () => [...new Set([...known.values()].flatMap((changes) => changes.map(({ area }) => area)))].sort(),
    add: (version) => {
      if (versions.has(version.version)) return;
      const digest = createHash('sha256').update(JSON.stringify(version.sites)).digest('hex');
      const sites = contents.get(digest) ?? version.sites;
      contents.set(digest, sites);
      versions.set(version.version, { ...version, sites });
      known = changesOf([...versions.values()].sort((a, b) => a.version - b.version));
    },
  };
}

function changesOf(versions: readonly SitesVersion[]): ReadonlyMap<string, readonly Since[]> {
  const found = new Map<string, Since[]>();
  let before: SitesVersion['sites'] = [];
  for (const { issuedAt, sites } of versions) {
    if (sites === before) continue;
    before = sites;
    for (const { site, kind, area, accredited } of sites) {
      const changes = found.get(site) ?? [];
      const last = changes.at(-1);
      const isSame = last?.kind === kind && last.area === area && last.accredited === accredited;
      if (!isSame) found.set(site, [...changes, { kind, area, accredited, sinceS: issuedAt }]);
    }
  }
  return found;
}

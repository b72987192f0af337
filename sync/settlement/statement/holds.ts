/** Why a service is not paid, or not yet: a dispute, an open case, or a site that was not accredited. Statements and views go by the same. */
import { DATABASES } from '../../bridge/documents.js';
import type { DocumentStore } from '../../bridge/store.js';
import { type CaseDocument, isCaseId, readCase } from '../cases/case.js';
import { documentsFrom } from '../desk.js';
import type { SiteHistory } from '../sites.js';
import { type Dispute, disputeId } from './dispute.js';
import type { Entry } from './figures.js';
import type { Hold } from './statement.js';

/** Kinds of cases that hold back the money of the services that they rest on, while they are open. */
const HOLDING: readonly string[] = ['over-draw', 'two-places', 'hotlisted', 'void', 'roster-twice', 'slip-twice'];

/** Which sites are paid only while they are accredited, whatever policy their terminals had. */
export interface Accreditation {
  readonly sites: SiteHistory;
  /** Kinds of sites. */
  readonly kinds: readonly string[];
}

/** What holds are worked out from. */
export interface HoldParts {
  readonly disputes: readonly Dispute[];
  readonly cases: readonly CaseDocument[];
  /** Absent: accreditation is left to the terminals. */
  readonly accreditation?: Accreditation;
  /** Site of an entry. */
  readonly siteOf: (entry: Entry) => string;
  /** Time of an entry, in seconds since 1970. */
  readonly timeOf: (entry: Entry) => number;
}

/** Whether a case holds money back now. */
export function isHolding({ kind, status }: CaseDocument): boolean {
  return status === 'open' && HOLDING.includes(kind);
}

/** The cases that hold money back now. Rejects with `ERR_DATABASE`. */
export async function holdingCases(store: DocumentStore): Promise<readonly CaseDocument[]> {
  const found: CaseDocument[] = [];
  for (const kind of HOLDING) {
    for await (const document of documentsFrom(store, DATABASES.cases, `${kind}:`)) {
      const one = isCaseId(document._id) ? readCase(document) : null;
      if (one !== null && isHolding(one)) found.push(one);
    }
  }
  return found;
}

/** Whether a site was of a kind that has to be accredited, and was not. A site that no list describes is of no kind. */
export function lacksAccreditation(site: string, timeS: number, { sites, kinds }: Accreditation): boolean {
  const facts = sites.at(site, timeS);
  return facts !== null && kinds.includes(facts.kind) && !facts.accredited;
}

/** A dispute that was decided holds for good, whatever cases say; closing a case pays what it held back. */
export function holder(parts: HoldParts): (entry: Entry) => Hold | null {
  const disputed = new Map(parts.disputes.map((one) => [one.event, one]));
  const inCase = new Map(parts.cases.flatMap((one) => one.events.map((event) => [event, one] as const)));
  // A case lists the lowest ids only; of one with more, whatever its card or person had is held back.
  const large = parts.cases.filter(({ events, eventCount }) => eventCount > events.length);
  return (entry) => {
    const { events, who, programme } = entry;
    const dispute = events.map((id) => disputed.get(id)).find((one) => one !== undefined);
    if (dispute !== undefined) {
      if (dispute.decision?.verdict === 'pay') return null;
      const reference = disputeId(dispute.site, dispute.event);
      return { why: dispute.decision === null ? 'dispute' : 'refused', reference };
    }
    const site = parts.siteOf(entry);
    if (parts.accreditation !== undefined && lacksAccreditation(site, parts.timeOf(entry), parts.accreditation))
      return { why: 'not-accredited', reference: `site:${site}` };
    const one =
      events.map((id) => inCase.get(id)).find((found) => found !== undefined) ??
      large.find(({ subject }) => isAbout(subject, who) && (subject.programme ?? programme) === programme);
    return one === undefined ? null : { why: 'case', reference: one._id };
  };
}

/** Whether a case is about this card or person. */
function isAbout(subject: CaseDocument['subject'], who: Entry['who']): boolean {
  if ('card' in who) return subject.card === who.card;
  return subject.roster === who.roster && subject.person === who.person;
}

/** Slips, as the page shows and prints them. */
import { slipOf } from '../credential/slip.js';
import { calendarOf, isoDay } from '../domain/calendar.js';
import { PAPER_KINDS } from '../domain/policy.js';
import { type Slip, slipNumber } from '../domain/slip.js';
import { endingOf } from './holder-views.js';
import { namedCommodity, siteName } from './offer-view.js';
import type { BackendParts } from './parts.js';
import type { BroughtSlipView, SlipView } from './slip-state.js';

/** The slip that the service with this tap wrote, while it is not handed over; nothing where there is none. */
export function writtenSlip(tapId: string, parts: BackendParts): { readonly slip?: SlipView } {
  const text = parts.journal.state().slips.written.get(tapId)?.text;
  const slip = text === undefined ? null : slipOf(text);
  return slip === null || text === undefined ? {} : { slip: slipView(slip, text, parts) };
}

/** The slip that was read before a card. */
export function broughtSlip(
  read: { readonly tapId: string; readonly text: string; readonly slip: Slip } | undefined,
  parts: BackendParts,
): { readonly slip?: BroughtSlipView } {
  return read === undefined ? {} : { slip: { tapId: read.tapId, slip: slipView(read.slip, read.text, parts) } };
}

/** What a slip says that cannot be used: it is read, and not printed again. */
export function refusedSlip(slip: Slip | undefined, parts: BackendParts): { readonly slip?: SlipView } {
  return slip === undefined ? {} : { slip: slipView(slip, '', parts) };
}

function slipView(slip: Slip, text: string, parts: BackendParts): SlipView {
  const policy = parts.trust.policy();
  const { subject, issuedAt } = slip;
  return {
    text,
    number: slipNumber(slip.id),
    papers: slip.papers.map(({ kind, commodity, units, untilDay, site }) => {
      const { name, unit } = namedCommodity(policy, commodity);
      const place = site === 0 ? null : siteName(site, commodity, { policy, desk: parts.desk });
      return { kind: PAPER_KINDS[kind] ?? 'request', name, unit, units, until: isoDay(untilDay), site: place };
    }),
    ending: 'card' in subject ? endingOf(subject.card) : listedEndingOf(subject, parts),
    day: isoDay(calendarOf(policy.timeZone).dayOf(issuedAt * 1000)),
  };
}

function listedEndingOf(
  { roster, person }: { readonly roster: number; readonly person: number },
  { tap }: BackendParts,
): string {
  const known = tap.personOf(roster, person);
  return known === null ? `#${person}` : known.id.slice(-4);
}

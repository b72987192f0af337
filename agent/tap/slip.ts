/** A slip that was held before the scanner: what it is good for at this terminal, before anybody is served with it. */
import type { PresentedCard, TextCard } from '../../drivers/reader.js';
import { decodeSlip, isSlipText } from '../credential/slip.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { TerminalKey } from '../domain/keys.js';
import { isSameSubject, type Slip, type SlipPaper } from '../domain/slip.js';
import type { SlipBook } from '../journal/journal.js';
import { slipPaperKey } from '../journal/slips.js';
import { slipRulesFor } from '../services/rules/slips.js';
import type { PaperOnSlip } from '../services/service.js';
import { claimed, firstOffer } from './claims.js';
import { type OfferedCard, type RefusedCard, type TapDeps, versionsNow } from './examine.js';
import { newTapId } from './reports.js';
import { type ReadSlip, UNKNOWN_DESK } from './snapshot.js';

/** Why a slip cannot be used; what it says, once its signature was found good. */
export interface RefusedSlip {
  readonly code: ErrorCode;
  readonly slip: Slip | null;
}

/** Reads a slip as of now: its signature, who may write such slips, whether its card is blocked, what is left of it here, and for which site it was written. Never throws. */
export function readSlip(deps: TapDeps, { text }: Pick<TextCard, 'text'>): ReadSlip | RefusedSlip {
  const { trust, desk = UNKNOWN_DESK } = deps;
  const policy = trust.policy();
  const calendar = deps.calendar(policy.timeZone);
  const nowMs = deps.time.now().ms;
  const today = calendar.dayOf(nowMs);
  const read = decodeSlip(text, {
    terminalKeys: (keyId) => trust.terminalKeys(keyId),
    siteNumber: (site) => desk.siteOf(site)?.number ?? 0,
    ...{ nowSec: Math.floor(nowMs / 1000), today },
  });
  if (!read.ok) return { code: read.code, slip: null };
  const { slip, signer } = read;
  const refuse = (code: ErrorCode): RefusedSlip => ({ code, slip });
  if ('card' in slip.subject && trust.isHotlisted(slip.subject.card)) return refuse('ERR_CREDENTIAL_HOTLISTED');
  const issuedDay = calendar.dayOf(slip.issuedAt * 1000);
  const allowed = slip.papers.map((paper) => allowedOf(deps, paper, { slip, signer, issuedDay }));
  if (allowed.some((paper) => paper === null)) return refuse('ERR_SLIP_SIGNER');
  const holding = allowed.filter((paper) => paper !== null).filter(({ untilDay }) => untilDay >= today);
  if (holding.length === 0) return refuse('ERR_SLIP_EXPIRED');
  const here = holding.filter(({ site }) => site === 0 || site === desk.site().number);
  if (here.length === 0) return refuse('ERR_SITE_CHOSEN');
  const papers = here.map((paper) => leftOf(deps.journal.state().slips, slip, paper)).filter(({ left }) => left > 0);
  if (papers.length === 0) return refuse('ERR_SLIP_USED');
  return { tapId: newTapId(deps), text, slip, papers };
}

/** The slip of a person without a card, where this is one that can be used; null for anything else, which is for the taps of cards. */
export function slipOfPerson(deps: TapDeps, card: PresentedCard): ReadSlip | null {
  if (card.kind !== 'text' || !isSlipText(card.text)) return null;
  const read = readSlip(deps, card);
  return 'code' in read || 'card' in read.slip.subject ? null : read;
}

/** What a slip comes to at the desk: a refusal; the offer to the holder who lies there, made anew; or the card of its holder is waited for. */
export type BroughtSlip<Card> = RefusedCard | Card | { readonly result: 'waits'; readonly slip: ReadSlip };

/** Reads a slip, for the card that something is offered to, or for none. Never throws. */
export function bringSlip<Card extends OfferedCard>(
  deps: TapDeps,
  text: string,
  at: { readonly card: Card | null; readonly programme: string },
): BroughtSlip<Card> {
  const read = readSlip(deps, { text });
  if ('code' in read) return refusedSlip(deps, at.programme, read);
  return at.card === null ? { result: 'waits', slip: read } : withSlip(deps, at.card, read);
}

/** A slip that cannot be used, as a refusal: of its card, where its signature was found good. */
export function refusedSlip(
  deps: Pick<TapDeps, 'trust' | 'time'>,
  programme: string,
  { code, slip }: RefusedSlip,
): RefusedCard {
  const card = slip !== null && 'card' in slip.subject ? slip.subject.card : null;
  const number = deps.trust.policy().programmes.find(({ id }) => id === programme)?.number ?? 0;
  const about = { card, credential: null, programme: number, versions: versionsNow(deps), superseded: [] };
  return { result: 'refuse', code, ...about, ...(slip === null ? {} : { slip }) };
}

/** The offer made anew; a refusal where the slip is another's, or the rules do not let it be used. */
function withSlip<Card extends OfferedCard>(deps: TapDeps, card: Card, { slip, papers }: ReadSlip): Card | RefusedCard {
  const { credential, owner, programme, superseded } = card;
  const about = { card: owner.card, credential, programme: programme.number, versions: versionsNow(deps), superseded };
  if (!isSameSubject(slip.subject, { card: owner.card }))
    return { result: 'refuse', code: 'ERR_SLIP_HOLDER', ...about };
  const snapshot = { ...card.snapshot, slips: papers };
  const offered = firstOffer(snapshot);
  if (!('offer' in offered)) return { result: 'refuse', code: offered.reason, ...about };
  return { ...card, snapshot, offered: claimed(snapshot, offered, card.offered.claims) };
}

/**
 * The paper as far as the policy in force lets a terminal write it: for no more units and no more days. Null where it lets this one write no such paper on
 * slips: another programme, or a site of another kind.
 */
function allowedOf(
  deps: TapDeps,
  paper: SlipPaper,
  by: { readonly slip: Slip; readonly signer: TerminalKey; readonly issuedDay: number },
): SlipPaper | null {
  const { desk = UNKNOWN_DESK, trust } = deps;
  const site = desk.siteOf(by.signer.site);
  const rule = slipRulesFor(trust.policy(), paper).find(({ programme, writes }) => {
    const { siteKinds, accredited } = programme.place ?? {};
    const isPlace =
      (siteKinds === undefined || siteKinds.includes(site?.kind ?? '')) &&
      (accredited !== true || site?.accredited === true);
    return (
      programme.number === by.slip.programme && isPlace && paper.site > 0 === (writes.chooseSiteKind !== undefined)
    );
  });
  if (rule === undefined) return null;
  const { days, quantityMax } = rule.writes;
  const untilDay = Math.min(paper.untilDay, by.issuedDay + days - 1);
  return { ...paper, untilDay, units: Math.min(paper.units, quantityMax) };
}

function leftOf(book: SlipBook, { id }: Slip, paper: SlipPaper): PaperOnSlip {
  const { kind, commodity, units, untilDay, site } = paper;
  const used = book.used.get(slipPaperKey(id, commodity))?.units ?? 0;
  return { kind, number: 0, commodity, left: Math.max(0, units - used), untilDay, site, slip: { id, of: units } };
}

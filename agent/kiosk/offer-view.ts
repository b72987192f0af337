/** An offer as the page shows it: what may be had, what has to be said of it, what it costs, and what the card carries already. */
import { isoDay } from '../domain/calendar.js';
import type { OfferedItem } from '../domain/decision.js';
import { WaslError } from '../domain/errors.js';
import type { LedgerPaper } from '../domain/ledger.js';
import type { PaymentMethod, WayToPay } from '../domain/payment.js';
import { type Commodity, PAPER_KINDS, type Policy, type Programme } from '../domain/policy.js';
import type { CountedTexts, Texts } from '../domain/texts.js';
import { spendable } from '../services/entitlement.js';
import { lineFor } from '../services/rules/money.js';
import { purseOf } from '../services/rules/purse.js';
import type { PaperRequest, ServiceClaims } from '../services/service.js';
import type { DeskFacts, TapState } from '../tap/tap.js';
import type { BackendParts } from './parts.js';
import { reasonText } from './reason-texts.js';
import type {
  ItemView,
  KioskCommand,
  LowStock,
  OfferMore,
  PaperChoice,
  PaperView,
  ProofView,
  Screen,
  WritesView,
} from './state.js';

/** What is offered, and what was claimed for it: to the holder of a card, or to a person on a list. */
type OfferState = Pick<
  Extract<TapState, { readonly name: 'offer' }>,
  'programme' | 'offer' | 'claimed' | 'snapshot' | 'pin'
>;

/** Most sites that a holder may choose from on a screen. */
const SITES_MAX = 200;

/** What an offer is shown with. */
export interface OfferParts {
  readonly policy: Policy;
  readonly supervisors: OfferMore['supervisors'];
  readonly desk: Pick<DeskFacts, 'sitesOf' | 'site'>;
  readonly methods: readonly PaymentMethod[];
  /** Absent where nobody keeps the goods. */
  readonly low?: LowStock;
}

/** What an offer is shown with at this desk. */
export function offerParts({ trust, supervisors, desk, methods, low }: BackendParts): OfferParts {
  const shown = { policy: trust.policy(), supervisors: supervisors.here(), desk, methods: methods() };
  return low === undefined ? shown : { ...shown, low };
}

/** The parts of the offer screen that depend on what is offered. */
export function offerView(
  state: OfferState,
  parts: OfferParts,
): Pick<Extract<Screen, { readonly name: 'offer' }>, 'items' | 'more'> {
  const items = state.offer.items.map((item) => itemView(state, item, parts));
  const more = moreOf(state, items, parts);
  const asksForMore =
    more.papers.length + more.exemptions.length > 0 ||
    more.proof !== null ||
    more.currency !== null ||
    more.hint !== null ||
    items.some(({ writes }) => writes !== undefined);
  return asksForMore ? { items, more } : { items };
}

/** A commodity by its number, in words. One that the policy does not have (a grant of an older one) is shown by its number. */
export function namedCommodity(
  policy: Policy,
  number: number,
): { readonly commodity: string; readonly name: Texts; readonly unit: CountedTexts } {
  const commodity = commodityOf(policy, number);
  const label = `#${number}`;
  const unknown: Texts = { ar: label, fr: label, en: label };
  return { commodity: commodity?.id ?? label, name: commodity?.name ?? unknown, unit: commodity?.unit ?? unknown };
}

/** The number of a commodity that the page names. Throws `ERR_QUANTITY` for one that the policy does not have. */
export function numberOf(policy: Policy, id: string): number {
  const commodity = policy.programmes.flatMap(({ commodities }) => commodities).find((one) => one.id === id);
  if (commodity === undefined) throw new WaslError('ERR_QUANTITY', `there is no commodity called ${id.slice(0, 32)}`);
  return commodity.number;
}

/** The papers that the page asks for. Throws `ERR_QUANTITY`. */
export function papersOf(
  papers: readonly PaperChoice[],
  policy: Policy,
): { readonly papers?: readonly PaperRequest[] } {
  if (papers.length === 0) return {};
  return {
    papers: papers.map(({ writtenBy, commodity, quantity, site }) => ({
      ...{ writtenBy: numberOf(policy, writtenBy), commodity: numberOf(policy, commodity), quantity, site },
    })),
  };
}

/** What a command claims; the supervisor is in it, and has to have shown that it is them. */
export function claimsOf(command: Extract<KioskCommand, { readonly type: 'claim' }>): ServiceClaims {
  const { exemption, supervisor, factors } = command;
  return {
    ...(exemption === undefined ? {} : { exemption }),
    ...(supervisor === undefined ? {} : { supervisor }),
    ...(factors === undefined ? {} : { factors }),
  };
}

function itemView(state: OfferState, item: OfferedItem, parts: OfferParts): ItemView {
  const commodity = state.programme.commodities.find(({ number }) => number === item.commodity);
  const price = priceOf(state, commodity);
  const writes = commodity === undefined ? undefined : writesOf(commodity, parts);
  const isChosen = state.programme.coverage !== undefined || commodity?.consumes !== undefined || writes !== undefined;
  return {
    ...namedCommodity(parts.policy, item.commodity),
    available: item.available,
    usedDay: item.usedDay,
    quotaDay: item.quotaDay ?? 0,
    usedMonth: item.usedMonth,
    quotaMonth: item.quotaMonth ?? 0,
    ...(isChosen ? { isChosen } : {}),
    ...lowOf(item.commodity, parts),
    ...(price === undefined ? {} : { price }),
    ...(writes === undefined ? {} : { writes }),
  };
}

/** What is left, where that is little. */
function lowOf(number: number, { policy, low }: OfferParts): Pick<ItemView, 'left'> {
  const left = low?.onHand(number) ?? null;
  const below = low?.below[namedCommodity(policy, number).commodity];
  return left === null || below === undefined || left >= below ? {} : { left: Math.max(0, left) };
}

function priceOf({ snapshot }: OfferState, commodity: Commodity | undefined): ItemView['price'] {
  const rule = commodity?.price;
  if (rule === undefined) return undefined;
  const line = lineFor(rule, snapshot.holder);
  return { each: rule.amount, ...(line === undefined ? {} : { line }) };
}

function writesOf({ writes, consumes }: Commodity, { policy, desk }: OfferParts): WritesView | undefined {
  if (writes === undefined) return undefined;
  const { kind, quantityMax, chooseSiteKind } = writes;
  return {
    kind,
    quantityMax,
    isOptional: consumes !== undefined,
    for: writes.for.map((number) => namedCommodity(policy, number)),
    sites: chooseSiteKind === undefined ? null : desk.sitesOf(chooseSiteKind).slice(0, SITES_MAX),
  };
}

function moreOf(state: OfferState, items: readonly ItemView[], parts: OfferParts): OfferMore {
  const { offer, claimed } = state;
  const { exemption: chosen } = claimed.claims;
  const isPriced = items.some(({ price }) => price !== undefined);
  return {
    papers: offer.papers.map((paper) => paperView(paper, parts)),
    exemptions: claimed.exemptions.map(({ number, name, supervisor }) => ({
      ...{ number, name, supervisor, isClaimed: number === chosen },
    })),
    supervisors: claimed.exemptions.some(({ supervisor }) => supervisor) ? parts.supervisors : [],
    proof: proofOf(state),
    currency: isPriced ? (parts.policy.currency ?? null) : null,
    ...paymentOf(state, isPriced, parts),
    hint: claimed.code === null ? null : { code: claimed.code, text: reasonText(claimed.code) },
  };
}

/**
 * How it may be paid. Where the till takes no money and the card could pay, the clerk says which it was: cash then means that the outlet has it, and no
 * payment is recorded.
 */
function paymentOf(
  { programme, snapshot, offer }: OfferState,
  isPriced: boolean,
  { methods }: OfferParts,
): Pick<OfferMore, 'methods' | 'purse'> {
  // Nobody without a card has a purse.
  const isNamed = programme.purse !== undefined && snapshot.holder.card !== null;
  if (!isPriced || !isNamed) return { methods: isPriced ? methods : [] };
  const here: readonly WayToPay[] = methods.length === 0 ? ['cash'] : methods;
  const account = purseOf(snapshot);
  const left = { ...snapshot.ledger, more: { ...snapshot.ledger.more, balances: offer.balances } };
  return {
    methods: [...here, 'purse'],
    purse: { balance: account === undefined ? null : spendable(snapshot, left, account.number) },
  };
}

function paperView(paper: LedgerPaper, { policy, desk }: OfferParts): PaperView {
  const { kind, commodity, left, untilDay, site } = paper;
  const { name, unit } = namedCommodity(policy, commodity);
  return {
    ...{ kind: PAPER_KINDS[kind] ?? 'request', name, unit, left, until: isoDay(untilDay) },
    site:
      site === 0 ? null : { name: siteName(site, commodity, { policy, desk }), isHere: site === desk.site().number },
  };
}

/** A site that a paper for a commodity names, by the name in the list; by its number where the list has it no more. */
export function siteName(
  site: number,
  commodity: number,
  { policy, desk }: Pick<OfferParts, 'policy' | 'desk'>,
): string {
  const kinds = new Set(
    policy.programmes
      .flatMap(({ commodities }) => commodities)
      .flatMap(({ writes }) => (writes?.for.includes(commodity) === true ? [writes.chooseSiteKind] : [])),
  );
  for (const kind of kinds) {
    const found = kind === undefined ? undefined : desk.sitesOf(kind).find(({ number }) => number === site);
    if (found !== undefined) return found.name;
  }
  return `#${site}`;
}

function proofOf({ programme, snapshot, claimed, pin }: OfferState): ProofView | null {
  const { secondFactor: rule } = programme satisfies Programme;
  if (rule === undefined) return null;
  const isAlways = rule.media?.includes(snapshot.medium.kind) === true;
  const fromPurse = programme.purse === undefined ? undefined : rule.fromPurse;
  if (!isAlways && rule.fromUnits === undefined && fromPurse === undefined) return null;
  const isGiven = claimed.claims.factors?.includes('id-document') === true;
  const document = !rule.accepts.includes('id-document') ? 'not-accepted' : isGiven ? 'given' : 'not-given';
  const isProven = claimed.claims.factors?.includes('pin') === true;
  const asksPin = pin !== undefined && rule.accepts.includes('pin');
  return {
    ...{ fromUnits: isAlways ? 1 : (rule.fromUnits ?? null), document },
    ...(fromPurse === undefined ? {} : { fromPurse }),
    ...(asksPin ? { pin: { isGiven: isProven, triesLeft: pin.triesLeft } } : {}),
  };
}

function commodityOf(policy: Policy, number: number): Commodity | undefined {
  return policy.programmes.flatMap(({ commodities }) => commodities).find((one) => one.number === number);
}

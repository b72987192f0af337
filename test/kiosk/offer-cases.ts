/** Screens of offers that ask for more than quantities, of desks that take payments, of somebody who collects or has no card: on a good day and on the worst one. */
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import type { HintView, PersonView, Screen } from '../../agent/kiosk/state.js';
import { EMERGENCY, healthOffer, LABORATORY, PAPERS, PERIODIC, REFERRAL, SURGERY, VISIT } from './health-samples.js';
import { BREAD, FOUND, handover, ITEMS, LONG_HOLDER, offer, search } from './samples.js';

/** A screen by what is special about it. */
export interface OfferCase {
  readonly name: string;
  readonly screen: Screen;
}

function hint(code: ErrorCode): HintView {
  return { code, text: reasonText(code) };
}

/** Offers that ask for more than quantities. */
export const HEALTH_CASES: readonly OfferCase[] = [
  {
    name: 'offer of a family unit: papers on the card, a referral to write',
    screen: healthOffer('h1', [REFERRAL, PERIODIC, VISIT], { papers: PAPERS }),
  },
  {
    name: 'offer of a family unit, one service, long name',
    screen: healthOffer('h2', [PERIODIC], { papers: PAPERS.slice(2), holder: LONG_HOLDER }),
  },
  {
    name: 'offer of a hospital: money, a proof, an exemption',
    screen: healthOffer('h3', [SURGERY, LABORATORY], {
      ...{ papers: PAPERS.slice(0, 2), exemptions: [EMERGENCY], currency: 'EGP' },
      proof: { fromUnits: 1, document: 'not-given' },
    }),
  },
  {
    name: 'offer of a hospital: the PIN of the card or a document, an exemption',
    screen: healthOffer('h6', [SURGERY, LABORATORY], {
      ...{ papers: PAPERS.slice(0, 2), exemptions: [EMERGENCY], currency: 'EGP' },
      proof: { fromUnits: 1, document: 'not-given', pin: { isGiven: false, triesLeft: null } },
    }),
  },
  {
    name: 'offer of a hospital: the exemption claimed, the document seen',
    screen: healthOffer('h4', [SURGERY, LABORATORY], {
      ...{ exemptions: [{ ...EMERGENCY, isClaimed: true }], currency: 'EGP', hint: hint('ERR_EXEMPTION_LIMIT') },
      proof: { fromUnits: 1, document: 'given', pin: { isGiven: true, triesLeft: null } },
    }),
  },
  {
    name: 'offer of nothing but an exemption',
    screen: healthOffer('h5', [], { exemptions: [EMERGENCY], hint: hint('ERR_PAPER_NEEDED') }),
  },
];

const PAID = { method: 'cash', amount: 30_000, currency: 'EGP' } as const;
const BY_MACHINE = { ...PAID, method: 'machine' } as const;
const FROM_CARD = { ...PAID, method: 'purse' } as const;
const paidGrant = handover('g9', [SURGERY]);

/** Screens of a desk that takes payments. */
export const PAYING_CASES: readonly OfferCase[] = [
  {
    name: 'the payment machine waits',
    screen: { name: 'paying', tapId: 'y1', holder: LONG_HOLDER, payment: BY_MACHINE, isCancelled: false },
  },
  {
    name: 'the payment is given up',
    screen: { name: 'paying', tapId: 'y2', holder: LONG_HOLDER, payment: BY_MACHINE, isCancelled: true },
  },
  {
    name: 'granted and paid, long name',
    screen: { name: 'granted', tapId: 'g9', holder: LONG_HOLDER, handover: { ...paidGrant, paid: BY_MACHINE } },
  },
  {
    name: 'granted and paid from the card, long name',
    screen: { name: 'granted', tapId: 'g9', holder: LONG_HOLDER, handover: { ...paidGrant, paid: FROM_CARD } },
  },
  {
    name: 'voided, back on the card',
    screen: { name: 'voided', tapId: 'v7', holder: LONG_HOLDER, taken: paidGrant.taken, paid: FROM_CARD },
  },
  {
    name: 'voided, cash to give back',
    screen: { name: 'voided', tapId: 'v9', holder: LONG_HOLDER, taken: paidGrant.taken, paid: PAID },
  },
  {
    name: 'voided six, the machine gives back',
    screen: { name: 'voided', tapId: 'v8', holder: LONG_HOLDER, taken: handover('g8', ITEMS).taken, paid: BY_MACHINE },
  },
];

const IDLE = { name: 'idle', pending: [] } as const;

/** Somebody collects for a holder. */
export const REPRESENTED_CASES: readonly OfferCase[] = [
  { name: 'idle, for somebody else', screen: { ...IDLE, canSearch: true, canRepresent: true } },
  {
    name: 'idle, somebody collects',
    screen: { ...IDLE, canSearch: true, canRepresent: true, standIn: { tapId: 'r1', holder: LONG_HOLDER } },
  },
  {
    name: 'idle, somebody collects, hand-overs pending',
    screen: {
      ...{ name: 'idle', canRepresent: true, standIn: { tapId: 'r2', holder: LONG_HOLDER } },
      pending: [handover('p1', [BREAD]), handover('p2', ITEMS)],
    },
  },
  { name: 'represent', screen: { name: 'represent', tapId: 'r3', hint: null } },
  { name: 'represent, a bad card', screen: { name: 'represent', tapId: 'r4', hint: hint('ERR_CREDENTIAL_EXPIRED') } },
  { name: 'offer, somebody collects', screen: { ...offer('o10', ITEMS, LONG_HOLDER), standIn: LONG_HOLDER } },
];

const CROWDED: readonly PersonView[] = Array.from({ length: 8 }, (_, at) => ({
  ...{ number: at + 1, father: 'مصطفى', birthYear: 1950 + at, area: 'المناقل والقرى المجاورة', idEnding: `100${at}` },
  ...{ names: LONG_HOLDER.names, mother: 'فاطمة الزهراء عبد المنعم' },
}));

/** Somebody without a card is looked for. */
export const SEARCH_CASES: readonly OfferCase[] = [
  { name: 'search, begun', screen: search('q1', '', []) },
  { name: 'search, nobody', screen: search('q2', 'سلمى', []) },
  { name: 'search, two of one name', screen: search('q3', 'سلمي بدران', FOUND) },
  { name: 'search, full and more', screen: search('q4', 'عبد الرحمن', CROWDED, 148) },
];

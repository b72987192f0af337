/** Screens of offers that ask for more than quantities, and of desks that take payments: on a good day and on the worst one. */
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import type { HintView, Screen } from '../../agent/kiosk/state.js';
import { EMERGENCY, healthOffer, LABORATORY, PAPERS, PERIODIC, REFERRAL, SURGERY, VISIT } from './health-samples.js';
import { handover, ITEMS, LONG_HOLDER } from './samples.js';

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
    name: 'offer of a hospital: the exemption claimed, the document seen',
    screen: healthOffer('h4', [SURGERY, LABORATORY], {
      ...{ exemptions: [{ ...EMERGENCY, isClaimed: true }], currency: 'EGP', hint: hint('ERR_EXEMPTION_LIMIT') },
      proof: { fromUnits: 1, document: 'given' },
    }),
  },
  {
    name: 'offer of nothing but an exemption',
    screen: healthOffer('h5', [], { exemptions: [EMERGENCY], hint: hint('ERR_PAPER_NEEDED') }),
  },
];

const PAID = { method: 'cash', amount: 30_000, currency: 'EGP' } as const;
const BY_MACHINE = { ...PAID, method: 'machine' } as const;
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
    name: 'voided, cash to give back',
    screen: { name: 'voided', tapId: 'v9', holder: LONG_HOLDER, taken: paidGrant.taken, paid: PAID },
  },
  {
    name: 'voided six, the machine gives back',
    screen: { name: 'voided', tapId: 'v8', holder: LONG_HOLDER, taken: handover('g8', ITEMS).taken, paid: BY_MACHINE },
  },
];

/** Offers of a health programme: papers, sites, exemptions, proofs and money, as the Egyptian sample policy has them. */
import type { HintView, HolderView, ItemView, OfferMore, PaperView, Screen } from '../../agent/kiosk/state.js';
import { HOLDER } from './samples.js';

const VISITS = {
  ar: { zero: 'زيارة', one: 'زيارة', two: 'زيارتان', few: 'زيارات', many: 'زيارة', other: 'زيارة' },
  fr: { one: 'visite', other: 'visites' },
  en: { one: 'visit', other: 'visits' },
};
const REFERRALS = {
  ar: { zero: 'إحالة', one: 'إحالة', two: 'إحالتان', few: 'إحالات', many: 'إحالة', other: 'إحالة' },
  fr: { one: 'orientation', other: 'orientations' },
  en: { one: 'referral', other: 'referrals' },
};
const OPERATIONS = {
  ar: { zero: 'عملية', one: 'عملية', two: 'عمليتان', few: 'عمليات', many: 'عملية', other: 'عملية' },
  fr: { one: 'opération', other: 'opérations' },
  en: { one: 'operation', other: 'operations' },
};
const TESTS = {
  ar: { zero: 'تحليل', one: 'تحليل', two: 'تحليلان', few: 'تحاليل', many: 'تحليلًا', other: 'تحليل' },
  fr: { one: 'analyse', other: 'analyses' },
  en: { one: 'test', other: 'tests' },
};

const SURGERY_NAME = { ar: 'عملية جراحية', fr: 'Intervention chirurgicale', en: 'Surgery' };
const LABORATORY_NAME = { ar: 'تحاليل متقدمة', fr: 'Analyses avancées', en: 'Advanced laboratory tests' };
const CONSULTATION_NAME = { ar: 'كشف استشاري', fr: 'Consultation spécialisée', en: 'Specialist consultation' };
const IMAGING_NAME = { ar: 'أشعة متقدمة', fr: 'Imagerie avancée', en: 'Advanced imaging' };
const PERIODIC_NAME = { ar: 'متابعة دورية', fr: 'Suivi périodique', en: 'Periodic follow-up' };

function service(commodity: string, more: Pick<ItemView, 'name' | 'unit' | 'available'> & Partial<ItemView>): ItemView {
  return { commodity, usedDay: 0, quotaDay: more.available, usedMonth: 0, quotaMonth: 0, isChosen: true, ...more };
}

const SITES = [
  { number: 21, name: 'port-said-general', area: 'port-said' },
  { number: 22, name: 'el-nasr-hospital', area: 'port-said' },
  { number: 40, name: 'ismailia-medical-complex', area: 'ismailia' },
];

/** A referral to hospital: for what, how much, and where. */
export const REFERRAL = service('referral', {
  name: {
    ar: 'إحالة إلكترونية إلى المستشفى',
    fr: 'Orientation électronique vers l’hôpital',
    en: 'Electronic referral to hospital',
  },
  unit: REFERRALS,
  available: 4,
  writes: {
    kind: 'referral',
    for: [
      { commodity: 'consultation', name: CONSULTATION_NAME, unit: VISITS },
      { commodity: 'imaging', name: IMAGING_NAME, unit: TESTS },
      { commodity: 'laboratory', name: LABORATORY_NAME, unit: TESTS },
      { commodity: 'surgery', name: SURGERY_NAME, unit: OPERATIONS },
    ],
    quantityMax: 3,
    isOptional: false,
    sites: SITES,
  },
});

/** A visit that may write the appointment for the next one. */
export const PERIODIC = service('periodic', {
  name: PERIODIC_NAME,
  unit: VISITS,
  available: 1,
  writes: {
    kind: 'appointment',
    for: [{ commodity: 'periodic', name: PERIODIC_NAME, unit: VISITS }],
    quantityMax: 1,
    isOptional: true,
    sites: null,
  },
});

/** The visit to the family doctor: free. */
export const VISIT = service('visit', {
  name: { ar: 'زيارة طبيب الأسرة', fr: 'Visite chez le médecin de famille', en: 'Visit to the family doctor' },
  unit: VISITS,
  available: 4,
});

/** 250 pounds an operation of 25,000, whatever it is. */
export const SURGERY = service('surgery', {
  name: SURGERY_NAME,
  unit: OPERATIONS,
  available: 1,
  price: { each: 2_500_000, line: { plans: [1], permille: 50, max: 30_000 } },
});

/** A tenth of the price, and no more than 750 pounds. */
export const LABORATORY = service('laboratory', {
  name: LABORATORY_NAME,
  unit: TESTS,
  available: 10,
  price: { each: 40_000, line: { plans: [1], permille: 100, max: 75_000 } },
});

/** Papers of one card: a referral elsewhere, one here, and an appointment. */
export const PAPERS: readonly PaperView[] = [
  {
    ...{ kind: 'referral', name: SURGERY_NAME, unit: OPERATIONS, left: 1, until: '2026-12-20' },
    site: { name: 'el-nasr-hospital', isHere: false },
  },
  {
    ...{ kind: 'referral', name: LABORATORY_NAME, unit: TESTS, left: 3, until: '2026-12-03' },
    site: { name: 'port-said-general', isHere: true },
  },
  { kind: 'appointment', name: PERIODIC_NAME, unit: VISITS, left: 1, until: '2027-05-20', site: null },
];

export const EMERGENCY = {
  number: 101,
  name: { ar: 'طوارئ بدون إحالة', fr: 'Urgence sans orientation', en: 'Emergency without referral' },
  supervisor: false,
  isClaimed: false,
};

const NO_MORE: OfferMore = {
  ...{ papers: [], exemptions: [], supervisors: [], proof: null, currency: null, methods: [], hint: null },
};

/** An offer of a health programme. */
export function healthOffer(
  tapId: string,
  items: readonly ItemView[],
  more: Partial<OfferMore> & { readonly holder?: HolderView; readonly hint?: HintView | null } = {},
): Extract<Screen, { readonly name: 'offer' }> {
  const { holder = HOLDER, ...rest } = more;
  const programme = { ar: 'التأمين الصحي', fr: 'Assurance maladie', en: 'Health insurance' };
  return { name: 'offer', tapId, programme, holder, items, more: { ...NO_MORE, ...rest } };
}

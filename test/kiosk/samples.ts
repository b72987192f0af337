import type { CountedTexts } from '../../agent/domain/texts.js';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import type {
  HandoverView,
  HintView,
  HolderView,
  IdentityView,
  ItemView,
  KioskState,
  PersonView,
  Screen,
  StatusBar,
  SupervisorView,
} from '../../agent/kiosk/state.js';

/** 2026-11-21T12:35:00Z: 14:35 in Cairo. */
export const SAMPLE_NOW_MS = Date.UTC(2026, 10, 21, 12, 35);

export const LOAVES: CountedTexts = {
  ar: { zero: 'أرغفة', one: 'رغيف', two: 'رغيفان', few: 'أرغفة', many: 'رغيفًا', other: 'رغيف' },
  fr: { one: 'pain', other: 'pains' },
  en: { one: 'loaf', other: 'loaves' },
};
const KILOGRAMS: CountedTexts = { ar: 'كجم', fr: 'kg', en: 'kg' };
const BOTTLES: CountedTexts = {
  ar: { zero: 'زجاجات', one: 'زجاجة', two: 'زجاجتان', few: 'زجاجات', many: 'زجاجة', other: 'زجاجة' },
  fr: { one: 'bouteille', other: 'bouteilles' },
  en: { one: 'bottle', other: 'bottles' },
};

export const HOLDER: HolderView = {
  names: [
    { text: 'فاطمة حسن عبد الرحمن', language: 'ara' },
    { text: 'Fatma Hassan Abdelrahman', language: 'eng' },
  ],
  householdSize: 5,
  draws: 4,
  cardEnding: '2231',
};

export const LONG_HOLDER: HolderView = {
  names: [
    { text: 'عبد الرحمن مصطفى عبد اللطيف السيد إبراهيم الشرقاوي أبو العينين', language: 'ara' },
    { text: 'Abdelrahman Mostafa Abdellatif Elsayed Ibrahim Elsharqawy Aboulenein', language: 'eng' },
  ],
  householdSize: 14,
  draws: 11,
  cardEnding: '0042',
};

/** Two of one name, with and without all that a list may tell. */
export const FOUND: readonly PersonView[] = [
  {
    ...{ number: 11, mother: 'زينب الطيب', father: 'محجوب', birthYear: 1984, area: 'medani', idEnding: '0011' },
    names: [{ text: 'سلمى عبد الرحيم بدران', language: 'ara' }],
  },
  {
    ...{ number: 12, mother: null, father: null, birthYear: null, area: null, idEnding: '4207' },
    names: [{ text: 'سلمى عبد الرحيم بدران', language: 'ara' }],
  },
];

/** A search that has found these, of so many. */
export function search(tapId: string, typed: string, found: readonly PersonView[], total = found.length): Screen {
  return { name: 'search', tapId, typed, found, total };
}

/** Somebody on a list. */
export const LISTED_HOLDER: HolderView = {
  names: [{ text: 'سلمى عبد الرحيم بدران', language: 'ara' }],
  ...{ householdSize: 5, draws: 1, cardEnding: '0011', isListed: true },
};

export const BREAD: ItemView = {
  commodity: 'bread',
  name: { ar: 'خبز بلدي', fr: 'Pain baladi', en: 'Baladi bread' },
  unit: LOAVES,
  available: 20,
  usedDay: 0,
  quotaDay: 20,
  usedMonth: 340,
  quotaMonth: 600,
};

export const ITEMS: readonly ItemView[] = [
  BREAD,
  item('sugar', { ar: 'سكر', fr: 'Sucre', en: 'Sugar' }, KILOGRAMS, 4),
  item('oil', { ar: 'زيت طعام', fr: 'Huile de cuisson', en: 'Cooking oil' }, BOTTLES, 3),
  item('rice', { ar: 'أرز', fr: 'Riz', en: 'Rice' }, KILOGRAMS, 4),
  item('pasta', { ar: 'مكرونة', fr: 'Pâtes alimentaires', en: 'Pasta' }, KILOGRAMS, 2),
  item('lentils', { ar: 'عدس', fr: 'Lentilles', en: 'Lentils' }, KILOGRAMS, 1),
];

function item(commodity: string, name: ItemView['name'], unit: CountedTexts, available: number): ItemView {
  return { commodity, name, unit, available, usedDay: 0, quotaDay: 0, usedMonth: 0, quotaMonth: available };
}

export function handover(tapId: string, items: readonly ItemView[], quantity?: number): HandoverView {
  return {
    tapId,
    receipt: 'psd-014:2026q4-7kq2mzx3:1287',
    atMs: SAMPLE_NOW_MS - 4 * 60_000,
    taken: items.map((it) => ({
      commodity: it.commodity,
      name: it.name,
      unit: it.unit,
      quantity: quantity ?? it.available,
    })),
    cardEnding: '2231',
    takeBack: 'no',
  };
}

export function takenBack(name: 'authorise' | 'return', tapId: string, more: TakeBackSample = {}): Screen {
  const { items = [BREAD], hint = null, supervisors = [{ number: 9, name: 'سامية عبد الحميد' }] } = more;
  const view = { tapId, handover: { ...handover(tapId, items), takeBack: 'offered' as const }, hint };
  return name === 'return' ? { name, ...view } : { name, ...view, supervisors };
}

export interface TakeBackSample {
  readonly items?: readonly ItemView[];
  readonly hint?: HintView | null;
  readonly supervisors?: readonly SupervisorView[];
}

export function voided(tapId: string, items: readonly ItemView[], holder = HOLDER): Screen {
  return { name: 'voided', tapId, holder, taken: handover(tapId, items).taken };
}

export function offer(
  tapId: string,
  items: readonly ItemView[],
  holder = HOLDER,
): Extract<Screen, { readonly name: 'offer' }> {
  const programme = { ar: 'الخبز المدعّم', fr: 'Pain subventionné', en: 'Subsidised bread' };
  return { name: 'offer', tapId, programme, holder, items };
}

export function granted(
  tapId: string,
  items: readonly ItemView[],
  holder = HOLDER,
): Extract<Screen, { readonly name: 'granted' }> {
  return { name: 'granted', tapId, holder, handover: { ...handover(tapId, items), takeBack: 'offered' } };
}

export function refused(tapId: string, holder: HolderView | null = HOLDER): Screen {
  return {
    name: 'refused',
    tapId,
    code: 'ERR_QUOTA_DAY',
    text: {
      ar: 'صُرفت حصة اليوم كاملة. الحصة التالية غدًا.',
      fr: 'La part du jour est épuisée. La prochaine est pour demain.',
      en: 'Today’s quota is used up. The next one is tomorrow.',
    },
    holder,
  };
}

export const IDENTITY: IdentityView = {
  names: [
    { text: 'ليلى كمال الدين', language: 'ara' },
    { text: 'Layla Kamaleddin', language: 'eng' },
  ],
  id: '4930-2218-0071',
  issuer: 'National Registry',
};

export const LONG_IDENTITY: IdentityView = {
  names: LONG_HOLDER.names,
  id: '4930-2218-0071-5526-9914-0003',
  issuer: 'National Registry of Persons, Directorate of Civil Status and Documents',
};

export function foreign(tapId: string, identity = IDENTITY): Screen {
  const code = 'ERR_PROGRAMME_FOREIGN';
  return { name: 'refused', tapId, code, text: reasonText(code), holder: null, identity };
}

export function unresolved(tapId: string): Screen {
  return {
    name: 'unresolved',
    tapId,
    code: 'ERR_TAP_UNRESOLVED',
    text: {
      ar: 'ابتعدت البطاقة أثناء التسجيل، وقد تكون الكمية خُصمت منها.',
      fr: 'La carte s’est éloignée pendant l’enregistrement ; elle a peut-être été débitée.',
      en: 'The card left while it was being recorded; it may have been debited.',
    },
  };
}

export function sampleBar(): StatusBar {
  return {
    terminal: 'psd-014',
    site: 'مخبز النور',
    timeZone: 'Africa/Cairo',
    connection: 'offline',
    backlog: 214,
    lastContactMs: SAMPLE_NOW_MS - 3 * 3_600_000,
    readers: [{ name: 'pcsc:ACS ACR1252 00 00', ready: true, message: null }],
    servedToday: 213,
  };
}

/** What a desk may serve. */
export const PROGRAMMES = [
  { id: 'bread', name: { ar: 'الخبز المدعم', fr: 'Pain subventionné', en: 'Subsidised bread' } },
  { id: 'rations', name: { ar: 'السلع التموينية الشهرية', fr: 'Rations du mois', en: 'Monthly rations' } },
  { id: 'medicines', name: { ar: 'الأدوية', fr: 'Médicaments', en: 'Medicines' } },
  { id: 'health', name: { ar: 'الرعاية الصحية الأولية', fr: 'Soins de santé primaires', en: 'Primary health care' } },
] as const;

export function sampleState(screen: Screen): KioskState {
  const programmes = { served: [PROGRAMMES[0]], selected: 'bread' };
  return { version: 1, nowMs: SAMPLE_NOW_MS, screen, programmes, bar: sampleBar() };
}

/** What a rule compared, in words. */
import type { Language } from '../../domain/texts.js';
import type { FactName } from '../../services/facts.js';
import type { RuleVerdict } from '../../services/service.js';

const LABELS: Readonly<Record<FactName, Readonly<Record<Language, string>>>> = {
  quota: { ar: 'الحصة', fr: 'quota de la carte', en: 'quota of this card' },
  usedDay: { ar: 'المصروف اليوم', fr: 'pris ce jour', en: 'taken today' },
  usedMonth: { ar: 'المصروف هذا الشهر', fr: 'pris ce mois', en: 'taken this month' },
  usedYear: { ar: 'المصروف هذا العام', fr: 'pris cette année', en: 'taken this year' },
  usedEver: { ar: 'المصروف من قبل', fr: 'pris jusqu’ici', en: 'taken so far' },
  ahead: { ar: 'المصروف مقدَّمًا', fr: 'pris à l’avance', en: 'taken ahead' },
  aheadDays: { ar: 'أيام الصرف المقدَّم', fr: 'jours d’avance', en: 'days ahead' },
  balance: { ar: 'الرصيد', fr: 'solde', en: 'balance' },
  value: { ar: 'الرصيد', fr: 'solde', en: 'balance' },
  each: { ar: 'للوحدة', fr: 'par unité', en: 'for each' },
  max: { ar: 'الحد الأقصى', fr: 'maximum', en: 'most' },
  atLeast: { ar: 'المطلوب', fr: 'exigé', en: 'needed' },
  most: { ar: 'المتاح', fr: 'reste', en: 'left' },
  asked: { ar: 'المطلوب صرفه', fr: 'demandé', en: 'asked for' },
  until: { ar: 'حتى', fr: 'jusqu’au', en: 'until' },
  from: { ar: 'من', fr: 'à partir du', en: 'from' },
  day: { ar: 'اليوم', fr: 'ce jour', en: 'today' },
  graceDays: { ar: 'أيام السماح', fr: 'jours de grâce', en: 'days of grace' },
  scheme: { ar: 'نظام البطاقة', fr: 'régime de la carte', en: 'scheme of the card' },
  schemes: { ar: 'الأنظمة المشمولة', fr: 'régimes servis', en: 'schemes served' },
  plan: { ar: 'خطة البطاقة', fr: 'plan de la carte', en: 'plan of the card' },
  class: { ar: 'فئة البطاقة', fr: 'classe de la carte', en: 'class of the card' },
  plans: { ar: 'الخطط المشمولة', fr: 'plans couverts', en: 'plans covered' },
  kind: { ar: 'النوع', fr: 'genre', en: 'kind' },
  kinds: { ar: 'الأنواع المسموح بها', fr: 'genres admis', en: 'kinds that may' },
  role: { ar: 'الصفة', fr: 'fonction', en: 'role' },
  roles: { ar: 'الصفات المسموح بها', fr: 'fonctions admises', en: 'roles that may' },
  area: { ar: 'المنطقة', fr: 'zone', en: 'area' },
  areas: { ar: 'المناطق المشمولة', fr: 'zones servies', en: 'areas served' },
  homeArea: { ar: 'منطقة التسجيل', fr: 'zone de rattachement', en: 'home area' },
  site: { ar: 'الموقع', fr: 'site', en: 'site' },
  homeSite: { ar: 'موقع التسجيل', fr: 'site de rattachement', en: 'home site' },
  chosen: { ar: 'المواقع المختارة', fr: 'sites choisis', en: 'sites chosen' },
  left: { ar: 'المتبقي', fr: 'reste', en: 'left on the paper' },
  roster: { ar: 'القائمة', fr: 'liste', en: 'list' },
  days: { ar: 'الأيام', fr: 'jours', en: 'days' },
  waitingDays: { ar: 'مدة الانتظار', fr: 'jours d’attente', en: 'waiting days' },
  medium: { ar: 'نوع البطاقة', fr: 'support', en: 'kind of card' },
  gross: { ar: 'السعر', fr: 'prix', en: 'price' },
  holder: { ar: 'يدفع صاحب البطاقة', fr: 'part du titulaire', en: 'holder pays' },
  daysSinceContact: { ar: 'أيام دون اتصال', fr: 'jours sans le centre', en: 'days without the centre' },
  accepts: { ar: 'الإثباتات المقبولة', fr: 'preuves admises', en: 'proofs that do' },
  given: { ar: 'المقدَّم', fr: 'donnée', en: 'given' },
  units: { ar: 'الوحدات', fr: 'unités', en: 'units' },
  unitsMax: { ar: 'حد الوحدات', fr: 'plafond d’unités', en: 'most units' },
  services: { ar: 'الخدمات', fr: 'services', en: 'services' },
  servicesMax: { ar: 'حد الخدمات', fr: 'plafond de services', en: 'most services' },
  daysSinceSignedTime: { ar: 'أيام دون وقت موقَّع', fr: 'jours sans heure signée', en: 'days without signed time' },
  daysWithoutSignedTimeMax: { ar: 'المسموح بها', fr: 'admis', en: 'allowed' },
  afterDays: { ar: 'درجة تبدأ بعد أيام', fr: 'palier après jours', en: 'step after days' },
  permille: { ar: 'من حصة اليوم', fr: 'du quota du jour', en: 'of the quota of the day' },
  doubtfulLedgerMax: { ar: 'حد السجل المشكوك فيه', fr: 'plafond en cas de doute', en: 'bound of a record in doubt' },
  last: { ar: 'آخر يوم ممكن', fr: 'dernier jour possible', en: 'last possible day' },
  months: { ar: 'الأشهر', fr: 'mois', en: 'months' },
  priceEach: { ar: 'سعر الوحدة', fr: 'prix unitaire', en: 'price of one' },
  purse: { ar: 'في المحفظة', fr: 'au porte-monnaie', en: 'on the purse' },
  isCopyable: { ar: 'قابلة للنسخ', fr: 'copiable', en: 'can be copied' },
  household: { ar: 'الأسرة', fr: 'ménage', en: 'household' },
  who: { ar: 'من يجوز له', fr: 'qui peut', en: 'who may' },
  isNamed: { ar: 'معيَّن', fr: 'désigné', en: 'named' },
  representedThisMonth: { ar: 'صرف لغيره هذا الشهر', fr: 'pour d’autres ce mois', en: 'for others this month' },
  perMonthMax: { ar: 'الحد في الشهر', fr: 'plafond du mois', en: 'most in a month' },
  perDayMax: { ar: 'الحد في اليوم', fr: 'plafond du jour', en: 'most in a day' },
  exemption: { ar: 'الاستثناء', fr: 'exemption', en: 'exemption' },
  supervisor: { ar: 'رقم المشرف', fr: 'superviseur n°', en: 'supervisor no.' },
  count: { ar: 'المرات', fr: 'fois', en: 'times' },
  card: { ar: 'البطاقة', fr: 'carte', en: 'card' },
  papers: { ar: 'الأوراق', fr: 'documents', en: 'papers' },
  for: { ar: 'من أجل', fr: 'pour', en: 'for' },
  quantity: { ar: 'الكمية', fr: 'quantité', en: 'quantity' },
  copyableMaxDay: {
    ar: 'حد البطاقة القابلة للنسخ',
    fr: 'plafond d’une carte copiable',
    en: 'bound of a card that can be copied',
  },
};

const NONE: Readonly<Record<Language, string>> = { ar: 'لا يوجد', fr: 'aucun', en: 'none' };
const YES_NO: Readonly<Record<Language, readonly [yes: string, no: string]>> = {
  ar: ['نعم', 'لا'],
  fr: ['oui', 'non'],
  en: ['yes', 'no'],
};
/** Sums, which are said with their currency. */
const SUMS: readonly string[] = ['gross', 'holder', 'priceEach', 'purse'];
/** What is left beyond this is no bound that anybody reaches, and only a number to wonder at. */
const LEFT_MAX = 10_000_000;

/** How values are said. */
export interface FactSpeech {
  readonly language: Language;
  number(value: number): string;
  money(minor: number): string;
  rate(permille: number): string;
}

/** The facts of a verdict as one line; empty where there are none. */
export function factsText({ facts }: RuleVerdict, say: FactSpeech): string {
  const parts = Object.entries(facts)
    .filter(([, value]) => typeof value !== 'number' || value < Number.MAX_SAFE_INTEGER / 2000)
    .filter(([name, value]) => name !== 'most' || Number(value) <= LEFT_MAX)
    .map(([name, value]) => `${isFact(name) ? LABELS[name][say.language] : name} ${valueText(name, value, say)}`);
  return parts.join(say.language === 'ar' ? '، ' : ', ');
}

function valueText(name: string, value: string | number | boolean | null, say: FactSpeech): string {
  if (value === null || value === '') return NONE[say.language];
  if (typeof value === 'boolean') return YES_NO[say.language][value ? 0 : 1];
  if (typeof value === 'string') return value;
  if (name === 'permille') return say.rate(value);
  return SUMS.includes(name) ? say.money(value) : say.number(value);
}

function isFact(name: string): name is FactName {
  return name in LABELS;
}

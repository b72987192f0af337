/** What a rule compared, in words. */
import type { Language } from '../../domain/texts.js';
import type { RuleVerdict } from '../../services/service.js';

const LABELS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
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
  copyableMaxDay: {
    ar: 'حد البطاقة القابلة للنسخ',
    fr: 'plafond d’une carte copiable',
    en: 'bound of a card that can be copied',
  },
};

const NONE: Readonly<Record<Language, string>> = { ar: 'لا يوجد', fr: 'aucun', en: 'none' };
/** Sums, which are said with their currency. */
const SUMS: readonly string[] = ['gross', 'holder'];

/** The facts of a verdict as one line; empty where there are none. Names without words of their own stay as they are. */
export function factsText(
  { facts }: RuleVerdict,
  say: { readonly language: Language; number(value: number): string; money(minor: number): string },
): string {
  const parts = Object.entries(facts)
    .filter(([, value]) => typeof value !== 'number' || value < Number.MAX_SAFE_INTEGER / 2000)
    .map(([name, value]) => {
      const label = LABELS[name]?.[say.language] ?? name;
      const said = typeof value === 'number' ? (SUMS.includes(name) ? say.money(value) : say.number(value)) : null;
      return `${label} ${said ?? (value === null || value === '' ? NONE[say.language] : String(value))}`;
    });
  return parts.join(say.language === 'ar' ? '، ' : ', ');
}

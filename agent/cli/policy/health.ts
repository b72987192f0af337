/** What a policy says of the health records on cards, in sentences. */
import type { HealthKind } from '../../domain/health-record.js';
import type { Language } from '../../domain/texts.js';
import type { DraftPolicy } from '../../trust/policy/schema.js';
import { speechFor } from './speech.js';

interface HealthWords {
  readonly title: string;
  readonly kinds: Readonly<Record<HealthKind, string>>;
  rule(who: string, where: string, what: { readonly read: string | null; readonly write: string | null }): string;
  readonly anybody: string;
  readonly anywhere: string;
  readonly whenFull: Readonly<Record<'oldest-leaves' | 'refuse', string>>;
}

const WORDS: Readonly<Record<Language, HealthWords>> = {
  ar: {
    title: 'السجلات الصحية على البطاقة',
    kinds: {
      history: 'التاريخ المرضي',
      prescription: 'الوصفات',
      imaging: 'تقارير الأشعة',
      'laboratory-request': 'طلبات المختبر',
      'laboratory-result': 'نتائج المختبر',
      allergy: 'الحساسية',
    },
    rule: (who, where, { read, write }) =>
      `${who} في ${where}: ${[read === null ? null : `يقرأ ${read}`, write === null ? null : `يكتب ${write}`].filter((part) => part !== null).join('، ')}.`,
    anybody: 'كل من يخدم',
    anywhere: 'كل موقع معتمد',
    whenFull: {
      'oldest-leaves': 'إذا امتلأت البطاقة يخرج أقدم سجل منها، إلا الحساسية، ويبقى في المركز.',
      refuse: 'إذا امتلأت البطاقة لا يُكتب عليها سجل آخر.',
    },
  },
  fr: {
    title: 'Dossiers de santé sur la carte',
    kinds: {
      history: 'antécédents',
      prescription: 'ordonnances',
      imaging: 'comptes rendus d’imagerie',
      'laboratory-request': 'demandes d’analyses',
      'laboratory-result': 'résultats d’analyses',
      allergy: 'allergies',
    },
    rule: (who, where, { read, write }) =>
      `${who}, à ${where} : ${[read === null ? null : `lit ${read}`, write === null ? null : `écrit ${write}`].filter((part) => part !== null).join(' ; ')}.`,
    anybody: 'Toute personne qui sert',
    anywhere: 'tout site agréé',
    whenFull: {
      'oldest-leaves':
        'Carte pleine : le plus ancien dossier qui n’est pas une allergie la quitte, et reste au centre.',
      refuse: 'Carte pleine : rien de plus n’y est écrit.',
    },
  },
  en: {
    title: 'Health records on the card',
    kinds: {
      history: 'history',
      prescription: 'prescriptions',
      imaging: 'imaging reports',
      'laboratory-request': 'laboratory requests',
      'laboratory-result': 'laboratory results',
      allergy: 'allergies',
    },
    rule: (who, where, { read, write }) =>
      `${who}, at ${where}: ${[read === null ? null : `reads ${read}`, write === null ? null : `writes ${write}`].filter((part) => part !== null).join('; ')}.`,
    anybody: 'Whoever serves',
    anywhere: 'every accredited site',
    whenFull: {
      'oldest-leaves': 'A full card: the oldest record that is no allergy leaves it, and stays at the centre.',
      refuse: 'A full card: nothing more is written to it.',
    },
  },
};

/** The heading and its sentences; null for a policy that says nothing of health records. */
export function healthStatements(
  { healthRecords, currency }: DraftPolicy,
  language: Language,
): { readonly title: string; readonly lines: readonly string[] } | null {
  if (healthRecords === undefined) return null;
  const words = WORDS[language];
  const speech = speechFor(language, currency ?? null);
  const kindsOf = (kinds: readonly HealthKind[]): string | null =>
    kinds.length === 0 ? null : speech.list(kinds.map((kind) => words.kinds[kind]));
  const rules = healthRecords.rules.map(({ roles, siteKinds, read, write }) =>
    words.rule(
      roles === undefined ? words.anybody : speech.any(roles),
      siteKinds === undefined ? words.anywhere : speech.any(siteKinds),
      { read: kindsOf(read), write: kindsOf(write) },
    ),
  );
  return { title: words.title, lines: [...rules, words.whenFull[healthRecords.whenFull]] };
}

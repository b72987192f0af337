/** Invented persons of a roster: common names put together by chance, with a long tail of family names. Always the same for the same seed. */
import type { Randomness } from '../../agent/domain/clock.js';
import type { ListedPerson } from '../../agent/domain/person.js';

/** Given names of men, with one of their Latin spellings. */
const MEN: readonly (readonly [arabic: string, latin: string])[] = [
  ['محمد', 'Mohamed'],
  ['أحمد', 'Ahmed'],
  ['عبد الرحمن', 'Abdelrahman'],
  ['عبدالله', 'Abdallah'],
  ['إبراهيم', 'Ibrahim'],
  ['عثمان', 'Osman'],
  ['الطيب', 'Eltayeb'],
  ['الطاهر', 'Eltahir'],
  ['خالد', 'Khalid'],
  ['حسن', 'Hassan'],
  ['حسين', 'Hussein'],
  ['مصطفى', 'Mustafa'],
  ['أبو بكر', 'Abubakr'],
  ['يوسف', 'Yousif'],
  ['عمر', 'Omar'],
  ['صلاح الدين', 'Salaheldin'],
  ['نور الدين', 'Nureldin'],
  ['آدم', 'Adam'],
  ['إسماعيل', 'Ismail'],
  ['موسى', 'Musa'],
  ['فضل الله', 'Fadlallah'],
  ['بشير', 'Bashir'],
  ['الصادق', 'Elsadig'],
  ['مأمون', 'Mamoun'],
];

/** Given names of women. */
const WOMEN: readonly (readonly [arabic: string, latin: string])[] = [
  ['فاطمة', 'Fatima'],
  ['آمنة', 'Amna'],
  ['عائشة', 'Aisha'],
  ['خديجة', 'Khadija'],
  ['هدى', 'Huda'],
  ['سعاد', 'Suad'],
  ['زينب', 'Zeinab'],
  ['نعمات', 'Nimat'],
  ['إحسان', 'Ihsan'],
  ['سناء', 'Sanaa'],
  ['هاجر', 'Hajir'],
  ['رقية', 'Rugaia'],
  ['أسماء', 'Asmaa'],
  ['مريم', 'Mariam'],
  ['التومة', 'Eltoma'],
  ['بخيتة', 'Bakhita'],
];

const CONSONANTS = 'بتجحخدرزسشصطعغفقكلمنه';
const FAMILY_NAMES = 4_000;

/** `count` persons, numbered from 1 on; every third has a Latin name. */
export function inventedPersons(count: number, random: Randomness): ListedPerson[] {
  const below = (n: number): number => Math.floor(random.fraction() * n);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const families = Array.from({ length: FAMILY_NAMES }, (_, i) => {
    const letters = Array.from({ length: 3 + (i % 2) }, () => pick([...CONSONANTS]));
    return i % 3 === 0 ? `ال${letters.join('')}ي` : letters.join('');
  });
  return Array.from({ length: count }, (_, at): ListedPerson => {
    const isWoman = below(2) === 1;
    const given = pick(isWoman ? WOMEN : MEN);
    const father = pick(MEN);
    const grandfather = pick(MEN);
    // Families are not equally large.
    const family = families[Math.floor(FAMILY_NAMES * random.fraction() ** 2)] ?? '';
    const householdSize = 1 + below(9);
    return {
      number: at + 1,
      id: `${10_000_000_000 + at * 7 + below(7)}`,
      name: `${given[0]} ${father[0]} ${grandfather[0]} ${family}`,
      mother: `${pick(WOMEN)[0]} ${pick(MEN)[0]} ${pick(MEN)[0]}`,
      father: null,
      latin: at % 3 === 0 ? `${given[1]} ${father[1]} ${grandfather[1]}` : null,
      birthYear: 1940 + below(70),
      gender: isWoman ? 2 : 1,
      household: 500_000 + Math.floor(at / 3),
      householdSize,
      draws: 1,
      homeSite: 1 + below(40),
      coverage: { plan: 3, class: 1 + below(4), familyUnit: 1 + below(120) },
      scheme: null,
    };
  });
}

/** The persons as a table with Arabic headings, as a chamber's spreadsheet has it. */
export function tableOf(persons: readonly ListedPerson[]): string {
  const head =
    'الرقم الوطني,الاسم الكامل,اسم الأم,latin name,سنة الميلاد,النوع,رقم الأسرة,عدد أفراد الأسرة,رقم الموقع,plan,class,family unit';
  const rows = persons.map((person) =>
    [
      person.id,
      person.name,
      person.mother ?? '',
      person.latin ?? '',
      person.birthYear ?? '',
      person.gender === 2 ? 'أنثى' : 'ذكر',
      person.household,
      person.householdSize,
      person.homeSite,
      person.coverage?.plan ?? '',
      person.coverage?.class ?? '',
      person.coverage?.familyUnit ?? '',
    ].join(','),
  );
  return `${[head, ...rows].join('\n')}\n`;
}

/** The columns of a table of persons, and the headings that they are known by in Arabic and English. */
import { foldArabic } from './names/arabic.js';

/** What a column of the table becomes in a person. */
export const PERSON_COLUMNS = [
  'id',
  'name',
  'mother',
  'father',
  'latin',
  'birth_year',
  'birth_date',
  'gender',
  'household',
  'household_size',
  'draws',
  'home_site',
  'plan',
  'class',
  'family_unit',
  'scheme',
] as const;

/** One of {@link PERSON_COLUMNS}. */
export type PersonColumn = (typeof PERSON_COLUMNS)[number];

/** Without these nobody can be found. */
export const NEEDED_COLUMNS: readonly PersonColumn[] = ['id', 'name'];

/** Headings as lists have them; compared in their one form, so hamzas, ta marbuta, case, spaces and underscores do not matter. */
const HEADINGS: Readonly<Record<PersonColumn, readonly string[]>> = {
  id: [
    'id',
    'national id',
    'national number',
    'beneficiary id',
    'الرقم القومي',
    'الرقم الوطني',
    'رقم الهوية',
    'رقم المستفيد',
  ],
  name: ['name', 'full name', 'arabic name', 'الاسم', 'الاسم الكامل', 'الاسم رباعي', 'اسم المستفيد', 'اسم رب الأسرة'],
  mother: ['mother', 'mother name', 'اسم الأم', 'الأم'],
  father: ['father', 'father name', 'اسم الأب', 'الأب'],
  latin: ['latin', 'latin name', 'english name', 'name in english', 'الاسم بالإنجليزية', 'الاسم اللاتيني'],
  birth_year: ['birth year', 'year of birth', 'سنة الميلاد', 'عام الميلاد'],
  birth_date: ['birth date', 'date of birth', 'تاريخ الميلاد'],
  gender: ['gender', 'sex', 'النوع', 'الجنس'],
  household: ['household', 'household number', 'family number', 'رقم الأسرة', 'الأسرة', 'رقم العائلة'],
  household_size: ['household size', 'family size', 'عدد أفراد الأسرة', 'عدد الأفراد', 'حجم الأسرة'],
  draws: ['draws', 'draws for', 'يصرف عن', 'عدد المستحقين'],
  home_site: ['home site', 'site', 'رقم الموقع', 'الموقع', 'رقم الوحدة', 'الوحدة الصحية'],
  plan: ['plan', 'الخطة', 'نظام التأمين'],
  class: ['class', 'الفئة', 'الدرجة'],
  family_unit: ['family unit', 'وحدة الأسرة', 'وحدة طب الأسرة'],
  scheme: ['scheme', 'ration scheme', 'نظام التموين', 'البرنامج'],
};

const BY_HEADING: ReadonlyMap<string, PersonColumn> = new Map(
  PERSON_COLUMNS.flatMap((column) => HEADINGS[column].map((heading) => [foldHeading(heading), column] as const)),
);

/** The one form of a heading. */
export function foldHeading(heading: string): string {
  return foldArabic(heading)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The column that a heading stands for; the heading itself, which no table knows, for any other. */
export function columnOf(heading: string): string {
  return BY_HEADING.get(foldHeading(heading)) ?? heading;
}

/** True for the name of a column. */
export function isPersonColumn(name: string): name is PersonColumn {
  return (PERSON_COLUMNS as readonly string[]).includes(name);
}

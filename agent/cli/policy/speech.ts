/** How a policy is said in each language. */
import type { CountedForms, Language } from '../../domain/texts.js';
import type { Speech, Words } from './words.js';
import { arabicWords } from './words-ar.js';
import { englishWords } from './words-en.js';
import { frenchWords } from './words-fr.js';

const WORDS: Readonly<Record<Language, Words>> = { ar: arabicWords, fr: frenchWords, en: englishWords };
const LOCALES: Readonly<Record<Language, string>> = { ar: 'ar-EG', fr: 'fr-FR', en: 'en-GB' };

/** The sentences of a language. */
export function wordsFor(language: Language): Words {
  return WORDS[language];
}

/** How numbers, sums and counted words are said in a language. `currency`: ISO 4217; null where the policy has none. */
export function speechFor(language: Language, currency: string | null): Speech {
  const locale = LOCALES[language];
  const digits = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const plurals = new Intl.PluralRules(locale);
  const sums =
    currency === null ? null : new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'code' });
  const minorDigits = sums?.resolvedOptions().maximumFractionDigits ?? 0;
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  const choices = new Intl.ListFormat(locale, { type: 'disjunction' });
  const form = (count: number, forms: CountedForms): string =>
    typeof forms === 'string' ? forms : (forms[plurals.select(count)] ?? forms.other);
  return {
    number: (value) => digits.format(value),
    counted: (count, forms) => `${digits.format(count)} ${form(count, forms)}`,
    money: (minor) =>
      (sums === null ? digits.format(minor) : sums.format(minor / 10 ** minorDigits)).replace(/\u00a0|\u202f/g, ' '),
    rate: (permille) => percent.format(permille / 1000).replace(/\u00a0|\u202f/g, ' '),
    list: (items) => lists.format(items),
    any: (items) => choices.format(items),
  };
}

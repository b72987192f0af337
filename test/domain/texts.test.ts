import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CountedForms, LANGUAGES } from '../../agent/domain/texts.js';
import { parseWith, policySchema } from '../../agent/trust/list-schemas.js';
import { head } from '../trust/lists.js';

const sample: object = JSON.parse(
  readFileSync(new URL('../../docs/samples/egypt-bread.policy.json', import.meta.url), 'utf8'),
);
const policy = parseWith(policySchema, { ...sample, ...head(1) }, { code: 'ERR_CONFIG', name: 'the sample' });
const units = policy.programmes.flatMap((programme) => programme.commodities.map((commodity) => commodity.unit));

/** The form for a count, as the screen chooses it: by CLDR's plural category, with `other` where the language needs no more. */
function formFor(forms: CountedForms, language: string, count: number): string {
  if (typeof forms === 'string') return forms;
  const category = new Intl.PluralRules(language).select(count);
  return forms[category] ?? forms.other;
}

describe('the languages', () => {
  test('are Arabic, French and English, the clerk’s first', () => {
    expect(LANGUAGES).toEqual(['ar', 'fr', 'en']);
  });

  test('are languages whose plurals this runtime knows', () => {
    expect(Intl.PluralRules.supportedLocalesOf([...LANGUAGES])).toEqual([...LANGUAGES]);
  });
});

describe('a counted word', () => {
  test('of the sample has a form of its own for each case of each language', () => {
    expect(units.length).toBeGreaterThan(0);
    for (const unit of units) {
      for (const language of LANGUAGES) {
        const forms = unit[language];
        if (typeof forms === 'string') continue;
        const cases = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
        // French "many" is for millions; what is handed out is counted in less.
        const needed = cases.filter((category) => !(language === 'fr' && category === 'many'));
        expect(Object.keys(forms), language).toEqual(expect.arrayContaining(needed));
      }
    }
  });

  test('takes in Arabic the form that Arabic grammar asks for', () => {
    const [loaf] = units;
    if (loaf === undefined) throw new Error('the sample hands something out');
    const counted = [0, 1, 2, 3, 10, 11, 26, 99, 100, 102, 103].map((count) => formFor(loaf.ar, 'ar', count));
    const [rghif, two, few, many] = ['رغيف', 'رغيفان', 'أرغفة', 'رغيفًا'];
    expect(counted).toEqual([rghif, rghif, two, few, few, many, many, many, rghif, rghif, few]);
  });

  test('takes in French the singular for none and for one, in English for one alone', () => {
    const [loaf] = units;
    if (loaf === undefined) throw new Error('the sample hands something out');
    expect([0, 1, 2].map((count) => formFor(loaf.fr, 'fr', count))).toEqual(['pain', 'pain', 'pains']);
    expect([0, 1, 2].map((count) => formFor(loaf.en, 'en', count))).toEqual(['loaves', 'loaf', 'loaves']);
  });

  test('that is one text stands for every number', () => {
    expect([0, 1, 2, 11].map((count) => formFor('kg', 'ar', count))).toEqual(['kg', 'kg', 'kg', 'kg']);
  });
});

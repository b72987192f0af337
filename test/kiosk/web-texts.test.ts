import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../agent/domain/texts.js';
import { createSpeech, languageTag } from '../../agent/kiosk/web/speech.js';
import { COUNTED_TEXTS, LANGUAGE_NAMES, LANGUAGE_SIGNS, TEXTS } from '../../agent/kiosk/web/texts.js';
import { LOAVES } from './samples.js';

const FORMS = {
  ar: ['few', 'many', 'one', 'other', 'two', 'zero'],
  fr: ['many', 'one', 'other'],
  en: ['one', 'other'],
};
const plain = Object.entries<Readonly<Record<string, string>>>({ ...TEXTS, LANGUAGE_NAMES, LANGUAGE_SIGNS });
const counted = Object.entries(COUNTED_TEXTS);

/** Without the marks that isolate values in the text, which nobody sees. */
function seen(text: string): string {
  return text.replace(/[\u2066-\u2069\u200e\u200f]/g, '');
}

function places(text: string): string {
  return [...text.matchAll(/\{\w+\}/g)]
    .map(([place]) => place)
    .sort()
    .join();
}

describe('the texts of the page', () => {
  it.each(plain)('are there in every language and no other: %s', (_key, texts) => {
    expect(Object.keys(texts).sort()).toEqual([...LANGUAGES].sort());
    for (const language of LANGUAGES) expect(texts[language]?.trim(), language).toBe(texts[language]);
    for (const language of LANGUAGES) expect(texts[language], language).not.toBe('');
    expect(new Set(LANGUAGES.map((language) => places(texts[language] ?? ''))).size).toBe(1);
  });

  it.each(counted)('have every form that the language tells apart: %s', (_key, texts) => {
    expect(Object.keys(texts).sort()).toEqual([...LANGUAGES].sort());
    for (const language of LANGUAGES) {
      expect(Object.keys(texts[language]).sort(), language).toEqual(FORMS[language]);
      for (const form of Object.values(texts[language])) expect(form.trim(), language).not.toBe('');
    }
  });

  it('have the forms of CLDR, as this runtime knows them', () => {
    for (const language of LANGUAGES) {
      expect([...new Intl.PluralRules(language).resolvedOptions().pluralCategories].sort()).toEqual(FORMS[language]);
    }
  });

  it('are Arabic in Arabic, and in no other language', () => {
    const arabic = /[\u0600-\u06ff]/;
    for (const [key, texts] of plain.filter(([key]) => !key.startsWith('LANGUAGE_'))) {
      expect([key, arabic.test(texts.ar ?? ''), arabic.test(`${texts.fr}${texts.en}`)]).toEqual([
        key,
        true,
        key === '',
      ]);
    }
  });

  it('are all used', () => {
    const folder = fileURLToPath(new URL('../../agent/kiosk/web/', import.meta.url));
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && name !== 'texts.ts')
      .map((name) => readFileSync(folder + name, 'utf8'))
      .join('\n');
    const keys = [...Object.keys(TEXTS), ...Object.keys(COUNTED_TEXTS)];
    expect(keys.length).toBeGreaterThan(50);
    const unused = keys.filter((key) => !new RegExp(`'${key}'|TEXTS\\.${key}\\b`).test(sources));
    // The state names these: `speech.say(bar.connection)`.
    expect(sources).toContain('say(bar.connection)');
    expect(unused.filter((key) => !['online', 'connecting', 'offline'].includes(key))).toEqual([]);
  });
});

describe('Arabic', () => {
  const arabic = createSpeech('ar');

  it('counts in its six forms', () => {
    const counts = [0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111, 200].map((n) => arabic.word(LOAVES, n));
    const few = 'أرغفة';
    const many = 'رغيفًا';
    const other = 'رغيف';
    expect(counts).toEqual([few, 'رغيف', 'رغيفان', few, few, many, many, other, other, few, many, other]);
    expect(seen(arabic.count('waiting', 1))).toBe('سجل واحد محفوظ ينتظر الإرسال');
    expect(seen(arabic.count('waiting', 7))).toBe('٧ سجلات محفوظة تنتظر الإرسال');
  });

  it('writes every number in Arabic-Indic digits', () => {
    expect(arabic.number(1_234_567_890)).toMatch(/^[٠-٩٬]+$/);
    const said = [
      arabic.say('ofTotal', { n: 340, m: 600 }),
      arabic.count('servedToday', 213),
      arabic.count('draws', 5, { draws: 4 }),
      arabic.clock(Date.UTC(2026, 10, 21, 12, 35), 'Africa/Cairo'),
      arabic.ago(0, 3 * 60_000),
      arabic.ago(0, 11 * 3_600_000),
      arabic.ago(0, 20 * 86_400_000),
    ];
    for (const text of said) expect(text).toMatch(/[٠-٩]/);
    for (const text of said) expect(text).not.toMatch(/[0-9]/);
    expect(seen(said[0] ?? '')).toBe('٣٤٠ من ٦٠٠');
  });

  it('isolates what it puts into a text, so that an id does not turn the words around it', () => {
    expect(arabic.say('less', { name: 'Oil 5L' })).toContain('\u2068Oil 5L\u2069');
  });
});

describe('the other languages', () => {
  it('count and write numbers their own way', () => {
    const [french, english] = [createSpeech('fr'), createSpeech('en')];
    expect([0, 1, 2].map((n) => seen(french.count('servedToday', n)))).toEqual([
      '0 service aujourd’hui',
      '1 service aujourd’hui',
      '2 services aujourd’hui',
    ]);
    expect([0, 1, 2].map((n) => seen(english.count('waiting', n)))).toEqual([
      '0 records kept, to be sent',
      '1 record kept, to be sent',
      '2 records kept, to be sent',
    ]);
    expect(english.word({ ar: 'كجم', fr: 'kg', en: 'kg' }, 7)).toBe('kg');
    expect(english.word({ ar: 'x', fr: 'x', en: { other: 'only' } }, 1)).toBe('only');
  });

  it('tell the time of the site, not of the machine', () => {
    const noonMs = Date.UTC(2026, 10, 21, 12, 0);
    expect(createSpeech('en').clock(noonMs, 'Africa/Cairo')).toBe('14:00');
    expect(createSpeech('fr').clock(noonMs, 'Africa/Casablanca')).toBe('13:00');
    expect(createSpeech('en').clock(noonMs, 'Nowhere/Else')).toBe('12:00 UTC');
  });

  it('say how long ago something was, and never that it lies ahead', () => {
    const english = createSpeech('en');
    const spans = [-5_000, 0, 59_999, 60_000, 3_599_999, 3_600_000, 47 * 3_600_000, 48 * 3_600_000];
    expect(spans.map((spanMs) => english.ago(1_000_000, 1_000_000 + spanMs))).toEqual([
      'just now',
      'just now',
      'just now',
      '1 minute ago',
      '59 minutes ago',
      '1 hour ago',
      '47 hours ago',
      '2 days ago',
    ]);
  });
});

describe('the language of a name', () => {
  it('is given to HTML as it wants it', () => {
    expect(['ara', 'eng', 'fra', 'ar', 'not a language'].map(languageTag)).toEqual(['ar', 'en', 'fr', 'ar', undefined]);
  });
});

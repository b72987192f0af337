import type { CountedTexts, Language, Texts } from '../../domain/texts.js';
import { COUNTED_TEXTS, type CountedKey, TEXTS, type TextKey } from './texts.js';

/** Values for the places in a text. Numbers are written in the digits of the language. */
export type Values = Readonly<Record<string, string | number>>;

/** How one language speaks: its texts, digits, plural forms and times. Stateless. */
export interface Speech {
  readonly language: Language;
  readonly direction: 'rtl' | 'ltr';
  /** A whole number in the language's digits: Arabic-Indic (٠١٢٣) for Arabic as written in Egypt. */
  number(value: number): string;
  /** A sum in minor units of a currency (ISO 4217), in the digits and the writing of the language. */
  money(minorUnits: number, currency: string): string;
  /** A day, `YYYY-MM-DD`, short. */
  day(isoDay: string): string;
  /** A text of the page, each value in it a bidi isolate (Unicode UAX #9, FSI … PDI). */
  say(key: TextKey, values?: Values): string;
  /** A counted text of the page in the form that goes with `n`. */
  count(key: CountedKey, n: number, values?: Values): string;
  /** The counted word alone, in the form that goes with `n`. */
  word(texts: CountedTexts, n: number): string;
  /** The language's own version of a text that came with the state. */
  pick(texts: Texts): string;
  /** Time of day at the site, to the minute. An unknown time zone is shown in UTC, and says so. */
  clock(atMs: number, timeZone: string): string;
  /** How long before `nowMs` something was, in words; what lies ahead counts as now. */
  ago(atMs: number, nowMs: number): string;
}

const LOCALES: Texts = { ar: 'ar-EG-u-nu-arab', fr: 'fr-FR', en: 'en-GB' };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Makes the {@link Speech} of a language. */
export function createSpeech(language: Language): Speech {
  const locale = LOCALES[language];
  const digits = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const plurals = new Intl.PluralRules(locale);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });

  const fill = (text: string, values: Values): string =>
    text.replace(/\{(\w+)\}/g, (place, name: string) => {
      const value = values[name];
      if (value === undefined) return place;
      return `\u2068${typeof value === 'number' ? digits.format(value) : value}\u2069`;
    });
  const word = (texts: CountedTexts, n: number): string => {
    const forms = texts[language];
    return typeof forms === 'string' ? forms : (forms[plurals.select(n)] ?? forms.other);
  };
  return {
    language,
    direction: language === 'ar' ? 'rtl' : 'ltr',
    number: (value) => digits.format(value),
    money: (minorUnits, currency) => moneyOf(locale, minorUnits, currency),
    day: (isoDay) => dayOf(locale, isoDay),
    say: (key, values = {}) => fill(TEXTS[key][language], values),
    count: (key, n, values = {}) => fill(word(COUNTED_TEXTS[key], n), { n, ...values }),
    word,
    pick: (texts) => texts[language],
    clock: (atMs, timeZone) => timeOfDay(locale, atMs, timeZone),
    ago(atMs, nowMs) {
      const spanMs = nowMs - atMs;
      if (spanMs < MINUTE_MS) return TEXTS.now[language];
      if (spanMs < HOUR_MS) return relative.format(-Math.floor(spanMs / MINUTE_MS), 'minute');
      if (spanMs < 2 * DAY_MS) return relative.format(-Math.floor(spanMs / HOUR_MS), 'hour');
      return relative.format(-Math.floor(spanMs / DAY_MS), 'day');
    },
  };
}

/** The tag that HTML wants for a language as cards name it (`ara` → `ar`, RFC 5646); undefined for what is no language. */
export function languageTag(code: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(code)[0];
  } catch {
    return undefined;
  }
}

function moneyOf(locale: string, minorUnits: number, currency: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return format.format(minorUnits / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
}

function dayOf(locale: string, isoDay: string): string {
  // A calendar day has no zone: read and written in the same one it stays itself.
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  return format.format(Date.parse(isoDay));
}

function timeOfDay(locale: string, atMs: number, timeZone: string): string {
  const style = { hour: 'numeric', minute: '2-digit' } as const;
  try {
    return new Intl.DateTimeFormat(locale, { ...style, timeZone }).format(atMs);
  } catch {
    return new Intl.DateTimeFormat(locale, { ...style, timeZone: 'UTC', timeZoneName: 'short' }).format(atMs);
  }
}

/** The small parts that the schema of policies is made of: texts, names, numbers, days. Descriptions go into the published JSON Schema. */
import { z } from 'zod';
import { told } from './problem.js';

/** What may stand in a text that is shown or printed: the complement of `showableText` in `credential/plain-text.ts`, and something to be seen. */
const SHOWN = /^(?!\s*$)[^\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]*$/u;
const HIDDEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]/u;

/** Text to be shown, of at most `charsMax` UTF-16 units. */
export function shownText(charsMax: number) {
  return z
    .string()
    .max(charsMax)
    .regex(SHOWN, { error: (issue) => whyNotShown(String(issue.input)) });
}

function whyNotShown(text: string): string {
  const hidden = HIDDEN.exec(text)?.[0];
  if (hidden === undefined) return told('the text is empty', 'write what the clerk and the holder are to read');
  const point = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return told(
    `the character U+${point} at position ${text.indexOf(hidden) + 1} cannot be seen and may rearrange or cut what is around it`,
    'remove it: the screen and the printer order Arabic and Latin letters by themselves',
  );
}

const text200 = shownText(200);
/** One text in every language. */
export const texts = z
  .strictObject({
    ar: text200.describe('In Arabic.'),
    fr: text200.describe('In French.'),
    en: text200.describe('In English.'),
  })
  .describe('One text in every language; what the clerk and the holder read.');

const form = shownText(80);
const countedForm = z
  .union([
    form,
    z.strictObject({
      zero: form.exactOptional().describe('Arabic: for 0.'),
      one: form.exactOptional().describe('For 1; in French for 0 as well.'),
      two: form.exactOptional().describe('Arabic: the dual, for 2.'),
      few: form.exactOptional().describe('Arabic: for 3 to 10, 103 to 110 …'),
      many: form.exactOptional().describe('Arabic: for 11 to 99, 111 to 199 …; French: for whole millions.'),
      other: form.describe('For every other number. Always there.'),
    }),
  ])
  .describe('One word for every number ("kg"), or its plural forms by CLDR. Without the number itself.');
/** A counted word in every language. */
export const countedTexts = z
  .strictObject({ ar: countedForm, fr: countedForm, en: countedForm })
  .describe(
    'The word for the unit. Arabic tells six cases apart (zero, one, two, few, many, other), French and English two.',
  );

/** Ids of programmes, commodities, accounts and exemptions; names of kinds of sites, roles and rosters. */
export const id = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    told(
      'an id is lower-case letters, digits and hyphens, at most 32, and begins with a letter',
      'write it so, for example "family-unit"',
    ),
  );

/** A whole number that a double holds exactly. */
export const whole = z.int();
/** A number that stands for something on cards and in events. */
export const number = whole
  .min(1, told('0 and less stand for nothing', 'use 1 to 65535, a number that nothing had before'))
  .max(65_535)
  .describe('Stands for it on cards and in events. Never used again for another one, even when this one is gone.');
/** A number that points at something. */
export const reference = whole.min(1).max(65_535);
/** Plans, classes and schemes are numbers of the issuer of the cards; 0 is one of them. */
export const claim = whole.min(0).max(65_535);
/** An amount in the unit of a commodity, or of an account that counts such. */
export const units = whole.min(1).max(1_000_000);
/** Minor units of the currency, or what an account holds. */
export const money = whole.min(0).max(1_000_000_000);
/** A list of at least one. */
export const listOf = <T extends z.ZodType>(of: T, countMax: number) => z.array(of).min(1).max(countMax);
/** A list of names. */
export const ids = listOf(id, 64);

/** A calendar day, `YYYY-MM-DD`. */
export const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, told('a day is written otherwise', 'write it like 2026-11-21'))
  .refine((text) => !/^\d{4}-\d{2}-\d{2}$/.test(text) || isCalendarDay(text), {
    error: told('there is no such day', 'take a day that is in the calendar'),
  });

function isCalendarDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The languages that every text for a clerk or a holder exists in. */
export const LANGUAGES = ['ar', 'fr', 'en'] as const;

/** One of {@link LANGUAGES}. */
export type Language = (typeof LANGUAGES)[number];

/** One text in every language. */
export type Texts = Readonly<Record<Language, string>>;

/**
 * The forms that a counted word takes in one language, by CLDR plural category (Unicode TR35, part 3, section 5),
 * without the number itself. A plain string stands for every number ("kg"), so that a `Texts` fits here too.
 */
export type CountedForms =
  | string
  | (Readonly<Partial<Record<'zero' | 'one' | 'two' | 'few' | 'many', string>>> & { readonly other: string });

/** A counted word in every language: Arabic tells six cases apart (٣ أرغفة, ١١ رغيفًا, ١٠٠ رغيف), French and English two. */
export type CountedTexts = Readonly<Record<Language, CountedForms>>;

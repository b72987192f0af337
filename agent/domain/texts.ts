/** The languages that every text for a clerk or a holder exists in. */
export const LANGUAGES = ['ar', 'fr', 'en'] as const;

/** One of {@link LANGUAGES}. */
export type Language = (typeof LANGUAGES)[number];

/** One text in every language. */
export type Texts = Readonly<Record<Language, string>>;

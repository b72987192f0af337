/** Whom a line of a policy is for, in words. */
import type { HolderLine } from '../../domain/policy.js';
import type { Language } from '../../domain/texts.js';
import type { Speech, Words } from './words.js';

type Stated = { readonly [member in keyof HolderLine]?: readonly number[] | undefined };

/** What the words are made with. */
export interface HolderSpeech {
  readonly language: Language;
  readonly words: Pick<Words, 'holder' | 'everybody'>;
  readonly speech: Speech;
}

/** Numbers as a list: `1, 2 and 3`. */
export function numbersText(list: readonly number[], speech: Speech): string {
  return speech.list(list.map((one) => speech.number(one)));
}

/** `Scheme 2, plan 1, class 3 and 4`; for a line that states nothing: `Everybody`. */
export function holdersText({ schemes, plans, classes }: Stated, { language, words, speech }: HolderSpeech): string {
  const parts = [
    ...(schemes === undefined ? [] : [words.holder.scheme(numbersText(schemes, speech))]),
    ...(plans === undefined ? [] : [words.holder.plan(numbersText(plans, speech))]),
    ...(classes === undefined ? [] : [words.holder.class(numbersText(classes, speech))]),
  ];
  if (parts.length === 0) return words.everybody;
  const text = parts.join(language === 'ar' ? '، ' : ', ');
  return text.slice(0, 1).toLocaleUpperCase(language) + text.slice(1);
}

/** The same in any version of a policy, and another for other holders. */
export function holdersKey({ schemes, plans, classes }: Stated): string {
  const scheme = schemes === undefined ? '' : `s${schemes.join('+')}.`;
  return `${scheme}${plans?.join('+') ?? 'all'}.${classes?.join('+') ?? 'all'}`;
}

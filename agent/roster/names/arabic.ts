/**
 * Arabic names as people write them, brought to one form each, so that two spellings of one name meet. Pure.
 *
 *   أحمد إبراهيم  →  احمد ابراهيم        alef forms, hamza carriers and hamza alone, ya and alef maqsura, ta marbuta and ha
 *   عبد الرحمن, عبدالرحمن  →  عبدرحمن    compounds are one word, without the article inside
 *   محمد بن علي  →  محمد علي             "son of" says nothing that the order does not
 *
 * What is folded here is what registers are known to mix; other slips are for the search, which forgives one letter.
 */

/** Joiners that only say whose child somebody is. */
const CHILD_OF: ReadonlySet<string> = new Set(['بن', 'ابن', 'بنت', 'ابنه']);

/** First parts of compounds; each with the form that it is folded to. */
const HEADS: ReadonlyMap<string, string> = new Map([
  ['عبد', 'عبد'],
  ['ابو', 'ابو'],
  ['ابي', 'ابو'],
  ['ابا', 'ابو'],
  ['ام', 'ام'],
]);

/** Second parts that belong to the word before: Nour ad-Din, Fadl Allah. Without their article. */
const TAILS: ReadonlySet<string> = new Set(['دين', 'له', 'نبي', 'رسول', 'اسلام']);

/** Fewest letters that are left when an article is taken off, so that Ilham stays apart from ham as far as can be. */
const STEM_MIN = 3;

/** Texts are cut before they are folded: longer than any name with all its marks. */
const FOLD_CHARS_MAX = 400;

/** One form for letters that are mixed up. Leaves words as they are; for comparing words, and headings of tables. */
export function foldArabic(text: string): string {
  return (
    text
      .slice(0, FOLD_CHARS_MAX)
      // Presentation forms and ligatures, as old systems exported them, become letters.
      .normalize('NFKC')
      .replace(/[\p{Mn}\p{Cf}\u0640]/gu, '')
      .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
      .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
      .replace(/[أإآٱ]/g, 'ا')
      .replace(/[ىیئې]/g, 'ي')
      .replace(/ؤ/g, 'و')
      .replace(/[ةۀہھۃە]/g, 'ه')
      .replace(/[کگڪ]/g, 'ك')
      .replace(/ء/g, '')
  );
}

/**
 * The words of a name, each in its one form, compounds joined; connectors are left out unless there is nothing else. With `parts`, the second
 * part of each compound follows in a list of its own, since people are also asked for by it.
 */
export function arabicWords(name: string): { readonly words: readonly string[]; readonly parts: readonly string[] } {
  const raw = foldArabic(name).match(/[\p{L}\p{N}]+/gu) ?? [];
  const kept = raw.filter((word) => !CHILD_OF.has(word) && word !== 'ال');
  const words: string[] = [];
  const parts: string[] = [];
  for (let at = 0; at < kept.length; at += 1) {
    const word = kept[at] ?? '';
    const next = kept[at + 1];
    const head = HEADS.get(word);
    if (head !== undefined && next !== undefined) {
      const rest = withoutArticle(next, 1);
      words.push(head + rest);
      parts.push(rest);
      at += 1;
    } else {
      const joined = joinedWord(word);
      const previous = words.at(-1);
      if (joined.part !== null) parts.push(joined.part);
      if (previous !== undefined && word.startsWith('ال') && TAILS.has(joined.word))
        words[words.length - 1] = previous + joined.word;
      else words.push(joined.word);
    }
  }
  return { words: words.length > 0 || raw.length === 0 ? words : raw, parts };
}

/**
 * The words of a name as they stand, compounds not joined, articles taken off, single letters left out: for what was typed by halves (`Abd` and a
 * family name, `Salah ad-D`), where joining would make words that nobody has.
 */
export function looseArabicWords(typed: string): readonly string[] {
  const raw = foldArabic(typed).match(/[\p{L}\p{N}]+/gu) ?? [];
  return raw.map((word) => withoutArticle(word, 0)).filter((word) => word.length > 1 && !CHILD_OF.has(word));
}

/** A word that may be a compound written without its space. */
function joinedWord(word: string): { readonly word: string; readonly part: string | null } {
  for (const head of ['عبد', 'ابو']) {
    if (!word.startsWith(`${head}ال`) || word.length < head.length + 2 + 2) continue;
    const part = word.slice(head.length + 2);
    return { word: head + part, part };
  }
  if (word.startsWith('ابو') && word.length >= 3 + STEM_MIN - 1) return { word, part: word.slice(3) };
  for (const tail of TAILS) {
    const ending = `ال${tail}`;
    if (!word.endsWith(ending) || word.length < ending.length + 2) continue;
    return { word: withoutArticle(word.slice(0, -ending.length), STEM_MIN) + tail, part: null };
  }
  const stem = withoutArticle(word, STEM_MIN);
  // Allah as a word of its own: its folded stem is shorter than others may be.
  return { word: word === 'الله' ? 'له' : stem, part: null };
}

function withoutArticle(word: string, stemMin: number): string {
  return word.startsWith('ال') && word.length >= 2 + stemMin ? word.slice(2) : word;
}

/**
 * Latin spellings of Arabic names: there is no one way to write them, so each word has two forms. Pure.
 *
 *   plain   Mohamed → mohamed       letters as written, without marks, article and hyphens
 *   sound   Mohamed, Muhammad, Mohammed → ~umhmd    the first vowel, and the consonants as they are heard
 */

/** What a plain word never begins with, so that the two forms share one index. */
const SOUND = '~';

/** Articles as they are written before each letter, and joiners that only say whose child somebody is. */
const ARTICLES: ReadonlySet<string> = new Set(
  'al el ul ad ed ud an en ar er ur as es us ash esh at et az ez bin ben ibn bint'.split(' '),
);
const SERVANT = /^abd(?:[aeiou]{1,2}[lrsndtzh]?)?$/;
/** With its second part in one word. */
const SERVANT_OF = /^abd[aeiou]{0,2}l?(?=[a-z]{3})/;
const STEM_MIN = 4;
const FOLD_CHARS_MAX = 400;

/** The words of a Latin name: plain forms. */
export function latinWords(name: string): readonly string[] {
  const raw =
    name
      .slice(0, FOLD_CHARS_MAX)
      .normalize('NFKD')
      .replace(/[\p{Mn}\p{Cf}'’‘`ʿʾʼ]/gu, '')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const kept = raw.filter((word) => !ARTICLES.has(word));
  const words: string[] = [];
  for (let at = 0; at < kept.length; at += 1) {
    const word = kept[at] ?? '';
    const next = kept[at + 1];
    if (next !== undefined && SERVANT.test(word)) {
      words.push(`abd${next}`);
      at += 1;
    } else {
      words.push(plainWord(word));
    }
  }
  return words.length > 0 ? words : raw;
}

/** How a plain Latin word sounds: the same for the spellings that are common in Egypt, Sudan and the Maghreb. */
export function soundOf(word: string): string {
  const heard = word
    .replace(/th/g, 's')
    .replace(/kh/g, 'x')
    .replace(/gh/g, 'g')
    .replace(/ch|sh/g, 'S')
    .replace(/dh/g, 'd')
    .replace(/ph/g, 'f')
    .replace(/[jg]/g, 'g')
    .replace(/[qc]/g, 'k')
    .replace(/v/g, 'f')
    .replace(/p/g, 'b')
    .replace(/(?<=[aeiou])h$/, '');
  const first = /[aeiouyw]/.exec(heard.slice(0, 2))?.[0] ?? '';
  const heardAs = first === 'o' || first === 'u' ? 'u' : first === '' || first === 'w' ? '' : 'a';
  // Ahmed begins with its vowel, Hamid does not.
  const vowel = /^[aeiou]/.test(heard) ? heardAs.toUpperCase() : heardAs;
  const consonants = heard.replace(/(?!^)[yw]|[aeiou]/g, '').replace(/(.)\1+/g, '$1');
  return `${SOUND}${vowel}${consonants}`;
}

function plainWord(word: string): string {
  const servant = SERVANT_OF.exec(word);
  if (servant !== null) return `abd${word.slice(servant[0].length).replace(/^([a-z])\1/, '$1')}`;
  const article = word.startsWith('el') || word.startsWith('al');
  return article && word.length >= 2 + STEM_MIN ? word.slice(2) : word;
}

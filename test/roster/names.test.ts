/** Spellings that must meet, and some that must not. All names are invented. */
import { describe, expect, test } from 'vitest';
import { arabicWords, foldArabic, looseArabicWords } from '../../agent/roster/names/arabic.js';
import { latinWords, soundOf } from '../../agent/roster/names/latin.js';
import { isOneSlip } from '../../agent/roster/names/slip.js';

const wordsOf = (name: string): string => arabicWords(name).words.join(' ');
const soundsOf = (name: string): string => latinWords(name).map(soundOf).join(' ');

describe('one Arabic name in several spellings', () => {
  test.each([
    ['alef forms', 'أحمد إبراهيم آدم ٱلصادق', 'احمد ابراهيم ادم الصادق'],
    ['ya and alef maqsura', 'مصطفى هدى علي', 'مصطفي هدي على'],
    ['Persian letters, as some keyboards have them', 'ليلی کريم', 'ليلي كريم'],
    ['ta marbuta and ha', 'فاطمة نعمة', 'فاطمه نعمه'],
    ['hamza carriers', 'مأمون رؤوف هانئ سناء', 'مامون رووف هاني سنا'],
    ['tatweel', 'محمـــد', 'محمد'],
    ['diacritics', 'مُحَمَّدٌ', 'محمد'],
    ['a hamza above as a mark of its own', 'ا\u0654حمد', 'أحمد'],
    ['presentation forms', '\ufee3\ufea4\ufee4\ufeaa', 'محمد'],
    ['a ligature of lam and alef', 'ص\ufefcح', 'صلاح'],
    ['direction marks between words', 'محمد\u200f علي', 'محمد علي'],
    ['the article', 'الطاهر الصديق', 'طاهر صديق'],
    ['servant of, with and without a space', 'عبد الرحمن', 'عبدالرحمن'],
    ['servant of, without the article', 'عبد الرحمن', 'عبد رحمن'],
    ['servant of God', 'عبد الله', 'عبدالله'],
    ['father of, with and without a space', 'أبو بكر', 'ابوبكر'],
    ['father of, in the genitive', 'أبي بكر', 'ابو بكر'],
    ['father of, with the article', 'أبو القاسم', 'ابوالقاسم'],
    ['mother of', 'أم كلثوم', 'ام كلثوم'],
    ['son of', 'محمد بن علي ابن حسن', 'محمد علي حسن'],
    ['daughter of', 'آمنة بنت وهب', 'امنه وهب'],
    ['light of the faith', 'نور الدين', 'نورالدين'],
    ['grace of God', 'فضل الله', 'فضلالله'],
    ['neighbour of the prophet', 'جار النبي', 'جارالنبي'],
    ['a house', 'آل سعود', 'سعود'],
    ['punctuation', 'محمد، علي', 'محمد علي'],
  ])('%s', (_what, one, other) => {
    expect(wordsOf(one)).toBe(wordsOf(other));
  });

  test('names that are not the same stay apart', () => {
    const names = ['جمال', 'جميل', 'حسن', 'حسين', 'عبد الرحمن', 'عبد الرحيم', 'أبو بكر', 'بكر', 'نور', 'نور الدين'];
    expect(new Set(names.map(wordsOf)).size).toBe(names.length);
  });

  test('a name that is nothing but a joiner is still a name', () => {
    expect(wordsOf('بنت')).toBe('بنت');
  });

  test('the second part of a compound can be asked for alone', () => {
    expect(arabicWords('عبد الرحمن محمد').parts).toEqual(['رحمن']);
    expect(looseArabicWords('صلاح ال')).toEqual(['صلاح']);
  });

  test('digits of all scripts are one', () => {
    expect(foldArabic('٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹')).toBe('0123456789 0123456789');
  });

  test('a text without end is cut', () => {
    expect(foldArabic('م'.repeat(100_000)).length).toBeLessThan(1_000);
  });
});

describe('one name in several Latin spellings', () => {
  test.each([
    ['Mohamed', 'Muhammad', 'Mohammed', 'Mouhamed'],
    ['Ahmed', 'Ahmad', 'Ahmmed'],
    ['Abdel Rahman', 'Abdulrahman', 'Abdurrahman', 'Abd al-Rahman', 'Abd-ur-Rahman', 'Abdelrahman'],
    ['Abdallah', 'Abdullah', 'Abdulla', 'Abd Allah'],
    ['Hussein', 'Husayn', 'Hossein'],
    ['Osman', 'Othman', 'Usman', 'Uthman'],
    ['Yousif', 'Yusuf', 'Youssef'],
    ['Fatima', 'Fatma', 'Fatimah', 'Fâtima'],
    ['Gamal', 'Jamal'],
    ['Khalid', 'Khaled'],
    ['Aisha', 'Aysha', 'Ayesha', "A'isha"],
    ['El-Tahir', 'Eltahir', 'Al Tahir', 'Tahir'],
    ['Omar', 'Umar'],
    ['Qasim', 'Kasim', 'Qassem'],
  ])('%s, %s', (first, ...others) => {
    for (const other of others) expect(soundsOf(other)).toBe(soundsOf(first));
  });

  test('names that are not the same sound different', () => {
    const names = [
      'Mohamed',
      'Mahmoud',
      'Ahmed',
      'Hamid',
      'Osman',
      'Yousif',
      'Khalid',
      'Gamal',
      'Fatima',
      'Huda',
      'Hoyam',
    ];
    expect(new Set(names.map(soundsOf)).size).toBe(names.length);
  });
});

describe('one slip', () => {
  test.each([
    ['احمد', 'احمدد'],
    ['احمد', 'حمد'],
    ['احمد', 'احند'],
    ['احمد', 'احدم'],
    ['حسن', 'حسين'],
  ])('%s and %s are one apart, both ways', (one, other) => {
    expect(isOneSlip(one, other)).toBe(true);
    expect(isOneSlip(other, one)).toBe(true);
  });

  test.each([
    ['احمد', 'احمد'],
    ['احمد', 'دمحا'],
    ['احمد', 'محمدي'],
    ['', 'اب'],
    ['abc', 'badc'],
  ])('%s and %s are not', (one, other) => {
    expect(isOneSlip(one, other)).toBe(false);
    expect(isOneSlip(other, one)).toBe(false);
  });
});

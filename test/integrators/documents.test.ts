/** The guides for integrators show no code but that of files which are compiled and tested: word for word, and whole. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesUnder, ROOT, readText } from '../repository/repository.js';

interface Shown {
  readonly file: string;
  readonly text: string;
}

/** A comment with the name of a file, and the code that follows it. */
const QUOTE = /<!-- (\S+), word for word -->\n+```ts\n(.*?)^```$/gms;
const CODE = /^```(?:ts|js|typescript|javascript)$/gm;

const guides = await filesUnder('docs/integrators', ['.md']);
const quotes = guides.flatMap((guide): Shown[] =>
  Array.from(readText(guide).matchAll(QUOTE), ([, file = '', text = '']) => ({ file, text })),
);

describe('the code in the guides for integrators', () => {
  test('is that of the samples, all of it', () => {
    expect(quotes.map(({ file }) => file).sort()).toEqual([
      'test/integrators/sample-driver.test.ts',
      'test/integrators/sample-driver.ts',
      'test/integrators/sample-medium.ts',
    ]);
  });

  test.each(quotes)('stands in $file word for word', ({ file, text }) => {
    expect(text).toBe(readText(file));
  });

  test('is never without its file', () => {
    const blocks = guides.flatMap((guide) => Array.from(readText(guide).matchAll(CODE)));
    expect(blocks).toHaveLength(quotes.length);
  });

  test.each(guides)('%s names only files that there are', (guide) => {
    const places = readText(guide).matchAll(/`((?:agent|drivers|simulators|sync|test|docs|systemd)\/[\w./-]+)`/g);
    const missing = Array.from(places, ([, place = '']) => place).filter(
      (place) => !place.includes('NAME') && !existsSync(join(ROOT, place)),
    );
    expect(missing).toEqual([]);
  });
});

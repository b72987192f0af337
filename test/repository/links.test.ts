/** Links between the pages lead somewhere: to a file that is there, and to a heading of it. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesUnder, ROOT, readText } from './repository.js';

async function pages(): Promise<readonly string[]> {
  const below = (await Promise.all(['docs', 'systemd'].map((folder) => filesUnder(folder, ['.md'])))).flat();
  return [...readdirSync(ROOT).filter((name) => name.endsWith('.md')), ...below];
}

/** Text of a page without its code. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));
}

/** The anchors that a forge makes of headings: lower case, without punctuation, hyphens for spaces; numbered where one comes again. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    let free = slug;
    for (let i = 1; anchors.has(free); i += 1) free = `${slug}-${i}`;
    anchors.add(free);
  }
  return anchors;
}

/** What is wrong with the links of a page. */
function brokenIn(path: string, text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? path : normalize(join(dirname(path), file));
    if (file !== '' && !existsSync(join(ROOT, to))) return [`${path}: ${target}: no such file`];
    if (anchor === undefined || !to.endsWith('.md')) return [];
    return anchorsOf(file === '' ? text : readText(to)).has(anchor) ? [] : [`${path}: ${target}: no such heading`];
  });
}

describe('the pages', () => {
  it('link to what is there', async () => {
    const all = await pages();
    expect(all.length).toBeGreaterThan(30);
    expect(all.flatMap((path) => brokenIn(path, readText(path)))).toEqual([]);
  });

  it.each([
    ['[gone](docs/gone.md)', ['no such file']],
    ['[there](docs/policy/README.md#numbers), [not](docs/policy/README.md#letters)', ['no such heading']],
    ['# What *this* is, `now`\n[here](#what-this-is-now) [no](#what)', ['no such heading']],
    ['`[code](is.md)` is not a link, [nor](https://example.org/a.md) one to look at', []],
  ])('are looked at closely: %j', (text, wrong) => {
    expect(brokenIn('page.md', text).map((one) => one.split(': ').at(-1))).toEqual(wrong);
  });
});

/**
 * The vectors are a promise to other implementations: they change only on purpose.
 * `WASL_WRITE_VECTORS=1 npx vitest run test/vectors/regenerate.test.ts` writes them anew.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { vectorFiles } from './make/files.js';
import { VECTOR_FOLDER } from './vectors.js';

const write = process.env.WASL_WRITE_VECTORS === '1';
const made = await vectorFiles();

describe('the published vectors', () => {
  beforeAll(async () => {
    if (!write) return;
    if (process.env.CI !== undefined) throw new Error('vectors are written by a person who reads the difference');
    await mkdir(VECTOR_FOLDER, { recursive: true });
    for (const [name, text] of made) await writeFile(join(VECTOR_FOLDER, name), text);
  });

  test.each([...made.keys()])('%s is, byte for byte, what the code makes', async (name) => {
    const published = await readFile(join(VECTOR_FOLDER, name), 'utf8');
    // A difference of thousands of lines helps nobody: the first line that differs does.
    const lines = (made.get(name) ?? '').split('\n');
    const at = published.split('\n').findIndex((line, i) => line !== lines[i]);
    expect(at < 0 ? 'no line differs' : `line ${at + 1}: ${lines[at]}`).toBe('no line differs');
    expect(published === made.get(name)).toBe(true);
  });

  test('are made the same way twice', async () => {
    expect(await vectorFiles()).toEqual(made);
  });

  test('are all there is, beside their description', async () => {
    expect((await readdir(VECTOR_FOLDER)).sort()).toEqual([...made.keys(), 'README.md'].sort());
  });
});

import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, absolute. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folders of the product's own source. */
export const SOURCE_FOLDERS = ['agent', 'drivers', 'sync', 'simulators'] as const;

/** One file of the repository as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Files under a folder, from the root of the repository, whose names end with one of `endings`; sorted. */
export async function filesUnder(folder: string, endings: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names
    .map((name) => `${folder}/${name}`)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort();
}

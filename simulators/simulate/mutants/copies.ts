/** Copies of the program in a temporary folder, compiled from today's sources, each with a defect in it. */
import { link, mkdir, mkdtemp, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { WaslError } from '../../../agent/domain/errors.js';
import { type Edit, editsOf, type Mutant, occurrencesIn } from './mutant.js';

/** The program that is copied, from the root of the repository. */
export const HUNT = 'simulators/simulate/mutants/hunt-main';

/** Copies of {@link HUNT} and all that it imports. */
export interface Copies {
  /** Compiles a copy with a mutant in it, or without one, and gives the path of its program. Rejects with `ERR_CONFIG` for a mutant that does not fit its file. */
  make(mutant: Mutant | null): Promise<string>;
  remove(): Promise<void>;
}

/** The root of the repository, whether this runs compiled or not. */
export function repositoryRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = resolve(here, '../../..');
  return root.endsWith('dist') ? dirname(root) : root;
}

/** Compiles the program once; each copy shares what it does not change. Types are not checked. */
export async function makeCopies(root: string): Promise<Copies> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-mutants-'));
  const files = await compileAll(root, join(folder, 'base'));
  let count = 0;
  return {
    make: async (mutant) => {
      const edits = mutant === null ? [] : editsOf(mutant);
      const changed = await Promise.all(edits.map((edit) => mutated(root, edit, mutant?.name ?? '')));
      count += 1;
      const copy = join(folder, `copy-${count}`);
      await Promise.all([...new Set(files.map((file) => dirname(join(copy, file))))].map(makeFolder));
      await Promise.all(files.map((file) => link(join(folder, 'base', file), join(copy, file))));
      await furnish(root, copy);
      for (const [index, { file }] of edits.entries()) {
        const target = join(copy, compiledName(file));
        await unlink(target).catch(() => {
          throw new WaslError('ERR_CONFIG', `the simulation does not run ${file}, which "${mutant?.name}" changes`);
        });
        await writeFile(target, compiled(changed[index] ?? ''));
      }
      return join(copy, `${HUNT}.js`);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The text of a file with the edit in it. Rejects with `ERR_CONFIG` when the search text does not occur exactly once. */
async function mutated(root: string, { file, search, replacement }: Edit, name: string): Promise<string> {
  const text = await readFile(join(root, file), 'utf8');
  const occurrences = occurrencesIn(text, search);
  if (occurrences !== 1) {
    throw new WaslError(
      'ERR_CONFIG',
      `what "${name}" looks for occurs ${occurrences} times in ${file}: it has to be written anew`,
    );
  }
  return text.replace(search, () => replacement);
}

/** Compiles {@link HUNT} and what it imports; resolves to the names of the files that were made. */
async function compileAll(root: string, folder: string): Promise<readonly string[]> {
  const made: string[] = [];
  const waiting = [join(root, `${HUNT}.ts`)];
  const seen = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = await readFile(path, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/from '(\.[^']+)\.js'/g)) {
      const imported = resolve(dirname(path), `${specifier}.ts`);
      if (!seen.has(imported)) waiting.push(imported);
      seen.add(imported);
    }
    const file = compiledName(relative(root, path));
    await makeFolder(dirname(join(folder, file)));
    await writeFile(join(folder, file), compiled(text));
    made.push(file);
  }
  return made;
}

function compiled(text: string): string {
  return ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
  }).outputText;
}

function compiledName(file: string): string {
  return file.replace(/\.ts$/, '.js');
}

async function furnish(root: string, folder: string): Promise<void> {
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}

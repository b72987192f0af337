/** Compiles a program and what it imports into a folder of its own, so that a test can run today's sources as a process. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Compiled programs; each path is that of the source with `.js`, under {@link CompiledPrograms.folder}. */
export interface CompiledPrograms {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Compiles `sources`, named from the root of the repository, without checking types. */
export async function compilePrograms(sources: readonly string[]): Promise<CompiledPrograms> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-compiled-'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const waiting = sources.map((source) => resolve(ROOT, source));
  const seen = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const text = await readFile(path, 'utf8');
    const from = dirname(path);
    for (const [, specifier] of text.matchAll(/from '(\.[^']+)\.js'/g)) waiting.push(resolve(from, `${specifier}.ts`));
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
    });
    const target = join(folder, relative(ROOT, path)).replace(/\.ts$/, '.js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

import { readdirSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesUnder, ROOT, readText, SOURCE_FOLDERS } from './repository.js';

/** About 300, as the style says: a file that grows past a tenth more is divided. */
const LINES_MAX = 330;

/** Hand-written text in which a slip of the developer's machine could stand. Lock files and licences are not. */
const TEXT_ENDINGS = [
  '.ts',
  '.tsx',
  '.mjs',
  '.cjs',
  '.json',
  '.md',
  '.css',
  '.html',
  '.cddl',
  '.yaml',
  '.yml',
  '.sh',
  '.service',
].concat(['.conf', '.rules', 'run']);

async function sources(): Promise<readonly string[]> {
  return (await Promise.all(SOURCE_FOLDERS.map((folder) => filesUnder(folder, ['.ts', '.tsx'])))).flat();
}

/** Names of the exported declarations of a module that have no doc comment of their own. */
function undocumented(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const missing: string[] = [];
  for (const statement of file.statements) {
    // A re-export passes on what is documented where it is declared.
    if (ts.isExportDeclaration(statement) || !isExported(statement)) continue;
    if (ts.getJSDocCommentsAndTags(statement).some(ts.isJSDoc)) continue;
    missing.push(...namesOf(statement));
  }
  return missing;
}

function isExported(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword)
  );
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map((one) => one.name.getText());
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    return [statement.name?.text ?? 'default'];
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [statement.name.text];
  return [`line ${statement.getSourceFile().getLineAndCharacterOfPosition(statement.getStart()).line + 1}`];
}

describe('the source', () => {
  it('says of every exported name what it promises', async () => {
    const paths = await sources();
    expect(paths.length).toBeGreaterThan(20);
    const missing = paths
      // Build settings are not part of the product's interface.
      .filter((path) => !path.endsWith('vite.config.ts'))
      .flatMap((path) => undocumented(path, readText(path)).map((name) => `${path}: ${name}`));
    expect(missing).toEqual([]);
  });

  it('is looked at closely enough to miss nothing', () => {
    const text = [
      'export const a = 1, b = 2;',
      '/** Told. */ export const c = 3;',
      'export function d() {}',
      'export class E {}',
      'export interface F {}',
      'export type G = 1;',
      '// Not a doc comment.\nexport const h = 1;',
      "export { i } from './i.js';",
      'const j = 1;',
    ].join('\n');
    expect(undocumented('fixture.ts', text)).toEqual(['a', 'b', 'd', 'E', 'F', 'G', 'h']);
  });

  it('is in files that one can read in one go', async () => {
    const paths = [
      ...(await sources()),
      ...(await filesUnder('test', ['.ts'])),
      ...(await filesUnder('scripts', ['.mjs'])),
    ];
    const lengths = paths.map((path) => ({ path, lines: readText(path).split('\n').length - 1 }));
    const long = lengths.filter(({ lines }) => lines > LINES_MAX);
    expect(long.map(({ path, lines }) => `${path}: ${lines} lines`)).toEqual([]);
  });

  it('has nothing put off for later', async () => {
    const marks = new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['X', 'XX'].join('')})\\b`);
    const paths = [
      ...(await sources()),
      ...(await filesUnder('test', ['.ts'])),
      ...(await filesUnder('scripts', ['.mjs'])),
    ];
    expect(paths.filter((path) => marks.test(readText(path)))).toEqual([]);
  });
});

describe('the text of the repository', () => {
  /** Each kind of slip, and what it looks like. */
  const SLIPS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
    { what: 'a home folder', pattern: /\/(home|Users)\/[a-z]|\/root\// },
    { what: 'a workplace', pattern: /\/(work|workspace|builds|github\/workspace)\/[a-z]/ },
    {
      what: 'the host of a package registry',
      pattern: /registry\.(npmjs|yarnpkg)\.|\bnpm\.pkg\.github\.com|deb\.debian\.org/,
    },
    { what: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  ];

  /** Hand-written files at the top and in the folders; hidden folders of tools are not among them. */
  async function texts(): Promise<readonly string[]> {
    const folders = [...SOURCE_FOLDERS, 'test', 'scripts', 'docs', 'systemd', '.ci'];
    const nested = (await Promise.all(folders.map((folder) => filesUnder(folder, TEXT_ENDINGS)))).flat();
    const top = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isFile());
    return [
      ...nested,
      ...top.map((entry) => entry.name).filter((name) => TEXT_ENDINGS.some((ending) => name.endsWith(ending))),
    ];
  }

  it('names nothing that exists on one machine only', async () => {
    const paths = (await texts()).filter((path) => path !== 'test/repository/source-text.test.ts');
    expect(paths.length).toBeGreaterThan(60);
    const found = paths.flatMap((path) => {
      const text = readText(path);
      return SLIPS.filter(({ pattern }) => pattern.test(text)).map(({ what }) => `${path}: ${what}`);
    });
    expect(found).toEqual([]);
  });

  it('is recognised when it does', () => {
    const slips = [
      '/home/aya/wasl',
      '/root/.npmrc',
      '/builds/wasl/x',
      'https://registry.npmjs.org/x',
      '-----BEGIN PRIVATE KEY-----',
    ];
    expect(slips.filter((slip) => !SLIPS.some(({ pattern }) => pattern.test(slip)))).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED, CYCLE, FIXTURE_PACKAGES, PLANTED } from './import-rule-plants.js';
import { ROOT } from './repository.js';

const RULES_FILE = join(ROOT, '.dependency-cruiser.cjs');
const FOLDERS = ['agent', 'drivers', 'sync', 'simulators', 'test', 'scripts'];
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
/** The whole repository on two busy cores. */
const CRUISE_TIMEOUT_MS = 120_000;

/** What this test reads of the rule file. */
interface RuleFile {
  readonly forbidden: readonly {
    readonly name: string;
    readonly comment?: string;
    readonly from: { readonly path?: string | string[] };
  }[];
}

const rules: RuleFile = createRequire(import.meta.url)(RULES_FILE);

/** Runs the tool as `npm run check` does, over the folders that exist under `root`. */
async function cruise(root: string): Promise<ICruiseResult> {
  const tool = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const args = [tool, '--config', RULES_FILE, '--output-type', 'json', ...folders];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: OUTPUT_BYTES_MAX });
  return JSON.parse(stdout);
}

/** The violations of a run as `rule: file`, sorted. */
function violationsOf(result: ICruiseResult): string[] {
  return result.summary.violations.map((violation) => `${violation.rule.name}: ${violation.from}`).sort();
}

async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, source] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), source);
  }
}

describe('the import rules', { timeout: CRUISE_TIMEOUT_MS }, () => {
  it('hold in this repository, and every source file was looked at', async () => {
    const result = await cruise(ROOT);
    expect(violationsOf(result)).toEqual([]);
    const seen = new Set(result.modules.map((module) => module.source));
    for (const folder of FOLDERS) {
      const files = (await readdir(join(ROOT, folder), { recursive: true }))
        .map((name) => `${folder}/${name}`)
        .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.endsWith('.d.ts'));
      expect(files.length, `source files in ${folder}/`).toBeGreaterThan(5);
      expect(files.filter((name) => !seen.has(name))).toEqual([]);
    }
    expect(result.summary.totalDependenciesCruised ?? 0).toBeGreaterThan(result.summary.totalCruised);
  });

  it('name only ports that exist', () => {
    const ports = rules.forbidden.find((rule) => rule.name === 'ports-know-only-the-domain')?.from.path;
    const paths = [ports ?? []].flat().map((pattern) => pattern.replace(/^\^|\$$/g, '').replaceAll('\\.', '.'));
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('say why, each of them', () => {
    expect(rules.forbidden.filter((rule) => (rule.comment ?? '').length < 20)).toEqual([]);
  });
});

describe('each import rule', () => {
  let root = '';
  let violations: string[] = [];
  let violationsOfAllowed: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'wasl-import-rules-'));
    await writeTree(root, { ...FIXTURE_PACKAGES, ...ALLOWED });
    violationsOfAllowed = violationsOf(await cruise(root));
    await writeTree(root, { ...Object.fromEntries(PLANTED.map((plant) => [plant.path, plant.source])), ...CYCLE });
    violations = violationsOf(await cruise(root));
  }, CRUISE_TIMEOUT_MS);
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('lets through what the layout allows', () => {
    expect(violationsOfAllowed).toEqual([]);
  });

  it('has a file of its own planted against it', () => {
    expect(new Set(PLANTED.map((plant) => plant.path)).size).toBe(PLANTED.length);
    const planted = new Set(PLANTED.map((plant) => plant.rule));
    expect(rules.forbidden.map((rule) => rule.name).filter((name) => !planted.has(name))).toEqual([]);
  });

  it.each(PLANTED)('$rule: catches $path ($why)', ({ rule, path }) => {
    expect(violations).toContain(`${rule}: ${path}`);
  });
});

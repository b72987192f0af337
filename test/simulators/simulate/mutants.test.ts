import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALL_MUTANTS } from '../../../simulators/simulate/mutants/all.js';
import { repositoryRoot } from '../../../simulators/simulate/mutants/copies.js';
import { editsOf, occurrencesIn } from '../../../simulators/simulate/mutants/mutant.js';
import { runMutants } from '../../../simulators/simulate/mutants.js';

const nowMs = (): number => performance.now();

describe('the list of known defects', () => {
  test('has names that are all different, and a plain word about each', () => {
    expect(new Set(ALL_MUTANTS.map((mutant) => mutant.name)).size).toBe(ALL_MUTANTS.length);
    expect(ALL_MUTANTS.length).toBeGreaterThanOrEqual(14);
    for (const { name, defect } of ALL_MUTANTS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(defect).toMatch(/^[A-Z].*\.$/);
    }
  });

  test.each(ALL_MUTANTS)('$name fits its files in one place each, and changes them', (mutant) => {
    for (const { file, search, replacement } of editsOf(mutant)) {
      const text = readFileSync(join(repositoryRoot(), file), 'utf8');
      expect(occurrencesIn(text, search)).toBe(1);
      expect(text.replace(search, () => replacement)).not.toBe(text);
    }
  });

  test('knows no mutant by another name', async () => {
    await expect(runMutants({ only: ['no-such-defect'], nowMs })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});

describe('planted defects, one of each kind', { timeout: 600_000 }, () => {
  test('are caught by an invariant', async () => {
    const only = ['grant-before-commit', 'file-not-synced', 'intent-deleted', 'acknowledged-before-stored'];
    const { mutants, ok } = await runMutants({ only, control: false, nowMs });
    expect(mutants.map(({ name, by, message }) => ({ name, by, message }))).toMatchObject([
      { name: 'grant-before-commit', by: [1] },
      { name: 'file-not-synced', by: expect.arrayContaining([expect.any(Number)]) },
      { name: 'intent-deleted', by: expect.arrayContaining([expect.any(Number)]) },
      { name: 'acknowledged-before-stored', by: expect.arrayContaining([expect.any(Number)]) },
    ]);
    expect(ok).toBe(true);
  });
});

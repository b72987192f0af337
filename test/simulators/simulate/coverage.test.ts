import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countLines, withCoverage } from '../../../simulators/simulate/coverage.js';

const SOURCE = `/** About it.
 * More. */
export function both(flag) {
  // Why.
  if (flag) {
    return 'yes';
  }
  return 'no';
}
`;

function rangeOf(text: string, count: number): { startOffset: number; endOffset: number; count: number } {
  const startOffset = SOURCE.indexOf(text);
  return { startOffset, endOffset: startOffset + text.length, count };
}

describe('counting lines', () => {
  test('leaves out comments and braces, and counts what ran in its innermost range', () => {
    const whole = { startOffset: 0, endOffset: SOURCE.length, count: 1 };
    expect(countLines(SOURCE, [whole])).toEqual({ lines: 4, covered: 4 });
    const body = rangeOf(SOURCE.slice(SOURCE.indexOf('export'), SOURCE.lastIndexOf('}') + 1), 3);
    expect(countLines(SOURCE, [whole, body, rangeOf("{\n    return 'yes';\n  }", 0)])).toEqual({
      lines: 4,
      covered: 3,
    });
  });

  test('takes a module that was loaded before counting began as loaded', () => {
    expect(
      countLines('const one = 1;\nfunction never() {\n  return one;\n}\n', [
        { startOffset: 0, endOffset: 57, count: 0 },
        { startOffset: 15, endOffset: 56, count: 0 },
      ]),
    ).toEqual({ lines: 3, covered: 1 });
  });

  test('counts nothing of a file that was never loaded', () => {
    expect(countLines(SOURCE, [])).toEqual({ lines: 4, covered: 0 });
  });
});

describe('coverage of a run', () => {
  test('tells what was executed, by folder and by file, files that nobody loaded included', async () => {
    const root = mkdtempSync(join(tmpdir(), 'wasl-coverage-'));
    try {
      mkdirSync(join(root, 'agent/tap'), { recursive: true });
      const file = join(root, 'agent/tap/loaded.js');
      writeFileSync(join(root, 'package.json'), '{"type":"commonjs"}');
      writeFileSync(file, SOURCE.replace('export function', 'exports.both = function').replace(/\}\n$/, '};\n'));
      writeFileSync(join(root, 'agent/tap/idle.js'), 'exports.idle = 1;\n');
      const work = async (): Promise<unknown> => createRequire(import.meta.url)(file).both(false);
      const { result, coverage } = await withCoverage(work, { root, folders: ['agent/tap', 'agent/gone'] });
      expect(result).toBe('no');
      // A module that is required is known by its path alone: here only what was never loaded can be told.
      expect(coverage.folders['agent/tap']?.lines).toBe(5);
      expect(coverage.least[0]).toMatchObject({ file: 'agent/tap/idle.ts', covered: 0, percent: 0 });
      expect(coverage.folders['agent/gone']).toEqual({ lines: 0, covered: 0, percent: 100 });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

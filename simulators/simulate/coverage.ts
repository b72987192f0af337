/**
 * Which lines of the product a simulation executes, as V8 counts them in this process (precise block coverage), over the compiled files:
 * what has only types has no lines. The adapters to a real disk, broker or database stand aside, since a simulation has its own.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How much of some lines was executed. */
export interface Share {
  readonly lines: number;
  readonly covered: number;
  /** Of 100, with one decimal. */
  readonly percent: number;
}

/** What a run executed. */
export interface Coverage {
  readonly total: Share;
  readonly folders: Readonly<Record<string, Share>>;
  /** The files with the smallest share, smallest first. */
  readonly least: readonly (Share & { readonly file: string })[];
}

/** What is measured. */
export interface CoverageOptions {
  /** Folder of the compiled files; default: the one that this file was compiled into. */
  readonly root?: string;
  /** Default: {@link COVERED_FOLDERS}. */
  readonly folders?: readonly string[];
}

/** A stretch of a script and how often it ran. */
export interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** The modules that a terminal and a centre are composed of, under test in a simulated world. */
export const COVERED_FOLDERS: readonly string[] = [
  'agent/journal',
  'agent/tap',
  'agent/trust',
  'agent/credential',
  'agent/domain',
  'agent/services',
  'drivers/media',
  'sync/uplink',
  'sync/protocol',
  'sync/link',
  'sync/bridge',
  'sync/settlement',
];

/** Programs and adapters to what a simulation has its own of. */
const ADAPTERS: readonly string[] = [
  'agent/journal/node-disk.js',
  'agent/journal/record/pouch-docs.js',
  'agent/journal/record/pouch-store.js',
  'agent/journal/record/record-child.js',
  'agent/journal/record/record-process.js',
  'sync/link/mqtt-link.js',
  'sync/link/packet-guard.js',
  'sync/bridge/config.js',
  'sync/bridge/couch-store.js',
  'sync/bridge/health.js',
  'sync/bridge/main.js',
  'sync/settlement/config.js',
  'sync/settlement/main.js',
];

const LEAST_MAX = 12;

/** Does some work, and tells what of the product it executed. The work has to run in this process and thread. */
export async function withCoverage<T>(
  work: () => Promise<T>,
  options: CoverageOptions = {},
): Promise<{ readonly result: T; readonly coverage: Coverage }> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    const result = await work();
    const taken = await session.post('Profiler.takePreciseCoverage');
    const scripts = new Map(
      taken.result.map((script) => [script.url, script.functions.flatMap(({ ranges }) => ranges)]),
    );
    await session.post('Profiler.stopPreciseCoverage');
    return { result, coverage: summarise(scripts, options) };
  } finally {
    session.disconnect();
  }
}

/** Lines of a script that say something, and those of them that ran. */
export function countLines(source: string, ranges: readonly CountedRange[]): Pick<Share, 'lines' | 'covered'> {
  const counts = new Uint8Array(source.length);
  const nested = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const [i, { startOffset, endOffset, count }] of nested.entries()) {
    // The outermost is the module itself: it is here because it was loaded, though perhaps before anybody counted.
    counts.fill(i === 0 || count > 0 ? 1 : 0, startOffset, endOffset);
  }
  let lines = 0;
  let covered = 0;
  let offset = 0;
  let isComment = false;
  for (const line of source.split('\n')) {
    const text = line.trim();
    if (text.startsWith('/*')) isComment = true;
    const says = !isComment && !text.startsWith('//') && /[\p{L}\p{N}'"]/u.test(text);
    if (text.endsWith('*/')) isComment = false;
    if (says) lines += 1;
    const start = offset + line.length - line.trimStart().length;
    if (says && counts.subarray(start, start + text.length).includes(1)) covered += 1;
    offset += line.length + 1;
  }
  return { lines, covered };
}

function summarise(scripts: ReadonlyMap<string, readonly CountedRange[]>, options: CoverageOptions): Coverage {
  const root = options.root ?? resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  const folders: Record<string, Share> = {};
  const files: (Share & { readonly file: string })[] = [];
  for (const folder of options.folders ?? COVERED_FOLDERS) {
    const here = filesIn(root, folder)
      .filter((file) => !ADAPTERS.includes(file))
      .map((file) => ({ file: file.replace(/\.js$/, '.ts'), ...shareOf([fileLines(join(root, file), scripts)]) }))
      .filter((file) => file.lines > 0);
    files.push(...here);
    folders[folder] = shareOf(here);
  }
  const least = [...files].sort((a, b) => a.percent - b.percent).slice(0, LEAST_MAX);
  return { total: shareOf(files), folders, least };
}

function fileLines(
  path: string,
  scripts: ReadonlyMap<string, readonly CountedRange[]>,
): Pick<Share, 'lines' | 'covered'> {
  const source = readFileSync(path, 'utf8');
  const ranges = scripts.get(pathToFileURL(path).href);
  return ranges === undefined ? { ...countLines(source, []), covered: 0 } : countLines(source, ranges);
}

function shareOf(parts: readonly Pick<Share, 'lines' | 'covered'>[]): Share {
  const lines = parts.reduce((sum, part) => sum + part.lines, 0);
  const covered = parts.reduce((sum, part) => sum + part.covered, 0);
  return { lines, covered, percent: lines === 0 ? 100 : Math.round((1000 * covered) / lines) / 10 };
}

/** Compiled files in a folder and those below it, from the root. */
function filesIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .sort()
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      if (statSync(join(root, path)).isDirectory()) return filesIn(root, path);
      return name.endsWith('.js') ? [path] : [];
    });
}

/** The processes that a process has started, found from outside: Linux's `/proc`, as `ps` reads it. */
import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of the running children of `parent` whose command line contains `words`. */
export function childrenOf(parent: number, words: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent && commandLineOf(pid).includes(words));
}

/** proc(5): after the name of the command, which stands in brackets and may contain anything, state and parent. Null for one that is gone or a zombie. */
function parentOf(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || state === 'Z' || parent === undefined ? null : Number(parent);
}

function commandLineOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended while we looked.
    return '';
  }
}

/** True while a process runs that began when the one noted as `since` ({@link beginningOf}) did: the same one, not another with its number. */
export function isStillRunning(pid: number, since: string): boolean {
  return since !== '' && beginningOf(pid) === since;
}

/** When a process began, in clock ticks since the machine did (proc(5), field 22); empty for one that is gone. */
export function beginningOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Paths of the files that a process has mapped into its memory: its native modules are among them. */
export function mappedFiles(pid: number): readonly string[] {
  const paths = read(`/proc/${pid}/maps`)
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
    .filter((path) => path.startsWith('/'));
  return [...new Set(paths)];
}

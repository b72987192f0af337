/** Whether this machine lets a test have a mount namespace, and what to say where it does not. */
import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

/**
 * `describe` where root may make namespaces and the programs are there; else a `describe.skip` that says why in one line.
 * Under CI a missing program is an error. A missing right is not: no installation can give it.
 */
export function describeWithNamespaces(
  what: string,
  programs: readonly string[],
): typeof describe | typeof describe.skip {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length > 0 && process.env.CI) throw new Error(`not installed: ${missing.join(', ')}`);
  const reason = missing.length > 0 ? `not installed: ${missing.join(', ')}` : missingRight();
  if (reason === null) return describe;
  console.warn(`skipped: ${what}, because ${reason}`);
  return describe.skip;
}

/** What an overlay, a process namespace and a control group of one's own are refused with; `null` when they are not. */
function missingRight(): string | null {
  if (process.getuid?.() !== 0) return 'only root may make the namespaces it needs';
  const trial = [
    'set -e',
    'mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/root',
    'mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root',
    'mount -t cgroup2 cgroup2 /mnt/root',
  ].join('\n');
  const { status, stderr } = spawnSync('unshare', ['-m', '-p', '-C', '-f', 'sh', '-c', trial], { encoding: 'utf8' });
  return status === 0 ? null : `namespaces cannot be made here (${stderr.trim().split('\n').at(-1)})`;
}

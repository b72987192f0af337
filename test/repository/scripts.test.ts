import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithNamespaces } from '../systemd/privileges.js';
import { ROOT } from './repository.js';

/** What these tests use of `scripts/lib/`, which is plain JavaScript. */
interface Scripts {
  nodeComplaint(version: string): string | null;
  tally(report: unknown, exitedWell: boolean, failures: number): Tally;
  tallyLine(counts: Tally): string;
  missingPackages(packages: readonly string[]): readonly string[];
  runStep(command: string, args: readonly string[], options: StepOptions): Promise<Outcome>;
}

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface StepOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly log: string;
}

interface Outcome {
  readonly ok: boolean;
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly log: string;
}

const LIB = join(ROOT, 'scripts', 'lib');

/** Loads modules of `scripts/lib/` as one object. */
async function load(...names: readonly string[]): Promise<Scripts> {
  const modules = await Promise.all(names.map((name) => import(/* @vite-ignore */ join(LIB, `${name}.mjs`))));
  return Object.assign({}, ...modules);
}

const scripts = await load('node-version', 'tally', 'debian', 'process');

describe('the check of the Node version', () => {
  it('lets through what Raspberry Pi OS ships, and newer', () => {
    for (const version of ['20.19.0', '20.20.2', '22.12.0', '24.1.0'])
      expect(scripts.nodeComplaint(version)).toBeNull();
  });

  it('says in one sentence what is too old and what to do', () => {
    for (const version of ['18.20.4', '20.18.3', '16.0.0']) {
      const complaint = scripts.nodeComplaint(version);
      expect(complaint).toContain(`Node ${version}`);
      expect(complaint).toContain('20.19');
      expect(complaint).not.toContain('\n');
    }
  });
});

describe('the tally of a run', { timeout: 120_000 }, () => {
  let folder = '';
  beforeAll(async () => {
    await mkdir(join(ROOT, '.wasl'), { recursive: true });
    // Inside the repository, so that the tests in it find vitest.
    folder = await mkdtemp(join(ROOT, '.wasl', 'tally-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Runs the real vitest over some test files and counts what its report says. */
  async function tallyOf(name: string, files: Readonly<Record<string, string>>): Promise<Tally> {
    const root = join(folder, name);
    await mkdir(root);
    for (const [file, body] of Object.entries(files)) {
      await writeFile(join(root, file), `import { beforeAll, describe, expect, it } from 'vitest';\n${body}\n`);
    }
    const reportFile = join(root, 'report.json');
    const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', root, '--config', 'none.config.ts'];
    await writeFile(join(root, 'none.config.ts'), 'export default {};\n');
    const outcome = await promisify(execFile)(
      process.execPath,
      [...args, '--reporter=json', `--outputFile=${reportFile}`],
      { timeout: 60_000 },
    ).then(
      () => true,
      () => false,
    );
    const report = existsSync(reportFile) ? JSON.parse(await readFile(reportFile, 'utf8')) : null;
    return scripts.tally(report, outcome, 0);
  }

  const GREEN = "it('a', () => expect(1).toBe(1));";

  it('counts what passed, failed and was skipped', async () => {
    const counts = await tallyOf('plain', {
      'a.test.ts': `${GREEN} it('b', () => expect(1).toBe(1)); it.skip('c', () => {}); it.todo('d');`,
      'b.test.ts': "it('e', () => expect(1).toBe(2));",
    });
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it('counts a file that cannot be loaded, and one whose hook throws, as a failure each', async () => {
    const counts = await tallyOf('broken', {
      'a.test.ts': GREEN,
      'load.test.ts': "throw new Error('does not load');",
      'hook.test.ts': `describe('x', () => { beforeAll(() => { throw new Error('hook'); }); ${GREEN} });`,
    });
    expect(counts).toMatchObject({ passed: 1, failed: 2 });
  });

  it('counts an error that nobody handled as a failure, though every test passed', async () => {
    const rejection = "it('a', () => { void Promise.reject(new Error('unhandled')); });";
    expect(await tallyOf('unhandled', { 'a.test.ts': rejection })).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('is a failure when nothing ran', async () => {
    expect(await tallyOf('empty', {})).toMatchObject({ passed: 0, failed: 1 });
    expect(await tallyOf('skipped', { 'a.test.ts': "it.skip('a', () => {});" })).toEqual({
      passed: 0,
      failed: 1,
      skipped: 1,
    });
    expect(scripts.tally(null, true, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('adds the steps before the tests that failed', async () => {
    expect(scripts.tally(null, false, 2)).toEqual({ passed: 0, failed: 3, skipped: 0 });
  });

  it('is one line, and names what was skipped only if something was', () => {
    expect(scripts.tallyLine({ passed: 7, failed: 0, skipped: 0 })).toBe('7 passed, 0 failed');
    expect(scripts.tallyLine({ passed: 7, failed: 1, skipped: 2 })).toBe('7 passed, 1 failed, 2 skipped');
  });
});

describe('a step', () => {
  it('that takes too long is ended with everything that it started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasl-step-'));
    const pidFile = join(folder, 'pid');
    const script = `sleep 1000 & echo $! >'${pidFile}'; wait`;
    const options = { cwd: folder, timeoutMs: 3_000, log: 'test-step.log' };
    const outcome = await scripts.runStep('sh', ['-c', script], options);
    expect(outcome).toMatchObject({ ok: false, timedOut: true });
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => runs(pid), { timeout: 10_000 }).toBe(false);
    await rm(folder, { recursive: true });
  });

  it('that cannot be started is a failure and not an exception', async () => {
    const options = { cwd: ROOT, timeoutMs: 5_000, log: 'test-step.log' };
    expect(await scripts.runStep('no-such-program', [], options)).toMatchObject({ ok: false, code: null });
  });

  it('leaves its output in its log', async () => {
    const options = { cwd: ROOT, timeoutMs: 5_000, log: 'test-step.log' };
    const outcome = await scripts.runStep(
      process.execPath,
      ['-e', 'console.log(1); console.error(2); process.exit(3)'],
      options,
    );
    expect(outcome).toMatchObject({ ok: false, code: 3, timedOut: false });
    expect(await readFile(outcome.log, 'utf8')).toBe('1\n2\n');
  });

  /** False also for a process that has ended and was not collected yet. */
  async function runs(pid: number): Promise<boolean> {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return stat !== '' && !/\) Z /.test(stat);
  }
});

describe('the set-up lock', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasl-lock-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A process that takes the lock, says so, and holds it until its input ends. */
  function holder(path: string): ChildProcess {
    const body = `
      const { withLock } = await import(${JSON.stringify(join(LIB, 'lock.mjs'))});
      await withLock(${JSON.stringify(path)}, () => new Promise((resolve) => {
        console.log('taken');
        process.stdin.on('end', resolve).resume();
      }));
      console.log('released');`;
    return spawn(process.execPath, ['--input-type=module', '-e', body], { stdio: 'pipe' });
  }

  async function said(child: ChildProcess): Promise<string> {
    const [data] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    return String(data).trim();
  }

  it('is held by one process at a time', async () => {
    const path = join(folder, 'one');
    const first = holder(path);
    expect(await said(first)).toBe('taken');
    const second = holder(path);
    const [waits] = await once(second.stderr as NodeJS.ReadableStream, 'data');
    expect(String(waits)).toContain('waiting');
    first.stdin?.end();
    expect(await said(second)).toBe('taken');
    second.stdin?.end();
    await once(second, 'exit');
    expect(existsSync(path)).toBe(false);
  });

  it('is taken over from a process that is gone', async () => {
    const path = join(folder, 'stale');
    const gone = spawn(process.execPath, ['-e', '0']);
    await once(gone, 'exit');
    await writeFile(path, String(gone.pid));
    const next = holder(path);
    expect(await said(next)).toBe('taken');
    next.stdin?.end();
    await once(next, 'exit');
  });
});

describe('the Debian packages', () => {
  it('are told apart by what they bring', () => {
    expect(scripts.missingPackages([])).toEqual([]);
    expect(() => scripts.missingPackages(['no-such-package'])).toThrow(/no-such-package/);
  });
});

describeWithNamespaces('missing Debian packages without root', ['unshare', 'apt-get'])(
  'missing Debian packages, without root',
  () => {
    it('end in the one line that would install them, and the script goes on', async () => {
      const body = `
      const { needDebian } = await import(${JSON.stringify(join(LIB, 'debian.mjs'))});
      process.setgid(65534); process.setuid(65534);
      console.log(JSON.stringify(await needDebian(['libpcsclite-dev', 'util-linux'])));`;
      const script = 'mkdir -p /usr/include/PCSC && mount -t tmpfs tmpfs /usr/include/PCSC && exec "$@"';
      const args = ['-m', 'sh', '-c', script, 'sh', process.execPath, '--input-type=module', '-e', body];
      const { stdout, stderr } = await promisify(execFile)('unshare', args);
      expect(JSON.parse(stdout)).toEqual(['libpcsclite-dev']);
      expect(stderr).toContain('  sudo apt-get install --no-install-recommends libpcsclite-dev\n');
    });
  },
);

import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../repository/repository.js';
import { type Machine, runMachine } from './machine.js';
import { describeWithNamespaces } from './privileges.js';

const COMMAND = 'dist/agent/cli/main.js';
const TIMEOUT_MS = 120_000;

function describeTerminal() {
  if (existsSync(join(ROOT, COMMAND))) {
    return describeWithNamespaces('the terminal under a real systemd', ['systemctl', 'unshare', 'ip', 'pcscd']);
  }
  if (process.env.CI) throw new Error(`${COMMAND} is not built (npm run build)`);
  return describeWithNamespaces('the terminal under a real systemd (npm run build first)', ['unbuilt']);
}

describeTerminal()('the terminal, installed as systemd/README.md says', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await runMachine('terminal-trial.sh', async (shared) => {
      const wasl = join(shared, 'wasl');
      await writeFile(wasl, `#!/bin/sh\nexec node /usr/lib/node_modules/wasl/${COMMAND} "$@"\n`);
      await chmod(wasl, 0o755);
      return wasl;
    });
  }, TIMEOUT_MS);
  afterAll(() => machine.dispose());

  it('starts, tells systemd that it is ready, and serves the page of the kiosk', async () => {
    expect(await machine.properties('started')).toMatchObject({
      ActiveState: 'active',
      SubState: 'running',
      NRestarts: '0',
    });
    expect(await machine.read('page-started')).toMatch(/^200 <!doctype html>/i);
  });

  it('finds a reader behind pcscd', async () => {
    expect(await machine.read('journal')).toMatch(/"msg":"reader ready"/);
  });

  it('has no privilege and cannot get one', async () => {
    const status = await machine.read('status');
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  });

  it('keeps its data where only it can read them', async () => {
    const lines = (await machine.read('data')).split('\n').filter((line) => /^[d-][rwx-]{9}/.test(line));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => !/^[d-]rw[x-]------/.test(line))).toEqual([]);
  });

  it('passes its own doctor, but for the broker that is not there', async () => {
    const { findings } = JSON.parse(await machine.read('doctor')) as {
      findings: readonly { readonly name: string; readonly status: string }[];
    };
    expect(findings.filter((finding) => finding.status !== 'ok').map((finding) => finding.name)).toEqual(['broker']);
  });

  it('reads the signed lists again when it is told to', async () => {
    expect(await machine.read('journal')).toContain('signed lists read again');
  });

  it('is restarted when it hangs, finds its journal, and serves again', async () => {
    expect(await machine.properties('after-hang')).toMatchObject({ ActiveState: 'active', NRestarts: '1' });
    expect(await machine.read('page-after-hang')).toMatch(/^200 <!doctype html>/i);
    const opened = (await machine.read('journal')).match(/"fresh":(true|false)[^\n]*"msg":"journal open"/g) ?? [];
    expect(opened.map((line) => line.startsWith('"fresh":true'))).toEqual([true, false]);
  });

  it('stops in good order when it is told to', async () => {
    expect(await machine.properties('stopped')).toMatchObject({
      ActiveState: 'inactive',
      Result: 'success',
      ExecMainStatus: '0',
    });
    expect(await machine.read('journal')).toContain('terminal stopped');
  });
});

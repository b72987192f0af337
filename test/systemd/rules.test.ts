import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ROOT, readText } from '../repository/repository.js';

/** What a polkit rule is asked with. */
interface Question {
  readonly action: { readonly id: string };
  readonly subject: { readonly user: string; readonly groups: readonly string[]; readonly active: boolean };
}

type Rule = (action: Question['action'], subject: Question['subject']) => string | null | undefined;

/** Loads a rules file as polkitd does: a script with a global `polkit` that collects functions. */
function loadPolkitRules(path: string): readonly Rule[] {
  const rules: Rule[] = [];
  // The values that polkit.Result has in polkitd's own prelude (polkit(8)).
  const Result = { NO: 'no', YES: 'yes', AUTH_ADMIN: 'auth_admin', NOT_HANDLED: null };
  runInNewContext(readText(path), { polkit: { addRule: (rule: Rule) => rules.push(rule), Result } });
  return rules;
}

describe('the polkit rule', () => {
  const [rule, ...others] = loadPolkitRules('systemd/polkit/50-wasl-pcsc.rules');
  const ask = (id: string, user: string) => rule?.({ id }, { user, groups: [], active: false });

  it('is one function', () => {
    expect(rule).toBeTypeOf('function');
    expect(others).toEqual([]);
  });

  it('lets the terminal talk to pcscd and to cards', () => {
    expect(ask('org.debian.pcsc-lite.access_pcsc', 'wasl')).toBe('yes');
    expect(ask('org.debian.pcsc-lite.access_card', 'wasl')).toBe('yes');
  });

  it('has no opinion on anybody else and anything else', () => {
    for (const user of ['wasl-bridge', 'root', 'pi', ''])
      expect(ask('org.debian.pcsc-lite.access_pcsc', user)).toBeNull();
    for (const id of ['org.freedesktop.login1.reboot', 'org.debian.pcsc-lite', 'org.debian.pcsc-lite.access_pcsc.x']) {
      expect(ask(id, 'wasl')).toBeNull();
    }
  });
});

/** Runs a program of systemd on a root folder of the test's own. */
function inFolder(check: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'wasl-root-'));
  try {
    check(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function hasProgram(name: string): boolean {
  const found = spawnSync(name, ['--version']).error === undefined;
  if (!found && process.env.CI) throw new Error(`${name} is not installed (apt-get install systemd)`);
  const isRoot = process.getuid?.() === 0;
  if (!found || !isRoot) console.warn(`skipped: what ${name} makes, because it is not installed or this is not root`);
  return found && isRoot;
}

describe.skipIf(!hasProgram('systemd-sysusers'))('the accounts', () => {
  it('are made without a shell, and twice is the same as once', () => {
    inFolder((root) => {
      mkdirSync(join(root, 'etc'));
      for (const time of ['first', 'second']) {
        const { status, stderr } = spawnSync(
          'systemd-sysusers',
          [`--root=${root}`, join(ROOT, 'systemd/sysusers.d/wasl.conf')],
          {
            encoding: 'utf8',
          },
        );
        expect(status, `${time}: ${stderr}`).toBe(0);
      }
      const users = readFileSync(join(root, 'etc/passwd'), 'utf8').trim().split('\n');
      expect(users.map((line) => line.split(':')[0]).sort()).toEqual(['wasl', 'wasl-bridge', 'wasl-settlement']);
      for (const line of users) expect(line).toMatch(/:\/usr\/sbin\/nologin$/);
    });
  });
});

describe.skipIf(!hasProgram('systemd-tmpfiles'))('the folder of secrets', () => {
  it("is root's alone, and so is every file in it, however it was copied there", () => {
    inFolder((root) => {
      const create = () =>
        spawnSync('systemd-tmpfiles', ['--create', `--root=${root}`, join(ROOT, 'systemd/tmpfiles.d/wasl.conf')], {
          encoding: 'utf8',
        });
      expect(create()).toMatchObject({ status: 0, stderr: '' });
      const secret = join(root, 'etc/wasl/credentials/journal-key');
      writeFileSync(secret, 'a', { mode: 0o644 });
      expect(create().status).toBe(0);
      expect((statSync(join(root, 'etc/wasl/credentials')).mode & 0o777).toString(8)).toBe('700');
      expect((statSync(secret).mode & 0o777).toString(8)).toBe('600');
    });
  });
});

describe('every file of a folder that systemd, udev or the kernel reads', () => {
  it('has an ending that is read at all', () => {
    const endings = { 'sysusers.d': '.conf', 'tmpfiles.d': '.conf', 'modprobe.d': '.conf', 'modules-load.d': '.conf' };
    for (const [folder, ending] of Object.entries({ ...endings, udev: '.rules', polkit: '.rules' })) {
      const names = readdirSync(join(ROOT, 'systemd', folder));
      expect(names.length, folder).toBeGreaterThan(0);
      expect(names.filter((name) => !name.endsWith(ending))).toEqual([]);
    }
  });

  it('keeps the NFC drivers of the kernel away from readers, in words that modprobe knows', () => {
    const lines = readText('systemd/modprobe.d/wasl.conf')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines).toEqual(['blacklist pn533_usb', 'blacklist pn533', 'blacklist nfc']);
  });
});

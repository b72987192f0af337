import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, readText } from '../repository/repository.js';

const FOLDER = join(ROOT, 'systemd');
const UNITS = readdirSync(FOLDER).filter((name) => name.endsWith('.service'));

/** The line that systemd-analyze sums up with: exposure from 0.0 (best) to 10.0. */
const OVERALL = /Overall exposure level for \S+: (\d+\.\d)/;
const EXPOSURE_MAX = 3.0;

function hasSystemd(): boolean {
  if (spawnSync('systemd-analyze', ['--version']).error === undefined) return true;
  if (process.env.CI) throw new Error('systemd-analyze is not installed (apt-get install systemd)');
  console.warn('skipped: what systemd says of the units, because systemd-analyze is not installed');
  return false;
}

/** Values of a setting in a unit, in order. */
function settings(unit: string, name: string): string[] {
  return [...readText(`systemd/${unit}`).matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((match) => match[1] ?? '');
}

describe.skipIf(!hasSystemd())('systemd', () => {
  let root = '';

  beforeAll(() => {
    // A root folder with systemd's own units, ours, and the programs that they name.
    root = mkdtempSync(join(tmpdir(), 'wasl-units-'));
    const units = join(root, 'usr/lib/systemd/system');
    cpSync('/usr/lib/systemd/system', units, { recursive: true, verbatimSymlinks: true });
    for (const unit of UNITS) cpSync(join(FOLDER, unit), join(units, unit));
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    writeFileSync(join(root, 'usr/bin/wasl'), '#!/bin/sh\n', { mode: 0o755 });
    // What else they run must be on this machine.
    for (const unit of UNITS)
      for (const [program] of settings(unit, 'Exec(?:Reload|Stop)').map((line) => line.split(' '))) {
        cpSync(program ?? '', join(root, program ?? ''));
      }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function verify(unit: string): { readonly status: number | null; readonly complaints: readonly string[] } {
    const args = ['verify', `--root=${root}`, '--man=no', unit];
    const { status, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    // systemd's own units name programs that are not in this root; what is said about ours names ours.
    return { status, complaints: stderr.split('\n').filter((line) => line.includes('wasl')) };
  }

  it.each(UNITS)('has nothing to say against %s', (unit) => {
    expect(verify(unit).complaints).toEqual([]);
  });

  it('would say so', () => {
    const broken = join(root, 'usr/lib/systemd/system/wasl-broken.service');
    writeFileSync(broken, '[Service]\nExecStart=/usr/bin/wasl-not-there\nRestrat=always\n');
    const { complaints } = verify('wasl-broken.service');
    expect(complaints.some((line) => line.includes('Restrat'))).toBe(true);
    expect(complaints.some((line) => line.includes('/usr/bin/wasl-not-there'))).toBe(true);
  });

  it.each(UNITS)(`finds %s exposed to at most ${EXPOSURE_MAX.toFixed(1)} of 10`, (unit) => {
    const args = ['security', '--offline=true', `--threshold=${EXPOSURE_MAX * 10}`, '--no-pager', join(FOLDER, unit)];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    const exposure = Number(OVERALL.exec(stdout)?.[1] ?? Number.NaN);
    expect(exposure).toBeLessThanOrEqual(EXPOSURE_MAX);
    expect(status).toBe(0);
  });
});

/** Secrets that are asked for only where the configuration wants what they are for: a unit has to start without them. */
const ONLY_WHERE_CONFIGURED = ['views-key'];

describe('the units', () => {
  it('are there', () => {
    expect(UNITS).toEqual(
      expect.arrayContaining(['wasl-terminal.service', 'wasl-bridge.service', 'wasl-settlement.service']),
    );
  });

  it.each(['wasl-terminal.service', 'wasl-bridge.service', 'wasl-settlement.service'])(
    '%s is restarted for ever, whatever it ends with',
    (unit) => {
      expect(settings(unit, 'Restart')).toEqual(['always']);
      expect(settings(unit, 'StartLimitIntervalSec')).toEqual(['0']);
      expect(settings(unit, 'RestartPreventExitStatus')).toEqual([]);
      expect(settings(unit, 'WatchdogSec')).toEqual(['30']);
    },
  );

  it('do not make a terminal wait for a network', () => {
    expect(readText('systemd/wasl-terminal.service').replace(/^#.*$/gm, '')).not.toContain('network');
  });

  it.each(['wasl-terminal.service', 'wasl-bridge.service', 'wasl-settlement.service'])(
    '%s runs as a user that sysusers.d makes',
    (unit) => {
      const users = [...readText('systemd/sysusers.d/wasl.conf').matchAll(/^u\s+(\S+)/gm)].map((match) => match[1]);
      expect(users).toContain(settings(unit, 'User')[0]);
    },
  );

  it.each(['wasl-terminal.service', 'wasl-bridge.service', 'wasl-settlement.service'])(
    '%s takes secrets only from the folder that only root reads',
    (unit) => {
      const sources = settings(unit, 'LoadCredential').map((value) => value.slice(value.indexOf(':') + 1));
      expect(sources.length).toBeGreaterThan(0);
      expect(sources.filter((path) => !path.startsWith('/etc/wasl/credentials/'))).toEqual([]);
      expect(readText('systemd/tmpfiles.d/wasl.conf')).toMatch(/^d\s+\/etc\/wasl\/credentials\s+0700 root root/m);
    },
  );

  it.each([
    ['wasl-terminal.service', 'agent/main.ts'],
    ['wasl-bridge.service', 'agent/cli/centre/bridge.ts'],
    ['wasl-settlement.service', 'agent/cli/centre/settlement.ts'],
  ])('%s hands over exactly the secrets that %s reads', (unit, source) => {
    const read = [...readText(source).matchAll(/\.(?:key|text|optionalText)\('([^']+)'\)/g)].map((match) => match[1]);
    const given = settings(unit, 'LoadCredential').map((value) => value.slice(0, value.indexOf(':')));
    expect(given.length).toBeGreaterThan(0);
    expect(given.sort()).toEqual([...new Set(read)].sort());
    const optional = [...readText(source).matchAll(/\.optionalText\('([^']+)'\)/g)].map((match) => match[1]);
    const onDemand = ONLY_WHERE_CONFIGURED.filter((name) => read.includes(name));
    expect(settings(unit, 'SetCredential').sort()).toEqual(
      [...new Set([...optional, ...onDemand])].sort().map((name) => `${name}:\\n`),
    );
  });

  it('load the drivers of every kind of serial port that is not built into a kernel', () => {
    const kinds = settings('wasl-terminal.service', 'DeviceAllow').map((value) => value.split(' ')[0]);
    expect(kinds).toEqual(expect.arrayContaining(['char-ttyUSB', 'char-ttyACM']));
    const modules = readText('systemd/modules-load.d/wasl.conf').split('\n');
    expect(modules).toEqual(expect.arrayContaining(['usbserial', 'cdc_acm']));
  });
});

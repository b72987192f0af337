/** What `wasl doctor` says of readers, on machines that are folders; and of serial ports, on a real file that may not be opened. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../agent/cli/doctor/finding.js';
import { checkTty, diagnoseReaders, type ReaderMachine } from '../../../agent/cli/doctor/readers.js';
import { WaslError } from '../../../agent/domain/errors.js';
import { readText } from '../../repository/repository.js';

const RULE = `polkit.addRule((action, subject) => {
  if ((action.id === 'org.debian.pcsc-lite.access_pcsc' || action.id === 'org.debian.pcsc-lite.access_card') && subject.user === 'wasl')
    return polkit.Result.YES;
});`;

const NOBODY_UID = 65_534;

/** Runs something as a user to whom permissions mean something: root may open whatever it likes. */
async function asNobody(action: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY_UID);
  try {
    await action();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('wasl doctor, on readers', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'wasl-machine-'));
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function file(path: string, text = ''): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  async function found(parts: Partial<ReaderMachine> = {}, isNeeded = true): Promise<Record<string, Finding>> {
    const machine: ReaderMachine = {
      root,
      socketPath: join(root, 'run/pcscd/pcscd.comm'),
      user: 'clerk',
      mayOpen: async () => undefined,
      probe: async () => 'answers',
      loadNative: async () => undefined,
      attached: async () => ['ACS ACR122U PICC Interface 00 00'],
      ...parts,
    };
    return Object.fromEntries((await diagnoseReaders(machine, isNeeded)).map((finding) => [finding.name, finding]));
  }

  async function plugInAcr122u(): Promise<void> {
    await file('sys/bus/usb/devices/1-1.4/idVendor', '072f\n');
    await file('sys/bus/usb/devices/1-1.4/idProduct', '2200\n');
  }

  it('finds nothing wrong where nothing is', async () => {
    const findings = await found();
    expect(Object.values(findings).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(findings.pcscd?.message).toContain('"ACS ACR122U PICC Interface 00 00"');
  });

  it('finds that pcscd does not run: a problem where a reader is configured, else a warning', async () => {
    const absent = { probe: async () => 'absent' as const };
    expect((await found(absent)).pcscd).toMatchObject({
      status: 'problem',
      fix: expect.stringContaining('pcscd.socket'),
    });
    expect((await found(absent, false)).pcscd).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('pcscd is not running'),
    });
  });

  it('finds that pcscd hangs', async () => {
    expect((await found({ probe: async () => 'silent' })).pcscd).toMatchObject({
      status: 'problem',
      fix: expect.stringContaining('systemctl restart pcscd'),
    });
  });

  it('finds that pcscd refuses this user', async () => {
    const { pcscd } = await found({ probe: async () => 'refuses' });
    expect(pcscd).toMatchObject({ status: 'problem', fix: expect.stringContaining('polkit') });
    expect(pcscd?.message).toContain('clerk');
  });

  it('finds that readers cannot be listed', async () => {
    const attached = async () => Promise.reject(new WaslError('ERR_READER_UNAVAILABLE', 'no'));
    expect((await found({ attached })).pcscd).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('systemctl restart pcscd'),
    });
  });

  it('finds that the native module is missing', async () => {
    const loadNative = async () => Promise.reject(new WaslError('ERR_READER_UNAVAILABLE', 'not built'));
    expect((await found({ loadNative }))['pcsc module']).toMatchObject({
      status: 'problem',
      message: 'not built',
      fix: expect.stringContaining('npm rebuild'),
    });
  });

  it('finds a kernel module that holds the reader, and one that is going to', async () => {
    await file(
      'proc/modules',
      'pn533_usb 20480 0 - Live 0x0\npn533 49152 1 pn533_usb, Live 0x0\nnfc 131072 1 pn533, Live 0x0\n',
    );
    const loaded = (await found())['kernel module'];
    expect(loaded).toMatchObject({
      status: 'problem',
      fix: expect.stringContaining('modprobe -r pn533_usb pn533 nfc'),
    });
    await file('sys/bus/usb/drivers/pn533_usb/1-1.4:1.0');
    expect((await found())['kernel module']).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('holds a reader (USB 1-1.4:1.0)'),
      fix: expect.stringContaining('/etc/modprobe.d/'),
    });
    await rm(join(root, 'sys'), { recursive: true });
    await file('proc/modules', 'nfc 131072 0 - Live 0x0\n');
    expect((await found())['kernel module']).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('modprobe -r nfc &&'),
    });
    await file('proc/modules', 'snfc 1 0 - Live 0x0\npn533x 1 0 - Live 0x0\n');
    expect((await found())['kernel module']?.status).toBe('ok');
  });

  it('finds an ACR122U that needs its power taken away, and only then', async () => {
    expect((await found()).ACR122U).toBeUndefined();
    await plugInAcr122u();
    expect((await found()).ACR122U?.status).toBe('ok');
    const stuck = (await found({ attached: async () => ['Other reader 00 00'] })).ACR122U;
    expect(stuck).toMatchObject({ status: 'problem', fix: expect.stringContaining('unplug it for ten seconds') });
    expect(stuck?.fix).toContain('/sys/bus/usb/devices/1-1.4/authorized');
    // What holds it is the reason then.
    await file('proc/modules', 'pn533_usb 20480 0 - Live 0x0\n');
    expect((await found({ attached: async () => [] })).ACR122U).toBeUndefined();
  });

  it('finds that polkit keeps the user of the service out, whoever asks', async () => {
    await file('etc/passwd', 'root:x:0:0::/root:/bin/sh\nwasl:x:990:990::/var/lib/wasl:/usr/sbin/nologin\n');
    expect((await found()).polkit).toBeUndefined();
    await file('usr/share/polkit-1/actions/org.debian.pcsc-lite.policy', '<policyconfig/>');
    expect((await found()).polkit).toMatchObject({
      status: 'problem',
      fix: expect.stringContaining('50-wasl-pcsc.rules'),
    });
    await file('etc/polkit-1/rules.d/10-other.rules', RULE.replace("'wasl'", "'other'"));
    expect((await found()).polkit?.status).toBe('problem');
    await file('etc/polkit-1/rules.d/50-wasl-pcsc.rules', RULE);
    expect((await found()).polkit?.status).toBe('ok');
  });

  it('is content with the polkit rule that Wasl brings', async () => {
    await file('etc/passwd', 'wasl:x:990:990::/var/lib/wasl:/usr/sbin/nologin\n');
    await file('usr/share/polkit-1/actions/org.debian.pcsc-lite.policy', '<policyconfig/>');
    await file('etc/polkit-1/rules.d/50-wasl-pcsc.rules', readText('systemd/polkit/50-wasl-pcsc.rules'));
    expect((await found()).polkit?.status).toBe('ok');
  });

  it('says that it does not know, and who does, where only root may read the rules of polkit', async () => {
    await file('etc/passwd', 'wasl:x:990:990::/var/lib/wasl:/usr/sbin/nologin\n');
    await file('usr/share/polkit-1/actions/org.debian.pcsc-lite.policy', '<policyconfig/>');
    await file('etc/polkit-1/rules.d/50-wasl-pcsc.rules', RULE);
    await chmod(root, 0o755);
    await chmod(join(root, 'etc/polkit-1/rules.d'), 0o000);
    await asNobody(async () => {
      expect((await found()).polkit).toMatchObject({ status: 'warning', fix: 'run "sudo wasl doctor"' });
    });
    await chmod(join(root, 'etc/polkit-1/rules.d'), 0o755);
  });

  it('finds that this user may not open the socket of pcscd, and does not call that a pcscd which is down', async () => {
    const mayOpen = async () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
    expect((await found({ mayOpen, probe: async () => 'absent' })).pcscd).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('does not let the user clerk in'),
      fix: expect.stringContaining('polkit'),
    });
  });
});

describe('wasl doctor, on a serial port', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasl-tty-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('waits for one that is not there, and is content with one that opens', async () => {
    expect(await checkTty(join(folder, 'ttyUSB0'), 'wasl')).toMatchObject({ status: 'warning' });
    await writeFile(join(folder, 'ttyUSB0'), '');
    expect(await checkTty(join(folder, 'ttyUSB0'), 'wasl')).toMatchObject({ status: 'ok' });
  });

  it('names dialout where the group of the port cannot be told', async () => {
    const denied = async () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
    expect(await checkTty(join(folder, 'ttyUSB0'), 'clerk', denied)).toMatchObject({
      status: 'problem',
      fix: expect.stringContaining('sudo usermod -aG dialout clerk'),
    });
  });

  it('says which group is missing where it may not be opened', async () => {
    const path = join(folder, 'ttyUSB0');
    await writeFile(path, '');
    const denied = async () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
    const finding = await checkTty(path, 'clerk', denied);
    expect(finding).toMatchObject({ status: 'problem', fix: expect.stringMatching(/usermod -aG \w+ clerk/) });
  });
});

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../repository/repository.js';
import { describeWithNamespaces } from './privileges.js';

const RULES = join(ROOT, 'systemd/udev');
const PCI = 'devices/pci0000:00/0000:00:14.0';

/** A USB device as sysfs would show it. */
interface UsbDevice {
  readonly vendor: string;
  readonly product: string;
  readonly serial?: string;
  /** USB class of its only interface, two hex digits: 02 for a modem-like serial port, 0b for a smart card reader. */
  readonly interfaceClass: string;
}

/** What udev makes of a device. */
interface Outcome {
  readonly properties: Readonly<Record<string, string>>;
  readonly links: readonly string[];
  readonly output: string;
}

const TWN4: UsbDevice = { vendor: '09d8', product: '0420', serial: '0123AB', interfaceClass: '02' };
const SCANNER: UsbDevice = { vendor: '05e0', product: '1701', interfaceClass: '02' };
const MODEM: UsbDevice = { vendor: '12d1', product: '1001', serial: 'M1', interfaceClass: '02' };
const ACR122U: UsbDevice = { vendor: '072f', product: '2200', interfaceClass: '0b' };
const TWN4_CCID: UsbDevice = { vendor: '09d8', product: '0427', interfaceClass: '0b' };
const KEYBOARD: UsbDevice = { vendor: '072f', product: '0102', interfaceClass: '03' };

/** Device, configuration, interface and endpoint descriptor (USB 2.0, tables 9-8, 9-10, 9-12, 9-13): udev reads classes there. */
function descriptors(device: UsbDevice): Buffer {
  const [vendor, product] = [device.vendor, device.product].map((hex) => Buffer.from(hex, 'hex').swap16());
  const deviceDescriptor = [18, 1, 0, 2, 0, 0, 0, 64, ...(vendor ?? []), ...(product ?? []), 0, 1, 1, 2, 3, 1];
  const configuration = [9, 2, 25, 0, 1, 1, 0, 0x80, 50];
  const usbInterface = [9, 4, 0, 0, 1, Number.parseInt(device.interfaceClass, 16), 0, 0, 0];
  const endpoint = [7, 5, 0x81, 2, 64, 0, 0];
  return Buffer.from([...deviceDescriptor, ...configuration, ...usbInterface, ...endpoint]);
}

/** Writes a sysfs with one USB device in it, and on that a serial port. */
function writeSysfs(root: string, device: UsbDevice): void {
  const usb = `${PCI}/usb1/1-2`;
  const files: Readonly<Record<string, string | Buffer>> = {
    [`${PCI}/uevent`]: 'DRIVER=xhci_hcd\n',
    [`${usb}/uevent`]: `DEVTYPE=usb_device\nDRIVER=usb\nPRODUCT=${device.vendor}/${device.product}/100\n`,
    [`${usb}/idVendor`]: `${device.vendor}\n`,
    [`${usb}/idProduct`]: `${device.product}\n`,
    [`${usb}/bcdDevice`]: '0100\n',
    [`${usb}/descriptors`]: descriptors(device),
    [`${usb}/power/control`]: 'auto\n',
    [`${usb}/1-2:1.0/uevent`]: 'DEVTYPE=usb_interface\n',
    [`${usb}/1-2:1.0/bInterfaceClass`]: `${device.interfaceClass}\n`,
    [`${usb}/1-2:1.0/bInterfaceSubClass`]: '00\n',
    [`${usb}/1-2:1.0/bInterfaceProtocol`]: '00\n',
    [`${usb}/1-2:1.0/bInterfaceNumber`]: '00\n',
    [`${usb}/1-2:1.0/tty/ttyACM0/uevent`]: 'MAJOR=166\nMINOR=0\nDEVNAME=ttyACM0\n',
    ...(device.serial === undefined ? {} : { [`${usb}/serial`]: `${device.serial}\n` }),
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const subsystems = {
    [PCI]: 'bus/pci',
    [usb]: 'bus/usb',
    [`${usb}/1-2:1.0`]: 'bus/usb',
    [`${usb}/1-2:1.0/tty/ttyACM0`]: 'class/tty',
  };
  for (const [path, subsystem] of Object.entries(subsystems)) {
    mkdirSync(join(root, subsystem), { recursive: true });
    symlinkSync(join('/sys', subsystem), join(root, path, 'subsystem'));
  }
}

describeWithNamespaces('the udev rules', ['udevadm', 'unshare'])('the udev rules', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'wasl-udev-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Plugs a device in, as far as udev can tell, and lets the real udev apply all rules of this machine and ours. */
  function plugIn(device: UsbDevice, node: 'port' | 'device', rulesFolder = RULES): Outcome & { power: string } {
    const folder = mkdtempSync(join(root, 'device-'));
    const [sys, rules] = [join(folder, 'sys'), join(folder, 'udev', 'rules.d')];
    mkdirSync(rules, { recursive: true });
    writeSysfs(sys, device);
    for (const name of readdirSync(rulesFolder)) copyFileSync(join(rulesFolder, name), join(rules, name));
    const path = `/sys/${PCI}/usb1/1-2${node === 'port' ? '/1-2:1.0/tty/ttyACM0' : ''}`;
    const script = [
      'set -e',
      'mount --bind "$1/sys" /sys',
      'mkdir -p /run/udev && mount --bind "$1/udev" /run/udev',
      'mount -t tmpfs tmpfs /dev',
      'exec udevadm test --action=add "$2"',
    ].join('\n');
    const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', folder, path], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_DEVICE_VERIFY_SYSFS: '0', SYSTEMD_LOG_LEVEL: 'debug' },
    });
    expect(status, stderr).toBe(0);
    const pairs = stdout.split('\n').filter((line) => line.includes('='));
    const properties = Object.fromEntries(pairs.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    const links = (properties.DEVLINKS ?? '').split(' ').filter((link: string) => link.startsWith('/dev/wasl/'));
    const power = readFileSync(join(sys, PCI, 'usb1/1-2/power/control'), 'utf8').trim();
    return { properties, links: links.sort(), output: stderr, power };
  }

  /** What udev said against the files of a folder while it read them. */
  function complaints(output: string): string[] {
    return output.split('\n').filter((line) => /^\/run\/udev\/rules\.d\/\S+:\d+/.test(line));
  }

  it('have no mistake that udev would see', () => {
    const { output } = plugIn(TWN4, 'port');
    for (const name of readdirSync(RULES)) expect(output).toContain(`/run/udev/rules.d/${name}`);
    expect(complaints(output)).toEqual([]);
  });

  it('would be told about one', () => {
    const broken = mkdtempSync(join(root, 'broken-'));
    writeFileSync(join(broken, '70-broken.rules'), 'SUBSYSTEM=="tty", GOTO="nowhere"\nSUBSYSTEM="tty"\n');
    expect(complaints(plugIn(TWN4, 'port', broken).output)).toHaveLength(3);
  });

  it('give a serial reader a name by its kind, and one by its serial number', () => {
    const { links, properties } = plugIn(TWN4, 'port');
    expect(links).toEqual(['/dev/wasl/twn4', '/dev/wasl/twn4-0123AB']);
    expect(properties).toMatchObject({ WASL_READER: 'twn4', ID_MM_DEVICE_IGNORE: '1' });
  });

  it('give a scanner without a serial number a name by the socket it is plugged into', () => {
    const { links, properties } = plugIn(SCANNER, 'port');
    expect(properties.ID_SERIAL_SHORT).toBeUndefined();
    expect(links).toEqual(['/dev/wasl/scanner', `/dev/wasl/scanner-usb-${properties.ID_PATH_TAG}`]);
  });

  it('leave a device alone that is no reader', () => {
    const { links, properties } = plugIn(MODEM, 'port');
    expect(links).toEqual([]);
    expect(properties.WASL_READER).toBeUndefined();
    expect(properties.ID_MM_DEVICE_IGNORE).toBeUndefined();
  });

  it.each([ACR122U, TWN4_CCID])('keep the PC/SC reader $vendor:$product awake', (device) => {
    const { power, properties } = plugIn(device, 'device');
    expect(properties.WASL_READER).toBe('pcsc');
    // A write to a plain file leaves what was longer before; in sysfs each write is a value of its own.
    expect(power).toMatch(/^on/);
  });

  it('let devices sleep that are not card readers, whoever made them', () => {
    expect(plugIn(KEYBOARD, 'device')).toMatchObject({ power: 'auto' });
  });
});

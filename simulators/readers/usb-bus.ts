/**
 * A USB bus that exists for one pcscd alone, with virtual readers on it that can be pulled out and put back while pcscd runs. pcscd drops a reader for one reason
 * only: udev says that its USB interface is gone (pcsc-lite `hotplug_libudev.c`; a reader of `reader.conf` stays until the daemon ends, and SIGUSR1 does nothing).
 * So its corner has a `/sys` of ours with the interfaces that are plugged in, and is told of each change as udevd tells it: by a netlink message.
 *
 * What is real: pcscd, its driver interface, libudev, and all that PC/SC clients see. What is not: no bus, no kernel driver, no udevd; the reader behind the driver is vpcd.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { WaslError } from '../../agent/domain/errors.js';
import { hasProgram } from './netns.js';

/** A reader of the bus. */
export interface UsbReader {
  /** Name without the numbers that pcscd puts behind it. */
  readonly name: string;
  /** Port of its first slot, four decimal digits: it stands in for the vendor's number too, which is how the driver learns of it. */
  readonly port: number;
}

const PRODUCT = '0001';
/** Name in the driver's ELF file; each copy gets one of its own, or the loader would take the second for the first. */
const SONAME = 'libifdvpcd.so.0';
const COMPILE_TIMEOUT_MS = 30_000;

/**
 * pcscd names a device on USB `usb:vendor/product:libudev:…`, from which vpcd would make a host to call. This is all that stands before it: the vendor's number is
 * the port to listen on. Everything else of the driver interface is found in vpcd itself, which this is linked to.
 */
const CHANNEL_SOURCE = `#include <stdlib.h>
long IFDHCreateChannel(unsigned long lun, unsigned long channel);
long IFDHCreateChannelByName(unsigned long lun, const char *name) {
  return IFDHCreateChannel(lun, strtoul(name + 4, NULL, 10));
}
`;

/** Sends the bytes given in hex to the group of libudev's listeners (NETLINK_KOBJECT_UEVENT is 15, the group's bit 2). perl-base is essential in Debian. */
const SEND =
  'socket(my $s,16,3,15) or die $!; defined(send($s,pack("H*",$ARGV[0]),0,pack("SSLL",16,0,0,2))) or die $!;';

/** What is missing for such a bus, one sentence each. */
export function missingForUsbBus(): readonly string[] {
  const missing: string[] = [];
  if (!hasProgram('cc')) missing.push('a C compiler is not installed (Debian: gcc)');
  if (!hasProgram('perl')) missing.push('perl is not installed (Debian: perl-base)');
  return missing;
}

/** Compiles the drivers and plugs every reader in. Throws `ERR_READER_UNAVAILABLE` where the compiler fails. `vpcdLibrary` is the path of Debian's driver. */
export function layOutUsbBus(folder: string, readers: readonly UsbReader[], vpcdLibrary: string): void {
  for (const part of ['run/udev', 'sys/bus/usb/devices']) mkdirSync(join(folder, part), { recursive: true });
  // libudev listens to udevd only where this file says that there is one.
  writeFileSync(join(folder, 'run/udev/control'), '');
  writeFileSync(join(folder, 'channel.c'), CHANNEL_SOURCE);
  for (const reader of readers) {
    writeBundle(folder, reader, vpcdLibrary);
    plugIn(folder, reader);
  }
}

/** Shell lines for the corner, after those of `cornerScript`, before pcscd starts. */
export function usbBusScript(folder: string, driversFolder: string): readonly string[] {
  return [
    `mount --bind '${join(folder, 'drivers')}' '${driversFolder}'`,
    `mount --bind '${join(folder, 'sys')}' /sys`,
    // Without this libudev does not take a folder for /sys (systemd, ENVIRONMENT.md).
    'export SYSTEMD_DEVICE_VERIFY_SYSFS=0',
  ];
}

/** A shell command for the corner that tells its listeners what is in the shell variable `argument`: a message of {@link plugIn} or {@link pullOut}. */
export const TELL_UDEV = `perl -e '${SEND}' "$argument" >&2`;

/** Puts a reader into the bus; returns the message that says so. */
export function plugIn(folder: string, reader: UsbReader): string {
  const sys = join(folder, 'sys');
  const device = join(sys, 'devices', deviceOf(reader));
  const child = join(device, interfaceOf(reader));
  mkdirSync(child, { recursive: true });
  const product = `PRODUCT=${reader.port}/1/0\n`;
  const node = `MAJOR=189\nMINOR=${reader.port % 128}\nDEVNAME=bus/usb/001/${String(reader.port % 128).padStart(3, '0')}\n`;
  writeFileSync(join(device, 'uevent'), `${node}DEVTYPE=usb_device\nDRIVER=usb\n${product}`);
  writeFileSync(join(device, 'idVendor'), `${reader.port}\n`);
  writeFileSync(join(device, 'idProduct'), `${PRODUCT}\n`);
  writeFileSync(join(child, 'uevent'), `DEVTYPE=usb_interface\n${product}INTERFACE=11/0/0\n`);
  writeFileSync(join(child, 'bInterfaceNumber'), '00\n');
  symlinkSync('../../bus/usb', join(device, 'subsystem'));
  symlinkSync('../../../bus/usb', join(child, 'subsystem'));
  const bus = join(sys, 'bus/usb/devices');
  symlinkSync(`../../../devices/${deviceOf(reader)}`, join(bus, deviceOf(reader)));
  symlinkSync(`../../../devices/${deviceOf(reader)}/${interfaceOf(reader)}`, join(bus, interfaceOf(reader)));
  return message('add', reader);
}

/** Takes a reader out of the bus; returns the message that says so. */
export function pullOut(folder: string, reader: UsbReader): string {
  for (const link of [deviceOf(reader), interfaceOf(reader)]) rmSync(join(folder, 'sys/bus/usb/devices', link));
  rmSync(join(folder, 'sys/devices', deviceOf(reader)), { recursive: true });
  return message('remove', reader);
}

function deviceOf({ port }: UsbReader): string {
  return `1-${port}`;
}

function interfaceOf(reader: UsbReader): string {
  return `${deviceOf(reader)}:1.0`;
}

/** A driver as pcscd looks for it: a bundle that names the readers that it is for. */
function writeBundle(folder: string, { name, port }: UsbReader, vpcdLibrary: string): void {
  const contents = join(folder, 'drivers', `vpcd-${port}.bundle`, 'Contents');
  const libraries = join(contents, 'Linux');
  mkdirSync(libraries, { recursive: true });
  const strings = (key: string, value: string): string => `<key>${key}</key><array><string>${value}</string></array>`;
  const list = [
    '<key>CFBundleExecutable</key><string>channel.so</string>',
    strings('ifdVendorID', `0x${port}`),
    strings('ifdProductID', `0x${PRODUCT}`),
    strings('ifdFriendlyName', name),
  ];
  writeFileSync(join(contents, 'Info.plist'), `<plist version="1.0"><dict>\n${list.join('\n')}\n</dict></plist>\n`);
  const ownName = `vpcd-${port}.so`.padEnd(SONAME.length, '_');
  const vpcd = join(libraries, ownName);
  copyFileSync(vpcdLibrary, vpcd);
  writeFileSync(vpcd, Buffer.from(readFileSync(vpcd, 'latin1').replaceAll(SONAME, ownName), 'latin1'));
  const link = ['-Wl,-rpath,$ORIGIN', `-L${libraries}`, `-l:${ownName}`];
  const output = join(libraries, 'channel.so');
  const compiled = spawnSync('cc', ['-shared', '-fPIC', '-o', output, join(folder, 'channel.c'), ...link], {
    encoding: 'utf8',
    timeout: COMPILE_TIMEOUT_MS,
  });
  if (compiled.status !== 0)
    throw new WaslError(
      'ERR_READER_UNAVAILABLE',
      `the driver of the virtual USB reader does not compile: ${compiled.stderr}`,
    );
}

/** Bytes of the header below. */
const HEADER_BYTES = 40;
const MAGIC = 0xfeed_cafe;

/**
 * What udevd sends to its listeners, in hex: a header, then properties that end with zero bytes. In the header the magic and the hashes, by which the kernel filters,
 * are most significant byte first; lengths are in the order of the machine. Source: systemd, `src/libsystemd/sd-device/device-monitor.c`, `monitor_netlink_header`.
 */
function message(action: 'add' | 'remove', reader: UsbReader): string {
  const properties = Buffer.from(
    [
      `ACTION=${action}`,
      `DEVPATH=/devices/${deviceOf(reader)}/${interfaceOf(reader)}`,
      'SUBSYSTEM=usb',
      'DEVTYPE=usb_interface',
      'SEQNUM=1',
      '',
    ].join('\0'),
  );
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('libudev\0', 'latin1');
  header.writeUInt32BE(MAGIC, 8);
  for (const [at, value] of [HEADER_BYTES, HEADER_BYTES, properties.length].entries()) {
    if (endianness() === 'LE') header.writeUInt32LE(value, 12 + 4 * at);
    else header.writeUInt32BE(value, 12 + 4 * at);
  }
  header.writeUInt32BE(murmurHash2('usb'), 24);
  header.writeUInt32BE(murmurHash2('usb_interface'), 28);
  return Buffer.concat([header, properties]).toString('hex');
}

/** MurmurHash2 with seed 0, as libudev's header has it of subsystem and kind of device. */
function murmurHash2(text: string): number {
  const bytes = Buffer.from(text);
  const factor = 0x5bd1_e995;
  let state = bytes.length;
  let at = 0;
  for (; bytes.length - at >= 4; at += 4) {
    let word = Math.imul(bytes.readUInt32LE(at), factor);
    word = Math.imul(word ^ (word >>> 24), factor);
    state = Math.imul(state, factor) ^ word;
  }
  const rest = bytes.length - at;
  for (let i = rest - 1; i >= 0; i -= 1) state ^= bytes.readUInt8(at + i) << (8 * i);
  if (rest > 0) state = Math.imul(state, factor);
  state = Math.imul(state ^ (state >>> 13), factor);
  return (state ^ (state >>> 15)) >>> 0;
}

/** The checks of `wasl doctor` for card readers: what stands between a reader on the desk and the terminal, and how to put it right. */
import { access, constants, readdir, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadPcscApart } from '../../../drivers/pcsc/apart.js';
import type { PcscService } from '../../../drivers/pcsc/native.js';
import { type PcscdState, pcscdSocketPath, probePcscd } from '../../../drivers/pcsc/probe.js';
import { systemTimers } from '../../system.js';
import { type Finding, ok, problem, textOf, warning } from './finding.js';

/** Asks whether a file may be read and written; rejects with the system's error when not. */
export type MayOpen = (path: string) => Promise<void>;

const mayOpen: MayOpen = (path) => access(path, constants.R_OK | constants.W_OK);

/** The machine as these checks see it; {@link thisMachine} in production. */
export interface ReaderMachine {
  /** Where its file system begins: `/`, or a folder that looks like one. */
  readonly root: string;
  readonly socketPath: string;
  /** Who runs the checks. */
  readonly user: string;
  readonly mayOpen: MayOpen;
  probe(): Promise<PcscdState>;
  /** Resolves when the native module of PC/SC is there; rejects with what to install. */
  loadNative(): Promise<void>;
  /** The names of the readers that pcscd has. */
  attached(): Promise<readonly string[]>;
}

/** User that the service runs as (`systemd/sysusers.d/wasl.conf`). */
const SERVICE_USER = 'wasl';

/** ACS ACR122U (usb.ids). */
const ACR122U = { vendor: '072f', product: '2200' } as const;

/** Readers that are there are listed by pcscd at once; this is how long they are collected. */
const LIST_READERS_MS = 400;

/** This computer. The native module runs in a process of its own, so that none of these checks can hang. */
export function thisMachine(): ReaderMachine {
  const socketPath = pcscdSocketPath(process.env);
  let loading: Promise<PcscService> | null = null;
  const load = (): Promise<PcscService> => {
    loading ??= loadPcscApart({ timers: systemTimers })();
    return loading;
  };
  return {
    root: '/',
    socketPath,
    user: userInfo().username,
    mayOpen,
    probe: () => probePcscd(socketPath),
    loadNative: async () => {
      const service = await load();
      await service.dismiss?.();
    },
    attached: async () => {
      const names: string[] = [];
      const service = await load();
      const session = await service.open((event) => {
        if (event.type === 'attached') names.push(event.reader);
      });
      await pause(LIST_READERS_MS);
      await session.close();
      return names;
    },
  };
}

/** All checks of PC/SC readers. `isNeeded`: the configuration names one, so what is missing is a problem and not only a warning. Never rejects. */
export async function diagnoseReaders(machine: ReaderMachine, isNeeded: boolean): Promise<Finding[]> {
  const missing = isNeeded ? problem : warning;
  const native = await checkNative(machine, missing);
  const pcscd = await checkPcscd(machine, missing);
  const kernel = await checkKernel(machine);
  const stuck =
    kernel.status === 'ok' && pcscd.readers !== null ? await checkStuckReader(machine, pcscd.readers) : null;
  const policy = await checkServiceUser(machine);
  return [native, pcscd.finding, kernel, ...[stuck, policy].filter((finding) => finding !== null)];
}

type Missing = typeof problem | typeof warning;

async function checkNative(machine: ReaderMachine, missing: Missing): Promise<Finding> {
  try {
    await machine.loadNative();
    return ok('pcsc module', 'nfc-pcsc is built, and runs in a process of its own');
  } catch (error) {
    const fix = 'sudo apt-get install pcscd libpcsclite-dev && npm rebuild @pokusew/pcsclite';
    return missing('pcsc module', textOf(error), fix);
  }
}

async function checkPcscd(
  machine: ReaderMachine,
  missing: Missing,
): Promise<{ readonly finding: Finding; readonly readers: readonly string[] | null }> {
  const { socketPath: socket, user } = machine;
  const state = await machine.probe();
  if (state === 'answers') {
    try {
      const readers = await machine.attached();
      const names = readers.map((name) => `"${name}"`).join(', ');
      const list = readers.length === 0 ? 'no reader is attached now' : `attached: ${names}`;
      return { finding: ok('pcscd', `pcscd answers on ${socket}; ${list}`), readers };
    } catch (error) {
      const message = `pcscd answers on ${socket}; its readers cannot be listed (${textOf(error)})`;
      return {
        finding: warning('pcscd', message, 'sudo systemctl restart pcscd, then run "wasl doctor" again'),
        readers: null,
      };
    }
  }
  const finding = async (): Promise<Finding> => {
    if (state === 'silent') {
      const fix = 'sudo systemctl restart pcscd; unplug an ACR122U for ten seconds if it happens again';
      return problem('pcscd', `pcscd accepts connections on ${socket} and says nothing`, fix);
    }
    if (state === 'refuses' || (await isDenied(machine))) {
      const fix = `install the polkit rule of systemd/polkit, as systemd/README.md says; it allows the user ${SERVICE_USER}`;
      return problem('pcscd', `pcscd does not let the user ${user} in on ${socket}`, fix);
    }
    const fix = 'sudo apt-get install pcscd && sudo systemctl enable --now pcscd.socket';
    return missing('pcscd', 'pcscd is not running: PC/SC readers are not seen', fix);
  };
  return { finding: await finding(), readers: null };
}

async function isDenied({ mayOpen, socketPath }: ReaderMachine): Promise<boolean> {
  return mayOpen(socketPath).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EACCES',
  );
}

/** Linux has NFC drivers of its own. One that holds a reader keeps pcscd from it; one that is only loaded will, at the next plug. */
async function checkKernel({ root }: ReaderMachine): Promise<Finding> {
  const name = 'kernel module';
  const modules = await readFile(join(root, 'proc/modules'), 'utf8').catch(() => '');
  const loaded = ['pn533_usb', 'pn533', 'nfc'].filter((module) => new RegExp(`^${module} `, 'm').test(modules));
  const held = await boundDevices(root);
  const fix = `sudo modprobe -r ${(loaded.length === 0 ? ['pn533_usb'] : loaded).join(' ')} && sudo cp systemd/modprobe.d/wasl.conf /etc/modprobe.d/`;
  if (held.length > 0)
    return problem(name, `the kernel's pn533_usb holds a reader (USB ${held.join(', ')}): pcscd cannot open it`, fix);
  if (loaded.some((module) => module !== 'nfc'))
    return problem(
      name,
      `the kernel module ${loaded[0]} is loaded: it takes a PN53x reader (ACR122U) before pcscd can`,
      fix,
    );
  if (loaded.length > 0) return warning(name, 'the kernel module nfc is loaded: it may take a reader', fix);
  return ok(name, 'no kernel driver takes the readers away');
}

/** USB interfaces that the kernel's driver has bound, e.g. `1-1.2:1.0`. */
async function boundDevices(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'sys/bus/usb/drivers/pn533_usb')).catch(() => []);
  return entries.filter((entry) => /^\d+-[\d.]+:\d+\.\d+$/.test(entry));
}

/** An ACR122U whose firmware hangs is still on the USB, but pcscd does not get it open: only taking its power away helps. */
async function checkStuckReader(machine: ReaderMachine, readers: readonly string[]): Promise<Finding | null> {
  const onUsb = await usbDevices(machine.root, ACR122U);
  const [device] = onUsb;
  if (device === undefined) return null;
  const seen = readers.filter((reader) => /\bACR ?122/.test(reader)).length;
  if (seen >= onUsb.length) return ok('ACR122U', `${seen} on USB, all known to pcscd`);
  const cycle = `echo 0 | sudo tee /sys/bus/usb/devices/${device}/authorized; sleep 10; echo 1 | sudo tee /sys/bus/usb/devices/${device}/authorized`;
  const message = `an ACR122U is on USB (${device}), but pcscd does not have it: it needs a power cycle`;
  return problem(
    'ACR122U',
    message,
    `unplug it for ten seconds; from afar: ${cycle}; then sudo systemctl restart pcscd`,
  );
}

async function usbDevices(
  root: string,
  id: { readonly vendor: string; readonly product: string },
): Promise<readonly string[]> {
  const folder = join(root, 'sys/bus/usb/devices');
  const found: string[] = [];
  for (const device of await readdir(folder).catch(() => [])) {
    const read = async (file: string): Promise<string> =>
      (await readFile(join(folder, device, file), 'utf8').catch(() => '')).trim();
    if ((await read('idVendor')) === id.vendor && (await read('idProduct')) === id.product) found.push(device);
  }
  return found;
}

/**
 * Where pcscd asks polkit, it serves whoever sits at an active session, and a service has none: what works for the person who runs these checks does not
 * work for the service. Null where pcscd does not ask, or there is no such user.
 */
async function checkServiceUser({ root }: ReaderMachine): Promise<Finding | null> {
  const name = 'polkit';
  const users = await readFile(join(root, 'etc/passwd'), 'utf8').catch(() => '');
  if (!users.split('\n').some((line) => line.startsWith(`${SERVICE_USER}:`))) return null;
  const asks = await access(join(root, 'usr/share/polkit-1/actions/org.debian.pcsc-lite.policy')).then(
    () => true,
    () => false,
  );
  if (!asks) return null;
  const folders = ['etc/polkit-1/rules.d', 'usr/share/polkit-1/rules.d'].map((folder) => join(root, folder));
  let unreadable: string | null = null;
  for (const folder of folders) {
    const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES') unreadable = folder;
      return [];
    });
    for (const file of files.filter((entry) => entry.endsWith('.rules'))) {
      const text = await readFile(join(folder, file), 'utf8').catch(() => '');
      if (allowsService(text)) return ok(name, `${join(folder, file)} lets the user ${SERVICE_USER} use readers`);
    }
  }
  const fix = 'sudo cp systemd/polkit/50-wasl-pcsc.rules /etc/polkit-1/rules.d/ && sudo systemctl restart polkit';
  if (unreadable !== null)
    return warning(
      name,
      `only root may read ${unreadable}: whether ${SERVICE_USER} may use readers is not known`,
      'run "sudo wasl doctor"',
    );
  return problem(name, `no polkit rule lets the user ${SERVICE_USER} use pcscd: the service sees no reader`, fix);
}

/** Both actions are needed: one to talk to pcscd, one to talk to a card. */
function allowsService(rules: string): boolean {
  return ['access_pcsc', 'access_card', `'${SERVICE_USER}'`].every((word) => rules.replaceAll('"', "'").includes(word));
}

/** Whether a serial reader can be opened, and by whom. Never rejects. */
export async function checkTty(path: string, user: string, ask: MayOpen = mayOpen): Promise<Finding> {
  const name = 'serial port';
  try {
    await ask(path);
    return ok(name, `${path} can be opened`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') {
      const fix = `plug the reader in; "ls ${dirname(path)}" shows what is there`;
      return warning(name, `${path} is not there; Wasl waits for it`, fix);
    }
    const group = await groupOf(path);
    return problem(
      name,
      `the user ${user} may not open ${path}`,
      `sudo usermod -aG ${group} ${user}, then log in again; the service gets the group from systemd/wasl-terminal.service`,
    );
  }
}

/** Name of the group that owns a device; `dialout` where it cannot be told. */
async function groupOf(path: string): Promise<string> {
  try {
    const { gid } = await stat(path);
    const groups = await readFile('/etc/group', 'utf8');
    const line = groups.split('\n').find((entry) => entry.split(':')[2] === String(gid));
    return line?.split(':')[0] ?? 'dialout';
  } catch {
    return 'dialout';
  }
}

/** The checks of `wasl doctor`: each looks at one thing of this machine and says what to do when it is not as it should be. */
import { access, constants, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { loadNfcPcsc } from '../../drivers/pcsc/nfc-pcsc.js';
import { pcscdSocketPath, probePcscd } from '../../drivers/pcsc/probe.js';
import { loadOpenSerial } from '../../drivers/serial/serial-port.js';
import { readTerminalConfig, type TerminalConfig } from '../config.js';
import { diagnoseTerminal } from './diagnose-terminal.js';
import { type Finding, ok, problem, textOf, warning } from './finding.js';

const NODE_MIN = [20, 19] as const;

/** Readers that are there are listed by pcscd at once; this is how long they are collected. */
const LIST_READERS_MS = 400;

/** Runs all checks; with a configuration also those of what it names. Changes nothing on the machine. Never rejects. */
export async function diagnose(configFile: string | undefined): Promise<Finding[]> {
  if (configFile === undefined) return diagnoseMachine({ pcsc: false, serial: false });
  let config: TerminalConfig;
  try {
    config = await readTerminalConfig(configFile);
  } catch (error) {
    const fix = 'mend the file; docs/operators/terminal.md explains each setting';
    return [...(await diagnoseMachine({ pcsc: false, serial: false })), problem('configuration', textOf(error), fix)];
  }
  const uses = (type: 'pcsc' | 'serial'): boolean => config.readers.some((reader) => reader.type === type);
  return [
    ...(await diagnoseMachine({ pcsc: uses('pcsc'), serial: uses('serial') })),
    ok('configuration', `${configFile} is sound`),
    ...(await diagnoseTerminal(config)),
  ];
}

/** What is missing for readers that the configuration names is a problem, otherwise a warning. */
async function diagnoseMachine(needs: { readonly pcsc: boolean; readonly serial: boolean }): Promise<Finding[]> {
  const missingPcsc = needs.pcsc ? problem : warning;
  return [
    checkNode(),
    await checkPcscModule(missingPcsc),
    await checkPcscd(missingPcsc),
    await checkPn533(),
    await checkSerial(needs.serial ? problem : warning),
  ];
}

type Missing = typeof problem | typeof warning;

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const message = `Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  return good ? ok('node', message) : problem('node', message, `install Node ${NODE_MIN.join('.')} or newer`);
}

async function checkPcscModule(missing: Missing): Promise<Finding> {
  try {
    await loadNfcPcsc()();
    return ok('pcsc module', 'nfc-pcsc is built');
  } catch (error) {
    const fix = 'sudo apt-get install pcscd libpcsclite-dev && npm rebuild @pokusew/pcsclite';
    return missing('pcsc module', textOf(error), fix);
  }
}

async function checkPcscd(missing: Missing): Promise<Finding> {
  const socket = pcscdSocketPath(process.env);
  const state = await probePcscd(socket);
  if (state === 'answers') return ok('pcscd', `pcscd answers on ${socket}; ${await attachedReaders()}`);
  if (state === 'silent') {
    const fix = 'sudo systemctl restart pcscd; unplug an ACR122U for ten seconds if it happens again';
    return problem('pcscd', `pcscd accepts connections on ${socket} and says nothing`, fix);
  }
  if (state === 'refuses' || (await isDenied(socket))) {
    const fix = 'install the polkit rule of systemd/polkit, as systemd/README.md says';
    return problem('pcscd', `pcscd does not let this user in on ${socket}`, fix);
  }
  const fix = 'sudo apt-get install pcscd && sudo systemctl enable --now pcscd.socket';
  return missing('pcscd', 'pcscd is not running: PC/SC readers are not seen', fix);
}

/** The names that a "match" in the configuration is compared with. */
async function attachedReaders(): Promise<string> {
  const names: string[] = [];
  try {
    const service = await loadNfcPcsc()();
    const session = await service.open((event) => {
      if (event.type === 'attached') names.push(event.reader);
    });
    await pause(LIST_READERS_MS);
    await session.close();
  } catch (error) {
    return `its readers cannot be listed (${textOf(error)})`;
  }
  if (names.length === 0) return 'no reader is attached now';
  return `attached: ${names.map((name) => `"${name}"`).join(', ')}`;
}

async function isDenied(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EACCES',
  );
}

async function checkPn533(): Promise<Finding> {
  const modules = await readFile('/proc/modules', 'utf8').catch(() => '');
  if (!/^(pn533|pn533_usb) /m.test(modules)) return ok('kernel module', 'no kernel driver takes the readers away');
  const fix = 'copy systemd/modprobe.d/wasl.conf into /etc/modprobe.d and run: sudo modprobe -r pn533_usb pn533';
  return problem('kernel module', 'the kernel module pn533 holds the reader before pcscd can', fix);
}

async function checkSerial(missing: Missing): Promise<Finding> {
  try {
    await loadOpenSerial();
    return ok('serial module', 'serialport is there');
  } catch (error) {
    return missing('serial module', textOf(error), 'npm rebuild @serialport/bindings-cpp');
  }
}

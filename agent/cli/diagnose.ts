/** The checks of `wasl doctor`: each looks at one thing of this machine and says what to do when it is not as it should be. */
import { access, constants, mkdir, readFile, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { loadNfcPcsc } from '../../drivers/pcsc/nfc-pcsc.js';
import { pcscdSocketPath, probePcscd } from '../../drivers/pcsc/probe.js';
import { loadOpenSerial } from '../../drivers/serial/serial-port.js';
import { readTerminalConfig, type TerminalConfig } from '../config.js';
import { verifierFromKey } from '../credential/signature.js';
import { openSecrets } from '../secrets.js';
import { loadTrust } from '../trust/file-trust.js';

/** What one check found. */
export interface Finding {
  readonly name: string;
  /** `warning`: Wasl works, something is missing that some sites need. `problem`: it will not work. */
  readonly status: 'ok' | 'warning' | 'problem';
  readonly message: string;
  /** What to do, or null where nothing is to be done. */
  readonly fix: string | null;
}

const NODE_MIN = [20, 19] as const;
/** Below this much free space the journal refuses to begin a service. */
const FREE_BYTES_MIN = 64 * 1024 * 1024;

/** Runs all checks; with a configuration also those of what it names. Never rejects. */
export async function diagnose(configFile: string | undefined): Promise<Finding[]> {
  const findings = [checkNode(), await checkPcscModule(), await checkPcscd(), await checkPn533(), await checkSerial()];
  if (configFile === undefined) return findings;
  let config: TerminalConfig;
  try {
    config = await readTerminalConfig(configFile);
  } catch (error) {
    return [
      ...findings,
      problem('configuration', textOf(error), 'mend the file; docs/operators/terminal.md explains each setting'),
    ];
  }
  findings.push(ok('configuration', `${configFile} is sound`));
  findings.push(
    await checkSecrets(config),
    await checkTrust(config),
    await checkFolder(config.dataFolder),
    await checkBroker(config.centre.url),
  );
  for (const reader of config.readers) if (reader.type === 'serial') findings.push(await checkTty(reader.path));
  return findings;
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const message = `Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  return good ? ok('node', message) : problem('node', message, `install Node ${NODE_MIN.join('.')} or newer`);
}

async function checkPcscModule(): Promise<Finding> {
  try {
    await loadNfcPcsc()();
    return ok('pcsc module', 'nfc-pcsc is built');
  } catch (error) {
    return warning(
      'pcsc module',
      textOf(error),
      'sudo apt-get install pcscd libpcsclite-dev && npm rebuild @pokusew/pcsclite',
    );
  }
}

async function checkPcscd(): Promise<Finding> {
  const socket = pcscdSocketPath(process.env);
  const state = await probePcscd(socket);
  if (state === 'answers') return ok('pcscd', `pcscd answers on ${socket}`);
  if (state === 'silent')
    return problem(
      'pcscd',
      `pcscd accepts connections on ${socket} and says nothing`,
      'sudo systemctl restart pcscd; unplug an ACR122U for ten seconds if it happens again',
    );
  if (state === 'refuses' || (await isDenied(socket))) {
    return problem(
      'pcscd',
      `pcscd does not let this user in on ${socket}`,
      'install the polkit rule of systemd/polkit, as systemd/README.md says',
    );
  }
  return warning(
    'pcscd',
    'pcscd is not running: PC/SC readers are not seen',
    'sudo apt-get install pcscd && sudo systemctl enable --now pcscd.socket',
  );
}

async function isDenied(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EACCES',
  );
}

async function checkPn533(): Promise<Finding> {
  const modules = await readFile('/proc/modules', 'utf8').catch(() => '');
  const held = /^(pn533|pn533_usb) /m.test(modules);
  return held
    ? problem(
        'kernel module',
        'the kernel module pn533 holds the reader before pcscd can',
        'copy systemd/modprobe.d/wasl.conf into /etc/modprobe.d and run: sudo modprobe -r pn533_usb pn533',
      )
    : ok('kernel module', 'no kernel driver takes the readers away');
}

async function checkSerial(): Promise<Finding> {
  try {
    await loadOpenSerial();
    return ok('serial module', 'serialport is there');
  } catch (error) {
    return warning('serial module', textOf(error), 'npm rebuild @serialport/bindings-cpp');
  }
}

async function checkSecrets(config: TerminalConfig): Promise<Finding> {
  try {
    const secrets = openSecrets(config.secretsFolder, process.env);
    for (const name of ['journal-key', 'terminal-key']) await secrets.key(name);
    return ok('secrets', `journal-key and terminal-key are in ${secrets.folder}`);
  } catch (error) {
    return problem('secrets', textOf(error), 'wasl terminal keygen --secrets FOLDER makes both');
  }
}

async function checkTrust(config: TerminalConfig): Promise<Finding> {
  try {
    const trust = await loadTrust(
      config.trust.folder,
      verifierFromKey(Uint8Array.from(Buffer.from(config.trust.authorityKey, 'hex'))),
    );
    const { keys, terminals, hotlist, policy } = trust.versions();
    const known = trust.policy().programmes.some((programme) => programme.id === config.programme);
    if (!known)
      return problem(
        'trust',
        `the policy has no programme ${config.programme}`,
        'mend "programme" in the configuration',
      );
    return ok('trust', `keys ${keys}, terminals ${terminals}, hotlist ${hotlist}, policy ${policy}`);
  } catch (error) {
    return problem('trust', textOf(error), 'copy the lists that "wasl authority publish" wrote into the trust folder');
  }
}

async function checkFolder(folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const message = `${folder} is writable, ${Math.floor(free / 1_048_576)} MiB free`;
    return free < FREE_BYTES_MIN
      ? problem('data folder', message, `make room on the disk of ${folder}`)
      : ok('data folder', message);
  } catch (error) {
    return problem(
      'data folder',
      `${folder}: ${textOf(error)}`,
      `create ${folder} and give it to the user that runs Wasl`,
    );
  }
}

async function checkBroker(url: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(url);
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect({
      host: hostname,
      port: Number(port === '' ? (protocol === 'mqtts:' ? 8883 : 1883) : port),
      timeout: 3000,
    });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
  return reached
    ? ok('broker', `${url} can be reached`)
    : warning(
        'broker',
        `${url} cannot be reached now; services are recorded and sent later`,
        'check the network, the address and the firewall',
      );
}

async function checkTty(path: string): Promise<Finding> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return ok('serial port', `${path} can be opened`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES')
      return problem(
        'serial port',
        `this user may not open ${path}`,
        'sudo usermod -aG dialout USER, then log in again',
      );
    return warning(
      'serial port',
      `${path} is not there; Wasl waits for it`,
      `plug the reader in; "ls ${dirname(path)}" shows what is there`,
    );
  }
}

function ok(name: string, message: string): Finding {
  return { name, status: 'ok', message, fix: null };
}

function warning(name: string, message: string, fix: string): Finding {
  return { name, status: 'warning', message, fix };
}

function problem(name: string, message: string, fix: string): Finding {
  return { name, status: 'problem', message, fix };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

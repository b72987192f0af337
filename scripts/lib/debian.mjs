import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from './paths.mjs';
import { runStep, tailOf } from './process.mjs';
import { say, sayBlock } from './say.mjs';

/**
 * The Debian packages that Wasl's tests use, each with the file or command that shows it is there. Asking for the
 * file rather than for the package also recognises other distributions and things installed by hand.
 * @type {Readonly<Record<string, { readonly file: string } | { readonly command: string }>>}
 */
const WITNESSES = {
  // To build the native part of nfc-pcsc, which comes as source.
  'libpcsclite-dev': { file: '/usr/include/PCSC/winscard.h' },
  'g++': { command: 'g++' },
  make: { command: 'make' },
  python3: { command: 'python3' },
  // A PC/SC service with a virtual reader, and independent clients to hold against ours.
  pcscd: { command: 'pcscd' },
  'vsmartcard-vpcd': { file: '/usr/lib/pcsc/drivers/serial/libifdvpcd.so' },
  'pcsc-tools': { command: 'pcsc_scan' },
  opensc: { command: 'opensc-tool' },
  // Serial lines, a broker and its clients.
  socat: { command: 'socat' },
  mosquitto: { command: 'mosquitto' },
  'mosquitto-clients': { command: 'mosquitto_pub' },
  openssl: { command: 'openssl' },
  // What was printed, looked at.
  'poppler-utils': { command: 'pdftoppm' },
  // A broker in a container, as an orchestrator runs it.
  'docker.io': { command: 'dockerd' },
  // The kiosk page, in a real browser with a font for each script.
  chromium: { command: 'chromium' },
  'fonts-noto-core': { file: '/usr/share/fonts/truetype/noto/NotoNaskhArabic-Regular.ttf' },
  // Network namespaces, and systemd's own opinion of our units.
  iproute2: { command: 'ip' },
  'util-linux': { command: 'unshare' },
  systemd: { command: 'systemd-analyze' },
  udev: { command: 'udevadm' },
};

/** What `npm ci` needs to build the native part of nfc-pcsc. Must be there before it. */
export const PACKAGES_TO_BUILD = ['libpcsclite-dev', 'g++', 'make', 'python3'];

/** Everything that the whole test run needs. */
export const PACKAGES_TO_TEST = Object.keys(WITNESSES);

/** Daemons live here and an ordinary user's PATH often leaves these folders out. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
const UPDATE_TIMEOUT_MS = 3 * 60_000;
const INSTALL_TIMEOUT_MS = 10 * 60_000;
const INSTALL_ATTEMPTS_MAX = 2;
/** apt waits this long for another apt to finish, and repeats each failed download this often. */
const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];
/** What invoke-rc.d and deb-systemd-invoke ask before they start a service. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** Which of these Debian packages are not there. @param {readonly string[]} packages */
export function missingPackages(packages) {
  return packages.filter((name) => {
    const witness = WITNESSES[name];
    if (witness === undefined) throw new Error(`no witness is named for the Debian package ${name}`);
    return 'file' in witness ? !existsSync(witness.file) : !commandExists(witness.command);
  });
}

/** @param {string} command */
function commandExists(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Sees to it that Debian packages are installed: does nothing when they are, installs them as root, and otherwise
 * says which line would. Never fails: what is still missing is told, and whoever needs it says so in its turn.
 * @param {readonly string[]} packages
 * @returns {Promise<readonly string[]>} the packages that are still missing
 */
export async function needDebian(packages) {
  const missing = missingPackages(packages);
  if (missing.length === 0) return [];
  if (!commandExists('apt-get')) {
    say(`this is not Debian: install what these packages hold by your own means: ${missing.join(' ')}`);
    return missing;
  }
  if (process.getuid?.() !== 0) {
    say('some parts are missing, and only root can install them. Run this, then try again:');
    sayBlock(`  sudo apt-get install --no-install-recommends ${missing.join(' ')}`);
    return missing;
  }
  say(`installing from Debian: ${missing.join(' ')}`);
  const allowServices = holdServicesBack();
  try {
    await installAll(missing);
  } finally {
    allowServices();
  }
  const still = missingPackages(missing);
  if (still.length > 0)
    say(`could not be installed: ${still.join(' ')}; what needs them is skipped, or fails under CI`);
  return still;
}

/** All in one go; if that fails each by itself, so that one that this release lacks does not keep out the rest. @param {readonly string[]} packages */
async function installAll(packages) {
  await aptGet(['update'], 'apt-update.log', UPDATE_TIMEOUT_MS);
  const install = ['install', '--yes', '--no-install-recommends'];
  for (let attempt = 1; attempt <= INSTALL_ATTEMPTS_MAX; attempt++) {
    const outcome = await aptGet([...install, ...packages], 'apt-install.log', INSTALL_TIMEOUT_MS);
    if (outcome.ok) return;
    if (attempt === INSTALL_ATTEMPTS_MAX) sayBlock(tailOf(outcome.log));
  }
  if (packages.length === 1) return;
  for (const name of missingPackages(packages)) {
    await aptGet([...install, name], `apt-install-${name}.log`, INSTALL_TIMEOUT_MS);
  }
}

/**
 * @param {readonly string[]} args
 * @param {string} log
 * @param {number} timeoutMs
 */
function aptGet(args, log, timeoutMs) {
  return runStep('apt-get', [...APT_OPTIONS, ...args], {
    cwd: ROOT,
    log,
    timeoutMs,
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });
}

/**
 * The packages of pcscd and mosquitto start a system service when they are installed. The tests run their own, with
 * their own settings: a system-wide pcscd would hold the virtual reader's port and a system-wide broker port 1883, and
 * neither was asked for by whoever typed `npm test`. So starting services is forbidden while we install, by the means
 * that Debian has for it; an existing policy of the machine is left alone.
 * @returns {() => void} how to lift it
 */
function holdServicesBack() {
  if (existsSync(POLICY_FILE)) return () => {};
  writeFileSync(
    POLICY_FILE,
    '#!/bin/sh\n# Put here by Wasl while it installs packages; 101 means: not allowed.\nexit 101\n',
    {
      mode: 0o755,
    },
  );
  const lift = () => rmSync(POLICY_FILE, { force: true });
  // An interrupted installation ends with process.exit, which runs no finally block.
  process.once('exit', lift);
  return () => {
    process.off('exit', lift);
    lift();
  };
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { missingPackages, PACKAGES_TO_BUILD } from './debian.mjs';
import { ROOT } from './paths.mjs';
import { runStep, tailOf } from './process.mjs';
import { ScriptError, say, sayBlock } from './say.mjs';

/** Says for which lock file and which Node `node_modules` was made. Goes with that folder when it is deleted. */
const STAMP = join(ROOT, 'node_modules', '.wasl-set-up.json');
const LOCK_FILE = join(ROOT, 'package-lock.json');
/** npm's own note of what it installed. */
const INSTALLED_FILE = join(ROOT, 'node_modules', '.package-lock.json');
/** The one package that has no ready-made binaries: the way to PC/SC. Everything else runs without it. */
const NATIVE_PACKAGE = '@pokusew/pcsclite';

const INSTALL_TIMEOUT_MS = 10 * 60_000;
const REBUILD_TIMEOUT_MS = 3 * 60_000;
const PROBE_TIMEOUT_MS = 10_000;

/**
 * What `node_modules` depends on.
 * @typedef {object} Stamp
 * @property {string} lock SHA-256 of `package-lock.json`
 * @property {string} node version of Node's binary interface, system and processor: native parts are built for it
 * @property {boolean} headers whether the headers of PC/SC were there, without which npm leaves that part out
 */

/**
 * Sees to it that `node_modules` is what `package-lock.json` says, for this Node. Does nothing when it is; takes
 * over one that somebody else made with npm. Fails only when the packages cannot be had: a native part that cannot
 * be built is told and left out.
 */
export async function ensurePackages() {
  const wanted = currentStamp();
  const found = readStamp();
  if (found !== null && sameStamp(found, wanted)) return;
  const sameBuild = found === null || sameStamp({ ...found, lock: wanted.lock }, wanted);
  if (sameBuild && installedByNpm() && (nativePartIsThere() || !wanted.headers))
    say('node_modules fits package-lock.json');
  else await install();
  await ensureNativePart();
  writeFileSync(STAMP, `${JSON.stringify(wanted, null, 2)}\n`);
}

/** @returns {Stamp} */
function currentStamp() {
  return {
    lock: createHash('sha256').update(readFileSync(LOCK_FILE)).digest('hex'),
    node: `${process.versions.modules}-${process.platform}-${process.arch}`,
    headers: missingPackages(PACKAGES_TO_BUILD).length === 0,
  };
}

/** @returns {Stamp | null} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Headers that went away change nothing: the part is built.
 * @param {Stamp} found
 * @param {Stamp} wanted
 */
function sameStamp(found, wanted) {
  return found.lock === wanted.lock && found.node === wanted.node && (found.headers || !wanted.headers);
}

/** Whether npm has installed exactly the packages of `package-lock.json`, optional ones aside. */
function installedByNpm() {
  if (!existsSync(INSTALLED_FILE)) return false;
  const wanted = JSON.parse(readFileSync(LOCK_FILE, 'utf8')).packages;
  const found = JSON.parse(readFileSync(INSTALLED_FILE, 'utf8')).packages;
  const fits = Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.devOptional || found[path]?.version === entry.version,
  );
  return fits && Object.keys(found).every((path) => path in wanted);
}

/** `npm ci`; if that fails once more without install scripts, since those are what a foreign system most often lacks the tools for. */
async function install() {
  say('installing packages (npm ci), which takes a minute or two the first time');
  let outcome = await npm(['ci', '--include=dev', '--include=optional'], 'npm-ci.log', INSTALL_TIMEOUT_MS);
  if (!outcome.ok && !outcome.timedOut) {
    const second = ['ci', '--include=dev', '--include=optional', '--ignore-scripts'];
    outcome = await npm(second, 'npm-ci-without-scripts.log', INSTALL_TIMEOUT_MS);
  }
  if (outcome.ok) {
    say(`packages installed in ${Math.round(outcome.durationMs / 1000)} s`);
    return;
  }
  sayBlock(tailOf(outcome.log));
  const why = outcome.timedOut ? 'took too long' : 'failed';
  throw new ScriptError(`npm ci ${why}: see above. A connection to the npm registry is needed the first time.`);
}

/** Builds the native part where the headers came after `npm ci`, or Node is another one than it was built for. */
async function ensureNativePart() {
  if (await nativePartLoads()) return;
  const missing = missingPackages(PACKAGES_TO_BUILD);
  if (process.platform === 'linux' && missing.length > 0) {
    say(`PC/SC readers are left out until these are installed: ${missing.join(' ')}. Everything else works.`);
    return;
  }
  const outcome = await npm(['rebuild', NATIVE_PACKAGE], 'npm-rebuild.log', REBUILD_TIMEOUT_MS);
  if (await nativePartLoads()) return;
  say(`PC/SC readers are left out: their native part cannot be built (${outcome.log}). Everything else works.`);
}

/** npm removes an optional package whose build failed. */
function nativePartIsThere() {
  return existsSync(join(ROOT, 'node_modules', NATIVE_PACKAGE));
}

/** Loading happens in a process of its own: a broken binary may end the process that loads it. */
async function nativePartLoads() {
  if (!nativePartIsThere()) return false;
  const probe = ['-e', `require(${JSON.stringify(NATIVE_PACKAGE)})`];
  return (await runStep(process.execPath, probe, { cwd: ROOT, log: 'native-part.log', timeoutMs: PROBE_TIMEOUT_MS }))
    .ok;
}

/**
 * Runs the npm that started this script, else the one in PATH.
 * @param {readonly string[]} args
 * @param {string} log
 * @param {number} timeoutMs
 */
function npm(args, log, timeoutMs) {
  const cli = process.env.npm_execpath;
  const options = { cwd: ROOT, log, timeoutMs, env: buildEnvironment() };
  if (cli !== undefined && basename(cli) === 'npm-cli.js') return runStep(process.execPath, [cli, ...args], options);
  return runStep('npm', args, options);
}

/**
 * node-gyp downloads Node's headers unless it is told where they are; most installations have them beside the binary.
 * @returns {Record<string, string>}
 */
function buildEnvironment() {
  const prefix = dirname(dirname(process.execPath));
  const known = process.env.npm_config_nodedir !== undefined;
  return known || !existsSync(join(prefix, 'include', 'node', 'node.h')) ? {} : { npm_config_nodedir: prefix };
}

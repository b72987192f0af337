import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { withLock } from './lock.mjs';
import { ROOT } from './paths.mjs';
import { runStep, tailOf } from './process.mjs';
import { ScriptError, say, sayBlock } from './say.mjs';

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.build.json');
const BUILD_TIMEOUT_MS = 5 * 60_000;
/** Folders whose TypeScript `tsconfig.build.json` compiles, each into the folder of the same name under `dist/`. */
const COMPILED = ['agent', 'drivers', 'sync', 'simulators'];
/** Settings that change what comes out. */
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
/** The page of the kiosk is bundled by Vite, not compiled by tsc. */
const PAGE = 'agent/kiosk/web';
/** What the page is made of: its own folder and what it may import (`.dependency-cruiser.cjs`). */
const PAGE_SOURCES = [PAGE, 'agent/kiosk/state.ts', 'agent/domain'];
const COMMAND = join(DIST, 'agent', 'cli', 'main.js');

/**
 * One part of the build: what it is made of, what shows that it is there, how it is made.
 * @typedef {object} Part
 * @property {string} name
 * @property {string} sources hash of everything it is made of
 * @property {string} product path of one of its files
 * @property {readonly string[]} command arguments for Node
 */

/**
 * Brings `dist/` up to date: the compiled agent and the page of the kiosk. What has not changed is not built again.
 * @throws {ScriptError} when a part does not build; its output has been shown
 */
export async function build() {
  await withLock(join(ROOT, '.wasl', 'build.lock'), async () => {
    const done = readStamp();
    for (const part of parts()) {
      if (done[part.name] === part.sources && existsSync(part.product)) continue;
      await make(part);
      done[part.name] = part.sources;
      writeFileSync(STAMP, `${JSON.stringify(done, null, 2)}\n`);
    }
  });
}

/** @returns {readonly Part[]} */
function parts() {
  return [
    {
      name: 'compiled',
      sources: hashOf([...SETTINGS, ...COMPILED], (path) => path.endsWith('.ts') && !path.startsWith(`${PAGE}/`)),
      product: COMMAND,
      command: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    },
    {
      name: 'page',
      sources: hashOf([...SETTINGS, ...PAGE_SOURCES], () => true),
      product: join(DIST, PAGE, 'index.html'),
      command: ['node_modules/vite/bin/vite.js', 'build', '--config', `${PAGE}/vite.config.ts`],
    },
  ];
}

/** @param {Part} part */
async function make(part) {
  const outcome = await runStep(process.execPath, part.command, {
    cwd: ROOT,
    log: `build-${part.name}.log`,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  if (!outcome.ok) {
    sayBlock(tailOf(outcome.log));
    throw new ScriptError(`the build failed (${part.name}): see above`);
  }
  if (part.name === 'compiled') {
    removeLeftovers(DIST);
    chmodSync(COMMAND, 0o755);
  }
  say(
    `built ${part.name === 'page' ? 'the page of the kiosk' : 'dist/'} in ${(outcome.durationMs / 1000).toFixed(1)} s`,
  );
}

/** tsc never deletes: what was compiled from a source that is gone would still run. @param {string} folder */
function removeLeftovers(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const inRepository = relative(DIST, path);
    if (inRepository === PAGE) continue;
    if (entry.isDirectory()) removeLeftovers(path);
    else if (/\.js(\.map)?$/.test(entry.name)) {
      const source = join(ROOT, inRepository.replace(/\.js(\.map)?$/, '.ts'));
      if (!existsSync(source)) rmSync(path);
    }
  }
}

/** @returns {Record<string, string>} name of a part → hash of what it was made of */
function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * Hash over names and contents of files, in an order that does not depend on the file system.
 * @param {readonly string[]} paths files and folders, from the root of the repository
 * @param {(path: string) => boolean} wanted which files of the folders count
 */
function hashOf(paths, wanted) {
  const hash = createHash('sha256').update(process.versions.node);
  for (const path of paths) {
    const isFile = /\.[a-z]+$/.test(path);
    const files = isFile ? [path] : filesUnder(path).filter(wanted);
    for (const file of files.sort()) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex');
}

/** @param {string} folder @returns {string[]} paths from the root of the repository, with forward slashes */
function filesUnder(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

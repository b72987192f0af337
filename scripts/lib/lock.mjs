import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ScriptError, say } from './say.mjs';

/** How often a waiting script looks whether the lock is free. */
const POLL_MS = 250;
/** Longest wait: a set-up on a slow machine with a slow link. */
const WAIT_MS_MAX = 15 * 60_000;

/**
 * Runs `body` while no other process runs one under the same lock: two scripts started side by side in a fresh clone
 * must not both write `node_modules`. A lock whose process is gone is taken over.
 * @template T
 * @param {string} path of the lock file
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withLock(path, body) {
  mkdirSync(dirname(path), { recursive: true });
  const release = () => rmSync(path, { force: true });
  for (let waitedMs = 0; !take(path); waitedMs += POLL_MS) {
    if (waitedMs === 0) say('another set-up is under way: waiting for it');
    if (waitedMs >= WAIT_MS_MAX)
      throw new ScriptError(`waited too long for another set-up; if none runs, delete ${path}`);
    await delay(POLL_MS);
  }
  process.once('exit', release);
  try {
    return await body();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** Takes the lock if it is free or its holder is gone. @param {string} path */
function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (holderLives(path)) return false;
    rmSync(path, { force: true });
    return false;
  }
}

/** @param {string} path */
function holderLives(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Between the creation of the file and the writing of the id it is empty: that holder lives.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

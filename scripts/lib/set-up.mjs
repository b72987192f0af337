import { join } from 'node:path';
import { needDebian } from './debian.mjs';
import { ensurePackages } from './install.mjs';
import { withLock } from './lock.mjs';
import { nodeComplaint } from './node-version.mjs';
import { ROOT } from './paths.mjs';
import { ScriptError } from './say.mjs';

/**
 * Makes a fresh clone ready: Node new enough, Debian packages if any are asked for, npm packages. Quick when all is
 * there. Debian packages come first, because the headers of PC/SC decide whether npm can build its native part.
 * @param {readonly string[]} debianPackages
 */
export async function setUp(debianPackages = []) {
  const complaint = nodeComplaint(process.versions.node);
  if (complaint !== null) throw new ScriptError(complaint);
  await withLock(join(ROOT, '.wasl', 'set-up.lock'), async () => {
    await needDebian(debianPackages);
    await ensurePackages();
  });
}

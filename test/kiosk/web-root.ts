import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder laid out like the built page, small, for tests of the server alone. */
export async function smallWebRoot(): Promise<{ webRoot: string; remove(): Promise<void> }> {
  const webRoot = await mkdtemp(join(tmpdir(), 'wasl-web-'));
  await mkdir(join(webRoot, 'assets', '.hidden'), { recursive: true });
  await writeFile(
    join(webRoot, 'index.html'),
    '<!doctype html><meta name="wasl-token" content="__WASL_TOKEN__"><script type="module" src="./assets/a-1.js"></script>',
  );
  await writeFile(join(webRoot, 'assets', 'a-1.js'), 'export {};\n');
  await writeFile(join(webRoot, 'assets', '.hidden', 'secret.js'), 'secret');
  await writeFile(join(webRoot, 'secret.txt'), 'secret');
  return { webRoot, remove: () => rm(webRoot, { recursive: true, force: true }) };
}

/** A database of somebody else's is only used when there is nothing to lose on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningCouch, startCouch } from '../../simulators/central/couch.js';
import { countDocuments, foreignDatabase, lacks } from '../../simulators/endurance/database.js';

let folder: string;
let couch: RunningCouch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-foreign-'));
  couch = await startCouch({ port: 0, folder: join(folder, 'couch') });
});
afterAll(async () => {
  await couch?.close();
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, body?: object): Promise<void> {
  const answer = await fetch(`${couch.url}${path}`, {
    method: 'PUT',
    headers: {
      authorization: `Basic ${Buffer.from(`${couch.username}:${couch.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
}

describe('a database server of somebody else', () => {
  test('is refused while it holds anything of Wasl, and left as it is', { timeout: 60_000 }, async () => {
    await put('/wasl-registry');
    await put('/wasl-registry/somebody', { site: 'bakery-17' });
    await expect(foreignDatabase(couch, folder)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('wasl-registry'),
    });
    expect(await countDocuments(couch, 'wasl-registry')).toBe(1);
    expect(await countDocuments(couch, 'wasl-cases')).toBe(0);
  });

  test('says what it lacks of a cluster', { timeout: 60_000 }, async () => {
    expect(await lacks(couch)).toEqual([expect.stringContaining('partitions'), expect.stringContaining('quorum')]);
  });

  test('is told from one that does not answer', { timeout: 60_000 }, async () => {
    const nobody = { ...couch, url: 'http://127.0.0.1:1' };
    await expect(foreignDatabase(nobody, folder)).rejects.toMatchObject({ code: 'ERR_DATABASE' });
  });
});

/** The embedded database server answers whatever it is asked of a database that is dropped at that moment, as CouchDB does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningCouch, startCouch } from '../../../simulators/central/couch.js';

const ROUNDS = 60;
const ANSWER_MAX_MS = 30_000;

let folder: string;
let couch: RunningCouch;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-turns-'));
  couch = await startCouch({ port: 0, folder });
});
afterEach(async () => {
  await couch.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(path: string, method = 'GET', body?: object): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${couch.username}:${couch.password}`).toString('base64')}`;
  const response = await fetch(`${couch.url}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.text();
  return response.status;
}

it('answers who looks at a database while it is made, filled and dropped, again and again', {
  timeout: 120_000,
}, async () => {
  let isOver = false;
  const seen = new Set<number>();
  const looking = [0, 1, 2].map(async () => {
    while (!isOver) seen.add(await ask('/x/_all_docs?include_docs=true'));
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    expect(await ask('/x', 'PUT')).toBe(201);
    expect(await ask('/x/_bulk_docs', 'POST', { docs: [{ _id: 'a' }, { _id: 'b' }] })).toBe(201);
    expect(await ask('/x', 'DELETE')).toBe(200);
  }
  isOver = true;
  await Promise.all(looking);
  expect([...seen].sort()).toEqual([200, 404]);
});

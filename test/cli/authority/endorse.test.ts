/** The whole way of an endorsement: cards made at a desk, endorsed without being there, published, and written at their next tap. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifierFromKey } from '../../../agent/credential/signature.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { createTap } from '../../../agent/tap/tap.js';
import { type OpenTrust, openTrust } from '../../../agent/trust/open-trust.js';
import { blankCard, openCardFile, saveCard } from '../../../simulators/card-file.js';
import { openDesk, READS_AND_WRITES } from '../../support/desk.js';
import { authority, card, deskFolder, ORDER } from '../card/bench.js';

const POLICY = join(import.meta.dirname, '../../../docs/samples/egypt-bread.policy.json');
const CARDS = { ntag216: 100_017, type4: 100_018 } as const;

let desk: Awaited<ReturnType<typeof deskFolder>>;
let folder: string;
let trust: OpenTrust;

const fileOf = (kind: keyof typeof CARDS): string => join(desk.folder, `${kind}.json`);

async function publish(): Promise<void> {
  await authority('publish', folder, '--policy', POLICY);
  await trust.reload();
}

/** Lays the card of a file on a terminal that believes the published lists. */
async function tapWith(kind: keyof typeof CARDS) {
  const bench = await openDesk();
  bench.clock.ms = Date.now();
  const tap = createTap({ ...bench.deps, trust });
  const file = await openCardFile(fileOf(kind));
  await tap.present(file.card, READS_AND_WRITES);
  await file.save();
  return tap.state();
}

beforeAll(async () => {
  desk = await deskFolder();
  folder = join(desk.folder, 'authority');
  const { json } = await authority('init', folder);
  const { authorityKey } = (json as { readonly register: { readonly authorityKey: string } }).register;
  await authority('publish', folder, '--policy', POLICY);
  for (const kind of ['ntag216', 'type4'] as const) {
    const order = join(desk.folder, 'order.json');
    await writeFile(order, JSON.stringify({ ...ORDER, card: CARDS[kind] }));
    await saveCard(fileOf(kind), blankCard(kind));
    await card('issue', '--issuer', folder, '--order', order, '--card', fileOf(kind));
  }
  trust = await openTrust({
    disk: nodeDisk(),
    folder: join(folder, 'lists'),
    memory: join(desk.folder, 'accepted'),
    authority: verifierFromKey(Uint8Array.from(Buffer.from(authorityKey, 'hex'))),
  });
});
afterAll(() => desk.remove());

describe('wasl authority endorse', () => {
  test.each(['ntag216', 'type4'] as const)('changes an %s at its next tap, from the published lists', async (kind) => {
    expect(await tapWith(kind)).toMatchObject({ name: 'offer', credential: { entitlements: { draws: 3 } } });
    const done = await authority('endorse', folder, '--card', String(CARDS[kind]), '--set', 'draws=2');
    expect(done.json).toMatchObject({ ok: true, endorsed: 1, cards: [{ card: CARDS[kind], number: 1 }] });
    expect(await tapWith(kind)).toMatchObject({ credential: { entitlements: { draws: 3 } } });
    await publish();
    expect(trust.cardAction(CARDS[kind])).toMatchObject({ number: 1 });
    expect(await tapWith(kind)).toMatchObject({ credential: { entitlements: { draws: 2 } }, renewal: { number: 1 } });
  });

  test('adds to what was changed before: an endorsement says all of it', async () => {
    await authority('endorse', folder, '--card', '100017', '--expires', '2033-01-01');
    await publish();
    expect(await tapWith('ntag216')).toMatchObject({
      credential: { expiresAt: Date.UTC(2033, 0, 1) / 1000, entitlements: { draws: 2 } },
      renewal: { number: 2 },
    });
  });

  test('takes a table, names each mistake by its line, and carries out the rest', async () => {
    const csv = join(desk.folder, 'changes.csv');
    const rows = ['100018,2034-01-01,,', '100018,2035-01-01,,', '777,2034-01-01,,', '100017,,9,', '100017,,,', 'x,,1,'];
    await writeFile(csv, `card;expires;draws;coverage\n${rows.join('\n').replaceAll(',', ';')}\n`);
    const { json, exitCode } = await authority('endorse', folder, '--csv', csv);
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ ok: false, endorsed: 1, cards: [{ card: 100_018, number: 2 }] });
    expect(json.failures).toMatchObject([
      { line: 3, code: 'ERR_ORDER', message: expect.stringContaining('stands in line 2 too') },
      { line: 4, card: 777, code: 'ERR_ORDER', message: expect.stringContaining('was not issued here') },
      { line: 5, card: 100_017, code: 'ERR_ORDER', message: expect.stringContaining('cannot draw for 9 persons') },
      { line: 6, code: 'ERR_ORDER', message: 'line 6: nothing changes' },
      { line: 7, code: 'ERR_ORDER' },
    ]);
  });

  test('knows of an update that was made at a desk, and goes on from it', async () => {
    await card('update', '--issuer', folder, '--card', fileOf('ntag216'), '--set', 'home_site=9');
    await publish();
    const number = trust.cardAction(100_017)?.number ?? 0;
    expect(number).toBeGreaterThan(2);
    expect(trust.cardAction(100_017)?.endorsement).toBeNull();
    const state = await tapWith('ntag216');
    expect(state).toMatchObject({ credential: { entitlements: { draws: 2, homeSite: 9 } } });
    const next = await authority('endorse', folder, '--card', '100017', '--set', 'draws=1');
    expect(next.json).toMatchObject({ cards: [{ number: number + 1 }] });
  });
});

describe('wasl authority retire', () => {
  test('keeps the number in the list, and what is newer than what was written goes on waiting', async () => {
    expect((await authority('retire', folder, '--card', '100018', '--number', '1')).json).toEqual({
      ok: true,
      retired: 0,
    });
    expect((await authority('retire', folder, '--card', '100018', '--number', '2')).json).toEqual({
      ok: true,
      retired: 1,
    });
    await publish();
    expect(trust.cardAction(100_018)).toMatchObject({ number: 2, endorsement: null });
    // Its second endorsement was never written: what the list says now, the card does not show.
    expect(await tapWith('type4')).toMatchObject({ name: 'refused', code: 'ERR_ENDORSEMENT_OLDER' });
  });

  test('takes a table, and names a line that is none', async () => {
    const csv = join(desk.folder, 'written.csv');
    await writeFile(csv, 'card,number\n100017,9\nx,1\n');
    await expect(authority('retire', folder, '--csv', csv)).rejects.toMatchObject({
      code: 'ERR_ORDER',
      message: expect.stringContaining('line 3'),
    });
  });
});

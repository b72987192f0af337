/** Rosters on a terminal: taken in whole or not at all, kept sealed, never gone back on. */
import { describe, expect, test } from 'vitest';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { replaceFile } from '../../agent/journal/disk.js';
import { deriveKey, journalKey, KEY_LABELS } from '../../agent/journal/keys.js';
import { type OpenRosters, openRosters } from '../../agent/roster/open-rosters.js';
import { sealRoster, terminalSealKey } from '../../agent/roster/sealed-roster.js';
import { signRoster } from '../../agent/roster/signed-roster.js';
import { isPowerCut } from '../../simulators/world/disk-call.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { KEY, seededRandom } from '../journal/samples.js';
import { signerOf } from '../support/people.js';
import { authority, head, person, TERMINAL_SEED, terminal } from './rosters.js';

const BROUGHT = '/brought';
const KEPT = '/data/rosters';

function open(disk: MemoryDisk, secret = KEY): Promise<OpenRosters> {
  return openRosters({
    kept: {
      disk: disk.session(),
      folder: KEPT,
      key: deriveKey(journalKey(secret), KEY_LABELS.roster),
      random: seededRandom(disk.calls + 1),
    },
    folder: BROUGHT,
    authority: verifierFromKey(authority.publicKey),
    terminal: terminalSealKey(TERMINAL_SEED, terminal.publicKey),
  });
}

function file(
  version: number,
  { name = 'gezira-2026', family = 'بدران', to = terminal.publicKey, by = authority } = {},
): Uint8Array {
  const signed = signRoster(head(version, name), [person(version, { name: `سلمى ${family}` })], by);
  return sealRoster(signed, { name, terminals: [to] }, seededRandom(version));
}

async function bring(disk: MemoryDisk, name: string, bytes: Uint8Array): Promise<void> {
  const session = disk.session();
  await session.makeFolder(BROUGHT);
  await replaceFile(session, { folder: BROUGHT, name }, bytes);
}

async function takeAway(disk: MemoryDisk): Promise<void> {
  const session = disk.session();
  for (const name of await session.list(BROUGHT)) await session.remove(`${BROUGHT}/${name}`);
  await session.syncFolder(BROUGHT);
}

const versionsOf = (rosters: OpenRosters): readonly (readonly [string, number])[] =>
  [...rosters.all()].map(([name, roster]) => [name, roster.head.version] as const);
const codesOf = (rosters: OpenRosters): readonly (readonly [string, string])[] =>
  rosters.refused().map(({ file: name, reason }) => [name, reason.code] as const);

describe('rosters of a terminal', () => {
  test('without any there are none', async () => {
    const rosters = await open(new MemoryDisk());
    expect([versionsOf(rosters), codesOf(rosters)]).toEqual([[], []]);
  });

  test('outlive the file that they came in, and a restart', async () => {
    const disk = new MemoryDisk();
    await bring(disk, 'a.roster', file(1));
    expect(versionsOf(await open(disk))).toEqual([['gezira-2026', 1]]);
    await takeAway(disk);
    const again = await open(disk);
    expect(again.all().get('gezira-2026')?.personAt(0)).toMatchObject({ number: 1, name: 'سلمى بدران' });
  });

  test('are brought up to date while the terminal runs, and never go back', async () => {
    const disk = new MemoryDisk();
    await bring(disk, 'a.roster', file(2));
    const rosters = await open(disk);
    await bring(disk, 'a.roster', file(3));
    await rosters.reload();
    expect(versionsOf(rosters)).toEqual([['gezira-2026', 3]]);
    await bring(disk, 'a.roster', file(2));
    await rosters.reload();
    expect([versionsOf(rosters), codesOf(rosters)]).toEqual([[['gezira-2026', 3]], [['a.roster', 'ERR_LIST_VERSION']]]);
    const again = await open(disk);
    expect([versionsOf(again), codesOf(again)]).toEqual([[['gezira-2026', 3]], [['a.roster', 'ERR_LIST_VERSION']]]);
  });

  test('two contents under one number: the first stays', async () => {
    const disk = new MemoryDisk();
    await bring(disk, 'a.roster', file(1));
    const rosters = await open(disk);
    await bring(disk, 'a.roster', file(1, { family: 'عثمان' }));
    await rosters.reload();
    expect(codesOf(rosters)).toEqual([['a.roster', 'ERR_LIST_VERSION']]);
    expect(rosters.all().get('gezira-2026')?.personAt(0).name).toBe('سلمى بدران');
  });

  test('a bad file keeps no other out, and says why', async () => {
    const disk = new MemoryDisk();
    await bring(disk, 'a.roster', file(1, { name: 'aswan' }).subarray(0, 200));
    await bring(disk, 'b.roster', file(1, { name: 'berber', by: signerOf(11) }));
    await bring(disk, 'c.roster', file(1, { name: 'cairo', to: signerOf(8).publicKey }));
    await bring(disk, 'd.roster', file(1));
    await bring(disk, 'notes.txt', Uint8Array.of(1));
    const rosters = await open(disk);
    expect(versionsOf(rosters)).toEqual([['gezira-2026', 1]]);
    expect(codesOf(rosters)).toEqual([
      ['a.roster', 'ERR_LIST_FORMAT'],
      ['b.roster', 'ERR_LIST_SIGNATURE'],
      ['c.roster', 'ERR_LIST_FORMAT'],
    ]);
  });

  test('are no more than a terminal can hold', async () => {
    const disk = new MemoryDisk();
    for (let at = 0; at < 9; at += 1) await bring(disk, `r${at}.roster`, file(1, { name: `r${at}` }));
    const rosters = await open(disk);
    expect([rosters.all().size, codesOf(rosters)]).toEqual([8, [['r8.roster', 'ERR_LIST_FORMAT']]]);
  });

  test('a kept one that is damaged, or sealed under another key, is gone, and older ones stay out', async () => {
    for (const spoil of ['bytes', 'key'] as const) {
      const disk = new MemoryDisk();
      await bring(disk, 'a.roster', file(2));
      await open(disk);
      if (spoil === 'bytes') {
        const kept = await disk.session().open(`${KEPT}/gezira-2026.kept`, 'update');
        await kept.write(40, Uint8Array.of(0xff, 0xfe));
        await kept.sync();
        await kept.close();
      }
      const secret = spoil === 'key' ? new Uint8Array(32).fill(9) : KEY;
      await bring(disk, 'a.roster', file(1));
      const rosters = await open(disk, secret);
      expect([versionsOf(rosters), codesOf(rosters)]).toEqual([[], [['a.roster', 'ERR_LIST_VERSION']]]);
      await bring(disk, 'a.roster', file(2));
      await rosters.reload();
      expect(versionsOf(rosters)).toEqual([['gezira-2026', 2]]);
    }
  });

  test('no person stands on the disk in clear', async () => {
    const disk = new MemoryDisk();
    await bring(disk, 'a.roster', file(1));
    await open(disk);
    const session = disk.session();
    for (const folder of [BROUGHT, KEPT]) {
      for (const name of await session.list(folder)) {
        const opened = await session.open(`${folder}/${name}`, 'read');
        const bytes = Buffer.from(await opened.read(0, await opened.sizeBytes()));
        for (const word of ['سلمى', 'بدران', '9000000000001']) expect(bytes.includes(Buffer.from(word))).toBe(false);
      }
    }
  });

  test('a full disk is reported, and what was there serves on', async () => {
    const disk = new MemoryDisk();
    await bring(disk, 'a.roster', file(1));
    const rosters = await open(disk);
    await bring(disk, 'a.roster', file(2));
    disk.plan = (call) => (call.operation === 'write' ? 'ENOSPC' : 'go');
    await expect(rosters.reload()).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
    expect(versionsOf(rosters)).toEqual([['gezira-2026', 1]]);
  });

  test('after a power cut at any call there is the old one or the new one, and never again the old after the new', async () => {
    let cuts = 0;
    for (let at = 0; ; at += 1) {
      const disk = new MemoryDisk();
      await bring(disk, 'a.roster', file(1));
      await open(disk);
      await bring(disk, 'a.roster', file(2));
      const from = disk.calls;
      disk.plan = (call) => (call.index === from + at ? 'cut' : 'go');
      const cut = await open(disk).then(
        () => false,
        (error: unknown) => {
          if (isPowerCut(error) || isPowerCut((error as Error).cause)) return true;
          throw error;
        },
      );
      disk.plan = () => 'go';
      const without = disk.session();
      await without.remove(`${BROUGHT}/a.roster`);
      const [[, version] = ['', 0]] = versionsOf(await open(disk));
      expect([1, 2]).toContain(version);
      await bring(disk, 'a.roster', file(1));
      expect(versionsOf(await open(disk))).toEqual([['gezira-2026', version]]);
      await bring(disk, 'a.roster', file(2));
      expect(versionsOf(await open(disk))).toEqual([['gezira-2026', 2]]);
      if (!cut) break;
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(6);
  });
});

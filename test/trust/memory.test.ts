/** What a terminal has accepted survives restarts and power cuts, and is never gone back on. */
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeCbor } from '../../agent/credential/cbor.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { encodeList, LIST_KINDS, type ListKind } from '../../agent/credential/signed-list.js';
import { ACCEPTED_NAME, FLOOR_NAME } from '../../agent/trust/accepted.js';
import { listFile, type OpenTrust, openTrust } from '../../agent/trust/open-trust.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { TEARS } from '../../simulators/world/tears.js';
import { signerOf } from '../support/people.js';
import { authority, contentOf, head } from './lists.js';

const FOLDER = '/lists';
const MEMORY = '/data/trust';
const believed = verifierFromKey(authority.publicKey);

let disk: MemoryDisk;

beforeEach(async () => {
  disk = new MemoryDisk();
  await bring(1);
});

const open = (on = disk): Promise<OpenTrust> =>
  openTrust({ disk: on.session(), folder: FOLDER, memory: MEMORY, authority: believed });

/** Puts lists of one version into the folder, as an operator's stick does. */
async function bring(version: number, content = (kind: ListKind) => contentOf(kind, version)): Promise<void> {
  for (const kind of LIST_KINDS) await put(`${FOLDER}/${listFile(kind)}`, encodeList(kind, content(kind), authority));
}

async function put(path: string, bytes: Uint8Array, on = disk): Promise<void> {
  const session = on.session();
  const folder = path.slice(0, path.lastIndexOf('/'));
  await session.makeFolder(folder);
  await session.remove(path).catch(() => undefined);
  const file = await session.open(path, 'create');
  await file.write(0, bytes);
  await file.sync();
  await file.close();
  await session.syncFolder(folder);
}

const all = (version: number) => ({
  keys: version,
  terminals: version,
  hotlist: version,
  policy: version,
  actions: version,
});

describe('after a restart', () => {
  test('older lists in the folder are refused, and those accepted before stay in force', async () => {
    await bring(5);
    await open();
    await bring(4);
    const trust = await open();
    expect(trust.versions()).toEqual(all(5));
    expect(trust.refused).toMatchObject({ code: 'ERR_LIST_VERSION' });
    await expect(trust.reload()).rejects.toMatchObject({ code: 'ERR_LIST_VERSION' });
    await bring(6);
    await trust.reload();
    expect(trust.versions()).toEqual(all(6));
  });

  test.each(LIST_KINDS)('a damaged %s list in the folder does not stop the terminal', async (kind) => {
    await open();
    await put(`${FOLDER}/${listFile(kind)}`, Uint8Array.of(1, 2, 3));
    const trust = await open();
    expect(trust.versions()).toEqual(all(1));
    expect(trust.isHotlisted(4711)).toBe(true);
    expect(trust.refused).toMatchObject({ code: 'ERR_LIST_FORMAT' });
  });

  test('an empty folder does not either, but a terminal that never had lists says what to copy', async () => {
    await open();
    for (const kind of LIST_KINDS) await disk.session().remove(`${FOLDER}/${listFile(kind)}`);
    expect((await open()).versions()).toEqual(all(1));
    const fresh = openTrust({ disk: disk.session(), folder: FOLDER, memory: '/other', authority: believed });
    await expect(fresh).rejects.toMatchObject({ code: 'ERR_LIST_FORMAT' });
  });

  test('a new authority is not believed because of what an earlier one signed', async () => {
    await open();
    const other = verifierFromKey(signerOf(101).publicKey);
    const opened = openTrust({ disk: disk.session(), folder: FOLDER, memory: MEMORY, authority: other });
    await expect(opened).rejects.toMatchObject({ code: 'ERR_LIST_SIGNATURE' });
  });
});

describe('two lists under one number', () => {
  test('are two truths, and the first stays', async () => {
    const trust = await open();
    await bring(1, (kind) => (kind === 'hotlist' ? { ...head(1), cards: [] } : contentOf(kind, 1)));
    await expect(trust.reload()).rejects.toMatchObject({
      code: 'ERR_LIST_VERSION',
      message: expect.stringContaining('hotlist'),
    });
    expect(trust.isHotlisted(4711)).toBe(true);
    expect((await open()).isHotlisted(4711)).toBe(true);
  });
});

describe('a memory of a version that knew nothing of card actions', () => {
  test('is read, and binds', async () => {
    await open();
    const lists = await Promise.all(
      (['keys', 'terminals', 'hotlist', 'policy'] as const).map((kind) => read(disk, `${FOLDER}/${listFile(kind)}`)),
    );
    const numbers = [1, 1, 1, 1, 1];
    const own = new MemoryDisk();
    disk = own;
    await own.session().makeFolder(MEMORY);
    await put(`${MEMORY}/${ACCEPTED_NAME}`, encodeCbor([1, ...lists]));
    await put(`${MEMORY}/${FLOOR_NAME}`, encodeCbor([...numbers, crc32(encodeCbor(numbers))]));
    const trust = await open();
    expect(trust.versions()).toEqual({ ...all(1), actions: 0 });
    expect(trust.isHotlisted(4711)).toBe(true);
    expect(trust.cardAction(4713)).toBeNull();
    await bring(1);
    await trust.reload();
    expect(trust.versions()).toEqual(all(1));
    expect((await open()).cardAction(4713)).toMatchObject({ number: 1, endorsement: null });
  });
});

describe('a memory that is damaged', () => {
  test('still keeps older lists out, by its second file', async () => {
    await bring(5);
    await open();
    await put(`${MEMORY}/${ACCEPTED_NAME}`, Uint8Array.of(0));
    await bring(4);
    await expect(open()).rejects.toMatchObject({ code: 'ERR_LIST_VERSION' });
    await bring(5);
    expect((await open()).versions()).toEqual(all(5));
  });

  test('is not believed when somebody put an older copy of the lists back', async () => {
    const older = disk.clone();
    await openTrust({ disk: older.session(), folder: FOLDER, memory: MEMORY, authority: believed });
    await bring(5);
    await open();
    const copy = await read(older, `${MEMORY}/${ACCEPTED_NAME}`);
    await put(`${MEMORY}/${ACCEPTED_NAME}`, copy);
    expect((await open()).versions()).toEqual(all(5));
    await put(`${MEMORY}/${ACCEPTED_NAME}`, copy);
    await bring(4);
    await expect(open()).rejects.toMatchObject({ code: 'ERR_LIST_VERSION' });
  });

  test('costs nothing when only the second file is: the lists themselves bind', async () => {
    await bring(5);
    await open();
    await put(`${MEMORY}/${FLOOR_NAME}`, Uint8Array.of(0));
    await bring(4);
    expect((await open()).versions()).toEqual(all(5));
  });
});

describe('taking new lists in', () => {
  test('is all or nothing at whatever call the power fails, and what was in force is never gone back on', async () => {
    let cuts = 0;
    for (const tear of TEARS) {
      for (let at = 0; ; at += 1) {
        const own = new MemoryDisk();
        disk = own;
        await bring(1);
        const trust = await open(own);
        await bring(2);
        const from = own.calls;
        own.tear = tear;
        own.plan = (call) => (call.index === from + at ? 'cut' : 'go');
        const failed = await trust.reload().then(
          () => false,
          () => true,
        );
        const inForce = trust.versions();
        expect(inForce).toEqual(all(failed ? 1 : 2));
        own.plan = () => 'go';
        if (!failed) break;
        cuts += 1;
        // The stick was pulled with the power: only what was accepted is there.
        for (const kind of LIST_KINDS) await own.session().remove(`${FOLDER}/${listFile(kind)}`);
        const again = await open(own);
        expect([all(1), all(2)]).toContainEqual(again.versions());
        expect(again.policy().version).toBe(again.versions().keys);
      }
    }
    expect(cuts).toBeGreaterThan(TEARS.length * 5);
  });

  test('fails while the disk is full, with the old lists in force, and works when there is room', async () => {
    const trust = await open();
    await bring(2);
    disk.plan = (call) => (call.operation === 'write' ? 'ENOSPC' : 'go');
    await expect(trust.reload()).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
    expect(trust.versions()).toEqual(all(1));
    disk.plan = () => 'go';
    await trust.reload();
    expect(trust.versions()).toEqual(all(2));
  });

  test('writes nothing when there is nothing new', async () => {
    const trust = await open();
    const { calls } = disk;
    await Promise.all([trust.reload(), trust.reload()]);
    expect(disk.calls).toBe(calls);
  });
});

async function read(from: MemoryDisk, path: string): Promise<Uint8Array> {
  const file = await from.session().open(path, 'read');
  return file.read(0, await file.sizeBytes());
}

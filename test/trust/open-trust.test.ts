import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { encodeList, LIST_KINDS, type ListKind } from '../../agent/credential/signed-list.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { listFile, type OpenTrust, openTrust } from '../../agent/trust/open-trust.js';
import { createAuthority } from '../../sync/authority/authority.js';
import { NOW, signerOf } from '../support/people.js';
import { authority, contentOf, head, issuer, policyContent, type TrustFolder, terminal, trustFolder } from './lists.js';

const verifier = verifierFromKey(authority.publicKey);
let folder: TrustFolder;

beforeEach(async () => {
  folder = await trustFolder();
});

afterEach(() => folder.drop());

const load = (believed = verifier, from = folder.path): Promise<OpenTrust> =>
  openTrust({ disk: nodeDisk(), folder: from, memory: join(folder.path, 'memory'), authority: believed });
const code = (wanted: ErrorCode, message?: string) =>
  message === undefined ? { code: wanted } : { code: wanted, message: expect.stringContaining(message) };

/** Everything that a trust answers, to see whether any of it changed. */
function answers(trust: OpenTrust): object {
  return {
    issuers: trust.issuerKeys(issuer.keyId).map((key) => [key.programmes, key.notBefore, key.notAfter]),
    terminals: trust.terminalKeys(terminal.keyId).map((key) => [key.terminal, key.site]),
    hotlisted: [4711, 4712, 4713].filter((card) => trust.isHotlisted(card)),
    policy: trust.policy(),
    versions: trust.versions(),
  };
}

describe('lists that are good', () => {
  test('are believed, times in seconds, keys under their ids', async () => {
    const trust = await load();
    expect(trust.versions()).toEqual({ keys: 1, terminals: 1, hotlist: 1, policy: 1, actions: 1 });
    const [key, ...others] = trust.issuerKeys(issuer.keyId);
    expect(others).toEqual([]);
    expect(key).toMatchObject({ programmes: [1, 2], notBefore: 1_767_225_600, notAfter: 1_830_297_599 });
    expect(key?.verifier.publicKey).toEqual(issuer.publicKey);
    expect(trust.terminalKeys(terminal.keyId)).toMatchObject([{ terminal: 't-0001', site: 'bakery-17' }]);
    expect(trust.issuerKeys(terminal.keyId)).toEqual([]);
    expect([4711, 4712, 4713].map((card) => trust.isHotlisted(card))).toEqual([true, true, false]);
    expect(trust.policy()).toMatchObject({
      version: 1,
      expiresAt: Date.UTC(2026, 11, 21) / 1000,
      timeZone: 'Africa/Cairo',
    });
  });

  test('keep every key that shares an id, with its own scope', async () => {
    const [one] = (contentOf('keys') as { keys: object[] }).keys;
    const later = { ...one, programmes: [3], notBefore: '2028-01-01T00:00:00Z', notAfter: '2029-01-01T00:00:00Z' };
    await folder.sign('keys', { ...head(1), keys: [one, later] });
    expect((await load()).issuerKeys(issuer.keyId).map((key) => key.programmes)).toEqual([[1, 2], [3]]);
  });

  test('need no hotlist: a terminal that never had one blocks nobody and says version 0', async () => {
    await folder.remove('hotlist');
    const trust = await load();
    expect(trust.versions().hotlist).toBe(0);
    expect(trust.isHotlisted(4711)).toBe(false);
  });

  test('are those that the authority publishes', async () => {
    let seed = 100;
    const bytes = (count: number): Uint8Array => {
      seed += 1;
      return new Uint8Array(count).fill(seed);
    };
    const desk = await createAuthority(
      join(folder.path, 'desk'),
      {
        clock: { nowMs: () => NOW * 1000 },
        random: { bytes, fraction: () => 0.5 },
      },
      { programmes: [1], years: 5 },
    );
    const publicKey = Buffer.from(terminal.publicKey).toString('hex');
    await desk.enrol({ terminal: 't-0009', site: 'bakery-9', publicKey, years: 3 });
    await desk.block(4713);
    const { version: _version, issuedAt: _issuedAt, expires: _expires, ...policy } = policyContent();
    const lists = await desk.publish(policy, 30);
    const trust = await load(verifierFromKey(signerOf(101).publicKey), lists);
    expect(trust.versions()).toEqual({ keys: 1, terminals: 1, hotlist: 1, policy: 1, actions: 1 });
    expect(trust.issuerKeys((await desk.issuer()).keyId)).toHaveLength(1);
    expect(trust.terminalKeys(terminal.keyId)).toMatchObject([{ terminal: 't-0009', site: 'bakery-9' }]);
    expect(trust.isHotlisted(4713)).toBe(true);
    expect(trust.policy().expiresAt).toBe(NOW + 30 * 86_400);
  });
});

describe('a list that is bad', () => {
  test.each(LIST_KINDS)('is refused when another authority signed it: %s', async (kind) => {
    await folder.sign(kind, contentOf(kind), signerOf(11));
    await expect(load()).rejects.toMatchObject(code('ERR_LIST_SIGNATURE', kind));
  });

  test.each<[ListKind, ListKind]>([
    ['policy', 'keys'],
    ['keys', 'policy'],
    ['hotlist', 'terminals'],
    ['terminals', 'hotlist'],
  ])('is refused when a good %s list stands in the place of %s', async (given, place) => {
    await folder.write(place, encodeList(given, contentOf(given), authority));
    await expect(load()).rejects.toMatchObject(code('ERR_LIST_FORMAT', place));
  });

  test('is refused whatever byte of it differs', async () => {
    const good = encodeList('hotlist', contentOf('hotlist'), authority);
    for (let at = 0; at < good.length; at += 1) {
      const bytes = Uint8Array.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      await folder.write('hotlist', bytes);
      await expect(load(), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_LIST_(FORMAT|SIGNATURE)$/),
      });
    }
  });

  test('is refused when it is cut short or empty', async () => {
    const good = encodeList('keys', contentOf('keys'), authority);
    for (const bytes of [good.slice(0, -1), good.slice(0, 10), new Uint8Array(0)]) {
      await folder.write('keys', bytes);
      await expect(load()).rejects.toMatchObject(code('ERR_LIST_FORMAT', 'keys'));
    }
  });

  test('is refused when its key is one that anything verifies under', async () => {
    const [one] = (contentOf('keys') as { keys: object[] }).keys;
    await folder.sign('keys', { ...head(1), keys: [{ ...one, publicKey: `01${'00'.repeat(31)}` }] });
    await expect(load()).rejects.toMatchObject(code('ERR_KEY_WEAK'));
  });

  test.each<ListKind>(['keys', 'terminals', 'policy'])(
    'is missed when it is not there, and the message says what to do: %s',
    async (kind) => {
      await folder.remove(kind);
      await expect(load()).rejects.toMatchObject(code('ERR_LIST_FORMAT', join(folder.path, listFile(kind))));
      await expect(load()).rejects.toMatchObject(code('ERR_LIST_FORMAT', 'wasl authority publish'));
    },
  );

  test('is not taken for missing when it is there and cannot be read', async () => {
    await folder.remove('hotlist');
    await mkdir(join(folder.path, listFile('hotlist')));
    await expect(load()).rejects.toMatchObject(code('ERR_LIST_FORMAT', 'hotlist'));
  });

  test('is refused with every mistake in it', async () => {
    await folder.sign('policy', { ...policyContent(), timeZone: 'Nowhere', name: '' });
    await expect(load()).rejects.toMatchObject(code('ERR_LIST_FORMAT', '2 mistake(s)'));
  });
});

describe('reading the folder again', () => {
  test('replaces all lists together', async () => {
    const trust = await load();
    for (const kind of LIST_KINDS) await folder.sign(kind, contentOf(kind, 2));
    await folder.sign('hotlist', { ...head(3), cards: [4713] });
    await trust.reload();
    expect(trust.versions()).toEqual({ keys: 2, terminals: 2, hotlist: 3, policy: 2, actions: 2 });
    expect([4711, 4713].map((card) => trust.isHotlisted(card))).toEqual([false, true]);
  });

  test('takes the same lists again', async () => {
    const trust = await load();
    const before = answers(trust);
    await trust.reload();
    expect(answers(trust)).toEqual(before);
  });

  test.each(LIST_KINDS)('refuses an older %s list and leaves all as they were', async (kind) => {
    for (const each of LIST_KINDS) await folder.sign(each, contentOf(each, 5));
    const trust = await load();
    const before = answers(trust);
    for (const each of LIST_KINDS) await folder.sign(each, contentOf(each, each === kind ? 4 : 6));
    await expect(trust.reload()).rejects.toMatchObject(code('ERR_LIST_VERSION', `the ${kind} list`));
    expect(answers(trust)).toEqual(before);
  });

  test.each(LIST_KINDS)('leaves all as they were when the %s list is bad and the others are newer', async (kind) => {
    const trust = await load();
    const before = answers(trust);
    for (const each of LIST_KINDS) await folder.sign(each, contentOf(each, 2));
    const bytes = Uint8Array.from(await readFile(join(folder.path, listFile(kind))));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x01;
    await folder.write(kind, bytes);
    await expect(trust.reload()).rejects.toMatchObject(code('ERR_LIST_SIGNATURE', kind));
    expect(answers(trust)).toEqual(before);
    await folder.sign(kind, contentOf(kind, 2));
    await trust.reload();
    expect(trust.versions()).toEqual({ keys: 2, terminals: 2, hotlist: 2, policy: 2, actions: 2 });
  });

  test('does not forget the hotlist when its file is taken away', async () => {
    const trust = await load();
    await folder.remove('hotlist');
    await expect(trust.reload()).rejects.toMatchObject(code('ERR_LIST_VERSION', 'hotlist'));
    expect(trust.isHotlisted(4711)).toBe(true);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { qrPng } from '../../../agent/cards/picture.js';
import { issueSlip } from '../../../agent/credential/slip.js';
import type { Slip } from '../../../agent/domain/slip.js';
import { authority, terminal, trustFolder } from '../../trust/lists.js';
import { card } from './bench.js';

const AT = '2026-11-22T09:00:00Z';
const SLIP: Slip = {
  id: 'c0ffee0102030405',
  programme: 102,
  subject: { card: 100_017 },
  papers: [{ kind: 0, commodity: 108, units: 1, untilDay: 20_807, site: 41 }],
  // The list describes no site: its number is not known to anybody.
  site: 0,
  issuedAt: Date.parse('2026-11-22T08:00:00Z') / 1000,
};

describe('wasl card slip', () => {
  let lists: Awaited<ReturnType<typeof trustFolder>>;
  let believed: readonly string[];
  beforeAll(async () => {
    lists = await trustFolder();
    const key = Buffer.from(authority.publicKey).toString('hex');
    believed = ['--trust', lists.path, '--authority', key, '--at', AT];
  });
  afterAll(() => lists.drop());
  const text = issueSlip(SLIP, terminal);

  test('says of a good one who wrote it, for whom, and what for', async () => {
    const { json, exitCode } = await card('slip', '--text', text, ...believed, '--json');
    expect(json).toEqual({ ok: true, step: null, code: null, terminal: 't-0001', slip: SLIP });
    expect(exitCode).toBe(0);
    const { out } = await card('slip', '--text', text, ...believed);
    expect(out).toContain('written by terminal t-0001');
    expect(out).toContain('slip C0FF EE01 (c0ffee0102030405), for card 100017');
    expect(out).toContain('referral: 1 × commodity 108, at site 41, until 2026-12-20');
  });

  test('reads it off a picture', async () => {
    const picture = join(lists.path, 'slip.png');
    await writeFile(picture, qrPng(text));
    const { json } = await card('slip', '--image', picture, ...believed, '--json');
    expect(json).toMatchObject({ ok: true, slip: { id: SLIP.id } });
  });

  test('says what one says that nobody vouches for, where it stopped, and ends with 1', async () => {
    const { json, exitCode } = await card('slip', '--text', text, '--at', AT, '--json');
    expect(json).toMatchObject({
      ok: false,
      step: 'key',
      code: 'ERR_SLIP_SIGNER',
      slip: { subject: { card: 100_017 } },
    });
    expect(exitCode).toBe(1);
  });

  test('refuses one that is over', async () => {
    const { json } = await card(
      'slip',
      '--text',
      text,
      ...believed.slice(0, 4),
      '--at',
      '2026-12-21T09:00:00Z',
      '--json',
    );
    expect(json).toMatchObject({ ok: false, step: 'expired', code: 'ERR_SLIP_EXPIRED' });
  });

  test('says of anything else that it is none', async () => {
    const { json, exitCode } = await card('slip', '--text', 'https://example.org/', ...believed, '--json');
    expect(json).toMatchObject({ ok: false, step: 'text', code: 'ERR_SLIP_TEXT', slip: null });
    expect(exitCode).toBe(1);
  });

  test('asks for one slip, from one place', async () => {
    await expect(card('slip')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(card('slip', '--text', text, '--image', 'a.png')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});

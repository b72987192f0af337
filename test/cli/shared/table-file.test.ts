import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../../../agent/cli/shared/table-file.js';

describe('a table that somebody hands in', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasl-table-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(bytes: Uint8Array): Promise<string> {
    const path = join(folder, 'table.csv');
    await writeFile(path, bytes);
    return readTable(path);
  }

  it.each(['id,name\n1,سارة علي\n', '\ufeffid;name\r\n1;Zoé\r\n', 'id,name\n1,\ufffd\n', ''])(
    'is taken as it is in UTF-8: %j',
    async (text) => {
      expect(await read(Buffer.from(text, 'utf8'))).toBe(text);
    },
  );

  it.each([
    // "سارة" in Windows-1256, as a spreadsheet on an Arabic Windows saves "CSV".
    [
      'Windows-1256',
      Buffer.from([...Buffer.from('id,name\n1,'), 0xd3, 0xc7, 0xd1, 0xc9, 0x0a]),
      /line 2 is not in UTF-8/,
    ],
    ['Latin-1', Buffer.from('id,name\n1,a\n2,\xe9t\xe9\n', 'latin1'), /line 3 is not in UTF-8/],
    ['UTF-16', Buffer.from('\ufeffid,name\n', 'utf16le'), /no text in UTF-8/],
    ['UTF-16 without its mark', Buffer.from('id,name\n', 'utf16le'), /no text in UTF-8/],
    ['no text at all', Buffer.from([0x50, 0x4b, 0x03, 0x04, 0x14, 0x00]), /no text in UTF-8/],
  ])('is refused in another encoding, whose letters would be guessed: %s', async (_what, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'ERR_ORDER', message: expect.stringMatching(message) });
  });

  it('that is not there is told so', async () => {
    await expect(readTable(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });
  });
});

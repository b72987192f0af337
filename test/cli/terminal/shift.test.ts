/** `wasl shift`: what the journal of a terminal on a real disk tells of its shifts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shiftCommands } from '../../../agent/cli/terminal/shift.js';
import { journalShifts } from '../../../agent/journal/books/shift.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { openJournal } from '../../../agent/journal/open-journal.js';
import { systemClock, systemRandom } from '../../../agent/system.js';
import { runCommand } from '../../support/command.js';

const KEY = '22'.repeat(32);
const RULES = { isRequired: false, takesCash: true, cashDifferenceMax: 0, stockDifferenceMax: 0 };

let folder = '';
let config = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-shift-'));
  config = join(folder, 'terminal.json');
  await writeFile(join(folder, 'journal-key'), `${KEY}\n`, { mode: 0o600 });
  await writeFile(
    config,
    JSON.stringify({
      ...{ terminal: 't-0001', site: 'grocer-1', programme: 'rations', dataFolder: 'data', secretsFolder: '.' },
      trust: { folder: 'lists', authorityKey: '11'.repeat(32) },
      centre: { url: 'mqtt://127.0.0.1:9', sealKey: '11'.repeat(32), ackKey: '11'.repeat(32) },
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const shift = async (...words: readonly string[]) =>
  JSON.parse((await runCommand(shiftCommands(), ...words, '--config', config, '--json')).out) as object;

/** Opens the journal that the configuration is for, and its shifts. */
async function atTerminal<T>(task: (shifts: ReturnType<typeof journalShifts>) => Promise<T>): Promise<T> {
  const clock = systemClock;
  const journal = await openJournal({
    ...{ disk: nodeDisk(), folder: join(folder, 'data', 'journal'), key: Buffer.from(KEY, 'hex') },
    ...{ terminal: 't-0001', clock, random: systemRandom },
  });
  const nowMs = (): number => Math.max(clock.nowMs(), journal.state().timeFloorMs);
  try {
    return await task(journalShifts({ journal, random: systemRandom, rules: RULES, nowMs }));
  } finally {
    await journal.close();
  }
}

describe('wasl shift', () => {
  test('tells the open shift and the closed ones from the journal, and begins none where there is none', async () => {
    await expect(shift('list')).rejects.toMatchObject({ code: 'ERR_DATA_FOLDER' });
    const first = await atTerminal(async (shifts) => {
      const { id } = await shifts.open({ operator: 4, float: 20_000 });
      const count = { counted: 19_000, stock: [], closedBy: 4, supervisor: 2, reason: 'change' } as const;
      await shifts.close(id, count);
      return id;
    });
    const second = await atTerminal(async (shifts) => (await shifts.open({ operator: 5, float: 0 })).id);
    expect(await shift('list')).toMatchObject({
      ok: true,
      shifts: [
        { shift: first, operator: 4, expected: 20_000, counted: 19_000, difference: -1_000, reason: 'change' },
        { shift: second, operator: 5, closedAt: null, expected: 0, difference: null },
      ],
    });
    expect(await shift('show')).toMatchObject({ shift: { shift: second } });
    expect(await shift('show', first)).toMatchObject({ shift: { shift: first, supervisor: 2 } });
    await expect(shift('show', '00'.repeat(8))).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const { out } = await runCommand(shiftCommands(), 'show', first, '--config', config);
    expect(out).toContain('1000 missing (change, supervisor 2)');
  });
});

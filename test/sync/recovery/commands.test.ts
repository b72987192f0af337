/** The commands of recovery as an operator types them, one after the other, against a real database server. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { authorityCommands } from '../../../agent/cli/authority/commands.js';
import { bridgeCommands } from '../../../agent/cli/centre/bridge.js';
import { centreCommands } from '../../../agent/cli/centre/commands.js';
import { journalCommands } from '../../../agent/cli/journal/commands.js';
import { terminalCommands } from '../../../agent/cli/terminal/commands.js';
import { parseSecret } from '../../../agent/credential/secret.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { openJournal } from '../../../agent/journal/open-journal.js';
import { auditCentre } from '../../../simulators/central/audit.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../../support/central.js';
import { outletEvents } from '../../support/sync-events.js';
import { systemClock, systemRandom } from '../../support/system.js';

const TERMINAL = 't-0001';
const TEST_MS = 180_000;

let couch: TestCouch;
let folder: string;
beforeAll(async () => {
  couch = await startTestCouch();
  folder = await mkdtemp(join(tmpdir(), 'wasl-commands-'));
}, COUCH_TURN_MS);
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(async () => {
  await couch?.close();
  await rm(folder, { recursive: true, force: true });
});

const GROUPS: Readonly<Record<string, () => Command>> = {
  authority: authorityCommands,
  bridge: bridgeCommands,
  centre: centreCommands,
  journal: journalCommands,
  terminal: terminalCommands,
};

/** Runs `wasl …` with `--json` and gives the object that it printed. Rejects with its error. */
async function wasl(...words: readonly string[]): Promise<Record<string, unknown>> {
  const [group = '', ...rest] = words;
  const printed: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = ((text: string) => printed.push(text) > 0) as typeof write;
  try {
    await GROUPS[group]?.()
      .exitOverride()
      .parseAsync([...rest, '--json'], { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
  return JSON.parse(printed.join('')) as Record<string, unknown>;
}

const at = (...parts: readonly string[]): string => join(folder, ...parts);

/** Makes an authority, a bridge's configuration with its secrets, and a terminal whose journal has so many services that nobody has seen. */
async function prepare(services: number): Promise<void> {
  await wasl('authority', 'init', at('authority'), '--programme', '1');
  const shown = await wasl('authority', 'show', at('authority'));
  const { centre } = shown.register as { centre: { sealKey: string } };
  await mkdir(at('bridge-secrets'));
  for (const name of ['centre-seal-key', 'centre-ack-key'])
    await cp(at('authority', 'secrets', name), at('bridge-secrets', name));
  await writeFile(at('bridge-secrets', 'couch-password'), couch.password);
  const config = {
    broker: { url: 'mqtt://127.0.0.1:1883' },
    couch: { url: couch.url, username: couch.username },
    secretsFolder: 'bridge-secrets',
  };
  await writeFile(at('bridge.json'), JSON.stringify(config));
  const made = await wasl('terminal', 'keygen', '--secrets', at('secrets'), '--centre-seal-key', centre.sealKey);
  await wasl(
    ...['authority', 'enrol', at('authority'), '--terminal', TERMINAL, '--site', 'bakery-17'],
    ...['--key', String(made.publicKey), '--escrow', String(made.escrow)],
  );
  const journal = await openJournal({
    disk: nodeDisk(),
    folder: at('data', 'journal'),
    key: parseSecret(await readFile(at('secrets', 'journal-key'), 'utf8'), 'journal-key'),
    terminal: TERMINAL,
    clock: systemClock,
    random: systemRandom,
  });
  await journal.append(outletEvents(services, 'a day').map((event) => ({ kind: 'event', event })));
  await journal.close();
}

describe('an operator', () => {
  it('registers terminals with their escrow, which only the centre opens', async () => {
    await prepare(50);
    const registered = await wasl('bridge', 'register', '--config', at('bridge.json'), '--authority', at('authority'));
    expect(registered).toMatchObject({ ok: true, terminals: 1, unescrowed: [] });
    const document = await couch.get('wasl-registry', TERMINAL);
    const key = (await readFile(at('secrets', 'journal-key'), 'utf8')).trim();
    expect(document).toMatchObject({ escrows: [expect.any(String)] });
    expect(JSON.stringify(document)).not.toContain(key);
    const [escrow] = (document?.escrows ?? []) as string[];
    expect(Buffer.from(escrow ?? '', 'base64url').includes(Buffer.from(key, 'hex'))).toBe(false);

    const again = await wasl('bridge', 'register', '--config', at('bridge.json'), '--authority', at('authority'));
    expect(again).toMatchObject({ terminals: 1 });
    expect((await couch.get('wasl-registry', TERMINAL))?.escrows).toHaveLength(1);
  });

  it('is told when an escrow is of another terminal or another centre', async () => {
    const { centre } = (await wasl('authority', 'show', at('authority'))).register as { centre: { sealKey: string } };
    const other = await wasl('terminal', 'keygen', '--secrets', at('other'), '--centre-seal-key', centre.sealKey);
    const enrol = (key: unknown, escrow: unknown): Promise<object> =>
      wasl(
        ...['authority', 'enrol', at('authority'), '--terminal', 't-0002', '--site', 'bakery-18'],
        ...['--key', String(key), '--escrow', String(escrow)],
      );
    await expect(enrol(other.publicKey, at('secrets', 'journal-key.escrow'))).rejects.toMatchObject({
      code: 'ERR_SECRET',
    });
    const foreign = await wasl(
      'terminal',
      'escrow',
      '--secrets',
      at('other'),
      '--centre-seal-key',
      centre.sealKey.replace(/^../, '00'),
    );
    await expect(enrol(other.publicKey, foreign.escrow)).rejects.toMatchObject({ code: 'ERR_SECRET' });
  });

  it(
    'reads the disk of a dead terminal: first what it would do, then it is done',
    async () => {
      const importing = ['journal', 'import', at('data'), '--config', at('bridge.json'), '--terminal', TERMINAL];
      const before = await Promise.all(
        (await readdir(at('data', 'journal'))).map((name) => stat(at('data', 'journal', name))),
      );
      const planned = await wasl(...importing);
      expect(planned).toMatchObject({ applied: false, terminal: TERMINAL, events: 51, lacking: 51, different: 0 });
      expect(await couch.all('wasl-imports')).toEqual([]);
      expect((await couch.get('wasl-registry', TERMINAL))?.closures).toBeUndefined();

      const done = await wasl(...importing, '--apply', '--by', 'Amal at the district office');
      expect(done).toMatchObject({ applied: true, recorded: 51, cases: [], signed: false });
      expect((await couch.all('wasl-imports'))[0]).toMatchObject({ by: 'Amal at the district office' });
      const after = await Promise.all(
        (await readdir(at('data', 'journal'))).map((name) => stat(at('data', 'journal', name))),
      );
      expect(after.map(({ size, mtimeMs }) => [size, mtimeMs])).toEqual(
        before.map(({ size, mtimeMs }) => [size, mtimeMs]),
      );
      const audit = await auditCentre(couch);
      expect(audit).toMatchObject({ events: 51, problems: [], gaps: [], imported: 51 });
    },
    TEST_MS,
  );

  it('signs what was imported, once the key of the terminal is found', async () => {
    const words = ['journal', 'import', at('data'), '--config', at('bridge.json'), '--terminal', TERMINAL];
    const wrong = wasl(...words, '--terminal-key', at('other', 'terminal-key'));
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_SECRET' });
    const plan = await wasl(...words, '--terminal-key', at('secrets', 'terminal-key'));
    expect(plan).toMatchObject({ lacking: 0, signed: true });
  });

  it(
    'backs the centre up, looks at the backup, loses everything and gets it back',
    async () => {
      const { register } = await wasl('authority', 'show', at('authority'));
      const { centre } = register as { centre: { sealKey: string } };
      const taken = await wasl(
        'centre',
        'backup',
        at('backup'),
        '--config',
        at('bridge.json'),
        '--seal-to',
        centre.sealKey,
      );
      expect(taken).toMatchObject({ ok: true, sealedTo: centre.sealKey });
      expect(await wasl('centre', 'verify-backup', at('backup'))).toMatchObject({ ok: true, opened: false });
      const checked = await wasl('centre', 'verify-backup', at('backup'), '--config', at('bridge.json'));
      expect(checked).toMatchObject({ ok: true, opened: true, events: 51, gaps: 0, chainBreaks: 0 });

      const names = ['wasl-registry', 'wasl-imports', 'wasl-events-2026q4', 'wasl-centre'];
      const before = await Promise.all(names.slice(0, 3).map((name) => couch.all(name)));
      const authorization = `Basic ${Buffer.from(`${couch.username}:${couch.password}`).toString('base64')}`;
      for (const name of names) await fetch(`${couch.url}/${name}`, { method: 'DELETE', headers: { authorization } });
      expect(await couch.all('wasl-events-2026q4')).toEqual([]);

      const file = at('backup', 'wasl-events-2026q4.ndjson.gz.sealed');
      const whole = await readFile(file);
      await writeFile(file, whole.subarray(0, -1));
      const damaged = wasl('centre', 'restore', at('backup'), '--config', at('bridge.json'));
      await expect(damaged).rejects.toMatchObject({ code: 'ERR_BACKUP_DAMAGED' });
      expect(await couch.all('wasl-registry')).toEqual([]);
      expect(await wasl('centre', 'verify-backup', at('backup'))).toMatchObject({ ok: false });
      expect(process.exitCode).toBe(1);

      await writeFile(file, whole);
      const restored = await wasl('centre', 'restore', at('backup'), '--config', at('bridge.json'));
      expect(restored).toMatchObject({ ok: true });
      const plain = (rows: readonly object[]): object[] => rows.map((row) => ({ ...row, _rev: null }));
      const after = await Promise.all(names.slice(0, 3).map((name) => couch.all(name)));
      expect(after.map(plain)).toEqual(before.map(plain));
      // An event's revision follows from its content: it is the very one that it had.
      expect(after[2]).toEqual(before[2]);
    },
    TEST_MS,
  );
});

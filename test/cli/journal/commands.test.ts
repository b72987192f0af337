/** `wasl journal …` as people and scripts run it: the real command in its own process, on a journal on this disk. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { type OpenJournal, openJournal } from '../../../agent/journal/open-journal.js';
import { acknowledge, DAY_MS, PRUNING_LIMITS, refuse, serveDays } from '../../journal/pruning-bench.js';
import { journalOptions, KEY, NOON_MS, redemption, tapBegin } from '../../journal/samples.js';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';
import { writeCbor } from '../../vectors/independent-cbor.js';

const TIMEOUT_MS = 240_000;
const PUBLIC_KEY = 'ab'.repeat(32);

let compiled: CompiledPrograms;
let base: string;
let command: string;
beforeAll(async () => {
  compiled = await compilePrograms([
    'agent/cli/main.ts',
    'agent/cli/journal/commands.ts',
    'agent/journal/record/record-child.ts',
  ]);
  base = await mkdtemp(join(tmpdir(), 'wasl-cli-'));
  await symlink(resolve('package.json'), join(base, 'package.json'));
  await symlink(compiled.folder, join(base, 'dist'));
  command = join(base, 'dist/agent/cli/main.js');
}, TIMEOUT_MS);
afterAll(async () => {
  await compiled.remove();
  await rm(base, { recursive: true, force: true });
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const NODE = ['--preserve-symlinks', '--preserve-symlinks-main'];

function run(...args: readonly string[]): Promise<Ended> {
  return runProgram(process.execPath, [...NODE, command, 'journal', ...args]);
}

function runProgram(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(program, [...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      done({ status: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

/** The configuration of a terminal of its own, and its folder. */
interface Place {
  readonly config: string;
  readonly folder: string;
  readonly journal: string;
}

let places = 0;
async function place(key: Uint8Array = KEY): Promise<Place> {
  places += 1;
  const folder = join(base, `terminal-${places}`);
  await mkdir(join(folder, 'secrets'), { recursive: true });
  await writeFile(join(folder, 'secrets/journal-key'), Buffer.from(key).toString('hex'), { mode: 0o600 });
  const config = join(folder, 'terminal.json');
  const settings = {
    ...{ terminal: 'unit-7', site: 'bakery-1', programme: 'bread', dataFolder: 'data', secretsFolder: 'secrets' },
    trust: { folder: 'trust', authorityKey: PUBLIC_KEY },
    centre: { url: 'mqtt://centre.example:1883', sealKey: PUBLIC_KEY, ackKey: PUBLIC_KEY },
  };
  await writeFile(config, JSON.stringify(settings));
  return { config, folder, journal: join(folder, 'data/journal') };
}

async function opened(at: Place, limits = {}): Promise<OpenJournal> {
  return openJournal(journalOptions(nodeDisk(), { folder: at.journal, limits }));
}

/** A journal of two epochs, with a card in it. */
async function recorded(): Promise<Place> {
  const at = await place();
  const journal = await opened(at);
  await journal.append([{ kind: 'event', event: redemption(4711) }]);
  await refuse(journal, 5);
  await journal.beginEpoch('mismatch');
  await refuse(journal, 3);
  await journal.append(tapBegin(1));
  await journal.close();
  return at;
}

interface Line {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly epoch: string;
    readonly seq: number;
    readonly bytes: string;
    readonly salt: string;
    readonly bodyHash: string;
    readonly previousHead: string;
    readonly head: string;
  };
}

function linesOf(text: string): Line[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

function sha256(value: Parameters<typeof writeCbor>[0]): string {
  return createHash('sha256').update(writeCbor(value)).digest('hex');
}

const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe('wasl journal export', { timeout: TIMEOUT_MS }, () => {
  it('writes one CloudEvent a line, and whoever has the line can prove it', async () => {
    const at = await recorded();
    const { status, stdout, stderr } = await run('export', '--config', at.config);
    expect([status, stderr]).toEqual([0, '']);
    const lines = linesOf(stdout);
    expect(lines).toHaveLength(7 + 4);
    expect(lines[1]).toMatchObject({
      specversion: '1.0',
      id: expect.stringMatching(/^unit-7:2026q4-[a-z2-7]{8}:00000002$/),
      source: 'urn:wasl:terminal:unit-7',
      type: 'wasl.redemption',
      time: new Date(NOON_MS).toISOString(),
      datacontenttype: 'application/json',
    });
    let before: Line | null = null;
    for (const line of lines) {
      const { epoch, seq, bytes, salt, bodyHash, previousHead, head } = line.data;
      const body = Uint8Array.from(Buffer.from(bytes, 'base64url'));
      expect(bodyHash).toBe(sha256(['wasl/body/1', fromHex(salt), body]));
      expect(head).toBe(sha256(['wasl/chain/1', fromHex(previousHead), seq, fromHex(bodyHash)]));
      if (before?.data.epoch === epoch) expect(previousHead).toBe(before.data.head);
      before = line;
    }
  });

  it('gives the part that is asked for', async () => {
    const at = await recorded();
    const all = linesOf((await run('export', '--config', at.config)).stdout);
    const epoch = all.at(-1)?.data.epoch ?? '';
    const { stdout } = await run('export', '--config', at.config, '--epoch', epoch, '--from', '2', '--to', '3');
    expect(linesOf(stdout).map((line) => line.data.seq)).toEqual([2, 3]);
    expect(linesOf(stdout)[0]).toEqual(all.find((line) => line.data.epoch === epoch && line.data.seq === 2));
  });

  it('makes a file that appears when it is complete, for its owner alone', async () => {
    const at = await recorded();
    const out = join(at.folder, 'events.jsonl');
    const { status, stdout } = await run('export', '--config', at.config, '--out', out, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, count: 11, file: out, damages: 0, prunedSegments: 0 });
    expect(linesOf(await readFile(out, 'utf8'))).toHaveLength(11);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect((await readdir(at.folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('leaves an earlier file as it is when it fails', async () => {
    const at = await recorded();
    const out = join(at.folder, 'events.jsonl');
    await writeFile(out, 'earlier');
    const { status, stderr } = await run('export', '--config', at.config, '--out', out, '--epoch', '2026q4-aaaaaaaa');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ERR_USAGE: there is no epoch 2026q4-aaaaaaaa in this journal; it has 2026q4-/);
    expect(await readFile(out, 'utf8')).toBe('earlier');
    expect((await readdir(at.folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('tells of a file that cannot be written, and of options that make no sense', async () => {
    const at = await recorded();
    const nowhere = await run('export', '--config', at.config, '--out', join(at.folder, 'none/events.jsonl'));
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toMatch(/^ERR_DATA_FILE: .*none\/events\.jsonl is not there/);
    for (const wrong of [['--json'], ['--from', '0'], ['--from', '5', '--to', '4'], ['--to', 'x']])
      expect(await run('export', '--config', at.config, ...wrong)).toMatchObject({
        status: 2,
        stdout: expect.not.stringContaining('specversion'),
      });
  });

  it('ends in peace when the reader of a pipe has had enough', async () => {
    const at = await place();
    const journal = await opened(at);
    await Promise.all(
      Array.from({ length: 3000 }, (_, i) => journal.append([{ kind: 'event', event: redemption(i) }])),
    );
    await journal.close();
    const line = [process.execPath, ...NODE, command, 'journal', 'export', '--config', at.config].join(' ');
    const { stdout, stderr } = await runProgram('sh', ['-c', `${line} | head -n 1`]);
    expect([stdout.split('\n').length, stderr]).toEqual([2, '']);
  });

  it('exports what can be read of a damaged journal, and says that it is damaged', async () => {
    const at = await recorded();
    const path = join(at.journal, '00000001.seg');
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xaa, 1300, 1320));
    const { status, stdout, stderr } = await run('export', '--config', at.config);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ERR_JOURNAL_DAMAGED/);
    const lines = linesOf(stdout);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.length).toBeLessThan(11);
    const verified = await run('verify', '--config', at.config);
    expect(verified.status).toBe(1);
    expect(verified.stdout).toMatch(
      /^DAMAGED: .*\n(.*\n)*.*damage: segment 1, bytes [0-9]+ to [0-9]+ \(frame\): events lost/,
    );
  });
});

describe('wasl journal, on a journal that was pruned,', { timeout: TIMEOUT_MS }, () => {
  it('tells pruned from damaged, and exports what is left', async () => {
    const at = await place();
    const journal = await opened(at, PRUNING_LIMITS);
    await serveDays(journal, 12);
    await refuse(journal, 1);
    await acknowledge(journal, { signedMs: NOON_MS + 13 * DAY_MS });
    await journal.close();
    const verified = await run('verify', '--config', at.config);
    expect(verified.status).toBe(0);
    expect(verified.stdout).toMatch(/^Sound: [0-9]+ events/);
    expect(verified.stdout).toMatch(/epoch 2026q4-[a-z2-7]{8}: 62 events, 1 to [0-9]+ pruned, head/);
    expect(verified.stdout).toMatch(/segments 1 to [0-9]+ were pruned/);
    const report = JSON.parse((await run('verify', '--config', at.config, '--json')).stdout) as {
      epochs: { pruned: number; lastSeq: number }[];
    };
    const { pruned = 0, lastSeq = 0 } = report.epochs[0] ?? {};
    const exported = await run('export', '--config', at.config);
    expect(exported.status).toBe(0);
    expect(linesOf(exported.stdout).map((line) => line.data.seq)).toEqual(
      Array.from({ length: lastSeq - pruned }, (_, i) => pruned + 1 + i),
    );
    await rm(join(at.journal, 'base.1'));
    expect((await run('verify', '--config', at.config)).stdout).toMatch(
      /base\.1 is spoilt; the next start writes it anew/,
    );
  });
});

describe('every wasl journal command', { timeout: TIMEOUT_MS }, () => {
  const COMMANDS = ['verify', 'show', 'export', 'rebuild'];

  it('says that there is no journal, and begins none', async () => {
    const at = await place();
    for (const name of COMMANDS) {
      const { status, stdout, stderr } = await run(name, '--config', at.config);
      expect([name, status, stdout]).toEqual([name, 1, '']);
      expect(stderr).toContain(`ERR_DATA_FOLDER: there is no journal in ${at.journal}`);
    }
    expect(await readdir(at.folder)).not.toContain('data');
    const { stdout } = await run('verify', '--config', at.config, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'ERR_DATA_FOLDER' } });
  });

  it('says that a terminal is running on it, and how to stop that', async () => {
    const at = await place();
    const journal = await opened(at);
    for (const name of COMMANDS) {
      const { status, stderr } = await run(name, '--config', at.config);
      expect([name, status]).toEqual([name, 1]);
      expect(stderr).toMatch(/^ERR_JOURNAL_LOCKED: .*\n {2}→ stop the other one first/);
    }
    await journal.close();
  });

  it('says that the key is another one, and shows nothing', async () => {
    const at = await recorded();
    await writeFile(join(at.folder, 'secrets/journal-key'), '01'.repeat(32));
    for (const name of COMMANDS) {
      const { status, stdout, stderr } = await run(name, '--config', at.config);
      expect([name, status, stdout]).toEqual([name, 1, '']);
      expect(stderr).toMatch(/^ERR_JOURNAL_KEY/);
    }
  });

  it('shows how far it is, on a terminal and nowhere else', async () => {
    const at = await recorded();
    const line = [process.execPath, ...NODE, command, 'journal'].join(' ');
    for (const name of ['verify', 'export', 'rebuild']) {
      const { stdout } = await runProgram('script', ['-qec', `${line} ${name} --config ${at.config}`, '/dev/null']);
      expect(stdout, name).toMatch(/\[#+ *\] /);
    }
    expect((await run('verify', '--config', at.config)).stderr).toBe('');
  });
});

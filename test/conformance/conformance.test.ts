/** `wasl conformance`: green on every simulated medium, red with the reason on one that is broken on purpose. */
import { execFile as execFileOf } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformanceCommand } from '../../agent/cli/conformance/command.js';
import { missingForPcsc, SIMULATED_KINDS } from '../../simulators/conformance/rig.js';
import { runCommand } from '../support/command.js';
import { type CompiledPrograms, compilePrograms } from '../support/compiled.js';
import { vectorsOf } from '../vectors/vectors.js';

const execFile = promisify(execFileOf);

interface Report {
  readonly ok: boolean;
  readonly subject: string;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly code: string | null;
    readonly detail: string;
  }[];
}

async function conformance(...words: readonly string[]): Promise<Report & { readonly exitCode: number }> {
  const { out, exitCode } = await runCommand(conformanceCommand(), ...words, '--json');
  return { ...(JSON.parse(out) as Report), exitCode };
}

const failures = ({ checks }: Report) => checks.filter(({ status }) => status === 'fail');

describe('wasl conformance card, inside the process', () => {
  test.each(SIMULATED_KINDS)('is green on a simulated %s', async (kind) => {
    const report = await conformance('card', '--simulated', kind);
    expect(failures(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, exitCode: 0 });
    expect(report.checks.filter(({ status }) => status === 'pass').length).toBeGreaterThanOrEqual(4);
  });

  test.each(SIMULATED_KINDS)(
    'is red on a broken %s, with the code and the reason, and tries nothing more',
    async (kind) => {
      const report = await conformance('card', '--simulated', kind, '--broken');
      const [failed, ...more] = failures(report);
      expect(report).toMatchObject({ ok: false, exitCode: 1 });
      expect(failed?.name).toBe('takes a credential and reads it back');
      expect(failed?.code).toMatch(/^ERR_/);
      expect(failed?.detail.length).toBeGreaterThan(10);
      expect(more).toEqual([]);
    },
  );

  test('smart cards prove that they hold their newest record, and keep the PIN of their holder', async () => {
    const { checks } = await conformance('card', '--simulated', 'type4');
    expect(checks.find(({ name }) => name.startsWith('proves'))).toMatchObject({ status: 'pass' });
    expect(checks.find(({ name }) => name.startsWith('keeps the PIN'))).toMatchObject({
      status: 'pass',
      detail: 'set, changed, blocked after 3 wrong ones, unblocked',
    });
  });
});

describe('wasl conformance qr', () => {
  const { valid, invalid, keys } = vectorsOf('credential.json');
  const key = keys.issuer?.publicKey ?? '';

  test('is green on a simulated code and on the published ones', async () => {
    expect(await conformance('qr', '--simulated', 'qr')).toMatchObject({ ok: true, exitCode: 0 });
    for (const { name, input } of valid) {
      if (input.form !== 'text') continue;
      const report = await conformance('qr', `--text=${input.text}`, '--key', key, '--at', '2026-11-21T09:00:00Z');
      expect([name, failures(report)]).toEqual([name, []]);
    }
  });

  test('is red on a code that was misread, at the step that notices', async () => {
    const report = await conformance('qr', '--simulated', 'qr', '--broken');
    expect(report).toMatchObject({ ok: false, exitCode: 1 });
    expect(failures(report)).toHaveLength(1);
  });

  test('is red on each published text that is refused, at its step', async () => {
    for (const { name, input, expected } of invalid) {
      if (input.form !== 'text' || expected.ok) continue;
      const report = await conformance('qr', `--text=${input.text}`, '--key', key, '--at', '2026-11-21T09:00:00Z');
      expect([name, failures(report).map((failure) => failure.name)]).toEqual([
        name,
        [`passes the step ${expected.step}`],
      ]);
    }
  });
});

const missing = await missingForPcsc();
const inCi = process.env.CI !== undefined;
if (missing.length > 0 && !inCi) process.stdout.write(`not run: conformance through pcscd: ${missing.join('; ')}\n`);

// A process of its own for each: the PC/SC library reads where its daemon is once in a process.
describe.skipIf(missing.length > 0 && !inCi)('wasl conformance through a real pcscd', () => {
  let programs: CompiledPrograms;
  let runner: string;
  beforeAll(async () => {
    programs = await compilePrograms([
      'agent/cli/conformance/command.ts',
      'simulators/conformance/rig.ts',
      'drivers/pcsc/apart-main.ts',
      'drivers/serial/apart-main.ts',
    ]);
    runner = join(programs.folder, 'run.mjs');
    const lines = [
      "import { conformanceCommand } from './agent/cli/conformance/command.js';",
      "await conformanceCommand().parseAsync(process.argv.slice(2), { from: 'user' });",
      'process.exit(Number(process.exitCode ?? 0));',
    ];
    await writeFile(runner, lines.join('\n'));
  });
  afterAll(() => programs.remove());

  const apart = async (...words: readonly string[]): Promise<Report> => {
    const child = execFile(process.execPath, [runner, ...words, '--json'], { timeout: 120_000 });
    // A red report ends with status 1 and is on standard output all the same.
    const { stdout } = await child.catch((error: unknown) => error as { readonly stdout: string });
    return JSON.parse(stdout) as Report;
  };

  test.each(SIMULATED_KINDS)(
    'is green on a simulated %s',
    async (kind) => {
      const report = await apart('card', '--simulated', kind, '--via', 'pcscd');
      expect(failures(report)).toEqual([]);
      expect(report).toMatchObject({ ok: true, subject: `simulated ${kind} through pcscd` });
      const pin = report.checks.find(({ name }) => name.startsWith('keeps the PIN'));
      expect(pin?.status).toBe(kind === 'type4' ? 'pass' : 'skip');
    },
    150_000,
  );

  test.each(['ntag216', 'type4'] as const)(
    'is red on a broken %s',
    async (kind) => {
      const report = await apart('card', '--simulated', kind, '--via', 'pcscd', '--broken');
      expect(failures(report).map(({ name }) => name)).toEqual(['takes a credential and reads it back']);
    },
    150_000,
  );

  test('is green on a virtual reader', async () => {
    const report = await apart('reader', '--simulated', 'ntag216');
    expect(failures(report)).toEqual([]);
    expect(report.checks.filter(({ status }) => status === 'pass').length).toBeGreaterThanOrEqual(8);
  }, 150_000);

  test.each(['ntag213', 'ntag215', 'ntag216'] as const)(
    'is green on a simulated %s, and a reader, through a TWN4 on a pseudo-terminal',
    async (kind) => {
      for (const what of ['card', 'reader']) {
        const report = await apart(what, '--simulated', kind, '--via', 'twn4');
        expect([what, failures(report)]).toEqual([what, []]);
        expect(report.checks.filter(({ status }) => status === 'pass').length).toBeGreaterThanOrEqual(4);
      }
    },
    300_000,
  );

  test('is red on a broken card through a TWN4, with the code', async () => {
    const report = await apart('card', '--simulated', 'ntag216', '--via', 'twn4', '--broken');
    expect(failures(report).map(({ name }) => name)).toEqual(['takes a credential and reads it back']);
    expect(failures(report)[0]?.code).toMatch(/^ERR_CARD/);
  }, 150_000);

  test('is green on a scanner on a pseudo-terminal, and red on one that garbles its lines', async () => {
    const good = await apart('reader', '--simulated', 'qr');
    expect(failures(good)).toEqual([]);
    expect(good.checks.find(({ name }) => name === 'presents what it says that it can')).toMatchObject({
      detail: 'text',
    });
    const bad = await apart('reader', '--simulated', 'qr', '--broken', '--wait', '3');
    expect(failures(bad)).toMatchObject([{ name: 'tells of a card that is laid on it', code: 'ERR_CARD_TIMEOUT' }]);
    expect(failures(bad)[0]?.detail).toContain('not UTF-8');
  }, 150_000);
});

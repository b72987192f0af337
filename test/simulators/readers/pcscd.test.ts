import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { hasProgram } from '../../../simulators/readers/netns.js';
import { Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import {
  missingForPcscd,
  type PrivatePcscd,
  startPrivatePcscd,
  type VirtualReader,
} from '../../../simulators/readers/pcscd.js';
import { VpcdSlot } from '../../../simulators/readers/vpcd.js';
import { systemTimers } from '../../drivers/pcsc/virtual-reader.js';

const run = promisify(execFile);
const UID = Uint8Array.of(0x04, 0x51, 0x7a, 0x2c, 0x91, 0x6e, 0x80);

/** What these tests need besides the daemon: clients that are not ours. */
function missing(): readonly string[] {
  const clients = ['opensc-tool', 'scriptor'].filter((name) => !hasProgram(name));
  return [...missingForPcscd(), ...clients.map((name) => `${name} is not installed (Debian: opensc, pcsc-tools)`)];
}

const reasons = missing();
if (reasons.length > 0 && process.env.CI) throw new Error(reasons.join('; '));
if (reasons.length > 0) console.warn(`skipped, no real pcscd here: ${reasons.join('; ')}`);
const describeReal = reasons.length === 0 ? describe : describe.skip;

describeReal('a private pcscd', () => {
  let pcscd: PrivatePcscd;
  let reader: VirtualReader | undefined;
  let slot: VpcdSlot;
  let chip: SimulatedNtag21x;

  beforeAll(async () => {
    pcscd = await startPrivatePcscd({ names: ['Virtual PCD', 'ACS ACR122U PICC Interface'] });
    [, , reader] = pcscd.readers;
    if (reader === undefined) throw new Error('two names make four readers');
    slot = new VpcdSlot(reader.address, systemTimers);
    chip = SimulatedNtag21x.blank('ntag216', UID);
    await slot.insert(new Type2OnReader(chip));
  });

  afterAll(async () => {
    slot.remove();
    await pcscd.stop();
  });

  /** Runs a client against this daemon and none of the system. */
  async function client(program: string, args: readonly string[], input = ''): Promise<string> {
    const running = run(program, [...args], { env: { ...process.env, ...pcscd.env }, timeout: 10_000 });
    running.child.stdin?.end(input);
    const { stdout } = await running;
    return stdout;
  }

  it('shows its readers, by their names, to any client, and which of them holds a card', async () => {
    const list = await client('opensc-tool', ['--list-readers']);
    for (const { name } of pcscd.readers) expect(list).toContain(name);
    expect(list).toMatch(/Yes\s+ACS ACR122U PICC Interface 00 00/);
    expect(list).toMatch(/No\s+ACS ACR122U PICC Interface 00 01/);
  });

  it('lets opensc-tool read ATR, UID and pages of the simulated card', async () => {
    const output = await client('opensc-tool', ['--reader', '2', '--atr', '--card-driver', 'default']);
    expect(output.trim()).toBe('3b:8f:80:01:80:4f:0c:a0:00:00:03:06:03:00:03:00:00:00:00:68');
    const sent = ['FF:CA:00:00:00', 'FF:B0:00:03:04'].flatMap((apdu) => ['--send-apdu', apdu]);
    const answers = await client('opensc-tool', ['--reader', '2', '--card-driver', 'default', ...sent]);
    expect(answers.match(/^Received .*$/gm)).toEqual([
      'Received (SW1=0x90, SW2=0x00):',
      'Received (SW1=0x90, SW2=0x00):',
    ]);
    expect(answers).toContain('04 51 7A 2C 91 6E 80');
    expect(answers).toContain('E1 10 6D 00');
  });

  it('lets scriptor write a page of the simulated card', async () => {
    const output = await client('scriptor', ['-r', reader?.name ?? ''], 'FF D6 00 09 04 DE AD BE EF\nFF B0 00 09 04\n');
    expect(output.match(/^< .*$/gm)?.map((line) => line.replace(/ :.*$/, ''))).toEqual([
      '< 90 00',
      '< DE AD BE EF 90 00',
    ]);
    expect(Array.from(chip.readPage(9))).toEqual([0xde, 0xad, 0xbe, 0xef]);
  });

  it('does not meet another one, and leaves nothing behind', async () => {
    const other = await startPrivatePcscd({ names: ['Other'] });
    const list = await client('opensc-tool', ['--list-readers']);
    expect(list).not.toContain('Other');
    expect(existsSync(other.socketPath)).toBe(true);
    await other.stop();
    expect(existsSync(dirname(dirname(dirname(other.socketPath))))).toBe(false);
    expect(await other.start().catch(codeOf)).toBe('ERR_READER_UNAVAILABLE');
  });

  it('keeps readers of reader.conf for good: they are no plugs that could be pulled', async () => {
    expect(await pcscd.unplug('Virtual PCD').catch(codeOf)).toBe('ERR_READER_UNSUPPORTED');
    expect(await pcscd.plug('Nobody').catch(codeOf)).toBe('ERR_CONFIG');
  });

  it('is not started with names that pcscd would mix up or misread', async () => {
    for (const names of [[], ['A', 'A'], ['quote"d'], ['x'.repeat(61)]]) {
      expect(await startPrivatePcscd({ names }).catch(codeOf), names.join()).toBe('ERR_CONFIG');
    }
  });
});

const usbReasons = missingForPcscd('usb');
if (usbReasons.length > 0 && process.env.CI) throw new Error(usbReasons.join('; '));
if (usbReasons.length > 0) console.warn(`skipped, no readers on USB here: ${usbReasons.join('; ')}`);

describe.skipIf(reasons.length > 0 || usbReasons.length > 0)('a private pcscd with readers on USB', () => {
  it('drops the one that is pulled, keeps the other and its card, and runs on', { timeout: 60_000 }, async () => {
    const pcscd = await startPrivatePcscd({ names: ['First PCD', 'Second PCD'], attached: 'usb' });
    const [, , second] = pcscd.readers;
    if (second === undefined) throw new Error('two names make four readers');
    const slot = new VpcdSlot(second.address, systemTimers);
    const list = async (): Promise<string> =>
      (await run('opensc-tool', ['--list-readers'], { env: { ...process.env, ...pcscd.env }, timeout: 10_000 })).stdout;
    const settle = { timeout: 30_000, interval: 100 };
    try {
      await slot.insert(new Type2OnReader(SimulatedNtag21x.blank('ntag216', UID)));
      await expect.poll(list, settle).toContain('First PCD 00 01');
      await pcscd.unplug('First PCD');
      await expect.poll(list, settle).not.toContain('First PCD');
      expect(await list()).toMatch(/Yes\s+Second PCD 00 00/);
      await pcscd.plug('First PCD');
      await expect.poll(list, settle).toContain('First PCD 00 01');
      expect(await list()).toMatch(/Yes\s+Second PCD 00 00/);
    } finally {
      slot.remove();
      await pcscd.stop();
    }
  });
});

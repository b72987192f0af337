/** The product as a whole, built, in its real processes: what the README promises of `npm start` and `npm run demo`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sitDown } from '../../simulators/process/clerk.js';
import { createProcesses } from '../../simulators/process/processes.js';

const built = (path: string): string => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** A batch that is lost is sent again after a minute; on a busy machine that may happen more than once. */
const DRAIN_MS = 240_000;

const processes = createProcesses();
afterAll(() => processes.stopAll());

beforeAll(() => {
  if (!existsSync(built('simulators/site/main.js'))) throw new Error('dist/ is not built: npm run build');
});

async function startSite(folder: string) {
  const lines: string[] = [];
  const running = await processes.start({
    name: 'the site',
    command: process.execPath,
    args: [built('simulators/site/main.js'), '--data', folder, '--port', '0', '--tray-port', '0'],
    ready: (line) => {
      lines.push(line);
      return line.includes('Stop with Ctrl-C');
    },
  });
  const urlAfter = (label: string): string =>
    /http:\S+/.exec(lines.find((line) => line.includes(label)) ?? '')?.[0] ?? '';
  const tray = urlAfter('Card tray').replace(/\/$/, '');
  const present = async (card: string): Promise<void> => {
    const answer = await fetch(`${tray}/api/present`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ card }),
    });
    expect(answer.status).toBe(200);
  };
  const pin = (): string => /PIN (\d{8})/.exec(lines.find((line) => line.includes('Supervisor')) ?? '')?.[1] ?? '';
  return { running, clerk: await sitDown(urlAfter('screen')), present, pin };
}

describe('npm start', () => {
  test('serves a card from page to centre, survives being killed, and goes on where it stopped', {
    timeout: 300_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasl-site-'));
    try {
      const first = await startSite(folder);
      await first.present('salma-1');
      const offer = await first.clerk.screen(['offer']);
      expect(offer.items[0]?.available).toBe(10);
      await first.clerk.command({ type: 'confirm', tapId: offer.tapId, quantities: { loaf: 4 } });
      await first.clerk.screen(['granted']);
      await first.clerk.until((state) => state.bar.backlog === 0 && state.bar.connection === 'online', DRAIN_MS);
      await first.present('salma-9');
      expect((await first.clerk.screen(['refused'])).code).toBe('ERR_CREDENTIAL_HOTLISTED');
      await first.running.kill();

      const second = await startSite(folder);
      const idle = await second.clerk.screen(['idle']);
      expect(idle.pending.map((handover) => handover.taken[0]?.quantity)).toEqual([4]);
      await second.present('salma-1');
      const again = await second.clerk.screen(['offer']);
      expect(again.items[0]).toMatchObject({ available: 6, usedDay: 4 });
      expect((await second.clerk.state()).bar.servedToday).toBe(1);

      // The shelf is empty after all: a supervisor has it taken back, with the card that lies there still.
      await second.clerk.command({ type: 'cancel', tapId: again.tapId });
      const [grant] = (await second.clerk.screen(['idle'])).pending;
      if (grant === undefined) throw new Error('the grant of the first run is gone');
      expect(grant.takeBack).toBe('offered');
      await second.clerk.command({ type: 'take-back', tapId: grant.tapId });
      const asked = await second.clerk.screen(['authorise']);
      const { tapId, supervisors } = asked;
      const [{ number: supervisor } = { number: 0 }] = supervisors;
      await second.clerk.command({ type: 'authorise', tapId, supervisor, pin: '000000000000' });
      expect((await second.clerk.screen(['authorise'])).hint?.code).toBe('ERR_PIN');
      await second.clerk.command({ type: 'authorise', tapId, supervisor, pin: second.pin() });
      const voided = await second.clerk.screen(['voided']);
      expect(voided.taken[0]?.quantity).toBe(4);
      expect((await second.clerk.state()).bar.servedToday).toBe(0);
      await second.clerk.command({ type: 'dismiss', tapId: voided.tapId });
      await second.present('salma-1');
      expect((await second.clerk.screen(['offer'])).items[0]).toMatchObject({ available: 10, usedDay: 0 });
      await second.running.stop();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('npm run demo', () => {
  test('loses nothing and doubles nothing, through power cut and broken broker', { timeout: 600_000 }, async () => {
    const args = [built('simulators/demo/main.js'), '--json', '--taps', '75', '--cards', '10'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 4 * 1024 * 1024 });
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const result = JSON.parse(stdout) as Record<string, unknown> & { refused: object; readers: Record<string, number> };
    expect(result).toMatchObject({
      ok: true,
      taps: 75,
      lost: 0,
      duplicated: 0,
      chainVerified: true,
      powerCuts: 1,
      surprises: [],
    });
    expect(result.journalled).toBe(result.central);
    expect(Object.keys(result.refused).length).toBeGreaterThanOrEqual(6);
    expect(result.readers.pcsc).toBeGreaterThan(50);
    expect(result.readers.serial).toBeGreaterThan(3);
  });
});

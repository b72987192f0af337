/** Supervisors at a terminal: a PIN counts before it is judged, five wrong ones lock, and no cut or restart gives a try back. */
import { randomBytes, scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPin, PIN_LOG_N, pinVerifier } from '../../agent/credential/pin.js';
import type { Supervisor } from '../../agent/domain/supervisor.js';
import { ATTEMPTS_NAME, PIN_ATTEMPTS_MAX, PIN_LOCK_MS, supervisorsAt } from '../../agent/trust/supervisors.js';
import type { Operators, Supervisors } from '../../agent/trust/trust.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';

const FOLDER = '/data/trust';
const NOW_MS = Date.UTC(2026, 10, 22, 9);
const RIGHT = '27182818';
const WRONG = '31415926';
const verifier = await pinVerifier(RIGHT, { salt: new Uint8Array(16).fill(3), logN: 10 });

function supervisor(change: Partial<Supervisor> = {}): Supervisor {
  const window = { notBefore: NOW_MS / 1000 - 60, notAfter: NOW_MS / 1000 + 30 * 86_400 };
  return { number: 9, name: 'Samia', role: 'supervisor', sites: ['bakery-17'], pin: verifier, ...window, ...change };
}

async function desk(all: readonly Supervisor[] = [supervisor()], disk = new MemoryDisk()) {
  const clock = { ms: NOW_MS };
  await disk.session().makeFolder(FOLDER);
  const start = (): Supervisors & Operators =>
    supervisorsAt({
      disk: disk.session(),
      folder: FOLDER,
      site: 'bakery-17',
      trust: { supervisors: () => all },
      time: { now: () => ({ ms: clock.ms, quality: 'set' }) },
      // On this thread: a cut of the disk then falls before or after it, never beside it.
      derive: async (secret, { salt, hashBytes, ...cost }) => scryptSync(secret, salt, hashBytes, cost),
    });
  return { disk, clock, start };
}

describe('a PIN', () => {
  it('is right only for the verifier that was made of it, at the cost that new ones get', async () => {
    const made = await pinVerifier(RIGHT, { salt: randomBytes(16), logN: PIN_LOG_N });
    expect(await isPin(RIGHT, made)).toBe(true);
    expect(await isPin(WRONG, made)).toBe(false);
    expect(await isPin(RIGHT, { ...made, salt: randomBytes(16) })).toBe(false);
  });
});

describe('those who serve at a site', () => {
  it('are no supervisors, and supervisors do not serve', async () => {
    const { start } = await desk([supervisor(), supervisor({ number: 3, name: 'Mona', role: 'nurse' })]);
    const people = start();
    expect(people.present()).toEqual([{ number: 3, name: 'Mona', role: 'nurse' }]);
    expect(people.here()).toEqual([{ number: 9, name: 'Samia' }]);
    expect(await people.logIn(3, RIGHT)).toEqual({
      allowed: true,
      operator: { number: 3, name: 'Mona', role: 'nurse' },
    });
    expect(await people.logIn(9, RIGHT)).toEqual({ allowed: false, code: 'ERR_OPERATOR_ROLE' });
    expect(await people.authorise(3, RIGHT)).toEqual({ allowed: false, code: 'ERR_VOID_ROLE' });
  });

  it('are locked out like anybody, each for themselves', async () => {
    const { start } = await desk([supervisor(), supervisor({ number: 3, name: 'Mona', role: 'nurse' })]);
    const people = start();
    for (let attempt = 1; attempt <= PIN_ATTEMPTS_MAX; attempt += 1) await people.logIn(3, WRONG);
    expect(await people.logIn(3, RIGHT)).toEqual({ allowed: false, code: 'ERR_PIN_LOCKED' });
    expect(await people.authorise(9, RIGHT)).toEqual({ allowed: true });
  });
});

describe('the supervisors of a site', () => {
  it('are those of the list whose time has begun and is not over, by name', async () => {
    const { start } = await desk([
      supervisor(),
      supervisor({ number: 3, name: 'Adel' }),
      supervisor({ number: 4, name: 'Elsewhere', sites: ['bakery-18'] }),
      supervisor({ number: 5, name: 'Gone', notAfter: NOW_MS / 1000 - 1 }),
      supervisor({ number: 6, name: 'To come', notBefore: NOW_MS / 1000 + 1 }),
    ]);
    expect(start().here()).toEqual([
      { number: 3, name: 'Adel' },
      { number: 9, name: 'Samia' },
    ]);
    expect(await start().authorise(4, RIGHT)).toEqual({ allowed: false, code: 'ERR_VOID_ROLE' });
  });

  it('are locked out by five wrong PINs in a row, also for the right one, for a day and over restarts', async () => {
    const { start, clock, disk } = await desk();
    for (let attempt = 1; attempt <= PIN_ATTEMPTS_MAX; attempt += 1) {
      const code = attempt < PIN_ATTEMPTS_MAX ? 'ERR_PIN' : 'ERR_PIN_LOCKED';
      expect(await start().authorise(9, WRONG)).toEqual({ allowed: false, code });
      disk.cut();
    }
    expect(await start().authorise(9, RIGHT)).toEqual({ allowed: false, code: 'ERR_PIN_LOCKED' });
    clock.ms += PIN_LOCK_MS - 1;
    expect(await start().authorise(9, RIGHT)).toEqual({ allowed: false, code: 'ERR_PIN_LOCKED' });
    clock.ms += 1;
    expect(await start().authorise(9, RIGHT)).toEqual({ allowed: true });
  });

  it('begin anew after the right PIN, and with a new PIN from the authority', async () => {
    const all = [supervisor()];
    const { start } = await desk(all);
    for (let i = 1; i < PIN_ATTEMPTS_MAX; i += 1) await start().authorise(9, WRONG);
    expect(await start().authorise(9, RIGHT)).toEqual({ allowed: true });
    for (let i = 0; i < PIN_ATTEMPTS_MAX; i += 1) await start().authorise(9, WRONG);
    all[0] = supervisor({ pin: await pinVerifier(WRONG, { salt: new Uint8Array(16).fill(4), logN: 10 }) });
    expect(await start().authorise(9, WRONG)).toEqual({ allowed: true });
  });

  it('have each their own count, and tries at once count each', async () => {
    const { start } = await desk([supervisor(), supervisor({ number: 3, name: 'Adel' })]);
    const both = start();
    const codes = await Promise.all(Array.from({ length: PIN_ATTEMPTS_MAX + 2 }, () => both.authorise(9, WRONG)));
    expect(codes.filter((one) => !one.allowed && one.code === 'ERR_PIN')).toHaveLength(PIN_ATTEMPTS_MAX - 1);
    expect(await both.authorise(3, RIGHT)).toEqual({ allowed: true });
  });

  it('never get a try back by a cut, wherever it falls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { minLength: 1, maxLength: 12 }), async (cuts) => {
        const { start, disk } = await desk();
        let judged = 0;
        for (const cut of [...cuts, 99, 99, 99, 99, 99]) {
          const from = disk.calls;
          disk.plan = (call) => (call.index === from + cut ? 'cut' : 'go');
          const verdict = await Promise.race([
            start()
              .authorise(9, WRONG)
              .catch(() => null),
            new Promise<null>((resolve) => setImmediate(() => setImmediate(() => setImmediate(() => resolve(null))))),
          ]);
          if (verdict !== null && !verdict.allowed && verdict.code === 'ERR_PIN') judged += 1;
          disk.plan = () => 'go';
          disk.cut();
        }
        expect(judged).toBeLessThan(PIN_ATTEMPTS_MAX);
      }),
      { numRuns: 25 },
    );
  });

  it('are all locked where the counts are not whole any more, for a day', async () => {
    const { start, disk, clock } = await desk();
    await start().authorise(9, WRONG);
    const path = `${FOLDER}/${ATTEMPTS_NAME}`;
    const file = await disk.session().open(path, 'update');
    await file.write(3, Uint8Array.of(0xff));
    await file.close();
    expect(await start().authorise(9, RIGHT)).toEqual({ allowed: false, code: 'ERR_PIN_LOCKED' });
    clock.ms += PIN_LOCK_MS / 2;
    expect(await start().authorise(9, RIGHT)).toEqual({ allowed: false, code: 'ERR_PIN_LOCKED' });
    clock.ms += PIN_LOCK_MS / 2;
    expect(await start().authorise(9, RIGHT)).toEqual({ allowed: true });
  });

  it('allow nothing while the try cannot be counted', async () => {
    const { start, disk } = await desk();
    disk.plan = (call) => (call.operation === 'read' ? 'go' : 'ENOSPC');
    await expect(start().authorise(9, RIGHT)).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
  });
});

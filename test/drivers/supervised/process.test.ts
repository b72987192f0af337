/** Real processes that misbehave: the supervisor notices each, and the test process survives them all. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { forkWorker } from '../../../drivers/supervised/spawn.js';
import { SupervisedWorker, WORKER_LIMITS } from '../../../drivers/supervised/supervisor.js';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';
import { systemTimers } from '../../support/system.js';

/** Ways to go wrong, and what is said of them. Each is a method of `misbehaving-main.ts`. */
const WAYS: readonly (readonly [string, RegExp])[] = [
  ['block', /did not answer/],
  ['spin', /keeps a processor busy/],
  ['crash', /ended by SIGABRT/],
  ['quit', /ended with code 7/],
  ['flood', /more than anybody can take/],
  ['babble', /what nobody understands/],
  ['never', /did not answer "never"/],
];

describe('a real process with a driver in it', () => {
  let compiled: CompiledPrograms;
  let program: string;
  let events: unknown[];
  let worker: SupervisedWorker;
  let ended: Promise<string>;

  beforeAll(async () => {
    compiled = await compilePrograms(['test/drivers/supervised/misbehaving-main.ts']);
    program = join(compiled.folder, 'test/drivers/supervised/misbehaving-main.js');
  });

  beforeEach(() => begin());

  afterEach(() => worker.end());

  afterAll(() => compiled.remove());

  function begin(callTimeoutMs = 60_000): void {
    events = [];
    ended = new Promise((resolve) => {
      // Loading takes long on a busy machine, and a machine with two processors and much to do gives nobody a whole one.
      const limits = { helloTimeoutMs: 60_000, busyShare: 0.1, callTimeoutMs };
      const onEvent = (event: unknown): void => void events.push(event);
      worker = new SupervisedWorker({
        spawn: forkWorker(program),
        timers: systemTimers,
        limits,
        onEvent,
        onEnd: resolve,
      });
    });
  }

  it('does what it is asked, and tells what happens', async () => {
    await worker.started;
    expect(await worker.call('echo', { bytes: '00ff' })).toEqual({ bytes: '00ff' });
    await worker.call('event', 'a card');
    expect(events).toEqual(['a card']);
    expect(await worker.call('refuse', null).catch(codeOf)).toBe('ERR_INTERNAL');
  });

  it('gets nothing of the environment but what its libraries read', async () => {
    process.env.CREDENTIALS_DIRECTORY = '/run/credentials/example';
    process.env.PCSCLITE_CSOCK_NAME = '/tmp/example.comm';
    try {
      await worker.end();
      begin();
      await worker.started;
      const names = (await worker.call('environment', null)) as string[];
      expect(names).toContain('PCSCLITE_CSOCK_NAME');
      expect(names).not.toContain('CREDENTIALS_DIRECTORY');
    } finally {
      delete process.env.CREDENTIALS_DIRECTORY;
      delete process.env.PCSCLITE_CSOCK_NAME;
    }
  });

  it.each(WAYS)(
    'is ended when it goes wrong by "%s", and who waits for it learns at once',
    { timeout: 90_000 },
    async (way, why) => {
      if (way === 'never') {
        await worker.end();
        begin(WORKER_LIMITS.callTimeoutMs);
      }
      await worker.started;
      const waiting = worker.call('never', null).catch(codeOf);
      void worker.call(way, null).catch(() => undefined);
      expect(await ended).toMatch(why);
      expect(await waiting).toBe('ERR_CARD_LOST');
      expect(await worker.call('echo', null).catch(codeOf)).toBe('ERR_CARD_LOST');
    },
  );

  it('that says it never will work is believed', async () => {
    await worker.end();
    const before = process.env.TZ;
    process.env.TZ = 'Nowhere/Unusable';
    try {
      begin();
      await expect(worker.started).rejects.toMatchObject({
        code: 'ERR_READER_UNAVAILABLE',
        details: { lasting: true },
      });
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });

  it('that cannot be started is told of', async () => {
    await worker.end();
    program = join(compiled.folder, 'nothing-here.js');
    try {
      begin();
      await expect(worker.started).rejects.toMatchObject({ code: 'ERR_READER_UNAVAILABLE' });
      expect(await ended).toMatch(/ended with code/);
    } finally {
      program = join(compiled.folder, 'test/drivers/supervised/misbehaving-main.js');
    }
  });
});

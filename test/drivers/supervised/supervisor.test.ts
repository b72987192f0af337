/** The supervisor in virtual time, with a process that is a list of messages. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import type { ToWorker } from '../../../drivers/supervised/messages.js';
import { RESTART_LIMITS, Restarts } from '../../../drivers/supervised/restarts.js';
import type { WorkerProcess } from '../../../drivers/supervised/spawn.js';
import { SupervisedWorker, WORKER_LIMITS } from '../../../drivers/supervised/supervisor.js';
import { ManualTimers, settled } from '../pcsc/manual-timers.js';

/** A process that answers heartbeats as long as it is well. */
class ScriptedProcess implements WorkerProcess {
  well = true;
  /** Processor time that it uses in each heartbeat's time. */
  cpuMsPerBeat = 5;
  residentBytes = 60 * 1024 * 1024;
  killed = 0;
  readonly heard: ToWorker[] = [];
  #listener: (message: unknown) => void = () => undefined;
  #whenExited: (how: string) => void = () => undefined;
  #beats = 0;

  send(message: ToWorker): void {
    this.heard.push(message);
    if (message.type !== 'ping' || !this.well) return;
    this.#beats += 1;
    const { residentBytes } = this;
    const used = { cpuMs: this.#beats * this.cpuMsPerBeat, upMs: this.#beats * WORKER_LIMITS.beatMs };
    this.say({ type: 'pong', number: message.number, ...used, residentBytes });
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  onExit(listener: (how: string) => void): void {
    this.#whenExited = listener;
  }

  kill(): void {
    this.killed += 1;
    queueMicrotask(() => this.#whenExited('was ended by SIGKILL'));
  }

  say(message: unknown): void {
    this.#listener(message);
  }

  exit(how: string): void {
    this.#whenExited(how);
  }
}

describe('the supervisor of a process', () => {
  let timers: ManualTimers;
  let process: ScriptedProcess;
  let worker: SupervisedWorker;
  let endings: string[];
  let events: unknown[];

  beforeEach(() => {
    timers = new ManualTimers();
    process = new ScriptedProcess();
    endings = [];
    events = [];
    worker = new SupervisedWorker({
      spawn: () => process,
      timers,
      onEvent: (event) => void events.push(event),
      onEnd: (why) => void endings.push(why),
    });
  });

  it('leaves a process that is well alone, for hours', async () => {
    process.say({ type: 'hello' });
    await worker.started;
    await timers.pass(3 * 3_600_000);
    expect(endings).toEqual([]);
    expect(process.killed).toBe(0);
  });

  it.each(Array.from({ length: 10 }, (_, tenth) => tenth * 100))(
    'finds a process that hangs %i ms after a heartbeat within 5 s, and kills it',
    async (lateMs) => {
      process.say({ type: 'hello' });
      await timers.pass(10_000 + lateMs);
      process.well = false;
      const call = worker.call('transmit', {}).catch(codeOf);
      await timers.pass(5_000);
      expect(endings).toHaveLength(1);
      expect(process.killed).toBeGreaterThan(0);
      expect(await call).toBe('ERR_CARD_LOST');
    },
  );

  it('finds a process that spins within 5 s, though it answers', async () => {
    process.say({ type: 'hello' });
    await timers.pass(10_000);
    process.cpuMsPerBeat = 990;
    // Its count goes on from what it had used.
    await timers.pass(5_000);
    expect(endings).toEqual(['keeps a processor busy for nothing']);
  });

  it('leaves one alone that is busy for two seconds and then not', async () => {
    process.well = false;
    process.say({ type: 'hello' });
    let cpuMs = 0;
    for (let beat = 1; beat <= 60; beat += 1) {
      cpuMs += beat % 4 < 2 ? 990 : 10;
      process.say({ type: 'pong', number: beat, cpuMs, upMs: beat * 1000, residentBytes: 1 });
      await timers.pass(1_000);
    }
    expect(endings).toEqual([]);
  });

  it('finds a process that swells', async () => {
    process.say({ type: 'hello' });
    process.residentBytes = WORKER_LIMITS.residentBytesMax + 1;
    await timers.pass(1_000);
    expect(endings).toEqual(['holds 256 MiB of memory']);
  });

  it('finds a call that hangs below a process that is well, within 5 s', async () => {
    process.say({ type: 'hello' });
    const call = worker.call('transmit', {}).catch(codeOf);
    await timers.pass(5_000);
    expect(await call).toBe('ERR_CARD_LOST');
    expect(endings).toEqual(['did not answer "transmit" for 4.5 s']);
  });

  it('gives up one that never begins', async () => {
    process.well = false;
    await timers.pass(WORKER_LIMITS.helloTimeoutMs);
    await expect(worker.started).rejects.toMatchObject({ code: 'ERR_READER_UNAVAILABLE' });
    expect(endings).toEqual(['took too long to start']);
  });

  it('says why, when a process ends by itself', async () => {
    process.say({ type: 'hello' });
    const call = worker.call('connect', {}).catch(codeOf);
    process.exit('was ended by SIGSEGV');
    expect(endings).toEqual(['was ended by SIGSEGV']);
    expect(await call).toBe('ERR_CARD_LOST');
  });

  it('ends in peace: the farewell is waited for, nothing is said of it, and no event comes after', async () => {
    process.say({ type: 'hello' });
    const ending = worker.end('close');
    await settled();
    const farewell = process.heard.at(-1);
    expect(farewell).toMatchObject({ type: 'call', method: 'close' });
    process.say({ type: 'answer', number: farewell?.number, result: null });
    await ending;
    process.say({ type: 'event', event: 'late' });
    expect([endings, events]).toEqual([[], []]);
    expect(process.killed).toBeGreaterThan(0);
    expect(timers.pending).toBe(0);
  });

  it('does not wait for ever for the farewell of a process that hangs', async () => {
    process.say({ type: 'hello' });
    const ending = worker.end('close');
    await timers.pass(WORKER_LIMITS.endTimeoutMs);
    await ending;
    expect(endings).toEqual([]);
  });

  it('takes no more calls at once than it may', async () => {
    process.say({ type: 'hello' });
    const calls = Array.from({ length: WORKER_LIMITS.callsMax + 1 }, () => worker.call('transmit', {}).catch(codeOf));
    expect(await calls.at(-1)).toBe('ERR_CARD_IO');
    await worker.end();
    expect(await calls[0]).toBe('ERR_CARD_LOST');
  });

  it('survives whatever a process says', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.anything(), fc.record({ type: fc.string(), number: fc.nat() }))), (messages) => {
        const own = new ScriptedProcess();
        const odd = new SupervisedWorker({
          spawn: () => own,
          timers,
          onEvent: () => undefined,
          onEnd: () => undefined,
        });
        odd.started.catch(() => undefined);
        own.say({ type: 'hello' });
        for (const message of messages) own.say(message);
        void odd.end();
      }),
    );
  });
});

describe('rest between two lives', () => {
  it('is short after the first death, twice as long after each further one, ten seconds at most, and ends', async () => {
    const timers = new ManualTimers();
    const restarts = new Restarts(timers);
    const rests: number[] = [];
    for (let death = 0; death < 9; death += 1) {
      restarts.begun();
      restarts.died();
      let rested = false;
      void restarts.rested().then(() => {
        rested = true;
      });
      let waitedMs = 0;
      for (; !rested; waitedMs += 250) await timers.pass(250);
      rests.push(waitedMs);
    }
    expect(rests).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  });

  it('is short again after a good life', async () => {
    const timers = new ManualTimers();
    const restarts = new Restarts(timers);
    for (let death = 0; death < 6; death += 1) restarts.died();
    restarts.begun();
    await timers.pass(RESTART_LIMITS.goodLifeMs);
    expect(restarts.deaths).toBe(0);
  });
});

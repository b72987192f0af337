/** Runs the seeds of a campaign in several threads. Each seed is a world of its own, so the order in which they end changes nothing. */
import { Worker } from 'node:worker_threads';
import { WaslError } from '../../agent/domain/errors.js';
import type { Campaign } from './campaign.js';
import type { SeedReport } from './run-seed.js';

type Answer = 'ready' | { readonly seed: number; readonly report?: SeedReport; readonly error?: string };

/** Runs all seeds of `campaign` in so many threads. Rejects with `ERR_INTERNAL` when one cannot be run at all. */
export async function runInThreads(
  campaign: Campaign,
  threads: number,
  done: (report: SeedReport) => void,
): Promise<void> {
  let next = campaign.from;
  const end = campaign.from + campaign.seeds;
  const runThread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./seed-thread.js', import.meta.url), { workerData: campaign });
      const fail = (message: string): void => reject(new WaslError('ERR_INTERNAL', message));
      worker.on('error', (error: Error) => fail(`a thread of the simulation broke: ${error.message}`));
      worker.on('exit', () => resolve());
      worker.on('message', (answer: Answer) => {
        if (answer !== 'ready') {
          if (answer.report === undefined) return fail(`seed ${answer.seed} cannot be run: ${answer.error}`);
          done(answer.report);
        }
        if (next >= end) {
          void worker.terminate();
          return;
        }
        worker.postMessage(next);
        next += 1;
      });
    });
  await Promise.all(Array.from({ length: Math.max(1, Math.min(threads, campaign.seeds)) }, runThread));
}

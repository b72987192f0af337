/** A thread that runs seeds: it is told their numbers, one at a time, and answers with their reports. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Campaign, runSample } from './campaign.js';
import { createKit } from './kit.js';

const campaign = workerData as Campaign;
// Thousands of errors are made on purpose, and nobody reads where.
Error.stackTraceLimit = 0;
const kit = await createKit();
parentPort?.on('message', (seed: number) => {
  runSample(campaign, seed, kit).then(
    (report) => parentPort?.postMessage({ seed, report }),
    (error: unknown) =>
      parentPort?.postMessage({ seed, error: error instanceof Error ? error.message : String(error) }),
  );
});
parentPort?.postMessage('ready');

/** A bridge worker in a process of its own, for a benchmark: what `wasl bridge run` runs, with keys that the parent made up. */
import { systemClock, systemRandom, systemTimers } from '../../agent/system.js';
import type { BridgeConfigInput } from '../../sync/bridge/config.js';
import type { BridgeHealth } from '../../sync/bridge/health.js';
import { type RunningBridge, runBridge } from '../../sync/bridge/main.js';
import { answerParent, type Handlers } from './children.js';

/** How to run it; keys and seeds as hex. */
export interface BridgeOrder {
  readonly config: BridgeConfigInput;
  readonly sealSecret: string;
  readonly ackSeed: string;
  readonly couchPassword: string;
  readonly brokerPassword: string | null;
}

/** How it is doing. */
export interface BridgeReport extends BridgeHealth {
  /** Largest resident memory since the start. */
  readonly peakBytes: number;
  /** User and system time since the start. */
  readonly cpuMs: number;
}

answerParent(bridgeWorker());

function bridgeWorker(): Handlers {
  let bridge: RunningBridge | null = null;
  return {
    run: async (data) => {
      const { config, sealSecret, ackSeed, couchPassword, brokerPassword } = data as BridgeOrder;
      const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
      bridge = await runBridge(config, {
        secrets: {
          sealSecretKeys: [Uint8Array.from(Buffer.from(sealSecret, 'hex'))],
          ackSeed: Uint8Array.from(Buffer.from(ackSeed, 'hex')),
          couchPassword,
          ...(brokerPassword === null ? {} : { brokerPassword }),
        },
        clock: systemClock,
        timers: systemTimers,
        random: systemRandom,
        log: silent,
      });
    },
    report: (): BridgeReport | null => {
      if (bridge === null) return null;
      const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
      return { ...bridge.health(), peakBytes: maxRSS * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 };
    },
  };
}

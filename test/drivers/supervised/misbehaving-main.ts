/** A process with a driver that does everything a native module must not do, when it is asked to. */
import { forkedChannel, serveTerminal, type Tell } from '../../../drivers/supervised/worker.js';

serveTerminal(async (tell: Tell) => {
  if (process.env.TZ === 'Nowhere/Unusable') throw new Error('the native part was never built');
  return {
    echo: async (params) => params,
    environment: async () => Object.keys(process.env),
    refuse: async () => {
      throw new Error('no');
    },
    event: async (params) => tell(params),
    never: () => new Promise(() => undefined),
    block: async () => {
      for (;;) Math.sqrt(2);
    },
    spin: async () => {
      // Busy, but always there for a heartbeat.
      const round = (): void => {
        const until = performance.now() + 20;
        while (performance.now() < until) Math.sqrt(2);
        setImmediate(round);
      };
      round();
    },
    crash: async () => process.abort(),
    quit: async () => process.exit(7),
    flood: async () => {
      for (let index = 0; index < 20_000; index += 1) tell(index);
    },
    babble: async () => void process.send?.({ type: 'answer', number: 'one' }),
  };
}, forkedChannel());

import { systemTimers } from '../../agent/system.js';
import { describeReader } from '../compliance/reader.js';
import { NetworkReader } from './sample-driver.js';
import { SimulatedBox } from './simulated-box.js';

describeReader('the sample driver', {
  capabilities: { readBlocks: true, writeBlocks: true, text: false, removal: true },
  eventTimeoutMs: 60_000,
  async create() {
    const box = new SimulatedBox();
    await box.plug();
    return {
      reader: new NetworkReader({
        host: '127.0.0.1',
        port: box.port,
        timers: systemTimers,
        retryMinMs: 5,
        timeoutMs: 60_000,
      }),
      rig: {
        present: (card) => box.present(card),
        remove: () => box.remove(),
        unplug: () => box.unplug(),
        plug: () => box.plug(),
        presentText: () => undefined,
        sendBytes: () => undefined,
      },
      dispose: () => box.unplug(),
    };
  },
});

import { afterAll, beforeAll } from 'vitest';
import { loadNfcPcsc } from '../../../drivers/pcsc/nfc-pcsc.js';
import { PcscReader } from '../../../drivers/pcsc/reader.js';
import { IsoDepOnReader } from '../../../simulators/readers/iso-dep-on-reader.js';
import { Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import { type PrivatePcscd, startPrivatePcscd } from '../../../simulators/readers/pcscd.js';
import { VpcdSlot } from '../../../simulators/readers/vpcd.js';
import { describeReader } from '../../compliance/reader.js';
import { describeWithPcscd, systemTimers } from './virtual-reader.js';

const describeReal = await describeWithPcscd();

describeReal('the PC/SC driver against a real pcscd with a virtual reader', () => {
  let pcscd: PrivatePcscd;
  let slot: VpcdSlot;
  let running = false;

  beforeAll(async () => {
    pcscd = await startPrivatePcscd();
    running = true;
    process.env.PCSCLITE_CSOCK_NAME = pcscd.socketPath;
    slot = new VpcdSlot(pcscd.readers[0].address, systemTimers);
  });

  afterAll(async () => {
    await pcscd.stop();
  });

  describeReader('pcsc', {
    capabilities: { readBlocks: true, writeBlocks: true, text: false, removal: true, apdus: true, signals: true },
    create: () => {
      const [first] = pcscd.readers;
      const reader = new PcscReader({
        load: loadNfcPcsc(),
        timers: systemTimers,
        match: { name: first.name },
        limits: { retryMaxMs: 250 },
      });
      const plug = async () => {
        if (!running) await pcscd.start();
        running = true;
      };
      const unplug = async () => {
        slot.remove();
        if (running) await pcscd.signal('KILL');
        running = false;
      };
      return {
        reader,
        rig: {
          present: (card) => slot.insert(new Type2OnReader(card)),
          presentApdu: (chip) => slot.insert(new IsoDepOnReader(chip)),
          remove: () => slot.remove(),
          presentText: () => undefined,
          sendBytes: () => undefined,
          unplug,
          plug,
        },
        dispose: async () => {
          slot.remove();
          await plug();
        },
      };
    },
  });
});

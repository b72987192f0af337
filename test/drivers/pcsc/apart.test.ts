/** The native module in a process of its own, with everything real: pcscd, a virtual reader, the process, and what happens to it. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { loadPcscApart } from '../../../drivers/pcsc/apart.js';
import { PcscReader } from '../../../drivers/pcsc/reader.js';
import type { PageCard } from '../../../drivers/reader.js';
import { forkWorker } from '../../../drivers/supervised/spawn.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { childrenOf } from '../../../simulators/chaos/children.js';
import { IsoDepOnReader } from '../../../simulators/readers/iso-dep-on-reader.js';
import { Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import { type PrivatePcscd, startPrivatePcscd } from '../../../simulators/readers/pcscd.js';
import { VpcdSlot } from '../../../simulators/readers/vpcd.js';
import { describeReader } from '../../compliance/reader.js';
import { EventRecorder } from '../../compliance/reader-bench.js';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';
import { describeWithPcscd, systemTimers } from './virtual-reader.js';

const describeReal = await describeWithPcscd();
const EVENT_TIMEOUT_MS = 60_000;

describeReal('the PC/SC driver with its native module in another process', () => {
  let compiled: CompiledPrograms;
  let pcscd: PrivatePcscd;
  let slot: VpcdSlot;
  let running = false;

  beforeAll(async () => {
    compiled = await compilePrograms(['drivers/pcsc/apart-main.ts']);
    pcscd = await startPrivatePcscd();
    running = true;
    process.env.PCSCLITE_CSOCK_NAME = pcscd.socketPath;
    slot = new VpcdSlot(pcscd.readers[0].address, systemTimers);
  });

  afterAll(async () => {
    await pcscd.stop();
    await compiled.remove();
  });

  function makeReader(): PcscReader {
    const spawn = forkWorker(join(compiled.folder, 'drivers/pcsc/apart-main.js'));
    const load = loadPcscApart({ timers: systemTimers, spawn, limits: { helloTimeoutMs: 60_000 } });
    const limits = { retryMaxMs: 250 };
    return new PcscReader({ load, timers: systemTimers, match: { name: pcscd.readers[0].name }, limits });
  }

  async function plug(): Promise<void> {
    if (!running) await pcscd.start();
    running = true;
  }

  describeReader('pcsc, native module apart', {
    capabilities: { readBlocks: true, writeBlocks: true, text: false, removal: true, apdus: true, signals: true },
    eventTimeoutMs: EVENT_TIMEOUT_MS,
    create: () => ({
      reader: makeReader(),
      rig: {
        present: (card) => slot.insert(new Type2OnReader(card)),
        presentApdu: (chip) => slot.insert(new IsoDepOnReader(chip)),
        remove: () => slot.remove(),
        presentText: () => undefined,
        sendBytes: () => undefined,
        plug,
        unplug: async () => {
          slot.remove();
          if (running) await pcscd.signal('KILL');
          running = false;
        },
      },
      dispose: async () => {
        slot.remove();
        await plug();
      },
    }),
  });

  describeReal('and what happens to that process', () => {
    let reader: PcscReader;
    let seen: EventRecorder;

    afterEach(async () => {
      await pcscd.signal('CONT');
      await reader.stop();
      slot.remove();
    });

    async function presented(chip: SimulatedNtag21x): Promise<PageCard> {
      reader = makeReader();
      seen = new EventRecorder(EVENT_TIMEOUT_MS);
      await reader.start(seen.listener);
      await seen.until('ready');
      await slot.insert(new Type2OnReader(chip));
      return nextCard();
    }

    async function nextCard(): Promise<PageCard> {
      const { card } = await seen.until('presented');
      if (card.kind !== 'pages') throw new Error('not a card with pages');
      return card;
    }

    function ntag216(): SimulatedNtag21x {
      return SimulatedNtag21x.blank('ntag216', Uint8Array.of(0x04, 0x9d, 0x31, 0xa2, 0x5c, 0x6e, 0x80));
    }

    function theProcess(): number {
      const [pid, ...more] = childrenOf(process.pid, 'apart-main');
      if (pid === undefined || more.length > 0) throw new Error(`${more.length} processes too many, or none`);
      return pid;
    }

    it.each(['SIGKILL', 'SIGSEGV', 'SIGSTOP'] as const)(
      'after %s the card is lost, the reader comes back by itself, and the card that still lies there is presented again',
      { timeout: 90_000 },
      async (signal) => {
        const chip = ntag216();
        const card = await presented(chip);
        const before = theProcess();
        process.kill(before, signal);
        const writing = card.writePage(9, Uint8Array.of(1, 2, 3, 4)).catch(codeOf);
        await seen.expect('removed');
        const { code, message } = await seen.expect('unavailable');
        expect([code, message]).toEqual(['ERR_READER_UNAVAILABLE', expect.stringContaining('it is started again')]);
        expect(['ERR_CARD_LOST', 'ERR_CARD_TIMEOUT']).toContain(await writing);
        await seen.expect('ready');
        const again = await nextCard();
        await again.writePage(9, Uint8Array.of(5, 6, 7, 8));
        expect(chip.readPage(9)).toEqual(Uint8Array.of(5, 6, 7, 8));
        expect(theProcess()).not.toBe(before);
      },
    );

    it('a pcscd that hangs in the middle of an exchange costs the card, not the terminal', {
      timeout: 90_000,
    }, async () => {
      const chip = ntag216();
      const card = await presented(chip);
      await pcscd.signal('STOP');
      const reading = card.readPages(4, 4).catch(codeOf);
      await seen.until('unavailable');
      expect(['ERR_CARD_LOST', 'ERR_CARD_TIMEOUT']).toContain(await reading);
      await pcscd.signal('CONT');
      await seen.until('ready');
      expect(await (await nextCard()).readPages(9, 1)).toEqual(chip.readPage(9));
    });

    it('is gone when the reader is stopped', async () => {
      await presented(ntag216());
      theProcess();
      await reader.stop();
      expect(childrenOf(process.pid, 'apart-main')).toEqual([]);
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { ReaderEvent } from '../../../drivers/reader.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { SimulatedReader, type SimulatedReaderOptions } from '../../../simulators/readers/simulated.js';
import { describeReader, type ReaderHarness } from '../../compliance/reader.js';

function harness(
  options: Omit<SimulatedReaderOptions, 'name'>,
  capabilities: ReaderHarness['capabilities'],
): ReaderHarness {
  return {
    capabilities,
    create() {
      const reader = new SimulatedReader({ name: 'simulated:one', ...options });
      return {
        reader,
        rig: {
          present: (card) => reader.present(card),
          presentApdu: (chip) => reader.present(chip),
          remove: () => reader.remove(),
          presentText: (text) => reader.present({ text }),
          sendBytes: (bytes) => reader.sendBytes(bytes),
          unplug: () => reader.unplug(),
          plug: () => reader.plug(),
        },
        dispose: () => {},
      };
    },
  };
}

const all = { readBlocks: true, writeBlocks: true, text: true, removal: true, apdus: true, signals: true };
describeReader('simulated, reads, writes and scans', harness({}, all));
describeReader(
  'simulated, reads only',
  harness({ canWrite: false, text: false }, { ...all, writeBlocks: false, text: false }),
);
describeReader(
  'simulated, scans only',
  harness(
    { canRead: false },
    { readBlocks: false, writeBlocks: false, text: true, removal: false, apdus: false, signals: true },
  ),
);
describeReader('simulated, with a delay before each card command', harness({ delay: async () => {} }, all));

function openableGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function laid(options: Omit<SimulatedReaderOptions, 'name'> = {}) {
  const reader = new SimulatedReader({ name: 'simulated:two', ...options });
  const events: ReaderEvent[] = [];
  await reader.start((event) => events.push(event));
  const card = SimulatedNtag21x.blank('ntag215', Uint8Array.of(4, 1, 2, 3, 4, 5, 6));
  reader.present(card);
  const last = events.at(-1);
  if (last?.type !== 'presented' || last.card.kind !== 'pages') throw new Error('no card was presented');
  return { reader, events, card, presented: last.card };
}

describe('the simulated reader', () => {
  it('delivers events in the call that causes them', async () => {
    const { reader, events } = await laid();
    reader.remove();
    reader.unplug();
    reader.plug();
    expect(events.map(({ type }) => type)).toEqual(['ready', 'presented', 'removed', 'unavailable', 'ready']);
  });

  it('loses a card that is taken away in the middle of a read', async () => {
    const gate = openableGate();
    const { reader, presented } = await laid({ delay: () => gate.opened });
    const reading = presented.readPages(4, 30);
    reader.remove();
    gate.open();
    await expect(reading).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
  });

  it('does not write to a card that is taken away before the command reaches it', async () => {
    const gate = openableGate();
    const { reader, presented, card } = await laid({ delay: () => gate.opened });
    const writing = presented.writePage(4, Uint8Array.of(1, 2, 3, 4));
    reader.remove();
    gate.open();
    await expect(writing).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
    expect(card.transcript).toEqual([]);
  });

  it('says ERR_CARD_LOST when the field drops, from then until the card is presented again', async () => {
    const { reader, presented, card } = await laid();
    card.loseFieldAfter(1);
    await presented.readPages(4, 1);
    await expect(presented.readPages(4, 1)).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
    card.powerCycle();
    await expect(presented.readPages(4, 1)).rejects.toMatchObject({ code: 'ERR_CARD_LOST' });
    reader.remove();
    reader.present(card);
  });

  it('goes on with the card after the card refused something, naming the NAK', async () => {
    const { presented, card } = await laid();
    card.failWriteAt(0);
    const failed = presented.writePage(4, Uint8Array.of(1, 2, 3, 4));
    await expect(failed).rejects.toMatchObject({ code: 'ERR_CARD_IO', details: { nak: 5 } });
    await presented.writePage(4, Uint8Array.of(1, 2, 3, 4));
    expect(Array.from(card.readPage(4))).toEqual([1, 2, 3, 4]);
  });

  it('refuses a range that runs over the last page and never fills it from page 0', async () => {
    const { presented } = await laid();
    await expect(presented.readPages(133, 4)).rejects.toMatchObject({ code: 'ERR_CARD_IO' });
  });

  it('ignores a card that is laid on it while it is unplugged', async () => {
    const { reader, events, card } = await laid();
    reader.unplug();
    reader.present(card);
    reader.plug();
    expect(events.map(({ type }) => type)).toEqual(['ready', 'presented', 'removed', 'unavailable', 'ready']);
  });
});

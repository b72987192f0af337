/** Our own driver on the published memories. */
import { describe, expect, test } from 'vitest';
import { slotBytesUsed } from '../../agent/credential/ledger.js';
import { openMedium } from '../../drivers/media/open.js';
import type { CardSession } from '../../drivers/medium.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { SimulatedPageCard } from '../../simulators/readers/simulated-card.js';
import { type MemoryFile, plain, unhex, vectorsOf } from './vectors.js';

const { vectors } = vectorsOf('memory.json');

async function open(vector: MemoryFile['vectors'][number]): Promise<CardSession> {
  const card = SimulatedNtag21x.fromDump(vector.kind, unhex(vector.memory.join('')));
  card.powerCycle();
  return openMedium(new SimulatedPageCard(card, { canWrite: true, delay: null }), { canWrite: true });
}

describe('the published memories', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    if (!vector.expected.ok) {
      await expect(open(vector)).rejects.toMatchObject({ code: vector.expected.code });
      return;
    }
    const session = await open(vector);
    const slots = (await session.ledgers[0]?.readSlots()) ?? [];
    expect(session.kind).toBe(vector.kind);
    expect(
      plain({
        ok: true,
        layout: session.layout,
        credential: session.credential.form === 'bytes' ? session.credential.bytes : null,
        slots: slots.map((slot) => slot.subarray(0, slotBytesUsed(slot))),
      }),
    ).toEqual(vector.expected);
    expect(plain(session.uid)).toBe(vector.uid);
  });
});

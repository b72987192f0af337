import { describe, expect, it } from 'vitest';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import {
  type TornBit,
  tornKeepsOld,
  tornMixed,
  tornTakesNew,
  tornWeak,
} from '../../../simulators/cards/ntag21x-faults.js';
import { ask, EXAMPLE_UID, send, spaced } from './frames.js';

/** Numbers in [0, 1) in a fixed, repeating order. */
function dice(...rolls: number[]): () => number {
  let next = 0;
  return () => {
    const roll = rolls[next % rolls.length] ?? 0;
    next += 1;
    return roll;
  };
}

function card(): SimulatedNtag21x {
  const made = SimulatedNtag21x.blank('ntag216', EXAMPLE_UID);
  for (const page of ['0A', '0B', '0C']) ask(made, `A2 ${page} 0F 0F 0F 0F`);
  return made;
}

describe('a torn write', () => {
  it('gets no answer, and the card gives none from then on until it has power again', () => {
    const torn = card();
    torn.tearAt(1, { bits: tornKeepsOld });
    expect(send(torn, 'A2 0A 11 11 11 11')).toBe('ack');
    expect(send(torn, 'A2 0B 22 22 22 22')).toBe('none');
    expect([send(torn, '30 0A'), torn.select(), torn.powered]).toEqual(['none', false, false]);
    torn.powerCycle();
    expect(send(torn, '3A 0A 0C')).toBe('11 11 11 11 0F 0F 0F 0F 0F 0F 0F 0F');
  });

  it('counts only writes that the card accepts', () => {
    const torn = card();
    torn.tearAt(0, { bits: tornTakesNew });
    expect(ask(torn, 'A2 00 00 00 00 00')).toBe('nak 0');
    expect(send(torn, '30 0A')).not.toBe('none');
    expect(send(torn, 'A2 0A 33 33 33 33')).toBe('none');
  });

  it('may have taken the page whole, without the reader knowing', () => {
    const torn = card();
    torn.tearAt(0, { bits: tornTakesNew });
    send(torn, 'A2 0A AB CD EF 01');
    expect(spaced(torn.readPage(10))).toBe('AB CD EF 01');
  });

  it('is on the transcript with the bytes that were meant', () => {
    const torn = card();
    torn.tearAt(0, { bits: tornKeepsOld });
    send(torn, 'A2 0A AB CD EF 01');
    expect(torn.transcript.at(-1)).toEqual({
      index: 3,
      page: 10,
      bytes: Uint8Array.of(0xab, 0xcd, 0xef, 0x01),
      outcome: 'torn',
    });
  });

  it('tells the chooser of each bit what it was, what it should be, and which read this is', () => {
    const asked: TornBit[] = [];
    const torn = card();
    torn.tearAt(0, {
      bits: (bit) => {
        asked.push(bit);
        return bit.oldBit;
      },
    });
    send(torn, 'A2 0A F0 0F 0F 0F');
    torn.powerCycle();
    ask(torn, '30 0A');
    ask(torn, '30 0A');
    expect(asked.map(({ read }) => read)).toEqual([...Array(32).fill(0), ...Array(32).fill(1)]);
    expect(asked.slice(0, 8).map(({ oldBit, newBit }) => `${oldBit}${newBit}`)).toEqual([
      '10',
      '10',
      '10',
      '10',
      '01',
      '01',
      '01',
      '01',
    ]);
    expect(asked.slice(0, 32).map(({ bit, page }) => [page, bit])).toEqual(
      Array.from({ length: 32 }, (_, bit) => [10, bit]),
    );
  });

  it('with mixed bits reads as anything, also where old and new agree, and always the same', () => {
    const torn = card();
    torn.tearAt(0, { bits: tornMixed(dice(0.9, 0.1)) });
    send(torn, 'A2 0A 0F 0F 0F 0F');
    torn.powerCycle();
    expect(ask(torn, '3A 0A 0A')).toBe('55 55 55 55');
    expect(ask(torn, '3A 0A 0A')).toBe('55 55 55 55');
  });

  it('with weak bits reads otherwise each time: a matching read proves nothing', () => {
    const torn = card();
    const rolls = [...Array(32).fill(0), ...Array(32).fill(0.9)];
    torn.tearAt(0, { bits: tornWeak(dice(...rolls)) });
    send(torn, 'A2 0A 00 00 00 00');
    torn.powerCycle();
    expect(ask(torn, '3A 0A 0A')).toBe('00 00 00 00');
    expect(ask(torn, '3A 0A 0A')).toBe('FF FF FF FF');
  });

  it('is healed by writing the page again', () => {
    const torn = card();
    torn.tearAt(0, { bits: tornWeak(dice(0.9, 0.1)) });
    send(torn, 'A2 0A 00 00 00 00');
    torn.powerCycle();
    ask(torn, 'A2 0A 77 77 77 77');
    expect([ask(torn, '3A 0A 0A'), ask(torn, '3A 0A 0A')]).toEqual(['77 77 77 77', '77 77 77 77']);
  });

  it('can be torn again', () => {
    const torn = card();
    torn.tearAt(0, { bits: tornMixed(dice(0.9)) });
    send(torn, 'A2 0A 00 00 00 00');
    torn.powerCycle();
    torn.tearAt(0, { bits: tornKeepsOld });
    send(torn, 'A2 0A 00 00 00 00');
    expect(spaced(torn.readPage(10))).toBe('FF FF FF FF');
  });

  it('leaves lock bits and capability container whole: old or new, never between', () => {
    for (const [bits, expected] of [
      [tornKeepsOld, 'F6 48 00 00'],
      [tornTakesNew, 'F6 48 30 00'],
      [tornMixed(dice(0.1)), 'F6 48 00 00'],
    ] as const) {
      const torn = card();
      torn.tearAt(0, { bits });
      expect(send(torn, 'A2 02 00 00 30 00')).toBe('none');
      expect(spaced(torn.readPage(2))).toBe(expected);
    }
  });

  it('is undone by an old image that is put back', () => {
    const torn = card();
    const old = torn.dump();
    torn.tearAt(0, { bits: tornMixed(dice(0.9)) });
    send(torn, 'A2 0A 00 00 00 00');
    torn.restoreUserPages(old);
    expect(spaced(torn.readPage(10))).toBe('0F 0F 0F 0F');
  });
});

describe('other faults', () => {
  it('the field drops after so many commands; the next is not executed', () => {
    const lost = card();
    lost.loseFieldAfter(2);
    expect([send(lost, 'A2 0A 01 01 01 01'), send(lost, '60')]).not.toContain('none');
    expect(send(lost, 'A2 0B 02 02 02 02')).toBe('none');
    expect(lost.powered).toBe(false);
    lost.powerCycle();
    expect(send(lost, '3A 0A 0B')).toBe('01 01 01 01 0F 0F 0F 0F');
  });

  it('a disturbed frame is answered with NAK 1 and not executed', () => {
    const noisy = card();
    noisy.disturbFrameAt(0);
    expect(ask(noisy, 'A2 0A 01 01 01 01')).toBe('nak 1');
    expect(spaced(noisy.readPage(10))).toBe('0F 0F 0F 0F');
    expect(ask(noisy, 'A2 0A 01 01 01 01')).toBe('ack');
  });

  it('a worn cell is answered with NAK 5 and keeps its content', () => {
    const worn = card();
    worn.failWriteAt(1);
    expect(ask(worn, 'A2 0A 01 01 01 01')).toBe('ack');
    expect(ask(worn, 'A2 0B 01 01 01 01')).toBe('nak 5');
    expect(spaced(worn.readPage(11))).toBe('0F 0F 0F 0F');
    expect(worn.transcript).toHaveLength(4);
  });

  it('happen once, and can be called off', () => {
    const calm = card();
    calm.tearAt(0, { bits: tornKeepsOld });
    calm.loseFieldAfter(0);
    calm.disturbFrameAt(0);
    calm.failWriteAt(0);
    calm.clearFaults();
    expect([ask(calm, 'A2 0A 01 01 01 01'), ask(calm, 'A2 0B 01 01 01 01')]).toEqual(['ack', 'ack']);
  });

  it('cannot be planned for the past', () => {
    expect(() => card().tearAt(-1, { bits: tornKeepsOld })).toThrow(RangeError);
    expect(() => card().loseFieldAfter(1.5)).toThrow(RangeError);
  });
});

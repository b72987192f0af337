import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { NTAG_MAPS, type NtagKind } from '../../../simulators/cards/ntag21x-map.js';
import { ask, EXAMPLE_UID, page, spaced } from './frames.js';

const blank = (kind: NtagKind) => SimulatedNtag21x.blank(kind, EXAMPLE_UID);

/** Pages from 3 on that refuse a WRITE of their own content. */
function lockedPages(card: SimulatedNtag21x): number[] {
  const locked: number[] = [];
  for (let number = 3; number <= NTAG_MAPS[card.kind].userLast; number += 1) {
    if (ask(card, `A2 ${page(number)} ${spaced(card.readPage(number))}`) !== 'ack') locked.push(number);
  }
  return locked;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('static lock bytes', () => {
  it.each([
    ['08 00', [3]],
    ['10 00', [4]],
    ['80 00', [7]],
    ['00 01', [8]],
    ['00 80', [15]],
    ['F8 FF', range(3, 15)],
  ])('%s lock pages %j', (bytes, pages) => {
    const card = blank('ntag215');
    expect(ask(card, `A2 02 00 00 ${bytes}`)).toBe('ack');
    expect(lockedPages(card)).toEqual(pages);
  });

  it('are only ever set, and a write leaves the rest of page 2 as it is', () => {
    const card = blank('ntag215');
    ask(card, 'A2 02 FF FF 10 00');
    ask(card, 'A2 02 00 00 00 01');
    expect(spaced(card.readPage(2))).toBe('F6 48 10 01');
  });

  it('freeze with their block-locking bits: page 3, pages 4 to 9, pages 10 to 15', () => {
    const card = blank('ntag215');
    ask(card, 'A2 02 00 00 07 00');
    ask(card, 'A2 02 00 00 FF FF');
    expect(spaced(card.readPage(2))).toBe('F6 48 07 00');
    const middle = blank('ntag215');
    ask(middle, 'A2 02 00 00 02 00');
    ask(middle, 'A2 02 00 00 F8 FF');
    expect(lockedPages(middle)).toEqual([3, ...range(10, 15)]);
  });
});

describe('dynamic lock bytes', () => {
  it.each([
    ['ntag215', '01 00 00', range(16, 31)],
    ['ntag215', '40 00 00', range(112, 127)],
    ['ntag215', '80 00 00', range(128, 129)],
    ['ntag216', '80 00 00', range(128, 143)],
    ['ntag216', '00 01 00', range(144, 159)],
    ['ntag216', '00 20 00', range(224, 225)],
    ['ntag216', 'FF 3F 00', range(16, 225)],
  ] as const)('%s: %s lock their pages', (kind, bytes, pages) => {
    const card = blank(kind);
    ask(card, `A2 ${page(NTAG_MAPS[kind].dynamicLock)} ${bytes} 00`);
    expect(lockedPages(card)).toEqual(pages);
  });

  it('never lose a bit, never take a reserved one, and always end in BD', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ntag215', 'ntag216'),
        fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 })),
        (kind, writes) => {
          const card = blank(kind);
          const { dynamicLock } = NTAG_MAPS[kind];
          const allowed = kind === 'ntag215' ? [0xff, 0x00, 0x0f] : [0xff, 0x3f, 0x7f];
          let before = card.readPage(dynamicLock);
          for (const bytes of writes) {
            ask(card, `A2 ${page(dynamicLock)} ${spaced(bytes)}`);
            const after = card.readPage(dynamicLock);
            for (const [index, mask] of allowed.entries()) {
              expect((after[index] ?? 0) & (before[index] ?? 0)).toBe(before[index]);
              expect((after[index] ?? 0) & ~mask).toBe(0);
            }
            expect(after[3]).toBe(0xbd);
            before = after;
          }
        },
      ),
    );
  });

  it('freeze two lock bits with each block-locking bit', () => {
    const card = blank('ntag216');
    ask(card, 'A2 E2 00 00 41 00');
    ask(card, 'A2 E2 FF FF 00 00');
    expect(spaced(card.readPage(0xe2))).toBe('FC 0F 41 BD');
  });
});

describe('the capability container', () => {
  it('only gains bits, and none once it is locked', () => {
    const card = blank('ntag215');
    ask(card, 'A2 03 00 00 00 0F');
    expect(spaced(card.readPage(3))).toBe('E1 10 3E 0F');
    ask(card, 'A2 02 00 00 08 00');
    expect(ask(card, 'A2 03 FF FF FF FF')).toBe('nak 0');
  });
});

/** A card with password 11 22 33 44 and acknowledge AA BB from page 16 on; `access` is the ACCESS byte. */
function guarded(access: string): SimulatedNtag21x {
  const card = blank('ntag216');
  ask(card, 'A2 E5 11 22 33 44');
  ask(card, 'A2 E6 AA BB 00 00');
  ask(card, `A2 E4 ${access} 05 00 00`);
  ask(card, 'A2 E3 04 00 00 10');
  return card;
}

describe('the password', () => {
  it('guards writing from AUTH0 on, configuration included', () => {
    const card = guarded('00');
    expect(ask(card, 'A2 0F 01 01 01 01')).toBe('ack');
    for (const number of ['10', 'E1', 'E2', 'E3', 'E5']) expect(ask(card, `A2 ${number} 01 01 01 01`)).toBe('nak 0');
    expect(ask(card, '30 10')).not.toMatch(/nak/);
    expect(ask(card, '1B 11 22 33 44')).toBe('AA BB');
    expect(ask(card, 'A2 10 01 01 01 01')).toBe('ack');
  });

  it('guards reading too with PROT: READ rolls over before AUTH0, FAST_READ may not touch it', () => {
    const card = guarded('80');
    expect(ask(card, '30 10')).toBe('nak 0');
    expect(ask(card, '30 0F')).toBe('00 00 00 00 04 E1 41 2C 12 4C 28 80 F6 48 00 00');
    expect(ask(card, '3A 0F 10')).toBe('nak 0');
    expect(ask(card, '1B 11 22 33 44')).toBe('AA BB');
    expect(ask(card, '3A 0F 10')).toBe('00 00 00 00 00 00 00 00');
  });

  it('cannot be read, nor its acknowledge, even with the password', () => {
    const card = guarded('80');
    ask(card, '1B 11 22 33 44');
    expect(ask(card, '3A E5 E6')).toBe('00 00 00 00 00 00 00 00');
    expect(spaced(card.readPage(0xe5))).toBe('11 22 33 44');
  });

  it.each([
    ['a NAK', (card: SimulatedNtag21x) => ask(card, '30 FF')],
    ['a new selection', (card: SimulatedNtag21x) => card.select()],
    ['a power cycle', (card: SimulatedNtag21x) => card.powerCycle()],
  ])('must be given again after %s', (_what, disturb) => {
    const card = guarded('00');
    ask(card, '1B 11 22 33 44');
    disturb(card);
    expect(ask(card, 'A2 10 01 01 01 01')).toBe('nak 0');
  });

  it('is refused for good after as many wrong ones as AUTHLIM allows, also across power cycles', () => {
    const card = guarded('03');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(ask(card, '1B 00 00 00 00')).toBe('nak 0');
      card.powerCycle();
    }
    expect(ask(card, '1B 11 22 33 44')).toBe('nak 4');
    expect(ask(card, 'A2 10 01 01 01 01')).toBe('nak 0');
  });

  it('clears the count of wrong ones when it is right', () => {
    const card = guarded('02');
    for (let round = 0; round < 5; round += 1) {
      expect(ask(card, '1B 00 00 00 00')).toBe('nak 0');
      expect(ask(card, '1B 11 22 33 44')).toBe('AA BB');
    }
  });

  it('may be tried without end where AUTHLIM is 0', () => {
    const card = guarded('00');
    for (let attempt = 0; attempt < 20; attempt += 1) ask(card, '1B 00 00 00 00');
    expect(ask(card, '1B 11 22 33 44')).toBe('AA BB');
  });

  it('guards the counter where the configuration says so', () => {
    const card = guarded('18');
    expect(ask(card, '39 02')).toBe('nak 0');
    ask(card, '1B 11 22 33 44');
    expect(ask(card, '39 02')).toBe('00 00 00');
  });
});

describe('the configuration lock', () => {
  it('comes into force at the next power-up, for good, and leaves the password writable', () => {
    const card = blank('ntag216');
    ask(card, 'A2 E4 40 05 00 00');
    expect(ask(card, 'A2 E3 04 00 00 FF')).toBe('ack');
    card.powerCycle();
    expect(ask(card, 'A2 E3 04 00 00 10')).toBe('nak 0');
    expect(ask(card, 'A2 E4 00 05 00 00')).toBe('nak 0');
    expect(ask(card, 'A2 E5 01 02 03 04')).toBe('ack');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FAST_READ_PAGES_MAX,
  fastReadCommand,
  parsePassThrough,
  parseResponse,
  readCommand,
  statusText,
  uidCommand,
  versionCommand,
  writeCommand,
} from '../../../drivers/pcsc/apdu.js';
import { recogniseAtr } from '../../../drivers/pcsc/atr.js';
import { cardChanges, cardError, returnCodeOf } from '../../../drivers/pcsc/scard.js';
import { CARD_NAME, storageCardAtr } from '../../../simulators/readers/pcsc-apdu.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const anyBytes = fc.uint8Array({ maxLength: 300 });

describe('the commands of the driver', () => {
  it('are those of PC/SC part 3 and of the PN53x, byte for byte', () => {
    expect(hex(uidCommand())).toBe('ffca000000');
    expect(hex(readCommand(4, 16))).toBe('ffb0000410');
    expect(hex(writeCommand(9, Uint8Array.of(0xde, 0xad, 0xbe, 0xef)))).toBe('ffd6000904deadbeef');
    expect(hex(versionCommand())).toBe('ff00000003d44260');
    expect(hex(fastReadCommand(4, 63))).toBe('ff00000005d4423a043f');
  });

  it('ask for no more pages at once than a short answer can carry', () => {
    expect(3 + 4 * FAST_READ_PAGES_MAX).toBeLessThanOrEqual(256);
  });
});

describe('an answer of the reader', () => {
  it('splits into data and status, and is nothing when it is shorter than a status', () => {
    expect(parseResponse(bytes('0102 9000'))).toEqual({ data: bytes('0102'), status: 0x9000 });
    expect(parseResponse(bytes('6A81'))).toEqual({ data: bytes(''), status: 0x6a81 });
    expect(parseResponse(bytes('90'))).toBeNull();
    expect(parseResponse(bytes(''))).toBeNull();
    expect(statusText(0x0900)).toBe('0900');
  });

  it('to a passed-through command is data only with D5 43 00 and 9000', () => {
    const parse = (text: string) => parsePassThrough(parseResponse(bytes(text)) ?? { data: bytes(''), status: 0 });
    expect(parse('D54300 0004040201001303 9000')).toEqual({ kind: 'data', bytes: bytes('0004040201001303') });
    expect(parse('D54340 AA 9000')).toEqual({ kind: 'data', bytes: bytes('AA') });
    expect(parse('D54301 9000')).toEqual({ kind: 'no-answer' });
    expect(parse('6300')).toEqual({ kind: 'no-answer' });
    expect(parse('6301')).toEqual({ kind: 'no-answer' });
    for (const refusal of ['6A81', '6D00', '6E00', '6700', '6900', '9000', 'D54100 AA 9000', 'D543 9000', '0000']) {
      expect(parse(refusal), refusal).toEqual({ kind: 'refused' });
    }
  });

  it('has a meaning whatever it is', () => {
    fc.assert(
      fc.property(anyBytes, (answer) => {
        const response = parseResponse(answer);
        if (response === null) return answer.length < 2;
        return ['data', 'no-answer', 'refused'].includes(parsePassThrough(response).kind);
      }),
    );
  });
});

describe('an ATR', () => {
  it.each([
    ['Ultralight, which NTAG21x passes for', '3B8F8001804F0CA0 0000030603 0003 00000000 68'],
    ['Ultralight C', '3B8F8001804F0CA0 0000030603 003A 00000000 51'],
    ['Ultralight EV1', '3B8F8001804F0CA0 0000030603 003D 00000000 56'],
    ['a nameless card with SAK 00 on an ACR122U', '3B8F8001804F0CA0 0000030603 FF00 00000000 94'],
    ['a check byte that is wrong', '3B8F8001804F0CA0 0000030603 0003 00000000 00'],
  ])('of %s is a card that we read', (_, atr) => {
    expect(recogniseAtr(bytes(atr))).toEqual({ kind: 'type-2' });
  });

  it.each([
    ['MIFARE Classic 1K', '3B8F8001804F0CA0 0000030603 0001 00000000 6A', 'MIFARE Classic 1K'],
    ['FeliCa', '3B8F8001804F0CA0 0000030603 F011 00000000 8A', 'FeliCa 212K'],
    ['an unknown storage card', '3B8F8001804F0CA0 000003060B 0014 00000000 77', '0014'],
    ['a type A card named for another standard', '3B8F8001804F0CA0 0000030600 0003 00000000 6B', '0003'],
    ['a contact card', '3B6500002063CB6800', 'not contactless'],
    ['a short ATR', '3B8F8001804F0CA0000003', 'not contactless'],
    ['nothing', '', 'not contactless'],
  ])('of %s is not, and says what it is', (_, atr, name) => {
    const kind = recogniseAtr(bytes(atr));
    expect(kind.kind === 'other' ? kind.name : kind.kind).toContain(name);
  });

  it.each([
    ['without historical bytes', '3B808001 01', ''],
    ['whose sixth byte is 4F', '3B888001 804F010203040506 00', '804F010203040506'],
    ['whose historical bytes begin as those of a storage card', '3B888001 804F0CA000000306 00', '804F0CA000000306'],
    ['that calls itself JCOP', '3B8A8001 4A434F50333156323332 00', '4A434F50333156323332'],
  ])('of a Type 4 card %s is a card that takes APDUs', (_, atr, historical) => {
    expect(recogniseAtr(bytes(atr))).toEqual({ kind: 'iso-dep', historicalBytes: bytes(historical) });
  });

  it('of a nameless card is judged by the bits of its SAK', () => {
    const named = (name: string) => recogniseAtr(bytes(`3B8F8001804F0CA0 0000030603 ${name} 00000000 00`)).kind;
    expect(['FF00', 'FF20', 'FF28', 'FF08', 'FF18'].map(named)).toEqual([
      'type-2',
      'iso-dep',
      'iso-dep',
      'other',
      'other',
    ]);
  });

  it('has a meaning whatever it is', () => {
    fc.assert(fc.property(anyBytes, (atr) => ['type-2', 'iso-dep', 'other'].includes(recogniseAtr(atr).kind)));
  });

  it('as the simulated reader makes it up has the check byte that PC/SC part 3 prints', () => {
    expect(hex(storageCardAtr(CARD_NAME.ultralight))).toBe('3b8f8001804f0ca0000003060300030000000068');
    expect(hex(storageCardAtr(CARD_NAME.mifareClassic1k))).toBe('3b8f8001804f0ca000000306030001000000006a');
  });
});

describe('a failure of the PC/SC service', () => {
  const failure = (code: string) => new Error(`SCardTransmit error: Text.(0x${code})`);

  it.each(['80100069', '80100068', '8010000c', '8010001d', '80100017', 'ffffffff80100069'])(
    '%s is a lost card',
    (code) => {
      expect(cardError('talk', failure(code)).code).toBe('ERR_CARD_LOST');
    },
  );

  it.each(['80100016', '8010000b', '80100001'])('%s is a fault of the reader', (code) => {
    expect(cardError('talk', failure(code)).code).toBe('ERR_CARD_IO');
  });

  it('has a code whatever it is thrown as', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => ['ERR_CARD_IO', 'ERR_CARD_LOST'].includes(cardError('x', thrown).code)),
    );
    expect(returnCodeOf('nothing of the kind')).toBeNull();
  });
});

describe('the state of a reader', () => {
  const atr = bytes('3B8F');
  const state = (flags: number, count: number): number => (count << 16) | flags;

  it('tells of a card that comes, goes, or does not answer', () => {
    expect(cardChanges(0, state(0x10, 0), atr)).toEqual([]);
    expect(cardChanges(state(0x10, 0), state(0x22, 1), atr)).toEqual([{ type: 'card', atr }]);
    expect(cardChanges(state(0x22, 1), state(0x122, 1), atr)).toEqual([]);
    expect(cardChanges(state(0x122, 1), state(0x12, 2), atr)).toEqual([{ type: 'empty' }]);
    expect(cardChanges(state(0x10, 2), state(0x222, 3), atr)).toEqual([{ type: 'mute' }]);
    expect(cardChanges(state(0x22, 3), state(0x0c, 3), atr)).toEqual([{ type: 'empty' }]);
  });

  it('tells of a card that was swapped between two looks: first the one that left', () => {
    expect(cardChanges(state(0x22, 1), state(0x22, 3), atr)).toEqual([{ type: 'empty' }, { type: 'card', atr }]);
  });

  it('never tells of a second card before the first one left, whatever the states', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0x7fff_ffff }), { maxLength: 30 }), (states) => {
        let before = 0;
        let occupied = false;
        for (const after of states) {
          for (const { type } of cardChanges(before, after, atr)) {
            if ((type === 'empty') !== occupied) return false;
            occupied = !occupied;
          }
          before = after;
        }
        return true;
      }),
    );
  });
});

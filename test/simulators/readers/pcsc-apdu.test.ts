import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { tornKeepsOld } from '../../../simulators/cards/ntag21x-faults.js';
import { type ReaderQuirks, Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';

const UID = Uint8Array.of(0x04, 0x51, 0x7a, 0x2c, 0x91, 0x6e, 0x80);

function bench(quirks: ReaderQuirks = {}) {
  const chip = SimulatedNtag21x.blank('ntag216', UID);
  const reader = new Type2OnReader(chip, quirks);
  const ask = (apdu: string): string => {
    const bytes = Uint8Array.from(Buffer.from(apdu.replaceAll(' ', ''), 'hex'));
    return Buffer.from(reader.transmit(bytes)).toString('hex').toUpperCase();
  };
  return { chip, reader, ask };
}

describe('a Type 2 card on a PC/SC reader', () => {
  it.each([
    ['UID', 'FF CA 00 00 00', '04517A2C916E809000'],
    ['UID, exact length', 'FF CA 00 00 07', '04517A2C916E809000'],
    ['UID, fewer bytes than it has', 'FF CA 00 00 04', '6C07'],
    ['UID, more bytes than it has', 'FF CA 00 00 0A', '04517A2C916E806282'],
    ['ATS, which it does not have', 'FF CA 01 00 00', '6A81'],
    ['data of another kind', 'FF CA 02 00 00', '6B00'],
    ['UID without a length', 'FF CA 00 00', '6700'],
    ['UID with data', 'FF CA 00 00 01 00', '6700'],
    ['four pages', 'FF B0 00 03 10', 'E1106D00' + '0300FE00' + '0000000000000000' + '9000'],
    ['one page', 'FF B0 00 03 04', 'E1106D009000'],
    ['three bytes', 'FF B0 00 03 03', 'E1106D9000'],
    ['more than a READ gives', 'FF B0 00 03 11', '6C10'],
    ['as much as there is', 'FF B0 00 03 00', '6C10'],
    ['a page that no Type 2 command can name', 'FF B0 01 03 10', '6B00'],
    ['a page that the card does not have', 'FF B0 00 F0 10', '6300'],
    ['a read with data', 'FF B0 00 03 02 00 00', '6700'],
    ['an update of 3 bytes', 'FF D6 00 09 03 01 02 03', '6700'],
    ['an update of 16 bytes', `FF D6 00 09 10 ${'00'.repeat(16)}`, '6700'],
    ['an update without data', 'FF D6 00 09 04', '6700'],
    ['an update whose length is wrong', 'FF D6 00 09 04 01 02 03', '6700'],
    ['an update of a page that no command can name', 'FF D6 01 09 04 01 02 03 04', '6B00'],
    ['an update of a page that the card does not have', 'FF D6 00 F0 04 01 02 03 04', '6300'],
    ['an update of a read-only page', 'FF D6 00 00 04 01 02 03 04', '6300'],
    ['GET_VERSION', 'FF 00 00 00 03 D4 42 60', 'D54300' + '0004040201001303' + '9000'],
    ['GET_VERSION with Le', 'FF 00 00 00 03 D4 42 60 00', 'D54300' + '0004040201001303' + '9000'],
    ['FAST_READ', 'FF 00 00 00 05 D4 42 3A 03 04', 'D54300' + 'E1106D00' + '0300FE00' + '9000'],
    ['PWD_AUTH with the delivered password', 'FF 00 00 00 07 D4 42 1B FF FF FF FF', 'D543000000' + '9000'],
    ['PWD_AUTH with a wrong one', 'FF 00 00 00 07 D4 42 1B 00 00 00 00', 'D543029000'],
    ['a FAST_READ longer than fits', 'FF 00 00 00 05 D4 42 3A 00 40', 'D543079000'],
    ['a WRITE, whose 4-bit ACK cannot be passed on', 'FF 00 00 00 08 D4 42 A2 09 01 02 03 04', 'D543029000'],
    ['another command of the PN53x', 'FF 00 00 00 02 D4 02', '6300'],
    ['nothing to pass through', 'FF 00 00 00', '6700'],
    ['another escape', 'FF 00 48 00 00', '6A81'],
    ['LED and buzzer', 'FF 00 40 0E 04 02 00 01 01', '9002'],
    ['LED without its times', 'FF 00 40 0E', '6700'],
    ['another instruction', 'FF 86 00 00 05 01 00 04 60 00', '6D00'],
    ['another class', '00 A4 04 00 00', '6E00'],
    ['an extended length', 'FF B0 00 03 00 00 10', '6700'],
    ['three bytes in all', 'FF CA 00', '6700'],
    ['no bytes at all', '', '6700'],
  ])('answers %s', (_, apdu, answer) => {
    expect(bench().ask(apdu)).toBe(answer);
  });

  it('passes on the signature that the card answers to READ_SIG', () => {
    const { chip, ask } = bench();
    const signature = Uint8Array.from({ length: 32 }, (_, index) => 0xa0 ^ index);
    chip.setSignature(signature);
    const hex = Buffer.from(signature).toString('hex').toUpperCase();
    expect(ask('FF 00 00 00 04 D4 42 3C 00')).toBe(`D54300${hex}9000`);
  });

  it('writes what it is told to, and reads it back', () => {
    const { chip, ask } = bench();
    expect(ask('FF D6 00 09 04 DE AD BE EF')).toBe('9000');
    expect(Array.from(chip.readPage(9))).toEqual([0xde, 0xad, 0xbe, 0xef]);
    expect(ask('FF B0 00 09 04')).toBe('DEADBEEF9000');
  });

  it('selects the card anew after it refused, unless that is left to the host', () => {
    const { ask } = bench();
    ask('FF B0 00 F0 10');
    expect(ask('FF B0 00 03 04')).toBe('E1106D009000');
    const stubborn = bench({ selectsAgain: false });
    stubborn.ask('FF B0 00 F0 10');
    expect(stubborn.ask('FF B0 00 03 04')).toBe('6300');
    expect(stubborn.ask('FF 00 00 00 03 D4 42 60')).toBe('D543019000');
    stubborn.reader.powerOn();
    expect(stubborn.ask('FF B0 00 03 04')).toBe('E1106D009000');
  });

  it('reports a card that lost its power: in a write, and to everything after it', () => {
    const { chip, reader, ask } = bench();
    chip.tearAt(0, { bits: tornKeepsOld });
    expect(ask('FF D6 00 09 04 01 02 03 04')).toBe('6300');
    expect(ask('FF CA 00 00 00')).toBe('6300');
    expect(ask('FF B0 00 03 10')).toBe('6300');
    expect(ask('FF 00 00 00 03 D4 42 60')).toBe('D543019000');
    reader.powerOn();
    expect(ask('FF CA 00 00 00')).toBe('04517A2C916E809000');
  });

  it('has readers that pass nothing through, and readers that only read 16 bytes', () => {
    expect(bench({ passesThrough: false }).ask('FF 00 00 00 03 D4 42 60')).toBe('6A81');
    const { ask } = bench({ readsShort: false });
    expect([ask('FF B0 00 03 04'), ask('FF B0 00 03 10').slice(-4)]).toEqual(['6C10', '9000']);
  });

  it('remembers the state of the LEDs that are not changed', () => {
    const { reader, ask } = bench();
    ask('FF 00 40 0F 04 00 00 00 00');
    expect(reader.leds).toBe(3);
    expect(ask('FF 00 40 04 04 00 00 00 00')).toBe('9002');
    expect(reader.leds).toBe(2);
  });

  it('answers any bytes with at least a status word, and never throws', () => {
    const pseudo = fc
      .tuple(fc.constantFrom(0xca, 0xb0, 0xd6, 0x00), fc.uint8Array({ maxLength: 24 }))
      .map(([ins, rest]) => Uint8Array.of(0xff, ins, ...rest));
    const passed = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((command) => Uint8Array.of(0xff, 0, 0, 0, command.length + 2, 0xd4, 0x42, ...command));
    const { reader } = bench();
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), pseudo, passed), (apdu) => {
        const { length } = reader.transmit(apdu);
        return length >= 2 && length <= 258;
      }),
    );
  });
});

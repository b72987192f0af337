import { describe, expect, it } from 'vitest';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { NTAG_MAPS } from '../../../simulators/cards/ntag21x-map.js';
import { ask, EXAMPLE_UID, page, send, spaced } from './frames.js';

const ntag215 = () => SimulatedNtag21x.blank('ntag215', EXAMPLE_UID);
const ntag216 = () => SimulatedNtag21x.blank('ntag216', EXAMPLE_UID);

describe('a delivered card', () => {
  it('has its UID with check bytes, and its capability container, where the data sheet puts them', () => {
    expect(send(ntag215(), '30 00')).toBe('04 E1 41 2C 12 4C 28 80 F6 48 00 00 E1 10 3E 00');
    expect(send(ntag216(), '30 00')).toBe('04 E1 41 2C 12 4C 28 80 F6 48 00 00 E1 10 6D 00');
  });

  it('holds an empty NDEF message and nothing else in its user pages', () => {
    for (const card of [ntag215(), ntag216()]) {
      const { userFirst, userLast } = NTAG_MAPS[card.kind];
      const user = card.dump().subarray(userFirst * 4, (userLast + 1) * 4);
      expect(spaced(user.subarray(0, 4))).toBe('03 00 FE 00');
      expect(user.subarray(4).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('has 504 or 888 bytes of user memory, in 135 or 231 pages', () => {
    expect([ntag215().dump().length, ntag216().dump().length]).toEqual([540, 924]);
    const sizes = [NTAG_MAPS.ntag215, NTAG_MAPS.ntag216].map((map) => (map.userLast - map.userFirst + 1) * 4);
    expect(sizes).toEqual([504, 888]);
  });

  it('has an open configuration behind the user pages', () => {
    expect(send(ntag216(), '3A E2 E6')).toBe('00 00 00 BD 04 00 00 FF 00 05 00 00 00 00 00 00 00 00 00 00');
    expect(send(ntag215(), '3A 82 86')).toBe('00 00 00 BD 04 00 00 FF 00 05 00 00 00 00 00 00 00 00 00 00');
  });

  it('says which chip it is', () => {
    expect(send(ntag215(), '60')).toBe('00 04 04 02 01 00 11 03');
    expect(send(ntag216(), '60')).toBe('00 04 04 02 01 00 13 03');
  });

  it('needs a UID of 7 bytes', () => {
    expect(() => SimulatedNtag21x.blank('ntag215', new Uint8Array(4))).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG' }),
    );
  });
});

describe('READ', () => {
  it('sends four pages from anywhere', () => {
    const card = ntag216();
    for (let number = 4; number < 12; number += 1) ask(card, `A2 ${page(number)} ${page(number)} 00 00 00`);
    expect(send(card, '30 05')).toBe('05 00 00 00 06 00 00 00 07 00 00 00 08 00 00 00');
  });

  it('rolls over to page 0 at the end of the memory', () => {
    expect(send(ntag215(), '30 84')).toBe('00 05 00 00 00 00 00 00 00 00 00 00 04 E1 41 2C');
    expect(send(ntag216(), '30 E6')).toBe('00 00 00 00 04 E1 41 2C 12 4C 28 80 F6 48 00 00');
  });

  it('is refused beyond the last page', () => {
    expect(send(ntag215(), '30 87')).toBe('nak 0');
    expect(send(ntag216(), '30 E7')).toBe('nak 0');
    expect(send(ntag216(), '30 FF')).toBe('nak 0');
  });
});

describe('FAST_READ', () => {
  it('sends exactly the pages from the first to the last', () => {
    expect(send(ntag216(), '3A 03 03')).toBe('E1 10 6D 00');
    expect(send(ntag216(), '3A 00 E6').split(' ')).toHaveLength(231 * 4);
  });

  it('is refused when it runs backwards or over the end', () => {
    expect(ask(ntag216(), '3A 05 04')).toBe('nak 0');
    expect(ask(ntag216(), '3A E5 E7')).toBe('nak 0');
    expect(ask(ntag215(), '3A 86 87')).toBe('nak 0');
  });
});

describe('WRITE', () => {
  it('changes exactly its page and says so with an ACK', () => {
    const card = ntag215();
    const expected = card.dump();
    expect(send(card, 'A2 81 DE AD BE EF')).toBe('ack');
    expected.set([0xde, 0xad, 0xbe, 0xef], 0x81 * 4);
    expect(spaced(card.dump())).toBe(spaced(expected));
  });

  it('is refused on the UID pages and beyond the end', () => {
    const card = ntag215();
    const before = card.dump();
    for (const number of ['00', '01', '87', 'FF']) expect(ask(card, `A2 ${number} 11 22 33 44`)).toBe('nak 0');
    expect(card.dump()).toEqual(before);
  });

  it('is on the transcript with its page and bytes, in order, refused ones not', () => {
    const card = ntag216();
    ask(card, 'A2 0A 01 02 03 04');
    ask(card, 'A2 00 00 00 00 00');
    ask(card, 'A2 09 05 06 07 08');
    expect(card.transcript.map((write) => [write.index, write.page, spaced(write.bytes), write.outcome])).toEqual([
      [0, 10, '01 02 03 04', 'written'],
      [1, 9, '05 06 07 08', 'written'],
    ]);
  });

  it('can be replayed from the transcript onto the first image to give the last', () => {
    const card = ntag216();
    const replay = SimulatedNtag21x.fromDump('ntag216', card.dump());
    for (let step = 0; step < 200; step += 1) ask(card, `A2 ${page(4 + ((step * 37) % 222))} ${page(step)} 01 02 03`);
    for (const write of card.transcript) send(replay, `A2 ${page(write.page)} ${spaced(write.bytes)}`);
    expect(replay.dump()).toEqual(card.dump());
  });
});

describe('the other commands', () => {
  it('READ_SIG sends the stored signature, from address 0 only', () => {
    const card = ntag216();
    card.setSignature(Uint8Array.from({ length: 32 }, (_, index) => index));
    expect(ask(card, '3C 00').split(' ')).toHaveLength(32);
    expect(ask(card, '3C 00')).toMatch(/^00 01 02 .* 1F$/);
    expect(ask(card, '3C 01')).toBe('nak 0');
    expect(() => card.setSignature(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  });

  it('READ_CNT is refused until the counter is enabled; then the first read after each power-up counts', () => {
    const card = ntag216();
    expect(ask(card, '39 02')).toBe('nak 0');
    ask(card, 'A2 E4 10 05 00 00');
    for (let tap = 0; tap < 3; tap += 1) {
      card.powerCycle();
      ask(card, '30 04');
      ask(card, '3A 04 05');
    }
    expect(ask(card, '39 02')).toBe('03 00 00');
    expect(ask(card, '39 00')).toBe('nak 0');
  });

  it('unknown commands and frames of the wrong length are refused', () => {
    const card = ntag216();
    for (const frame of [
      '',
      'FF',
      '30',
      '30 04 00',
      '3A 04',
      'A2 04 01 02 03',
      'A2 04 01 02 03 04 05',
      '1B FF',
      '60 00',
      'A0',
      'A0 04 00',
    ]) {
      expect(ask(card, frame), frame).toBe('nak 0');
    }
    expect(card.transcript).toEqual([]);
  });
});

describe('selection and power', () => {
  it('a card that said NAK is silent until it is selected again', () => {
    const card = ntag216();
    send(card, '30 FF');
    expect(send(card, '30 04')).toBe('none');
    expect(card.select()).toBe(true);
    expect(send(card, '3A 03 03')).toBe('E1 10 6D 00');
  });

  it('a halted card is silent until it is selected again', () => {
    const card = ntag216();
    expect(send(card, '50 00')).toBe('none');
    expect(send(card, '60')).toBe('none');
    card.select();
    expect(send(card, '60')).not.toBe('none');
  });

  it('a card without power answers nothing and cannot be selected, until it has power again', () => {
    const card = ntag216();
    card.powerOff();
    expect([card.powered, card.select(), send(card, '60')]).toEqual([false, false, 'none']);
    card.powerCycle();
    expect([card.powered, send(card, '3A 03 03')]).toEqual([true, 'E1 10 6D 00']);
  });
});

describe('images and copies', () => {
  it('a perfect copy has the UID and memory of the original', () => {
    const original = ntag215();
    ask(original, 'A2 08 01 02 03 04');
    const copy = SimulatedNtag21x.fromDump('ntag215', original.dump());
    expect(copy.uid).toEqual(EXAMPLE_UID);
    expect(send(copy, '30 08')).toBe(send(original, '30 08'));
    ask(copy, 'A2 08 05 05 05 05');
    expect(spaced(original.readPage(8))).toBe('01 02 03 04');
  });

  it('a copy onto another chip has the user memory but its own UID', () => {
    const original = ntag215();
    ask(original, 'A2 08 01 02 03 04');
    const clone = SimulatedNtag21x.blank('ntag215', Uint8Array.of(4, 9, 9, 9, 9, 9, 9));
    clone.restoreUserPages(original.dump());
    expect(spaced(clone.readPage(8))).toBe('01 02 03 04');
    expect(clone.uid).toEqual(Uint8Array.of(4, 9, 9, 9, 9, 9, 9));
  });

  it('an old image that is put back brings back user pages only', () => {
    const card = ntag216();
    const old = card.dump();
    ask(card, 'A2 20 01 01 01 01');
    ask(card, 'A2 E5 01 02 03 04');
    ask(card, 'A2 02 00 00 10 00');
    card.restoreUserPages(old);
    expect(spaced(card.readPage(0x20))).toBe('00 00 00 00');
    expect(spaced(card.readPage(0xe5))).toBe('01 02 03 04');
    expect(spaced(card.readPage(2))).toBe('F6 48 10 00');
  });

  it('a dump of the wrong length, or whose check bytes do not fit its UID, is refused', () => {
    const dump = ntag215().dump();
    const refused = expect.objectContaining({ code: 'ERR_CONFIG' });
    expect(() => SimulatedNtag21x.fromDump('ntag216', dump)).toThrow(refused);
    expect(() => ntag216().restoreUserPages(dump)).toThrow(refused);
    for (const offset of [0, 3, 5, 8]) {
      const wrong = Uint8Array.from(dump);
      wrong[offset] = (wrong[offset] ?? 0) ^ 1;
      expect(() => SimulatedNtag21x.fromDump('ntag215', wrong), `byte ${offset}`).toThrow(refused);
    }
  });

  it('an outside look beyond the last page is a mistake of the caller', () => {
    expect(() => ntag215().readPage(135)).toThrow(RangeError);
    expect(() => ntag215().readPage(-1)).toThrow(RangeError);
  });

  it('what is handed out is a copy', () => {
    const card = ntag215();
    card.dump().fill(0xff);
    card.readPage(4).fill(0xff);
    card.uid.fill(0xff);
    expect(send(card, '30 00')).toBe('04 E1 41 2C 12 4C 28 80 F6 48 00 00 E1 10 3E 00');
    expect(spaced(card.readPage(4))).toBe('03 00 FE 00');
  });
});

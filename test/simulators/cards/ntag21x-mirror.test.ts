import { describe, expect, it } from 'vitest';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { NTAG_TIMES_US, slowestUs } from '../../../simulators/cards/ntag21x-frames.js';
import { NTAG_MAPS, type NtagKind } from '../../../simulators/cards/ntag21x-map.js';
import { ask, EXAMPLE_UID, page, send, spaced } from './frames.js';

const card = (kind: NtagKind = 'ntag213') => SimulatedNtag21x.blank(kind, EXAMPLE_UID);
const ascii = (answer: string): string => Buffer.from(answer.replaceAll(' ', ''), 'hex').toString('latin1');

/** Turns the mirror on: `54` both from byte 1 on, and so on; the configuration is that of the next read. */
function configure(made: SimulatedNtag21x, mirror: string, mirrorPage: string, access = '00'): void {
  const { cfg0, cfg1 } = NTAG_MAPS[made.kind];
  expect(ask(made, `A2 ${page(cfg0)} ${mirror} 00 ${mirrorPage} FF`)).toBe('ack');
  expect(ask(made, `A2 ${page(cfg1)} ${access} 05 00 00`)).toBe('ack');
}

describe('the ASCII mirror (data sheet section 8.7)', () => {
  it('shows UID and counter with an x between them, from the byte that is configured, as in NXP’s example', () => {
    const made = card();
    configure(made, 'D4', '0C', '10');
    const state = made.toJSON();
    const later = SimulatedNtag21x.fromJSON({ ...state, counter: 0x003f30 });
    later.powerCycle();
    // The read that shows the mirror counts itself: 003F31, as printed there.
    expect(ascii(ask(later, '3A 0C 11')).slice(1, 22)).toBe('04E141124C2880x003F31');
  });

  it('shows the UID alone, over READ and FAST_READ, and leaves the memory as it is', () => {
    const made = card('ntag216');
    ask(made, 'A2 06 41 42 43 44');
    configure(made, '64', '06');
    expect(ascii(ask(made, '30 06'))).toBe('AB04E141124C2880');
    expect(ascii(ask(made, '3A 06 06'))).toBe('AB04');
    expect(spaced(made.readPage(6))).toBe('41 42 43 44');
    expect(made.dump().subarray(6 * 4, 6 * 4 + 4)).toEqual(Uint8Array.from([0x41, 0x42, 0x43, 0x44]));
  });

  it('shows the counter alone, and no digits where it is not enabled or its password is missing', () => {
    const open = card('ntag215');
    configure(open, '84', '10', '10');
    open.powerCycle();
    expect(ascii(ask(open, '3A 10 11')).slice(0, 6)).toBe('000001');
    const disabled = card('ntag215');
    configure(disabled, '84', '10', '00');
    expect(ask(disabled, '3A 10 11')).toBe('00 00 00 00 00 00 00 00');
    const guarded = card('ntag215');
    configure(guarded, '84', '10', '18');
    guarded.powerCycle();
    expect(ask(guarded, '3A 10 11')).toBe('00 00 00 00 00 00 00 00');
    ask(guarded, '1B FF FF FF FF');
    expect(ascii(ask(guarded, '3A 10 11')).slice(0, 6)).toBe('000001');
  });

  it('shows nothing where it would begin before the user memory or end behind it', () => {
    for (const [mirror, at] of [
      ['44', '03'],
      ['74', '24'],
      ['C4', '23'],
    ] as const) {
      const made = card();
      const before = [ask(made, `30 ${at}`), ask(made, '3A 04 27')];
      configure(made, mirror, at);
      const after = [ask(made, `30 ${at}`), ask(made, '3A 04 27')];
      // Pages behind the user memory hold the configuration itself.
      expect([after[0]?.slice(0, 11), after[1]]).toEqual([before[0]?.slice(0, 11), before[1]]);
    }
    const last = card();
    configure(last, '64', '24');
    expect(ascii(ask(last, '3A 24 27'))).toBe('\0\x0004E141124C2880');
  });
});

describe('COMPATIBILITY_WRITE (data sheet section 10.5)', () => {
  const SIXTEEN = '01 02 03 04 FF FF FF FF FF FF FF FF FF FF FF FF';

  it('writes the first four of sixteen bytes, in two parts that are each acknowledged', () => {
    const made = card('ntag216');
    expect(send(made, 'A0 05')).toBe('ack');
    expect(send(made, SIXTEEN)).toBe('ack');
    expect(ask(made, '3A 05 06')).toBe('01 02 03 04 00 00 00 00');
    expect(made.transcript.map((write) => [write.page, write.outcome])).toEqual([[5, 'written']]);
  });

  it('refuses a page that cannot be written in its first part, and anything but sixteen bytes in its second', () => {
    const made = card('ntag216');
    for (const frame of ['A0 00', 'A0 E7', 'A0 FF', 'A0', 'A0 05 00']) expect(ask(made, frame), frame).toBe('nak 0');
    expect(send(made, 'A0 05')).toBe('ack');
    expect(ask(made, '30 04')).toBe('nak 0');
    expect(ask(made, SIXTEEN)).toBe('nak 0');
    expect(made.transcript).toEqual([]);
  });

  it('is guarded by the password, forgotten at a new selection, and torn like a WRITE', () => {
    const made = card('ntag216');
    ask(made, 'A2 E3 04 00 00 10');
    expect(ask(made, 'A0 10')).toBe('nak 0');
    ask(made, '1B FF FF FF FF');
    expect(send(made, 'A0 10')).toBe('ack');
    made.select();
    expect(ask(made, SIXTEEN)).toBe('nak 0');
    expect(send(made, 'A0 08')).toBe('ack');
    made.tearAt(0, { bits: (bit) => bit.oldBit });
    expect(send(made, SIXTEEN)).toBe('none');
    expect(made.transcript.at(-1)).toMatchObject({ page: 8, outcome: 'torn' });
  });
});

describe('the times of an answer (data sheet sections 9.2 and 10)', () => {
  it('are told for each exchange: frames on the air, and the longest that the card may think', () => {
    const made = card('ntag216');
    expect(made.lastTookUs).toBe(0);
    send(made, '30 04');
    const read = made.lastTookUs;
    // 4 bytes there and 18 back, nine bits each of 9.44 µs, and 5 ms.
    expect(read).toBe(slowestUs(Uint8Array.of(0x30, 4), 16));
    expect(read).toBe(Math.ceil(22 * 9 * (128 / 13.56)) + NTAG_TIMES_US.readMax);
    send(made, 'A2 04 01 02 03 04');
    expect(made.lastTookUs).toBeGreaterThan(NTAG_TIMES_US.writeMax);
    send(made, 'A0 05');
    expect(made.lastTookUs).toBeLessThan(NTAG_TIMES_US.writeMax);
    send(made, '01 02 03 04 00 00 00 00 00 00 00 00 00 00 00 00');
    expect(made.lastTookUs).toBeGreaterThan(NTAG_TIMES_US.writeMax);
  });

  it('begin no earlier than the frame delay time', () => {
    expect(NTAG_TIMES_US.ackMin).toBe(Math.ceil((9 * 128 + 84) / 13.56));
  });
});

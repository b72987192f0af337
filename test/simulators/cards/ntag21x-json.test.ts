import { describe, expect, it } from 'vitest';
import { isWaslError } from '../../../agent/domain/errors.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { tornTakesNew } from '../../../simulators/cards/ntag21x-faults.js';
import { ask, EXAMPLE_UID, send, spaced } from './frames.js';

function used(): SimulatedNtag21x {
  const card = SimulatedNtag21x.blank('ntag215', EXAMPLE_UID);
  card.setSignature(Uint8Array.from({ length: 32 }, (_, index) => 0xff - index));
  ask(card, 'A2 10 01 02 03 04');
  ask(card, 'A2 02 00 00 00 80');
  ask(card, 'A2 85 11 22 33 44');
  ask(card, 'A2 86 AA BB 00 00');
  ask(card, 'A2 84 13 05 00 00');
  ask(card, '30 04');
  ask(card, '1B 00 00 00 00');
  return card;
}

/** The mistakes that the error lists, one a line. */
function mistakesIn(value: unknown): string[] {
  try {
    SimulatedNtag21x.fromJSON(value);
  } catch (error) {
    if (isWaslError(error, 'ERR_CONFIG'))
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('a card as JSON', () => {
  it('comes back as it was: memory, locks, passwords, signature, counters', () => {
    const card = used();
    const back = SimulatedNtag21x.fromJSON(JSON.parse(JSON.stringify(card)));
    expect(back.kind).toBe('ntag215');
    expect(back.dump()).toEqual(card.dump());
    expect(ask(back, '3C 00')).toBe(ask(card, '3C 00'));
    expect(ask(back, '39 02')).toBe('01 00 00');
    ask(back, '1B 00 00 00 00');
    ask(back, '1B 00 00 00 00');
    expect(ask(back, '1B 11 22 33 44')).toBe('nak 4');
  });

  it('shows only pages that hold something, by number, in hexadecimal', () => {
    expect(used().toJSON()).toMatchObject({
      kind: 'ntag215',
      uid: '04 E1 41 12 4C 28 80',
      locks: '00 80',
      counter: 1,
      wrongPasswords: 1,
      pages: { 3: 'E1 10 3E 00', 4: '03 00 FE 00', 16: '01 02 03 04', 133: '11 22 33 44', 134: 'AA BB 00 00' },
    });
    expect(Object.keys(used().toJSON().pages)).toEqual(['3', '4', '16', '130', '131', '132', '133', '134']);
  });

  it('can be written by hand with little: check bytes come by themselves', () => {
    const card = SimulatedNtag21x.fromJSON({
      kind: 'ntag216',
      uid: '04e141124c2880',
      pages: { '3': 'e1106d00', '225': '01 02 03 04' },
    });
    expect(send(card, '30 00')).toBe('04 E1 41 2C 12 4C 28 80 F6 48 00 00 E1 10 6D 00');
    expect(spaced(card.readPage(225))).toBe('01 02 03 04');
  });

  it('keeps a torn page as it reads now', () => {
    const card = used();
    card.tearAt(0, { bits: tornTakesNew });
    send(card, 'A2 10 0A 0B 0C 0D');
    expect(card.toJSON().pages['16']).toBe('0A 0B 0C 0D');
  });

  it('is refused with every mistake named, and how to write it', () => {
    const mistakes = mistakesIn({
      kind: 'ntag215',
      uid: '04 E1',
      locks: 'zz 00',
      pages: { 4: '01 02 03' },
      colour: 'red',
      counter: -1,
    });
    expect(mistakes.map((line) => line.split(':')[0])).toEqual(['uid', 'locks', 'counter', 'pages.4', 'card']);
    expect(mistakes[0]).toContain('7 bytes');
    expect(mistakes.at(-1)).toContain('colour');
  });

  it('is refused when it names a page that the chip does not have or that comes from the UID', () => {
    const base = { kind: 'ntag215', uid: '04 E1 41 12 4C 28 80' };
    for (const key of ['2', '135', '-1', '4.5', '0x10', '04', 'four']) {
      const [mistake] = mistakesIn({ ...base, pages: { [key]: '00 00 00 00' } });
      expect(mistake, key).toContain('3 to 134');
    }
    expect(mistakesIn({ ...base, kind: 'ntag216', pages: { 135: '00 00 00 00' } })).toEqual([]);
  });

  it.each([[null], ['card'], [[]], [{}], [{ kind: 'ntag210', uid: '04 E1 41 12 4C 28 80', pages: {} }]])(
    '%j is refused',
    (value) => {
      expect(mistakesIn(value).length).toBeGreaterThan(0);
    },
  );
});

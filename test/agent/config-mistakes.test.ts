import { describe, expect, test } from 'vitest';
import { checkTerminalConfig } from '../../agent/config.js';
import { isWaslError } from '../../agent/domain/errors.js';

const KEY = 'ab'.repeat(32);
const GOOD = {
  terminal: 't-0001',
  site: 'bakery-17',
  programme: 'bread',
  dataFolder: 'data',
  trust: { folder: 'trust', authorityKey: KEY },
  readers: [{ type: 'pcsc' }, { type: 'serial', path: '/dev/ttyUSB0' }],
  centre: { url: 'mqtts://centre.example:8883', sealKey: KEY, ackKey: KEY },
};

function mistakesOf(value: unknown): string {
  try {
    checkTerminalConfig(value, '/etc/wasl/terminal.json');
  } catch (error) {
    if (isWaslError(error, 'ERR_CONFIG')) return error.message;
    throw error;
  }
  return 'none';
}

describe('the configuration of a terminal', () => {
  test('fills in what may be left out, and takes paths from the folder of its file', () => {
    expect(checkTerminalConfig(GOOD, '/etc/wasl/terminal.json')).toMatchObject({
      dataFolder: '/etc/wasl/data',
      kiosk: { port: 8420 },
      centre: { lingerMs: 1000, backoffMinMs: 5000 },
      logLevel: 'info',
      holderPins: false,
    });
  });

  test('with five mistakes reports all five, each with its path', () => {
    const message = mistakesOf({
      ...GOOD,
      terminal: 'Terminal 1',
      trust: { folder: 'trust', authorityKey: 'short' },
      readers: [{ type: 'serial', path: 'COM3' }],
      kiosk: { port: 99_999 },
      colour: 'green',
    });
    expect(message).toContain('has 5 mistakes');
    for (const path of ['terminal:', 'trust.authorityKey:', 'readers.0.path:', 'kiosk.port:', 'colour'])
      expect(message).toContain(path);
  });

  test('names the programmes that the desk serves: one, or a list of them', () => {
    const programmesOf = (programme: unknown) =>
      checkTerminalConfig({ ...GOOD, programme }, '/etc/wasl/terminal.json').programme;
    expect(programmesOf('bread')).toEqual(['bread']);
    expect(programmesOf(['bread', 'medicines'])).toEqual(['bread', 'medicines']);
    expect(mistakesOf({ ...GOOD, programme: [] })).toContain('programme.0: missing');
    expect(mistakesOf({ ...GOOD, programme: ['bread', 'bread'] })).toContain('programme: name each programme once');
    expect(mistakesOf({ ...GOOD, programme: ['a', 'b', 'c', 'd', 'e'] })).toContain('programme: name at most 4');
    expect(mistakesOf({ ...GOOD, programme: ['bread', 'Fuel'] })).toContain('programme.1:');
    expect(mistakesOf({ ...GOOD, programme: 7 })).toContain('programme: use the id of a programme in double quotes');
    const { programme: _programme, ...rest } = GOOD;
    expect(mistakesOf(rest)).toContain('programme: missing');
  });

  test('says what is missing', () => {
    const { centre: _centre, ...rest } = GOOD;
    expect(mistakesOf(rest)).toContain('centre: missing');
  });
});

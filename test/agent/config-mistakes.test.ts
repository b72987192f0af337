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

  test('says what is missing', () => {
    const { centre: _centre, ...rest } = GOOD;
    expect(mistakesOf(rest)).toContain('centre: missing');
  });
});

import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../agent/domain/error-codes.js';
import { codeOf, isWaslError, WaslError } from '../../agent/domain/errors.js';

const codes = Object.entries(ERROR_CODES);

describe('the published codes', () => {
  test('are upper case, and begin with what they are about', () => {
    const groups =
      /^ERR_(CREDENTIAL|CARD|ENDORSEMENT|SLIP|IMAGE|MEDIUM|ORDER|VOID|PIN|LEDGER|PROGRAMME|QUOTA|QUANTITY|SITE|OPERATOR|COVERAGE|ACCOUNT|PAPER|PAYMENT|SHIFT|CAMPAIGN|OFFLINE|FACTOR|HOLDER|REPRESENTATIVE|EXEMPTION|HEALTH|POLICY|CLOCK|TAP|READER|JOURNAL|RECORD|EVENT|BATCH|ACK|BROKER|DATABASE|BACKUP|LIST|KEY|CONFIG|SECRET|PORT|DATA|API|USAGE|INTERNAL)(_|$)/;
    expect(codes.filter(([code]) => !/^ERR(_[A-Z0-9]+)+$/.test(code) || !groups.test(code))).toEqual([]);
  });

  test('say what they mean in one line, each something else', () => {
    for (const [code, meaning] of codes) expect(meaning, code).toMatch(/^[^\n]{10,120}[^.\s]$/);
    expect(new Set(codes.map(([, meaning]) => meaning)).size).toBe(codes.length);
  });
});

describe('an error of Wasl', () => {
  test('carries its code, and says what the code means unless it knows better', () => {
    expect(new WaslError('ERR_CARD_LOST')).toMatchObject({
      name: 'WaslError',
      code: 'ERR_CARD_LOST',
      message: ERROR_CODES.ERR_CARD_LOST,
      details: {},
    });
    expect(new WaslError('ERR_CARD_LOST', 'gone while page 4 was read').message).toBe('gone while page 4 was read');
  });

  test('keeps its cause and its details', () => {
    const cause = new Error('from below');
    const error = new WaslError('ERR_CARD_IO', undefined, { cause, details: { page: 4, bytes: null } });
    expect(error.cause).toBe(cause);
    expect(error.details).toEqual({ page: 4, bytes: null });
    expect('cause' in new WaslError('ERR_CARD_IO')).toBe(false);
    expect(new WaslError('ERR_CARD_IO', undefined, { cause: null }).cause).toBeNull();
  });

  test('is an Error with a stack, as every tool expects', () => {
    const error = new WaslError('ERR_INTERNAL');
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe(`WaslError: ${ERROR_CODES.ERR_INTERNAL}`);
    expect(error.stack).toContain('errors.test.ts');
  });

  test('is told from others, and from one with another code', () => {
    const error: unknown = new WaslError('ERR_CARD_LOST');
    const wanted: [unknown, ErrorCode | undefined, boolean][] = [
      [error, undefined, true],
      [error, 'ERR_CARD_LOST', true],
      [error, 'ERR_CARD_IO', false],
      [new Error('ERR_CARD_LOST'), undefined, false],
      [{ code: 'ERR_CARD_LOST' }, 'ERR_CARD_LOST', false],
      [null, undefined, false],
      [undefined, 'ERR_CARD_LOST', false],
    ];
    for (const [value, code, is] of wanted) expect(isWaslError(value, code)).toBe(is);
  });

  test('gives its code to whoever answers for it; anything else is a fault inside', () => {
    expect(codeOf(new WaslError('ERR_QUOTA_DAY'))).toBe('ERR_QUOTA_DAY');
    const system: unknown = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    for (const thrown of [system, 'ERR_QUOTA_DAY', undefined, null, 7]) expect(codeOf(thrown)).toBe('ERR_INTERNAL');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { signerFromSeed, verifierFromKey } from '../../../agent/credential/signature.js';
import { ERROR_CODES, type ErrorCode } from '../../../agent/domain/error-codes.js';
import { isWaslError } from '../../../agent/domain/errors.js';
import { ACK_BYTES_MAX, ACK_RANGES_MAX, type Ack, encodeAck, NO_HEAD, readAck } from '../../../sync/protocol/ack.js';
import { CENTRE_ACK, seedOf } from '../../support/sync-events.js';

const verifier = verifierFromKey(CENTRE_ACK.publicKey);
const sample: Ack = {
  terminal: 'outlet-17',
  epoch: '2026q4-abcdefgh',
  seq: 1_250,
  head: seedOf('a head'),
  incarnation: 1_795_000_000,
  time: 1_795_251_600,
  missing: [
    { first: 1_251, last: 1_300 },
    { first: 1_302, last: 1_302 },
  ],
};

function codeThrown(action: () => unknown): ErrorCode | 'nothing thrown' | 'not a WaslError' {
  try {
    action();
  } catch (error) {
    return isWaslError(error) ? error.code : 'not a WaslError';
  }
  return 'nothing thrown';
}

describe('an acknowledgement', () => {
  it('comes out of the wire as it went in', () => {
    expect(readAck(encodeAck(sample, CENTRE_ACK), [verifier])).toEqual(sample);
    const nothing = { ...sample, seq: 0, head: NO_HEAD, missing: [] };
    expect(readAck(encodeAck(nothing, CENTRE_ACK), [verifier])).toEqual(nothing);
  });

  it('stays small with the most ranges that it may name', () => {
    const missing = Array.from({ length: ACK_RANGES_MAX }, (_, index) => {
      const first = 90_000_001 + index * 1_000;
      return { first, last: first + 500 };
    });
    const bytes = encodeAck({ ...sample, seq: 90_000_000, missing }, CENTRE_ACK);
    expect(bytes.length).toBeLessThanOrEqual(ACK_BYTES_MAX);
    expect(readAck(bytes, [verifier]).missing).toEqual(missing);
  });

  it('is refused with a published code, whichever byte of it is changed', () => {
    const bytes = encodeAck(sample, CENTRE_ACK);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(
        codeThrown(() => readAck(changed, [verifier])),
        `byte ${at}`,
      ).toMatch(/^ERR_ACK_(FORMAT|SIGNATURE)$/);
    }
  });

  it('is refused with a published code when it is anything at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.array(fc.integer()).map(encodeCbor)), (bytes) => {
        expect(Object.keys(ERROR_CODES)).toContain(codeThrown(() => readAck(bytes, [verifier])));
      }),
    );
  });

  it('is taken when any key of the centre signed it, and from nobody else', () => {
    const bytes = encodeAck(sample, CENTRE_ACK);
    const other = verifierFromKey(signerFromSeed(seedOf('another centre')).publicKey);
    expect(readAck(bytes, [other, verifier]).seq).toBe(1_250);
    expect(codeThrown(() => readAck(bytes, [other]))).toBe('ERR_ACK_SIGNATURE');
    expect(codeThrown(() => readAck(bytes, []))).toBe('ERR_ACK_SIGNATURE');
  });

  it.each([
    ['a gap that does not begin behind what is acknowledged', { missing: [{ first: 1_260, last: 1_300 }] }],
    ['a gap that ends before it begins', { missing: [{ first: 1_251, last: 1_250 }] }],
    [
      'gaps with nothing between them',
      {
        missing: [
          { first: 1_251, last: 1_260 },
          { first: 1_261, last: 1_270 },
        ],
      },
    ],
    ['a name that no terminal has', { terminal: 'a/b' }],
    ['a name that no epoch has', { epoch: '2026q5-abcdefgh' }],
    ['a sequence that no epoch reaches', { seq: 100_000_000, missing: [] }],
    ['a head of another length', { head: new Uint8Array(31) }],
  ])('with %s is neither made nor taken', (_, wrong) => {
    expect(codeThrown(() => encodeAck({ ...sample, ...wrong }, CENTRE_ACK))).toBe('ERR_ACK_FORMAT');
  });
});

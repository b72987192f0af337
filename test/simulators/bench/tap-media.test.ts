/** What a verified decision costs on each medium, through the real driver: counted, so the same on every machine. */
import { describe, expect, it } from 'vitest';
import { benchMedia } from '../../../simulators/bench/tap-media.js';
import { signerOf } from '../../support/people.js';

const costs = await benchMedia({ issuer: signerOf(1), terminal: signerOf(2) });

describe('a verified decision', () => {
  it.each(['ntag216', 'ntag215'] as const)(
    'on an %s takes 6 exchanges with FAST_READ and at most 44 with 16-byte reads',
    (kind) => {
      expect(costs[kind].fastRead).toMatchObject({ decision: 'offer' });
      expect(costs[kind].fastRead.exchanges).toBeLessThanOrEqual(6);
      expect(costs[kind].read16).toMatchObject({ decision: 'offer' });
      expect(costs[kind].read16.exchanges).toBeLessThanOrEqual(44);
    },
  );

  it('on an NTAG213 takes 3 exchanges with FAST_READ, and says who somebody is', () => {
    expect(costs.ntag213.fastRead).toMatchObject({ decision: 'identity', exchanges: 3, grantExchanges: 0 });
    expect(costs.ntag213.read16.exchanges).toBeLessThanOrEqual(12);
  });

  it('on a smart card takes 6 exchanges, and the grant with its proof 4', () => {
    expect(costs.type4.apdu).toMatchObject({ decision: 'offer', exchanges: 6, grantExchanges: 4 });
  });

  it('on a QR code takes one line', () => {
    expect(costs.qr).toMatchObject({ lines: 1, decision: 'identity' });
  });
});

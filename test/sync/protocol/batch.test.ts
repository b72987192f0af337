import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { verifierFromKey } from '../../../agent/credential/signature.js';
import { ERROR_CODES, type ErrorCode } from '../../../agent/domain/error-codes.js';
import { isWaslError } from '../../../agent/domain/errors.js';
import {
  BATCH_BYTES_MAX,
  BATCH_EVENTS_MAX,
  encodeBatch,
  openBatch,
  readSealedBatch,
  signedBytes,
  verifyBatch,
} from '../../../sync/protocol/batch.js';
import { seal, sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import {
  CENTRE_SEAL,
  outletEvents,
  seededRandom,
  seedOf,
  terminalSigner,
  testChain,
} from '../../support/sync-events.js';

const TERMINAL = 'outlet-17';
const signer = terminalSigner(TERMINAL);
const verifier = verifierFromKey(signer.publicKey);
const random = seededRandom('batch tests');

function take(bytes: Uint8Array, keys = [CENTRE_SEAL], by = verifier) {
  const batch = openBatch(readSealedBatch(bytes), keys);
  verifyBatch(batch, by);
  return batch;
}

function codeThrown(action: () => unknown): ErrorCode | 'nothing thrown' | 'not a WaslError' {
  try {
    action();
  } catch (error) {
    return isWaslError(error) ? error.code : 'not a WaslError';
  }
  return 'nothing thrown';
}

/** A batch whose sealed content is anything at all. */
function sealedBatch(
  plaintext: Uint8Array,
  range: readonly unknown[] = [TERMINAL, '2026q4-abcdefgh', 1, 1],
): Uint8Array {
  return encodeCbor([1, ...range, seal(plaintext, CENTRE_SEAL.publicKey, random)]);
}

describe('a batch', () => {
  it('comes out of the wire as it went in, event by event, with the heads of the chain', () => {
    const chain = testChain(TERMINAL, outletEvents(60, 'round trip'));
    const batch = take(chain.batch(1, 61));
    expect(batch).toMatchObject({ terminal: TERMINAL, epoch: chain.epoch, first: 1, last: 61 });
    expect(hex(batch.base)).toBe(hex(chain.base));
    expect(hex(batch.head)).toBe(hex(chain.headAt(61)));
    expect(batch.events.map((event) => hex(event.bytes))).toEqual(chain.events.map(hex));
    const heads = chain.events.map((_, index) => hex(chain.headAt(index + 1)));
    expect(batch.events.map((event) => hex(event.head))).toEqual(heads);
  });

  it('comes out right for any cut of any chain', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 39 }),
        fc.string(),
        (count, skip, seed) => {
          const chain = testChain(TERMINAL, outletEvents(count, seed));
          const first = 1 + Math.min(skip, count);
          const batch = take(chain.batch(first, count + 1));
          expect(batch.events.map((event) => event.bytes)).toEqual(chain.events.slice(first - 1));
          expect(batch.head).toEqual(chain.headAt(count + 1));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('shows nothing but terminal, epoch and range in clear', () => {
    const chain = testChain(TERMINAL, outletEvents(1, 'clear'));
    const bytes = Buffer.from(chain.batch(2, 2));
    expect(bytes.includes(Buffer.from(chain.events[1] ?? []))).toBe(false);
    for (const secret of [chain.saltKey, chain.headAt(1), chain.headAt(2)])
      expect(bytes.includes(Buffer.from(secret))).toBe(false);
  });

  it('is refused with a published code, whichever byte of it is changed', () => {
    const bytes = testChain(TERMINAL, outletEvents(3, 'mutated')).batch(1, 4);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(
        codeThrown(() => take(changed)),
        `byte ${at}`,
      ).toMatch(/^ERR_BATCH_(FORMAT|SEAL|SIGNATURE)$/);
    }
  });

  it('is refused at every length but its own', () => {
    const bytes = testChain(TERMINAL, outletEvents(3, 'cut')).batch(1, 4);
    for (let length = 0; length < bytes.length; length += 1)
      expect(codeThrown(() => take(bytes.subarray(0, length)))).toBe('ERR_BATCH_FORMAT');
    expect(codeThrown(() => take(Buffer.concat([bytes, Uint8Array.of(0)])))).toBe('ERR_BATCH_FORMAT');
  });

  it('is refused with a published code when it is anything at all', () => {
    const anything = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.anything().map(encodeSomehow));
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(Object.keys(ERROR_CODES)).toContain(codeThrown(() => take(bytes)));
      }),
    );
  });

  it('is refused with a published code when what was sealed is anything at all', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(fc.anything(), { maxLength: 3 }).map((value) => content(deflateRawSync(encodeSomehow(value)))),
      fc.uint8Array({ maxLength: 200 }).map(content),
    );
    fc.assert(
      fc.property(anything, (plaintext) => {
        expect(codeThrown(() => take(sealedBatch(plaintext)))).toMatch(/^ERR_BATCH_(FORMAT|SIGNATURE)$/);
      }),
    );
  });

  it('opens with any key of the centre, and with none but those', () => {
    const bytes = testChain(TERMINAL, outletEvents(2, 'keys')).batch(1, 3);
    const other = sealKeyFromSecret(seedOf('another centre'));
    expect(take(bytes, [other, CENTRE_SEAL]).events).toHaveLength(3);
    expect(codeThrown(() => take(bytes, [other]))).toBe('ERR_BATCH_SEAL');
    expect(codeThrown(() => take(bytes, []))).toBe('ERR_BATCH_SEAL');
  });

  it('of another terminal is refused, even where that one sealed it rightly', () => {
    const bytes = testChain(TERMINAL, outletEvents(2, 'other')).batch(1, 3);
    const other = verifierFromKey(terminalSigner('outlet-18').publicKey);
    expect(codeThrown(() => take(bytes, [CENTRE_SEAL], other))).toBe('ERR_BATCH_SIGNATURE');
  });

  it('that gives an event another place, another order or another past is refused', () => {
    const chain = testChain(TERMINAL, outletEvents(5, 'moved'));
    const keys = { signer, centrePublicKey: CENTRE_SEAL.publicKey, random };
    const honest = openBatch(readSealedBatch(chain.batch(2, 4)), [CENTRE_SEAL]);
    const forged = [
      { ...chain.content(2, 4), first: 3, last: 5 },
      { ...chain.content(2, 4), events: chain.content(2, 4).events.toReversed() },
      { ...chain.content(2, 4), base: chain.headAt(2) },
      { ...chain.content(2, 4), epoch: '2026q4-hgfedcba' },
      { ...chain.content(2, 4), saltKey: seedOf('another salt key') },
    ].map((content) => openBatch(readSealedBatch(encodeBatch(content, keys)), [CENTRE_SEAL]));
    for (const batch of forged)
      expect(codeThrown(() => verifyBatch({ ...batch, signature: honest.signature }, verifier))).toBe(
        'ERR_BATCH_SIGNATURE',
      );
  });

  it('that begins an epoch without its link to the one before is refused', () => {
    const chain = testChain(TERMINAL, outletEvents(3, 'unlinked'));
    const keys = { signer, centrePublicKey: CENTRE_SEAL.publicKey, random };
    const wrongBase = encodeBatch({ ...chain.content(1, 3), base: seedOf('nowhere') }, keys);
    expect(codeThrown(() => take(wrongBase))).toBe('ERR_BATCH_CHAIN');
    const noOpening = encodeBatch({ ...chain.content(1, 2), events: chain.events.slice(1, 3) }, keys);
    expect(codeThrown(() => take(noOpening))).toBe('ERR_BATCH_CHAIN');
  });

  it('with an event of a type that is not known yet is taken: its bytes are signed and chained all the same', () => {
    const chain = testChain(TERMINAL, []);
    const future = encodeCbor([2, 99, 'something new', new Map([[1, Uint8Array.of(1, 2)]])]);
    const keys = { signer, centrePublicKey: CENTRE_SEAL.publicKey, random };
    const batch = take(encodeBatch({ ...chain.content(1, 1), last: 2, events: [...chain.events, future] }, keys));
    expect(batch.events[1]?.bytes).toEqual(future);
  });

  it('does not inflate without bound', () => {
    const bomb = deflateRawSync(new Uint8Array(50_000_000));
    expect(bomb.length).toBeLessThan(BATCH_BYTES_MAX);
    expect(codeThrown(() => take(sealedBatch(content(bomb))))).toBe('ERR_BATCH_FORMAT');
  });

  it('of more events or larger ones than published is neither made nor taken', () => {
    const chain = testChain(TERMINAL, []);
    const keys = { signer, centrePublicKey: CENTRE_SEAL.publicKey, random };
    const event = chain.events[0] ?? new Uint8Array();
    const many = Array.from({ length: BATCH_EVENTS_MAX + 1 }, () => event);
    const tooMany = { ...chain.content(1, 1), last: many.length, events: many };
    expect(codeThrown(() => encodeBatch(tooMany, keys))).toBe('ERR_BATCH_FORMAT');
    const large = Array.from({ length: 200 }, () => encodeCbor(new Uint8Array(400)));
    const tooLarge = { ...chain.content(1, 1), last: large.length, events: large };
    expect(codeThrown(() => encodeBatch(tooLarge, keys))).toBe('ERR_BATCH_FORMAT');
    const oversized = content(deflateRawSync(encodeCbor([new Uint8Array(600)])));
    expect(codeThrown(() => take(sealedBatch(oversized)))).toBe('ERR_BATCH_FORMAT');
  });

  it('that compresses not at all still fits the wire', () => {
    const chain = testChain(TERMINAL, []);
    const keys = { signer, centrePublicKey: CENTRE_SEAL.publicKey, random };
    const events = Array.from({ length: 120 }, () => encodeCbor(random.bytes(497)));
    const bytes = encodeBatch({ ...chain.content(1, 1), last: events.length, events }, keys);
    expect(bytes.length).toBeGreaterThan(59_000);
    expect(bytes.length).toBeLessThanOrEqual(BATCH_BYTES_MAX);
    expect(openBatch(readSealedBatch(bytes), [CENTRE_SEAL]).events).toHaveLength(120);
  });

  it('costs at most 25 bytes an event at 50 a batch', () => {
    const chain = testChain(TERMINAL, outletEvents(400, 'sizes'));
    const sizes = [2, 52, 102, 152, 202, 252, 302].map((first) => chain.batch(first, first + 49).length);
    expect(Math.max(...sizes) / 50).toBeLessThanOrEqual(25);
  });

  it('is signed under the label of batches', () => {
    const batch = take(testChain(TERMINAL, []).batch(1, 1));
    expect(Buffer.from(signedBytes(batch)).includes(Buffer.from('wasl/batch/1'))).toBe(true);
  });
});

function content(packed: Uint8Array): Uint8Array {
  return Buffer.concat([new Uint8Array(128), packed]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function encodeSomehow(value: unknown): Uint8Array {
  try {
    return encodeCbor(value);
  } catch {
    return Uint8Array.of(0xff);
  }
}

/** Our own codec and chain on the published events. */
import { describe, expect, test } from 'vitest';
import { eventId, type WaslEvent } from '../../agent/domain/event.js';
import { reasonFromNumber, reasonNumber } from '../../agent/domain/reasons.js';
import { baseFromFirstEvent } from '../../sync/protocol/batch.js';
import { bodyHash, bodySalt, epochBase, nextHead } from '../../sync/protocol/chain.js';
import { decodeEvent, encodeEvent } from '../../sync/protocol/event-codec.js';
import { plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('event.json');
const events = file.epochs.flatMap((epoch) => epoch.events);

describe('the published events', () => {
  test.each(events.map((vector) => [vector.id, vector.event.type, vector] as const))(
    '%s, %s, is read and written again',
    (_id, _type, vector) => {
      const event: WaslEvent = decodeEvent(unhex(vector.bytes));
      expect(plain(event)).toEqual(vector.event);
      expect(plain(encodeEvent(event))).toBe(vector.bytes);
    },
  );

  test('are of every type', () => {
    const types: Record<WaslEvent['type'], true> = {
      epoch: true,
      redemption: true,
      refusal: true,
      unresolved: true,
      alarm: true,
      void: true,
      roster: true,
      endorsed: true,
      stock: true,
      payment: true,
      replaced: true,
      'holder-pin': true,
      'health-opened': true,
      'health-added': true,
      shift: true,
      'roster-void': true,
    };
    expect([...new Set(events.map((vector) => vector.event.type))].sort()).toEqual(Object.keys(types).sort());
  });

  test.each(file.readOnly.map((vector) => [vector.name, vector] as const))('%s is read', (_name, vector) => {
    expect(plain(decodeEvent(unhex(vector.bytes)))).toEqual(vector.event);
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('%s is refused', (_name, vector) => {
    expect(() => decodeEvent(unhex(vector.bytes))).toThrow(expect.objectContaining({ code: vector.code }));
  });
});

describe('the published chain', () => {
  test.each(file.epochs.map((epoch) => [epoch.epoch, epoch] as const))('%s hashes to its heads', (_name, given) => {
    const { terminal, epoch, previous } = given;
    const saltKey = unhex(given.saltKey);
    const link = previous === null ? null : { ...previous, head: unhex(previous.head) };
    let head = epochBase({ terminal, epoch, previous: link });
    expect(plain(head)).toBe(given.base);
    for (const [i, vector] of given.events.entries()) {
      const seq = i + 1;
      const salt = bodySalt(saltKey, seq);
      const hash = bodyHash(salt, unhex(vector.bytes));
      head = nextHead(head, seq, hash);
      expect(plain({ id: eventId(terminal, epoch, seq), seq, salt, bodyHash: hash, head })).toEqual({
        id: vector.id,
        seq: vector.seq,
        salt: vector.salt,
        bodyHash: vector.bodyHash,
        head: vector.head,
      });
    }
    expect(plain(baseFromFirstEvent(terminal, epoch, unhex(given.events[0]?.bytes ?? '')))).toBe(given.base);
  });

  test('links the second epoch to the end of the first', () => {
    const [first, second] = file.epochs;
    const end = first?.events.at(-1);
    expect(second?.previous).toEqual({ epoch: first?.epoch, seq: end?.seq, head: end?.head });
  });
});

describe('the published numbers of reasons', () => {
  test('are those of the code, both ways', () => {
    expect(Object.keys(file.reasons).length).toBeGreaterThan(40);
    for (const [number, code] of Object.entries(file.reasons)) {
      const known = reasonFromNumber(Number(number));
      expect(known).toBe(code);
      expect(reasonNumber(known)).toBe(Number(number));
    }
  });
});

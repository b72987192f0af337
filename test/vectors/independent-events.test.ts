/** The published events and their chain, read without the product. */
import { describe, expect, test } from 'vitest';
import { hashOf, keyedHashOf } from './independent.js';
import { type Item, PAPER_MEMBERS, readCbor, rowsIn } from './independent-cbor.js';
import { plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('event.json');

const CAUSES = ['first', 'period', 'mismatch', 'provisioned', 'damage'];
const QUALITIES = ['signed', 'set', 'doubtful'];

const listIn = (item: Item | undefined): readonly Item[] => (Array.isArray(item) ? item : []);
const reasonIn = (item: Item | undefined): string => file.reasons[Number(item)] ?? 'ERR_INTERNAL';

function itemsIn(item: Item | undefined): object[] {
  const flat = listIn(item);
  return Array.from({ length: flat.length / 2 }, (_, i) => ({ commodity: flat[2 * i], quantity: flat[2 * i + 1] }));
}

function stockIn(item: Item | undefined): object[] {
  const flat = listIn(item);
  const rows = Array.from({ length: flat.length / 3 }, (_, i) => flat.slice(3 * i, 3 * i + 3));
  return rows.map(([commodity, quantity, before]) => ({ commodity, quantity, before }));
}

function versionsIn(item: Item | undefined): object {
  const [keys, hotlist, policy, time] = listIn(item);
  return { keys, hotlist, policy, time: QUALITIES[Number(time)] };
}

function hexIn(item: Item | undefined): string {
  if (!(item instanceof Uint8Array)) throw new Error('a byte string');
  return Buffer.from(item).toString('hex');
}

function slipsIn(item: Item | undefined): object {
  if (item === undefined) return {};
  const flat = listIn(item);
  const rows = Array.from({ length: flat.length / 4 }, (_, i) => flat.slice(4 * i, 4 * i + 4));
  return { slips: rows.map(([slip, commodity, units, of]) => ({ slip: hexIn(slip), commodity, units, of })) };
}

function detailsIn(item: Item | undefined): object {
  if (item === undefined) return {};
  const [balances, used, written, gross, holder, exemption, supervisor, flags, ...more] = listIn(item);
  // None of the vectors has a proof or a representative before these.
  const has = (bit: number): boolean => (Number(flags) & bit) !== 0;
  return {
    details: {
      balances: rowsIn(balances, ['account', 'value']),
      used: rowsIn(used, ['paper', 'units']),
      written: rowsIn(written, PAPER_MEMBERS),
      charge: { gross, holder },
      exemption,
      supervisor,
      isTrial: Number(flags) % 2 === 1,
      ...(has(2) ? { isReminded: true } : {}),
      ...(has(128) ? { isFromPurse: true } : {}),
      ...(has(16) ? { reference: hexIn(more.shift()) } : {}),
      ...(has(32) ? { slip: hexIn(more.shift()) } : {}),
      ...(has(64) ? slipsIn(more.shift()) : {}),
    },
  };
}

/** An event as the vectors write it. */
function eventIn(item: Item): object {
  const [version, type, time, ...body] = listIn(item);
  if (version !== 1) throw new Error('not an event of version 1');
  const [a, b, c, d, e, f] = body;
  switch (type) {
    case 1: {
      const [epoch, seq, head] = listIn(b);
      return { type: 'epoch', time, cause: CAUSES[Number(a)], previous: b === null ? null : { epoch, seq, head } };
    }
    case 2:
      return {
        type: 'redemption',
        time,
        card: a,
        ledgerSequence: b,
        programme: c,
        items: itemsIn(d),
        versions: versionsIn(e),
        operator: f,
        ...detailsIn(body[6]),
      };
    case 7:
      return {
        type: 'roster',
        time,
        roster: a,
        person: b,
        programme: c,
        items: itemsIn(d),
        versions: versionsIn(e),
        operator: f,
        ...detailsIn(body[6]),
      };
    case 3:
      return { type: 'refusal', time, reason: reasonIn(a), card: b, programme: c, versions: versionsIn(d) };
    case 4:
      return {
        type: 'unresolved',
        time,
        card: a,
        ledgerSequence: b,
        programme: c,
        items: itemsIn(d),
        reason: reasonIn(e),
      };
    case 5:
      return { type: 'alarm', time, code: reasonIn(a), count: b };
    case 6:
      return {
        type: 'void',
        time,
        card: a,
        ledgerSequence: b,
        voided: c,
        programme: d,
        items: itemsIn(e),
        versions: versionsIn(f),
        operator: body[6],
        supervisor: body[7],
        ...slipsIn(body[8]),
      };
    case 8:
      return {
        type: 'endorsed',
        time,
        ...{ card: a, number: b, shown: c, known: d, programme: e },
        versions: versionsIn(f),
        operator: body[6],
      };
    case 14:
      return {
        type: 'stock',
        time,
        kind: ['delivery', 'count', 'write-off'][Number(a)],
        items: stockIn(b),
        reference: c,
        operator: d,
      };
    case 11:
      return {
        type: 'holder-pin',
        time,
        ...{ card: a, id: b, action: ['set', 'changed', 'unblocked'][Number(c)] },
        stage: ['begun', 'done', 'refused', 'unknown'][Number(d)],
        code: e === 0 ? null : reasonIn(e),
        ...{ operator: f, supervisor: body[6] },
      };
    case 9:
      return {
        type: 'health-opened',
        time,
        ...{ card: a, operator: b, role: c, count: d },
        reason: ['treatment', 'emergency', 'holder-asked'][Number(e)],
      };
    case 15: {
      const answers = body[6] as Uint8Array;
      const kinds = ['history', 'prescription', 'imaging', 'laboratory-request', 'laboratory-result', 'allergy'];
      return {
        type: 'health-added',
        time,
        ...{ card: a, id: b, kind: kinds[Number(c)], day: d, site: e, operator: f },
        answers: answers.length === 0 ? null : answers,
        isOnCard: body[7] === 1,
        body: body[8],
      };
    }
    case 12:
      return {
        type: 'payment',
        time,
        ...(a === null ? { roster: listIn(b)[0], person: listIn(b)[1] } : { card: a, ledgerSequence: b }),
        ...{
          programme: c,
          method: ['cash', 'machine'][Number(d)],
          state: ['paid', 'returned', 'undone', 'held'][Number(e)],
          amount: f,
        },
        reference: Buffer.from(body[6] as Uint8Array).toString('hex'),
        machine: Buffer.from(body[7] as Uint8Array).toString('latin1'),
        operator: body[8],
      };
    case 10:
      return {
        type: 'replaced',
        time,
        ...{ card: a, replaces: b, cause: ['in-hand', 'lost'][Number(c)], family: d, closing: e, opening: f },
        day: body[6],
        usage: rowsIn(body[7], ['commodity', 'usedDay', 'usedMonth']),
        more: {
          tallies: rowsIn((body[8] as Item[])[0], ['commodity', 'usedYear', 'usedEver', 'ahead']),
          balances: rowsIn((body[8] as Item[])[1], ['account', 'value']),
          papers: rowsIn((body[8] as Item[])[2], ['kind', 'number', 'commodity', 'left', 'untilDay', 'site']),
        },
        operator: body[9],
      };
    case 16:
      return {
        type: 'roster-void',
        time,
        ...{ roster: a, person: b, programme: c, items: itemsIn(d), versions: versionsIn(e), operator: f },
        supervisor: body[6],
        voided: Buffer.from(body[7] as Uint8Array).toString('hex'),
        servedAt: body[8],
        ...detailsIn(body[9]),
      };
    case 13:
      return { type: 'shift', time, ...shiftIn(body) };
    default:
      throw new Error('no such type');
  }
}

/** What stands behind the time of an event of a shift. */
function shiftIn(body: readonly unknown[]): object {
  const [phase, id, operator, float, openedAt, closedBy, supervisor, services, voids, money, goods, whole] = body;
  const shift = Buffer.from(id as Uint8Array).toString('hex');
  if (phase === 0) return { phase: 'opened', shift, operator, float };
  const [cashPaid, cashReturned, cashHeld, paid, returned, held] = money as number[];
  const flat = goods as number[];
  const lines = Array.from({ length: flat.length / 3 }, (_, i) => flat.slice(3 * i, 3 * i + 3));
  return {
    ...{ phase: 'closed', shift, operator, float, openedAt, closedBy, supervisor },
    tally: {
      ...{ services, voids, isWhole: whole === 1 },
      takings: {
        cash: { paid: cashPaid, returned: cashReturned, held: cashHeld },
        machine: { paid, returned, held },
      },
      goods: lines.map(([commodity, out, back]) => ({ commodity, out, back })),
    },
    counted: body[12],
    reason: ['none', 'change', 'float', 'receipt', 'loss', 'unexplained'][Number(body[13])],
  };
}

describe('a second implementation', () => {
  const events = [...file.epochs.flatMap((epoch) => epoch.events), ...file.readOnly];

  test('reads every event as it is meant', () => {
    expect(events.length).toBeGreaterThan(8);
    for (const { bytes, event } of events) expect(plain(eventIn(readCbor(unhex(bytes))))).toEqual(event);
  });

  test.each(file.epochs.map((epoch) => [epoch.epoch, epoch] as const))(
    'comes to the same heads in %s',
    (_name, epoch) => {
      const { previous } = epoch;
      const link = previous === null ? null : [previous.epoch, previous.seq, unhex(previous.head)];
      let head = hashOf('wasl/epoch/1', epoch.terminal, epoch.epoch, link);
      expect(plain(head)).toBe(epoch.base);
      for (const vector of epoch.events) {
        const salt = keyedHashOf(unhex(epoch.saltKey), 'wasl/salt/1', vector.seq).subarray(0, 16);
        const body = hashOf('wasl/body/1', salt, unhex(vector.bytes));
        head = hashOf('wasl/chain/1', head, vector.seq, body);
        expect(plain([salt, body, head])).toEqual([vector.salt, vector.bodyHash, vector.head]);
      }
    },
  );
});

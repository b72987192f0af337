/** What an outlet is owed, as pure figures: each service once, in one statement, whatever comes when. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventMark } from '../../../agent/credential/hash.js';
import type { RosterEvent, ServiceDetails, WaslEvent } from '../../../agent/domain/event.js';
import { encodeEvent } from '../../../sync/protocol/event-codec.js';
import { digestOf, entriesOf, type OutletEvent, totalsOf } from '../../../sync/settlement/statement/figures.js';
import { apportion, linesOf } from '../../../sync/settlement/statement/lines.js';
import { type CoveredEpoch, type Hold, makeStatement } from '../../../sync/settlement/statement/statement.js';

const VERSIONS = { keys: 1, hotlist: 1, policy: 1, time: 'set' } as const;
const EPOCH = '2026q4-abcdefgh';
const dayOf = (day: number): string => `2026-11-${String(day).padStart(2, '0')}`;

function details(gross: number, holder: number, isTrial = false): ServiceDetails {
  return {
    ...{ balances: [], used: [], written: [], exemption: 0, supervisor: 0 },
    charge: { gross, holder },
    isTrial,
  };
}

function service(
  seq: number,
  day: number,
  more: { loaves?: number; isTrial?: boolean; isFromPurse?: true } = {},
): OutletEvent {
  const { loaves = 5, isTrial = false, isFromPurse } = more;
  const event: WaslEvent = {
    ...{ type: 'redemption', time: seq, card: 7, ledgerSequence: isTrial ? 0 : seq, programme: 1, operator: 0 },
    items: [{ commodity: 1, quantity: loaves }],
    versions: VERSIONS,
    details: {
      ...details(loaves * 125, loaves * 20, isTrial),
      ...(isFromPurse === undefined ? {} : { isFromPurse }),
    },
  };
  return placed(seq, day, event);
}

function voidOf(seq: number, day: number, of: OutletEvent): OutletEvent {
  if (of.event.type !== 'redemption') throw new Error('no service');
  const { card, programme, items, ledgerSequence: voided } = of.event;
  const common = {
    type: 'void',
    time: seq,
    card,
    programme,
    items,
    versions: VERSIONS,
    operator: 0,
    supervisor: 2,
  } as const;
  return placed(seq, day, { ...common, ledgerSequence: seq, voided });
}

/** The same to a person without a card, and its taking back. */
function listed(seq: number, day: number, person = 12): OutletEvent & { readonly event: RosterEvent } {
  const about = {
    roster: 3,
    person,
    programme: 1,
    items: [{ commodity: 1, quantity: 5 }],
    versions: VERSIONS,
    operator: 0,
  };
  const event: RosterEvent = { type: 'roster', time: seq, ...about, details: details(625, 100) };
  return { ...placed(seq, day, event), event };
}

function listedVoid(seq: number, day: number, { event }: { readonly event: RosterEvent }): OutletEvent {
  const { roster, person, programme, items, versions, operator, time: servedAt } = event;
  const about = { roster, person, programme, items, versions, operator, supervisor: 2, servedAt };
  return placed(seq, day, { type: 'roster-void', time: seq, ...about, voided: eventMark(encodeEvent(event)) });
}

function placed(seq: number, day: number, event: WaslEvent): OutletEvent {
  const id = `t-1:${EPOCH}:${String(seq).padStart(8, '0')}`;
  return { id, terminal: 't-1', mark: `mark ${seq}`, day: dayOf(day), event };
}

const nothingHeld = (): Hold | null => null;
const base = { site: 'bakery-1', currency: 'EGP', policyOf: () => null, holdOf: nothingHeld, earlier: null };

describe('the entries of an outlet', () => {
  it('are those of persons without a card as well, each void with the charge of the service that it names', () => {
    const [first, other] = [listed(1, 3), listed(2, 3, 13)];
    const back = listedVoid(3, 3, first);
    const entries = entriesOf([back, other, first, { ...back, id: `t-1:${EPOCH}:00000009` }]);
    expect(totalsOf(entries)).toEqual({ services: 2, voids: 1, gross: 625, holder: 100, purse: 0, owed: 525 });
    expect(entries.find(({ kind }) => kind === 'void')).toMatchObject({
      ...{ who: { roster: 3, person: 12 }, gross: 625, holder: 100, takesBack: first.mark },
    });
    expect(totalsOf(entriesOf([other, back]))).toMatchObject({ services: 1, voids: 1, gross: 625 });
  });

  it('are its services with their charge, voids with that of what they take back, and nothing that was tried out', () => {
    const bread = service(1, 3);
    const entries = entriesOf([
      bread,
      service(2, 3, { isTrial: true }),
      voidOf(3, 3, bread),
      service(4, 3, { loaves: 2 }),
    ]);
    expect(totalsOf(entries)).toEqual({ services: 2, voids: 1, gross: 250, holder: 40, purse: 0, owed: 210 });
  });

  it('are the same in any order, and however often a terminal said them', () => {
    const bread = service(1, 3);
    const events = [bread, service(2, 3), voidOf(3, 4, bread), voidOf(5, 4, bread)];
    const again = events.map((one) => ({ ...one, id: one.id.replace(EPOCH, '2026q4-ijklmnop') }));
    const whole = entriesOf(events);
    expect(whole).toHaveLength(3);
    for (const mixed of [[...events].reverse(), [...again, ...events], [...events, ...again]]) {
      expect(digestOf(entriesOf(mixed))).toBe(digestOf(whole));
      expect(totalsOf(entriesOf(mixed))).toEqual(totalsOf(whole));
    }
    expect(digestOf(entriesOf(events.slice(1)))).not.toBe(digestOf(whole));
  });
});

describe('what holders paid from their cards', () => {
  const events = [
    service(1, 3, { isFromPurse: true }),
    service(2, 3, { loaves: 2 }),
    service(3, 4, { loaves: 10, isFromPurse: true }),
  ];
  const [first, , third] = events;
  if (first === undefined || third === undefined) throw new Error('there are three');

  it('is due to the outlet beside what is owed, in the totals and line by line, and what it collected is the rest', () => {
    const entries = entriesOf(events);
    expect(totalsOf(entries)).toMatchObject({ gross: 17 * 125, holder: 340, purse: 300, owed: 17 * 105 });
    const lines = linesOf(entries, () => null);
    expect(lines.map(({ day, holder, purse }) => [day, holder, purse])).toEqual([
      [dayOf(3), 140, 100],
      [dayOf(4), 200, 200],
    ]);
    const { due } = makeStatement({ ...base, from: dayOf(1), until: dayOf(5), events });
    expect(due).toBe(17 * 105 + 300);
  });

  it('is not due when the service was taken back, nor while it is held back', () => {
    const withVoid = [...events, voidOf(4, 4, third)];
    expect(totalsOf(entriesOf(withVoid))).toMatchObject({ holder: 140, purse: 100 });
    const hold: Hold = { why: 'dispute', reference: 'dispute:x' };
    const held = makeStatement({
      ...{ ...base, from: dayOf(1), until: dayOf(5), events: withVoid },
      holdOf: ({ mark }) => (mark === first.mark ? hold : null),
    });
    expect(held.due).toBe(2 * 105);
    expect(held.heldBack).toEqual([
      { ...hold, events: [first.id], day: dayOf(3), gross: 625, holder: 100, purse: 100 },
    ]);
  });

  it('is late with its service, and is in one statement in the end', () => {
    const early = makeStatement({ ...base, from: dayOf(1), until: dayOf(3), events: events.slice(1) });
    const earlier = { covered: early.covered, from: early.from };
    const next = makeStatement({ ...base, from: dayOf(4), until: dayOf(30), events, earlier });
    expect(next.late.totals).toMatchObject({ purse: 100, owed: 525 });
    expect(early.due + next.due).toBe(17 * 105 + 300);
  });
});

describe('money that is shared out', () => {
  it('adds up, and is exact where the weights add up to the sum', () => {
    const weights = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000_000 }), weights, (sum, parts) => {
        const shares = apportion(sum, parts);
        expect(shares.reduce((total, share) => total + share, 0)).toBe(sum);
        expect(
          apportion(
            parts.reduce((total, part) => total + part, 0),
            parts,
          ),
        ).toEqual(parts);
      }),
    );
  });

  it('is that of the entries, line by line', () => {
    const entries = entriesOf([service(1, 3), service(2, 4), service(3, 4)]);
    const lines = linesOf(entries, () => null);
    expect(lines.map(({ day, services, quantity, gross }) => [day, services, quantity, gross])).toEqual([
      [dayOf(3), 1, 5, 625],
      [dayOf(4), 2, 10, 1250],
    ]);
  });
});

describe('a statement', () => {
  it('leaves out what is disputed with the void that takes it back, and has it when it is decided', () => {
    const [first, second] = [service(1, 1), service(2, 1)];
    const events = [first, second, voidOf(3, 1, second)];
    const hold =
      (mark: string) =>
      (entry: { mark: string }): Hold | null =>
        entry.mark === mark ? { why: 'dispute', reference: 'dispute:x' } : null;
    const one = makeStatement({ ...base, from: dayOf(1), until: dayOf(5), events, holdOf: hold(second.mark) });
    expect(one.totals).toMatchObject({ services: 1, voids: 0, owed: 525 });
    expect(one.heldBack.map(({ events: ids }) => ids[0])).toEqual([second.id, events[2]?.id]);
    const earlier = { covered: one.covered, from: one.from };
    const two = makeStatement({ ...base, from: dayOf(6), until: dayOf(9), events, earlier });
    expect(two.late.totals).toMatchObject({ services: 1, voids: 1, owed: 0 });
    const refused = { why: 'refused', reference: 'dispute:x' } as const;
    const never = makeStatement({ ...base, from: dayOf(6), until: dayOf(9), events, earlier, holdOf: () => refused });
    expect(never.due).toBe(0);
    const third = { covered: [...one.covered, ...never.covered], from: one.from };
    expect(makeStatement({ ...base, from: dayOf(10), until: dayOf(12), events, earlier: third }).due).toBe(0);
  });

  it('waits with a void whose service has not come: paid now, the service would be paid whole', () => {
    const bread = service(1, 1);
    const early = makeStatement({ ...base, from: dayOf(1), until: dayOf(2), events: [voidOf(2, 1, bread)] });
    expect(early).toMatchObject({ due: 0, heldBack: [{ why: 'service-missing' }], missing: [{ first: 1, last: 1 }] });
    const both = [bread, voidOf(2, 1, bread)];
    const earlier = { covered: early.covered, from: early.from };
    const later = makeStatement({ ...base, from: dayOf(3), until: dayOf(4), events: both, earlier });
    expect(later).toMatchObject({ due: 0, late: { totals: { services: 1, voids: 1 } } });
  });

  it('has every service once, over all statements together, whenever events come', () => {
    const deed = fc.record({
      takesBack: fc.boolean(),
      loaves: fc.integer({ min: 1, max: 9 }),
      arrives: fc.nat({ max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        const events: OutletEvent[] = [];
        const open: OutletEvent[] = [];
        for (const [at, { takesBack, loaves }] of deeds.entries()) {
          const day = 1 + Math.floor((at * 12) / 30);
          const last = takesBack ? open.pop() : undefined;
          events.push(last === undefined ? service(at + 1, day, { loaves }) : voidOf(at + 1, day, last));
          if (last === undefined) open.push(events.at(-1) as OutletEvent);
        }
        const covered: CoveredEpoch[] = [];
        let due = 0;
        for (let closing = 0; closing < 5; closing += 1) {
          const from = 1 + closing * 3;
          const there = events.filter((_, at) => closing === 4 || (deeds[at]?.arrives ?? 0) <= closing);
          const earlier = closing === 0 ? null : { covered: [...covered], from: dayOf(1) };
          const body = makeStatement({ ...base, from: dayOf(from), until: dayOf(from + 2), events: there, earlier });
          covered.push(...body.covered);
          due += body.due;
        }
        expect(due).toBe(totalsOf(entriesOf(events)).owed);
      }),
    );
  });
});
